"""What happens in the desk, sent to agents' pages as it happens."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field

from sanic.request import Request
from sanic.response import HTTPResponse

from console.board import FRESH, Boards
from console.requests import number_of, refuse
from console.routes import Route
from console.shown import Json, message_json
from desk import Agent
from desk.events import DESK
from desk.services import Services
from infra.state import Listener
from server.sse import PING, Stream, Streams, TooMany

STREAMS_LIMIT = 6  # tabs of one agent
EVERY = 1.0  # seconds between two looks of an agent's page at the queue


@dataclass
class Followed:
    """What one page of an agent knows: the queue, and how far each conversation was passed on."""

    shown: Json | None = None
    followed: dict[str, tuple[int, int]] = field(default_factory=dict)  # ticket, last seq
    listed: dict[str, int] = field(default_factory=dict)  # the tickets of the queue
    due: float = 0.0  # when to look again (monotonic)
    # Events up to then (monotonic) must be in the next snapshot.
    since: float = field(default_factory=time.monotonic)


class Push:
    """The agents' event streams of this process."""

    def __init__(self, services: Services, boards: Boards) -> None:
        self._services = services
        self._boards = boards
        self._streams = Streams(STREAMS_LIMIT)

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [Route("GET", "/events", self._events)]

    def end(self) -> None:
        """End all streams: the server stops."""
        self._streams.end()

    async def _events(self, request: Request, agent: Agent) -> HTTPResponse:
        watched = number_of(request.args.get("watch"))
        try:
            async with (
                self._services.state.listen(DESK) as events,
                self._streams.open(request, str(agent.id)) as stream,
            ):
                await self._tell(stream, agent, watched, events)
        except TooMany:
            raise refuse("too_many", "desk_too_many", 429, 30) from None
        return None  # the stream was the answer

    async def _tell(
        self, stream: Stream, agent: Agent, watched: int | None, events: Listener
    ) -> None:
        queue = Followed()
        beat = 0.0
        while True:
            if time.monotonic() - beat > PING:
                await stream.event("beat", {})
                beat = time.monotonic()
            if queue.due <= time.monotonic():
                found = (await self._boards.look(queue.since)).of_agent(agent.id)
                # Positions first: the page loads the messages when it gets the queue.
                await self._follow(queue, found, watched)
                if found != queue.shown:
                    queue.shown = found
                    tickets = [each for part in found.values() for each in part]
                    queue.listed = {each["conversation"]: each["id"] for each in tickets}
                    await stream.event("queue", found)
                queue.due = time.monotonic() + PING
                queue.since = queue.due - FRESH
                await self._pass_on(stream, queue.followed, None)
            said = await events.next(max(queue.due - time.monotonic(), 0))
            if said is None:
                queue.due = 0.0
                continue
            heard = json.loads(said)
            if heard["kind"] == "queue":
                queue.due, queue.since = 0.0, time.monotonic()
            elif heard["kind"] == "presence" and heard["conversation"] in queue.listed:
                queue.due = min(queue.due, time.monotonic() + EVERY)
                queue.since = time.monotonic()
            elif heard["kind"] == "messages":  # the words at once, the queue now and then
                queue.due = min(queue.due, time.monotonic() + EVERY)
                queue.since = time.monotonic()
                await self._pass_on(stream, queue.followed, heard["conversation"])
            elif heard["kind"] == "changed":
                await self._pass_on_changed(
                    stream, queue.followed, heard["conversation"], heard["seq"]
                )
            elif heard["kind"] == "typing":
                conversation = heard["conversation"]
                number, _ = queue.followed.get(conversation, (queue.listed.get(conversation), 0))
                if number is None:
                    continue
                typing = {"ticket": number, "from": "customer", "on": heard["on"]}
                await stream.event("typing", typing)
            elif heard["kind"] == "notice" and heard["agent"] in {agent.id, None}:
                told = {"kind": heard["notice"], "ticket": heard["ticket"], "text": heard["text"]}
                await stream.event("notice", told)

    async def _follow(self, queue: Followed, found: Json, watched: int | None) -> None:
        """Follow the conversations whose words go to the agent: their own, and one looked at."""
        wanted = {each["conversation"]: (each["id"], each["taken"]) for each in found["mine"]}
        if watched:
            ticket = await self._services.desk.get(watched)
            if ticket is not None:
                wanted.setdefault(ticket.conversation_id, (ticket.id, time.time()))
        followed = {}
        for conversation, (number, since) in wanted.items():
            if conversation in queue.followed:
                followed[conversation] = number, queue.followed[conversation][1]
            else:  # the page loads what was said before
                seq = await self._services.transcript.seq_at(conversation, since)
                followed[conversation] = number, seq
        queue.followed = followed

    async def _pass_on(
        self, stream: Stream, followed: dict[str, tuple[int, int]], only: str | None
    ) -> None:
        for conversation, (number, seq) in list(followed.items()):
            if only not in {conversation, None}:
                continue
            for entry in await self._services.transcript.after(conversation, seq):
                told = {"ticket": number, "message": message_json(number, entry)}
                await stream.event("message", told)
                followed[conversation] = number, entry.seq

    async def _pass_on_changed(
        self, stream: Stream, followed: dict[str, tuple[int, int]], conversation: str, seq: int
    ) -> None:
        """Send a message again that has changed: its picture was read."""
        number, last = followed.get(conversation, (0, 0))
        if not number or seq > last:
            return
        entry = await self._services.transcript.at(conversation, seq)
        if entry is not None:
            told = {"ticket": number, "message": message_json(number, entry)}
            await stream.event("message", told)
