"""One ticket: read, taken, passed on, closed; its messages, pictures and notes."""

from __future__ import annotations

import time
import uuid
from dataclasses import asdict, replace

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.closing import Closings, solved_word
from console.login import AuditLog
from console.requests import bad_request, is_number, number_of, plain_text, refuse
from console.routes import Route
from console.shown import Json, context_json, message_json, note_json, ticket_json
from console.suggestions import suggested
from content import library
from desk import Agent, BadPicture, Entry, Note, Ticket, WrongState, prefixed_key
from desk.entry import JOINS
from desk.events import DESK, notify_agents, publish, publish_messages, publish_queue
from desk.masking import mask_in_conversation
from desk.pictures import TYPES
from desk.presence import who_is_here
from desk.sentences import farewell, system_entry
from desk.services import Services
from desk.ticket import TRANSITIONS
from infra import metrics
from infra.channels import is_delivered, refuses_pictures
from infra.errors import Refused
from infra.text import clean
from server.http import LONGEST_ID, json_object, picture_of, stored_picture

LONGEST_TEXT = 2000  # characters of an agent's message or note
RECALLED_WITHIN = 120.0  # seconds
LOOKED_AT = 30  # newest messages, for what may be replied


class TicketRoutes:
    """The routes of every agent that are about one ticket."""

    def __init__(
        self, services: Services, audit: AuditLog, closings: Closings, picture_bytes: int
    ) -> None:
        self._services = services
        self._closings = closings
        self._audit = audit
        self._picture_bytes = picture_bytes

    def routes(self) -> list[Route]:
        """Return them."""
        one = "/tickets/<number:int>"
        return [
            Route("GET", "/tickets", self._search),
            Route("GET", one, self._ticket),
            Route("GET", f"{one}/messages", self._earlier),
            Route("POST", f"{one}/take", self._take),
            Route("POST", f"{one}/take-over", self._take_over, lead=True),
            Route("POST", f"{one}/transfer", self._transfer),
            Route("POST", f"{one}/close", self._close),
            Route("POST", f"{one}/messages", self._say),
            Route("POST", f"{one}/recall", self._recall),
            Route("GET", f"{one}/suggestions", self._suggestions),
            Route("POST", f"{one}/pictures", self._send_picture),
            Route("POST", f"{one}/typing", self._typing),
            Route("POST", f"{one}/notes", self._add_note),
            Route("GET", "/pictures/<number:int>/<picture_id:str>", self._picture),
        ]

    # ---- which

    async def _get(self, number: int) -> Ticket:
        ticket = await self._services.desk.get(number)
        if ticket is None:
            raise refuse("not_found", "desk_not_found", 404)
        return ticket

    async def _mine(self, number: int, agent: Agent) -> Ticket:
        """Return a ticket that the agent holds.

        Raises:
            Refused: another does, or nobody.
        """
        ticket = await self._held(number)
        if ticket.agent_id != agent.id:
            raise refuse("not_yours", "desk_not_yours", 403)
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
            raise refuse("closed", "desk_closed", 409)
        if ticket.status != "with_agent":
            raise refuse("not_yours", "desk_not_yours", 403)
        return ticket

    async def _search(self, request: Request, agent: Agent) -> HTTPResponse:
        found = await self._services.desk.search(
            clean(request.args.get("q", "")[:100]),
            request.args.get("status") or None,
            number_of(request.args.get("before")),
        )
        names = await self._names()
        return response.json({"tickets": [ticket_json(ticket, names) for ticket in found]})

    async def _names(self) -> dict[int, Agent]:
        return {each.id: each for each in await self._services.agents.all()}

    async def _ticket(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._get(number)
        names, desk = await self._names(), self._services.desk
        if ticket.seen_at is None and ticket.agent_id == agent.id:
            await desk.see(ticket)
            await publish_queue(self._services.state)
        entries = await self._services.transcript.last(ticket.conversation_id)
        notes = await desk.notes(number)
        of_customer = await desk.search(conversation_id=ticket.conversation_id)
        here = await who_is_here(self._services.state, [ticket.conversation_id])
        present = here.get(ticket.conversation_id)
        found = {
            "ticket": {**ticket_json(ticket, names), "present": present},
            "context": context_json(ticket),
            "notes": [
                note_json(note, names[note.agent_id].name if note.agent_id in names else "")
                for note in notes
            ],
            "messages": [message_json(number, entry) for entry in entries],
            "earlier": [ticket_json(each, names) for each in of_customer if each.id != number],
            # Nobody needs the number but who calls.
            "phone": ticket.phone if ticket.agent_id == agent.id else None,
            "profile": await self._services.profiles.of(ticket.conversation_id),
            "quota": await self._quota(ticket.conversation_id),
            "closing": await self._closings.asked(ticket, names),
        }
        return response.json(found)

    async def _earlier(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._get(number)
        before = number_of(request.args.get("before"))
        entries = await self._services.transcript.last(ticket.conversation_id, before=before)
        return response.json({"messages": [message_json(number, entry) for entry in entries]})

    async def _take(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        # Platforms count messages: there, this joins the agent's first message.
        joined = replace(system_entry("agent_joined", agent=agent.name), delivery=JOINS)
        ticket = await self._services.desk.take(number, agent.id, joined)
        metrics.handoff(ticket.channel, "taken")
        return await self._moved(agent, "take", ticket)

    async def _take_over(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        before = await self._held(number)
        if before.agent_id == agent.id:
            raise WrongState("take_over")
        joined = replace(system_entry("agent_joined", agent=agent.name), delivery=JOINS)
        ticket = await self._services.desk.take_over(number, agent.id, joined)
        metrics.handoff(ticket.channel, "taken_over")
        state = self._services.state
        await notify_agents(state, "taken_over", ticket, before.agent_id, agent=agent.name)
        return await self._moved(agent, "take_over", ticket, f"from {before.agent_id}")

    async def _transfer(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        wanted, category, note = body.get("to"), body.get("category"), body.get("note") or ""
        known = {topic.category for topic in library.current().topics.values()}
        fits = wanted is None or (
            is_number(wanted) and await self._services.agents.get(wanted) is not None
        )
        if not fits or category not in [*known, None] or not isinstance(note, str):
            raise bad_request()
        ticket, desk = await self._get(number), self._services.desk
        # Nobody has the customer yet: a lead says who is to take them.
        waits = agent.leads and ticket.status in TRANSITIONS["take"][0]
        if not waits:
            ticket = await self._governed(number, agent)
        if note.strip():
            await self._write_note(agent, ticket, clean(note))
        before = ticket.agent_id
        if waits:
            ticket = await desk.assign(number, wanted, category)
        else:
            said = system_entry("agent_transfers")
            ticket = await desk.transfer(number, said, wanted_id=wanted, category=category)
            metrics.handoff(ticket.channel, "transferred")
        state = self._services.state
        if not waits and before != agent.id:
            await notify_agents(state, "moved_away", ticket, before, agent=agent.name)
        if wanted is not None and wanted != agent.id:
            about = {"agent": agent.name, "category": ticket.category}
            await notify_agents(state, "passed_on", ticket, wanted, **about)
        return await self._moved(agent, "transfer", ticket, f"to {wanted or 'the queue'}")

    async def _close(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        body = json_object(request, "desk_bad_request") if request.body else {}
        ticket = await self._governed(number, agent)
        closing = await self._closings.of(ticket, body)
        said = farewell(ticket, "closed")
        ticket = await self._services.desk.close(number, said, closing)
        metrics.handoff(ticket.channel, "closed")
        return await self._moved(agent, "close", ticket, solved_word(ticket))

    async def _moved(
        self, agent: Agent, action: str, ticket: Ticket, detail: str = ""
    ) -> HTTPResponse:
        await self._audit.add(agent, action, ticket, detail)
        await self._changed(ticket.conversation_id)
        return response.json({"ticket": ticket_json(ticket, await self._names())})

    async def _changed(self, conversation: str) -> None:
        """Tell agents and the customer that a ticket changed."""
        await publish_queue(self._services.state)
        await publish_messages(self._services.state, conversation)

    async def _say(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        words, key = (plain_text(body.get(name)) for name in ("text", "id"))
        if not words or not 0 < len(key) <= LONGEST_ID:
            raise bad_request()
        if len(words) > LONGEST_TEXT:
            raise refuse("too_long", "desk_too_long", 413)
        ticket = await self._mine(number, agent)
        masked = await mask_in_conversation(
            self._services.transcript, ticket.conversation_id, words, "agent"
        )
        said = Entry(prefixed_key("agent-", key), "agent", masked.text, name=agent.name)
        return await self._sent(agent, ticket, said)

    async def _sent(self, agent: Agent, ticket: Ticket, said: Entry) -> HTTPResponse:
        try:
            entries = await self._services.desk.agent_said(ticket, said)
        except WrongState:
            raise refuse("not_yours", "desk_not_yours", 403) from None
        await self._audit.add(agent, "message", ticket)
        await self._changed(ticket.conversation_id)
        return response.json({"messages": [message_json(ticket.id, entry) for entry in entries]})

    async def _recall(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        """Take a message back, where the customer's platform has not got it yet."""
        key = plain_text(json_object(request, "desk_bad_request").get("id"))
        if not key:
            raise bad_request()
        ticket = await self._mine(number, agent)
        conversation, transcript = ticket.conversation_id, self._services.transcript
        said = await transcript.find(conversation, key)
        if said is None or said.author != "agent" or said.name != agent.name:
            raise refuse("not_found", "desk_not_found", 404)
        since = max(ticket.taken_at or 0, time.time() - RECALLED_WITHIN)
        sentence = library.current().say("recalled", agent=agent.name)
        recalled = await transcript.recall(conversation, key, since, sentence)
        if recalled is None:
            raise refuse("too_late", "desk_too_late", 409)
        if recalled.picture:
            await self._services.pictures.drop(conversation, recalled.picture["id"])
        await self._audit.add(agent, "recall", ticket)
        state = self._services.state
        await publish(state, conversation, kind="changed", seq=said.seq)
        await publish(state, DESK, kind="changed", conversation=conversation, seq=said.seq)
        await publish_queue(state)
        (entry,) = [await transcript.find(conversation, key)]
        shown = [message_json(number, entry)] if entry else []
        return response.json({"messages": shown})

    async def _suggestions(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._get(number)
        entries = await self._services.transcript.last(ticket.conversation_id, LOOKED_AT)
        last = next((each.text for each in reversed(entries) if each.author == "customer"), "")
        parsed = await request.app.ctx.agent.parse_message(last) if last else {}
        found = suggested(library.current(), ticket, entries, parsed)
        return response.json({"suggestions": found})

    async def _send_picture(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        ticket = await self._mine(number, agent)
        channel = refuses_pictures(ticket.conversation_id)
        if channel is not None:
            sentence = library.current().say("desk_no_pictures", channel=channel)
            raise Refused("no_pictures", sentence, 409)
        key, data = picture_of(request, set(TYPES.values()), self._picture_bytes)
        try:
            kept = await self._services.pictures.keep(ticket.conversation_id, data)
        except BadPicture as bad:
            raise refuse(bad.code, bad.code, bad.status) from None
        key = prefixed_key("agent-", key or uuid.uuid4().hex)
        return await self._sent(
            agent, ticket, Entry(key, "agent", name=agent.name, picture=asdict(kept))
        )

    async def _picture(
        self, request: Request, agent: Agent, number: int, picture_id: str
    ) -> HTTPResponse:
        ticket = await self._get(number)
        return await stored_picture(
            self._services.pictures, ticket.conversation_id, picture_id, "desk_not_found"
        )

    async def _typing(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        on = json_object(request, "desk_bad_request").get("on")
        if not isinstance(on, bool):
            raise bad_request()
        ticket = await self._mine(number, agent)
        await publish(
            self._services.state, ticket.conversation_id, kind="typing", author="agent", on=on
        )
        return response.empty()

    async def _add_note(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        text = plain_text(json_object(request, "desk_bad_request").get("text"))
        if not text:
            raise bad_request()
        ticket = await self._get(number)
        note = await self._write_note(agent, ticket, text)
        await self._audit.add(agent, "note", ticket)
        if ticket.status == "with_agent" and ticket.agent_id != agent.id:  # whispered
            state = self._services.state
            await notify_agents(state, "whisper", ticket, ticket.agent_id, agent=agent.name)
        return response.json({"note": note_json(note, agent.name)})

    async def _write_note(self, agent: Agent, ticket: Ticket, text: str) -> Note:
        masked = await mask_in_conversation(
            self._services.transcript, ticket.conversation_id, text[:LONGEST_TEXT], "agent"
        )
        return await self._services.desk.note(ticket.id, agent.id, masked.text)

    async def _quota(self, conversation_id: str) -> Json | None:
        """Return how much the customer's platform lets us say; None where it does not count."""
        if not is_delivered(conversation_id):
            return None
        quota = await self._services.quotas.of(conversation_id)
        return None if quota.left is None else {"left": quota.left, "until": quota.until or None}
