"""Groups of digits that are one number: with gaps, a check letter, a country's code."""

from __future__ import annotations

import re
from typing import Any

from desk.masking.shapes import is_mobile
from desk.masking.text import Number, Text
from desk.masking.words import CHECK, DATA, PHONE_GAP, SINGLE, UNIT


class Groups(Text):
    """Groups of digits, and which of them are one number."""

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

    def _alone(self, place: int) -> Number:
        start, end = self.groups[place]
        return Number(place, place, start, end, self.figures[start:end])

    def _with_check(self, number: Number) -> Number:
        """Return an ID card's number with the X at its end."""
        check = CHECK.match(self.plain, number.end)
        if len(number.digits) != 17 or not check:
            return number
        digits = number.digits + self.text[check.end() - 1]
        return Number(number.first, number.last, number.start, check.end(), digits)

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

    def _are_amounts(self, number: Number) -> bool:
        groups = self.groups[number.first : number.last + 1]
        return len(groups) > 1 and all(
            self.figures[begin:stop].endswith("00") for begin, stop in groups
        )
