"""An agent at the console: takes customers, talks to them, closes."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

PASSWORD = "a long password"


class ConsoleAgent:
    """An agent who is logged in."""

    def __init__(self, url: str, login: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/desk/api", timeout=60)
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
