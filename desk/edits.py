"""What was changed in content/ at the console, by whom and when: both texts of each change.

An edit is written down before its file is written, and marked when that is done: who died in
between is seen, and what stands in the file decides (`studio/editor.py`).
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from desk.agents import audit
from desk.database import Database, metadata

Status = Literal["writing", "written"]

edits = sa.Table(
    "edits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("document", sa.String(64), nullable=False),  # as ContentLibrary names it
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("undoes", sa.Integer),  # the edit that this one takes back
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("summary", sa.String(255), nullable=False),  # which parts, for people
    sa.Column("before", sa.Text, nullable=False),
    sa.Column("after", sa.Text, nullable=False),
    sa.Index("ix_edits_document", "document", "id"),
    sqlite_autoincrement=True,
)
_LISTED = [each for each in edits.c if each.name not in {"before", "after"}]


@dataclass(frozen=True)
class Edit:
    """One change of one document; a listed one has no texts."""

    id: int
    document: str
    login: str
    time: float
    undoes: int | None
    status: Status
    summary: str
    before: str = ""
    after: str = ""


def version_of(text: str) -> str:
    """Return what tells a text from every other one."""
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()[:32]


class Edits:
    """The changes; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(
        self,
        document: str,
        login: str,
        before: str,
        after: str,
        summary: str,
        undoes: int | None = None,
    ) -> int:
        """Write down a change that is about to be made; return its number."""
        values = {
            "document": document,
            "login": login,
            "time": time.time(),
            "undoes": undoes,
            "status": "writing",
            "summary": summary[:255],
            "before": before,
            "after": after,
        }
        with self._database.write() as connection:
            made = connection.execute(edits.insert().values(**values)).inserted_primary_key
        return int(made[0])

    def finish(self, number: int) -> None:
        """Mark a change as made, together with its line of the audit log; once."""
        with self._database.write() as connection:
            row = connection.execute(edits.select().where(edits.c.id == number)).first()
            if row is None or row.status != "writing":
                return
            connection.execute(edits.update().where(edits.c.id == number).values(status="written"))
            connection.execute(
                audit.insert().values(
                    time=row.time,
                    login=row.login,
                    action="undo content" if row.undoes else "edit content",
                    ticket_id=None,
                    detail=f"{row.document}: {row.summary}"[:255],
                )
            )

    def drop(self, number: int) -> None:
        """Forget a change that was never made."""
        with self._database.write() as connection:
            connection.execute(
                edits.delete().where(edits.c.id == number, edits.c.status == "writing")
            )

    def unfinished(self) -> list[Edit]:
        """Return the changes that are being made, or whose maker died, oldest first."""
        found = edits.select().where(edits.c.status == "writing").order_by(edits.c.id)
        with self._database.read() as connection:
            return [Edit(**row._mapping) for row in connection.execute(found)]

    def get(self, number: int) -> Edit | None:
        """Return a change with both texts."""
        found = edits.select().where(edits.c.id == number, edits.c.status == "written")
        with self._database.read() as connection:
            row = connection.execute(found).first()
        return Edit(**row._mapping) if row else None

    def last(
        self, document: str | None = None, before: int | None = None, limit: int = 50
    ) -> list[Edit]:
        """Return changes without their texts, newest first.

        Args:
            document: of this one alone.
            before: only those with smaller numbers.
            limit: how many at most.
        """
        found = sa.select(*_LISTED).where(edits.c.status == "written")
        if document is not None:
            found = found.where(edits.c.document == document)
        if before is not None:
            found = found.where(edits.c.id < before)
        with self._database.read() as connection:
            rows: Any = connection.execute(found.order_by(edits.c.id.desc()).limit(limit))
            return [Edit(**row._mapping) for row in rows]

    def newest(self) -> dict[str, Edit]:
        """Return each document's newest change, with its texts."""
        last = (
            sa.select(sa.func.max(edits.c.id))
            .where(edits.c.status == "written")
            .group_by(edits.c.document)
        )
        with self._database.read() as connection:
            rows = connection.execute(edits.select().where(edits.c.id.in_(last)))
            return {row.document: Edit(**row._mapping) for row in rows}
