"""What a ticket is: its tables, its states and the transitions between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from desk.database import metadata
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
    "take_over": (("with_agent",), "with_agent"),
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
    sa.Column("wanted_at", sa.Float),  # null: since it has its status
    sa.Column("taken_at", sa.Float),
    sa.Column("closed_at", sa.Float),
    # Since when it has its status, and how long it waited and was with agents before that.
    sa.Column("changed_at", sa.Float),  # null: since it was opened
    sa.Column("waited", sa.Float, nullable=False, server_default="0"),
    sa.Column("handled", sa.Float, nullable=False, server_default="0"),
    sa.Column("customer_at", sa.Float),
    sa.Column("asked_at", sa.Float),  # the oldest message that the agent has not answered
    sa.Column("agent_at", sa.Float),
    sa.Column("reminded_at", sa.Float),
    sa.Column("seen_at", sa.Float),  # by the agent it was given to; null: not yet
    sa.Column("score", sa.Integer),
    sa.Column("comment", sa.Text),
    # What the agent says of it at the end; null: nothing was said.
    sa.Column("summary", sa.Text),
    sa.Column("solved", sa.Boolean),
    sa.Column("needless", sa.Boolean),  # the assistant could have answered it
    # For a call back, as it is dialled: nowhere else, and gone when the ticket is over.
    sa.Column("phone", sa.String(32)),
    # Numbers are never reused, even after deletions: the audit log may name them.
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
notes_table = sa.Table(
    "notes",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket_id", sa.Integer, nullable=False, index=True),
    sa.Column("agent_id", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)

# Asked for with every message, so built once.
OPEN_FOR = tickets_table.select().where(tickets_table.c.open_for == sa.bindparam("of"))


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
    `customer_at` and `agent_at` are when either last said something to the other; `asked_at` is the
    customer's oldest message without an answer, while it is later than `agent_at`; `reminded_at` is
    when the one who is silent was reminded; `seen_at` when the agent who was given it saw it;
    `wanted_id` the agent it was passed on to, `wanted_at` when. `summary`, `solved` and
    `needless` (the assistant could have answered it) are what the agent says at the end; None:
    nothing. `phone` is for a call back, not masked.
    """

    id: int = 0
    status: str = "waiting"
    created_at: float = 0
    agent_id: int | None = None
    wanted_id: int | None = None
    wanted_at: float | None = None
    taken_at: float | None = None
    closed_at: float | None = None
    changed_at: float = 0
    waited: float = 0
    handled: float = 0
    customer_at: float | None = None
    asked_at: float | None = None
    agent_at: float | None = None
    reminded_at: float | None = None
    seen_at: float | None = None
    score: int | None = None
    comment: str | None = None
    summary: str | None = None
    solved: bool | None = None
    needless: bool | None = None
    phone: str | None = None

    @property
    def number(self) -> str:
        """Return the ticket's number as people say it."""
        return f"K{self.id:06d}"

    @property
    def asks_since(self) -> float | None:
        """Return since when the customer waits for the agent's answer; None: they have it."""
        answered, asked = self.agent_at or 0, self.asked_at or 0
        if self.customer_at is None or self.customer_at < answered:
            return None
        # One agent's silence is not the next one's.
        return max(asked if asked > answered else self.customer_at, self.taken_at or 0)


@dataclass(frozen=True)
class Closing:
    """What an agent says of a ticket at its end; what is None stays as it is."""

    summary: str | None = None
    category: str | None = None
    solved: bool | None = None
    needless: bool | None = None

    @property
    def values(self) -> dict[str, Any]:
        """Return the columns that it changes."""
        return {name: value for name, value in vars(self).items() if value is not None}


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

    `last_name` is the name of the agent who said it, None when the customer did. `note` is the
    newest note, for the agent who takes a customer from another.
    """

    ticket: Ticket
    unread: int
    last_text: str
    last_name: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Status:
    """Who answers a conversation now.

    `speaker` is `bot`, `waiting` (the bot answers, a human is asked for), `left_message` (the bot
    answers, a human will read later) or `agent`; `place` the place in the queue, from 1; `agent`
    the agent's name as customers read it; `rate`: a rating is asked for; `callback`: whether a
    phone number for a call back is kept, None where none is taken.
    """

    speaker: str = "bot"
    place: int | None = None
    agent: str | None = None
    rate: bool = False
    callback: bool | None = None


def moved(status: str, moment: float) -> dict[str, Any]:
    """Return what changes with a status: the time spent in the old one is added up."""
    table = tickets_table.c
    # A clock that was set back must not make it smaller.
    since = sa.func.coalesce(table.changed_at, table.created_at)
    spent = sa.case((since < moment, moment - since), else_=0.0)
    handled = table.status == "with_agent"
    return {
        "status": status,
        "changed_at": moment,
        "waited": table.waited + sa.case((handled, 0.0), else_=spent),
        "handled": table.handled + sa.case((handled, spent), else_=0.0),
    }


def to_ticket(row: Any) -> Ticket:
    """Return a row as a ticket."""
    values = dict(row._mapping)
    del values["open_for"]
    values["urgency"] = URGENCIES[values["urgency"]]
    values["changed_at"] = values["changed_at"] or values["created_at"]
    values["words"] = tuple(values["words"])
    return Ticket(**values)
