"""Who listens to which events in this process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

EVENTS_LIMIT = 1_000  # that may wait for one listener


class Listener:
    """Events of one topic, oldest first."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[str | None] = asyncio.Queue(EVENTS_LIMIT)

    def tell(self, event: str | None) -> None:
        """Add an event (None: some were lost); a listener too far behind loses the oldest."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)

    async def next(self, seconds: float) -> str | None:
        """Return the next event; None after so many seconds without one, or when some were lost."""
        # Not wait_for: an event that arrives during a cancellation would swallow the cancellation.
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
        """Give an event to the listeners of its topic, and of its whole channel."""
        channel = topic.partition("-")[0] + "-"
        for listeners in (self._by_topic.get(topic, ()), self._by_topic.get(channel, ())):
            for listener in listeners:
                listener.tell(event)

    def lost(self) -> None:
        """Tell every listener that events may have been lost."""
        for listeners in self._by_topic.values():
            for listener in listeners:
                listener.tell(None)

    @contextlib.contextmanager
    def listener(self, topic: str) -> Iterator[Listener]:
        """Listen to a topic inside the `with` block."""
        listener = Listener()
        together = self._by_topic.setdefault(topic, set())
        together.add(listener)
        try:
            yield listener
        finally:
            together.discard(listener)
            if not together:
                self._by_topic.pop(topic, None)
