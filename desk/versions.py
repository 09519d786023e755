"""Versions of the model that leads let train, and which of them answers customers.

A training is a row with a lease: whoever trains renews it, and when it ends, its process died and
the row is taken up again. Which version answers is the newest release; it holds for one installed
model, so that a new installation is not answered for by an older version.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from desk.agents import audit
from desk.database import Database, metadata

Status = Literal["queued", "training", "ready", "failed", "gone"]

LEASE = 30.0  # seconds after which a training without a heartbeat is taken up again
MOST_ATTEMPTS = 3  # of a training whose process dies
KEPT = 10  # versions whose files are kept
_OPEN = ("queued", "training")

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("stage", sa.String(32), nullable=False),  # what a training does just now
    sa.Column("worker", sa.String(64), nullable=False),
    sa.Column("lease_until", sa.Float, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("finished_at", sa.Float),
    sa.Column("reason", sa.String(255), nullable=False),  # why it failed
    sa.Column("summary", sa.JSON, nullable=False),  # what a list shows: sentences, regressions
    sa.Column("sentences", sa.JSON, nullable=False),  # what leads had taught, when it was trained
    # Names messages by their place in the record, so it holds nothing that customers wrote.
    sa.Column("report", sa.JSON, nullable=False),
    sqlite_autoincrement=True,
)
_LISTED = [each for each in versions.c if each.name not in {"sentences", "report"}]
releases = sa.Table(
    "releases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("version", sa.Integer),  # null: the installed model
    sa.Column("installed", sa.String(64), nullable=False),
    sa.Column("reason", sa.String(255), nullable=False),  # why in spite of the report
    sa.Index("ix_releases_installed", "installed", "id"),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True)
class Version:
    """A version of the model; a listed one has neither sentences nor report.

    `time` is when it was asked for, in seconds since 1970.
    """

    id: int
    login: str
    time: float
    status: Status
    stage: str
    worker: str
    lease_until: float
    attempts: int
    finished_at: float | None
    reason: str
    summary: Mapping[str, Any]
    sentences: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Release:
    """Which version answered from when on; `version` None is the installed model."""

    id: int
    login: str
    time: float
    version: int | None
    installed: str
    reason: str


class Versions:
    """The versions; a broken database raises `sqlalchemy.exc.SQLAlchemyError`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ---- looking

    def get(self, number: int) -> Version | None:
        """Return a version."""
        with self._database.read() as connection:
            row = connection.execute(versions.select().where(versions.c.id == number)).first()
        return Version(**row._mapping) if row else None

    def last(self, limit: int = 30) -> list[Version]:
        """Return the newest versions, newest first, without sentences and reports."""
        found = sa.select(*_LISTED).order_by(versions.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            rows: Any = connection.execute(found)
            return [Version(**row._mapping) for row in rows]

    def releases(self, installed: str, limit: int = 50) -> list[Release]:
        """Return the releases over an installed model, newest first."""
        found = releases.select().where(releases.c.installed == installed)
        with self._database.read() as connection:
            rows = connection.execute(found.order_by(releases.c.id.desc()).limit(limit))
            return [Release(**row._mapping) for row in rows]

    def live(self, installed: str) -> int | None:
        """Return the version that answers; None is the installed model, of which this is the hash.

        Asked every second by every worker: one row by an index.
        """
        with self._database.read() as connection:
            return _live(connection, installed)

    def waiting(self) -> int | None:
        """Return the training that nobody does: new, or its process died."""
        with self._database.read() as connection:
            number = connection.execute(sa.select(versions.c.id).where(_free()).limit(1)).scalar()
        return int(number) if number is not None else None

    # ---- training

    def ask(self, login: str) -> int | None:
        """Let a version be trained; return its number, or None when one is under way already."""
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("lock table versions in exclusive mode"))
            under_way = sa.select(versions.c.id).where(versions.c.status.in_(_OPEN))
            if connection.execute(under_way).first():
                return None
            made = connection.execute(
                versions.insert().values(
                    login=login,
                    time=time.time(),
                    status="queued",
                    stage="",
                    worker="",
                    lease_until=0.0,
                    attempts=0,
                    reason="",
                    summary={},
                    sentences={},
                    report={},
                )
            ).inserted_primary_key
            _note(connection, login, "train version", f"{made[0]}")
        return int(made[0])

    def claim(self, number: int, worker: str) -> bool:
        """Take a training up; False when somebody else has it, or it failed too often."""
        with self._database.write() as connection:
            tired = sa.and_(versions.c.id == number, versions.c.attempts >= MOST_ATTEMPTS)
            connection.execute(
                versions.update()
                .where(tired, _free())
                .values(status="failed", reason="died", finished_at=time.time())
            )
            taken = connection.execute(
                versions.update()
                .where(versions.c.id == number, _free())
                .values(
                    status="training",
                    stage="",
                    worker=worker,
                    lease_until=time.time() + LEASE,
                    attempts=versions.c.attempts + 1,
                )
            )
        return bool(taken.rowcount)

    def renew(self, number: int, worker: str) -> bool:
        """Renew the lease of a training; False when it was called off, or somebody else has it."""
        return self._mine(number, worker, lease_until=time.time() + LEASE)

    def note_stage(self, number: int, worker: str, stage: str) -> None:
        """Note what a training does now."""
        self._mine(number, worker, stage=stage)

    def give_back(self, number: int, worker: str, counts: bool) -> None:
        """Let somebody else take a training up; it `counts` as an attempt, or was interrupted."""
        attempts = versions.c.attempts - (0 if counts else 1)
        self._mine(number, worker, status="queued", lease_until=0.0, attempts=attempts)

    def finish(
        self, number: int, worker: str, sentences: Mapping[str, Any], report: Mapping[str, Any]
    ) -> bool:
        """Mark a version as ready; False when it is no longer this worker's."""
        values: dict[str, Any] = {"status": "ready", "stage": "", "finished_at": time.time()}
        values["summary"] = {
            "sentences": len(sentences),
            "regressions": report.get("regressions", []),
        }
        return self._mine(number, worker, sentences=sentences, report=report, **values)

    def fail(self, number: int, worker: str, reason: str) -> None:
        """Mark a training as failed."""
        values = {"status": "failed", "finished_at": time.time()}
        self._mine(number, worker, reason=reason[:255], **values)

    def cancel(self, number: int, login: str) -> bool:
        """Call a training off; False when it is over."""
        with self._database.write() as connection:
            stopped = connection.execute(
                versions.update()
                .where(versions.c.id == number, versions.c.status.in_(_OPEN))
                .values(
                    status="failed",
                    reason="cancelled",
                    summary={"cancelled_by": login},
                    finished_at=time.time(),
                )
            ).rowcount
            if stopped:
                _note(connection, login, "cancel training", f"{number}")
        return bool(stopped)

    def _mine(self, number: int, worker: str, **values: Any) -> bool:
        with self._database.write() as connection:
            mine = (
                versions.c.id == number,
                versions.c.worker == worker,
                versions.c.status == "training",
            )
            return bool(
                connection.execute(versions.update().where(*mine).values(**values)).rowcount
            )

    # ---- publishing

    def publish(
        self,
        number: int | None,
        installed: str,
        login: str,
        reason: str = "",
        before: int | Literal["any"] | None = "any",
    ) -> bool:
        """Let a version answer; None is the installed model.

        Args:
            number: of a version that is ready.
            installed: the hash of the installed model.
            login: whose decision it is.
            reason: why, in spite of what the report says.
            before: the version that answers until now; when it is another one, nothing happens.

        Returns:
            Whether it answers from now on.
        """
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("lock table releases in exclusive mode"))
            if number is not None:
                known = sa.select(versions.c.status).where(versions.c.id == number)
                if connection.execute(known).scalar() != "ready":
                    return False
            if before != "any" and _live(connection, installed) != before:
                return False
            connection.execute(
                releases.insert().values(
                    login=login,
                    time=time.time(),
                    version=number,
                    installed=installed,
                    reason=reason[:255],
                )
            )
            detail = f"{number or 0}"
            _note(connection, login, "publish version", f"{detail}: {reason}" if reason else detail)
        return True

    def forget(self, spared: Collection[int | None]) -> list[int]:
        """Mark versions beyond the newest `KEPT` as gone; return those without a file to keep.

        Args:
            spared: stay, however old.
        """
        ready = sa.select(versions.c.id).where(versions.c.status == "ready")
        with self._database.write() as connection:
            found = [row.id for row in connection.execute(ready.order_by(versions.c.id.desc()))]
            old = [number for number in found[KEPT:] if number not in spared]
            if old:
                connection.execute(
                    versions.update().where(versions.c.id.in_(old)).values(status="gone")
                )
            gone = sa.select(versions.c.id).where(versions.c.status.in_(("gone", "failed")))
            return [row.id for row in connection.execute(gone)]


def _free() -> Any:
    """Return the condition of a training that nobody does."""
    ended = sa.and_(versions.c.status == "training", versions.c.lease_until < time.time())
    return sa.or_(versions.c.status == "queued", ended)


def _note(connection: Any, login: str, action: str, detail: str) -> None:
    values = {"time": time.time(), "login": login[:64], "action": action, "ticket_id": None}
    connection.execute(audit.insert().values(**values, detail=detail[:255]))


def _live(connection: sa.Connection, installed: str) -> int | None:
    """Return the version of the newest release over an installed model."""
    found = sa.select(releases.c.version).where(releases.c.installed == installed)
    number = connection.execute(found.order_by(releases.c.id.desc()).limit(1)).scalar()
    return int(number) if number is not None else None
