"""Buttons that a page sends back: only what this assistant issued to that very conversation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json

from content import library
from desk import Button
from infra.errors import Refused


class Buttons:
    """Signs buttons and opens them again.

    Args:
        secret: must stay the same across restarts.
    """

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def sign(self, conversation_id: str, button: Button) -> str:
        """Return a token that stands for a button issued to this conversation."""
        named = json.dumps([button["payload"], button["title"]])
        body = base64.urlsafe_b64encode(named.encode()).decode()
        return f"{body}.{self._mac(conversation_id, body)}"

    def opened(self, conversation_id: str, token: str) -> Button:
        """Return the button of a token.

        Raises:
            Refused: the token was not issued to this conversation.
        """
        body, _, mac = token.partition(".")
        expected = self._mac(conversation_id, body)
        if not hmac.compare_digest(expected.encode(), mac.encode("utf8", "replace")):
            raise Refused("button_expired", library.current().say("button_expired"))
        payload, title = json.loads(base64.urlsafe_b64decode(body))
        return {"title": title, "payload": payload}

    def _mac(self, conversation_id: str, body: str) -> str:
        said = f"button\n{conversation_id}\n{body}".encode("utf8", "replace")
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:32]
