"""Numbers: cards, codes, phones, by their names or their shapes."""

from __future__ import annotations

import re

from desk.masking.naming import Naming
from desk.masking.shapes import (
    LONGEST_CARD,
    OF_CARD,
    is_card,
    is_day,
    is_identity_card,
    is_mobile,
    issuer_of,
)
from desk.masking.text import Number
from desk.masking.words import (
    CODE,
    CODE_KINDS,
    COUNT,
    CURRENCY,
    DECIMAL,
    ENTRIES,
    GONE,
    JUDGED,
    KEPT,
    KIND_OF,
    LONGEST_CODE,
    LOOSE,
    NAMES,
    OF_DECIMAL,
    PUBLIC,
    PUBLIC_AFTER,
    SECRET_KINDS,
    SINGLE,
    TIGHT,
    UNIT,
)
from infra.text import MASK

ROUND = re.compile(r"[1-9]\d{1,2}00")  # a sum, among words of paying


class Numbers(Naming):
    """Numbers by the words that name them, or by their shape."""

    def _numbers(self) -> None:
        place = 0
        before: tuple[Number, str | None] | None = None
        while place < len(self.groups):
            start, end = self.groups[place]
            if any(self.covered[start:end]) or self.plain[max(0, start - 2) : start] == "**":
                place += 1
                continue
            kind, firm = self._kind_of(place, before)
            number = self._judged(place, kind, firm)
            before = (number, kind)
            place = number.last + 1

    def _judged(self, place: int, kind: str | None, firm: bool) -> Number:
        """Hide a number if it must be hidden; return its groups."""
        if kind in SECRET_KINDS:
            number = self._code(place, firm)
            if number:
                return number
        if kind == "cvv":
            number = self._joined(place, LOOSE, 8)
            if 3 <= len(number.digits) <= 8:
                self._hide(number.start, number.end, MASK, True)
                return number
        if kind in ("card", "identity"):
            number = self._joined(place, LOOSE, LONGEST_CARD if kind == "card" else 18)
            number = self._with_check(number)
            if len(number.digits) > 4:
                self._last_four(number, True)
                return number
        if kind == "card_word":
            number = self._joined(place, LOOSE, LONGEST_CARD)
            if len(number.digits) >= 13:
                self._last_four(number, True)
                return number
        if kind == "phone":
            number = self._joined(place, LOOSE, 15, is_mobile)
            if is_mobile(number.digits):
                self._last_four(number, False)
                return number
        if kind == "order":
            return self._joined(place, TIGHT, 40)
        number = self._shaped(place)
        if number:
            return number
        if kind is None and (number := self._beside_card(place)):
            self._last_four(number, True)
            return number
        if self.spoken and kind not in KEPT:
            number = self._bare_code(place, kind in (*SECRET_KINDS, "hint"))
            if number:
                return number
        return self._joined(place, TIGHT, LONGEST_CARD)

    def _beside_card(self, place: int) -> Number | None:
        """Return a number as long as an issuer's, if a card is spoken of before it.

        Its check digit may be wrong: 退回这张卡行不行 6217…, mistyped.
        """
        number = self._joined(place, LOOSE, LONGEST_CARD)
        before = self.plain[max(0, number.start - 12) : number.start]
        of_issuer = len(number.digits) in (16, 18, 19) and issuer_of(number.digits)
        return number if of_issuer and OF_CARD.search(before) else None

    def _last_four(self, number: Number, secret: bool) -> None:
        shown = number.digits[-4:] if len(number.digits) > 8 else ""
        start = number.start
        if self.plain[max(0, start - 1) : start] == "+":
            start -= 1
        self._hide(start, number.end, MASK + shown, secret)

    def _code(self, place: int, firm: bool) -> Number | None:
        """Hide what is called a code or a password."""
        whole = self._joined(place, SINGLE, 40)
        singles = all(
            self.groups[each][1] - self.groups[each][0] == 1
            for each in range(whole.first, whole.last + 1)
        )
        number = whole if singles else self._joined(place, LOOSE, LONGEST_CODE)
        size = len(number.digits)
        if not firm:
            if number.start in self.dates or COUNT.match(self.plain, number.end):
                return None
            if size > LONGEST_CODE or (
                self._joined(place, TIGHT, 40).digits != number.digits and size > 8
            ):
                single = self._alone(place)
                if len(single.digits) > LONGEST_CODE:
                    return None
                number = single if len(single.digits) >= 4 else number
            if self._mobile(place):
                return None
        if PUBLIC.fullmatch(number.digits) and PUBLIC_AFTER.match(self.plain, number.end):
            return None
        if firm and size < 4 and UNIT.match(self.plain, number.end):
            return None
        if len(number.digits) < 3 or (len(number.digits) == 3 and not firm):
            return None
        self._hide(number.start, number.end, MASK, True)
        return number

    def _shaped(self, place: int) -> Number | None:
        """Hide what looks like a card, an ID card or a phone, whatever it is called."""
        number = self._mobile(place)
        if number:
            self._last_four(number, False)
            return number
        number = self._with_check(self._joined(place, TIGHT, 18, lambda digits: len(digits) > 16))
        if len(number.digits) == 17:
            number = self._joined(place, TIGHT, 18)
        if is_identity_card(number.digits):
            self._last_four(number, True)
            return number
        if self.groups[place][0] in self.dates:
            return None
        number = self._joined(place, TIGHT, LONGEST_CARD)
        while True:
            if is_card(number.digits) and not self._are_amounts(number):
                self._last_four(number, True)
                return number
            if number.last == place:
                return None
            last = number.last - 1
            end = self.groups[last][1]
            digits = number.digits[: -(self.groups[last + 1][1] - self.groups[last + 1][0])]
            number = Number(place, last, number.start, end, digits)

    def _bare_code(self, place: int, called: bool) -> Number | None:
        """Hide a number of 4 to 8 digits that no word names otherwise."""
        number = self._joined(place, SINGLE, 40)
        sizes = [stop - begin for begin, stop in self.groups[place : number.last + 1]]
        if max(sizes) > 1 or len(sizes) < 4:
            number = self._joined(place, TIGHT, 40)
            sizes = [stop - begin for begin, stop in self.groups[place : number.last + 1]]
            if self._are_amounts(number) and len(sizes) > 2:
                return None
            if len(number.digits) not in CODE or not (min(sizes) > 1 or sizes[0] > 2):
                number = self._alone(place)
        elif number.digits in "123456789":  # 1、2、3、4步
            return None
        if len(number.digits) not in CODE and not (max(sizes) == 1 and len(number.digits) > 8):
            return None
        if self._is_something_else(number):
            return None
        self._hide(number.start, number.end, MASK, True)
        return number

    def _is_something_else(self, number: Number) -> bool:
        plain, start, end, digits = self.plain, number.start, number.end, number.digits
        around = plain[max(0, start - 1) : start] + plain[end : end + 1]
        # Of a longer word (TX20261128), of a decimal or a time.
        if any(char.isascii() and char.isalnum() for char in around):
            return True
        if DECIMAL.match(plain, end) or OF_DECIMAL.search(plain, max(0, start - 2), start):
            return True
        if start in self.dates and (number.last > number.first or not digits.isdecimal()):
            return True
        return bool(
            any(place in self.dates for place in (start, end - 1))
            or start in self.addresses
            or (digits in "123456789" and not plain[start].isdigit())  # 选一二三四
            or ENTRIES.match(plain, end)
            or UNIT.match(plain, end)
            or GONE.match(plain, end)
            or JUDGED.match(plain, end)
            or CURRENCY.search(plain, max(0, start - 3), start)
            or PUBLIC.fullmatch(digits)
            or (len(digits) == 8 and is_day(digits, range(2010, 2040)))
            or (ROUND.fullmatch(digits) and self._tells_of_money())
        )

    def _tells_of_money(self) -> bool:
        """Tell whether the text speaks of paying and of no code: 昨天6000 今早又交了4000."""
        kinds = {KIND_OF[name[0]] for name in NAMES.finditer(self.plain)}
        return "amount" in kinds and not kinds & {*CODE_KINDS, *SECRET_KINDS, "hint"}
