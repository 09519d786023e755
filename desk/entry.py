"""A message of the record: what it is, its table, and how it is written and read.

A message has a key that is unique in its conversation, so that whoever writes it twice (a client
that tries again, a platform that delivers again, a process that starts again) has written it once.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from desk.database import metadata
from infra.channels import is_delivered

LONGEST_KEY = 64  # characters of a message's key
AUTHORS = ("customer", "bot", "agent", "system")
WAITING, SENT, FAILED = "waiting", "sent", "failed"
NOT_UNDERSTOOD = ("nlu_fallback", "out_of_scope")  # intents of answers that are none
JOINS = "joins"  # waits as well, but is not worth a message of its own: it goes with the next one
Button = Mapping[str, str]  # `title`, which customers read, and `payload`, which Rasa gets

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("key", sa.String(LONGEST_KEY), nullable=False),
    sa.Column("author", sa.String(16), nullable=False),
    sa.Column("name", sa.String(64)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("extra", sa.JSON, nullable=False),
    sa.Column("intent", sa.String(64)),
    sa.Column("reply_to", sa.String(64)),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("delivery", sa.String(16)),
    sa.Column("time", sa.Float, nullable=False, index=True),
    sa.UniqueConstraint("conversation_id", "key"),
    sa.Index("messages_of_a_conversation", "conversation_id", "seq"),
    # A position is never reused, even after deletions: pages resume from it.
    sqlite_autoincrement=True,
)
sa.Index(
    "messages_to_carry",
    messages.c.conversation_id,
    messages.c.seq,
    sqlite_where=messages.c.delivery == WAITING,
    postgresql_where=messages.c.delivery == WAITING,
)
sa.Index(
    "messages_unanswered",
    messages.c.time,
    sqlite_where=sa.and_(messages.c.author == "customer", messages.c.answered == sa.false()),
    postgresql_where=sa.and_(messages.c.author == "customer", messages.c.answered == sa.false()),
)

# Built once: building a statement takes longer than SQLite takes to run it.
_MINE = messages.c.conversation_id == sa.bindparam("of")
_BY_KEYS = messages.select().where(_MINE, messages.c.key.in_(sa.bindparam("keys", expanding=True)))
_INSERT = messages.insert()
_ANSWERED = (
    messages.update().where(_MINE, messages.c.key == sa.bindparam("asked")).values(answered=True)
)


@dataclass(frozen=True)
class Entry:
    """One message of a conversation, its secrets masked.

    Args:
        key: unique in the conversation; a customer's is the client's or platform's message id.
        author: one of `AUTHORS`.
        buttons: titles and payloads, which are not for the customer's eyes.
        step: what a step card shows.
        picture: id, width and height of a stored picture; `unread` while it is still to be read
            (desk/unread.py) and nobody but the customer sees it; `values` that were read, `sure`
            or not, and what was `read` where the customer corrected it.
        intent: what the bot took the message for that it answers here.
        about: the topic that it answers, where customers are asked whether that was useful.
        useful: what the customer said of that; None: nothing.
        reply_to: the key of the customer's message that this answers.
        name: the agent's name as customers read it.
        time: seconds since 1970.
        delivery: where messages must be delivered: `waiting`, `joins`, `sent` or `failed`.
        seq: the position in the record, growing; 0 while it is not recorded.
    """

    key: str
    author: str
    text: str = ""
    buttons: Sequence[Button] = ()
    step: Mapping[str, Any] | None = None
    picture: Mapping[str, Any] | None = None
    intent: str | None = None
    reply_to: str | None = None
    name: str | None = None
    time: float = field(default_factory=time.time)
    answered: bool = False
    seq: int = 0
    delivery: str | None = None
    about: str | None = None
    useful: bool | None = None


def reply_key(message_key: str, place: str) -> str:
    """Return the key of an answer by its place after a message; always the same."""
    return hashlib.sha256(f"{message_key}\n{place}".encode()).hexdigest()[:24]


def prefixed_key(prefix: str, key: str) -> str:
    """Return a key of the record for an id given by somebody else; different ids stay different.

    Args:
        prefix: at most 32 characters that tell whose ids these are.
        key: the id; one that does not fit is replaced by its hash.
    """
    if len(prefix + key) <= LONGEST_KEY:
        return prefix + key
    return prefix + hashlib.sha256(key.encode()).hexdigest()[: LONGEST_KEY - len(prefix)]


def record(
    connection: sa.engine.Connection,
    conversation_id: str,
    entries: Sequence[Entry],
    answers: str | None = None,
) -> list[Entry]:
    """Write messages in a transaction that is open already; see `Transcript.add`."""
    if not entries and answers is None:
        return []
    _take_turns(connection, conversation_id)
    keys = [entry.key for entry in entries]
    asked = {"of": conversation_id, "keys": keys}
    rows = connection.execute(_BY_KEYS, asked).all() if keys else ()
    known = {row.key: entry_of(row) for row in rows}
    to_deliver = is_delivered(conversation_id)
    recorded: list[Entry] = []
    for entry in entries:
        if entry.key not in known:
            delivers = to_deliver and entry.author != "customer"
            entry = replace(entry, delivery=(entry.delivery or WAITING) if delivers else None)
            values = {
                "conversation_id": conversation_id,
                "key": entry.key,
                "author": entry.author,
                "name": entry.name,
                "text": entry.text,
                "extra": {
                    "buttons": [dict(button) for button in entry.buttons],
                    "step": entry.step,
                    "picture": entry.picture,
                    **({"about": entry.about} if entry.about else {}),
                },
                "intent": entry.intent,
                "reply_to": entry.reply_to,
                "answered": entry.answered,
                "delivery": entry.delivery,
                "time": entry.time,
            }
            result = connection.execute(_INSERT, values)
            known[entry.key] = replace(entry, seq=int(result.inserted_primary_key[0]))
        recorded.append(known[entry.key])
    if answers is not None:
        connection.execute(_ANSWERED, {"of": conversation_id, "asked": answers})
    return recorded


def _take_turns(connection: sa.engine.Connection, conversation_id: str) -> None:
    """Let one writer at a time number a conversation's messages.

    PostgreSQL assigns numbers before the commit: a reader could see 11, go on from there, and
    never see the 10 that is committed a moment later. (SQLite has one writer anyway.)
    """
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(conversation_id.encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def entry_of(row: Any) -> Entry:
    """Return the message of a row of the table."""
    return Entry(
        key=row.key,
        author=row.author,
        text=row.text,
        buttons=row.extra.get("buttons") or (),
        step=row.extra.get("step"),
        picture=row.extra.get("picture"),
        intent=row.intent,
        reply_to=row.reply_to,
        name=row.name,
        time=row.time,
        answered=row.answered,
        seq=row.seq,
        delivery=row.delivery,
        about=row.extra.get("about"),
        useful=row.extra.get("useful"),
    )
