"""What was said, in order, by whom: the one record that customers, agents and channels read from.

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

from desk.database import Database, metadata
from infra.channels import delivered_channels, is_delivered

LONGEST_KEY = 64  # characters of a message's key
AUTHORS = ("customer", "bot", "agent", "system")
WAITING, SENT, FAILED = "waiting", "sent", "failed"
JOINS = "joins"  # waits as well, but is not worth a message of its own: it goes with the next one
Button = Mapping[str, str]  # `title`, which customers read, and `payload`, which Rasa gets
RECENT = 20  # messages among which is looked for it

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
    # A place in the record is never given again, whoever was deleted: pages go on from it.
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
_NEWEST = 2**62
_MINE = messages.c.conversation_id == sa.bindparam("of")
_BY_KEYS = messages.select().where(_MINE, messages.c.key.in_(sa.bindparam("keys", expanding=True)))
_INSERT = messages.insert()
_ANSWERED = (
    messages.update().where(_MINE, messages.c.key == sa.bindparam("asked")).values(answered=True)
)
_LAST = (
    messages.select()
    .where(
        _MINE,
        messages.c.author.in_(sa.bindparam("authors", expanding=True)),
        messages.c.seq < sa.bindparam("before"),
    )
    .order_by(messages.c.seq.desc())
    .limit(sa.bindparam("limit"))
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
            (desk/unread.py) and nobody but the customer sees it.
        intent: what the bot took the message for that it answers here.
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


class Transcript:
    """The record of all conversations; a broken database raises `SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, conversation_id: str, *entries: Entry, answers: str | None = None) -> list[Entry]:
        """Write messages that are not known yet, and return all of them as they are recorded.

        With `answers`, the key of a customer's message, that one counts as answered from now on.
        """
        try:
            return self._add(conversation_id, entries, answers)
        except sa.exc.IntegrityError:  # another process wrote one of them just now
            return self._add(conversation_id, entries, answers)

    def _add(
        self, conversation_id: str, entries: Sequence[Entry], answers: str | None
    ) -> list[Entry]:
        with self._database.write() as connection:
            return record(connection, conversation_id, entries, answers)

    def read_picture(
        self,
        conversation_id: str,
        key: str,
        text: str,
        picture: Mapping[str, Any] | None,
        answered: bool,
    ) -> Entry | None:
        """Write beside a customer's picture what it says; return the message, None if it is gone.

        Args:
            conversation_id, key: of the message.
            text: what was read, masked.
            picture: what stands in the message's `picture` from now on; None: it is gone.
            answered: False when an answer to the text is to follow.
        """
        mine = sa.and_(messages.c.conversation_id == conversation_id, messages.c.key == key)
        with self._database.write() as connection:
            row = connection.execute(messages.select().where(mine)).first()
            if row is None:
                return None
            values = {
                "text": text,
                "extra": {**row.extra, "picture": picture and dict(picture)},
                "answered": answered,
            }
            connection.execute(messages.update().where(mine).values(**values))
        return replace(_entry(row), text=text, picture=picture, answered=answered)

    def find(self, conversation_id: str, key: str) -> Entry | None:
        """Return one message by its key."""
        with self._database.read() as connection:
            row = connection.execute(
                messages.select().where(
                    messages.c.conversation_id == conversation_id, messages.c.key == key
                )
            ).first()
        return _entry(row) if row else None

    def replies(self, conversation_id: str, key: str) -> list[Entry]:
        """Return what was answered to a customer's message, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                messages.select()
                .where(messages.c.conversation_id == conversation_id, messages.c.reply_to == key)
                .order_by(messages.c.seq)
            )
            return [_entry(row) for row in rows]

    def after(self, conversation_id: str, seq: int, limit: int = 200) -> list[Entry]:
        """Return the messages after a place in the record, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                messages.select()
                .where(messages.c.conversation_id == conversation_id, messages.c.seq > seq)
                .order_by(messages.c.seq)
                .limit(limit)
            )
            return [_entry(row) for row in rows]

    def seq_at(self, conversation_id: str, moment: float) -> int:
        """Return the place in the record at a moment (seconds since 1970); 0 before the first."""
        with self._database.read() as connection:
            found = connection.execute(
                sa.select(sa.func.max(messages.c.seq)).where(
                    messages.c.conversation_id == conversation_id, messages.c.time < moment
                )
            ).scalar()
        return int(found or 0)

    def last(
        self,
        conversation_id: str,
        limit: int = 200,
        authors: Sequence[str] = (),
        before: int | None = None,
    ) -> list[Entry]:
        """Return the newest messages (of some authors, before a place), oldest first."""
        asked = {
            "of": conversation_id,
            "authors": tuple(authors or AUTHORS),
            "before": _NEWEST if before is None else before,
            "limit": limit,
        }
        with self._database.read() as connection:
            return [_entry(row) for row in connection.execute(_LAST, asked)][::-1]

    def at(self, conversation_id: str, seq: int) -> Entry | None:
        """Return one message by its place in the record."""
        with self._database.read() as connection:
            row = connection.execute(
                messages.select().where(
                    messages.c.seq == seq, messages.c.conversation_id == conversation_id
                )
            ).first()
        return _entry(row) if row else None

    def unanswered(self, since: float, until: float, limit: int = 100) -> list[tuple[str, Entry]]:
        """Return customers' messages of a time that nothing answers, with their conversations."""
        with self._database.read() as connection:
            rows = connection.execute(
                messages.select()
                .where(
                    messages.c.author == "customer",
                    messages.c.answered == sa.false(),
                    messages.c.time.between(since, until),
                )
                .order_by(messages.c.seq)
                .limit(limit)
            )
            return [(row.conversation_id, _entry(row)) for row in rows]

    # ---- what must be delivered to the customer

    def to_deliver(self, channel: str) -> list[str]:
        """Return the conversations of a channel to which something waits to be delivered."""
        with self._database.read() as connection:
            rows = connection.execute(
                sa.select(messages.c.conversation_id)
                .where(
                    messages.c.delivery == WAITING,
                    messages.c.conversation_id.like(f"{channel}-%"),
                )
                .group_by(messages.c.conversation_id)
                .order_by(sa.func.min(messages.c.seq))
            )
            return [row.conversation_id for row in rows]

    def waits(self) -> dict[str, tuple[int, float | None]]:
        """Return by channel how many messages wait to be delivered, and since when."""
        found = {}
        with self._database.read() as connection:
            for channel in delivered_channels():
                count, first = connection.execute(
                    sa.select(sa.func.count(), sa.func.min(messages.c.time)).where(
                        messages.c.delivery == WAITING,
                        messages.c.conversation_id.like(f"{channel}-%"),
                    )
                ).one()
                found[channel] = int(count), first
        return found

    def undelivered(self, conversation_id: str) -> list[Entry]:
        """Return what waits to be delivered to the customer, or to join it, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                messages.select()
                .where(
                    messages.c.delivery == WAITING, messages.c.conversation_id == conversation_id
                )
                .order_by(messages.c.seq)
            )
            waiting = [_entry(row) for row in rows]
        recent = self.last(conversation_id, RECENT)
        joining = [each for each in recent if each.delivery == JOINS]
        return sorted([*joining, *waiting], key=lambda each: each.seq)

    def delivered(self, conversation_id: str, *seqs: int, delivery: str = SENT) -> None:
        """Note what became of messages that waited: `sent`, or `failed` for good."""
        with self._database.write() as connection:
            connection.execute(
                messages.update()
                .where(messages.c.conversation_id == conversation_id, messages.c.seq.in_(seqs))
                .values(delivery=delivery)
            )


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
    known = {row.key: _entry(row) for row in rows}
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
    """Let one writer a conversation at a time number its messages.

    PostgreSQL gives numbers out before it commits: a reader could see 11, go on from there, and
    never see the 10 that is committed a moment later. (SQLite has one writer anyway.)
    """
    if connection.dialect.name == "postgresql":
        digest = hashlib.sha256(conversation_id.encode()).digest()
        number = int.from_bytes(digest[:8], "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number)))


def _entry(row: Any) -> Entry:
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
    )
