"""What an agent's page asks about agents: who am I, who is there, what may be said."""

from __future__ import annotations

import time
from dataclasses import replace

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.board import FRESH, Boards
from console.login import AuditLog
from console.requests import bad_request
from console.routes import Route
from console.shown import agent_json
from console.tickets import LONGEST_TEXT
from content import library
from desk import Agent
from desk.events import publish_queue
from desk.pictures import TYPES
from desk.services import Services
from server.http import json_object


class AgentRoutes:
    """The routes of every agent that are about no ticket."""

    def __init__(
        self, services: Services, audit: AuditLog, boards: Boards, picture_bytes: int
    ) -> None:
        self._services = services
        self._audit = audit
        self._boards = boards
        self._picture_bytes = picture_bytes

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("GET", "/me", self._me),
            Route("POST", "/here", self._here),
            Route("POST", "/available", self._available),
            Route("GET", "/agents", self._agents),
            Route("GET", "/replies", self._replies),
            Route("GET", "/queue", self._queue),
        ]

    async def _me(self, request: Request, agent: Agent) -> HTTPResponse:
        topics = library.current().topics
        titles = [{"name": name, "title": topic.title} for name, topic in topics.items()]
        return response.json(
            {
                "agent": agent_json(agent),
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
            raise bad_request()
        await self._services.agents.set_available(agent.id, available)
        await self._audit.add(agent, "available" if available else "away")
        await publish_queue(self._services.state)
        return response.json({"agent": agent_json(replace(agent, available=available))})

    async def _agents(self, request: Request, agent: Agent) -> HTTPResponse:
        known = await self._services.agents.all()
        held = (await self._boards.look(time.monotonic() - FRESH)).held
        found = [agent_json(each, len(held.get(each.id, ()))) for each in known if not each.locked]
        return response.json({"agents": found})

    async def _replies(self, request: Request, agent: Agent) -> HTTPResponse:
        return response.json({"replies": [dict(one) for one in library.current().desk.replies]})

    async def _queue(self, request: Request, agent: Agent) -> HTTPResponse:
        return response.json((await self._boards.look(time.monotonic())).of_agent(agent.id))
