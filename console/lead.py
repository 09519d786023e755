"""What only leads see: figures, the audit log."""

from __future__ import annotations

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.login import AuditLog
from console.requests import day_of, number_of
from console.routes import Route
from desk import Agent
from desk.services import Services


class LeadRoutes:
    """The leads' routes."""

    def __init__(self, services: Services, audit: AuditLog) -> None:
        self._services = services
        self._audit = audit

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("GET", "/figures", self._figures, lead=True),
            Route("GET", "/figures.csv", self._figures_csv, lead=True),
            Route("GET", "/tickets.csv", self._tickets_csv, lead=True),
            Route("GET", "/audit", self._audit_log, lead=True),
        ]

    async def _figures(self, request: Request, agent: Agent) -> HTTPResponse:
        day = day_of(request.args.get("day"))
        return response.json(await self._services.figures.day(day))

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
        before = number_of(request.args.get("before"))
        entries = await self._services.agents.audit_log(before)
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


def download(text: str, name: str, kind: str) -> HTTPResponse:
    """Return a text as a file that a browser keeps."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return response.text(text, content_type=f"{kind}; charset=utf-8", headers=headers)
