"""All that is stored of one customer: to be shown, or to be deleted, when they ask for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from desk.database import Database, metadata, open_database
from desk.pictures import PictureStore, open_pictures


class Customers:
    """One customer's data in the desk's database and picture store.

    Which tables hold some is read from the schema itself: a new one with a `conversation_id` is
    not forgotten. The audit log, which holds no words of customers, stays.
    """

    def __init__(self, database: Database, pictures: PictureStore) -> None:
        self._database = database
        self._pictures = pictures

    def export(self, conversation_id: str) -> dict[str, list[dict[str, Any]]]:
        """Return every row about a customer, by table."""
        with self._database.read() as connection:
            return {
                table.name: [
                    dict(row._mapping) for row in connection.execute(table.select().where(mine))
                ]
                for table, mine in self._parts(conversation_id)
            }

    def erase(self, conversation_id: str) -> None:
        """Delete everything about a customer, pictures included. Cannot be undone."""
        with self._database.write() as connection:
            for table, mine in self._parts(conversation_id):
                connection.execute(table.delete().where(mine))
        self._pictures.erase(conversation_id)

    @staticmethod
    def _parts(conversation_id: str) -> list[tuple[sa.Table, Any]]:
        tickets = metadata.tables["tickets"]
        messages = metadata.tables["messages"]
        theirs = sa.select(tickets.c.id).where(tickets.c.conversation_id == conversation_id)
        said = sa.select(messages.c.seq).where(messages.c.conversation_id == conversation_id)
        parts = [
            (metadata.tables["notes"], metadata.tables["notes"].c.ticket_id.in_(theirs)),
            (metadata.tables["labels"], metadata.tables["labels"].c.seq.in_(said)),
        ]
        for table in metadata.sorted_tables:
            if "conversation_id" in table.c:
                parts.append((table, table.c.conversation_id == conversation_id))
        return parts


@lru_cache(maxsize=1)
def open_customers() -> Customers:
    """Return this process's view of customers' data, where endpoints.yml says."""
    return Customers(open_database(), open_pictures())
