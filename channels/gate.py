"""The one way in: every channel's messages pass here before Rasa sees them.

A channel gives the gate what its platform delivered and gets the messages to answer with. The gate
keeps out what Rasa would take for commands, and never lets the customer meet silence.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import logging
import re
import unicodedata
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from channels.masking import mask
from content import Content, library
from desk import TicketRequest, open_desk

logger = logging.getLogger(__name__)

Handler = Callable[[UserMessage], Awaitable[Any]]

# Bidirectional controls and invisible characters: they hide text from the human who reads it later.
_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
REMEMBERED = 10_000  # conversations whose last buttons are kept
_SLASHES = "/\u2044\u2215"


class Refused(Exception):
    """A message the gate does not take; `code` is for programs, `str()` is said to the customer."""

    def __init__(self, code: str, sentence: str, status: int = 400) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status


@dataclass
class Button:
    """A button for the customer; `token` brings its payload back, for this conversation only."""

    title: str
    token: str


@dataclass
class Message:
    """One message to the customer, ready for any platform to shape."""

    text: str
    buttons: list[Button] = field(default_factory=list)
    step: dict[str, Any] | None = None


class TurnOutput(OutputChannel):
    """Collects what a turn says; never raises, since that would discard the whole turn."""

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self.said: list[dict[str, Any]] = []

    def name(self) -> str:
        """Return the channel's name, by which responses may differ."""
        return self._channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep one message of the turn."""
        self.said.append(message)


def clean(text: str) -> str:
    """Return the text without control and invisible characters, its newlines kept."""
    text = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(
        char
        for char in text
        if char == "\n" or unicodedata.category(char) not in {"Cc", "Cs", "Co"}
    ).strip()


def neutralize(text: str) -> str:
    """Return the text so that Rasa never takes it for `/intent{...}`.

    Rasa strips leading blanks and executes what then starts with a slash (PROTOCOLS.md 3.2);
    a full-width slash reads the same and is safe.
    """
    return "／" + text[1:] if text[:1] in _SLASHES else text


class Gate:
    """Guards of one channel.

    Args:
        channel: its name, stored with each message.
        secret: signs button tokens; must stay the same across restarts.
        max_bytes: longest message in UTF-8 bytes.
        deadline: seconds after which the customer is told that it takes longer.
    """

    def __init__(
        self, channel: str, secret: bytes, max_bytes: int = 4000, deadline: float = 20
    ) -> None:
        self._channel = channel
        self._secret = secret
        self._max_bytes = max_bytes
        self._deadline = deadline
        self._running: set[asyncio.Task[None]] = set()
        # The buttons last shown to a conversation, by title: typing "再试这一步" presses it. Lost
        # on a restart, when the words are understood as words.
        self._shown: OrderedDict[str, dict[str, str]] = OrderedDict()

    # ---- buttons

    def sign(self, sender_id: str, title: str, payload: str) -> str:
        """Return a token that stands for a button issued to this conversation."""
        body = base64.urlsafe_b64encode(json.dumps([payload, title]).encode()).decode()
        return f"{body}.{self._mac(sender_id, body)}"

    def _mac(self, sender_id: str, body: str) -> str:
        said = f"button\n{sender_id}\n{body}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:32]

    def pressed(self, sender_id: str, token: str) -> tuple[str, str]:
        """Return payload and title of a token.

        Raises:
            Refused: the token was not issued to this conversation.
        """
        body, _, mac = token.partition(".")
        expected = self._mac(sender_id, body)
        if not hmac.compare_digest(expected.encode(), mac.encode("utf8", "replace")):
            raise Refused("button_expired", library.current().say("button_expired"))
        payload, title = json.loads(base64.urlsafe_b64decode(body))
        return payload, title

    # ---- turns

    async def receive(
        self,
        handler: Handler,
        sender_id: str,
        text: str | None = None,
        button: str | None = None,
        message_id: str | None = None,
    ) -> list[Message]:
        """Run one turn and return what is said; there is always something.

        Args:
            handler: Rasa's `on_new_message`.
            sender_id: the conversation, made by the channel and not by the customer.
            text: what the customer wrote; or else
            button: the token of the button pressed.
            message_id: the platform's id of the message.

        Raises:
            Refused: empty, too long, or a button that is not this conversation's.
        """
        content = library.current()
        metadata: dict[str, Any] = {}
        warned = False
        if button is not None:
            said, metadata["title"] = self.pressed(sender_id, button)
        else:
            masked = mask(self._accept(text or "", content))
            said, warned = masked.text, masked.secret
            if said in self._shown.get(sender_id, {}):
                metadata["title"], said = said, self._shown[sender_id][said]
        output = TurnOutput(self._channel)
        message = UserMessage(
            said,
            output,
            sender_id,
            input_channel=self._channel,
            message_id=message_id,
            metadata=metadata,
        )
        finished = await self._run(handler, message)
        messages = [self.shape(sender_id, each) for each in output.said]
        messages = [each for each in messages if each.text]
        self._remember(sender_id, output.said)
        if not messages:
            slow = self._with_human(sender_id, content, "slow")
            messages = [self._apology(sender_id, said, content) if finished else slow]
        if warned:
            messages[0].text = content.say("never_share") + "\n\n" + messages[0].text
        return messages

    def _remember(self, sender_id: str, said: list[dict[str, Any]]) -> None:
        buttons = said[-1].get("buttons") if said else None
        self._shown.pop(sender_id, None)
        if buttons:
            self._shown[sender_id] = {each["title"]: each["payload"] for each in buttons}
            if len(self._shown) > REMEMBERED:
                self._shown.popitem(last=False)

    def _accept(self, text: str, content: Content) -> str:
        if len(text.encode("utf8", "replace")) > self._max_bytes:
            raise Refused("too_long", content.say("too_long"), 413)
        text = clean(text)
        if not text:
            raise Refused("empty", content.say("empty"))
        return neutralize(text)

    async def _run(self, handler: Handler, message: UserMessage) -> bool:
        """Run the turn in a task of its own, so that a client that hangs up does not cancel it."""
        task = asyncio.create_task(self._handle(handler, message))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({task}, timeout=self._deadline)
        return bool(done)

    @staticmethod
    async def _handle(handler: Handler, message: UserMessage) -> None:
        try:
            await handler(message)
        except Exception as error:  # the message of the exception may quote the customer
            logger.error("A turn failed: %s", type(error).__name__)

    def shape(self, sender_id: str, said: dict[str, Any]) -> Message:
        """Return one of Rasa's messages with its buttons signed for this conversation."""
        return Message(
            (said.get("text") or "").strip(),
            [
                Button(button["title"], self.sign(sender_id, button["title"], button["payload"]))
                for button in said.get("buttons") or ()
            ],
            said.get("step"),
        )

    # ---- when the actions cannot answer

    def _with_human(self, sender_id: str, content: Content, phrase: str) -> Message:
        title = content.say("button_human")
        return Message(
            content.say(phrase), [Button(title, self.sign(sender_id, title, "/human_handoff"))]
        )

    def _apology(self, sender_id: str, said: str, content: Content) -> Message:
        """Apologise for a turn without an answer; who asked for a human still gets one."""
        if said != "/human_handoff" and not any(word in said for word in ("人工", "真人")):
            return self._with_human(sender_id, content, "failed")
        try:
            desk = open_desk()
            ticket = desk.request(
                TicketRequest(
                    conversation_id=sender_id,
                    channel=self._channel,
                    category=content.say("category_other"),
                    words=() if said.startswith("/") else (said,),
                )
            )
            place = desk.place(ticket)
        except Exception as error:
            logger.error("The desk's store failed: %s", type(error).__name__)
            return Message(content.say("failed_human"))
        return Message(
            content.say("handoff", number=ticket.number, place=place, category=ticket.category)
        )
