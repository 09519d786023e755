"""When the desk is open, by the hours and holidays of desk.yml."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from content.hours import WEEKDAYS
from content.model import DeskSettings


def is_open(settings: DeskSettings, moment: datetime) -> bool:
    """Tell whether somebody is to be there.

    Args:
        settings: without hours, every day but the holidays is open.
        moment: with a time zone.

    Returns:
        Whether a span holds the moment. A span that ends no later than it begins ends on the next
        day, and belongs to the day it begins on: a holiday does not cut the night before it short,
        and has no night of its own.
    """
    here = moment.astimezone(ZoneInfo(settings.timezone))
    if not settings.hours:
        return f"{here:%Y-%m-%d}" not in settings.holidays
    now = f"{here:%H:%M}"
    return any(
        begin <= now and (now < end or end <= begin) for begin, end in _spans(settings, here)
    ) or any(
        end <= begin and now < end for begin, end in _spans(settings, here - timedelta(days=1))
    )


def _spans(settings: DeskSettings, day: datetime) -> list[tuple[str, str]]:
    """Return the begins and ends (`HH:MM`) of the spans that begin on a day."""
    if f"{day:%Y-%m-%d}" in settings.holidays:
        return []
    parts = (span.partition("-") for span in settings.hours.get(WEEKDAYS[day.weekday()], ()))
    return [(begin, end) for begin, _, end in parts]
