"""When a conversation whose message a platform did not take is tried again, and when it is not."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

TRIES = 3  # of a message that is refused, or whose answers are lost while others succeed
LAST_TRY = 30  # of one whose answers are lost like everybody's: about a quarter of an hour
PAUSE = 1.0  # seconds after a first failure until the next try; twice as many after each more
LONGEST_PAUSE = 30.0  # seconds
DOWN = 3  # failures in a row, of any customers, after which the platform counts as down


@dataclass(frozen=True)
class Pause:
    """A conversation's failures since the last success: no try before `until` (monotonic).

    `lost` of them were refused for no known reason, or without an answer while others' messages
    were taken; `taken` is how many the platform had taken at the last failure.
    """

    tries: int = 0
    lost: int = 0
    taken: int = 0
    until: float = 0.0


class Backoff:
    """The failures of one platform.

    Args:
        retry: called with a conversation when it is worth trying again.
    """

    def __init__(self, retry: Callable[[str], None]) -> None:
        self._retry = retry
        self._pauses: dict[str, Pause] = {}
        self._taken = 0  # messages that the platform took, of all customers
        self._failures = 0  # since the last of them

    def pause_of(self, conversation_id: str) -> Pause:
        """Return a conversation's failures since the last success."""
        return self._pauses.get(conversation_id, Pause())

    def forget(self, conversation_id: str) -> None:
        """Forget a conversation's failures: what waited has been delivered, or is given up."""
        self._pauses.pop(conversation_id, None)

    def succeeded(self) -> None:
        """Note that the platform took a message: who waits until it works waits no longer."""
        self._taken += 1
        if self._failures >= DOWN:
            for conversation_id, pause in list(self._pauses.items()):
                self._pauses[conversation_id] = replace(pause, until=0.0)
                self._retry(conversation_id)
        self._failures = 0

    def failed(self, conversation_id: str, why: str) -> bool:
        """Note a failure; return whether its message is to be given up. If not, it is tried again.

        Args:
            conversation_id: whose message was not taken.
            why: see `NotSent`.
        """
        pause = self.pause_of(conversation_id)
        self._failures += why != "never"
        unsure = why == "unsure"
        lost = pause.lost + (why == "refused" or (unsure and self._taken > pause.taken))
        if why == "never" or lost >= TRIES or (unsure and pause.tries >= LAST_TRY):
            self.forget(conversation_id)
            return True
        seconds = min(PAUSE * 2.0 ** min(pause.tries, 10), LONGEST_PAUSE)
        until = time.monotonic() + seconds
        self._pauses[conversation_id] = Pause(pause.tries + 1, lost, self._taken, until)
        asyncio.get_running_loop().call_later(seconds + 0.01, self._retry, conversation_id)
        return False
