"""What was said, in order, by whom: the record that customers, agents and channels read from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from desk.database import Database
from desk.entry import AUTHORS, JOINS, SENT, WAITING, Entry, entry_of, messages, record
from infra.channels import delivered_channels

RECENT = 20  # newest messages that are searched for those that join the next delivery
_NEWEST = 2**62
# Built once: building a statement takes longer than SQLite takes to run it.
_LAST = (
    messages.select()
    .where(
        messages.c.conversation_id == sa.bindparam("of"),
        messages.c.author.in_(sa.bindparam("authors", expanding=True)),
        messages.c.seq < sa.bindparam("before"),
    )
    .order_by(messages.c.seq.desc())
    .limit(sa.bindparam("limit"))
)


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
        return replace(entry_of(row), text=text, picture=picture, answered=answered)

    def correct_picture(
        self, conversation_id: str, key: str, kind: str, value: str
    ) -> Entry | None:
        """Write a right value beside a customer's picture; what was read stays known.

        Args:
            conversation_id, key: of the message.
            kind: of the value, as in the picture's `values`.
            value: the right one, masked.

        Returns:
            The message as it is now; None when it is gone, or has no such value.
        """
        mine = sa.and_(messages.c.conversation_id == conversation_id, messages.c.key == key)
        with self._database.write() as connection:
            row = connection.execute(messages.select().where(mine)).first()
            picture = dict(row.extra.get("picture") or {}) if row else {}
            before = (picture.get("values") or {}).get(kind)
            if row is None or before is None:
                return None
            picture["values"] = {**picture["values"], kind: value}
            picture["read"] = {kind: before, **picture.get("read", {})}
            text = row.text.replace(before, value)
            changed = {"text": text, "extra": {**row.extra, "picture": picture}}
            connection.execute(messages.update().where(mine).values(**changed))
        return replace(entry_of(row), text=text, picture=picture)

    def recall(self, conversation_id: str, key: str, since: float, said: str) -> Entry | None:
        """Put a sentence in the place of an agent's message; its picture is gone, too.

        Args:
            conversation_id, key: of the message.
            since: an older message stays (seconds since 1970).
            said: what customers and agents read there from now on.

        Returns:
            The message as it was; None when it is too old, no agent's, or delivered already.
        """
        open_still = sa.or_(
            messages.c.delivery.is_(None), messages.c.delivery.in_((WAITING, JOINS))
        )
        mine = sa.and_(messages.c.conversation_id == conversation_id, messages.c.key == key)
        with self._database.write() as connection:
            row = connection.execute(
                messages.select().where(
                    mine, open_still, messages.c.author == "agent", messages.c.time >= since
                )
            ).first()
            if row is None:
                return None
            connection.execute(
                messages.update()
                .where(mine)
                .values(
                    author="system",
                    text=said,
                    delivery=None,
                    extra={**row.extra, "picture": None},
                )
            )
        return entry_of(row)

    def find(self, conversation_id: str, key: str) -> Entry | None:
        """Return one message by its key."""
        with self._database.read() as connection:
            row = connection.execute(
                messages.select().where(
                    messages.c.conversation_id == conversation_id, messages.c.key == key
                )
            ).first()
        return entry_of(row) if row else None

    def picture_ids(self, conversation_id: str) -> list[str]:
        """Return the ids of the pictures that a customer has sent, oldest first."""
        sent = sa.select(messages.c.extra).where(
            messages.c.conversation_id == conversation_id, messages.c.author == "customer"
        )
        with self._database.read() as connection:
            found = connection.execute(sent.order_by(messages.c.seq)).scalars()
            return [extra["picture"]["id"] for extra in found if extra.get("picture")]

    def replies(self, conversation_id: str, key: str) -> list[Entry]:
        """Return what was answered to a customer's message, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                messages.select()
                .where(messages.c.conversation_id == conversation_id, messages.c.reply_to == key)
                .order_by(messages.c.seq)
            )
            return [entry_of(row) for row in rows]

    def after(self, conversation_id: str, seq: int, limit: int = 200) -> list[Entry]:
        """Return the messages after a position in the record, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                messages.select()
                .where(messages.c.conversation_id == conversation_id, messages.c.seq > seq)
                .order_by(messages.c.seq)
                .limit(limit)
            )
            return [entry_of(row) for row in rows]

    def seq_at(self, conversation_id: str, moment: float) -> int:
        """Return the position at a moment (seconds since 1970); 0 before the first message."""
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
        """Return the newest messages (of some authors, before a position), oldest first."""
        asked = {
            "of": conversation_id,
            "authors": tuple(authors or AUTHORS),
            "before": _NEWEST if before is None else before,
            "limit": limit,
        }
        with self._database.read() as connection:
            return [entry_of(row) for row in connection.execute(_LAST, asked)][::-1]

    def at(self, conversation_id: str, seq: int) -> Entry | None:
        """Return one message by its position in the record."""
        with self._database.read() as connection:
            row = connection.execute(
                messages.select().where(
                    messages.c.seq == seq, messages.c.conversation_id == conversation_id
                )
            ).first()
        return entry_of(row) if row else None

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
            return [(row.conversation_id, entry_of(row)) for row in rows]

    # ---- what must be delivered to the customer

    def to_deliver(self, channel: str) -> list[str]:
        """Return the conversations of a channel that have undelivered messages."""
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
        """Return for each channel how many messages are undelivered, and since when."""
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
        """Return the undelivered messages, and those that join them, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                messages.select()
                .where(
                    messages.c.delivery == WAITING, messages.c.conversation_id == conversation_id
                )
                .order_by(messages.c.seq)
            )
            waiting = [entry_of(row) for row in rows]
        recent = self.last(conversation_id, RECENT)
        joining = [each for each in recent if each.delivery == JOINS]
        return sorted([*joining, *waiting], key=lambda each: each.seq)

    def delivered(self, conversation_id: str, *seqs: int, delivery: str = SENT) -> None:
        """Record the outcome of deliveries: `sent`, or `failed` for good."""
        with self._database.write() as connection:
            connection.execute(
                messages.update()
                .where(messages.c.conversation_id == conversation_id, messages.c.seq.in_(seqs))
                .values(delivery=delivery)
            )
