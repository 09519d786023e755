"""The agents' console at /desk and its JSON API."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import jwt
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels import metrics
from channels.abilities import without_pictures
from channels.gate import Handler, Refused, clean, mask_in_conversation
from channels.http import (
    LARGEST_NUMBER,
    LONGEST_ID,
    answers_refusals,
    json_object,
    network_of,
    picture_of,
    stored_picture,
)
from channels.news import DESK, tell, tell_messages
from channels.secret import load_secret
from channels.server import Needs
from channels.state import Listener, open_state
from channels.stream import PING, Stream, Streams, TooMany
from channels.watch import farewell, system_entry
from content import library
from desk import (
    Agent,
    BadPicture,
    Entry,
    Note,
    Open,
    Ticket,
    WrongState,
    open_agents,
    open_desk,
    open_figures,
    open_quotas,
    open_transcript,
    prefixed_key,
)
from desk.pictures import TYPES, keep_picture
from desk.transcript import CARRIED, JOINS

logger = logging.getLogger(__name__)

PAGES = dict.fromkeys(("/desk", "/desk/", "/desk.html"), "/desk.html")
COOKIE = "ok_agent"
SESSION_HOURS = 12
MOST_STREAMS = 6  # tabs of one agent
LONGEST_TEXT = 2000  # characters of an agent's message or note
EVERY = 1.0  # seconds between two looks of an agent's page at the queue
SEEN_EVERY = 10.0  # seconds between two notes of an agent's signs of life
FRESH = 0.8  # seconds for which one reading of the board serves all agents
Json = dict[str, Any]


def _refuse(code: str, phrase: str, status: int, wait: float = 0) -> Refused:
    return Refused(code, library.current().say(phrase), status, wait=wait)


class ConsoleInput(InputChannel):
    """Channel `desk`: no customer writes here, agents do.

    credentials.yml:
        picture_bytes: the largest picture an agent may send.
        proxies: as in `WebInput`; one of the two is enough.
    """

    def __init__(self, picture_bytes: int = 10_000_000, proxies: int = 0) -> None:
        self._proxies = proxies
        self._secret = load_secret()
        self._state = open_state()
        self._picture_bytes = picture_bytes
        self._streams = Streams(MOST_STREAMS)
        self._board = _Board()
        self._reading = asyncio.Lock()
        self._checking = asyncio.Lock()

    @classmethod
    def name(cls) -> str:
        """Return `desk`."""
        return "desk"

    @classmethod
    def from_credentials(cls, credentials: Json | None) -> ConsoleInput:
        """Create the channel from its part of credentials.yml."""
        return cls(**(credentials or {}))

    def url_prefix(self) -> str:
        """Return where the console's API stands."""
        return "/desk/api"

    def needs(self) -> Needs:
        """Return what the console needs of the server."""
        return Needs(self._picture_bytes, self._proxies, PAGES)

    # ---- who is it

    async def _agent(self, request: Request, lead: bool = False) -> Agent:
        """Return the agent of the request's session.

        Raises:
            Refused: there is none, or no lead where one is asked for.
        """
        claims = self._claims(request)
        number = int(claims.get("sub", 0))
        agent = await asyncio.to_thread(open_agents().get, number) if number else None
        # A new password ends the sessions of the old one.
        if agent is None or claims["pw"] != _mark(agent) or await self._ended(claims["jti"]):
            raise _refuse("no_session", "desk_no_session", 401)
        if lead and not agent.leads:
            raise _refuse("leads_only", "desk_leads_only", 403)
        return agent

    def _claims(self, request: Request) -> Json:
        """Return what the session's cookie says; nothing when there is none, or it is forged."""
        try:
            claims: Json = jwt.decode(
                request.cookies.get(COOKIE, ""),
                self._secret,
                ["HS256"],
                audience="desk",
                options={"require": ["exp", "sub", "aud", "jti"]},
            )
        except (jwt.InvalidTokenError, ValueError):  # ValueError: bytes that are no UTF-8
            return {}
        return claims

    async def _ended(self, session: str) -> bool:
        """Tell whether the agent has left a session: its cookie may have been copied."""
        try:
            return await self._state.get(f"ended:{session}") is not None
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return False

    async def _login(self, request: Request) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        login, password = (_plain(body.get(name)) for name in ("login", "password"))
        if not login or not password or len(password) > 1000:
            raise _refuse("bad_request", "desk_bad_request", 400)
        who = hashlib.sha256(login.encode()).hexdigest()
        # An office's agents share an address and come at the same hour: there, only failures count.
        address = f"login:{network_of(request.remote_addr or request.ip)}"
        wait = await self._state.hit("5/minute", f"login:{who}")
        if wait:
            raise _refuse("too_many", "desk_too_many", 429, wait)
        async with self._checking:  # one by one, so that many at once do not outrun the count
            wait = await self._state.spent("20/minute", address)
            if wait:
                raise _refuse("too_many", "desk_too_many", 429, wait)
            agent = await asyncio.to_thread(open_agents().check, login, password)
            if agent is None:
                await self._state.hit("20/minute", address)
        if agent is None:
            known = await asyncio.to_thread(open_agents().knows, login)
            await self._note(login if known else _hinted(login), "login refused")
            raise _refuse("bad_login", "desk_bad_login", 401)
        await self._note(agent, "login")
        answer = response.json({"agent": _agent_json(agent)})
        expires = int(time.time()) + SESSION_HOURS * 3600
        claims = {"sub": str(agent.id), "aud": "desk", "exp": expires, "pw": _mark(agent)}
        claims["jti"] = uuid.uuid4().hex
        _set_cookie(request, answer, jwt.encode(claims, self._secret, algorithm="HS256"))
        return answer

    @staticmethod
    async def _note(
        agent: Agent | str, action: str, ticket: Ticket | None = None, detail: str = ""
    ) -> None:
        number = ticket.id if ticket else None
        await asyncio.to_thread(open_agents().note, agent, action, number, detail)

    # ---- routes

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the API; the page itself is among the chat page's files."""
        blueprint = Blueprint("desk_console")

        def route(
            method: str, path: str, lead: bool = False
        ) -> Callable[[Callable[..., Awaitable[HTTPResponse]]], None]:
            """Add a route for an agent who is logged in."""

            def add(handle: Callable[..., Awaitable[HTTPResponse]]) -> None:
                async def admitted(request: Request, **named: Any) -> HTTPResponse:
                    agent = await self._agent(request, lead)
                    if abs(time.time() - agent.seen_at) > SEEN_EVERY:  # or the clock was set back
                        await asyncio.to_thread(open_agents().seen, agent.id)
                    if named.get("number", 0) > LARGEST_NUMBER:
                        raise _refuse("not_found", "desk_not_found", 404)
                    try:
                        return await handle(request, agent, **named)
                    except WrongState:
                        raise _refuse("taken", "desk_taken", 409) from None

                admitted.__name__ = handle.__name__.strip("_")
                blueprint.add_route(answers_refusals(admitted), path, methods=[method])

            return add

        @blueprint.listener("before_server_stop")
        async def end(app: Any) -> None:
            self._streams.end()

        @blueprint.post("/login")
        @answers_refusals
        async def login(request: Request) -> HTTPResponse:
            return await self._login(request)

        @blueprint.post("/logout")
        @answers_refusals
        async def logout(request: Request) -> HTTPResponse:
            agent = await self._agent(request)
            # Who waits must not wait for somebody who is gone.
            await asyncio.to_thread(partial(open_agents().seen, agent.id, away=True))
            await self._note(agent, "logout")
            session = self._claims(request)["jti"]
            await self._state.put(f"ended:{session}", "1", SESSION_HOURS * 3600)
            answer = response.empty()
            _set_cookie(request, answer, "")
            return answer

        route("GET", "/me")(self._me)
        route("POST", "/here")(self._here)
        route("POST", "/available")(self._available)
        route("GET", "/agents")(self._agents)
        route("GET", "/replies")(self._replies)
        route("GET", "/queue")(self._queue)
        route("GET", "/events")(self._events)
        route("GET", "/tickets")(self._search)
        route("GET", "/tickets/<number:int>")(self._ticket)
        route("GET", "/tickets/<number:int>/messages")(self._earlier)
        route("POST", "/tickets/<number:int>/take")(self._take)
        route("POST", "/tickets/<number:int>/transfer")(self._transfer)
        route("POST", "/tickets/<number:int>/close")(self._close)
        route("POST", "/tickets/<number:int>/messages")(self._say)
        route("POST", "/tickets/<number:int>/pictures")(self._send_picture)
        route("POST", "/tickets/<number:int>/typing")(self._typing)
        route("POST", "/tickets/<number:int>/notes")(self._add_note)
        route("GET", "/pictures/<number:int>/<picture_id:str>")(self._picture)
        route("GET", "/figures", lead=True)(self._figures)
        route("GET", "/figures.csv", lead=True)(self._figures_csv)
        route("GET", "/tickets.csv", lead=True)(self._tickets_csv)
        route("GET", "/unanswered", lead=True)(self._unanswered)
        route("POST", "/unanswered", lead=True)(self._label)
        route("GET", "/unanswered/export.yml", lead=True)(self._export)
        route("GET", "/audit", lead=True)(self._audit)
        return blueprint

    # ---- the agent

    async def _me(self, request: Request, agent: Agent) -> HTTPResponse:
        topics = library.current().topics
        titles = [{"name": name, "title": topic.title} for name, topic in topics.items()]
        return response.json(
            {
                "agent": _agent_json(agent),
                "categories": sorted({topic.category for topic in topics.values()}),
                "intents": titles,
                "limits": {
                    "text_characters": LONGEST_TEXT,
                    "picture_bytes": self._picture_bytes,
                    "picture_types": list(TYPES.values()),
                },
            }
        )

    async def _here(self, request: Request, agent: Agent) -> HTTPResponse:
        """Take a sign of life, which a page gives at each `beat` of its stream.

        That the stream can be written to is none: a closed laptop's can, for many minutes.
        """
        return response.empty()

    async def _available(self, request: Request, agent: Agent) -> HTTPResponse:
        available = json_object(request, "desk_bad_request").get("available")
        if not isinstance(available, bool):
            raise _refuse("bad_request", "desk_bad_request", 400)
        await asyncio.to_thread(open_agents().set_available, agent.id, available)
        await self._note(agent, "available" if available else "away")
        await self._changed()
        return response.json({"agent": _agent_json(replace(agent, available=available))})

    async def _agents(self, request: Request, agent: Agent) -> HTTPResponse:
        known = await asyncio.to_thread(open_agents().all)
        held = (await self._look(time.monotonic() - FRESH)).held
        found = [_agent_json(each, len(held.get(each.id, ()))) for each in known]
        return response.json({"agents": found})

    async def _replies(self, request: Request, agent: Agent) -> HTTPResponse:
        return response.json({"replies": [dict(one) for one in library.current().desk.replies]})

    # ---- the queue

    async def _look(self, since: float) -> _Board:
        """Return the open tickets, read once for all agents who look at the same moment.

        Args:
            since: what had happened then must be in it (monotonic).
        """
        async with self._reading:
            if self._board.read_at < since:
                began = time.monotonic()
                known = await asyncio.to_thread(open_agents().all)
                board = _Board.of(await asyncio.to_thread(open_desk().board), known)
                board.read_at = began
                self._board = board
            return self._board

    async def _queue(self, request: Request, agent: Agent) -> HTTPResponse:
        return response.json((await self._look(time.monotonic())).of_agent(agent.id))

    async def _changed(self, conversation: str | None = None) -> None:
        """Tell agents, and the customer, that a ticket changed."""
        await tell(self._state, DESK, kind="queue")
        if conversation:
            await tell_messages(self._state, conversation)

    # ---- one ticket

    async def _get(self, number: int) -> Ticket:
        ticket = await asyncio.to_thread(open_desk().get, number)
        if ticket is None:
            raise _refuse("not_found", "desk_not_found", 404)
        return ticket

    async def _mine(self, number: int, agent: Agent) -> Ticket:
        """Return a ticket that the agent holds.

        Raises:
            Refused: another does, or nobody.
        """
        ticket = await self._held(number)
        if ticket.agent_id != agent.id:
            raise _refuse("not_yours", "desk_not_yours", 403)
        return ticket

    async def _governed(self, number: int, agent: Agent) -> Ticket:
        """Return a ticket that the agent holds, or that any agent holds whom the lead leads.

        Raises:
            Refused: another does, or nobody.
        """
        return await (self._held(number) if agent.leads else self._mine(number, agent))

    async def _held(self, number: int) -> Ticket:
        ticket = await self._get(number)
        if ticket.status == "closed":
            raise _refuse("closed", "desk_closed", 409)
        if ticket.status != "with_agent":
            raise _refuse("not_yours", "desk_not_yours", 403)
        return ticket

    async def _search(self, request: Request, agent: Agent) -> HTTPResponse:
        search = partial(
            open_desk().search,
            clean(request.args.get("q", "")[:100]),
            request.args.get("status") or None,
            _number(request.args.get("before")),
        )
        return response.json({"tickets": await self._tickets_json(search)})

    @staticmethod
    async def _tickets_json(search: Callable[[], list[Ticket]]) -> list[Json]:
        names = {each.id: each for each in await asyncio.to_thread(open_agents().all)}
        return [_ticket_json(ticket, names) for ticket in await asyncio.to_thread(search)]

    async def _ticket(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._get(number)
        names = {each.id: each for each in await asyncio.to_thread(open_agents().all)}
        desk = open_desk()
        entries = await asyncio.to_thread(open_transcript().last, ticket.conversation_id)
        notes = await asyncio.to_thread(desk.notes, number)
        of_customer = partial(desk.search, conversation_id=ticket.conversation_id)
        found = {
            "ticket": _ticket_json(ticket, names),
            "context": _context(ticket),
            "notes": [
                {
                    "id": note.id,
                    "agent": names[note.agent_id].name if note.agent_id in names else "",
                    "text": note.text,
                    "time": note.created_at,
                }
                for note in notes
            ],
            "messages": [_message(number, entry) for entry in entries],
            "earlier": [
                each for each in await self._tickets_json(of_customer) if each["id"] != number
            ],
            "quota": await _quota(ticket.conversation_id),
        }
        return response.json(found)

    async def _earlier(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._get(number)
        before = _number(request.args.get("before"))
        read = partial(open_transcript().last, ticket.conversation_id, before=before)
        entries = await asyncio.to_thread(read)
        return response.json({"messages": [_message(number, entry) for entry in entries]})

    async def _take(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        # Platforms count messages: there, this goes with the agent's first words.
        joined = replace(system_entry("agent_joined", agent=agent.name), delivery=JOINS)
        ticket = await asyncio.to_thread(open_desk().take, number, agent.id, joined)
        metrics.handoff(ticket.channel, "taken")
        return await self._done(agent, "take", ticket)

    async def _transfer(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        wanted, category, note = body.get("to"), body.get("category"), body.get("note") or ""
        known = {topic.category for topic in library.current().topics.values()}
        fits = wanted is None or (
            _is_number(wanted) and await asyncio.to_thread(open_agents().get, wanted) is not None
        )
        if not fits or category not in {*known, None} or not isinstance(note, str):
            raise _refuse("bad_request", "desk_bad_request", 400)
        ticket = await self._governed(number, agent)
        if note.strip():
            await self._write_note(agent, ticket, clean(note))
        move = partial(open_desk().transfer, wanted_id=wanted, category=category)
        ticket = await asyncio.to_thread(move, number, system_entry("agent_transfers"))
        metrics.handoff(ticket.channel, "transferred")
        return await self._done(agent, "transfer", ticket, f"to {wanted or 'the queue'}")

    async def _close(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._governed(number, agent)
        said = farewell(ticket, "closed")
        ticket = await asyncio.to_thread(open_desk().close, number, said)
        metrics.handoff(ticket.channel, "closed")
        return await self._done(agent, "close", ticket)

    async def _done(
        self, agent: Agent, action: str, ticket: Ticket, detail: str = ""
    ) -> HTTPResponse:
        await self._note(agent, action, ticket, detail)
        await self._changed(ticket.conversation_id)
        names = {each.id: each for each in await asyncio.to_thread(open_agents().all)}
        return response.json({"ticket": _ticket_json(ticket, names)})

    async def _say(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        words, key = (_plain(body.get(name)) for name in ("text", "id"))
        if not words or not 0 < len(key) <= LONGEST_ID:
            raise _refuse("bad_request", "desk_bad_request", 400)
        if len(words) > LONGEST_TEXT:
            raise _refuse("too_long", "desk_too_long", 413)
        ticket = await self._mine(number, agent)
        masked = await mask_in_conversation(ticket.conversation_id, words, "agent")
        said = Entry(prefixed_key("agent-", key), "agent", masked.text, name=agent.name)
        return await self._sent(agent, ticket, said)

    async def _sent(self, agent: Agent, ticket: Ticket, said: Entry) -> HTTPResponse:
        try:
            entries = await asyncio.to_thread(open_desk().agent_said, ticket, said)
        except WrongState:
            raise _refuse("not_yours", "desk_not_yours", 403) from None
        await self._note(agent, "message", ticket)
        await self._changed(ticket.conversation_id)
        return response.json({"messages": [_message(ticket.id, entry) for entry in entries]})

    async def _send_picture(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._mine(number, agent)
        channel = without_pictures(ticket.conversation_id)
        if channel is not None:
            sentence = library.current().say("desk_no_pictures", channel=channel)
            raise Refused("no_pictures", sentence, 409)
        key, data = picture_of(request, set(TYPES.values()), self._picture_bytes)
        try:
            kept = await keep_picture(ticket.conversation_id, data)
        except BadPicture as bad:
            raise _refuse(bad.code, bad.code, bad.status) from None
        key = prefixed_key("agent-", key or uuid.uuid4().hex)
        return await self._sent(
            agent, ticket, Entry(key, "agent", name=agent.name, picture=asdict(kept))
        )

    async def _picture(
        self, request: Request, agent: Agent, number: int, picture_id: str
    ) -> HTTPResponse:
        ticket = await self._get(number)
        return await stored_picture(ticket.conversation_id, picture_id, "desk_not_found")

    async def _typing(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        on = json_object(request, "desk_bad_request").get("on")
        if not isinstance(on, bool):
            raise _refuse("bad_request", "desk_bad_request", 400)
        ticket = await self._mine(number, agent)
        await tell(self._state, ticket.conversation_id, kind="typing", author="agent", on=on)
        return response.empty()

    async def _add_note(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        text = _plain(json_object(request, "desk_bad_request").get("text"))
        if not text:
            raise _refuse("bad_request", "desk_bad_request", 400)
        ticket = await self._get(number)
        note = await self._write_note(agent, ticket, text)
        await self._note(agent, "note", ticket)
        shown = {"id": note.id, "agent": agent.name, "text": note.text, "time": note.created_at}
        return response.json({"note": shown})

    async def _write_note(self, agent: Agent, ticket: Ticket, text: str) -> Note:
        masked = await mask_in_conversation(ticket.conversation_id, text[:LONGEST_TEXT], "agent")
        return await asyncio.to_thread(open_desk().note, ticket.id, agent.id, masked.text)

    # ---- push

    async def _events(self, request: Request, agent: Agent) -> HTTPResponse:
        watched = _number(request.args.get("watch"))
        try:
            async with (
                self._state.listen(DESK) as news,
                self._streams.open(request, str(agent.id)) as stream,
            ):
                await self._tell(stream, agent, watched, news)
        except TooMany:
            raise _refuse("too_many", "desk_too_many", 429, 30) from None
        return None  # the stream was the answer

    async def _tell(
        self, stream: Stream, agent: Agent, watched: int | None, news: Listener
    ) -> None:
        queue = _Queue()
        beat = 0.0
        while True:
            if time.monotonic() - beat > PING:
                await stream.event("beat", {})
                beat = time.monotonic()
            if queue.due <= time.monotonic():
                found = (await self._look(queue.since)).of_agent(agent.id)
                # First where to go on from, then the queue, at which the page loads what was said.
                await self._follow(queue, found, watched)
                if found != queue.shown:
                    queue.shown = found
                    await stream.event("queue", found)
                queue.due = time.monotonic() + PING
                queue.since = queue.due - FRESH
                await self._pass_on(stream, queue.followed, None)
            said = await news.next(max(queue.due - time.monotonic(), 0))
            if said is None:
                queue.due = 0.0
                continue
            heard = json.loads(said)
            if heard["kind"] == "queue":
                queue.due, queue.since = 0.0, time.monotonic()
            elif heard["kind"] == "messages":  # the words at once, the queue now and then
                queue.due = min(queue.due, time.monotonic() + EVERY)
                queue.since = time.monotonic()
                await self._pass_on(stream, queue.followed, heard["conversation"])
            elif heard["kind"] == "changed":
                await self._pass_on_changed(
                    stream, queue.followed, heard["conversation"], heard["seq"]
                )
            elif heard["kind"] == "typing" and heard["conversation"] in queue.followed:
                number = queue.followed[heard["conversation"]][0]
                typing = {"ticket": number, "from": "customer", "on": heard["on"]}
                await stream.event("typing", typing)
            elif heard["kind"] == "notice" and heard["agent"] in {agent.id, None}:
                told = {"kind": heard["notice"], "ticket": heard["ticket"], "text": heard["text"]}
                await stream.event("notice", told)

    @staticmethod
    async def _follow(queue: _Queue, found: Json, watched: int | None) -> None:
        """Follow the conversations whose words go to the agent: their own, and one looked at."""
        wanted = {each["conversation"]: (each["id"], each["taken"]) for each in found["mine"]}
        if watched:
            ticket = await asyncio.to_thread(open_desk().get, watched)
            if ticket is not None:
                wanted.setdefault(ticket.conversation_id, (ticket.id, time.time()))
        followed = {}
        for conversation, (number, since) in wanted.items():
            if conversation in queue.followed:
                followed[conversation] = number, queue.followed[conversation][1]
            else:  # the page loads what was said before
                seq = await asyncio.to_thread(open_transcript().seq_at, conversation, since)
                followed[conversation] = number, seq
        queue.followed = followed

    @staticmethod
    async def _pass_on(
        stream: Stream, followed: dict[str, tuple[int, int]], only: str | None
    ) -> None:
        for conversation, (number, seq) in list(followed.items()):
            if only not in {conversation, None}:
                continue
            for entry in await asyncio.to_thread(open_transcript().after, conversation, seq):
                told = {"ticket": number, "message": _message(number, entry)}
                await stream.event("message", told)
                followed[conversation] = number, entry.seq

    @staticmethod
    async def _pass_on_changed(
        stream: Stream, followed: dict[str, tuple[int, int]], conversation: str, seq: int
    ) -> None:
        """Send a message again that is no longer as it was: its picture was read."""
        number, last = followed.get(conversation, (0, 0))
        if not number or seq > last:
            return
        entry = await asyncio.to_thread(open_transcript().at, conversation, seq)
        if entry is not None:
            await stream.event("message", {"ticket": number, "message": _message(number, entry)})

    # ---- the lead's pages

    async def _figures(self, request: Request, agent: Agent) -> HTTPResponse:
        day = _day(request.args.get("day"))
        return response.json(await asyncio.to_thread(open_figures().day, day))

    async def _figures_csv(self, request: Request, agent: Agent) -> HTTPResponse:
        begin, end = _day(request.args.get("from")), _day(request.args.get("to"))
        text = await asyncio.to_thread(open_figures().csv, begin, end)
        await self._note(agent, "export", None, "figures")
        return _download(text, f"figures-{begin}-{end}.csv", "text/csv")

    async def _tickets_csv(self, request: Request, agent: Agent) -> HTTPResponse:
        begin, end = _day(request.args.get("from")), _day(request.args.get("to"))
        text = await asyncio.to_thread(open_figures().tickets_csv, begin, end)
        await self._note(agent, "export", None, "tickets")
        return _download(text, f"tickets-{begin}-{end}.csv", "text/csv")

    async def _unanswered(self, request: Request, agent: Agent) -> HTTPResponse:
        days = min(_number(request.args.get("days")) or 7, 366)
        groups = await asyncio.to_thread(open_figures().unanswered, days)
        topics = library.current().topics
        found = []
        for group in groups[:100]:
            parsed = await request.app.ctx.agent.parse_message(group[0].text)
            guesses = [
                {"name": each["name"], "title": topics[each["name"]].title}
                for each in parsed.get("intent_ranking", [])
                if each["name"] in topics
            ][:3]
            found.append({"sentences": [asdict(one) for one in group], "guesses": guesses})
        return response.json({"groups": found})

    async def _label(self, request: Request, agent: Agent) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        sequences, intent = body.get("seqs"), body.get("intent")
        known = {*library.current().topics, None}
        numbers = isinstance(sequences, list) and all(_is_number(one) for one in sequences)
        if not numbers or not sequences or len(sequences) > 1000 or intent not in known:
            raise _refuse("bad_request", "desk_bad_request", 400)
        await asyncio.to_thread(open_figures().label, sequences, intent, agent.login)
        await self._note(agent, "label", None, f"{len(sequences)} sentences: {intent}")
        return response.empty()

    async def _export(self, request: Request, agent: Agent) -> HTTPResponse:
        text = await asyncio.to_thread(open_figures().export)
        await self._note(agent, "export", None, "sentences")
        return _download(text, "nlu.yml", "application/yaml")

    async def _audit(self, request: Request, agent: Agent) -> HTTPResponse:
        before = _number(request.args.get("before"))
        deeds = await asyncio.to_thread(open_agents().deeds, before)
        found = [
            {
                "id": deed.id,
                "time": deed.time,
                "agent": deed.login,
                "action": deed.action,
                "ticket": f"K{deed.ticket_id:06d}" if deed.ticket_id else None,
                "detail": deed.detail,
            }
            for deed in deeds
        ]
        return response.json({"entries": found})


# ---- what agents read


@dataclass
class _Board:
    """All open tickets as agents read them, by where they are; `read_at`: when (monotonic)."""

    waiting: list[Json] = field(default_factory=list)
    held: dict[int, list[Json]] = field(default_factory=dict)
    read_at: float = 0.0

    @classmethod
    def of(cls, tickets: list[Open], known: list[Agent]) -> _Board:
        """Build the board once for all who look."""
        board = cls()
        names = {agent.id: agent for agent in known}
        for each in tickets:
            shown = _ticket_json(each.ticket, names, each.unread, each.last_text, each.note)
            if each.ticket.status == "with_agent" and each.ticket.agent_id is not None:
                board.held.setdefault(each.ticket.agent_id, []).append(shown)
            else:
                board.waiting.append(shown)
        return board

    def of_agent(self, number: int) -> Json:
        """Return the board from an agent's side."""
        others = [ticket for who, held in self.held.items() if who != number for ticket in held]
        return {"waiting": self.waiting, "mine": self.held.get(number, []), "others": others}


@dataclass
class _Queue:
    """What one page of an agent knows: the queue, and how far each conversation was passed on."""

    shown: Json | None = None
    followed: dict[str, tuple[int, int]] = field(default_factory=dict)  # ticket, last seq
    due: float = 0.0  # when to look again (monotonic)
    # What had happened then must be seen at that look (monotonic).
    since: float = field(default_factory=time.monotonic)


def _mark(agent: Agent) -> str:
    return hashlib.sha256(agent.password.encode()).hexdigest()[:16]


def _hinted(login: str) -> str:
    """Return the beginning of a login that nobody has: it may be a password in the wrong field."""
    return f"{login[: min(3, len(login) // 2)]}****"


def _set_cookie(request: Request, answer: HTTPResponse, token: str) -> None:
    parts = [f"{COOKIE}={token}", "Path=/desk", "HttpOnly", "SameSite=Strict"]
    parts.append(f"Max-Age={SESSION_HOURS * 3600 if token else 0}")
    if request.scheme == "https":
        parts.append("Secure")
    answer.headers.add("Set-Cookie", "; ".join(parts))


def _agent_json(agent: Agent, load: int = 0) -> Json:
    return {
        "id": agent.id,
        "login": agent.login,
        "name": agent.name,
        "role": agent.role,
        "skills": list(agent.skills),
        "available": agent.available,
        "online": agent.online,
        "load": load,
    }


def _ticket_json(
    ticket: Ticket,
    names: dict[int, Agent],
    unread: int = 0,
    last_text: str = "",
    note: str = "",
) -> Json:
    def who(number: int | None) -> Json | None:
        if number is None or number not in names:
            return None
        return {"id": number, "name": names[number].name}

    topic = library.current().topics.get(ticket.topic or "")
    rating = {"score": ticket.score, "comment": ticket.comment or ""}
    return {
        "id": ticket.id,
        "number": ticket.number,
        "conversation": ticket.conversation_id,
        "channel": ticket.channel,
        "status": ticket.status,
        "category": ticket.category,
        "topic": topic.title if topic else None,
        "urgency": ticket.urgency,
        "agent": who(ticket.agent_id),
        "wanted": who(ticket.wanted_id),
        "created": ticket.created_at,
        "taken": ticket.taken_at,
        "closed": ticket.closed_at,
        "changed": ticket.changed_at,
        "waited": ticket.waited,
        "handled": ticket.handled,
        "customer_last": ticket.customer_at,
        "agent_last": ticket.agent_at,
        "last_text": last_text,
        "reason": note or _reason(ticket),
        "unread": unread,
        "rating": rating if ticket.score else None,
    }


def _reason(ticket: Ticket) -> str:
    """Return why the customer wants a human: the topic, and the most telling of their words."""
    content = library.current()
    topic = content.topics.get(ticket.topic or "")
    told = [
        value
        for name, value in ticket.details.items()
        if name in content.details and content.details[name].free
    ]
    story = max(told or ticket.words, key=len, default="")
    title = topic.title if topic else ""
    if title and story:
        return content.say("desk_reason", topic=title, story=story)
    return title or story


async def _quota(conversation_id: str) -> Json | None:
    """Return how much the customer's platform still lets us say; None where it does not count."""
    if not conversation_id.startswith(CARRIED):
        return None
    quota = await asyncio.to_thread(open_quotas().of, conversation_id)
    return None if quota.left is None else {"left": quota.left, "until": quota.until or None}


def _message(number: int, entry: Entry) -> Json:
    topic = library.current().topics.get(entry.intent or "")
    unread = bool(entry.picture and entry.picture.get("unread"))
    picture = (
        not unread
        and entry.picture
        and {
            "url": f"/desk/api/pictures/{number}/{entry.picture['id']}",
            "width": entry.picture["width"],
            "height": entry.picture["height"],
        }
    )
    shown = entry.buttons if entry.author != "customer" else ()
    return {
        "id": entry.key,
        "seq": entry.seq,
        "from": entry.author,
        "name": entry.name,
        "text": library.current().say("desk_picture_unread") if unread else entry.text,
        "buttons": [{"title": button["title"]} for button in shown],
        "step": entry.step,
        "picture": picture or None,
        "time": entry.time,
        "intent": topic.title if topic else None,
    }


def _context(ticket: Ticket) -> Json:
    content = library.current()
    topic = content.topics.get(ticket.procedure or "")
    step = None
    if topic and ticket.step and ticket.step <= len(topic.steps):
        title = topic.steps[ticket.step - 1].title
        step = {"index": ticket.step, "total": len(topic.steps), "title": title}
    details = [
        {
            "title": content.details[name].title if name in content.details else name,
            "value": value,
        }
        for name, value in ticket.details.items()
    ]
    return {
        "procedure": topic.title if topic else None,
        "step": step,
        "details": details,
        "words": list(ticket.words),
    }


def _plain(given: Any) -> str:
    """Return a text without what no database takes (NUL, lone surrogates); "" if it is none."""
    return clean(given) if isinstance(given, str) else ""


def _is_number(given: Any) -> bool:
    return type(given) is int and 0 < given <= LARGEST_NUMBER


def _number(given: str | None) -> int | None:
    known = given and given.isascii() and given.isdigit() and len(given) < 16
    return int(given) if known and given else None


def _day(given: str | None) -> date:
    if not given:
        return datetime.now(ZoneInfo(library.current().desk.timezone)).date()
    try:
        day = date.fromisoformat(given)
        if 2000 <= day.year < 2200:  # a year that calendars can reckon with
            return day
        raise ValueError
    except ValueError:
        raise _refuse("bad_request", "desk_bad_request", 400) from None


def _download(text: str, name: str, kind: str) -> HTTPResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return response.text(text, content_type=f"{kind}; charset=utf-8", headers=headers)
