"""Writes messages into the record, and waits for a database that is briefly away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from channels.gate.turn import Turn
from content import library
from desk import Entry
from desk.events import publish
from desk.services import Services
from infra import metrics
from infra.errors import Refused

logger = logging.getLogger(__name__)

PATIENCE = 5.0  # seconds to wait for the database; a restart takes less
PAUSE = 0.3  # seconds between two tries


class PatientRecord:
    """Writes a turn's messages, for one channel."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._away_since: float | None = None  # the database, on the event loop's clock

    async def add(
        self, conversation_id: str, *entries: Entry, answers: str | None = None
    ) -> list[Entry]:
        """Write messages as `Transcript.add` does.

        Raises:
            Exception: the database does not come back.
        """
        now = asyncio.get_running_loop().time
        while True:
            until = (self._away_since or now()) + PATIENCE
            try:
                # A database that hangs may still write it, once: it is known by its key.
                adding = self._services.transcript.add(conversation_id, *entries, answers=answers)
                recorded = await asyncio.wait_for(adding, max(until - now(), 1))
            except Exception:
                self._away_since = self._away_since or now()
                if now() > self._away_since + PATIENCE:
                    raise
            else:
                self._away_since = None
                return recorded
            await asyncio.sleep(PAUSE)

    async def say(self, turn: Turn, replies: Sequence[Entry], answers: str | None = None) -> None:
        """Record what is said to a message, and tell whoever listens.

        What cannot be recorded is said as a refusal, so that the message is sent again.
        """
        owed = [turn.owed] if turn.owed else []
        try:
            with metrics.stage("recording"):
                recorded = await self.add(turn.conversation_id, *owed, *replies, answers=answers)
            turn.owed = turn.refused = None
            turn.replies += recorded[len(owed) :]
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
            said = "\n\n".join(reply.text for reply in replies)
            turn.refused = Refused("not_recorded", said or library.current().say("failed"), 500)
        turn.spoken.set()
        await publish(self._services.state, turn.conversation_id, kind="messages")
