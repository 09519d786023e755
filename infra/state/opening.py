"""Opens the state that endpoints.yml names."""

from __future__ import annotations

from functools import lru_cache

from infra.settings import endpoint
from infra.state.memory import MemoryState
from infra.state.redis import RedisState
from infra.state.state import State


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
