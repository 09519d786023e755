"""A phone number for a call back, in a form's field or in the words of a platform's customer."""

from __future__ import annotations

import re
import unicodedata

# An explicit yes: 同意回电，13800138000.
_AGREES = re.compile(r"同意[^，。,.]{0,6}(?:回电|打电话)|(?:回电|打电话)[^。.]{0,6}同意")
_REFUSES = re.compile(r"不[^，。,.]{0,2}同意|别|不要|不用")
_NUMBER = re.compile(r"(?<!\d)\+?\d[\d -]{5,16}\d(?!\d)")


def dialled(given: str) -> str | None:
    """Return a phone number as it is dialled; None when it is none."""
    plain = re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", given))
    return plain if re.fullmatch(r"\+?[0-9]{7,15}", plain) else None


def agreed(said: str) -> str | None:
    """Return the one number that a customer's words agree to be called back at; else None."""
    plain = unicodedata.normalize("NFKC", said)
    if not _AGREES.search(plain) or _REFUSES.search(plain):
        return None
    numbers = _NUMBER.findall(plain)
    return dialled(numbers[0]) if len(numbers) == 1 else None
