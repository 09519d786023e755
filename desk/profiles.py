"""What the embedding app tells of its user, for agents alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from desk.database import Database, metadata

profiles = sa.Table(
    "profiles",
    metadata,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("told", sa.JSON, nullable=False),  # by name: title, value, signed
    sa.Column("updated_at", sa.Float, nullable=False),
)


class Profiles:
    """Profiles by conversation; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tell(self, conversation_id: str, told: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what is told, over what was told before under the same names.

        Args:
            conversation_id: whose it is.
            told: by name `title` and `value`, as agents read them, and `signed`: by the app's key.
        """
        mine = profiles.c.conversation_id == conversation_id
        with self._database.write() as connection:
            row = connection.execute(profiles.select().where(mine)).first()
            values = {"told": {**(row.told if row else {}), **told}, "updated_at": time.time()}
            if row is None:
                connection.execute(
                    profiles.insert().values(conversation_id=conversation_id, **values)
                )
            elif values["told"] != row.told:
                connection.execute(profiles.update().where(mine).values(**values))

    def of(self, conversation_id: str) -> list[dict[str, Any]]:
        """Return what was told of a customer, in the order in which it was told first."""
        with self._database.read() as connection:
            told = connection.execute(
                sa.select(profiles.c.told).where(profiles.c.conversation_id == conversation_id)
            ).scalar()
        return list((told or {}).values())
