"""An agent at the console: takes customers, talks to them, closes."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher

from desk import Agents, Database
from tests import local

PASSWORD = "a long password"
# Argon2 as we use it costs 0.3 s of a processor for each account and each login.
_QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def accounts_of(where: Database | Path) -> Agents:
    """Return the accounts of a desk, or of the assistant whose state is in that folder."""
    if isinstance(where, Path):
        where = Database(f"sqlite:///{where / 'desk.db'}")
    return Agents(where, _QUICK)


def new_login(where: Database | Path, name: str = "小李", role: str = "agent") -> str:
    """Make an account with `PASSWORD`; return its login."""
    login = f"{role}-{uuid.uuid4().hex[:8]}"
    accounts_of(where).save(login, PASSWORD, name, role)
    return login


class ConsoleAgent:
    """An agent who is logged in."""

    def __init__(self, url: str, login: str) -> None:
        self.http = local.Client(base_url=f"{url}/desk/api")
        answer = self.http.post("/login", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.id: int = answer.json()["agent"]["id"]

    def queue(self) -> dict[str, list[dict[str, Any]]]:
        found: dict[str, list[dict[str, Any]]] = self.http.get("/queue").json()
        return found

    def ticket_of(self, number: str) -> dict[str, Any]:
        """Return the open ticket of that number."""
        every = [ticket for kind in self.queue().values() for ticket in kind]
        return next(ticket for ticket in every if ticket["number"] == number)

    def look(self, ticket: int) -> dict[str, Any]:
        found: dict[str, Any] = self.http.get(f"/tickets/{ticket}").json()
        return found

    def does(self, what: str, ticket: int, **body: Any) -> httpx.Response:
        return self.http.post(f"/tickets/{ticket}/{what}", json=body)

    def says(self, ticket: int, text: str, key: str = "") -> httpx.Response:
        return self.does("messages", ticket, id=key or uuid.uuid4().hex, text=text)

    def close(self) -> None:
        self.http.close()
