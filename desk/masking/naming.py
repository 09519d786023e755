"""What a number is called by the words around it."""

from __future__ import annotations

from desk.masking.groups import Groups
from desk.masking.shapes import LONGEST_CARD, has_shape
from desk.masking.text import Name, Number
from desk.masking.words import (
    AFTER,
    BARE_AFTER,
    CODE_KINDS,
    IS,
    LINK,
    LIST,
    NEAR,
    NEAREST,
    SECRET_KINDS,
    TIGHT,
)


class Naming(Groups):
    """Numbers by the words around them."""

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
