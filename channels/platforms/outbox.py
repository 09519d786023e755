"""Delivers what the record holds for a customer to where they are: WeChat, Weibo.

A message waits in the record until the platform has taken it, so nothing is lost when a process
ends, and what cannot be said now is said when it can: the platform lets us say only so much until
the customer writes again. A message whose answer was lost is sent once more: a customer may,
rarely, read something twice, but never nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import time
from collections.abc import AsyncIterator, Sequence

from channels.platforms.backoff import Backoff
from channels.platforms.compose import compose, pictures_of, without_lone
from channels.platforms.platform import Carrier, NotSent, Outgoing, Platform
from channels.platforms.progress import RESTS, Progress
from desk import Entry, Ticket
from desk.entry import FAILED, JOINS
from desk.events import notify_agents, publish_messages
from desk.services import Services
from infra import metrics
from infra.channels import Channel
from infra.state import Lease

logger = logging.getLogger(__name__)

LOOK = 5.0  # seconds between polls for waiting messages, in addition to the events
LEASED = 20.0  # seconds of a worker's lease on a conversation it delivers to
MERGE = 1.0  # seconds that an agent's message waits for the next, to be one with it
# Seconds after which a reminder, a notice or an answer of the bot's is not worth saying any more.
_WORTH = {"system": 3600.0, "bot": RESTS}
MUTE = 600.0  # seconds until an account that may not speak first tries again
DAY = 24 * 3600.0
CHINA = 8 * 3600.0  # seconds by which China's day begins before that of UTC


def until_tomorrow(now: float) -> float:
    """Return the seconds until the platforms count a day's calls anew, and a minute more.

    Args:
        now: seconds since 1970.
    """
    return DAY - (now + CHINA) % DAY + 60


class Outbox:
    """Delivers one channel's messages, in each worker; one of them at a time has a conversation.

    A `silent` one delivers nothing, as the account has no API: what waits goes with the answer to
    the customer's next message, and the agent is told.
    """

    def __init__(
        self, channel: Channel, services: Services, platform: Platform, silent: bool = False
    ) -> None:
        self._silent = silent
        self._channel = channel.name
        self._title = channel.title
        self._services = services
        self._state = services.state
        self._platform = platform
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self.progress = Progress(services.state)
        self._backoff = Backoff(self.poke)
        self._muted_until = 0.0
        self._running: list[asyncio.Task[None]] = []
        self._typing: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Begin to deliver what waits."""
        self._running = [asyncio.create_task(self._listen())]
        if not self._silent:
            self._running.append(asyncio.create_task(self._look()))

    async def end(self) -> None:
        """Stop; deliveries under way finish, the rest waits."""
        for task in self._running:
            task.cancel()
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=3)
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._state.listen(f"{self._channel}-") as events:
                    while True:
                        told = await events.next(60)
                        heard = json.loads(told) if told else {}
                        if heard.get("kind") == "messages":
                            self.poke(heard["topic"])
                        elif heard.get("kind") == "typing" and heard["author"] == "agent":
                            self.show_typing(heard["topic"], heard["on"])
            except Exception as error:
                logger.error("%s hears no events: %s", self._channel, type(error).__name__)
                await asyncio.sleep(2)

    async def _look(self) -> None:
        """Poll for messages without an event: after a restart, or when another worker ended."""
        while True:
            try:
                for conversation in await self._services.transcript.to_deliver(self._channel):
                    self.poke(conversation)
            except Exception as error:
                logger.error("The record failed: %s", type(error).__name__)
            await asyncio.sleep(LOOK)

    @property
    def muted(self) -> bool:
        """Whether the account may say nothing but answers at once."""
        return self._silent or time.monotonic() < self._muted_until

    def poke(self, conversation_id: str) -> None:
        """Deliver what waits for a customer, soon; nothing before `begin`."""
        if not self._running:
            return
        if conversation_id in self._tasks:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._run(conversation_id))
        self._tasks[conversation_id] = task

    @contextlib.asynccontextmanager
    async def lease(self, conversation_id: str, seconds: float) -> AsyncIterator[Lease]:
        """Keep everybody from delivering while the customer's own request may be answered."""
        lease = self._lease(conversation_id, seconds)
        try:
            await lease.claim()
            yield lease
        finally:
            await lease.release()
            self.poke(conversation_id)

    async def _run(self, conversation_id: str) -> None:
        try:
            while True:
                self._again.discard(conversation_id)
                lease = self._lease(conversation_id, LEASED)
                if await lease.claim():
                    try:
                        await self._deliver(conversation_id, lease)
                    finally:
                        await lease.release()
                if conversation_id not in self._again:
                    return
        except Exception as error:
            logger.error("%s was not delivered: %s", self._channel, type(error).__name__)
        finally:
            self._tasks.pop(conversation_id, None)

    def _lease(self, conversation_id: str, seconds: float) -> Lease:
        return Lease(self._state, f"carry:{conversation_id}", seconds)

    async def _deliver(self, conversation_id: str, lease: Lease) -> None:
        """Send what waits, until nothing does or the platform takes no more."""
        while True:
            pause = self._backoff.pause_of(conversation_id)
            if time.monotonic() < pause.until or not await lease.renew():
                return
            entries = await self.waiting(conversation_id)
            if not entries:
                return
            if self.muted:
                ticket = await self._services.desk.open_ticket_of(conversation_id)
                await self._warn("not_delivered", ticket, entries[:1])
                return
            wait = max(
                (
                    each.time + MERGE - self._services.clock()
                    for each in entries
                    if each.author == "agent"
                ),
                default=0,
            )
            if 0 < wait <= MERGE:
                await asyncio.sleep(wait)
                continue
            ticket = await self._services.desk.open_ticket_of(conversation_id)
            quota = await self._services.quotas.of(conversation_id)
            if quota.left == 0:
                await self._warn("not_delivered", ticket, entries)
                return
            begun = await self.progress.of(conversation_id, entries[0].seq)
            outgoing, *_ = await self.compose(conversation_id, entries, begun=begun)
            if not outgoing.text and outgoing.picture is None:  # nothing that could be said
                await self.sent(conversation_id, outgoing.seqs)
                continue
            try:
                await self._platform.send(conversation_id, outgoing)
            except NotSent as failure:
                logger.warning("%s: not sent: %s", self._channel, failure)
                metrics.platform_error(self._channel, failure)
                if failure.alarm:
                    await self.alarm(str(failure))
                if not await self._failed(conversation_id, outgoing, failure):
                    return
                continue
            await self._services.quotas.spend(conversation_id)
            await self.said(conversation_id, outgoing, entries)
            self._backoff.succeeded()
            if quota.left == 1:
                metrics.quota_used_up(self._channel)
            if quota.left == 2:
                await self._warn("quota", ticket, ())

    async def compose(
        self,
        conversation_id: str,
        entries: Sequence[Entry],
        carrier: Carrier | None = None,
        begun: int = 0,
    ) -> list[Outgoing]:
        """Return the messages that say what the entries say; see `compose`."""
        pictures = await pictures_of(self._services.pictures, conversation_id, entries)
        return await asyncio.to_thread(compose, entries, carrier or self._platform, pictures, begun)

    def show_typing(self, conversation_id: str, on: bool) -> None:
        """Show the customer that somebody writes, if the account has an API."""
        if not self._silent:
            typing = asyncio.create_task(self._platform.show_typing(conversation_id, on))
            self._typing.add(typing)
            typing.add_done_callback(self._typing.discard)

    async def waiting(self, conversation_id: str, alone: bool = False) -> list[Entry]:
        """Return what waits for a customer, without reminders that nobody needs any more.

        Args:
            conversation_id: the customer.
            alone: whether what is not worth a message of its own may be one, as it costs nothing.
        """
        transcript = self._services.transcript
        entries = await transcript.undelivered(conversation_id)
        old = [
            entry.seq
            for entry in entries
            if entry.time < self._services.clock() - _WORTH.get(entry.author, math.inf)
        ]
        if old:
            await transcript.delivered(conversation_id, *old, delivery=FAILED)
            metrics.delivered(self._channel, len(old), "failed")
        left = [entry for entry in entries if entry.seq not in old]
        return left if alone else without_lone(left)

    async def said(
        self, conversation_id: str, outgoing: Outgoing, entries: Sequence[Entry]
    ) -> None:
        """Record that a message made of these entries was delivered."""
        await self.sent(conversation_id, outgoing.seqs)
        await self.progress.note(conversation_id, outgoing, entries)

    async def give_up(self, conversation_id: str, seqs: Sequence[int]) -> None:
        """Record that these will never be delivered, and tell the agent."""
        await self._services.transcript.delivered(conversation_id, *seqs, delivery=FAILED)
        metrics.delivered(self._channel, len(seqs), "failed")
        await publish_messages(self._state, conversation_id)
        ticket = await self._services.desk.open_ticket_of(conversation_id)
        if ticket is not None:
            await notify_agents(self._state, "not_sent", ticket, ticket.agent_id)

    async def sent(self, conversation_id: str, seqs: Sequence[int]) -> None:
        """Record that these were delivered."""
        self._backoff.forget(conversation_id)
        await self._services.transcript.delivered(conversation_id, *seqs)
        metrics.delivered(self._channel, len(seqs))

    async def _failed(self, conversation_id: str, outgoing: Outgoing, failure: NotSent) -> bool:
        """Handle a failure; return whether to go on at once."""
        if failure.why == "closed":
            await self._services.quotas.close(conversation_id)
            return True  # which tells the agent
        if failure.why in {"mute", "tomorrow"}:
            seconds = MUTE if failure.why == "mute" else until_tomorrow(self._services.clock())
            self._muted_until = time.monotonic() + seconds
            await self.alarm(str(failure))
            return False
        if not self._backoff.failed(conversation_id, failure.why):
            return False
        left = {each.seq: each for each in await self.waiting(conversation_id)}
        seqs = outgoing.seqs or tuple(left)[:1]
        # What was only merged with it is not to blame, and goes with the next message.
        blamed = [seq for seq in seqs if seq in left and left[seq].delivery != JOINS]
        await self.give_up(conversation_id, tuple(blamed) or seqs)
        return True

    async def _warn(self, notice: str, ticket: Ticket | None, entries: Sequence[Entry]) -> None:
        """Tell the agent, once per cause, that the customer must write first."""
        if ticket is None or ticket.agent_id is None:
            return
        about = entries[-1].seq if entries else "quota"
        if await self._state.claim(f"warned:{notice}:{ticket.id}:{about}", "1", 3600):
            await notify_agents(self._state, notice, ticket, ticket.agent_id, channel=self._title)

    async def alarm(self, problem: str) -> None:
        """Tell the log and all agents that the channel does not work; at most every ten minutes."""
        if await self._state.claim(f"alarm:{self._channel}:{problem}", "1", 600):
            logger.error("%s does not work: %s", self._channel, problem)
            await notify_agents(
                self._state, "channel_trouble", None, channel=self._title, problem=problem
            )
