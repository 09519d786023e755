"""One customer's messages in order and each answered once, whichever workers take them.

Within a process the gate's own locks see to it. Several workers agree through what they share:
whoever answers a message leases its key for a few seconds at a time, and nobody answers a later
message of the conversation before that is done. When a worker dies, its leases end by themselves,
and the message is answered by the worker to which it is delivered again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable

from desk.services import AsyncTranscript
from infra.state import Lease, State

logger = logging.getLogger(__name__)

LEASE = 8.0  # seconds after which a lease expires without a heartbeat
RENEWED = 2.0  # seconds between heartbeats
LOOK = 0.05  # seconds between checks of what another worker answers
PATIENCE = 15.0  # seconds after which an earlier message is waited for no longer
EARLIER = 20  # messages of the customer's that are looked at
KNOWN = 60.0  # seconds for which an answered message is known by its key alone
_DONE = "done"


class Turns:
    """Decides between workers which one answers a message, and when."""

    def __init__(self, state: State, transcript: AsyncTranscript) -> None:
        self._state = state
        self._transcript = transcript
        self._worker = uuid.uuid4().hex

    async def claim(self, conversation: str, key: str) -> bool:
        """Claim a message for this process; False when it is answered, here or elsewhere.

        Raises:
            Exception: the shared state's.
        """
        return await self._state.claim(_turn(conversation, key), self._worker, LEASE)

    async def release(self, conversation: str, key: str) -> None:
        """Let a message that could not be answered be claimed again."""
        with contextlib.suppress(Exception):  # then it expires by itself
            await self._state.drop(_turn(conversation, key))

    @contextlib.asynccontextmanager
    async def answering(self, conversation: str, key: str) -> AsyncIterator[None]:
        """Keep a claimed message while it is answered."""
        name = _turn(conversation, key)
        try:
            async with _meanwhile(lambda: self._state.renew(name, self._worker, LEASE)):
                yield
        finally:
            with contextlib.suppress(Exception):  # then it expires by itself
                await self._state.put(name, _DONE, KNOWN)

    @contextlib.asynccontextmanager
    async def alone(self, conversation: str, seq: int) -> AsyncIterator[None]:
        """Wait until no other worker answers the conversation, nor has something earlier to answer.

        Args:
            conversation: whose.
            seq: the message's position in the record; 0 when it is not in there.
        """
        if not self._state.shared:
            yield
            return
        lease = Lease(self._state, f"answer:{conversation}", LEASE)
        until = time.monotonic() + PATIENCE
        while True:
            late = not seq or time.monotonic() > until
            if (late or not await self._earlier(conversation, seq)) and await lease.claim():
                break
            await asyncio.sleep(LOOK)
        try:
            async with _meanwhile(lease.renew):
                yield
        finally:
            await lease.release()

    async def _earlier(self, conversation: str, seq: int) -> bool:
        """Tell whether another worker is about to answer something said before."""
        try:
            said = await self._transcript.last(conversation, EARLIER, ("customer",), seq)
            for entry in said:
                if not entry.answered and entry.time > time.time() - KNOWN:
                    worker = await self._state.get(_turn(conversation, entry.key))
                    if worker not in {None, _DONE, self._worker}:
                        return True
        except Exception as error:  # answering out of order is better than not at all
            logger.error("The order was not looked at: %s", type(error).__name__)
        return False


@contextlib.asynccontextmanager
async def _meanwhile(sign: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Give a sign of life every few seconds meanwhile, and none afterwards.

    Cancelling alone would not do where a library swallows it, and a key that is renewed for ever
    silences its conversation.
    """
    over = asyncio.Event()

    async def live() -> None:
        while not over.is_set():
            await asyncio.sleep(RENEWED)
            with contextlib.suppress(Exception):
                await sign()

    alive = asyncio.create_task(live())
    try:
        yield
    finally:
        over.set()
        alive.cancel()
        await asyncio.wait({alive})


def _turn(conversation: str, key: str) -> str:
    return f"turn:{conversation}:{key}"
