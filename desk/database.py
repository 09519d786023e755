"""The desk's database, for tickets and transcripts: SQLite unless endpoints.yml names another."""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import NullPool, QueuePool

from desk.migrations import bring_up, is_current
from infra.settings import endpoint

BUSY = 3  # seconds that a writer of SQLite waits for another
metadata = sa.MetaData()
# desk/masking/masking.py leaves no more.
_MASK = re.compile("[*]{4}[0-9]{0,4}")
_READING = {"reading": True}
_CREATING = 0x0B0C  # PostgreSQL's number of our lock while tables are made or changed


class without_masks(sa.sql.functions.GenericFunction):
    """SQL: a text without what stands for something masked, as ****8000."""

    type = sa.Text()
    inherit_cache = True


@compiles(without_masks, "postgresql")
def _compile_without_masks(element: Any, compiler: Any, **options: Any) -> str:
    text = compiler.process(element.clauses, **options)
    return f"regexp_replace({text}, '{_MASK.pattern}', chr(31), 'g')"


def _without_masks(text: str) -> str:
    return _MASK.sub("\x1f", text)


class Database:
    """Connections to one database; a broken one raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, url: str) -> None:
        options: dict[str, Any] = {}
        sqlite = url.startswith("sqlite")
        if sqlite:
            database = sa.engine.make_url(url).database
            options = {
                "poolclass": QueuePool if database else NullPool,
                "connect_args": {"timeout": BUSY, "check_same_thread": False},
            }
            if database:
                Path(database).parent.mkdir(parents=True, exist_ok=True)
        else:
            options = {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 20}
        self._engine = sa.create_engine(url, future=True, **options)
        self._reading = self._engine.execution_options(**_READING)
        if sqlite:
            sa.event.listen(self._engine, "connect", _prepare_sqlite)
            if database:
                sa.event.listen(self._engine, "connect", partial(_note_file, database))
                sa.event.listen(self._engine, "checkout", partial(_same_file, database))
            sa.event.listen(self._engine, "begin", _lock_sqlite)
        # SQLite lets others wait by looking again after ever longer pauses: a lock is fairer.
        self._writing = threading.Lock() if sqlite else None
        self._preparing = threading.Lock()
        self._prepared = False

    def prepare(self) -> None:
        """Bring the tables up to date, at the first use.

        Raises:
            NewerDatabase: a newer program did so already.
        """
        if self._prepared:
            return
        with self._preparing:
            with self._reading.begin() as connection:
                current = is_current(connection)
            if not current:
                # One at a time, in all processes: of two that begin at once, one would fail.
                with self._engine.begin() as connection:
                    if connection.dialect.name == "postgresql":
                        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATING)))
                    bring_up(connection)
        self._prepared = True

    def close(self) -> None:
        """Close idle connections."""
        self._engine.dispose()

    @contextmanager
    def write(self) -> Iterator[sa.engine.Connection]:
        """Open a transaction that commits at the end, or rolls back when something is raised."""
        self.prepare()
        with self._turn(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one thread write at a time; who waited too long leaves it to SQLite to refuse."""
        mine = self._writing is not None and self._writing.acquire(timeout=BUSY)
        try:
            yield
        finally:
            if self._writing is not None and mine:
                self._writing.release()

    @contextmanager
    def read(self) -> Iterator[sa.engine.Connection]:
        """Open a transaction that only reads, and so waits for no writer."""
        self.prepare()
        with self._reading.begin() as connection:
            yield connection


def _prepare_sqlite(connection: Any, record: Any) -> None:
    # Python's driver would begin a transaction only at the first write, after what we have read.
    connection.isolation_level = None
    until = time.monotonic() + BUSY
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            break
        except sqlite3.OperationalError:  # for a new file; SQLite itself does not wait for this
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
    connection.execute("pragma synchronous = normal")
    connection.create_function("without_masks", 1, _without_masks, deterministic=True)


def _file(path: str) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _note_file(path: str, connection: Any, record: Any) -> None:
    record.info["file"] = _file(path)


def _same_file(path: str, connection: Any, record: Any, proxy: Any) -> None:
    """Give up a connection whose file was moved away: what it wrote would be lost with that."""
    try:
        same = record.info.get("file") == _file(path)
    except OSError:
        same = False
    if not same:
        raise sa.exc.DisconnectionError("the database's file is another one")


def _lock_sqlite(connection: sa.engine.Connection) -> None:
    # Take the write lock at once: a transaction that reads and then writes might find that another
    # process has written in between.
    begin = "begin" if connection.get_execution_options().get("reading") else "begin immediate"
    try:
        # Not by SQLAlchemy, which takes as long for it as for a query.
        connection.connection.execute(begin)
    except sqlite3.Error as error:
        raise sa.exc.DBAPIError.instance(begin, (), error, sqlite3.Error) from error


@lru_cache(maxsize=1)
def open_database() -> Database:
    """Return this process's connections to the database that endpoints.yml names."""
    return Database(endpoint("desk"))
