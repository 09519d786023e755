"""What Rasa's server does whichever channels are open: health, readiness, figures, limits, pages,
and the desk's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Sanic, response
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

import logs
from channels import metrics, readiness
from channels.assets import Assets
from channels.http import error, explain, refuse_odd_lengths
from channels.pictures import ReadPictures
from channels.state import open_state
from channels.watch import Watch
from content import library

PAGES = Path(__file__).resolve().parent.parent / "web" / "dist"
SMALLEST_LIMIT = 100_000  # bytes of a request that any server takes
LAST = 1000  # of response middleware: after Rasa's CORS, which has 999
NO_PAGE = (
    "聊天页面还没有生成：请安装 Node.js（Debian/Ubuntu：sudo apt-get install nodejs npm），"
    "再运行 make page。\n"
)
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_HEADERS = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}


@dataclass(frozen=True)
class Needs:
    """What a channel needs of the server; of several, the server does what each of them needs.

    Args:
        body: bytes of the largest request.
        proxies: how many proxies of ours stand before the server and name the customer's address.
        pages: built files (`/index.html`) by the paths where they stand.
        embedders: origins whose pages may show these pages in a frame.
    """

    body: int = 0
    proxies: int = 0
    pages: Mapping[str, str] = field(default_factory=dict)
    embedders: Sequence[str] = ()


def equip(app: Sanic, channels: Sequence[InputChannel]) -> None:
    """Give a server what it has besides its channels' routes, if any of them is of ours."""
    needs = [channel.needs() for channel in channels if hasattr(channel, "needs")]
    if not needs:
        return
    app.config.update(
        REQUEST_MAX_SIZE=max(SMALLEST_LIMIT, *(each.body + 10_000 for each in needs)),
        PROXIES_COUNT=max(each.proxies for each in needs) or None,
    )
    pages = _Pages(needs)
    logs.follow(app)
    app.add_signal(refuse_odd_lengths, "http.lifecycle.request")
    app.register_middleware(pages.serve, "request")
    app.register_middleware(pages.add_headers, "response")
    app.register_middleware(_drop_lone_credentials, "response", priority=LAST)
    app.error_handler.add(SanicException, explain)
    app.blueprint(_operations())


def _operations() -> Blueprint:
    """Return the routes for those who run the server, and what runs as long as it does."""
    blueprint = Blueprint("operations")
    state, token = open_state(), metrics.token()
    watch = Watch(state)
    pictures = ReadPictures(state)

    @blueprint.listener("after_server_start")
    async def begin(app: Sanic) -> None:
        watch.begin()
        pictures.begin()
        await readiness.warm_up(app)

    @blueprint.listener("before_server_stop")
    async def end(app: Sanic) -> None:
        await pictures.end()
        await watch.end()

    # Load balancers look with HEAD, too.
    @blueprint.route("/health", methods=["GET", "HEAD"])
    async def health(request: Request) -> HTTPResponse:
        return response.json({"status": "ok"})

    @blueprint.route("/ready", methods=["GET", "HEAD"])
    async def ready(request: Request) -> HTTPResponse:
        missing = await readiness.missing(request.app, state)
        status = "not ready" if missing else "ready"
        return response.json({"status": status, "missing": missing}, status=503 if missing else 200)

    @blueprint.get("/metrics")
    async def measured(request: Request) -> HTTPResponse:
        if not metrics.admits(request, token):
            return response.text("403\n", status=403)
        missing = await readiness.missing(request.app, state)
        body = await metrics.exposition(missing)
        return response.raw(body, content_type=metrics.CONTENT_TYPE_LATEST)

    return blueprint


class _Pages:
    """The pages of the open channels, and what stands before and after every route."""

    def __init__(self, needs: Sequence[Needs]) -> None:
        self._pages = {path: file for each in needs for path, file in each.pages.items()}
        self._assets = Assets(PAGES, self._pages)
        embedders = [origin for each in needs for origin in each.embedders]
        self._policy = " ".join([_POLICY, *embedders])

    async def serve(self, request: Request) -> HTTPResponse | None:
        """Answer the pages' files before routing; None lets other routes answer."""
        if request.method not in {"GET", "HEAD"}:
            return _refuse_foreign(request)
        path = request.path
        if path in self._pages or (self._pages and path.startswith("/assets/")):
            if path in self._assets:
                return await self._assets.answer(request)
            return response.text(NO_PAGE, status=503) if path in self._pages else None
        # Otherwise it is Rasa's own greeting.
        return response.text("404\n", status=404) if path == "/" else None

    def add_headers(self, request: Request, answer: HTTPResponse) -> None:
        """Add what every answer has."""
        desk = request.path.startswith("/desk")  # whoever may embed the chat, not the console
        answer.headers.setdefault("Content-Security-Policy", _POLICY if desk else self._policy)
        for name, value in _HEADERS.items():
            answer.headers.setdefault(name, value)
        if "/api/" in request.path:
            answer.headers.setdefault("Cache-Control", "no-store")


def _refuse_foreign(request: Request) -> HTTPResponse | None:
    """Refuse a form or script of another site (CSRF): our page names its own origin."""
    origin = request.headers.get("origin")
    if origin and not same_host(origin, request.host):
        return error(403, "foreign_origin", library.current().say("bad_request"))
    return None


def same_host(origin: str, host: str) -> bool:
    """Tell whether an origin is that of the host asked, the scheme's own port written or not.

    Args:
        origin: as browsers send it: `https://example.com`, `null`.
        host: as the request names it: `example.com:443`.
    """
    scheme, _, named = origin.lower().partition("://")
    port = {"http": ":80", "https": ":443"}.get(scheme, "")
    return bool(named) and named.removesuffix(port) == host.lower().removesuffix(port)


def _drop_lone_credentials(request: Request, answer: HTTPResponse) -> None:
    """Take away what Rasa's CORS adds to every answer but means only for an allowed origin."""
    if answer is not None and "access-control-allow-origin" not in answer.headers:
        for name in ("access-control-allow-credentials", "access-control-expose-headers"):
            answer.headers.pop(name, None)
