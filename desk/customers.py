"""All that is stored of customers: shown or deleted when they ask for it, or deleted when old."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from desk.database import Database
from desk.pictures import PictureStore
from desk.tables import metadata

# The column that says when a table's row was last used.
_TIMES = {
    "messages": "time",
    "tickets": "closed_at",
    "ratings": "created_at",
    "stints": "began_at",
    "feedback": "created_at",
    "profiles": "updated_at",
    "memories": "saved_at",
    "unread": "created_at",
}


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

    def expire(self, moment: float) -> int:
        """Delete what is older than a moment (seconds since 1970), pictures included.

        Whose ticket is open keeps everything. Returns of how many customers something was deleted.
        """
        tables = metadata.tables
        tickets = tables["tickets"]
        old = sa.union(
            *(
                sa.select(tables[name].c.conversation_id).where(tables[name].c[time] < moment)
                for name, time in _TIMES.items()
            )
        )
        held = sa.select(tickets.c.open_for).where(tickets.c.open_for.is_not(None))
        with self._database.read() as connection:
            found = set(connection.execute(old).scalars()) - set(connection.execute(held).scalars())
        for conversation_id in sorted(found):
            self._expire(conversation_id, moment)
        return len(found)

    def _expire(self, conversation_id: str, moment: float) -> None:
        tables = metadata.tables
        messages, tickets = tables["messages"], tables["tickets"]
        said = (messages.c.conversation_id == conversation_id, messages.c.time < moment)
        closed = (tickets.c.conversation_id == conversation_id, tickets.c.closed_at < moment)
        of_tickets = tables["notes"].c.ticket_id.in_(sa.select(tickets.c.id).where(*closed))
        of_messages = tables["labels"].c.seq.in_(sa.select(messages.c.seq).where(*said))
        with self._database.write() as connection:
            pictures = [
                extra["picture"]["id"]
                for extra in connection.execute(sa.select(messages.c.extra).where(*said)).scalars()
                if extra.get("picture")
            ]
            connection.execute(tables["notes"].delete().where(of_tickets))
            connection.execute(tables["labels"].delete().where(of_messages))
            for name, time in _TIMES.items():
                table = tables[name]
                mine = table.c.conversation_id == conversation_id
                connection.execute(table.delete().where(mine, table.c[time] < moment))
            left = sa.select(messages.c.seq).where(messages.c.conversation_id == conversation_id)
            gone = connection.execute(left.limit(1)).first() is None
            if gone:
                windows = tables["windows"]
                connection.execute(
                    windows.delete().where(windows.c.conversation_id == conversation_id)
                )
        if gone:
            self._pictures.erase(conversation_id)
        for picture in pictures:
            self._pictures.drop(conversation_id, picture)

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
