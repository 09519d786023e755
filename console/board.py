"""All open tickets, read once for all agents who look at the same moment."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from console.shown import Json, ticket_json
from desk import Agent, Open
from desk.presence import who_is_here
from desk.services import Services

FRESH = 0.8  # seconds for which one snapshot of the board serves all agents


@dataclass
class Board:
    """All open tickets as agents read them, by where they are; `read_at`: when (monotonic)."""

    waiting: list[Json] = field(default_factory=list)
    held: dict[int, list[Json]] = field(default_factory=dict)
    read_at: float = 0.0

    @classmethod
    def of(cls, tickets: list[Open], known: list[Agent], here: Mapping[str, bool]) -> Board:
        """Build the board once for all who look; `here`: whose page is open."""
        board = cls()
        names = {agent.id: agent for agent in known}
        for each in tickets:
            shown = ticket_json(
                each.ticket, names, each.unread, each.last_text, each.last_name, each.note
            )
            shown["present"] = here.get(each.ticket.conversation_id)
            if each.ticket.status == "with_agent" and each.ticket.agent_id is not None:
                board.held.setdefault(each.ticket.agent_id, []).append(shown)
            else:
                board.waiting.append(shown)
        return board

    def of_agent(self, number: int) -> Json:
        """Return the board as one agent sees it."""
        others = [ticket for who, held in self.held.items() if who != number for ticket in held]
        return {"waiting": self.waiting, "mine": self.held.get(number, []), "others": others}


class Boards:
    """The newest board."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._board = Board()
        self._reading = asyncio.Lock()

    async def look(self, since: float) -> Board:
        """Return the open tickets.

        Args:
            since: what had happened then must be in it (monotonic).
        """
        async with self._reading:
            if self._board.read_at < since:
                began = time.monotonic()
                known = await self._services.agents.all()
                tickets = await self._services.desk.board()
                conversations = [each.ticket.conversation_id for each in tickets]
                here = await who_is_here(self._services.state, conversations)
                board = Board.of(tickets, known, here)
                board.read_at = began
                self._board = board
            return self._board
