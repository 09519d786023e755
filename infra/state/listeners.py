"""Who listens to which events in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

EVENTS_LIMIT = 1_000  # that a listener may be behind


class Listener:
    """Events of one topic, oldest first."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[str | None] = asyncio.Queue(EVENTS_LIMIT)

    def tell(self, event: str | None) -> None:
        """Add events; a listener that is too far behind loses the oldest. None: some was lost."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)

    async def next(self, seconds: float) -> str | None:
        """Return the next events, or None when there was none for so long, or some was lost."""
        # Not wait_for: events that come at the moment of a cancellation must not hide it.
        heard = asyncio.ensure_future(self._events.get())
        try:
            await asyncio.wait({heard}, timeout=seconds)
            return heard.result() if heard.done() else None
        finally:
            heard.cancel()


class Listeners:
    """Who listens to what in this process."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[Listener]] = {}

    def tell(self, topic: str, event: str) -> None:
        """Pass an event on to who listens to its topic, or to all of its channel."""
        channel = topic.partition("-")[0] + "-"
        for listeners in (self._by_topic.get(topic, ()), self._by_topic.get(channel, ())):
            for listener in listeners:
                listener.tell(event)

    def lost(self) -> None:
        """Let everybody look for themselves what happened."""
        for listeners in self._by_topic.values():
            for listener in listeners:
                listener.tell(None)

    @contextlib.contextmanager
    def listener(self, topic: str) -> Iterator[Listener]:
        """Listen to a topic meanwhile."""
        listener = Listener()
        together = self._by_topic.setdefault(topic, set())
        together.add(listener)
        try:
            yield listener
        finally:
            together.discard(listener)
            if not together:
                self._by_topic.pop(topic, None)
