"""Faces, stickers and pictures that platforms deliver as text: faces.yml has their names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).with_name("faces.yml")

# Pictographs with their selectors, skins and joiners; not 🔟, which is a number.
_ONE = (
    "[\u2600-\u26ff\u2700-\u2775\u2794-\u27bf\u2b50\u2b55"
    "\U0001f300-\U0001f51e\U0001f520-\U0001faff][\ufe0f\U0001f3fb-\U0001f3ff]*"
)
_EMOJI = re.compile(rf"{_ONE}(?:\u200d{_ONE})*")
_LONGEST_PLACEHOLDER = 60  # characters
_WORD = re.compile(r"\w")
_LATIN = re.compile(r"[0-9A-Za-z]")


@lru_cache(maxsize=1)
def _data() -> Mapping[str, Any]:
    data: Mapping[str, Any] = yaml.load(FILE.read_text(encoding="utf8"), yaml.CSafeLoader)
    return data


@lru_cache(maxsize=1)
def _faces() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """Return one expression for all faces, and what each says."""
    data = _data()
    codes: dict[str, str] = data["codes"]
    named = {f"[{name}]".lower(): face for face, names in data["names"].items() for name in names}
    # The longest first; a code that is a word does not go on in one (/:ok, /:okay).
    signs = [
        re.escape(code) + (r"(?![0-9A-Za-z])" if code[2:].isalpha() else "")
        for code in sorted(codes, key=len, reverse=True)
    ]
    names = "|".join(map(re.escape, named))
    return re.compile(rf"(?i:{names})|{'|'.join(signs)}"), {**named, **codes}


def is_placeholder(text: str) -> bool:
    """Tell whether a text is only the platform's placeholder for a sticker or the like."""
    said = text.strip().lower()
    if len(said) > _LONGEST_PLACEHOLDER or said[:1] + said[-1:] not in {"[]", "【】"}:
        return False
    said = said[1:-1]
    data = _data()
    return said in data["placeholders"] or _unreadable().search(said) is not None


@lru_cache(maxsize=1)
def _unreadable() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in _data()["unreadable"]))


def with_faces(text: str) -> str:
    """Return a text with emoji in place of the platforms' names of them ([微笑], /::D, [doge]).

    A name that no emoji says is words (再见) where it stands alone, and is left out elsewhere.
    """
    pattern, said = _faces()
    alone = not _WORD.search(pattern.sub("", text))

    def show(found: re.Match[str]) -> str:
        face = said.get(found[0]) or said[found[0].lower()]
        return face if alone or not _WORD.search(face) else ""

    return pattern.sub(show, text)


def without_faces(text: str) -> str:
    """Return the words of a text without the emoji around them; of emoji alone, all of them."""

    def drop(found: re.Match[str]) -> str:
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        return " " if _LATIN.match(before) and _LATIN.match(after) else ""

    words = _EMOJI.sub(drop, text).strip()
    return words if _WORD.search(words) else text
