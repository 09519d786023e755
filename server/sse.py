"""Server-sent events, for the customers' page and the agents' console."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

from sanic.request import Request

from infra import metrics
from infra.errors import AssistantError

PING = 15.0  # seconds between signs of life


class TooMany(AssistantError):
    """One reader has too many streams open."""


class Stream:
    """One open connection to a page."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def event(self, kind: str, data: Any, number: int | None = None) -> None:
        """Send an event; after a reconnect the page resumes from `number`."""
        lines = [f"id: {number}"] if number else []
        lines += [f"event: {kind}", f"data: {json.dumps(data, ensure_ascii=False)}"]
        await self._answer.send("\n".join(lines) + "\n\n")

    async def ping(self) -> None:
        """Send a keep-alive comment."""
        await self._answer.send(": ping\n\n")


class Streams:
    """The open streams of this process."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()
        self._tasks: set[asyncio.Task[Any]] = set()

    def count(self, reader: str) -> int:
        """Return how many streams a reader has open in this process."""
        return self._open[reader]

    @contextlib.asynccontextmanager
    async def open(self, request: Request, reader: str) -> AsyncIterator[Stream]:
        """Begin a stream to a reader.

        Raises:
            TooMany: the reader has as many as one may have.
        """
        if self._open[reader] >= self._limit:
            raise TooMany
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # we are in one
        self._open[reader] += 1
        self._tasks.add(task)
        try:
            answer = await request.respond(
                content_type="text/event-stream; charset=utf-8",
                headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            )
            with metrics.stream(request):
                yield Stream(answer)
        finally:
            self._tasks.discard(task)
            self._open[reader] -= 1
            if not self._open[reader]:
                del self._open[reader]

    def end(self) -> None:
        """End all streams when the server stops; pages reconnect."""
        for task in self._tasks:
            task.cancel()
