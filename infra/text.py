"""What people write, made safe to keep and to show."""

from __future__ import annotations

import re
import unicodedata

# Bidirectional controls and invisible characters: they hide text from the human who reads it later.
# The joiner between two pictures stays: it makes them one (families, professions).
_PICTURE = r"\u2190-\u2bff\U0001f000-\U0001faff"
_INVISIBLE = re.compile(
    r"[\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    rf"|(?<![{_PICTURE}\ufe0f])\u200d|\u200d(?![{_PICTURE}])"
)

MASK = "****"  # stands where something secret or personal is hidden
_SLASHES = ("/", "\u2044", "\u2215")


def clean(text: str) -> str:
    """Return the text without control and invisible characters, its newlines and emoji kept."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        char
        for char in text
        if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs", "Co"}
    ).strip()


def neutralize(text: str) -> str:
    """Return the text so that Rasa never takes it for `/intent{...}`.

    Rasa strips leading blanks and executes what then starts with a slash (PROTOCOLS.md 3.2);
    a full-width slash reads the same and is safe.
    """
    return "／" + text[1:] if text.startswith(_SLASHES) else text
