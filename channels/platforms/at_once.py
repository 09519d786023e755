"""Answers a delivery within the platform's five seconds where it can; else the API says it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from typing import Any

from sanic.response import HTTPResponse

from channels.platforms.inbox import SILENT, Inbox
from channels.platforms.outbox import Outbox
from channels.platforms.platform import (
    Carrier,
    CustomerService,
    Incoming,
    NotSent,
    Outgoing,
    Platform,
    PlatformSettings,
)
from content import library
from desk import Entry
from desk.services import Services
from infra import metrics
from infra.channels import Channel

logger = logging.getLogger(__name__)

PATIENCE = 4.2  # seconds that a turn may take to be answered at once; platforms wait for five
CUT = 10.0  # seconds after which the platform has surely hung up, even on a slow line
REMEMBERED = 600.0  # seconds in which a message may be delivered again
GIVEN = 60.0  # seconds for which an answer is given again


class _WithMore:
    """A platform whose options are lines of the text, with room left for a last line."""

    menus = False

    def __init__(self, platform: Carrier, more: str) -> None:
        self.size, self.offer = platform.size, platform.offer
        self.longest = platform.longest - platform.size(more)


class AtOnce:
    """Answers one channel's deliveries.

    Args:
        channel: which.
        services: what lasts and is shared.
        settings, platform, inbox, outbox: the channel's.
        humans: of the platform's own, if it has any.
    """

    def __init__(
        self,
        channel: Channel,
        services: Services,
        settings: PlatformSettings,
        platform: Platform,
        inbox: Inbox,
        outbox: Outbox,
        humans: CustomerService | None,
    ) -> None:
        self._channel = channel.name
        self._services = services
        self._state = services.state
        self._settings = settings
        self._platform = platform
        self._inbox = inbox
        self._outbox = outbox
        self._humans = humans
        self._running: set[asyncio.Task[None]] = set()

    async def answer(self, incoming: Incoming) -> str | HTTPResponse:
        """Return what to answer a delivery with; "" for nothing, or while the turn goes on."""
        began = time.monotonic()
        conversation = incoming.conversation_id
        known = f"passive:{conversation}:{incoming.key}"
        given = await self._remembered(known)
        if given is not None:
            return given
        count = await self._count(incoming)
        task = self._inbox.begin(incoming, first=count == 1)
        if self._settings.reply_mode == "active":
            task.add_done_callback(lambda done: self._run(self._say_unrecorded(conversation)))
            return ""
        async with self._outbox.lease(conversation, PATIENCE + 2) as lease:
            await asyncio.wait({task}, timeout=PATIENCE - (time.monotonic() - began))
            # Another request of this customer, or the outbox, may be delivering.
            while task.done() and time.monotonic() - began < PATIENCE:
                if await lease.claim():
                    break
                await asyncio.sleep(0.05)
            if task.done():
                return await self._answer_of(incoming, known) if lease.mine else ""
        return await self._too_slow(incoming, task, count, began)

    async def _answer_of(self, incoming: Incoming, known: str) -> str | HTTPResponse:
        """Return what a finished turn says; delivered again, it gets the same."""
        if incoming.kind in SILENT:
            return ""
        if self._humans is not None:
            passed_on = await self._humans.pass_on(incoming)
            if passed_on is not None:
                return passed_on
        # An earlier delivery, whose connection broke, may have taken the answer meanwhile.
        given = await self._remembered(known)
        if given is not None:
            return given
        text = await self._take(incoming.conversation_id)
        if text:
            with contextlib.suppress(Exception):
                await self._state.put(known, text, GIVEN)
        return text

    async def _remembered(self, key: str) -> str | None:
        try:
            return await self._state.get(key)
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return None

    async def _count(self, incoming: Incoming) -> int:
        """Return which delivery of a message this is, from 1."""
        for count in range(1, 10):
            mark = f"delivery:{incoming.conversation_id}:{incoming.key}:{count}"
            try:
                if await self._state.claim(mark, "1", REMEMBERED):
                    return count
            except Exception as error:
                logger.error("The shared state failed: %s", type(error).__name__)
                return 1
        return 10

    async def _too_slow(
        self, incoming: Incoming, task: asyncio.Task[None], count: int, began: float
    ) -> str:
        """Answer a delivery whose turn takes longer than the platform waits."""
        if self._settings.reply_mode != "passive_only":
            self._outbox.show_typing(incoming.conversation_id, True)
            task.add_done_callback(lambda done: self._run(self._end_late(incoming)))
            return ""
        if count >= self._settings.deliveries:  # the last delivery: answer with something else
            return library.current().say("slow_passive")
        # Not answering, whatever happens meanwhile, lets the platform deliver again, and wait for
        # the same turn again: this answer would be none.
        await asyncio.sleep(CUT - (time.monotonic() - began))
        return ""

    async def _end_late(self, incoming: Incoming) -> None:
        await self._say_unrecorded(incoming.conversation_id)
        if self._humans is not None:
            await self._humans.turn_ended(incoming)

    async def _say_unrecorded(self, conversation: str) -> None:
        """Send what could not be recorded by the API, once."""
        entries = self._inbox.take_unrecorded(conversation)
        for outgoing in await self._outbox.compose(conversation, entries):
            try:
                await self._platform.send(conversation, outgoing)
            except NotSent as failure:
                logger.warning("%s: not sent: %s", self._channel, failure)
                metrics.platform_error(self._channel, failure)
                if failure.alarm:
                    await self._outbox.alarm(str(failure))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    # ---- what waits

    async def _take(self, conversation: str) -> str:
        """Return what waits for the customer, if it fits one answer, as delivered."""
        unrecorded = self._inbox.take_unrecorded(conversation)
        entries: list[Entry] = []
        try:
            alone = not self._settings.passive_counts
            entries = await self._outbox.waiting(conversation, alone=alone)
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
        if self._outbox.muted:
            return await self._without_api(conversation, entries, unrecorded)
        outgoing = await self._outbox.compose(conversation, [*entries, *unrecorded])
        if len(outgoing) != 1 or outgoing[0].options or outgoing[0].picture is not None:
            return ""  # the outbox says it, in order and with its buttons
        await self._said(conversation, outgoing[0], entries)
        return outgoing[0].text

    async def _without_api(
        self, conversation: str, entries: list[Entry], unrecorded: list[Entry]
    ) -> str:
        """Return the first text that waits; the rest waits for the customer's next message."""
        pictures = [entry.seq for entry in entries if entry.picture is not None]
        if pictures:
            await self._outbox.give_up(conversation, pictures)
        said = [*(entry for entry in entries if entry.picture is None), *unrecorded]
        begun = await self._outbox.progress.of(conversation, said[0].seq) if said else 0
        more = "\n" + library.current().say("more_follows")
        carrier = _WithMore(self._platform, more)
        composed = await self._outbox.compose(conversation, said, carrier, begun)
        first, *rest = composed or [Outgoing(())]
        await self._said(conversation, first, said)
        if any(0 in each.seqs for each in rest):
            self._inbox.put_back(conversation, unrecorded)
        return first.text + more if rest else first.text

    async def _said(self, conversation: str, outgoing: Outgoing, entries: Sequence[Entry]) -> None:
        """Record which waiting messages an answer contains."""
        seqs = tuple(seq for seq in outgoing.seqs if seq)
        if seqs or outgoing.begun:
            await self._outbox.said(conversation, replace(outgoing, seqs=seqs), entries)
            if self._settings.passive_counts and outgoing.text:
                await self._services.quotas.spend(conversation)
