"""What agents' pages send, checked; and how they are refused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from content import library
from infra.errors import Code, Refused
from infra.text import clean
from server.http import LARGEST_NUMBER


def refuse(code: Code, phrase: str, status: int, wait: float = 0, **more: Any) -> Refused:
    """Return a refusal that says a sentence of phrases.yml; `more` is for programs."""
    return Refused(code, library.current().say(phrase), status, wait=wait, more=more)


def bad_request() -> Refused:
    """Return the refusal of a request that no page of ours sends."""
    return refuse("bad_request", "desk_bad_request", 400)


def plain_text(given: Any) -> str:
    """Return a text without what no database takes (NUL, lone surrogates); "" if it is none."""
    return clean(given) if isinstance(given, str) else ""


def is_number(given: Any) -> bool:
    """Tell whether it is a row's number."""
    return type(given) is int and 0 < given <= LARGEST_NUMBER


def number_of(given: str | None) -> int | None:
    """Return the number in a query; None if there is none."""
    known = given and given.isascii() and given.isdigit() and len(given) < 16
    return int(given) if known and given else None


def day_of(given: str | None) -> date:
    """Return the day in a query, or today.

    Raises:
        Refused: it is none.
    """
    if not given:
        return datetime.now(ZoneInfo(library.current().desk.timezone)).date()
    try:
        day = date.fromisoformat(given)
        if 2000 <= day.year < 2200:  # within the range of `date`
            return day
        raise ValueError
    except ValueError:
        raise bad_request() from None
