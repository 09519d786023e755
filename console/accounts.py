"""Agents' accounts at the console: made, changed, locked, given a new password. For leads."""

from __future__ import annotations

import secrets
from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.login import AuditLog
from console.requests import bad_request, plain_text, refuse
from console.routes import Route
from console.shown import Json, agent_json
from content import library
from desk import Agent
from desk.agents import ROLES
from desk.events import publish_queue
from desk.services import Services
from server.http import json_object

LONGEST = 64  # characters of a login and a name


class AccountRoutes:
    """The leads' routes for accounts. A password is made here, and told once."""

    def __init__(self, services: Services, audit: AuditLog) -> None:
        self._services = services
        self._audit = audit

    def routes(self) -> list[Route]:
        """Return them."""
        one = "/accounts/<number:int>"
        return [
            Route("GET", "/accounts", self._all, lead=True),
            Route("POST", "/accounts", self._make, lead=True),
            Route("POST", one, self._change, lead=True),
            Route("POST", f"{one}/password", self._reset, lead=True),
        ]

    async def _all(self, request: Request, agent: Agent) -> HTTPResponse:
        known = await self._services.agents.all()
        return response.json({"accounts": [_account_json(each) for each in known]})

    async def _make(self, request: Request, agent: Agent) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        login = plain_text(body.get("login")).strip()
        if not (login.isascii() and login.isprintable() and 1 <= len(login) <= LONGEST):
            raise refuse("bad_request", "desk_bad_account_login", 400)
        name, role, skills = _wanted(body)
        if await self._services.agents.knows(login):
            raise refuse("taken", "desk_login_taken", 409)
        password = secrets.token_urlsafe(12)
        made = await self._services.agents.save(login, password, name, role, skills)
        await self._audit.add(agent, "make account", None, f"{login}: {role}")
        return response.json({"account": _account_json(made), "password": password})

    async def _change(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        name, role, skills = _wanted(body)
        locked = body.get("locked", False)
        if not isinstance(locked, bool):
            raise bad_request()
        before = await self._get(number)
        if before.id == agent.id and (locked or role != "lead"):
            # Somebody must be left who can take it back.
            raise refuse("bad_request", "desk_not_yourself", 400)
        await self._services.agents.change(number, name, role, skills, locked)
        what = [role, "locked" if locked else "open", *skills]
        await self._audit.add(agent, "change account", None, f"{before.login}: {', '.join(what)}")
        await publish_queue(self._services.state)
        return response.json({"account": _account_json(await self._get(number))})

    async def _reset(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        """Give an account a new password, which ends its sessions."""
        before = await self._get(number)
        password = secrets.token_urlsafe(12)
        await self._services.agents.save(
            before.login, password, before.name, before.role, before.skills
        )
        await self._audit.add(agent, "reset password", None, before.login)
        account = _account_json(await self._get(number))
        return response.json({"account": account, "password": password})

    async def _get(self, number: int) -> Agent:
        found = await self._services.agents.get(number)
        if found is None:
            raise refuse("not_found", "desk_not_found", 404)
        return found


def _wanted(body: dict[str, Any]) -> tuple[str, str, list[str]]:
    """Return name, role and skills as a page gives them.

    Raises:
        Refused: they are none of ours.
    """
    name, role, skills = plain_text(body.get("name")).strip(), body.get("role"), body.get("skills")
    known = {topic.category for topic in library.current().topics.values()}
    if not name or len(name) > LONGEST or role not in ROLES:
        raise bad_request()
    if not isinstance(skills, list) or not all(isinstance(each, str) for each in skills):
        raise bad_request()
    if not known.issuperset(skills):
        raise bad_request()
    return name, role, sorted(set(skills))


def _account_json(agent: Agent) -> Json:
    return {**agent_json(agent), "locked": bool(agent.locked)}
