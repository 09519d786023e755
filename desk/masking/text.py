"""A text as it is read: spelled alike, with the words that name something."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from desk.masking.spelling import in_figures, spelled
from desk.masking.words import (
    ADDRESS,
    AMOUNT_LINK,
    CODE_KINDS,
    DATES,
    EXPLICIT,
    GROUP,
    KIND_OF,
    LINK,
    MISSING,
    NAMES,
    NEAREST,
    SECRET_KINDS,
    places_of,
)


@dataclass(frozen=True)
class Name:
    """A word that names what stands next to it, and where what it is linked to begins."""

    kind: str
    start: int
    end: int
    link: int


@dataclass(frozen=True)
class Hidden:
    """A place in a text, what is written there instead, and whether people are warned of it."""

    start: int
    end: int
    instead: str
    secret: bool


@dataclass(frozen=True)
class Number:
    """Groups of digits that belong together."""

    first: int  # group
    last: int
    start: int
    end: int
    digits: str


class Text:
    """One text, and what is to be hidden of it."""

    def __init__(self, text: str, code_expected: bool) -> None:
        self.text = text
        self.plain = spelled(text)
        self.figures = in_figures(self.plain)
        self.groups = [match.span() for match in GROUP.finditer(self.figures)]
        self.dates = places_of(DATES, self.plain)
        self.addresses = places_of(ADDRESS, self.plain)
        self.code_expected = code_expected
        self.found: list[Hidden] = []
        self.covered = bytearray(len(text))

    @cached_property
    def names(self) -> list[Name]:
        """The words that name something, in order."""
        names: list[Name] = []
        speaking = False
        for match in NAMES.finditer(self.plain):
            kind, end = KIND_OF[match[0]], match.end()
            if kind == "nothing" or (end in self.addresses and self.plain[end] == "/"):
                continue
            if kind == "again":
                if not speaking:
                    continue
                kind = "again"
            elif kind in SECRET_KINDS:
                speaking = True
                if kind == "code" and MISSING.search(
                    self.plain, max(0, match.start() - 8), match.start()
                ):
                    kind = "hint"
            elif kind not in ("amount", "other", "hint"):
                speaking = False
            link = AMOUNT_LINK if kind == "amount" else LINK
            linked = link.match(self.plain, end, end + NEAREST)
            names.append(Name(kind, match.start(), end, linked.end() if linked else end))
        return names

    @cached_property
    def _ends(self) -> list[int]:
        return [name.end for name in self.names]

    @cached_property
    def spoken(self) -> bool:
        """Whether codes or passwords are spoken of, here or before."""
        return self.code_expected or any(name.kind in CODE_KINDS for name in self.names)

    def _last_name(self, place: int) -> Name | None:
        number = bisect_right(self._ends, place)
        return self.names[number - 1] if number else None

    def _next_name(self, place: int) -> Name | None:
        number = bisect_right(self._ends, place)
        return self.names[number] if number < len(self.names) else None

    def _explicit(self, name: Name, start: int) -> bool:
        return EXPLICIT.search(self.plain, name.end, start) is not None

    def _hide(self, start: int, end: int, instead: str, secret: bool) -> None:
        if any(self.covered[start:end]):
            return
        self.covered[start:end] = b"\1" * (end - start)
        self.found.append(Hidden(start, end, instead, secret))
