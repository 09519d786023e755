"""What a number is by its shape: a card, an ID card, a mobile phone."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date

from desk.masking.words import DATA, PREFIX

LONGEST_CARD = 19


def is_card(number: str) -> bool:
    """Tell whether the digits are a bank card's: issuer, length, Luhn's check (ISO/IEC 7812-1)."""
    digits = [int(char) for char in number if char.isdigit()]
    if len(digits) not in ISSUERS.get(issuer_of(number), ()):
        return False
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[::-2]) + sum(doubled)) % 10 == 0


def is_identity_card(number: str) -> bool:
    """Tell whether it is an ID card's: a province and a real date of birth (GB 11643-1999).

    The check character does not count: people mistype, and nothing else looks so.
    """
    return (
        len(number) == 18
        and number[:2] in DATA["provinces"]
        and is_day(number[6:14], range(1900, date.today().year + 1))
    )


def read_issuers() -> Iterator[tuple[str, Sequence[int]]]:
    """Yield each prefix of a card's issuer, and the lengths of its cards."""
    for prefixes, lengths in DATA["issuers"].items():
        for prefix in prefixes.split(", "):
            first, _, last = prefix.partition("-")
            for number in range(int(first), int(last or first) + 1):
                yield str(number), lengths


ISSUERS = dict(read_issuers())


def issuer_of(number: str) -> str:
    """Return the issuer's prefix of a card's number; "" if nobody issues such."""
    return next((number[:size] for size in (5, 4, 3, 2, 1) if number[:size] in ISSUERS), "")


def is_day(digits: str, years: range) -> bool:
    """Tell whether eight digits are a day of these years."""
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])).year in years
    except ValueError:
        return False


MOBILE = re.compile(r"1[3-9]\d{9}")


def is_mobile(digits: str) -> bool:
    """Tell whether digits are a mobile phone's number."""
    return MOBILE.fullmatch(PREFIX.sub("", digits)) is not None


def has_shape(digits: str) -> bool:
    """Tell whether digits are a phone, a card or an ID card, whatever they are called."""
    return is_mobile(digits) or is_card(digits) or is_identity_card(digits)


OF_CARD = re.compile(r"(?:[张的到这那我行]|银行)卡(?![住顿死在])(?!.*(?:单|流水|交易))")
