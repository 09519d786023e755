"""What Rasa says to a message, as it is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from desk.entry import Entry, reply_key
from desk.services import AsyncMemory


def entries(said: Sequence[Mapping[str, Any]], message_key: str) -> list[Entry]:
    """Return the messages of a turn that say something; always with the same keys."""
    return [
        Entry(
            reply_key(message_key, str(place)),
            "bot",
            each["text"].strip(),
            buttons=[
                {"title": button["title"], "payload": button["payload"]}
                for button in each.get("buttons") or ()
            ],
            step=each.get("step"),
            intent=each.get("intent"),
            about=each.get("about"),
            reply_to=message_key,
        )
        for place, each in enumerate(said)
        if (each.get("text") or "").strip()
    ]


async def recall(
    memory: AsyncMemory, conversation_id: str, message_key: str
) -> list[dict[str, Any]]:
    """Return what Rasa said to a message when its process died before that was recorded.

    Rasa remembers the turn already: to take it again would go a step further. Nothing when it does
    not, or has talked of other things since.

    Raises:
        SQLAlchemyError: the database is broken.
    """
    remembered = await memory.get(conversation_id) or {}
    said: list[dict[str, Any]] = []
    this = False
    for event in remembered.get("events", ()):
        if event["event"] == "user":
            this = event.get("message_id") == message_key
        elif this and event["event"] == "bot":
            buttons = (event.get("data") or {}).get("buttons")
            said.append(
                {**(event.get("metadata") or {}), "text": event["text"], "buttons": buttons}
            )
    return said
