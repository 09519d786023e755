"""How much a platform still lets us say to a customer: so many messages, until a moment.

Kept in the database, so that no restart and no other worker spends a message twice.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from desk.database import Database, metadata

windows = sa.Table(
    "windows",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    # The long window that a message of the customer opens; no count: as many as we like.
    sa.Column("left", sa.Integer),
    sa.Column("until", sa.Float, nullable=False),
    # The short one that a menu click, a scan or following opens; it is spent first.
    sa.Column("short_left", sa.Integer, nullable=False),
    sa.Column("short_until", sa.Float, nullable=False),
)


@dataclass(frozen=True)
class Quota:
    """What may still be sent: `left` messages (None: no count) until `until` (seconds since 1970).

    `left` is 0 when the customer has to write first.
    """

    left: int | None
    until: float


class Quotas:
    """The windows of all conversations of a platform."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(
        self, conversation_id: str, count: int | None, seconds: float, short: bool = False
    ) -> None:
        """Open a window of so many messages (None: no count) for so many seconds from now."""
        until = time.time() + seconds
        values: dict[str, Any] = {"left": count, "until": until}
        if short:
            values = {"short_left": count or 0, "short_until": until}
        try:
            self._open(conversation_id, values)
        except sa.exc.IntegrityError:  # another worker opened the first one just now
            self._open(conversation_id, values)

    def _open(self, conversation_id: str, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            changed = connection.execute(
                windows.update()
                .where(windows.c.conversation_id == conversation_id)
                .values(**values)
            )
            if not changed.rowcount:
                closed = {"left": 0, "until": 0.0, "short_left": 0, "short_until": 0.0}
                first = {**closed, **values, "conversation_id": conversation_id}
                connection.execute(windows.insert().values(**first))

    def of(self, conversation_id: str) -> Quota:
        """Return what may be sent now."""
        with self._database.read() as connection:
            row = connection.execute(
                windows.select().where(windows.c.conversation_id == conversation_id)
            ).first()
        if row is None:
            return Quota(0, 0)
        now = time.time()
        left = row.left if row.until > now else 0
        short = row.short_left if row.short_until > now else 0
        if left is None:
            return Quota(None, row.until)
        return Quota(left + short, row.until if left else row.short_until if short else row.until)

    def spend(self, conversation_id: str) -> bool:
        """Spend one message of a window; False when none is left."""
        now, mine = time.time(), windows.c.conversation_id == conversation_id
        with self._database.write() as connection:
            spent = connection.execute(
                windows.update()
                .where(mine, windows.c.short_left > 0, windows.c.short_until > now)
                .values(short_left=windows.c.short_left - 1)
            )
            if not spent.rowcount:
                spent = connection.execute(
                    windows.update()
                    .where(
                        mine,
                        sa.or_(windows.c.left.is_(None), windows.c.left > 0),
                        windows.c.until > now,
                    )
                    .values(left=windows.c.left - 1)  # unlimited stays unlimited
                )
        return bool(spent.rowcount)

    def close(self, conversation_id: str) -> None:
        """Note that the platform takes nothing more until the customer writes."""
        with self._database.write() as connection:
            connection.execute(
                windows.update()
                .where(windows.c.conversation_id == conversation_id)
                .values(until=0.0, short_until=0.0)
            )
