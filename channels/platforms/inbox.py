"""What becomes of a message that a platform delivered: it goes through the gate, once, in order."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from channels.gate import Gate, Handler
from channels.gate.faces import is_placeholder, with_faces
from channels.gate.options import welcome
from channels.platforms.outbox import Outbox
from channels.platforms.platform import CustomerService, Incoming, NotSent, Platform
from content import library
from desk import Button, Entry, reply_key
from desk.services import Services
from infra import metrics
from infra.channels import Channel
from infra.client import Unreachable
from infra.errors import Refused

logger = logging.getLogger(__name__)

SAYINGS = {"text", "intent", "picked", "picture", "other", "welcome"}  # kinds that a customer sends
SILENT = {"forget", "note"}  # kinds that get no answer


class Inbox:
    """Takes one channel's messages.

    Args:
        channel: which.
        services: what lasts and is shared.
        gate, outbox, platform: the channel's.
        humans: of the platform's own, if it has any.
        closed: whether the account may say nothing but answers at once.
    """

    handler: Handler  # Rasa's; set when the server is made

    def __init__(
        self,
        channel: Channel,
        services: Services,
        gate: Gate,
        outbox: Outbox,
        platform: Platform,
        humans: CustomerService | None,
        closed: bool,
    ) -> None:
        self._channel = channel.name
        self._services = services
        self._gate = gate
        self._outbox = outbox
        self._platform = platform
        self._humans = humans
        self._closed = closed
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._pictures: dict[str, asyncio.Task[None]] = {}  # the last one's, by conversation
        self._unrecorded: dict[str, list[Entry]] = {}

    def take_unrecorded(self, conversation_id: str) -> list[Entry]:
        """Return and forget what could not be recorded but must be said to a customer."""
        return self._unrecorded.pop(conversation_id, [])

    def put_back(self, conversation_id: str, entries: list[Entry]) -> None:
        """Put back what could not be said this time either."""
        self._unrecorded[conversation_id] = entries

    def begin(self, incoming: Incoming, first: bool) -> asyncio.Task[None]:
        """Start to handle a message, or return the task that does so already.

        `first`: it was not delivered before.
        """
        mark = incoming.conversation_id, incoming.key
        task = self._tasks.get(mark)
        if task is None:
            before = self._pictures.get(incoming.conversation_id)
            task = asyncio.create_task(self._work(incoming, first, before))
            self._tasks[mark] = task
            if incoming.kind == "picture":  # later messages are recorded after this one
                self._pictures[incoming.conversation_id] = task
            task.add_done_callback(lambda done: self._done(mark, done))
        return task

    def _done(self, mark: tuple[str, str], task: asyncio.Task[None]) -> None:
        self._tasks.pop(mark, None)
        if self._pictures.get(mark[0]) is task:
            del self._pictures[mark[0]]

    async def _work(
        self, incoming: Incoming, first: bool, before: asyncio.Task[None] | None
    ) -> None:
        conversation = incoming.conversation_id
        if before is not None:
            await asyncio.wait({before})
        opened = not first or await self._open_quota(incoming)
        try:
            said = await self._handle(incoming)
        except Refused as refusal:
            metrics.refused(self._channel, refusal.code)
            entry = Entry(reply_key(incoming.key, "refused"), "system", str(refusal))
            said = [] if refusal.quiet else await self._say(conversation, entry)
        except Exception as error:
            logger.error("%s: a message failed: %s", self._channel, type(error).__name__)
            if incoming.kind in SILENT:  # nobody waits for an answer
                return
            sorry = library.current().say("failed")
            said = await self._say(
                conversation, Entry(reply_key(incoming.key, "failed"), "system", sorry)
            )
        lost = [entry for entry in said if not entry.seq and entry.author != "customer"]
        if lost:
            self._unrecorded[conversation] = [*self._unrecorded.get(conversation, []), *lost]

        if not opened and await self._open_quota(incoming):  # the database came back meanwhile
            self._outbox.poke(conversation)

    async def _open_quota(self, incoming: Incoming) -> bool:
        """Note what may be said after a message; return whether that is kept."""
        window, quotas = incoming.window, self._services.quotas
        if window is None:
            return True
        try:
            if self._closed:  # nothing; also where an earlier setting left some
                await quotas.close(incoming.conversation_id)
                return True
            await quotas.open(
                incoming.conversation_id, window.messages, window.seconds, window.short
            )
        except Exception as error:
            logger.error("The quota is not kept: %s", type(error).__name__)
            return False
        return True

    async def _say(self, conversation: str, entry: Entry) -> list[Entry]:
        try:
            return await self._gate.announce(conversation, entry)
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
            return [entry]

    async def _handle(self, incoming: Incoming) -> list[Entry]:
        """Do what a message asks for; return what is said."""
        conversation, key = incoming.conversation_id, incoming.key
        if self._humans is not None:
            if incoming.kind in SAYINGS and await self._humans.has(incoming):
                return await self._overhear(incoming)
            if incoming.kind == "note":
                await self._humans.noted(incoming)
        if incoming.kind == "text":
            return await self._take_text(incoming)
        if incoming.kind in {"intent", "picked"}:
            return await self._press(incoming)
        if incoming.kind == "picture":
            return await self._take_picture(incoming)
        if incoming.kind == "other":
            return await self._gate.receive_other(conversation, key, incoming.text, incoming.phrase)
        if incoming.kind == "welcome":
            return await self._gate.announce(conversation, welcome(key))
        if incoming.kind == "forget":
            await self._gate.forget(conversation)
            await self._outbox.progress.forget(conversation)
        return []

    async def _take_text(self, incoming: Incoming) -> list[Entry]:
        conversation, key = incoming.conversation_id, incoming.key
        if is_placeholder(incoming.text):
            shown = library.current().say("something_else")
            return await self._gate.receive_other(conversation, key, shown, "please_type")
        text = with_faces(incoming.text)
        return await self._gate.receive(self.handler, conversation, key, text=text, whole=True)

    async def _press(self, incoming: Incoming) -> list[Entry]:
        """Let a menu's entry, or an option of an earlier message, count as a button."""
        button = await self._button_of(incoming)
        if button is None:
            return await self._take_text(incoming)
        return await self._gate.receive(
            self.handler, incoming.conversation_id, incoming.key, button=button
        )

    async def _button_of(self, incoming: Incoming) -> Button | None:
        content = library.current()
        if incoming.kind == "intent":
            topic = content.topics.get(incoming.option)
            title = topic.title if topic else content.say("button_human")
            return {"title": title, "payload": f"/{incoming.option}"}
        seq, number = int(incoming.option[:-2] or 0), int(incoming.option[-2:])
        entry = await self._services.transcript.at(incoming.conversation_id, seq)
        if entry is None or not 0 < number <= len(entry.buttons):
            return None
        return entry.buttons[number - 1]

    async def _take_picture(self, incoming: Incoming) -> list[Entry]:
        conversation, key = incoming.conversation_id, incoming.key
        try:
            data = await self._platform.fetch_picture(incoming.text)
        except (Unreachable, NotSent) as error:
            logger.warning("%s: no picture: %s", self._channel, error)
            metrics.platform_error(self._channel, error)
            if isinstance(error, NotSent) and error.alarm:
                await self._outbox.alarm(str(error))
            shown = library.current().say("a_picture")
            return await self._gate.receive_other(conversation, key, shown, "picture_lost")
        # Without the API, what was seen in it waits for the customer's next message.
        reading = "picture_reading_passive" if self._outbox.muted else "picture_reading"
        return await self._gate.receive_picture(conversation, key, data, reading=reading)

    async def _overhear(self, incoming: Incoming) -> list[Entry]:
        """Record what is said to a human of the platform's own; the bot is silent."""
        conversation, key = incoming.conversation_id, incoming.key
        with contextlib.suppress(Unreachable, NotSent, Refused):
            if incoming.kind == "picture":
                data = await self._platform.fetch_picture(incoming.text)
                await self._gate.receive_picture(conversation, key, data, silent=True)
            elif incoming.kind in {"text", "picked", "other"}:
                await self._gate.overhear(conversation, key, with_faces(incoming.text))
        return []
