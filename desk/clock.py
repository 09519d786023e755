"""The desk's clock: reminds who is silent, ends what is over, brings back whom nobody answers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from dataclasses import replace

from content import library
from desk import Agent, Entry, Ticket, WrongState, originals
from desk.agents import AWAY_AFTER
from desk.distribution import choose
from desk.entry import JOINS
from desk.events import DESK, notify_agents, publish, publish_messages, publish_queue
from desk.replies import entries, recall
from desk.sentences import farewell, system_entry, with_human
from desk.services import Services
from desk.turns import Turns
from infra import metrics

logger = logging.getLogger(__name__)

EVERY = 5.0  # seconds between looks
HOURLY = 3600.0  # seconds between looks at the originals of pictures
LOST = 20.0  # seconds to wait for the client to repeat a message whose turn died
OUTAGE = 600.0  # seconds after which agents have gone away while the server was
FRESH = 60.0  # seconds in which agents are told of a customer who came into the queue
FORGOTTEN = 24 * 3600.0  # seconds after which an apology is of no use


class Watch:
    """One look at all tickets every few seconds, by one worker at a time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._state = services.state
        self._turns = Turns(services.state, services.transcript)
        self._task: asyncio.Task[None] | None = None
        self._positions: dict[str, int] = {}

    def begin(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)  # redis-py may swallow that

    async def _run(self) -> None:
        with contextlib.suppress(Exception):  # the database may come back, too
            await self._services.agents.server_returned(OUTAGE)
        while True:
            try:
                if await self._state.claim("watch", "1", EVERY * 0.9):
                    await self.look()
                if await self._state.claim("originals", "1", HOURLY):
                    await self.clear()
            except Exception as error:  # the next look may succeed
                logger.error("The desk's clock failed: %s", type(error).__name__)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Look at all open tickets once, and do what is due."""
        desk, settings = self._services.desk, library.current().desk
        tickets = await desk.tickets("with_agent", "waiting", "left_message")
        agents = {agent.id: agent for agent in await self._services.agents.all()}
        there = await desk.somebody_there()
        # A short loss of an agent's connection does not dissolve the queue.
        staffed = there or await desk.somebody_there(max(settings.agent_absent_after, AWAY_AFTER))
        room = settings.most_waiting - sum(ticket.status == "waiting" for ticket in tickets)
        for ticket in tickets:
            with contextlib.suppress(WrongState):  # somebody else was faster: nothing is left to do
                if ticket.status == "with_agent":
                    await self._look_at_talk(ticket, agents.get(ticket.agent_id or 0))
                elif ticket.status == "waiting" and not staffed:
                    await self._leave(ticket)
                elif ticket.status == "waiting":
                    await self._look_at_waiting(ticket)
                elif there and room > 0 and _is_young(ticket, settings.message_queued_within):
                    room -= 1
                    await self._queue(ticket)
        if settings.distribution == "automatic":
            await self._distribute()
        # Read again: a customer who came back into the queue has moved the others.
        await self._tell_positions(await desk.waiting())
        await self._answer_lost()

    async def clear(self) -> None:
        """Delete the originals of pictures that are kept no longer."""
        await self._services.pictures.drop_originals(originals.kept_since(self._services.clock()))

    async def _leave(self, ticket: Ticket) -> None:
        about = {"number": ticket.number, "category": ticket.category}
        said = system_entry("handoff_message", **about)
        await self._services.desk.leave(ticket.id, said)
        metrics.handoff(ticket.channel, "left_message")
        await publish_messages(self._state, ticket.conversation_id)

    async def _queue(self, ticket: Ticket) -> None:
        def said(position: int) -> Entry:
            return system_entry("queue_again", number=ticket.number, place=position)

        await self._services.desk.queue(ticket.id, said)
        metrics.handoff(ticket.channel, "queued")
        await publish_messages(self._state, ticket.conversation_id)

    async def _look_at_waiting(self, ticket: Ticket) -> None:
        """Tell agents who came into the queue; let nobody wait for one agent for long."""
        wanted, since = ticket.wanted_id, ticket.wanted_at or ticket.changed_at
        freed = wanted is not None and time.time() - since > _lease(ticket)
        if freed:
            await self._services.desk.unwant(ticket.id)
            await publish(self._state, DESK, kind="queue")
            wanted = None
        # Whom the clock gives away in the same look, nobody need run for.
        given = library.current().desk.distribution == "automatic"
        if given and (freed or _is_young(ticket, 2 * EVERY / 60)):
            return
        told = f"told:{ticket.id}:{ticket.changed_at}:{wanted}"
        fresh = freed or _is_young(ticket, FRESH / 60)
        if fresh and await self._state.claim(told, "1", FRESH * 2):
            await notify_agents(self._state, "new_ticket", ticket, wanted, category=ticket.category)

    async def _distribute(self) -> None:
        """Give who waits to the least busy agents, in the order of the queue."""
        desk, settings = self._services.desk, library.current().desk
        agents = await self._services.agents.all()  # some may have been set away just now
        held = Counter(each.agent_id for each in await desk.tickets("with_agent") if each.agent_id)
        for ticket in await desk.waiting():
            agent = choose(ticket, agents, held, settings.most_customers)
            if agent is None:
                continue
            held[agent.id] += 1
            joined = replace(system_entry("agent_joined", agent=agent.name), delivery=JOINS)
            with contextlib.suppress(WrongState):  # taken by hand, or gone
                ticket = await desk.take(ticket.id, agent.id, joined, seen=False)
                metrics.handoff(ticket.channel, "taken")
                await self._services.agents.note("clock", "take", ticket.id, f"for {agent.id}")
                about = {"category": ticket.category}
                await notify_agents(self._state, "given", ticket, agent.id, **about)
                await publish_messages(self._state, ticket.conversation_id)
                await publish_queue(self._state)

    async def _pass_by(self, ticket: Ticket, agent: Agent) -> None:
        """Give back whom an agent did not look at; they get nobody else until they say so."""
        await self._services.agents.set_available(agent.id, False)
        await self._services.agents.note("clock", "away", ticket.id, f"for {agent.id}")
        await self._release(ticket)
        await notify_agents(self._state, "set_away", ticket, agent.id)
        await publish_queue(self._state)

    async def _release(self, ticket: Ticket) -> None:
        await self._services.desk.release(ticket.id, system_entry("agent_left"))
        metrics.handoff(ticket.channel, "released")
        agents = self._services.agents
        await agents.note("clock", "release", ticket.id, f"from {ticket.agent_id}")
        await notify_agents(self._state, "taken_away", ticket, ticket.agent_id)
        await publish_messages(self._state, ticket.conversation_id)

    async def _look_at_talk(self, ticket: Ticket, agent: Agent | None) -> None:
        settings = library.current().desk
        now, desk = self._services.clock(), self._services.desk
        asked, answered = ticket.asks_since, ticket.agent_at or 0
        over = ticket.reminded_at and now - ticket.reminded_at > settings.agent_released_after * 60
        # A customer who was asked whether they are still there may have left.
        idle = asked is None and ticket.reminded_at
        if not idle and _is_absent(agent, ticket):
            await self._release(ticket)
        elif agent and settings.distribution == "automatic" and _is_overlooked(ticket, now):
            await self._pass_by(ticket, agent)
        elif (
            agent
            and agent.away_at is not None
            and (asked is not None and now - max(asked, agent.away_at) > _lease(ticket))
        ):  # nobody answers during a break
            await self._release(ticket)
        elif asked is not None:  # the agent's turn
            if over and ticket.phone is None:  # on the phone nobody writes
                await self._release(ticket)
            elif not ticket.reminded_at and now - asked > settings.agent_reminded_after * 60:
                await desk.remind(ticket)
                await notify_agents(self._state, "reminder", ticket, ticket.agent_id)
        elif ticket.phone is not None:
            return  # they talk on the phone, and the number goes when the ticket ends
        elif ticket.reminded_at:
            if now - ticket.reminded_at > settings.customer_closed_after * 60:
                await desk.close(ticket.id, farewell(ticket, "closed_idle"))
                metrics.handoff(ticket.channel, "closed")
                await self._services.agents.note("clock", "close", ticket.id)
                await publish_messages(self._state, ticket.conversation_id)
        elif now - answered > settings.customer_reminded_after * 60:
            await desk.remind(ticket, system_entry("idle_reminder"))
            await publish_messages(self._state, ticket.conversation_id)

    async def _answer_lost(self) -> None:
        """Answer messages whose turn died with its process, and which nobody sent again.

        With what Rasa said to them, if it had got so far; or else with an apology.
        """
        now = self._services.clock()
        transcript = self._services.transcript
        for conversation, entry in await transcript.unanswered(now - FORGOTTEN, now + FORGOTTEN):
            # After a clock was set back there are messages from the future.
            young = abs(now - entry.time) < LOST
            if young or not await self._turns.claim(conversation, entry.key):
                continue
            recalled = await recall(self._services.memory, conversation, entry.key)
            said = entries(recalled, entry.key)
            said = said or [with_human("failed", entry.key)]
            await transcript.add(conversation, *said, answers=entry.key)
            await publish_messages(self._state, conversation)

    async def _tell_positions(self, waiting: list[Ticket]) -> None:
        """Tell the customers whose position in the queue changed."""
        positions = {each.conversation_id: number for number, each in enumerate(waiting, 1)}
        for conversation, position in positions.items():
            if self._positions.get(conversation) != position:
                await publish(self._state, conversation, kind="status")
        if positions.keys() != self._positions.keys():
            await publish(self._state, DESK, kind="queue")
        self._positions = positions


def _lease(ticket: Ticket) -> float:
    """Return how many seconds an agent without a heartbeat keeps the customer."""
    settings = library.current().desk
    if ticket.urgency == "urgent":
        return settings.agent_absent_after_urgent
    return settings.agent_absent_after


def _is_absent(agent: Agent | None, ticket: Ticket) -> bool:
    return agent is None or time.time() - agent.seen_at > _lease(ticket)


def _is_overlooked(ticket: Ticket, now: float) -> bool:
    """Tell whether the agent who was given the customer has not looked for too long."""
    unseen = ticket.seen_at is None and ticket.agent_at is None
    return unseen and now - (ticket.taken_at or 0) > _lease(ticket)


def _is_young(ticket: Ticket, minutes: float) -> bool:
    """Tell whether the ticket came into its status in the last minutes."""
    return time.time() - ticket.changed_at < minutes * 60
