"""One message of a customer and what is said to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from desk import Entry
from infra.errors import Refused
from reader.telling import Told

Handler = Callable[[UserMessage], Awaitable[Any]]  # Rasa's `on_new_message`


@dataclass
class Turn:
    """A message that is being answered, or was just now; every delivery of it waits for the same.

    Args:
        conversation_id: whose.
        handler: Rasa's.
        said: the message, cleaned and masked.
        warned: whether it held a secret, which the customer is warned of.
        seq: the message's position in the record; 0 while it is not there.
        again: whether it was there before, when the process that answered it died.
        owed: the message, when it could not be recorded.
        replies: what is said to it.
        refused: why not, when what was said could not be recorded.
        spoken: set when the customer can be answered.
        told: what is told of it, when the message is a picture that was read.
        phone: a number that it agrees to be called back at, before it is masked; never recorded.
    """

    conversation_id: str
    handler: Handler
    said: Entry
    warned: bool
    seq: int = 0
    again: bool = False
    owed: Entry | None = None
    replies: list[Entry] = field(default_factory=list)
    refused: Refused | None = None
    spoken: asyncio.Event = field(default_factory=asyncio.Event)
    told: Told | None = None
    phone: str | None = field(default=None, repr=False)


class TurnOutput(OutputChannel):
    """Collects what a turn says; never raises, since that would discard the whole turn."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.said: list[dict[str, Any]] = []

    def name(self) -> str:
        """Return the channel's name, by which responses may differ."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message of the turn."""
        self.said.append(message)


def excerpt(text: str, limit: int) -> str:
    """Return a text, or the beginning and the end of one of more than `limit` UTF-8 bytes."""
    data = text.encode("utf8", "replace")
    if len(data) <= limit:
        return text
    half = limit // 2
    begin, end = (part.decode("utf8", "ignore") for part in (data[:half], data[-half:]))
    return f"{begin}\n{end}"
