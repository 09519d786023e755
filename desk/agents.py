"""Agents: their accounts, who is there, and what each has done."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from desk.database import Database, metadata

ROLES = ("agent", "lead")
SHORTEST_PASSWORD = 10
AWAY_AFTER = 45.0  # seconds without a heartbeat of the agent's page

agents = sa.Table(
    "agents",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("skills", sa.JSON, nullable=False),
    sa.Column("password", sa.String(255), nullable=False),
    sa.Column("available", sa.Boolean, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("away_at", sa.Float),  # null: on no break
    sa.Column("locked", sa.Boolean),  # null: not
)
audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("ticket_id", sa.Integer, index=True),
    sa.Column("detail", sa.String(255), nullable=False),
)


@dataclass(frozen=True)
class Agent:
    """An account. `skills` are the categories it takes, none meaning all; `name` is for customers.

    `password` is argon2's hash; `seen_at` the last sign of life, `away_at` the
    begin of a break, in seconds since 1970.
    """

    id: int
    login: str
    name: str
    role: str
    skills: tuple[str, ...]
    password: str
    available: bool
    seen_at: float
    away_at: float | None = None
    locked: bool | None = None

    @property
    def online(self) -> bool:
        """Tell whether the agent's page is open."""
        return self.seen_at > time.time() - AWAY_AFTER

    @property
    def leads(self) -> bool:
        """Tell whether the agent is a lead."""
        return self.role == "lead"


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log."""

    id: int
    time: float
    login: str
    action: str
    ticket_id: int | None
    detail: str


class Agents:
    """The accounts; a broken database raises `sqlalchemy.exc.SQLAlchemyError`.

    Args:
        hasher: hashes new passwords; a password is checked at the cost it was hashed with.
    """

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._hasher = hasher or PasswordHasher()

    def save(
        self, login: str, password: str, name: str, role: str = "agent", skills: Sequence[str] = ()
    ) -> Agent:
        """Make an account, or change one: password, name, role and skills.

        Raises:
            ValueError: an unusable login, an unknown role, or a password that is too short.
        """
        if not (login.isascii() and login.isprintable() and 1 <= len(login) <= 64):
            raise ValueError("the login must be 1 to 64 ASCII characters")
        if role not in ROLES:
            raise ValueError(f"the role must be one of {', '.join(ROLES)}")
        if len(password) < SHORTEST_PASSWORD:
            raise ValueError(f"the password must have at least {SHORTEST_PASSWORD} characters")
        values = {
            "name": name or login,
            "role": role,
            "skills": list(skills),
            "password": self._hasher.hash(password),
        }
        with self._database.write() as connection:
            changed = connection.execute(
                agents.update().where(agents.c.login == login).values(**values)
            )
            if not changed.rowcount:
                connection.execute(
                    agents.insert().values(login=login, available=True, seen_at=0.0, **values)
                )
        found = self._one(agents.c.login == login)
        assert found is not None  # noqa: S101  # written a moment ago
        return found

    def change(
        self, number: int, name: str, role: str, skills: Sequence[str], locked: bool
    ) -> None:
        """Change an account but for its password; a locked one's page counts as closed."""
        away = {"seen_at": 0.0} if locked else {}
        self._set(number, name=name, role=role, skills=list(skills), locked=locked, **away)

    def lock(self, login: str, locked: bool) -> bool:
        """Lock or open an account by its login; return whether there is one."""
        found = self._one(agents.c.login == login)
        if found is not None:
            self.change(found.id, found.name, found.role, found.skills, locked)
        return found is not None

    def check(self, login: str, password: str) -> Agent | None:
        """Return the account if the password is right and it is not locked.

        An unknown login takes as long to refuse.
        """
        agent = self._one(agents.c.login == login)
        try:
            self._hasher.verify(agent.password if agent else self._nobody(), password)
        except (VerificationError, InvalidHashError):
            return None
        return None if agent is None or agent.locked else agent

    def knows(self, login: str) -> bool:
        """Tell whether there is an account with that login."""
        return self._one(agents.c.login == login) is not None

    @lru_cache(maxsize=1)  # noqa: B019  # one instance a process
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def get(self, number: int) -> Agent | None:
        """Return an account by its id."""
        return self._one(agents.c.id == number)

    def all(self) -> list[Agent]:
        """Return all accounts, by name."""
        with self._database.read() as connection:
            return [
                _agent(row) for row in connection.execute(agents.select().order_by(agents.c.name))
            ]

    def seen(self, number: int, away: bool = False) -> None:
        """Note a sign of life of an agent's page, or that it was closed."""
        self._set(number, seen_at=0.0 if away else time.time())

    def server_returned(self, away: float) -> None:
        """Count agents as present who were when the server stopped: it has not heard them since.

        Args:
            away: seconds; if nobody was heard for longer, nobody is taken to be there still.
        """
        now = time.time()
        with self._database.write() as connection:
            heard = sa.select(sa.func.max(agents.c.seen_at)).where(agents.c.seen_at <= now)
            last = connection.execute(heard).scalar() or 0.0
            if last > now - away:
                there = agents.c.seen_at.between(last - AWAY_AFTER, now)
                connection.execute(agents.update().where(there).values(seen_at=now))

    def set_available(self, number: int, available: bool) -> None:
        """Note whether the agent takes customers now."""
        self._set(number, available=available, away_at=None if available else time.time())

    def note(
        self, agent: Agent | str, action: str, ticket: int | None = None, detail: str = ""
    ) -> None:
        """Write a line of the audit log: who did what to which ticket."""
        with self._database.write() as connection:
            connection.execute(
                audit.insert().values(
                    time=time.time(),
                    login=(agent.login if isinstance(agent, Agent) else agent)[:64],
                    action=action,
                    ticket_id=ticket,
                    detail=detail[:255],
                )
            )

    def audit_log(
        self,
        before: int | None = None,
        limit: int = 100,
        login: str | None = None,
        action: str | None = None,
        ticket: int | None = None,
        span: tuple[float, float] | None = None,
    ) -> list[AuditEntry]:
        """Return the audit log, newest first: of one login, action or ticket, in a span of time."""
        found = audit.select()
        if before:
            found = found.where(audit.c.id < before)
        for column, wanted in ((audit.c.login, login), (audit.c.action, action)):
            if wanted:
                found = found.where(column == wanted)
        if ticket is not None:
            found = found.where(audit.c.ticket_id == ticket)
        if span is not None:
            found = found.where(audit.c.time >= span[0], audit.c.time < span[1])
        with self._database.read() as connection:
            rows = connection.execute(found.order_by(audit.c.id.desc()).limit(limit))
            return [AuditEntry(**row._mapping) for row in rows]

    def _set(self, number: int, **values: Any) -> None:
        with self._database.write() as connection:
            connection.execute(agents.update().where(agents.c.id == number).values(**values))

    def _one(self, condition: Any) -> Agent | None:
        with self._database.read() as connection:
            row = connection.execute(agents.select().where(condition)).first()
            return _agent(row) if row else None


def _agent(row: Any) -> Agent:
    return Agent(**{**row._mapping, "skills": tuple(row.skills)})
