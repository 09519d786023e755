"""Numbers: cards, codes, phones, by their names or their shapes."""

from __future__ import annotations

import re
from typing import Any

from desk.masking.shapes import (
    LONGEST_CARD,
    OF_CARD,
    has_shape,
    is_card,
    is_day,
    is_identity_card,
    is_mobile,
    issuer_of,
)
from desk.masking.text import Name, Number, Text
from desk.masking.words import (
    AFTER,
    BARE_AFTER,
    CHECK,
    CODE,
    CODE_KINDS,
    COUNT,
    CURRENCY,
    DATA,
    DECIMAL,
    ENTRIES,
    GONE,
    IS,
    KEPT,
    LINK,
    LIST,
    LONGEST_CODE,
    LOOSE,
    NEAR,
    NEAREST,
    OF_DECIMAL,
    PHONE_GAP,
    PUBLIC,
    PUBLIC_AFTER,
    SECRET_KINDS,
    SINGLE,
    TIGHT,
    UNIT,
)
from infra.text import MASK


class Numbers(Text):
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

    def _kind_of(
        self, place: int, before: tuple[Number, str | None] | None
    ) -> tuple[str | None, bool]:
        """Return what a number is called, and whether that is said outright (是, 为, a colon)."""
        start, _ = self.groups[place]
        name = self._last_name(start)
        if name and name.link >= start:
            if name.kind == "amount" and self._passes_on(name, place):
                return "hint", False
            firm = self._explicit(name, start)
            if name.kind in SECRET_KINDS and not firm:  # 收到验证码 2025…是订单号
                after = self._named_after(self._joined(place, TIGHT, LONGEST_CARD))
                if after in ("order", "order_word"):
                    return after, True
            return self._same_as(name.kind), firm
        number = self._joined(place, TIGHT, LONGEST_CARD)
        after = self._named_after(number)
        if after:
            return after, True
        if name and start - name.end <= NEAREST:
            gap = self.plain[name.end : start]
            cut = LINK.match(self.plain, name.link + 1, start)
            if (
                gap[name.link - name.end :][:1] in (",", "，", ";", "；")
                and cut
                and cut.end() == start
            ):
                weak = name.kind in (*SECRET_KINDS, "again", "amount", "other")
                if weak and name.kind in SECRET_KINDS and IS.match(self.plain, name.link + 1):
                    return name.kind, True
                return (None if weak else name.kind), False
            if name.kind == "order" and NEAR.fullmatch(gap):
                return "order", False
            if name.kind in ("card", "identity") and NEAR.fullmatch(gap):
                return name.kind, False
        earlier, kind = before or (None, None)
        if earlier and kind:
            gap = self.plain[earlier.end : start]
            if len(gap) <= 8 and LIST.fullmatch(gap):
                return self._listed(number, earlier, kind, bool(gap.strip())), False
        return None, False

    def _passes_on(self, amount: Name, place: int) -> bool:
        """Tell whether 转给 is said of a code (验证码转给他483920), not of money."""
        earlier = self._last_name(amount.start)
        start, end = self.groups[place]
        return (
            earlier is not None
            and earlier.kind in CODE_KINDS
            and earlier.end == amount.start
            and self.plain.startswith("转", amount.start)
            and not self.figures[start:end].endswith("00")
        )

    @staticmethod
    def _same_as(kind: str) -> str:
        return "password" if kind == "again" else kind

    def _named_after(self, number: Number) -> str | None:
        name = self._next_name(number.end)
        if name is None or name.start < number.end or name.start - number.end > 16:
            return None
        if name.kind in ("again", "hint", "amount"):
            return None
        gap = self.plain[number.end : name.start]
        if AFTER.fullmatch(gap):
            said = gap.lstrip(" \"'”’」』)]】,，")
            if said.startswith(("是", "就是", "这是")):
                if "不是" in gap and name.kind in SECRET_KINDS:
                    return None
                return name.kind
        # 885512（验证码）, 885512的验证码, 885512这个验证码
        if gap.strip() and BARE_AFTER.fullmatch(gap):
            return name.kind
        return None

    @staticmethod
    def _listed(number: Number, earlier: Number, kind: str, parted: bool) -> str | None:
        """Return what the next of a list is called, by the one before it."""
        if kind not in ("order", "order_word"):
            return kind
        same = number.digits[:3] == earlier.digits[:3]
        if same or not (has_shape(number.digits) or not parted):
            return kind
        if not has_shape(number.digits) and len(number.digits) == len(earlier.digits):
            return kind
        return None

    def _judged(self, place: int, kind: str | None, firm: bool) -> Number:
        """Hide a number that has to be; return what was taken together."""
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

    def _joined(
        self,
        place: int,
        gap: re.Pattern[str],
        limit: int,
        enough: Any = None,
    ) -> Number:
        """Return the groups from one on that stand close together, up to a number of digits."""
        start, end = self.groups[place]
        digits = self.figures[start:end]
        last = place
        while last + 1 < len(self.groups) and not (enough and enough(digits)):
            begin, stop = self.groups[last + 1]
            if len(digits) + stop - begin > limit or not gap.fullmatch(self.plain, end, begin):
                break
            if UNIT.match(self.plain, stop) and stop - begin != 4 and gap is not SINGLE:
                break
            if self.plain[stop : stop + 1] == ":" or any(self.covered[begin:stop]):
                break
            digits += self.figures[begin:stop]
            last, end = last + 1, stop
        return Number(place, last, start, end, digits)

    def _with_check(self, number: Number) -> Number:
        """Return an ID card's number with the X at its end."""
        check = CHECK.match(self.plain, number.end)
        if len(number.digits) != 17 or not check:
            return number
        digits = number.digits + self.text[check.end() - 1]
        return Number(number.first, number.last, number.start, check.end(), digits)

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

    def _alone(self, place: int) -> Number:
        start, end = self.groups[place]
        return Number(place, place, start, end, self.figures[start:end])

    def _mobile(self, place: int) -> Number | None:
        number = self._joined(place, PHONE_GAP, 15, is_mobile)
        groups = [self.groups[each] for each in range(number.first, number.last + 1)]
        sizes = [stop - begin for begin, stop in groups]
        if not is_mobile(number.digits):
            return None
        while sizes and sum(sizes) > 11:
            extra = sum(sizes) - 11
            sizes = sizes[1:] if sizes[0] <= extra else [sizes[0] - extra, *sizes[1:]]
        usual = sizes in DATA["phone_groups"] or all(size == 1 for size in sizes)
        return number if usual else None

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

    def _are_amounts(self, number: Number) -> bool:
        groups = self.groups[number.first : number.last + 1]
        return len(groups) > 1 and all(
            self.figures[begin:stop].endswith("00") for begin, stop in groups
        )

    def _bare_code(self, place: int, called: bool) -> Number | None:
        """Hide a number of 4 to 8 digits that nothing calls anything else."""
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
            or CURRENCY.search(plain, max(0, start - 3), start)
            or PUBLIC.fullmatch(digits)
            or (len(digits) == 8 and is_day(digits, range(2010, 2040)))
        )
