"""The desk's opening hours in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def describe(
    hours: Mapping[str, Sequence[str]],
    holidays: Sequence[str],
    phrases: Mapping[str, str],
    today: date,
) -> str:
    """Return the hours as customers read them, nothing when somebody is there always.

    Args:
        hours: spans (`09:00-18:00`) by weekday, as in desk.yml; one that ends no later than it
            begins ends on the next day.
        holidays: days (`2026-01-01`) on which nobody is there.
        phrases: those of phrases.yml.
        today: in the desk's time zone.
    """
    names = phrases["hours_days"].split("、")
    found: list[tuple[int, int, str]] = []  # first and last of neighbouring days with the same
    for place, day in enumerate(WEEKDAYS):
        told = "、".join(_span(span, phrases) for span in hours.get(day, ()))
        if told and found and found[-1][1:] == (place - 1, told):
            found[-1] = (found[-1][0], place, told)
        elif told:
            found.append((place, place, told))
    if not found:
        return ""
    parts = [
        phrases["hours_part"].format(days=_days(names, first, last, phrases), spans=told)
        for first, last, told in found
    ]
    closed = today.isoformat() in holidays
    return phrases["hours_holiday" if closed else "hours"].format(times="；".join(parts))


def _span(span: str, phrases: Mapping[str, str]) -> str:
    begin, _, end = span.partition("-")
    return phrases["hours_next_day"].format(begin=begin, end=end) if end <= begin else span


def _days(names: Sequence[str], first: int, last: int, phrases: Mapping[str, str]) -> str:
    if first == last:
        return names[first]
    if last - first == len(WEEKDAYS) - 1:
        return phrases["hours_every_day"]
    return phrases["hours_from_to"].format(first=names[first], last=names[last])
