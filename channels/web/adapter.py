"""The in-app chat page and its JSON API, served by Rasa's own server; described in openapi.yml."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

import yaml
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels import pictures
from channels.gate import Gate, GateSettings, Handler
from channels.gate.options import welcome
from channels.web.profile import Profile
from channels.web.push import Push
from channels.web.requests import hosts, message_of, origins, phone_of, position_of
from channels.web.session import COOKIE, SESSION_DAYS, BadIdentity, Session, Sessions, identity_key
from channels.web.shown import Shown
from content import library
from desk import Entry
from desk.events import DESK
from desk.feedback import REASONS
from desk.pictures import TYPES
from desk.services import Services, open_services
from infra.channels import channels
from infra.errors import Refused
from infra.secret import load_secret
from infra.text import clean
from server.app import Needs
from server.http import (
    answers_refusals,
    json_object,
    network_of,
    picture_of,
    stored_picture,
)

logger = logging.getLogger(__name__)

OPENAPI = Path(__file__).with_name("openapi.yml")
LONGEST_COMMENT = 500  # characters of a rating's comment
PROFILE_LIMIT = "30/minute"  # what the page around ours tells of one customer
TYPING_LIMIT = "120/minute"  # typing events of one customer that reach agents


class WebInput(InputChannel):
    """Channel `web`. The server makes the session; nobody can choose or read another's.

    credentials.yml: see `GateSettings`, and
        picture_bytes: largest picture.
        embedders: origins (https://app.example.com) whose pages may show ours in a frame.
        links: hosts (help.example.com; *.example.com for those below it) whose https addresses the
            page makes links of; any other address stays text, since anybody could have sent it.
        identity_algorithm: of the app's tokens, whose key is the environment's IDENTITY_KEY.
        profile: what the app may tell of its user, see `Profile`.
        proxies: how many proxies of ours stand before the server and name the customer's address.
    """

    def __init__(
        self,
        picture_bytes: int = 10_000_000,
        embedders: list[str] | None = None,
        links: list[str] | None = None,
        identity_algorithm: str = "HS256",
        profile: dict[str, Any] | None = None,
        proxies: int = 0,
        services: Services | None = None,
        **gate: Any,
    ) -> None:
        secret = load_secret()
        self._settings = GateSettings(**gate)
        self._services = services = services or open_services()
        self._gate = Gate(self.name(), secret, self._settings, services)
        self._sessions = Sessions(secret, identity_key(), identity_algorithm)
        self._profile = Profile(profile)
        self._picture_bytes = picture_bytes
        self._embedders = origins(embedders or [])
        self._proxies = proxies
        self._shown = Shown(self._gate.sign)
        self._push = Push(services, self._shown)
        self._openapi = yaml.load(OPENAPI.read_text(encoding="utf8"), yaml.CSafeLoader)
        self._links = hosts(links or [])

    @classmethod
    def name(cls) -> str:
        """Return `web`."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebInput:
        """Create the channel from its part of credentials.yml.

        Raises:
            ValueError: a setting is unknown or wrong; says which.
        """
        try:
            return cls(**(credentials or {}))
        except TypeError as error:
            unknown = str(error).rpartition(" ")[2]
            raise ValueError(f"credentials.yml: channels.web.WebInput: {unknown}?") from None

    def url_prefix(self) -> str:
        """Return the root, where the API stands beside the page."""
        return "/"

    def needs(self) -> Needs:
        """Return what the page needs of the server."""
        return Needs(
            self._picture_bytes, self._proxies, channels()[self.name()].pages, self._embedders
        )

    # ---- session

    def _session(self, request: Request) -> Session:
        """Return the request's session.

        Raises:
            Refused: there is none.
        """
        session = self._sessions.open(request.cookies.get(COOKIE))
        if session is None:
            raise Refused("no_session", library.current().say("session_expired"), 401)
        return session

    def _set_cookie(self, request: Request, answer: HTTPResponse, token: str) -> None:
        """Set the session's cookie; an empty token takes it away."""
        parts = [f"{COOKIE}={token}", "Path=/", "HttpOnly"]
        parts.append(f"Max-Age={SESSION_DAYS * 24 * 3600 if token else 0}")
        secure = request.scheme == "https"
        # A frame in another site's page gets only cookies marked so, which must be secure.
        parts.append("SameSite=None" if self._embedders and secure else "SameSite=Lax")
        if secure:
            parts += ["Secure", "Partitioned"] if self._embedders else ["Secure"]
        answer.headers.add("Set-Cookie", "; ".join(parts))

    def _renew(self, request: Request, answer: HTTPResponse, session: Session) -> HTTPResponse:
        """Set the cookie anew when it is no longer young: who keeps coming stays known.

        Only where the page is sure who is here: the cookie of an answer that comes late, after a
        logout, would bring the customer back.
        """
        if session.old:
            self._set_cookie(request, answer, self._sessions.renew(session).token)
        return answer

    def _address(self, request: Request) -> str:
        return network_of(str((self._proxies and request.remote_addr) or request.ip))

    # ---- routes

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the page and the API."""
        blueprint = Blueprint("web_channel")
        pictures.serve(self._gate, on_new_message)

        @blueprint.listener("before_server_stop")
        async def end_streams(app: Sanic) -> None:
            self._push.end()

        @blueprint.get("/api/openapi.json")
        async def openapi(request: Request) -> HTTPResponse:
            return response.json(self._openapi)

        @blueprint.post("/api/session")
        @answers_refusals
        async def open_session(request: Request) -> HTTPResponse:
            return await self._open_session(request)

        @blueprint.delete("/api/session")
        async def close_session(request: Request) -> HTTPResponse:
            answer = response.empty()
            self._set_cookie(request, answer, "")
            return answer

        @blueprint.get("/api/messages")
        @answers_refusals
        async def history(request: Request) -> HTTPResponse:
            sender_id = self._session(request).sender_id
            entries = await self._services.transcript.after(sender_id, position_of(request))
            return response.json(
                {
                    "messages": self._shown.messages(sender_id, entries),
                    "status": await self._push.status(sender_id),
                }
            )

        @blueprint.post("/api/messages")
        @answers_refusals
        async def messages(request: Request) -> HTTPResponse:
            session = self._session(request)
            sender_id = session.sender_id
            replies = await self._gate.receive(
                on_new_message, sender_id, **message_of(request), address=self._address(request)
            )
            answer = response.json({"messages": self._shown.messages(sender_id, replies)})
            return self._renew(request, answer, session)

        @blueprint.post("/api/pictures")
        @answers_refusals
        async def send_picture(request: Request) -> HTTPResponse:
            return await self._receive_picture(request)

        @blueprint.get("/api/pictures/<picture_id:str>")
        @answers_refusals
        async def picture(request: Request, picture_id: str) -> HTTPResponse:
            sender_id = self._session(request).sender_id
            store = self._services.pictures
            return await stored_picture(store, sender_id, picture_id, "not_found", unread=True)

        @blueprint.post("/api/typing")
        @answers_refusals
        async def typing(request: Request) -> HTTPResponse:
            sender_id = self._session(request).sender_id
            on = json_object(request).get("on")
            if not isinstance(on, bool):
                raise Refused("bad_request", library.current().say("bad_request"))
            if not await self._gate.spent(TYPING_LIMIT, f"typing:{sender_id}"):
                await self._gate.tell(DESK, kind="typing", conversation=sender_id, on=on)
            return response.empty()

        @blueprint.post("/api/rating")
        @answers_refusals
        async def rating(request: Request) -> HTTPResponse:
            return await self._rate(request)

        @blueprint.post("/api/feedback")
        @answers_refusals
        async def feedback(request: Request) -> HTTPResponse:
            return await self._judge(request)

        @blueprint.post("/api/callback")
        @answers_refusals
        async def call_back(request: Request) -> HTTPResponse:
            sender_id = self._session(request).sender_id
            await self._gate.leave_phone(sender_id, phone_of(request))
            return response.empty()

        @blueprint.delete("/api/callback")
        @answers_refusals
        async def call_not_back(request: Request) -> HTTPResponse:
            await self._gate.leave_phone(self._session(request).sender_id, None)
            return response.empty()

        @blueprint.post("/api/profile")
        @answers_refusals
        async def profile(request: Request) -> HTTPResponse:
            sender_id = self._session(request).sender_id
            told = self._profile.read(json_object(request), signed=False)
            if told and not await self._gate.spent(PROFILE_LIMIT, f"profile:{sender_id}"):
                await self._services.profiles.tell(sender_id, told)
            return response.empty()

        @blueprint.delete("/api/human")
        @answers_refusals
        async def leave_human(request: Request) -> HTTPResponse:
            sender_id = self._session(request).sender_id
            await self._gate.leave_agent(sender_id)
            return response.empty()

        @blueprint.get("/api/events")
        @answers_refusals
        async def events(request: Request) -> None:
            sender_id = self._session(request).sender_id
            await self._push.stream(request, sender_id)

        return blueprint

    async def _open_session(self, request: Request) -> HTTPResponse:
        content = library.current()
        json_object(request)
        bearer = request.headers.get("authorization", "")
        session = self._sessions.open(request.cookies.get(COOKIE))
        known = session
        claims: dict[str, Any] = {}
        if bearer.startswith("Bearer "):
            try:
                session, claims = self._sessions.identify(bearer.removeprefix("Bearer "))
            except BadIdentity as error:
                logger.info("An app's identity was refused: %s", error)
                raise Refused("bad_identity", content.say("bad_identity"), 401) from None
        elif session is None:
            await self._gate.admit(None, self._address(request))
            session = self._sessions.start()
        entries: list[Entry] = []
        try:
            if told := self._profile.read(claims, signed=True):
                await self._services.profiles.tell(session.sender_id, told)
            entries = await self._services.transcript.last(session.sender_id)
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
        (greeting,) = self._shown.messages(session.sender_id, [welcome()])
        answer = response.json(
            {
                "conversation": self._sessions.alias(session),
                "messages": self._shown.messages(session.sender_id, entries) or [greeting],
                "questions": greeting["buttons"],
                "status": await self._push.status(session.sender_id),
                "limits": {
                    "text_bytes": self._settings.max_bytes,
                    "picture_bytes": self._picture_bytes,
                    "picture_types": list(TYPES.values()),
                },
                "links": self._links,
            }
        )
        if known is None or known.sender_id != session.sender_id:
            self._set_cookie(request, answer, session.token)
            return answer
        return self._renew(request, answer, known)

    async def _receive_picture(self, request: Request) -> HTTPResponse:
        sender_id = self._session(request).sender_id
        number, data = picture_of(request, set(TYPES.values()), self._picture_bytes)
        entries = await self._gate.receive_picture(
            sender_id, number or uuid.uuid4().hex, data, self._address(request)
        )
        return response.json({"messages": self._shown.messages(sender_id, entries)})

    async def _judge(self, request: Request) -> HTTPResponse:
        content = library.current()
        sender_id = self._session(request).sender_id
        body = json_object(request)
        key, useful, reason = (body.get(name) for name in ("message", "useful", "reason"))
        if not isinstance(key, str) or not isinstance(useful, bool):
            raise Refused("bad_request", content.say("bad_request"))
        if reason is not None and reason not in REASONS:
            raise Refused("bad_request", content.say("bad_request"))
        if not await self._gate.judge(sender_id, clean(key), useful, reason):
            raise Refused("not_found", content.say("not_found"), 404)
        return response.empty()

    async def _rate(self, request: Request) -> HTTPResponse:
        content = library.current()
        sender_id = self._session(request).sender_id
        body = json_object(request)
        score, comment = body.get("score"), body.get("comment", "")
        if type(score) is not int or score not in range(1, 6):
            raise Refused("bad_rating", content.say("bad_rating"))
        if not isinstance(comment, str) or len(comment) > LONGEST_COMMENT:
            raise Refused("bad_request", content.say("bad_request"))
        entries = await self._gate.rate(sender_id, score, comment)
        return response.json({"messages": self._shown.messages(sender_id, entries)})
