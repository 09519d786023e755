"""What only leads see: figures, the audit log."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.login import AuditLog
from console.requests import bad_request, day_of, number_of, refuse
from console.routes import Route
from console.shown import message_json
from content import library
from desk import Agent
from desk.conversations import KINDS
from desk.feedback import REASONS
from desk.figures import bounds
from desk.services import Services
from infra.channels import channel_of
from infra.text import clean
from server.http import LARGEST_NUMBER

SPANS = {"day": 1, "week": 7}  # days of one span of a trend
SPANS_SHOWN = 14
LONGEST_TREND = 366  # days


class LeadRoutes:
    """The leads' routes."""

    def __init__(self, services: Services, audit: AuditLog) -> None:
        self._services = services
        self._audit = audit

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("GET", "/figures", self._figures, lead=True),
            Route("GET", "/trends", self._trends, lead=True),
            Route("GET", "/figures.csv", self._figures_csv, lead=True),
            Route("GET", "/agents.csv", self._agents_csv, lead=True),
            Route("GET", "/tickets.csv", self._tickets_csv, lead=True),
            Route("GET", "/audit", self._audit_log, lead=True),
            Route("GET", "/conversations", self._conversations, lead=True),
            Route("GET", "/conversations/<number:int>/messages", self._talk, lead=True),
            Route("GET", "/judged", self._judged, lead=True),
        ]

    async def _figures(self, request: Request, agent: Agent) -> HTTPResponse:
        day = day_of(request.args.get("day"))
        return response.json(await self._services.figures.day(day))

    async def _trends(self, request: Request, agent: Agent) -> HTTPResponse:
        end = day_of(request.args.get("to"))
        begin = day_of(request.args.get("from")) if request.args.get("from") else None
        span = SPANS.get(request.args.get("by") or "day")
        if span is None:
            raise bad_request()
        begin = begin or end - timedelta(days=span * SPANS_SHOWN - 1)
        if (end - begin).days >= LONGEST_TREND:
            raise bad_request()
        return response.json({"spans": await self._services.figures.trend(begin, end, span)})

    async def _agents_csv(self, request: Request, agent: Agent) -> HTTPResponse:
        begin, end = day_of(request.args.get("from")), day_of(request.args.get("to"))
        text = await self._services.figures.agents_csv(begin, end)
        await self._audit.add(agent, "export", None, "agents")
        return download(text, f"agents-{begin}-{end}.csv", "text/csv")

    async def _figures_csv(self, request: Request, agent: Agent) -> HTTPResponse:
        begin, end = day_of(request.args.get("from")), day_of(request.args.get("to"))
        text = await self._services.figures.csv(begin, end)
        await self._audit.add(agent, "export", None, "figures")
        return download(text, f"figures-{begin}-{end}.csv", "text/csv")

    async def _tickets_csv(self, request: Request, agent: Agent) -> HTTPResponse:
        begin, end = day_of(request.args.get("from")), day_of(request.args.get("to"))
        text = await self._services.figures.tickets_csv(begin, end)
        await self._audit.add(agent, "export", None, "tickets")
        return download(text, f"tickets-{begin}-{end}.csv", "text/csv")

    async def _audit_log(self, request: Request, agent: Agent) -> HTTPResponse:
        asked = {name: clean(request.args.get(name, "")[:64]) for name in ("agent", "action")}
        number = clean(request.args.get("ticket", "")[:16]).strip().upper().removeprefix("K")
        ticket = number_of(number)
        if number and (ticket is None or ticket > LARGEST_NUMBER):
            return response.json({"entries": []})  # there is no such ticket
        span = None
        if request.args.get("day"):
            day = day_of(request.args.get("day"))
            span = bounds(day, day, ZoneInfo(library.current().desk.timezone))
        entries = await self._services.agents.audit_log(
            number_of(request.args.get("before")),
            login=asked["agent"] or None,
            action=asked["action"] or None,
            ticket=ticket,
            span=span,
        )
        found = [
            {
                "id": entry.id,
                "time": entry.time,
                "agent": entry.login,
                "action": entry.action,
                "ticket": f"K{entry.ticket_id:06d}" if entry.ticket_id else None,
                "detail": entry.detail,
            }
            for entry in entries
        ]
        return response.json({"entries": found})

    async def _conversations(self, request: Request, agent: Agent) -> HTTPResponse:
        """Return conversations without a human; what customers said is masked."""
        topic, kind = request.args.get("topic") or None, request.args.get("kind") or None
        if kind not in {*KINDS, None} or topic not in {*library.current().topics, None}:
            raise bad_request()
        before = number_of(request.args.get("before"))
        found = await self._services.conversations.talks(topic, kind, before)
        return response.json(
            {
                "conversations": [
                    {
                        "id": each.seq,
                        "channel": _channel_title(each.conversation_id),
                        "began": each.began,
                        "ended": each.ended,
                        "count": each.count,
                        "said": each.said or library.current().say("a_picture"),
                    }
                    for each in found
                ]
            }
        )

    async def _talk(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        entries = await self._services.conversations.messages(number)
        if not entries:
            raise refuse("not_found", "desk_not_found", 404)
        await self._audit.add(agent, "read conversation", None, str(number))
        return response.json({"messages": [message_json(None, entry) for entry in entries]})

    async def _judged(self, request: Request, agent: Agent) -> HTTPResponse:
        days = min(number_of(request.args.get("days")) or 30, 366)
        topics = library.current().topics
        found = await self._services.feedback.judged(days)
        return response.json(
            {
                "topics": [
                    {
                        "name": each.topic,
                        "title": topics[each.topic].title if each.topic in topics else each.topic,
                        "useful": each.useful,
                        "unhelpful": each.unhelpful,
                        "reasons": {reason: each.reasons[reason] for reason in REASONS},
                        "questions": each.questions,
                    }
                    for each in found
                ]
            }
        )


def _channel_title(conversation_id: str) -> str:
    channel = channel_of(conversation_id)
    return channel.title if channel else ""


def download(text: str, name: str, kind: str) -> HTTPResponse:
    """Return a text as a file that a browser keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return response.text(text, content_type=f"{kind}; charset=utf-8", headers=headers)
