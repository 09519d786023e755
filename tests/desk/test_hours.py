"""When customers find the desk open: hours, nights, holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from content import library
from desk.hours import is_open

HOURS = {
    "monday": ("09:00-12:00", "13:00-18:00"),
    "wednesday": ("22:00-02:00",),
    "friday": ("09:00-00:00",),
    "saturday": ("18:00-24:00",),
    "sunday": ("08:00-08:00",),
}


@pytest.mark.parametrize(
    ("moment", "found_open"),
    [
        ("2026-11-23T10:00+08:00", True),  # a Monday
        ("2026-11-23T12:30+08:00", False),
        ("2026-11-23T17:59+08:00", True),
        ("2026-11-23T18:00+08:00", False),
        ("2026-11-23T09:59+00:00", True),
        ("2026-11-24T10:00+08:00", False),
        ("2026-11-30T10:00+08:00", False),
        ("2026-11-25T21:59+08:00", False),
        ("2026-11-25T22:00+08:00", True),
        ("2026-11-25T23:59+08:00", True),
        ("2026-11-26T00:00+08:00", True),
        ("2026-11-26T01:59+08:00", True),
        ("2026-11-26T02:00+08:00", False),
        ("2026-11-25T01:00+08:00", False),
        ("2026-11-25T17:00+00:00", True),
        ("2026-11-27T08:59+08:00", False),
        ("2026-11-27T23:59+08:00", True),
        ("2026-11-28T00:00+08:00", False),
        ("2026-11-28T23:59+08:00", True),
        ("2026-11-29T00:00+08:00", False),
        ("2026-11-29T08:00+08:00", True),
        ("2026-11-30T07:59+08:00", True),
        ("2026-11-30T08:00+08:00", False),
        ("2026-12-09T23:00+08:00", False),
        ("2026-12-10T01:00+08:00", False),
    ],
)
def test_a_customer_finds_the_desk_open_by_day_and_over_midnight(
    moment: str, found_open: bool
) -> None:
    settings = replace(library.current().desk, hours=HOURS, holidays=("2026-11-30", "2026-12-09"))
    assert is_open(settings, datetime.fromisoformat(moment)) is found_open


@pytest.mark.parametrize(("day", "found_open"), [("2026-11-29", True), ("2026-11-30", False)])
def test_a_customer_finds_a_desk_without_hours_always_open(day: str, found_open: bool) -> None:
    settings = replace(library.current().desk, hours={}, holidays=("2026-11-30",))
    for time in ("00:00", "03:30", "23:59"):
        assert is_open(settings, datetime.fromisoformat(f"{day}T{time}+08:00")) is found_open
