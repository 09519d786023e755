"""What the stand-ins of WeChat and Weibo share: a server in a thread of its own that plays the
platform's API, deliveries to the assistant's webhook, what users see, and faults on demand.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
import time
from abc import abstractmethod
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitTimeoutError
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, NamedTuple, TypeVar

import aiohttp
from aiohttp import web
from yarl import URL

ANSWER_SECONDS = 5.0  # both platforms cut the connection then
DELIVERIES = 3  # of one message, then the platform gives up
PATIENCE = 60.0  # seconds that a test waits for the end of a delivery
LARGEST_REQUEST = 32 * 1024 * 1024

Handler = Callable[["Call"], "web.Response | Awaitable[web.Response]"]
Json = dict[str, Any]


def signature(*parts: str) -> str:
    """Return the SHA-1 that both platforms sign with: of the parts, sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode()).hexdigest()


class Clock:
    """The platform's clock for tokens, media and reply windows; signatures use the real time."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let that many seconds pass."""
        self._ahead += seconds


@dataclass(frozen=True)
class Choice:
    """One thing to click on, and what the click sends."""

    id: str
    title: str
    sends: str


@dataclass
class Item:
    """One thing that a user sees.

    `via`: "passive" (the webhook's answer), "api" (the assistant's call) or "platform" (the
    platform's own words). `kind`: the message type. `picture`: the bytes of an image.
    """

    via: str
    kind: str
    text: str = ""
    choices: list[Choice] = field(default_factory=list)
    picture: bytes | None = None
    kf_account: str = ""
    links: list[str] = field(default_factory=list)

    @property
    def options(self) -> list[str]:
        """What there is to click on, in order."""
        return [choice.title for choice in self.choices]


@dataclass(frozen=True)
class Exchange:
    """A request and its answer, decrypted, with every secret value masked.

    `to`: "assistant" or "platform". `status`: None when no answer came.
    """

    to: str
    method: str
    path: str
    query: str
    request: str
    status: int | None
    answer: str
    milliseconds: int
    cut: bool = False


@dataclass
class Attempt:
    """One delivery of a message: `status` is None without an answer; `body` is decrypted."""

    status: int | None = None
    body: str = ""
    raw: bytes = b""
    content_type: str = ""
    seconds: float = 0.0
    cut: bool = False


@dataclass
class Delivery:
    """A message on its way to the assistant, with all attempts. `shown`: the passive reply."""

    attempts: list[Attempt] = field(default_factory=list)
    shown: Item | None = None
    gave_up: bool = False
    _future: Future[None] | None = None

    @property
    def reply(self) -> str | None:
        """The text of the passive reply."""
        return self.shown.text if self.shown else None

    @property
    def ended(self) -> bool:
        return self._future is None or self._future.done()

    def wait(self, seconds: float = PATIENCE) -> Delivery:
        """Return when the last attempt has ended; AssertionError when that takes longer."""
        if self._future:
            try:
                self._future.result(seconds)
            except WaitTimeoutError:
                raise AssertionError(f"still being delivered after {seconds} s: {self}") from None
        return self


class RawAnswer(NamedTuple):
    """The answer to a request that a test made up."""

    status: int
    body: bytes


@dataclass
class Outgoing:
    """One request to the webhook. `plain`: its body as a person reads it."""

    query: dict[str, str]
    body: bytes
    headers: dict[str, str]
    plain: str
    keys: Any = None


@dataclass
class Call:
    """One request to the platform's API."""

    request: web.Request
    body: bytes

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query


class Refusal(Exception):
    """The API's error answer. `fault`: what the assistant did against the protocol, if it did."""

    def __init__(self, code: int, message: str = "", fault: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.fault = code, message, fault


class Wrong(Exception):
    """A passive reply that the platform does not understand; the text says what is wrong."""


@dataclass
class _Plan:
    """A fault that the API shows on purpose, that many times."""

    kind: str
    left: float
    code: int = 0
    seconds: float = 0.0
    processed: bool = False


class Person:
    """A user of the platform: `inbox` is everything that the user sees, in order."""

    id: Any  # who the user is to the account

    def __init__(self) -> None:
        self.inbox: list[Item] = []
        self._taken: set[int] = set()
        self._news = threading.Condition()
        self._watchers: list[Callable[[Item], None]] = []

    @abstractmethod
    def says(self, text: str, wait: bool = True) -> Delivery:
        """Send a text; with `wait`, return when delivery ended."""

    def watch(self, watcher: Callable[[Item], None]) -> None:
        """Call it with everything the user sees from now on, in the stand-in's thread."""
        self._watchers.append(watcher)

    def sees(self, item: Item) -> None:
        """Show something to the user (called by the stand-in)."""
        with self._news:
            self.inbox.append(item)
            self._news.notify_all()
        for watcher in self._watchers:
            watcher(item)

    def waits_for(self, text: str, seconds: float = PATIENCE) -> Item:
        """Return the first item with that text or option that no earlier call has returned.

        Raises:
            AssertionError: none came in time; it tells what was seen instead.
        """
        until = time.monotonic() + seconds
        with self._news:
            while True:
                for number, item in enumerate(self.inbox):
                    found = text in item.text or any(text in title for title in item.options)
                    if found and number not in self._taken:
                        self._taken.add(number)
                        return item
                left = until - time.monotonic()
                if left <= 0:
                    seen = [
                        f"{'(taken) ' if number in self._taken else ''}{item.via}: {item.text!r}"
                        for number, item in enumerate(self.inbox)
                    ]
                    raise AssertionError(f"no {text!r} in {seconds} s; seen: {seen}")
                self._news.wait(left)


Who = TypeVar("Who", bound=Person)
Self = TypeVar("Self", bound="StandIn[Any]")


class StandIn[Who: Person]:
    """A platform in a thread of its own. Subclasses know its protocol.

    Attributes:
        base_url: of the API.
        clock: what tokens and reply windows go by.
        faults: everything the assistant did against the protocol, one sentence each.
        traffic: every request in both directions.
        troubles: how many calls met a fault or were refused, by path of the API.
        answer_seconds: after which it hangs up on a delivery.
        passive_counts: whether an answer at once is one of the messages that it allows.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self.faults: list[str] = []
        self.traffic: list[Exchange] = []
        self.troubles: Counter[str] = Counter()
        self.webhook = ""
        self.answer_seconds = ANSWER_SECONDS
        self.passive_counts = False
        self._secrets: set[str] = set()
        self._users: dict[Any, Who] = {}
        self._watchers: list[Callable[[Exchange], None]] = []
        self._plans: dict[str, list[_Plan]] = {}
        self._losses: list[float] = []
        self._routes = self._routing()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.base_url = self._wait(self._start())

    # -- what the platform's own rules are

    @abstractmethod
    def user(self) -> Who:
        """Return a new user who has not written yet."""

    @abstractmethod
    def _routing(self) -> dict[tuple[str, str], Handler]:
        """Return the API: (method, path) to handler."""

    @abstractmethod
    def _refuse(self, refusal: Refusal, call: Call) -> web.Response:
        """Return the API's error answer."""

    @abstractmethod
    def _signed(self) -> dict[str, str]:
        """Return a new timestamp and nonce with their signature."""

    @abstractmethod
    def _settles(self, delivery: Delivery, person: Who, sent: Outgoing, attempt: Attempt) -> bool:
        """Judge an answer of the webhook; return whether the delivery ends with it."""

    @abstractmethod
    def _gives_up(self, person: Who, sent: Outgoing) -> None:
        """End a delivery that was never answered."""

    # -- life

    async def _start(self) -> str:
        app = web.Application(client_max_size=LARGEST_REQUEST)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, shutdown_timeout=0.1)
        await site.start()
        self._client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(force_close=True, limit=0),
            skip_auto_headers=("User-Agent",),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        port = self._runner.addresses[0][1]
        return f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        """End the server and everything under way."""
        if self._loop.is_closed():
            return

        async def end() -> None:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            await self._client.close()
            await self._runner.cleanup()

        self._wait(end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    # -- faults on demand

    def fail(self, path: str, code: int, times: float = 1) -> None:
        """Answer that path with the error code; nothing else happens."""
        self._plan(path, _Plan("fail", times, code=code))

    def hang(self, path: str, seconds: float, times: float = 1) -> None:
        """Do what is asked on that path, but answer that much later."""
        self._plan(path, _Plan("hang", times, seconds=seconds, processed=True))

    def drop(self, path: str, times: float = 1, processed: bool = False) -> None:
        """Close the connection without an answer; `processed`: after doing what is asked."""
        self._plan(path, _Plan("drop", times, processed=processed))

    def garbage(self, path: str, times: float = 1, status: int = 200) -> None:
        """Answer that path with a gateway's HTML page."""
        self._plan(path, _Plan("garbage", times, code=status))

    def lose(self, times: int = 1, after: float = math.inf) -> None:
        """Break the connection of the next deliveries, so that each is made again.

        That is when the answer is there, unread, or `after` so many seconds. The last delivery of a
        message is spared.
        """
        self._losses += [after] * times

    def heal(self) -> None:
        """Cancel all faults on demand (`times` may be math.inf)."""
        self._plans.clear()
        self._losses.clear()

    def _plan(self, path: str, plan: _Plan) -> None:
        if not any(path == known for _, known in self._routes):
            raise ValueError(f"no such path: {path}")
        self._plans.setdefault(path, []).append(plan)

    def _next_plan(self, path: str) -> _Plan | None:
        for plan in self._plans.get(path, []):
            if plan.left > 0:
                plan.left -= 1
                return plan
        return None

    # -- the API

    def calls(self, path: str) -> int:
        """Return how often the assistant called that path of the API."""
        return sum(1 for each in self.traffic if each.to == "platform" and each.path == path)

    async def _serve(self, request: web.Request) -> web.Response:
        begun = time.monotonic()
        call = Call(request, await request.read())
        plan = self._next_plan(request.path)
        self.troubles[request.path] += plan is not None
        answer = None
        if plan is None or plan.processed:
            answer = await self._answer(call)
        if plan and plan.kind == "fail":
            answer = self._refuse(Refusal(plan.code, "ordered by the test"), call)
        elif plan and plan.kind == "garbage":
            page = "<html>502 Bad Gateway</html>"
            answer = web.Response(text=page, content_type="text/html", status=plan.code)
        elif plan and plan.kind == "hang":
            await asyncio.sleep(plan.seconds)
        elif plan and plan.kind == "drop":
            answer = None
            if request.transport:
                request.transport.abort()
        self._record(
            Exchange(
                "platform",
                request.method,
                request.path,
                request.query_string,
                _readable(call.body, request.content_type),
                None if answer is None else answer.status,
                "" if answer is None else _readable(answer.body, answer.content_type),
                round((time.monotonic() - begun) * 1000),
            )
        )
        return web.Response() if answer is None else answer

    async def _answer(self, call: Call) -> web.Response:
        method, path = call.request.method, call.request.path
        handler = self._routes.get((method, path))
        try:
            if handler is None:
                if any(path == known for _, known in self._routes):
                    raise Refusal(*self._wrong_method(method), fault="wrong method")
                self._fault(f"{method} {path}: the platform has no such path")
                return web.Response(status=404, text="404 page not found")
            answer = handler(call)
            return answer if isinstance(answer, web.Response) else await answer
        except Refusal as refusal:
            self.troubles[path] += 1
            if refusal.fault:
                self._fault(f"{method} {path}: {refusal.fault}")
            return self._refuse(refusal, call)

    @abstractmethod
    def _wrong_method(self, method: str) -> tuple[int, str]:
        """Return the error for a call with this method where another is asked for."""

    def _fault(self, sentence: str) -> None:
        self.faults.append(self._mask(sentence))

    # -- deliveries

    def connect(self, webhook_url: str) -> bool:
        """Set the address that messages go to, and verify it as the platform does.

        Returns:
            Whether the echostr came back verbatim with status 200.
        """
        self.webhook = webhook_url
        echo = str(time.time_ns()) + "Zz8"
        query = {**self._signed(), "echostr": echo}
        attempt = self._wait(self._request("GET", Outgoing(query, b"", {}, "")))
        if attempt.status == 200 and attempt.content_type != "text/plain":
            self._fault(f"echostr came as {attempt.content_type}, which a browser may interpret")
        return bool(attempt.status == 200 and attempt.raw == echo.encode())

    def deliver_raw(
        self,
        query: Mapping[str, str],
        body: bytes | str,
        headers: Mapping[str, str] | None = None,
        method: str = "POST",
    ) -> RawAnswer:
        """Send the webhook what a test made up; the answer is not judged. Status 0: no answer."""
        data = body.encode() if isinstance(body, str) else body
        sent = Outgoing(dict(query), data, dict(headers or {}), _readable(data, ""))
        attempt = self._wait(self._request(method, sent))
        return RawAnswer(attempt.status or 0, attempt.raw)

    def _send(self, person: Who, outgoing: Callable[[], Outgoing], wait: bool) -> Delivery:
        delivery = Delivery()
        work = self._deliver(delivery, person, outgoing)
        delivery._future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return delivery.wait() if wait else delivery

    async def _deliver(
        self, delivery: Delivery, person: Who, outgoing: Callable[[], Outgoing]
    ) -> None:
        for place in range(DELIVERIES):
            sent = outgoing()
            loss = self._losses.pop(0) if self._losses and place + 1 < DELIVERIES else None
            attempt = await self._request("POST", sent, loss)
            delivery.attempts.append(attempt)
            if self._settles(delivery, person, sent, attempt):
                return
        delivery.gave_up = True
        statuses = ["cut" if each.cut else each.status for each in delivery.attempts]
        self._fault(f"no good answer to {DELIVERIES} deliveries ({statuses}) of {sent.plain}")
        self._gives_up(person, sent)

    async def _request(self, method: str, sent: Outgoing, loss: float | None = None) -> Attempt:
        """Send the webhook one request; read its answer if it comes in time, and is not lost."""
        attempt = Attempt()
        begun = time.monotonic()
        seconds = min(self.answer_seconds, math.inf if loss is None else loss)
        try:
            await asyncio.wait_for(self._exchange(method, sent, attempt), seconds)
        except TimeoutError:
            attempt = Attempt(cut=True)
        except (aiohttp.ClientError, OSError):
            attempt = Attempt()
        if loss is not None:
            attempt = Attempt(cut=True)
        attempt.seconds = time.monotonic() - begun
        attempt.body = self._opened(sent, attempt.raw)
        self._record(
            Exchange(
                "assistant",
                method,
                URL(self.webhook).path,
                "&".join(f"{key}={value}" for key, value in sent.query.items()),
                sent.plain,
                attempt.status,
                attempt.body,
                round(attempt.seconds * 1000),
                attempt.cut,
            )
        )
        return attempt

    async def _exchange(self, method: str, sent: Outgoing, attempt: Attempt) -> None:
        async with self._client.request(
            method,
            self.webhook,
            params=sent.query,
            data=sent.body or None,
            headers=sent.headers,
            allow_redirects=False,
        ) as answer:
            attempt.raw = await answer.read()
            attempt.status, attempt.content_type = answer.status, answer.content_type

    def _opened(self, sent: Outgoing, raw: bytes) -> str:
        """Return an answer of the webhook as a person reads it."""
        return raw.decode("utf8", "replace")

    # -- the record

    def watch(self, watcher: Callable[[Exchange], None]) -> None:
        """Call it with every exchange from now on, in the stand-in's thread."""
        self._watchers.append(watcher)

    def _record(self, exchange: Exchange) -> None:
        masked = Exchange(
            exchange.to,
            exchange.method,
            exchange.path,
            self._mask(exchange.query),
            self._mask(exchange.request),
            exchange.status,
            self._mask(exchange.answer),
            exchange.milliseconds,
            exchange.cut,
        )
        self.traffic.append(masked)
        for watcher in self._watchers:
            watcher(masked)

    def _mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _readable(body: Any, content_type: str) -> str:
    """Return a body as text, or how many bytes of what it is."""
    if not isinstance(body, bytes):
        return ""
    text = body.decode("utf8", "replace")
    if content_type.startswith(("image/", "multipart/")) or "\x00" in text:
        return f"<{len(body)} bytes {content_type}>"
    return text
