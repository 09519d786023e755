"""What the embedding app may tell of its user: declared in credentials.yml, shown to agents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desk.masking import mask
from infra.text import clean

LONGEST = 200  # characters of a value


@dataclass(frozen=True)
class Told:
    """One thing that may be told: how agents call it; `hidden`: only its first character is kept.

    `host`: the page around ours may tell it, unsigned; else only the app's JWT.
    """

    title: str
    hidden: bool = False
    host: bool = False


class Profile:
    """Reads what is told.

    Args:
        declared: `profile` of credentials.yml, by the name of the claim.

    Raises:
        ValueError: it is written wrongly.
    """

    def __init__(self, declared: Mapping[str, Any] | None) -> None:
        self._declared: dict[str, Told] = {}
        for name, given in (declared or {}).items():
            given = {"title": given} if isinstance(given, str) else given
            try:
                told = Told(**given)
            except TypeError:
                told = Told("")
            if not told.title or {type(told.hidden), type(told.host)} != {bool}:
                raise ValueError(
                    f"credentials.yml: profile: {name}: write a title, or title, hidden and host"
                )
            self._declared[str(name)] = told

    def read(self, told: Mapping[str, Any], signed: bool) -> dict[str, dict[str, Any]]:
        """Return what is declared of what is told, masked, as `Profiles.tell` keeps it."""
        found = {}
        for name, one in self._declared.items():
            value = told.get(name)
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                continue
            text = clean(str(value)).strip()[:LONGEST]
            if not text or not (signed or one.host):
                continue
            shown = f"{text[0]}**" if one.hidden else mask(text).text
            found[name] = {"title": one.title, "value": shown, "signed": signed}
        return found
