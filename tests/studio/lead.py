"""A lead at the console's content, over HTTP."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx

from tests.agent import ConsoleAgent

Change = Callable[[Any], None]


def place(name: str) -> str:
    """Return where a document stands, as browsers ask for it."""
    return f"/content/{quote(name, safe='')}"


class Lead(ConsoleAgent):
    """A lead who is logged in, with the documents that they have opened."""

    def __init__(self, url: str, login: str) -> None:
        super().__init__(url, login)
        self.opened: dict[str, dict[str, Any]] = {}

    def opens(self, name: str) -> dict[str, Any]:
        """Open a document; return its data."""
        answer = self.http.get(place(name))
        assert answer.status_code == 200, answer.text
        self.opened[name] = answer.json()["document"]
        data: dict[str, Any] = self.opened[name]["data"]
        return copy.deepcopy(data)

    def sends(self, name: str, data: Any) -> httpx.Response:
        """Save a document that was opened before."""
        before = self.opened[name]
        body = {"version": before["version"], "base": before["data"], "data": data}
        answer = self.http.post(place(name), json=body)
        if answer.status_code == 200:
            self.opened[name] = answer.json()["document"]
        return answer

    def tries(self, name: str, change: Change) -> httpx.Response:
        """Open a document, change its data and save it."""
        data = self.opens(name)
        change(data)
        return self.sends(name, data)

    def saves(self, name: str, change: Change) -> int:
        """Do so with success; return the edit's number."""
        answer = self.tries(name, change)
        assert answer.status_code == 200, answer.text
        number: int = answer.json()["document"]["last"]["id"]
        return number

    def history(self, name: str = "") -> list[dict[str, Any]]:
        """Return the edits, newest first."""
        found: list[dict[str, Any]] = self.http.get("/edits", params={"document": name}).json()[
            "edits"
        ]
        return found

    def undoes(self, number: int) -> httpx.Response:
        """Take an edit back."""
        return self.http.post(f"/edits/{number}/undo", json={})

    def previews(self, name: str, data: Any, *path: str | int) -> dict[str, Any]:
        """Look at what customers would read."""
        answer = self.http.post(f"{place(name)}/preview", json={"data": data, "path": path})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def sets(value: Any, *path: str | int) -> Change:
    """Return a change that puts a value at a path."""

    def change(data: Any) -> None:
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = value

    return change
