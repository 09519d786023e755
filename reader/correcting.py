"""Corrects what was read in a picture: which value is wrong, and what it is instead.

A button names the value and the message with the picture (`picture:wrong:amount:<key>`); no intent
of Rasa's. While the right value is awaited, the last buttons have the one that keeps what was read.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from content import Content
from nlu.spacy_matcher import integer
from nlu.tokenizer import tokens_of
from reader.values import DATA, DAYS, ERROR_CODE, TIME, tools

WRONG = "picture:wrong"
KEEP = "picture:keep"
RIGHT = "picture:right"  # what was quoted is right, and there is no problem in it
KINDS = ("status", "amount", "time", "order_number", "error_code", "merchant")
OTHER = "other"  # what is wrong is none of the values
SEVERAL = "several"  # one of several pictures, which are known together by the key
MOST_AT_ONCE = 3  # values that have a button of their own beside the answer
LONGEST_WORDS = 30  # characters of a merchant's name, or of a result
LONGEST_REST = 3  # characters beside a value that mean nothing

_AROUND = " \t\n。.，,、!！?？~～…:：;；)）(（\"'“”‘’【】「」[]"
_FILLERS = re.compile(
    r"^(?:(?:不对|不是|错了|嗯+|哦|好的?|那个|上面|图里|页面上|正确的?|对的|真正的?|实际上?|其实|明明|应该|"
    r"写的?|显示的?|名字|名称|它|这个|改成|改为|是|叫|为)[，,：: ]*)+"
)
_TAIL = re.compile(r"(?:才对|才是|吧|啊|呀|哦|哈|的|谢谢|啦)+$")
_NUMBER = re.compile(
    r"(?<![\d.])\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|(?<![\d.])\d{1,9}(?:\.\d{1,2})?(?!\d)"
)
_ORDER = re.compile(
    r"(?<![A-Za-z0-9])(?=(?:\D{0,8}\d){4})[A-Za-z0-9](?:[A-Za-z0-9]|[ -](?=[A-Za-z0-9])){5,63}"
)
_CODE = re.compile(r"[A-Za-z0-9]+(?:[-_.][A-Za-z0-9]+)*")
_UNITS = re.compile(r"人民币|元|块钱?|圆|整|[¥￥]|错误代码|错误码|代码|订单号|单号|金额|时间|日期")
_HOUR = re.compile(r"[点:：]")
_DAY = re.compile(r"[日号天周]|星期")
_NAMES = re.compile(r"(?:应该|实际上?|其实)?(?:是|叫|写的是|改成|改为)")
_ASKS = re.compile(r"[?？吗呢]|怎么|为什么|什么|多久")


@dataclass(frozen=True)
class Asked:
    """A value that is wrong: its kind, and the key of the message with the picture."""

    kind: str
    key: str


def asked_by(payload: str, of: str = WRONG) -> Asked | None:
    """Return what a button's payload says is wrong (or, `of` KEEP, right); None: no such button."""
    if not payload.startswith(f"{of}:"):
        return None
    kind, _, key = payload.removeprefix(f"{of}:").partition(":")
    return Asked(kind, key)


def awaited(shown: Sequence[Mapping[str, str]]) -> Asked | None:
    """Return the value whose right one is awaited, by the buttons shown last."""
    return next((asked for each in shown if (asked := asked_by(each["payload"], KEEP))), None)


def named(words: str, shown: Sequence[Mapping[str, str]]) -> Asked | None:
    """Return the value that a customer calls wrong in words (金额不对), beside such a button."""
    key = next((asked.key for each in shown if (asked := asked_by(each["payload"]))), None)
    if key is None:
        return None
    for kind, pattern in _names().items():
        if pattern.match(words.strip(_AROUND)):
            return Asked(kind, key)
    return None


def said_after(words: str, kind: str) -> str:
    """Return what follows 金额不对, where the right value may be.

    After 商户不对 stands anything (我没去过); only 是…… is a name.
    """
    rest = _names()[kind].sub("", words.strip(_AROUND), count=1)
    return rest if kind in _FINDERS or _NAMES.match(rest) else ""


@lru_cache(maxsize=1)
def _names() -> dict[str, re.Pattern[str]]:
    found = {}
    for kind, names in DATA["names"].items():
        wrong = DATA["wrong"] + ("|不是" if kind in _FINDERS else "")
        called = rf"(?:图里的?|这个|那个)?(?:{'|'.join(names)})(?:[和跟、].{{1,6}}?)?"
        found[kind] = re.compile(rf"{called}(?:你|您|是|也|都|给)?(?:{wrong})了?[，,。 ]*")
    return found


# ---- buttons


def buttons(
    content: Content, key: str, values: Mapping[str, str], unclear: Sequence[str] = ()
) -> list[Mapping[str, str]]:
    """Return the buttons beside what was read: a value each where they are few, and one for all.

    Args:
        content: has the titles.
        key: of the message with the picture.
        values: what was read, by kind.
        unclear: kinds that were read without certainty: only these have buttons of their own.
    """
    kinds = [kind for kind in KINDS if kind in (unclear or values)]
    if len(kinds) > MOST_AT_ONCE or kinds == ["status"]:  # one button is enough for that
        kinds = []
    return [
        *_each(content, key, kinds),
        {"title": content.say("button_picture_wrong"), "payload": f"{WRONG}::{key}"},
    ]


def choices(content: Content, key: str, values: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Return a button for each value that may be wrong, and one for everything else."""
    other = {
        "title": content.say("button_picture_wrong_other"),
        "payload": f"{WRONG}:{OTHER}:{key}",
    }
    return [*_each(content, key, [kind for kind in KINDS if kind in values]), other]


def several(key: str) -> str:
    """Return the payload of the button that asks which of several pictures was read wrongly."""
    return f"{WRONG}:{SEVERAL}:{key}"


def which(content: Content, keys: Mapping[str, str]) -> list[Mapping[str, str]]:
    """Return a button for each of several pictures, by their places."""
    return [
        {"title": content.say("button_picture_which", place=number), "payload": f"{WRONG}::{key}"}
        for number, key in keys.items()
    ]


def keep(content: Content, asked: Asked) -> Mapping[str, str]:
    """Return the button that leaves a value as it was read."""
    return {
        "title": content.say("button_picture_keep"),
        "payload": f"{KEEP}:{asked.kind}:{asked.key}",
    }


def _each(content: Content, key: str, kinds: Sequence[str]) -> list[Mapping[str, str]]:
    return [
        {"title": content.say(f"button_picture_wrong_{kind}"), "payload": f"{WRONG}:{kind}:{key}"}
        for kind in kinds
    ]


# ---- the right value


@dataclass(frozen=True)
class Right:
    """The right value in what a customer writes, and whether they write little else."""

    value: str
    alone: bool


def right_in(kind: str, words: str, read: str = "") -> Right | None:
    """Return the right value that a customer writes; None: there is none, or more than one.

    Args:
        kind: of the value.
        words: the customer's.
        read: what was read; of a time, the part of it that is not written is kept.
    """
    plain = unicodedata.normalize("NFKC", words).strip()
    if kind not in _FINDERS:
        said = _bare(plain)
        fits = 1 < len(said) <= LONGEST_WORDS and not _ASKS.search(plain) and "\n" not in plain
        return Right(said, alone=True) if fits else None
    found = _FINDERS[kind](plain, read)
    if found is None:
        return None
    value, pieces = found
    rest = plain
    for piece in pieces:
        rest = rest.replace(piece, "", 1)
    value = _completed(value, read) if kind == "time" else value
    return Right(value, alone=len(_bare(_UNITS.sub("", rest))) <= LONGEST_REST)


def _bare(words: str) -> str:
    """Return words without what only leads to them: 应该是……才对."""
    return _TAIL.sub("", _FILLERS.sub("", words.strip(_AROUND)).strip(_AROUND)).strip(_AROUND)


_Found = tuple[str, Sequence[str]] | None  # the value, and the pieces of the words that say it


def _amount(words: str, read: str) -> _Found:
    found = _NUMBER.findall(words)
    numbers = [each for each in found if not _same_sum(each, read)] or found
    if numbers:
        same = len({each.replace(",", "") for each in numbers}) == 1
        return (numbers[0].replace(",", ""), found) if same else None
    said = [value for kind, value in _entities(words) if kind == "amount"]
    spelled = integer(said[0].rstrip("元块钱圆整")) if len(said) == 1 else None
    return (str(spelled), said) if spelled is not None else None


def _same_sum(one: str, other: str) -> bool:
    try:
        return float(one.replace(",", "")) == float(other)
    except ValueError:
        return False


def _time(words: str, read: str) -> _Found:
    for pattern in (TIME, DAYS):
        if found := pattern.search(words):
            return found[0].strip(), [found[0].strip()]
    said = [value for kind, value in _entities(words) if kind in ("date", "time")]
    return (" ".join(said), said) if said else None


def _completed(value: str, read: str) -> str:
    """Return a time with the date or the clock that was read, where it lacks one."""
    known = TIME.search(read)
    if known is None or not known["clock"]:
        return value
    given = TIME.search(value)
    if given is not None:
        return value if given["clock"] or _HOUR.search(value) else f"{value} {known['clock']}"
    if _DAY.search(value):
        return value
    return f"{read[: known.start('clock')].strip()} {value}"


def _order_number(words: str, read: str) -> _Found:
    found = _ORDER.findall(words)
    others = [each.replace(" ", "") for each in found]
    others = [each for each in others if each != read] or others
    return (others[0], found) if len(set(others)) == 1 else None


def _error_code(words: str, read: str) -> _Found:
    found = [each for each in _CODE.findall(words) if ERROR_CODE.fullmatch(each)]
    others = [each for each in found if each != read] or found
    return (others[0], found) if len(set(others)) == 1 else None


def _entities(words: str) -> list[tuple[str, str]]:
    finder, lexer = tools()
    return [(each["entity"], each["value"]) for each in finder.find(words, tokens_of(words, lexer))]


_FINDERS: Mapping[str, Callable[[str, str], _Found]] = {
    "amount": _amount,
    "time": _time,
    "order_number": _order_number,
    "error_code": _error_code,
}
