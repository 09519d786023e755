"""The state of one process."""

from __future__ import annotations

import contextlib
import time
from collections import OrderedDict
from collections.abc import AsyncIterator

from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from infra.state.listeners import Listener, Listeners
from infra.state.state import State

KEY_LIMIT = 100_000  # the oldest go first
SWEPT = 30.0  # seconds between sweeps of expired keys


class _Windows(MemoryStorage):
    """Counts for rate limits; they start anew when the clock is set back."""

    _seen = 0.0  # seconds since 1970

    async def get(self, key: str) -> int:
        """Return a count; `limits` calls this before every use."""
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
        self._listeners = Listeners()
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
