"""Who an agent is: by password once, then by our signed cookie."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import uuid

import jwt
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.requests import bad_request, plain_text, refuse
from console.shown import Json, agent_json
from desk import Agent, Ticket
from desk.services import Services
from server.http import json_object, network_of

logger = logging.getLogger(__name__)

COOKIE = "ok_agent"
SESSION_HOURS = 12
LONGEST_PASSWORD = 1000  # characters
LOGIN_LIMIT = "5/minute"  # tries of one login
ADDRESS_LIMIT = "20/minute"  # failures from one network address


class AuditLog:
    """Writes down what agents do."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def add(
        self, agent: Agent | str, action: str, ticket: Ticket | None = None, detail: str = ""
    ) -> None:
        """Write one entry."""
        number = ticket.id if ticket else None
        await self._services.agents.note(agent, action, number, detail)


class Logins:
    """Logs agents in and out, and knows them again.

    Args:
        services: what lasts and is shared.
        secret: signs the cookies.
        audit: the audit log.
    """

    def __init__(self, services: Services, secret: bytes, audit: AuditLog) -> None:
        self._services = services
        self._secret = secret
        self._audit = audit
        self._checking = asyncio.Lock()

    async def agent(self, request: Request, lead: bool = False) -> Agent:
        """Return the agent of the request's session.

        Raises:
            Refused: there is none, or no lead where one is asked for.
        """
        claims = self._claims(request)
        number = int(claims.get("sub", 0))
        agent = await self._services.agents.get(number) if number else None
        # A new password ends the sessions of the old one.
        gone = agent is None or agent.locked or claims["pw"] != _mark(agent)
        if gone or agent is None or await self._ended(claims["jti"]):
            raise refuse("no_session", "desk_no_session", 401)
        if lead and not agent.leads:
            raise refuse("leads_only", "desk_leads_only", 403)
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
            return await self._services.state.get(f"ended:{session}") is not None
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return False

    async def log_in(self, request: Request) -> HTTPResponse:
        """Answer a login and a password with a session.

        Raises:
            Refused: they are wrong, or tried too often.
        """
        body = json_object(request, "desk_bad_request")
        login, password = (plain_text(body.get(name)) for name in ("login", "password"))
        if not login or not password or len(password) > LONGEST_PASSWORD:
            raise bad_request()
        who = hashlib.sha256(login.encode()).hexdigest()
        # An office's agents share an address and come at the same hour: there, only failures count.
        address = f"login:{network_of(request.remote_addr or request.ip)}"
        wait = await self._services.state.hit(LOGIN_LIMIT, f"login:{who}")
        if wait:
            raise refuse("too_many", "desk_too_many", 429, wait)
        async with self._checking:  # one at a time, so that parallel tries cannot outrun the count
            wait = await self._services.state.spent(ADDRESS_LIMIT, address)
            if wait:
                raise refuse("too_many", "desk_too_many", 429, wait)
            agent = await self._services.agents.check(login, password)
            if agent is None:
                await self._services.state.hit(ADDRESS_LIMIT, address)
        if agent is None:
            known = await self._services.agents.knows(login)
            await self._audit.add(login if known else _hinted(login), "login refused")
            raise refuse("bad_login", "desk_bad_login", 401)
        await self._audit.add(agent, "login")
        answer = response.json({"agent": agent_json(agent)})
        expires = int(time.time()) + SESSION_HOURS * 3600
        claims = {"sub": str(agent.id), "aud": "desk", "exp": expires, "pw": _mark(agent)}
        claims["jti"] = uuid.uuid4().hex
        _set_cookie(request, answer, jwt.encode(claims, self._secret, algorithm="HS256"))
        return answer

    async def log_out(self, request: Request) -> HTTPResponse:
        """End a session.

        Raises:
            Refused: there is none.
        """
        agent = await self.agent(request)
        # Customers must not wait for an agent who has left.
        await self._services.agents.seen(agent.id, away=True)
        await self._audit.add(agent, "logout")
        session = self._claims(request)["jti"]
        await self._services.state.put(f"ended:{session}", "1", SESSION_HOURS * 3600)
        answer = response.empty()
        _set_cookie(request, answer, "")
        return answer


def _mark(agent: Agent) -> str:
    return hashlib.sha256(agent.password.encode()).hexdigest()[:16]


def _hinted(login: str) -> str:
    """Return only the beginning of an unknown login: it may be a password in the wrong field."""
    return f"{login[: min(3, len(login) // 2)]}****"


def _set_cookie(request: Request, answer: HTTPResponse, token: str) -> None:
    parts = [f"{COOKIE}={token}", "Path=/desk", "HttpOnly", "SameSite=Strict"]
    parts.append(f"Max-Age={SESSION_HOURS * 3600 if token else 0}")
    if request.scheme == "https":
        parts.append("Secure")
    answer.headers.add("Set-Cookie", "; ".join(parts))
