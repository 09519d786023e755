"""Tickets in SQL: one open ticket a conversation, urgent ones first in the queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from desk.database import Database, metadata, open_database

URGENCIES = ("normal", "high", "urgent")
OPEN = ("waiting", "with_agent", "left_message")

_tickets = sa.Table(
    "tickets",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    # The conversation again while the ticket is open, else null: one open ticket each, by the
    # database's own word, whoever writes at the same time.
    sa.Column("open_for", sa.String(255), unique=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("status", sa.String(32), nullable=False, index=True),
    sa.Column("topic", sa.String(64)),
    sa.Column("category", sa.String(64), nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("procedure", sa.String(64)),
    sa.Column("step", sa.Integer),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
)

_ratings = sa.Table(
    "ratings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("ticket_id", sa.Integer),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
)


@dataclass(frozen=True)
class TicketRequest:
    """What a conversation asks the desk for.

    `words` are the customer's last messages, oldest first; `details` what was collected, by the
    names of content/details.yml; `step` counts from 1.
    """

    conversation_id: str
    channel: str
    category: str
    urgency: str = "normal"
    topic: str | None = None
    words: tuple[str, ...] = ()
    procedure: str | None = None
    step: int | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ticket(TicketRequest):
    """A ticket in the queue; `number` is what the customer is told. Times are UTC."""

    id: int = 0
    status: str = "waiting"
    created_at: datetime = datetime.min
    updated_at: datetime = datetime.min

    @property
    def number(self) -> str:
        """Return the ticket's number as people say it."""
        return f"K{self.id:06d}"


@dataclass(frozen=True)
class Status:
    """Who answers a conversation now.

    `speaker` is `bot`, `waiting` (the bot answers, a human is asked for) or `agent`; `place` the
    place in the queue, from 1; `agent` the agent's name as customers read it; `rate`: a rating is
    asked for.
    """

    speaker: str = "bot"
    place: int | None = None
    agent: str | None = None
    rate: bool = False


class Desk:
    """The queue of tickets; a broken store raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def request(self, request: TicketRequest) -> Ticket:
        """Open a ticket, or bring the conversation's open one up to date.

        An open ticket never becomes less urgent; new details and words are added to the old.
        """
        try:
            with self._database.write() as connection:
                known = self._open(connection, request.conversation_id)
                if known is None:
                    return self._insert(connection, request)
                return self._update(connection, known, request)
        except sa.exc.IntegrityError:  # opened by somebody else just now
            with self._database.write() as connection:
                known = self._open(connection, request.conversation_id)
                if known is None:
                    raise
                return self._update(connection, known, request)

    def _insert(self, connection: sa.engine.Connection, request: TicketRequest) -> Ticket:
        moment = datetime.now(timezone.utc)
        result = connection.execute(
            _tickets.insert().values(
                conversation_id=request.conversation_id,
                open_for=request.conversation_id,
                channel=request.channel,
                status="waiting",
                topic=request.topic,
                category=request.category,
                urgency=URGENCIES.index(request.urgency),
                words=list(request.words),
                procedure=request.procedure,
                step=request.step,
                details=dict(request.details),
                created_at=moment,
                updated_at=moment,
            )
        )
        return self._get(connection, int(result.inserted_primary_key[0]))

    def _update(
        self, connection: sa.engine.Connection, known: Ticket, request: TicketRequest
    ) -> Ticket:
        before, now = URGENCIES.index(known.urgency), URGENCIES.index(request.urgency)
        # A danger stays what the ticket is about, whatever smaller thing is mentioned after it.
        changed = request.topic is not None and now >= before
        words = list(known.words) + [word for word in request.words if word not in known.words]
        connection.execute(
            _tickets.update()
            .where(_tickets.c.id == known.id)
            .values(
                topic=request.topic if changed else known.topic,
                category=request.category if changed else known.category,
                urgency=max(before, now),
                words=words,
                procedure=request.procedure or known.procedure,
                step=request.step if request.procedure else known.step,
                details={**known.details, **request.details},
                updated_at=datetime.now(timezone.utc),
            )
        )
        return self._get(connection, known.id)

    def open_ticket_of(self, conversation_id: str) -> Ticket | None:
        """Return the conversation's open ticket."""
        with self._database.read() as connection:
            return self._open(connection, conversation_id)

    def add_words(self, ticket: Ticket, text: str) -> None:
        """Add something the customer said while waiting."""
        with self._database.write() as connection:
            current = self._get(connection, ticket.id)
            connection.execute(
                _tickets.update()
                .where(_tickets.c.id == ticket.id)
                .values(words=[*current.words, text], updated_at=datetime.now(timezone.utc))
            )

    def cancel(self, ticket: Ticket) -> None:
        """The customer no longer wants a human."""
        with self._database.write() as connection:
            connection.execute(
                _tickets.update()
                .where(_tickets.c.id == ticket.id)
                .values(status="cancelled", open_for=None, updated_at=datetime.now(timezone.utc))
            )

    def waiting(self) -> list[Ticket]:
        """Return the queue: urgent before normal, then by time."""
        with self._database.read() as connection:
            rows = connection.execute(
                _tickets.select()
                .where(_tickets.c.status == "waiting")
                .order_by(_tickets.c.urgency.desc(), _tickets.c.created_at, _tickets.c.id)
            )
            return [_ticket(row) for row in rows]

    def place(self, ticket: Ticket) -> int:
        """Return the ticket's place in the queue, from 1; 0 when it no longer waits."""
        for place, other in enumerate(self.waiting(), 1):
            if other.id == ticket.id:
                return place
        return 0

    def status(self, conversation_id: str) -> Status:
        """Return who answers the conversation now."""
        ticket = self.open_ticket_of(conversation_id)
        if ticket is None:
            return Status()
        return Status("waiting", self.place(ticket) or None)

    def rate(self, conversation_id: str, score: int, comment: str = "") -> None:
        """Keep a customer's rating.

        Raises:
            ValueError: the score is not 1 to 5.
        """
        if score not in range(1, 6):
            raise ValueError("a score is 1 to 5")
        with self._database.write() as connection:
            connection.execute(
                _ratings.insert().values(
                    conversation_id=conversation_id,
                    score=score,
                    comment=comment,
                    created_at=datetime.now(timezone.utc),
                )
            )

    @staticmethod
    def _open(connection: sa.engine.Connection, conversation_id: str) -> Ticket | None:
        row = connection.execute(
            _tickets.select().where(_tickets.c.open_for == conversation_id)
        ).first()
        return _ticket(row) if row else None

    @staticmethod
    def _get(connection: sa.engine.Connection, number: int) -> Ticket:
        return _ticket(connection.execute(_tickets.select().where(_tickets.c.id == number)).one())


def _ticket(row: Any) -> Ticket:
    values = dict(row._mapping)
    del values["open_for"]
    values["urgency"] = URGENCIES[values["urgency"]]
    values["words"] = tuple(values["words"])
    return Ticket(**values)


@lru_cache(maxsize=1)
def open_desk() -> Desk:
    """Return this process's desk, on the database that endpoints.yml names."""
    return Desk(open_database())
