"""What the state in the process and the one in Redis have in common."""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence

from limits import parse
from limits.aio.strategies import FixedWindowRateLimiter

from infra.state.listeners import Listener


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
        """Set a key that expires after so many seconds."""

    @abstractmethod
    async def get(self, key: str) -> str | None:
        """Return a key's value; None when it is not set or has expired."""

    async def get_all(self, keys: Sequence[str]) -> list[str | None]:
        """Return the values of several keys, in their order."""
        return [await self.get(key) for key in keys]

    @abstractmethod
    async def drop(self, key: str, value: str | None = None) -> None:
        """Forget a key; with `value`, only while that is what it holds."""

    @abstractmethod
    async def publish(self, topic: str, event: str) -> None:
        """Send an event to all listeners of the topic, in every worker."""

    @abstractmethod
    def listen(self, topic: str) -> contextlib.AbstractAsyncContextManager[Listener]:
        """Listen to a topic; nothing published after entering is missed.

        A channel's name with a hyphen (`wechat-`) stands for all its conversations.
        """

    @abstractmethod
    async def ping(self) -> None:
        """Raise an error when the state cannot be used."""

    @abstractmethod
    async def close(self) -> None:
        """Close the connections."""

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
