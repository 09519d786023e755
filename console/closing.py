"""How a ticket ends: what an agent says of it, and what is asked when the customer comes back."""

from __future__ import annotations

from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.login import AuditLog
from console.requests import bad_request, plain_text, refuse
from console.routes import Route
from console.shown import Json, context_json, ticket_json
from content import library
from desk import Agent, Closing, Ticket
from desk.events import publish_queue
from desk.masking import mask_in_conversation
from desk.services import Services
from server.http import json_object

LONGEST_SUMMARY = 1000  # characters
LONGEST_PREFILLED = 300  # characters of the customer's words in a summary that is suggested


def suggested(ticket: Ticket) -> str:
    """Return a summary of what the ticket itself says, for the agent to go on from."""
    content, context = library.current(), context_json(ticket)
    topic = content.topics.get(ticket.topic or "")
    lines = [topic.title if topic else ticket.category]
    step = context["step"]
    if step:
        place = {"step": step["index"], "steps": step["total"], "title": step["title"]}
        lines.append(content.say("desk_step", **place))
    lines += [
        content.say("desk_detail", title=each["title"], value=each["value"])
        for each in context["details"]
    ]
    lines.append(max(ticket.words, key=len, default="")[:LONGEST_PREFILLED])
    return "\n".join(line for line in lines if line)


class Closings:
    """What agents say of tickets at their end."""

    def __init__(self, services: Services, audit: AuditLog) -> None:
        self._services = services
        self._audit = audit

    def routes(self) -> list[Route]:
        """Return the one route."""
        return [Route("POST", "/tickets/<number:int>/closing", self._conclude)]

    async def asked(self, ticket: Ticket, names: dict[int, Agent]) -> Json:
        """Return what the closing dialog begins with."""
        before = await self._services.desk.ended_before(ticket)
        return {
            "summary": ticket.summary or suggested(ticket),
            "before": before and ticket_json(before, names),
        }

    async def of(self, ticket: Ticket, body: dict[str, Any]) -> Closing:
        """Return what a page says of a ticket, its secrets masked.

        Raises:
            Refused: it is nothing that can be said of one.
        """
        summary, category, solved, needless = (
            body.get(name) for name in ("summary", "category", "solved", "needless")
        )
        known = {topic.category for topic in library.current().topics.values()}
        if summary is not None:
            summary = plain_text(summary).strip()
            if not summary:
                raise bad_request()
            if len(summary) > LONGEST_SUMMARY:
                raise refuse("too_long", "desk_too_long", 413)
            transcript = self._services.transcript
            masked = await mask_in_conversation(
                transcript, ticket.conversation_id, summary, "agent"
            )
            summary = masked.text
        named = category is None or (
            isinstance(category, str) and category in {*known, ticket.category}
        )
        if not named or not all(
            each is None or isinstance(each, bool) for each in (solved, needless)
        ):
            raise bad_request()
        return Closing(summary, category, solved, needless)

    async def _conclude(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        """Change what was said of a ticket that ended: by its agent, a lead, or who has the
        customer now."""
        desk = self._services.desk
        body = json_object(request, "desk_bad_request")
        ticket = await desk.get(number)
        if ticket is None:
            raise refuse("not_found", "desk_not_found", 404)
        now = await desk.open_ticket_of(ticket.conversation_id)
        theirs = agent.id in {ticket.agent_id, now.agent_id if now else None}
        if not theirs and not agent.leads:
            raise refuse("not_yours", "desk_not_yours", 403)
        closing = await self.of(ticket, body)
        if not closing.values:
            raise bad_request()
        ticket = await desk.conclude(number, closing)
        await self._audit.add(agent, "conclude", ticket, solved_word(ticket))
        await publish_queue(self._services.state)
        names = {each.id: each for each in await self._services.agents.all()}
        return response.json({"ticket": ticket_json(ticket, names)})


def solved_word(ticket: Ticket) -> str:
    """Return for the audit log whether the ticket was solved; nothing when nobody said so."""
    return {True: "solved", False: "unsolved", None: ""}[ticket.solved]
