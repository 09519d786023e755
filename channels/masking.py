"""Hides secrets and personal data in what customers write, before anything is stored or logged."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

# Full-width letters and digits read the same and must not slip through; one for one, so that
# places in the text stay right.
_HALF_WIDTH = {0xFF01 + place: 0x21 + place for place in range(94)}

_NAMED = (
    r"(?:验证码|校验码|动态码|动态密码|支付密码|登录密码|密码|口令|password|passwd|pwd|pin)"
    r"[ ]{0,3}(?:是|为|:|=|就是|给你|发你|设成|改成|叫)?[ ]{0,3}"
)
_AFTER_NUMBER_WORD = re.compile(r"(?:订单|单号|交易|流水|编号|快递|运单)[^\d]{0,6}$")


@dataclass(frozen=True)
class Masked:
    """The text with what was hidden, and whether a password or a code was among it."""

    text: str
    secret: bool


def mask(text: str) -> Masked:
    """Hide passwords and codes wholly, and cards, ID cards and phones but for the last four.

    Of an e-mail address the name goes and the domain stays. Order and transaction numbers are what
    a human needs, and stay.
    """
    plain = text.translate(_HALF_WIDTH)
    hidden: list[tuple[int, int, str]] = []
    secret = False
    for pattern, accept, shown in _KINDS:
        for match in pattern.finditer(plain):
            start, end = match.span("value")
            free = all(end <= other or start >= stop for other, stop, _ in hidden)
            if free and accept(match):
                hidden.append((start, end, shown(match["value"])))
                secret = secret or pattern is _PASSWORD
    for start, end, instead in sorted(hidden, reverse=True):
        text = text[:start] + instead + text[end:]
    return Masked(text, secret)


def _last_four(value: str) -> str:
    return "****" + re.sub(r"[ -]", "", value)[-4:]


def _digits(value: str) -> list[int]:
    return [int(char) for char in value if char.isdigit()]


def is_card(number: str) -> bool:
    """Tell whether the digits pass Luhn's check, as bank cards' do (ISO/IEC 7812-1)."""
    total = 0
    for place, digit in enumerate(reversed(_digits(number))):
        doubled = digit * 2 if place % 2 else digit
        total += doubled - 9 if doubled > 9 else doubled
    return total % 10 == 0


def is_identity_card(number: str) -> bool:
    """Tell whether the check character is right (GB 11643-1999)."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(w * int(digit) for w, digit in zip(weights, number[:17], strict=True))
    return "10X98765432"[total % 11] == number[17].upper()


def _holds_no_chinese_word(match: re.Match[str]) -> bool:
    # 密码error, 密码reset: a word of letters right after, without 是 or :, is no password.
    value = match["value"]
    return any(char.isdigit() for char in value) or match[0][: -len(value)].rstrip()[-1] in "是为:="


_PASSWORD = re.compile(_NAMED + r"(?P<value>[A-Za-z0-9!@#$%^&*._-]{4,32})", re.IGNORECASE)

_KINDS: list[tuple[re.Pattern[str], Callable[[re.Match[str]], bool], Callable[[str], str]]] = [
    (_PASSWORD, _holds_no_chinese_word, lambda value: "****"),
    (
        re.compile(r"(?<!\d)(?P<value>\d{17}[\dXx])(?!\d)"),
        lambda match: is_identity_card(match["value"]),
        _last_four,
    ),
    (
        re.compile(r"(?<!\d)(?P<value>\d(?:[ -]?\d){14,18})(?!\d)"),
        lambda match: is_card(match["value"]) and not _follows_number_word(match),
        _last_four,
    ),
    (
        re.compile(r"(?<!\d)(?P<value>(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4})(?!\d)"),
        lambda match: not _follows_number_word(match),
        _last_four,
    ),
    (
        re.compile(r"(?P<value>[A-Za-z0-9._+-]{1,64})@[A-Za-z0-9-]{1,63}\.[A-Za-z0-9.-]{2,63}"),
        lambda match: True,
        lambda value: "****",
    ),
]


def _follows_number_word(match: re.Match[str]) -> bool:
    start = match.start("value")
    return _AFTER_NUMBER_WORD.search(match.string[max(0, start - 12) : start]) is not None
