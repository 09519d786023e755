"""What the chat page reads of messages and of who speaks; described in openapi.yml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from content import library
from desk import Button, Entry, Status

Json = dict[str, Any]


def status_json(status: Status) -> Json:
    """Return a status as the page reads it; who waits also reads when humans are there."""
    waits = status.speaker in {"waiting", "left_message"}
    return {**asdict(status), "hours": (waits and library.current().hours) or None}


def _feedback(entry: Entry) -> str | None:
    """Return what the customer said of an answer, `open` when nothing; None: it is not asked."""
    if entry.about is None:
        return None
    return {True: "useful", False: "unhelpful", None: "open"}[entry.useful]


class Shown:
    """Messages as the page reads them.

    Args:
        sign: makes a button's token for a conversation.
    """

    def __init__(self, sign: Callable[[str, Button], str]) -> None:
        self._sign = sign

    def messages(self, sender_id: str, entries: list[Entry]) -> list[Json]:
        """Return messages as the page reads them, their buttons signed for this conversation."""
        return [
            {
                "id": entry.key,
                "seq": entry.seq or None,
                "from": entry.author,
                "name": entry.name,
                # Beside their picture stands what we read in it; that is for agents.
                "text": "" if entry.picture and entry.author == "customer" else entry.text,
                "buttons": [
                    {
                        "title": button["title"],
                        "token": self._sign(sender_id, button),
                    }
                    for button in (entry.buttons if entry.author != "customer" else ())
                ],
                "step": entry.step,
                "feedback": _feedback(entry),
                "picture": entry.picture
                and {
                    "url": f"/api/pictures/{entry.picture['id']}",
                    "width": entry.picture["width"],
                    "height": entry.picture["height"],
                },
                "time": entry.time,
            }
            for entry in entries
        ]
