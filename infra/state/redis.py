"""The state that all workers share, in Redis."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

from limits.aio.storage import RedisStorage
from limits.aio.strategies import FixedWindowRateLimiter

from infra.state.listeners import Listener, Listeners
from infra.state.state import State

logger = logging.getLogger(__name__)

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
        self._listeners = Listeners()
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

    async def get_all(self, keys: Sequence[str]) -> list[str | None]:
        """See `State.get_all`."""
        if not keys:
            return []
        values: list[str | None] = await self._redis.mget([f"ok:{key}" for key in keys])
        return values

    async def drop(self, key: str, value: str | None = None) -> None:
        """See `State.drop`."""
        if value is None:
            await self._redis.delete(f"ok:{key}")
        else:
            await self._redis.eval(_DROP_IF, 1, f"ok:{key}", value)

    async def publish(self, topic: str, event: str) -> None:
        """See `State.publish`."""
        await self._redis.publish(f"ok:events:{topic}", event)

    @contextlib.asynccontextmanager
    async def listen(self, topic: str) -> AsyncIterator[Listener]:
        """See `State.listen`."""
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        await asyncio.wait_for(self._subscribed.wait(), 10)
        with self._listeners.listener(topic) as listener:
            yield listener

    async def _read(self) -> None:
        """Forward all events: one connection per worker, however many customers listen."""
        async with self._redis.pubsub() as channel:
            while True:
                try:
                    if not channel.subscribed:
                        await channel.psubscribe("ok:events:*")
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
                    topic = message["channel"].removeprefix("ok:events:")
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
