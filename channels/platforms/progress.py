"""How much of a message that is too long for one was said, so that it goes on from there."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

from channels.platforms.platform import Outgoing
from desk import Entry
from infra.state import State

RESTS = 48 * 3600.0  # seconds for which is known how much of a long message was said


class Progress:
    """How much of a long message each conversation has had; shared, so that any worker goes on.

    Without the shared state something is said twice at worst.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._begun: dict[str, str] = {}  # position in the record, characters

    async def of(self, conversation_id: str, seq: int) -> int:
        """Return how many characters of a message went out with an earlier one."""
        mark = self._begun.get(conversation_id)
        with contextlib.suppress(Exception):
            mark = await self._state.get(f"begun:{conversation_id}") or mark
        known, _, characters = (mark or "").partition(" ")
        return int(characters) if known == str(seq) else 0

    async def note(
        self, conversation_id: str, outgoing: Outgoing, entries: Sequence[Entry]
    ) -> None:
        """Record how much of its entries a delivered message contains."""
        key = f"begun:{conversation_id}"
        rest = next((entry.seq for entry in entries if entry.seq not in outgoing.seqs), 0)
        if rest and outgoing.begun:
            mark = self._begun[conversation_id] = f"{rest} {outgoing.begun}"
            with contextlib.suppress(Exception):
                await self._state.put(key, mark, RESTS)
        elif self._begun.pop(conversation_id, None):
            with contextlib.suppress(Exception):
                await self._state.drop(key)

    async def forget(self, conversation_id: str) -> None:
        """Forget how much of a message a customer has had."""
        self._begun.pop(conversation_id, None)
        await self._state.drop(f"begun:{conversation_id}")
