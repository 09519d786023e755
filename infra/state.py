"""What several workers must agree on for a while: claims, short values, limits, events.

In the process by default; in Redis with one line of endpoints.yml (`state: url: redis://...`), as
several workers need it. What must never be lost is in the desk's database instead.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterator
from functools import lru_cache

from limits import parse
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from infra.settings import endpoint

logger = logging.getLogger(__name__)

KEY_LIMIT = 100_000  # kept in the process; the oldest go first
SWEPT = 30.0  # seconds between looks for keys in the process whose time is over
EVENTS_LIMIT = 1_000  # that a listener may be behind


class State(ABC):
    """Shared short-lived state. Keys and values are text, times are seconds.

    A Redis that is away raises `redis.exceptions.RedisError`. `shared`: with other processes.
    """

    shared = False

    @abstractmethod
    async def claim(self, key: str, value: str, seconds: float) -> bool:
        """Set a key that is not set; return whether it was this call that set it."""

    @abstractmethod
    async def renew(self, key: str, value: str, seconds: float) -> bool:
        """Set a key that is not set or holds that value already, in one step.

        Returns:
            Whether it holds the value now; False: it holds another one, which stays.
        """

    @abstractmethod
    async def put(self, key: str, value: str, seconds: float) -> None:
        """Set a key for so many seconds."""

    @abstractmethod
    async def get(self, key: str) -> str | None:
        """Return a key's value; None when it is not set or its time is over."""

    @abstractmethod
    async def drop(self, key: str, value: str | None = None) -> None:
        """Forget a key; with `value`, only while that is what it holds."""

    @abstractmethod
    async def publish(self, topic: str, event: str) -> None:
        """Tell everybody who listens to the topic, in every worker."""

    @abstractmethod
    def listen(self, topic: str) -> contextlib.AbstractAsyncContextManager[Listener]:
        """Listen to a topic; nothing published after entering is missed.

        A channel's name with a hyphen (`wechat-`) stands for all its conversations.
        """

    @abstractmethod
    async def ping(self) -> None:
        """Raise what is wrong when the state cannot be used."""

    @abstractmethod
    async def close(self) -> None:
        """Let go of connections."""

    @property
    @abstractmethod
    def limiter(self) -> FixedWindowRateLimiter:
        """Return the counter of limits."""

    async def hit(self, limit: str, key: str) -> float:
        """Count one use; return 0 while it is allowed, else the seconds until the window ends.

        Args:
            limit: as the `limits` library writes it: `30/minute`.
            key: who used it.
        """
        if await self.limiter.hit(parse(limit), key):
            return 0
        return await self._until(limit, key)

    async def spent(self, limit: str, key: str) -> float:
        """Return what `hit` would, without counting."""
        if await self.limiter.test(parse(limit), key):
            return 0
        return await self._until(limit, key)

    async def _until(self, limit: str, key: str) -> float:
        reset, _ = await self.limiter.get_window_stats(parse(limit), key)
        return max(reset - time.time(), 1)


class Listener:
    """Events of one topic, oldest first."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[str | None] = asyncio.Queue(EVENTS_LIMIT)

    def tell(self, event: str | None) -> None:
        """Add events; a listener that is too far behind loses the oldest. None: some was lost."""
        if self._events.full():
            self._events.get_nowait()
        self._events.put_nowait(event)

    async def next(self, seconds: float) -> str | None:
        """Return the next events, or None when there was none for so long, or some was lost."""
        # Not wait_for: events that come at the moment of a cancellation must not hide it.
        heard = asyncio.ensure_future(self._events.get())
        try:
            await asyncio.wait({heard}, timeout=seconds)
            return heard.result() if heard.done() else None
        finally:
            heard.cancel()


class _Listeners:
    """Who listens to what in this process."""

    def __init__(self) -> None:
        self._by_topic: dict[str, set[Listener]] = {}

    def tell(self, topic: str, event: str) -> None:
        channel = topic.partition("-")[0] + "-"
        for listeners in (self._by_topic.get(topic, ()), self._by_topic.get(channel, ())):
            for listener in listeners:
                listener.tell(event)

    def lost(self) -> None:
        """Let everybody look for themselves what happened."""
        for listeners in self._by_topic.values():
            for listener in listeners:
                listener.tell(None)

    @contextlib.contextmanager
    def listener(self, topic: str) -> Iterator[Listener]:
        listener = Listener()
        together = self._by_topic.setdefault(topic, set())
        together.add(listener)
        try:
            yield listener
        finally:
            together.discard(listener)
            if not together:
                self._by_topic.pop(topic, None)


class _Windows(MemoryStorage):
    """Counts of limits; none lasts an hour because the clock was set back by one."""

    _seen = 0.0  # seconds since 1970

    async def get(self, key: str) -> int:
        """Return a count; every use asks for it first."""
        now = time.time()
        if now < self._seen - 1:
            await self.reset()
        self._seen = now
        return int(await super().get(key))


class MemoryState(State):
    """State of one process."""

    def __init__(self) -> None:
        self._values: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._swept = time.monotonic()
        self._listeners = _Listeners()
        self._limiter = FixedWindowRateLimiter(_Windows())

    @property
    def limiter(self) -> FixedWindowRateLimiter:
        """Return the counter of limits."""
        return self._limiter

    async def claim(self, key: str, value: str, seconds: float) -> bool:
        """See `State.claim`."""
        if await self.get(key) is not None:
            return False
        await self.put(key, value, seconds)
        return True

    async def renew(self, key: str, value: str, seconds: float) -> bool:
        """See `State.renew`."""
        if await self.get(key) not in {value, None}:
            return False
        await self.put(key, value, seconds)
        return True

    async def put(self, key: str, value: str, seconds: float) -> None:
        """See `State.put`."""
        now = time.monotonic()
        if now > self._swept + SWEPT:
            self._swept = now
            over = [each for each, (_, until) in self._values.items() if until < now]
            for each in over:
                del self._values[each]
        self._values[key] = value, now + seconds
        self._values.move_to_end(key)
        while len(self._values) > KEY_LIMIT:
            self._values.popitem(last=False)

    async def get(self, key: str) -> str | None:
        """See `State.get`."""
        value, until = self._values.get(key, (None, 0.0))
        if value is not None and until < time.monotonic():
            del self._values[key]
            return None
        return value

    async def drop(self, key: str, value: str | None = None) -> None:
        """See `State.drop`."""
        if value is None or await self.get(key) == value:
            self._values.pop(key, None)

    async def publish(self, topic: str, event: str) -> None:
        """See `State.publish`."""
        self._listeners.tell(topic, event)

    @contextlib.asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Listener]:
        """See `State.listen`."""
        with self._listeners.listener(topic) as listener:
            yield listener

    async def ping(self) -> None:
        """See `State.ping`."""

    async def close(self) -> None:
        """See `State.close`."""


_DROP_IF = "if redis.call('get', KEYS[1]) == ARGV[1] then redis.call('del', KEYS[1]) end"
_RENEW = """
local held = redis.call('get', KEYS[1])
if held and held ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'px', ARGV[2])
return 1
"""


class RedisState(State):
    """State that all workers share. All keys and topics start with `ok:`."""

    shared = True

    def __init__(self, url: str) -> None:
        import redis.asyncio

        self._redis = redis.asyncio.from_url(  # type: ignore[no-untyped-call]
            url, decode_responses=True, socket_connect_timeout=2, socket_timeout=5
        )
        self._limiter = FixedWindowRateLimiter(
            RedisStorage("async+" + url, implementation="redispy", key_prefix="ok:limit")
        )
        self._listeners = _Listeners()
        self._subscribed = asyncio.Event()
        self._reading: asyncio.Task[None] | None = None

    @property
    def limiter(self) -> FixedWindowRateLimiter:
        """Return the counter of limits."""
        return self._limiter

    async def claim(self, key: str, value: str, seconds: float) -> bool:
        """See `State.claim`."""
        return bool(await self._redis.set(f"ok:{key}", value, nx=True, px=_milliseconds(seconds)))

    async def renew(self, key: str, value: str, seconds: float) -> bool:
        """See `State.renew`."""
        held = await self._redis.eval(_RENEW, 1, f"ok:{key}", value, _milliseconds(seconds))
        return bool(held)

    async def put(self, key: str, value: str, seconds: float) -> None:
        """See `State.put`."""
        await self._redis.set(f"ok:{key}", value, px=_milliseconds(seconds))

    async def get(self, key: str) -> str | None:
        """See `State.get`."""
        value: str | None = await self._redis.get(f"ok:{key}")
        return value

    async def drop(self, key: str, value: str | None = None) -> None:
        """See `State.drop`."""
        if value is None:
            await self._redis.delete(f"ok:{key}")
        else:
            await self._redis.eval(_DROP_IF, 1, f"ok:{key}", value)

    async def publish(self, topic: str, event: str) -> None:
        """See `State.publish`."""
        await self._redis.publish(f"ok:news:{topic}", event)

    @contextlib.asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Listener]:
        """See `State.listen`."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        await asyncio.wait_for(self._subscribed.wait(), 10)
        with self._listeners.listener(topic) as listener:
            yield listener

    async def _read(self) -> None:
        """Pass all events on: one connection a worker, however many customers listen."""
        async with self._redis.pubsub() as channel:
            while True:
                try:
                    if not channel.subscribed:
                        await channel.psubscribe("ok:news:*")
                    message = await channel.get_message(timeout=30)
                except Exception as error:  # redis-py subscribes anew when Redis is back
                    logger.warning("Redis does not answer: %s", type(error).__name__)
                    await asyncio.sleep(1)
                    continue
                if message is None:
                    continue
                if message["type"] == "psubscribe":
                    self._subscribed.set()
                    self._listeners.lost()
                elif message["type"] == "pmessage":
                    topic = message["channel"].removeprefix("ok:news:")
                    self._listeners.tell(topic, message["data"])

    async def ping(self) -> None:
        """See `State.ping`."""
        await self._redis.ping()

    async def close(self) -> None:
        """See `State.close`."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait({self._reading}, timeout=1)  # redis-py may swallow that
        await self._redis.aclose()


def _milliseconds(seconds: float) -> int:
    return max(int(seconds * 1000), 1)


class Lease:
    """One worker's right to something, for a while: to deliver a conversation, to answer it."""

    def __init__(self, state: State, key: str, seconds: float) -> None:
        self._state, self._key, self._seconds = state, key, seconds
        self._mark = uuid.uuid4().hex
        self.mine = False

    async def claim(self) -> bool:
        """Try to get it; return whether it is ours."""
        if not self.mine:
            try:
                self.mine = await self._state.claim(self._key, self._mark, self._seconds)
            except Exception as error:  # better said twice than not at all
                logger.error("The shared state failed: %s", type(error).__name__)
                self.mine = True
        return self.mine

    async def renew(self) -> bool:
        """Keep it as long again; return whether nobody else has it by now."""
        if self.mine:
            with contextlib.suppress(Exception):
                self.mine = await self._state.renew(self._key, self._mark, self._seconds)
        return self.mine

    async def release(self) -> None:
        """Let go of it."""
        if self.mine:
            self.mine = False
            with contextlib.suppress(Exception):  # it ends by itself
                await self._state.drop(self._key, self._mark)


def make_state(url: str) -> State:
    """Return the state of a URL: `memory://` or `redis://...`.

    Raises:
        ValueError: another kind of URL.
    """
    if url.startswith("memory:"):
        return MemoryState()
    if url.startswith(("redis://", "rediss://", "unix://")):
        return RedisState(url)
    raise ValueError(f"endpoints.yml, state: url: {url.partition(':')[0]}: memory:// or redis://")


@lru_cache(maxsize=1)
def open_state() -> State:
    """Return this process's state, where endpoints.yml says."""
    return make_state(endpoint("state"))
