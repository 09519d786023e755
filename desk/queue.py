"""Tickets as they are looked at: the queue, the board, one of them, a search."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from content import library
from desk.agents import AWAY_AFTER, agents
from desk.database import Database, without_masks
from desk.entry import messages
from desk.hours import is_open
from desk.ticket import (
    OPEN,
    OPEN_FOR,
    URGENCIES,
    Note,
    Open,
    Ticket,
    notes_table,
    tickets_table,
    to_ticket,
)

CAME_BACK = 24 * 3600.0  # seconds in which a customer who asks again was perhaps not helped


class Queue:
    """Reads tickets; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> list[Ticket]:
        """Return the queue, in the order of service: urgent before normal, then who asked first."""
        return self.tickets("waiting")

    def tickets(self, *statuses: str) -> list[Ticket]:
        """Return the tickets in these states, in the order of service; messages left come last."""
        with self._database.read() as connection:
            rows = connection.execute(
                tickets_table.select()
                .where(tickets_table.c.status.in_(statuses))
                .order_by(
                    tickets_table.c.status == "left_message",
                    tickets_table.c.urgency.desc(),
                    tickets_table.c.id,  # not by time: the clock may be set back
                )
            )
            return [to_ticket(row) for row in rows]

    def open_counts(self) -> dict[tuple[str, str], tuple[int, float]]:
        """Return by status and urgency how many tickets are open, and since when the first waits.

        Who was with an agent already waits since they last spoke (seconds since 1970).
        """
        since = sa.func.coalesce(tickets_table.c.customer_at, tickets_table.c.created_at)
        of_kind = tickets_table.c.status, tickets_table.c.urgency
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(*of_kind, sa.func.count(), sa.func.min(since))
                .where(tickets_table.c.status.in_(OPEN))
                .group_by(*of_kind)
            )
            return {
                (status, URGENCIES[urgency]): (count, first)
                for status, urgency, count, first in rows
            }

    def position(self, ticket: Ticket) -> int:
        """Return the ticket's position in the queue, from 1; 0 when it no longer waits."""
        with self._database.read() as connection:
            return self._position(connection, self._get(connection, ticket.id))

    @staticmethod
    def _position(connection: sa.engine.Connection, ticket: Ticket) -> int:
        if ticket.status != "waiting":
            return 0
        urgency = URGENCIES.index(ticket.urgency)
        earlier = sa.and_(tickets_table.c.urgency == urgency, tickets_table.c.id < ticket.id)
        before = sa.select(sa.func.count()).where(
            tickets_table.c.status == "waiting", sa.or_(tickets_table.c.urgency > urgency, earlier)
        )
        return int(connection.execute(before).scalar()) + 1

    def get(self, number: int) -> Ticket | None:
        """Return a ticket by its id."""
        with self._database.read() as connection:
            row = connection.execute(
                tickets_table.select().where(tickets_table.c.id == number)
            ).first()
            return to_ticket(row) if row else None

    def notes(self, number: int) -> list[Note]:
        """Return a ticket's internal notes, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                notes_table.select()
                .where(notes_table.c.ticket_id == number)
                .order_by(notes_table.c.id)
            )
            return [Note(**row._mapping) for row in rows]

    def search(
        self,
        words: str = "",
        status: str | None = None,
        before: int | None = None,
        conversation_id: str | None = None,
        limit: int = 50,
    ) -> list[Ticket]:
        """Return tickets, newest first: by number, category, summary, or what was said in them."""
        found = tickets_table.select()
        if conversation_id:
            found = found.where(tickets_table.c.conversation_id == conversation_id)
        if status:
            found = found.where(tickets_table.c.status == status)
        if before:
            found = found.where(tickets_table.c.id < before)
        number = words.strip().upper().removeprefix("K")
        numbered = number.isascii() and number.isdigit() and len(number) < 10
        if words.strip():
            likeness = f"%{_escaped(words.strip())}%"
            said = sa.select(messages.c.conversation_id).where(
                messages.c.text.like(likeness, escape="\\"),
                # The last digits that masking leaves must not be searchable.
                without_masks(messages.c.text).like(likeness, escape="\\"),
            )
            found = found.where(
                sa.or_(
                    tickets_table.c.category.like(likeness, escape="\\"),
                    sa.and_(
                        tickets_table.c.summary.like(likeness, escape="\\"),
                        without_masks(tickets_table.c.summary).like(likeness, escape="\\"),
                    ),
                    tickets_table.c.conversation_id.in_(said),
                    tickets_table.c.id == int(number) if numbered else sa.false(),
                )
            )
        with self._database.read() as connection:
            rows = connection.execute(found.order_by(tickets_table.c.id.desc()).limit(limit))
            return [to_ticket(row) for row in rows]

    def ended_before(self, ticket: Ticket) -> Ticket | None:
        """Return the customer's ticket that ended in the day before this one was opened."""
        table = tickets_table.c
        with self._database.read() as connection:
            row = connection.execute(
                tickets_table.select()
                .where(
                    table.conversation_id == ticket.conversation_id,
                    table.id < ticket.id,
                    table.status == "closed",
                    table.closed_at > ticket.created_at - CAME_BACK,
                )
                .order_by(table.id.desc())
                .limit(1)
            ).first()
        return to_ticket(row) if row else None

    def board(self) -> list[Open]:
        """Return all open tickets in the order of service, as agents look at them."""
        tickets = self.tickets(*OPEN)
        conversations = [ticket.conversation_id for ticket in tickets]
        spoken = messages.c.author.in_(("customer", "agent"))
        newest = (
            sa.select(sa.func.max(messages.c.seq))
            .where(messages.c.conversation_id.in_(conversations), spoken)
            .group_by(messages.c.conversation_id)
        )
        since = sa.func.coalesce(tickets_table.c.agent_at, tickets_table.c.taken_at)
        unread = (
            sa.select(messages.c.conversation_id, sa.func.count())
            .select_from(
                tickets_table.join(messages, messages.c.conversation_id == tickets_table.c.open_for)
            )
            .where(
                tickets_table.c.status == "with_agent",
                messages.c.author == "customer",
                messages.c.time > since,
            )
            .group_by(messages.c.conversation_id)
        )
        passed_on = [ticket.id for ticket in tickets if ticket.taken_at and not ticket.agent_id]
        noted = (
            sa.select(sa.func.max(notes_table.c.id))
            .where(notes_table.c.ticket_id.in_(passed_on))
            .group_by(notes_table.c.ticket_id)
        )
        with self._database.read() as connection:
            notes = {
                row.ticket_id: row.text
                for row in connection.execute(
                    notes_table.select().where(notes_table.c.id.in_(noted))
                )
            }
            last = {
                row.conversation_id: row
                for row in connection.execute(messages.select().where(messages.c.seq.in_(newest)))
            }
            counts: dict[str, int] = dict(connection.execute(unread).all())
        return [
            Open(
                ticket,
                counts.get(ticket.conversation_id, 0),
                *_words(last.get(ticket.conversation_id)),
                notes.get(ticket.id, ""),
            )
            for ticket in tickets
        ]

    def somebody_there(self, unseen: float = AWAY_AFTER) -> bool:
        """Tell whether waiting makes sense: it is working hours, and an agent takes customers.

        Args:
            unseen: seconds without a sign of life after which an agent is not there.
        """
        with self._database.read() as connection:
            return self._staffed(connection, unseen)

    @staticmethod
    def _staffed(connection: sa.engine.Connection, unseen: float = AWAY_AFTER) -> bool:
        if not is_open(library.current().desk, datetime.now(UTC)):
            return False
        there = sa.select(sa.func.count()).where(
            agents.c.available, agents.c.seen_at > time.time() - unseen
        )
        return bool(connection.execute(there).scalar())

    def open_ticket_of(self, conversation_id: str) -> Ticket | None:
        """Return the conversation's open ticket."""
        with self._database.read() as connection:
            return self._open(connection, conversation_id)

    @staticmethod
    def _open(connection: sa.engine.Connection, conversation_id: str) -> Ticket | None:
        row = connection.execute(OPEN_FOR, {"of": conversation_id}).first()
        return to_ticket(row) if row else None

    @staticmethod
    def _get(connection: sa.engine.Connection, number: int) -> Ticket:
        return to_ticket(
            connection.execute(tickets_table.select().where(tickets_table.c.id == number)).one()
        )


def _words(row: Any) -> tuple[str, str | None]:
    """Return what a message says, and the name of the agent who said it."""
    if row is None:
        return "", None
    text = str(row.text) or library.current().say("a_picture")
    return text, row.name if row.author == "agent" else None


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
