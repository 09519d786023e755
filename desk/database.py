"""The desk's database, for tickets and transcripts: SQLite unless endpoints.yml names another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from settings import endpoint

metadata = sa.MetaData()
_READING = {"reading": True}


class Database:
    """Connections to one database; a broken one raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {}
        sqlite = url.startswith("sqlite")
        if sqlite:
            # A connection a use: SQLite's locks then never outlive a statement of ours.
            options = {"poolclass": NullPool, "connect_args": {"timeout": 5}}
            database = sa.engine.make_url(url).database
            if database:
                Path(database).parent.mkdir(parents=True, exist_ok=True)
        else:
            options = {"pool_pre_ping": True}
        self._engine = sa.create_engine(url, future=True, **options)
        self._reading = self._engine.execution_options(**_READING)
        if sqlite:
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
            sa.event.listen(self._engine, "begin", _lock_sqlite)
        self._created = False

    def _create(self) -> None:
        if not self._created:
            metadata.create_all(self._engine)
            self._created = True

    def close(self) -> None:
        """Let go of idle connections."""
        self._engine.dispose()

    @contextmanager
    def write(self) -> Iterator[sa.engine.Connection]:
        """Open a transaction that commits at the end, or rolls back when something is raised."""
        self._create()
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.engine.Connection]:
        """Open a transaction that only reads, and so waits for no writer."""
        self._create()
        with self._reading.begin() as connection:
            yield connection


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Python's driver would begin a transaction only at the first write, after what we have read.
    connection.isolation_level = None
    connection.execute("pragma journal_mode = wal")
    connection.execute("pragma synchronous = normal")


def _lock_sqlite(connection: sa.engine.Connection) -> None:
    # Take the write lock at once: who reads first and writes then may otherwise find that another
    # process has written in between.
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("begin" if reading else "begin immediate")


@lru_cache(maxsize=1)
def open_database() -> Database:
    """Return this process's connections to the database that endpoints.yml names."""
    return Database(endpoint("desk"))
