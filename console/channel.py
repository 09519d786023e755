"""Rasa's channel for the console: no customer writes here, agents do. openapi.yml describes it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import yaml
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.accounts import AccountRoutes
from console.agents import AgentRoutes
from console.board import Boards
from console.closing import Closings
from console.content import ContentRoutes
from console.lead import LeadRoutes
from console.login import AuditLog, Logins
from console.push import Push
from console.requests import refuse
from console.routes import Route
from console.teaching import TeachingRoutes
from console.tickets import TicketRoutes
from console.versions import VersionRoutes
from desk import Agent, WrongState
from desk.services import Services, open_services
from infra.secret import load_secret
from server.app import Needs
from server.http import LARGEST_NUMBER, answers_refusals
from studio import open_shelf

OPENAPI = Path(__file__).with_name("openapi.yml")
PAGES = dict.fromkeys(("/desk", "/desk/", "/desk.html"), "/desk.html") | {
    "/desk/preview": "/preview.html"  # how the chat page shows messages, framed by the console
}
SEEN_EVERY = 10.0  # seconds between two notes of an agent's signs of life


class ConsoleInput(InputChannel):
    """Channel `desk`.

    credentials.yml:
        picture_bytes: the largest picture an agent may send.
        proxies: as in `WebInput`; one of the two is enough.
    """

    def __init__(
        self,
        picture_bytes: int = 10_000_000,
        proxies: int = 0,
        services: Services | None = None,
    ) -> None:
        self._proxies = proxies
        self._picture_bytes = picture_bytes
        self._services = services = services or open_services()
        audit = AuditLog(services)
        boards = Boards(services)
        closings = Closings(services, audit)
        self._logins = Logins(services, load_secret(), audit)
        self._push = Push(services, boards)
        shelf = open_shelf()
        self._content = ContentRoutes(services)
        self._teaching = TeachingRoutes(services, self._content, shelf, audit)
        self._routes: list[Route] = [
            *AgentRoutes(services, audit, boards, picture_bytes).routes(),
            *TicketRoutes(services, audit, closings, picture_bytes).routes(),
            *closings.routes(),
            *LeadRoutes(services, audit).routes(),
            *AccountRoutes(services, audit).routes(),
            *self._content.routes(),
            *self._teaching.routes(),
            *VersionRoutes(services, shelf).routes(),
            *self._push.routes(),
            Route("GET", "/openapi.json", self._description),
        ]
        self._openapi = yaml.load(OPENAPI.read_text(encoding="utf8"), yaml.CSafeLoader)

    @classmethod
    def name(cls) -> str:
        """Return `desk`."""
        return "desk"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> ConsoleInput:
        """Create the channel from its part of credentials.yml."""
        return cls(**(credentials or {}))

    def url_prefix(self) -> str:
        """Return where the console's API stands."""
        return "/desk/api"

    def needs(self) -> Needs:
        """Return what the console needs of the server."""
        return Needs(self._picture_bytes, self._proxies, PAGES)

    def blueprint(self, on_new_message: Callable[..., Awaitable[Any]]) -> Blueprint:
        """Return the API; the page itself is among the chat page's files."""
        blueprint = Blueprint("desk_console")

        @blueprint.listener("after_server_start")
        async def begin(app: Any) -> None:
            await self._content.begin()

        @blueprint.listener("before_server_stop")
        async def end(app: Any) -> None:
            self._push.end()
            await self._teaching.end()

        @blueprint.post("/login")
        @answers_refusals
        async def login(request: Request) -> HTTPResponse:
            return await self._logins.log_in(request)

        @blueprint.post("/logout")
        @answers_refusals
        async def logout(request: Request) -> HTTPResponse:
            return await self._logins.log_out(request)

        for each in self._routes:
            handle = answers_refusals(self._admitted(each))
            blueprint.add_route(handle, each.path, methods=[each.method])
        return blueprint

    async def _description(self, request: Request, agent: Agent) -> HTTPResponse:
        return response.json(self._openapi)

    def _admitted(self, route: Route) -> Callable[..., Awaitable[HTTPResponse]]:
        """Return a route's handler, for an agent who is logged in and may use it."""

        async def admitted(request: Request, **named: Any) -> HTTPResponse:
            agent = await self._logins.agent(request, route.lead)
            # A sign of life; or the clock was set back.
            if abs(self._services.clock() - agent.seen_at) > SEEN_EVERY:
                await self._services.agents.seen(agent.id)
            if named.get("number", 0) > LARGEST_NUMBER:
                raise refuse("not_found", "desk_not_found", 404)
            try:
                return await route.handle(request, agent, **named)
            except WrongState:
                raise refuse("taken", "desk_taken", 409) from None

        owner = type(getattr(route.handle, "__self__", self)).__name__
        admitted.__name__ = f"{owner}_{route.method.lower()}_{route.handle.__name__.strip('_')}"
        return admitted
