"""The turns of this worker: each message has one, however often it is delivered."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict

from channels.gate.answering import Answering
from channels.gate.turn import Turn
from desk import Entry
from desk.sentences import with_human
from desk.services import AsyncTranscript
from desk.turns import Turns

logger = logging.getLogger(__name__)

REMEMBERED = 2_000  # finished turns whose answers are at hand for a message that comes again
LOOK = 0.2  # seconds between looks at a message that another worker answers


class RunningTurns:
    """Runs turns, and keeps the finished ones for a while.

    Args:
        order: which worker answers a message.
        answering: how a turn is answered.
        transcript: the record.
        deadline: seconds after which the customer hears that it takes longer.
    """

    def __init__(
        self, order: Turns, answering: Answering, transcript: AsyncTranscript, deadline: float
    ) -> None:
        self._order = order
        self._answering = answering
        self._transcript = transcript
        self._deadline = deadline
        self._running: set[asyncio.Task[None]] = set()
        self._turns: OrderedDict[tuple[str, str], Turn] = OrderedDict()

    def get(self, conversation_id: str, message_id: str) -> Turn | None:
        """Return the turn of a message, running or finished; None if it has none here."""
        return self._turns.get((conversation_id, message_id))

    async def claim(self, conversation_id: str, message_id: str) -> bool:
        """Take a message for this worker; return whether nobody else has it."""
        try:
            return await self._order.claim(conversation_id, message_id)
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return (conversation_id, message_id) not in self._turns

    async def answered_elsewhere(self, conversation_id: str, message_id: str) -> list[Entry] | None:
        """Wait for the worker that answers this message already; None: it is gone, we answer."""
        now = asyncio.get_running_loop().time
        until = now() + self._deadline
        while now() < until:
            known = await self._transcript.find(conversation_id, message_id)
            if known and known.answered:
                return await self._transcript.replies(conversation_id, message_id)
            if await self.claim(conversation_id, message_id):
                return None
            await asyncio.sleep(LOOK)
        return [with_human("slow", message_id)]

    def begin(self, turn: Turn) -> Turn:
        """Start a turn in a task of its own, so that a client that hangs up does not cancel it."""
        self._turns[turn.conversation_id, turn.said.key] = turn
        while len(self._turns) > REMEMBERED:
            self._turns.popitem(last=False)
        task = asyncio.create_task(self._run(turn))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return turn

    def forget(self, conversation_id: str) -> None:
        """Forget the finished turns of a conversation."""
        for known in [key for key in self._turns if key[0] == conversation_id]:
            del self._turns[known]

    async def _run(self, turn: Turn) -> None:
        key = turn.said.key
        async with self._order.answering(turn.conversation_id, key):
            await self._answering.take(turn)
        if turn.refused is not None:  # it may be sent again
            self._turns.pop((turn.conversation_id, key), None)
            await self._order.release(turn.conversation_id, key)
