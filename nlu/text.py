"""One spelling for what customers type: the normalisation that everything in nlu/ starts from."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import opencc

from infra import strict_yaml

DIALECTS = Path(__file__).resolve().parent.parent / "data" / "lexicon" / "dialects.yml"

# Masks such as [数字x] stand where a number was removed; all of them become one sign.
_MASK = re.compile(r"[\[【]\s*[^\[\]【】]{1,8}?[xX*]\s*[\]】]|\*{2,}")
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufe00-\ufe0f]")
_REPEATED = re.compile(r"(.)\1{2,}")
_SPACE_IN_CHINESE = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")
_SPACES = re.compile(r"\s+")
_DIGITS = re.compile(r"\d+(?:[.,:]\d+)*")

# The meaning of messages that consist of such a sign alone.
_SIGNS = {
    **dict.fromkeys("👍👌🆗✅☑✔💯", "好的"),
    **dict.fromkeys("🙏❤💕🌹💐🤝", "谢谢"),
    **dict.fromkeys("👎❌🙅✖", "不行"),
    **dict.fromkeys("👋", "你好"),
}
_SKIN = re.compile("[\U0001f3fb-\U0001f3ff]")

# Where a request ends and the next begins. No comma does: 密码错了几次，账户被锁了 is one story.
# Words do where a clause can begin: 账户里还有钱 is of one piece, 退款多久啊还有怎么绑卡 is not.
_NEXT = re.compile(
    r"[。！？!?；;\n]|(?:(?<=[\s，,、])|(?<!\w))(?:\d|[(（]\d[)）]|[①②③④⑤])[.．、)）:：\s](?!\d)|[①②③④⑤]|"
    r"顺[便带嘴]|再(?:问|告诉我|说|帮我)|还有就是|再就是|再一个(?:是|就是)|然后就是|"
    r"然后(?=.{0,6}(?:在哪|哪里|怎么|如何|多久|多少|能不能|要不要|可不可以))|"
    r"还有(?=要是|如果|万一|那个?|怎么|哪|能不能)|"
    r"(?:(?<!\w)|(?<=[啊呀呢吗了嘛吧哦]))"
    r"(?:另外|还有(?:个(?:问题|事儿?))?|还想问?|对了|同时|此外|以及|第[一二三四五](?=[，,、：:])|[一二三四五]是)"
)
_CLAUSE = re.compile(
    r"[，,；;。！!？?\n…~～]+(?!\d)|(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fffA-Za-z0-9])|(?<=[？?！!])|(?<=不用了)(?=[你我直告请就])|(?<=算了)(?=[你我直告请那])"
)
_SHORTEST_REQUEST = 4  # characters
MOST_CLAUSES = 6  # clauses of a message that are read separately

MASK = "□"
NUMBER = "0"


@lru_cache(maxsize=1)
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1)
def _dialects() -> tuple[re.Pattern[str], list[tuple[re.Pattern[str], str]]]:
    """Return one expression for all words of dialects.yml, and each with what it is called.

    Raises:
        ValueError: the file is no YAML, or an entry no expression; names the file and it.
    """
    _, words = strict_yaml.read(DIALECTS, DIALECTS.name)
    each = []
    for word, said in words.items():
        try:
            each.append((re.compile(str(word)), str(said or "")))
        except re.error as error:
            raise ValueError(f"{DIALECTS.name}: “{word}”: {error}") from error
        if each[-1][0].groups:
            raise ValueError(f"{DIALECTS.name}: “{word}” 里的括号要写成 (?:…)")
    # With a group for each word it would take ten times as long.
    return re.compile("|".join(f"(?:{word.pattern})" for word, _ in each)), each


@lru_cache(maxsize=1_000)  # several components read the same pieces
def _standard(text: str) -> str:
    """Return simplified text in the words of the standard language (喺邊度睇: 在哪里看)."""
    anywhere, each = _dialects()
    return anywhere.sub(lambda found: _said(found, each), text)


def _said(found: re.Match[str], each: list[tuple[re.Pattern[str], str]]) -> str:
    """Return what the first word is called that stands where one was found."""
    return next(said for word, said in each if word.match(found.string, found.start()))


def _drop(char: str) -> bool:
    # So: emoji and other symbols; Cc, Cf: control; Cs, Co, Cn: broken or private
    return unicodedata.category(char) in {"So", "Sk", "Cc", "Cf", "Cs", "Co", "Cn"}


def normalize(text: str, digits: bool = False) -> str:
    """Return the text in the one spelling that the classifier knows; `digits` keeps the numbers.

    Full-width becomes half-width, traditional simplified, letters lower case; emoji, control and
    invisible characters go; runs of one character shrink to two; numbers become `0`, masks `□`.
    A message of 👍 alone is 好的, and so on; of other emoji the result is empty.
    """
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    signs = set(_SKIN.sub("", text).strip())
    if len(said := {_SIGNS.get(sign) for sign in signs}) == 1 and None not in said:
        return str(said.pop())
    text = _MASK.sub(MASK, text)
    text = "".join(" " if char.isspace() else char for char in text)
    text = "".join(char for char in text if char == MASK or not _drop(char))
    text = _standard(_to_simplified().convert(text).lower())
    text = _REPEATED.sub(r"\1\1", text)
    if not digits:
        text = _DIGITS.sub(NUMBER, text)
    text = _SPACE_IN_CHINESE.sub("", text)
    return _SPACES.sub(" ", text).strip()


def simplify(text: str) -> str:
    """Return the text in simplified characters and standard words, all else as it was."""
    return _standard(str(_to_simplified().convert(text)))


def clauses(text: str) -> list[str]:
    """Return the pieces of a raw message between its signs and blanks, simplified.

    A number keeps its point and its commas, a Latin phrase its blanks.
    """
    parts = (part.strip(" ，,、:：") for part in _CLAUSE.split(simplify(text)))
    return [part for part in parts if part]


def sentences(text: str) -> list[str]:
    """Return the parts of a raw message that are said one after the other, simplified."""
    parts = (part.strip(" ，,、") for part in _NEXT.split(simplify(text)))
    return [part.removeprefix("的") for part in parts if len(part) > 1]


def requests(text: str) -> list[str]:
    """Return the sentences that may each ask for something (怎么退？另外电话多少).

    What is too short to ask for anything is left out; of a message in one part nothing is left.
    """
    parts = sentences(text)
    return [part for part in parts if len(part) >= _SHORTEST_REQUEST] if len(parts) > 1 else []


@dataclass(frozen=True)
class Frames:
    """Polite words around a request, which carry none of its meaning.

    Args:
        before: words that open a message.
        between: particles and the like that may follow them.
        shortest: a message that would shrink below this many characters is left as it is.
    """

    before: tuple[str, ...] = ()
    between: tuple[str, ...] = ()
    shortest: int = 4

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Longest first, so that 请问一下 is not left as 一下.
        words = "|".join(re.escape(word) for word in sorted(self.before, key=len, reverse=True))
        after = "".join(re.escape(word) for word in self.between)
        return re.compile(rf"(?:(?:{words})[\s，,。.!！~{after}]*)+")

    def strip(self, plain: str) -> str:
        """Return a normalised text without the words that open it."""
        found = self._pattern.match(plain) if self.before else None
        rest = plain[found.end() :] if found else plain
        return rest if len(rest) >= self.shortest else plain


def read_frames(data: Mapping[str, Any]) -> Frames:
    """Return the frames of a parsed file.

    Raises:
        ValueError: a list is missing or holds something else than words.
    """
    lists = []
    for name in ("before", "between"):
        words = data.get(name)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError(f"“{name}” 要是词的列表")
        lists.append(tuple(words))
    return Frames(before=lists[0], between=lists[1])
