"""Tickets: the life of a hand-off as one state machine, and the queue.

    (request)  -> waiting, or left_message when nobody is there
    take       : waiting, left_message -> with_agent
    transfer   : with_agent -> waiting      (to another agent, or back into the queue)
    release    : with_agent -> waiting      (the agent went away)
    leave      : waiting -> left_message    (nobody is there any more)
    queue      : left_message -> waiting    (somebody is there again)
    cancel     : waiting, left_message -> cancelled
    close      : with_agent -> closed
    (rate)     : closed -> closed, with a rating

What is said at a transition is written in the same transaction as the transition itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from content import library
from desk.agents import AWAY_AFTER, agents
from desk.database import Database, metadata, open_database, without_masks
from desk.hours import is_open
from desk.transcript import Entry, messages, record
from infra.errors import AssistantError

URGENCIES = ("normal", "high", "urgent")
OPEN = ("waiting", "with_agent", "left_message")
TRANSITIONS: Mapping[str, tuple[Sequence[str], str]] = {
    "take": (("waiting", "left_message"), "with_agent"),
    "transfer": (("with_agent",), "waiting"),
    "release": (("with_agent",), "waiting"),
    "leave": (("waiting",), "left_message"),
    "queue": (("left_message",), "waiting"),
    "cancel": (("waiting", "left_message"), "cancelled"),
    "close": (("with_agent",), "closed"),
}

tickets_table = sa.Table(
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
    sa.Column("created_at", sa.Float, nullable=False, index=True),
    sa.Column("agent_id", sa.Integer, index=True),
    sa.Column("wanted_id", sa.Integer),
    sa.Column("taken_at", sa.Float),
    sa.Column("closed_at", sa.Float),
    # Since when it has its status, and how long it waited and was with agents before that.
    sa.Column("changed_at", sa.Float),  # null: since it was opened
    sa.Column("waited", sa.Float, nullable=False, server_default="0"),
    sa.Column("handled", sa.Float, nullable=False, server_default="0"),
    sa.Column("customer_at", sa.Float),
    sa.Column("agent_at", sa.Float),
    sa.Column("reminded_at", sa.Float),
    sa.Column("score", sa.Integer),
    sa.Column("comment", sa.Text),
    # The number of a customer who was deleted is never another's: the audit log may name it.
    sqlite_autoincrement=True,
)
ratings_table = sa.Table(
    "ratings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("ticket_id", sa.Integer),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
)
_notes = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket_id", sa.Integer, nullable=False, index=True),
    sa.Column("agent_id", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

# Asked for with every message, so built once.
_OPEN_FOR = tickets_table.select().where(tickets_table.c.open_for == sa.bindparam("of"))


class WrongState(AssistantError):
    """The ticket is not where this transition starts: somebody else was faster, or it is closed."""


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
    """A ticket; `number` is what the customer is told. Times are seconds since 1970.

    `changed_at` is since when it has its status; `waited` and `handled` are the seconds without and
    with an agent until then, over all agents; `taken_at` is when the last one took it.
    `customer_at` and `agent_at` are when either last said something to the other; `reminded_at`
    when the one who is silent was reminded; `wanted_id` the agent it was passed on to.
    """

    id: int = 0
    status: str = "waiting"
    created_at: float = 0
    agent_id: int | None = None
    wanted_id: int | None = None
    taken_at: float | None = None
    closed_at: float | None = None
    changed_at: float = 0
    waited: float = 0
    handled: float = 0
    customer_at: float | None = None
    agent_at: float | None = None
    reminded_at: float | None = None
    score: int | None = None
    comment: str | None = None

    @property
    def number(self) -> str:
        """Return the ticket's number as people say it."""
        return f"K{self.id:06d}"


@dataclass(frozen=True)
class Note:
    """An agent's internal note; customers never see it."""

    id: int
    ticket_id: int
    agent_id: int
    text: str
    created_at: float


@dataclass(frozen=True)
class Open:
    """An open ticket, how many messages the agent has not answered, and what was said last.

    `note` is the newest note, for the agent who takes a customer from another.
    """

    ticket: Ticket
    unread: int
    last_text: str
    note: str = ""


@dataclass(frozen=True)
class Status:
    """Who answers a conversation now.

    `speaker` is `bot`, `waiting` (the bot answers, a human is asked for), `left_message` (the bot
    answers, a human will read later) or `agent`; `place` the place in the queue, from 1; `agent`
    the agent's name as customers read it; `rate`: a rating is asked for.
    """

    speaker: str = "bot"
    place: int | None = None
    agent: str | None = None
    rate: bool = False


class Desk:
    """Tickets and their queue; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- the customer's side

    def request(self, request: TicketRequest) -> Ticket:
        """Open a ticket, or bring the conversation's open one up to date.

        An open ticket never becomes less urgent; new details and words are added to the old. A new
        one waits if somebody is there who can come to it, else it is a message left.
        """
        try:
            return self._request(request)
        except sa.exc.IntegrityError:  # opened by somebody else just now
            return self._request(request)

    def _request(self, request: TicketRequest) -> Ticket:
        with self._database.write() as connection:
            known = self._open(connection, request.conversation_id)
            if known is not None:
                return self._update(connection, known, request)
            return self._insert(connection, request)

    def _insert(self, connection: sa.engine.Connection, request: TicketRequest) -> Ticket:
        moment = time.time()
        result = connection.execute(
            tickets_table.insert().values(
                conversation_id=request.conversation_id,
                open_for=request.conversation_id,
                channel=request.channel,
                status="waiting" if self._can_wait(connection) else "left_message",
                topic=request.topic,
                category=request.category,
                urgency=URGENCIES.index(request.urgency),
                words=list(request.words),
                procedure=request.procedure,
                step=request.step,
                details=dict(request.details),
                created_at=moment,
                changed_at=moment,
            )
        )
        return self._get(connection, int(result.inserted_primary_key[0]))

    def _can_wait(self, connection: sa.engine.Connection) -> bool:
        """Tell whether a new customer may wait: somebody is there, the queue is not too long."""
        queued = sa.select(sa.func.count()).where(tickets_table.c.status == "waiting")
        most = library.current().desk.most_waiting
        return self._staffed(connection) and connection.execute(queued).scalar() < most

    @staticmethod
    def _staffed(connection: sa.engine.Connection, unseen: float = AWAY_AFTER) -> bool:
        if not is_open(library.current().desk, datetime.now(UTC)):
            return False
        there = sa.select(sa.func.count()).where(
            agents.c.available, agents.c.seen_at > time.time() - unseen
        )
        return bool(connection.execute(there).scalar())

    def _update(
        self, connection: sa.engine.Connection, known: Ticket, request: TicketRequest
    ) -> Ticket:
        before, now = URGENCIES.index(known.urgency), URGENCIES.index(request.urgency)
        # A danger stays what the ticket is about, whatever smaller thing is mentioned after it.
        changed = request.topic is not None and now >= before
        words = list(known.words) + [word for word in request.words if word not in known.words]
        waits = known.status == "left_message" and self._can_wait(connection)
        connection.execute(
            tickets_table.update()
            .where(tickets_table.c.id == known.id)
            .values(
                **(_moved("waiting", time.time()) if waits else {}),
                topic=request.topic if changed else known.topic,
                category=request.category if changed else known.category,
                urgency=max(before, now),
                words=words,
                procedure=request.procedure or known.procedure,
                step=request.step if request.procedure else known.step,
                details={**known.details, **request.details},
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
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id)
                .values(words=[*current.words, text])
            )

    def customer_said(self, ticket: Ticket) -> None:
        """Note that the customer spoke to the agent, whose turn it is now.

        Raises:
            WrongState: no agent has the customer any more.
        """
        with self._database.write() as connection:
            changed = connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id, tickets_table.c.status == "with_agent")
                .values(customer_at=time.time(), reminded_at=None)
            )
        if not changed.rowcount:
            raise WrongState("said")

    def cancel(self, ticket: Ticket) -> Ticket:
        """The customer no longer wants a human."""
        return self._go("cancel", ticket.id, open_for=None, closed_at=time.time())

    def status(self, conversation_id: str) -> Status:
        """Return who answers the conversation now."""
        with self._database.read() as connection:
            ticket = self._open(connection, conversation_id)
            if ticket is None:
                return Status(rate=self._unrated(connection, conversation_id) is not None)
            if ticket.status == "with_agent":
                name = connection.execute(
                    sa.select(agents.c.name).where(agents.c.id == ticket.agent_id)
                ).scalar()
                return Status("agent", agent=name)
            return Status(ticket.status, self._position(connection, ticket) or None)

    def rate(self, conversation_id: str, score: int, comment: str = "") -> None:
        """Keep a customer's rating of the ticket closed last: once, and only while it is asked for.

        Raises:
            ValueError: the score is not 1 to 5.
            WrongState: no rating is asked for.
        """
        if score not in range(1, 6):
            raise ValueError("a score is 1 to 5")
        with self._database.write() as connection:
            ticket = self._unrated(connection, conversation_id)
            if ticket is None:
                raise WrongState("rate")
            changed = connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id, tickets_table.c.score.is_(None))
                .values(score=score, comment=comment)
            )
            if not changed.rowcount:  # rated in another tab just now
                raise WrongState("rate")
            connection.execute(
                ratings_table.insert().values(
                    conversation_id=conversation_id,
                    ticket_id=ticket.id,
                    score=score,
                    comment=comment,
                    created_at=time.time(),
                )
            )

    @staticmethod
    def _unrated(connection: sa.engine.Connection, conversation_id: str) -> Ticket | None:
        since = time.time() - library.current().desk.rate_within * 3600
        row = connection.execute(
            tickets_table.select()
            .where(
                tickets_table.c.conversation_id == conversation_id,
                tickets_table.c.status == "closed",
                tickets_table.c.closed_at > since,
            )
            .order_by(tickets_table.c.id.desc())
            .limit(1)
        ).first()
        return _ticket(row) if row is not None and row.score is None else None

    # ---- the queue

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
            return [_ticket(row) for row in rows]

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

    # ---- the agents' side

    def get(self, number: int) -> Ticket | None:
        """Return a ticket by its id."""
        with self._database.read() as connection:
            row = connection.execute(
                tickets_table.select().where(tickets_table.c.id == number)
            ).first()
            return _ticket(row) if row else None

    def take(self, number: int, agent_id: int, said: Entry) -> Ticket:
        """Give a waiting customer to an agent, and say so.

        Raises:
            WrongState: it waits no longer.
        """
        moment = time.time()
        return self._go(
            "take",
            number,
            said,
            agent_id=agent_id,
            wanted_id=None,
            taken_at=moment,
            customer_at=moment,
            agent_at=None,
            reminded_at=None,
        )

    def transfer(
        self, number: int, said: Entry, wanted_id: int | None = None, category: str | None = None
    ) -> Ticket:
        """Pass a customer on, to another agent or back into the queue, and say so.

        Raises:
            WrongState: no agent has it.
        """
        more = {"category": category} if category else {}
        return self._go("transfer", number, said, agent_id=None, wanted_id=wanted_id, **more)

    def release(self, number: int, said: Entry) -> Ticket:
        """Bring the customer of an agent who went away back into the queue, and say so.

        Raises:
            WrongState: no agent has it.
        """
        return self._go("release", number, said, agent_id=None, reminded_at=None)

    def leave(self, number: int, said: Entry) -> Ticket:
        """Make a message left of a customer who would wait in vain, and say so.

        Raises:
            WrongState: the customer waits no longer.
        """
        return self._go("leave", number, said)

    def queue(self, number: int, said: Callable[[int], Entry]) -> Ticket:
        """Bring the customer of a message left back into the queue, and say which place that is.

        Raises:
            WrongState: it is no message left any more.
        """
        with self._database.write() as connection:
            ticket = self._move(connection, "queue", number)
            record(connection, ticket.conversation_id, [said(self._position(connection, ticket))])
            return ticket

    def unwant(self, number: int) -> None:
        """Let any agent take a customer who was passed on to one."""
        with self._database.write() as connection:
            connection.execute(
                tickets_table.update().where(tickets_table.c.id == number).values(wanted_id=None)
            )

    def somebody_there(self, unseen: float = AWAY_AFTER) -> bool:
        """Tell whether it makes sense to wait: working hours, and an agent who takes customers.

        Args:
            unseen: seconds without a sign of life after which an agent is not there.
        """
        with self._database.read() as connection:
            return self._staffed(connection, unseen)

    def close(self, number: int, said: Entry) -> Ticket:
        """End the conversation with the agent, and say so.

        Raises:
            WrongState: no agent has it.
        """
        return self._go("close", number, said, open_for=None, closed_at=time.time())

    def agent_said(self, ticket: Ticket, *said: Entry) -> list[Entry]:
        """Write an agent's words into the record, if the agent still has the customer.

        Raises:
            WrongState: no longer.
        """
        with self._database.write() as connection:
            changed = connection.execute(
                tickets_table.update()
                .where(
                    tickets_table.c.id == ticket.id,
                    tickets_table.c.status == "with_agent",
                    tickets_table.c.agent_id == ticket.agent_id,
                )
                .values(agent_at=time.time(), reminded_at=None)
            )
            if not changed.rowcount:
                raise WrongState(ticket.status)
            return record(connection, ticket.conversation_id, said)

    def remind(self, ticket: Ticket, *said: Entry) -> None:
        """Note that the silent one was reminded, and say it to the customer if it is them."""
        with self._database.write() as connection:
            connection.execute(
                tickets_table.update()
                .where(tickets_table.c.id == ticket.id)
                .values(reminded_at=time.time())
            )
            record(connection, ticket.conversation_id, said)

    def note(self, number: int, agent_id: int, text: str) -> Note:
        """Add an internal note."""
        moment = time.time()
        with self._database.write() as connection:
            result = connection.execute(
                _notes.insert().values(
                    ticket_id=number, agent_id=agent_id, text=text, created_at=moment
                )
            )
        return Note(int(result.inserted_primary_key[0]), number, agent_id, text, moment)

    def notes(self, number: int) -> list[Note]:
        """Return a ticket's internal notes, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                _notes.select().where(_notes.c.ticket_id == number).order_by(_notes.c.id)
            )
            return [Note(**row._mapping) for row in rows]

    def search(
        self,
        words: str = "",
        status: str | None = None,
        before: int | None = None,
        conversation_id: str | None = None,
        most: int = 50,
    ) -> list[Ticket]:
        """Return tickets, newest first: by number, category, or what was said in them."""
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
                # What masking leaves of a secret is to be recognised, not to be found.
                without_masks(messages.c.text).like(likeness, escape="\\"),
            )
            found = found.where(
                sa.or_(
                    tickets_table.c.category.like(likeness, escape="\\"),
                    tickets_table.c.conversation_id.in_(said),
                    tickets_table.c.id == int(number) if numbered else sa.false(),
                )
            )
        with self._database.read() as connection:
            rows = connection.execute(found.order_by(tickets_table.c.id.desc()).limit(most))
            return [_ticket(row) for row in rows]

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
            sa.select(sa.func.max(_notes.c.id))
            .where(_notes.c.ticket_id.in_(passed_on))
            .group_by(_notes.c.ticket_id)
        )
        with self._database.read() as connection:
            notes = {
                row.ticket_id: row.text
                for row in connection.execute(_notes.select().where(_notes.c.id.in_(noted)))
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
                _words(last.get(ticket.conversation_id)),
                notes.get(ticket.id, ""),
            )
            for ticket in tickets
        ]

    # ---- transitions

    def _go(self, transition: str, number: int, *said: Entry, **changes: Any) -> Ticket:
        """Move a ticket along a transition, and record what is said with it."""
        with self._database.write() as connection:
            ticket = self._move(connection, transition, number, **changes)
            record(connection, ticket.conversation_id, said)
            return ticket

    def _move(
        self, connection: sa.engine.Connection, transition: str, number: int, **changes: Any
    ) -> Ticket:
        starts, end = TRANSITIONS[transition]
        changed = connection.execute(
            tickets_table.update()
            .where(tickets_table.c.id == number, tickets_table.c.status.in_(starts))
            .values(**_moved(end, time.time()), **changes)
        )
        if not changed.rowcount:
            raise WrongState(transition)
        return self._get(connection, number)

    @staticmethod
    def _open(connection: sa.engine.Connection, conversation_id: str) -> Ticket | None:
        row = connection.execute(_OPEN_FOR, {"of": conversation_id}).first()
        return _ticket(row) if row else None

    @staticmethod
    def _get(connection: sa.engine.Connection, number: int) -> Ticket:
        return _ticket(
            connection.execute(tickets_table.select().where(tickets_table.c.id == number)).one()
        )


def _moved(status: str, moment: float) -> dict[str, Any]:
    """Return what changes with a status: the time spent in the old one is added up."""
    table = tickets_table.c
    # A clock that was set back takes nothing away.
    since = sa.func.coalesce(table.changed_at, table.created_at)
    spent = sa.case((since < moment, moment - since), else_=0.0)
    handled = table.status == "with_agent"
    return {
        "status": status,
        "changed_at": moment,
        "waited": table.waited + sa.case((handled, 0.0), else_=spent),
        "handled": table.handled + sa.case((handled, spent), else_=0.0),
    }


def _words(row: Any) -> str:
    if row is None:
        return ""
    return str(row.text) or library.current().say("a_picture")


def _escaped(words: str) -> str:
    return words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _ticket(row: Any) -> Ticket:
    values = dict(row._mapping)
    del values["open_for"]
    values["urgency"] = URGENCIES[values["urgency"]]
    values["changed_at"] = values["changed_at"] or values["created_at"]
    values["words"] = tuple(values["words"])
    return Ticket(**values)


@lru_cache(maxsize=1)
def open_desk() -> Desk:
    """Return this process's desk, on the database that endpoints.yml names."""
    return Desk(open_database())
