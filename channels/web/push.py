"""What happens in a conversation, sent to the customer's pages as it happens."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

from sanic.request import Request

from channels.web.requests import position_of
from channels.web.shown import Json, Shown, status_json
from content import library
from desk import Status
from desk.presence import is_gone, is_here
from desk.services import Services
from infra.errors import Refused
from infra.state import Listener
from server.sse import PING, Stream, Streams, TooMany

logger = logging.getLogger(__name__)

STREAMS_LIMIT = 8  # pages that listen to one conversation


class Push:
    """The customers' event streams of this process."""

    def __init__(self, services: Services, shown: Shown) -> None:
        self._services = services
        self._shown = shown
        self._streams = Streams(STREAMS_LIMIT)
        self._leaving: set[asyncio.Task[None]] = set()

    def end(self) -> None:
        """End all streams: the server stops."""
        self._streams.end()

    async def stream(self, request: Request, sender_id: str) -> None:
        """Send what happens in a conversation as it happens, until the page goes away.

        Raises:
            Refused: too many pages listen already.
        """
        seq = position_of(request)
        try:
            async with (
                self._services.state.listen(sender_id) as events,
                self._streams.open(request, sender_id) as stream,
            ):
                try:
                    await self._tell(stream, sender_id, seq, events)
                finally:
                    if self._streams.count(sender_id) == 1:
                        self._leave(sender_id)
        except TooMany:
            sentence = library.current().say("too_many_pages")
            raise Refused("too_many_pages", sentence, 429, wait=30) from None

    def _leave(self, sender_id: str) -> None:
        """Say that the customer's last page is gone, in a task: that of the stream is cancelled."""
        leaving = asyncio.create_task(is_gone(self._services.state, sender_id))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _tell(self, stream: Stream, sender_id: str, seq: int, events: Listener) -> None:
        status: Status | None = None
        heard: dict[str, Any] = {"kind": "messages"}
        told_here = 0.0
        while True:
            if time.monotonic() - told_here > PING:
                told_here = time.monotonic()
                await is_here(self._services.state, sender_id)
            if heard["kind"] == "typing":
                await stream.event("typing", {"from": heard["author"], "on": heard["on"]})
            elif heard["kind"] == "changed" and heard["seq"] <= seq:
                changed = await self._services.transcript.at(sender_id, heard["seq"])
                if changed is not None:  # not by its number: the page goes on from the newest
                    (message,) = self._shown.messages(sender_id, [changed])
                    await stream.event("message", message)
            else:
                entries = await self._services.transcript.after(sender_id, seq)
                for entry in entries:
                    (message,) = self._shown.messages(sender_id, [entry])
                    await stream.event("message", message, entry.seq)
                    seq = entry.seq
                current = await self._status(sender_id)
                if current != status:
                    status = current
                    await stream.event("status", status_json(status))
            told = await events.next(PING)
            if told is None:
                await stream.ping()
            # The record is read even without an event, since events may be lost.
            heard = json.loads(told) if told else {"kind": "messages"}

    async def status(self, sender_id: str) -> Json:
        """Return who speaks with a customer, as the page reads it."""
        return status_json(await self._status(sender_id))

    async def _status(self, sender_id: str) -> Status:
        try:
            return await self._services.desk.status(sender_id)
        except Exception as error:
            logger.error("The desk's store failed: %s", type(error).__name__)
            return Status()
