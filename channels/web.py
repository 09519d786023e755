"""The in-app chat page and its JSON API, served by Rasa's own server."""

from __future__ import annotations

import hashlib
import logging
import mimetypes
import secrets
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

import aiohttp
import jwt
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.shared.core.events import BotUttered, UserUttered
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.gate import Gate, Handler, Message, Refused, TurnOutput
from channels.secret import load_secret
from content import library
from desk import open_desk

logger = logging.getLogger(__name__)

PAGE = Path(__file__).resolve().parent.parent / "web" / "dist"
COOKIE = "ok_session"
SESSION_DAYS = 30
LONGEST_ID = 64  # characters of the id a client gives a message
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data: blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
NO_PAGE = (
    "聊天页面还没有生成：请安装 Node.js（Debian/Ubuntu：sudo apt-get install nodejs npm），"
    "再运行 make web。\n"
)


class _RootBlueprint(Blueprint):
    """A blueprint whose middleware sees every request: `/` is Rasa's own greeting otherwise."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Register the routes, and what answers before and after all routes."""
        app.register_middleware(self.ctx.serve_page, "request")
        app.register_middleware(_add_headers, "response")
        super().register(app, options)


class WebInput(InputChannel):
    """Channel `web`. The server makes the session; nobody can choose or read another's.

    credentials.yml: `max_bytes` (longest message), `deadline` (seconds until "it takes longer").
    """

    def __init__(self, max_bytes: int = 4000, deadline: float = 20) -> None:
        self._secret = load_secret()
        self._gate = Gate(self.name(), self._secret, max_bytes, deadline)
        self._files = {
            "/" + str(path.relative_to(PAGE)): path for path in PAGE.rglob("*") if path.is_file()
        }

    @classmethod
    def name(cls) -> str:
        """Return `web`."""
        return "web"

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebInput:
        """Create the channel from its part of credentials.yml."""
        return cls(**(credentials or {}))

    def url_prefix(self) -> str:
        """Return the root, so that the page stands at `/`."""
        return "/"

    # ---- session

    def _sender(self, request: Request) -> str | None:
        """Return the conversation of the request's signed cookie."""
        try:
            claims = jwt.decode(
                request.cookies.get(COOKIE, ""),
                self._secret,
                algorithms=["HS256"],
                options={"require": ["exp", "sub"]},
            )
        except jwt.InvalidTokenError:
            return None
        return f"web-{claims['sub']}"

    def _set_cookie(self, request: Request, answer: HTTPResponse, subject: str) -> None:
        lasts = SESSION_DAYS * 24 * 3600
        answer.cookies[COOKIE] = jwt.encode(
            {"sub": subject, "exp": int(time.time()) + lasts}, self._secret, algorithm="HS256"
        )
        cookie = answer.cookies[COOKIE]
        cookie["httponly"] = True
        cookie["samesite"] = "Lax"
        cookie["max-age"] = lasts
        cookie["path"] = "/"
        cookie["secure"] = request.scheme == "https"

    # ---- routes

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the page and the API."""
        blueprint = _RootBlueprint("web_channel")
        blueprint.ctx.serve_page = self._serve_page

        @blueprint.listener("after_server_start")
        async def warm_up(app: Sanic, loop: Any) -> None:
            await _warm_up(app)

        @blueprint.get("/health")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.get("/ready")
        async def ready(request: Request) -> HTTPResponse:
            missing = await _missing(request.app)
            status = "not ready" if missing else "ready"
            return response.json(
                {"status": status, "missing": missing}, status=503 if missing else 200
            )

        @blueprint.post("/api/session")
        async def session(request: Request) -> HTTPResponse:
            sender_id = self._sender(request)
            if sender_id:
                history = await self._history(request.app, sender_id)
                return response.json({"messages": history or [self._welcome(sender_id)]})
            subject = secrets.token_urlsafe(18)
            answer = response.json({"messages": [self._welcome(f"web-{subject}")]})
            self._set_cookie(request, answer, subject)
            return answer

        @blueprint.post("/api/messages")
        async def messages(request: Request) -> HTTPResponse:
            sender_id = self._sender(request)
            if sender_id is None:
                return _error(401, "no_session", library.current().say("session_expired"))
            try:
                said = _read(request)
                replies = await self._gate.receive(on_new_message, sender_id, **said)
            except Refused as refusal:
                return _error(refusal.status, refusal.code, str(refusal))
            shown = [
                _public(each, number=_reply_id(said["message_id"], place))
                for place, each in enumerate(replies)
            ]
            return response.json({"messages": shown})

        return blueprint

    async def _serve_page(self, request: Request) -> HTTPResponse | None:
        """Answer the page's files before routing; None lets other routes answer."""
        if request.method not in {"GET", "HEAD"}:
            return _refuse_foreign(request)
        if request.path == "/" and "/index.html" not in self._files:
            return response.text(NO_PAGE, status=503)
        path = self._files.get("/index.html" if request.path == "/" else request.path)
        if path is None:
            return None
        kept = "max-age=31536000, immutable" if "/assets/" in request.path else "no-cache"
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return await response.file(path, mime_type=kind, headers={"Cache-Control": kept})

    # ---- messages

    def _welcome(self, sender_id: str) -> dict[str, Any]:
        content = library.current()
        buttons = [
            {
                "title": content.topics[name].title,
                "token": self._gate.sign(sender_id, content.topics[name].title, f"/{name}"),
            }
            for name in content.settings.common_questions
        ]
        welcome = _public(Message(content.say("welcome")), number="welcome")
        return {**welcome, "buttons": buttons}

    async def _history(self, app: Sanic, sender_id: str) -> list[dict[str, Any]]:
        """Return the conversation so far, oldest first."""
        tracker = await app.ctx.agent.tracker_store.retrieve_full_tracker(sender_id)
        found: list[dict[str, Any]] = []
        number, replies = "", 0
        for event in tracker.events if tracker else ():
            if isinstance(event, UserUttered) and event.text:
                number, replies = event.message_id or "", 0
                title = (event.metadata or {}).get("title")
                said = Message(title or event.text)
                found.append(_public(said, "customer", number, event.timestamp))
            elif isinstance(event, BotUttered) and event.text:
                said = self._gate.shape(
                    sender_id,
                    {**event.data, "text": event.text, "step": event.metadata.get("step")},
                )
                found.append(_public(said, "bot", _reply_id(number, replies), event.timestamp))
                replies += 1
        return found


def _reply_id(message_id: str, place: int) -> str:
    """Return the id of an answer by its place (from 0) after a message; always the same."""
    return hashlib.sha256(f"{message_id}\n{place}".encode()).hexdigest()[:24]


def _public(
    message: Message, author: str = "bot", number: str = "", moment: float | None = None
) -> dict[str, Any]:
    """Return a message as the page reads it; `moment` in seconds since 1970, now if not given."""
    return {
        "id": number,
        "from": author,
        **asdict(message),
        "time": time.time() if moment is None else moment,
    }


def _read(request: Request) -> dict[str, Any]:
    """Return text or button and id of a message's JSON body; without an id, a new one.

    Raises:
        Refused: not a JSON object with exactly one of `text` and `button`, all strings.
    """
    try:
        body = request.json
    except Exception:
        body = None
    if not isinstance(body, dict):
        raise Refused("bad_request", library.current().say("bad_request"))
    text, button, number = body.get("text"), body.get("button"), body.get("id")
    strings = all(isinstance(each, str) for each in (text, button, number) if each is not None)
    if not strings or (text is None) == (button is None) or len(number or "") > LONGEST_ID:
        raise Refused("bad_request", library.current().say("bad_request"))
    return {"text": text, "button": button, "message_id": number or uuid.uuid4().hex}


def _error(status: int, code: str, sentence: str) -> HTTPResponse:
    return response.json({"error": {"code": code, "message": sentence}}, status=status)


def _refuse_foreign(request: Request) -> HTTPResponse | None:
    """Refuse a form or script of another site (CSRF): our page names its own origin."""
    origin = request.headers.get("origin")
    if origin and origin.partition("://")[2] != request.host:
        return _error(403, "foreign_origin", library.current().say("bad_request"))
    return None


def _add_headers(request: Request, answer: HTTPResponse) -> None:
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)


async def _missing(app: Sanic) -> list[str]:
    """Return what is not there yet: the model (warm), the action server, the desk's database."""
    missing = []
    agent = getattr(app.ctx, "agent", None)
    if agent is None or not agent.is_ready() or not getattr(app.ctx, "warm", False):
        missing.append("model")
    url = agent.action_endpoint.url.rsplit("/", 1)[0] + "/health" if agent else None
    try:
        timeout = aiohttp.ClientTimeout(total=2)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(url or "") as found:
            found.raise_for_status()
    except Exception:
        missing.append("actions")
    try:
        open_desk().waiting()
    except Exception:
        missing.append("desk")
    return missing


async def _warm_up(app: Sanic) -> None:
    """Run one turn that is not kept: dictionaries load now and not at the first customer."""
    processor = app.ctx.agent.processor
    message = UserMessage("你好", TurnOutput("web"), "warm-up", input_channel="web")
    try:
        tracker = await processor.log_message(message, should_save_tracker=False)
        await processor.run_action_extract_slots(message.output_channel, tracker)
        await processor._run_prediction_loop(message.output_channel, tracker)
    except Exception as error:
        logger.warning("Warm-up failed: %s", type(error).__name__)
    app.ctx.warm = True
