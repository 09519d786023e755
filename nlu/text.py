"""One spelling for what customers type: the normalisation that everything in nlu/ starts from."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import opencc

# Masks such as [数字x] stand where a number was removed; all of them become one sign.
_MASK = re.compile(r"[\[【]\s*[^\[\]【】]{1,8}?[xX*]\s*[\]】]|\*{2,}")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]")
_REPEATED = re.compile(r"(.)\1{2,}")
_SPACE_IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_SPACES = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")

MASK = "□"
NUMBER = "0"


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _drop(char: str) -> bool:
    # So: emoji and other symbols; Cc, Cf: control; Cs, Co, Cn: broken or private
    return unicodedata.category(char) in {"So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn"}


def normalize(text: str) -> str:
    """Return the text in the one spelling that the classifier knows.

    Full-width becomes half-width, traditional simplified, letters lower case; emoji, control and
    invisible characters go; runs of one character shrink to two; numbers become `0`, masks `□`.
    The result may be empty (a message of emoji only).
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    text = _MASK.sub(MASK, text)
    text = "".join(" " if char.isspace() else char for char in text)
    text = "".join(char for char in text if char == MASK or not _drop(char))
    text = _to_simplified().convert(text).lower()
    text = _REPEATED.sub(r"\1\1", text)
    text = _DIGITS.sub(NUMBER, text)
    text = _SPACE_IN_CHINESE.sub("", text)
    return _SPACES.sub(" ", text).strip()
