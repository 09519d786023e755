"""A customer of the chat page: says things, presses buttons, reads what comes back."""

from __future__ import annotations

import uuid
from typing import Any

import httpx

from tests import local


class Customer:
    """One session. `said` is the text of the last answer, `buttons` the titles below it."""

    def __init__(self, url: str) -> None:
        self.http = local.Client(base_url=url)
        self.messages: list[dict[str, Any]] = self.open_page()

    def open_page(self) -> list[dict[str, Any]]:
        """Load the page, or load it again; return what it shows."""
        answer = self.http.post("/api/session", json={})
        assert answer.status_code == 200
        messages: list[dict[str, Any]] = answer.json()["messages"]
        return messages

    def post(self, **body: Any) -> httpx.Response:
        return self.http.post("/api/messages", json={"id": str(uuid.uuid4()), **body})

    def says(self, text: str) -> str:
        """Write a message; return the answer's text."""
        return self._take(self.post(text=text))

    def presses(self, title: str) -> str:
        """Press a button of the last answer; return the new answer's text."""
        tokens = [
            button["token"]
            for message in self.messages
            for button in message["buttons"]
            if button["title"].startswith(title)
        ]
        assert tokens, f"no button {title} among {self.buttons}"
        return self._take(self.post(button=tokens[0]))

    def _take(self, answer: httpx.Response) -> str:
        assert answer.status_code == 200, answer.text
        self.messages = answer.json()["messages"]
        assert self.messages, "silence"
        return self.said

    @property
    def said(self) -> str:
        return "\n".join(message["text"] for message in self.messages)

    @property
    def buttons(self) -> list[str]:
        return [button["title"] for message in self.messages for button in message["buttons"]]

    @property
    def step(self) -> int | None:
        """The step shown, from 1; None when the last answer shows none."""
        steps = [message["step"]["index"] for message in self.messages if message["step"]]
        return steps[-1] if steps else None

    def close(self) -> None:
        self.http.close()
