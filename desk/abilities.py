"""What the open channels can carry, as they declare it: the desk refuses the rest at once."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class _Abilities:
    title: str
    pictures: bool


_declared: dict[str, _Abilities] = {}


def declare(channel: str, title: str, pictures: bool) -> None:
    """Say of a channel, by the name that its conversations begin with, what it can carry.

    Args:
        channel: its name.
        title: how agents read it.
        pictures: whether customers can be sent any.
    """
    _declared[channel] = _Abilities(title, pictures)


def without_pictures(conversation_id: str) -> str | None:
    """Return the title of a conversation's channel if it cannot carry pictures."""
    known = _declared.get(conversation_id.partition("-")[0])
    return None if known is None or known.pictures else known.title
