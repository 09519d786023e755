"""What several workers must agree on for a while: claims, short values, limits, events.

In the process by default; in Redis with one line of endpoints.yml (`state: url: redis://...`), as
several workers need it. What must never be lost is in the desk's database instead.
"""

from infra.state.lease import Lease
from infra.state.listeners import Listener
from infra.state.memory import MemoryState
from infra.state.opening import make_state, open_state
from infra.state.redis import RedisState
from infra.state.state import State

__all__ = [
    "Lease",
    "Listener",
    "MemoryState",
    "RedisState",
    "State",
    "make_state",
    "open_state",
]
