"""What the bot remembers of each conversation: one row, which each turn replaces."""

from __future__ import annotations

import json
import time
from typing import Any

import sqlalchemy as sa

from desk.database import Database, metadata

memories = sa.Table(
    "memories",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Float, nullable=False, index=True),
)

# Built once: building a statement takes longer than SQLite takes to run it.
_MINE = memories.c.conversation_id == sa.bindparam("of")
_GET = sa.select(memories.c.data).where(_MINE)
_REPLACE = (
    memories.update()
    .where(_MINE)
    .values(data=sa.bindparam("data"), saved_at=sa.bindparam("saved_at"))
)
_INSERT = memories.insert()


class Memory:
    """JSON objects by conversation; a broken database raises `SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, conversation_id: str) -> dict[str, Any] | None:
        """Return what is remembered; None if there is nothing."""
        with self._database.read() as connection:
            data = connection.execute(_GET, {"of": conversation_id}).scalar()
        return json.loads(data) if data else None

    def keep(self, conversation_id: str, remembered: dict[str, Any]) -> None:
        """Replace what is remembered."""
        values = {"data": json.dumps(remembered, ensure_ascii=False), "saved_at": time.time()}
        try:
            self._keep(conversation_id, values)
        except sa.exc.IntegrityError:  # another worker kept the first just now
            self._keep(conversation_id, values)

    def _keep(self, conversation_id: str, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            if not connection.execute(_REPLACE, {"of": conversation_id, **values}).rowcount:
                connection.execute(_INSERT, {"conversation_id": conversation_id, **values})

    def conversations(self) -> list[str]:
        """Return all conversations of which something is remembered."""
        with self._database.read() as connection:
            rows = connection.execute(sa.select(memories.c.conversation_id))
            return [row.conversation_id for row in rows]
