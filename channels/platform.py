"""What WeChat and Weibo have in common: pushed messages, five seconds to answer, a quota."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import time
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels import metrics, pictures
from channels.abilities import declare
from channels.client import Unreachable
from channels.elsewhere import Elsewhere
from channels.faces import is_placeholder, with_faces
from channels.gate import Gate, GateSettings, Handler, Refused
from channels.options import welcome
from channels.outbox import NotSent, Option, Outbox, Outgoing, compose
from channels.secret import load_secret
from channels.server import Needs
from channels.state import open_state
from content import ContentError, library
from desk import Entry, open_quotas, open_transcript, reply_key

logger = logging.getLogger(__name__)

LONGEST_HEARD = 6_000  # UTF-8 bytes of a message that the bot reads; agents read all of it
LARGEST_BODY = 64 * 1024  # bytes of a pushed message; texts have at most a few thousand
PATIENCE = 4.2  # seconds of the platforms' five that a turn may take to be answered at once
CUT = 10.0  # seconds after which a platform has surely hung up, on however slow a line
REMEMBERED = 600.0  # seconds in which a message may be delivered again

Kind = Literal["text", "intent", "picked", "picture", "other", "welcome", "forget", "note"]
SAYINGS = {"text", "intent", "picked", "picture", "other", "welcome"}  # what a customer may say


class Rejected(Exception):
    """A request that is none of the platform's; `status` is all the answer it gets."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


@dataclass(frozen=True)
class Incoming:
    """A message or event of a customer, as the platform delivered it.

    Args:
        conversation_id: the customer, with the channel's name before it.
        key: the same for every delivery of this message.
        kind: what to do with it.
        text: the words; how it stands in the record (`other`, `note`); the media's id (`picture`).
        option: the option of an earlier message that was picked, or the intent of a menu's entry.
        phrase: what an `other` is answered with.
        window: how many messages it allows us (None: no count), for how many seconds, and whether
            this is a short window beside the long one.
        extra: what the channel needs to answer it.
    """

    conversation_id: str
    key: str
    kind: Kind
    text: str = ""
    option: str = ""
    phrase: str = ""
    window: tuple[int | None, float, bool] | None = None
    extra: Any = None


def signature(*parts: str) -> str:
    """Return the SHA-1 that WeChat and Weibo sign with: of the parts sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf8", "replace")).hexdigest()  # noqa: S324


def signed(request: Request, secret: str, skew: float) -> bool:
    """Tell whether a request's query was signed with the secret, within `skew` seconds of now.

    Weibo gives milliseconds, WeChat seconds.
    """
    given = {name: request.args.get(name, "") for name in ("signature", "timestamp", "nonce")}
    expected = signature(secret, given["timestamp"], given["nonce"])
    if not hmac.compare_digest(expected.encode(), given["signature"].encode("utf8", "replace")):
        return False
    moment = given["timestamp"]
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 16):
        return False
    seconds = int(moment) / (1000 if len(moment) > 11 else 1)
    return abs(time.time() - seconds) <= skew


class _AtOnce:
    """The platform for answers at once: options are lines of the text, and room is left for more.

    Args:
        platform: whose they are.
        more: what is added where something is left to say.
    """

    menus = False

    def __init__(self, platform: PlatformInput, more: str) -> None:
        self.size, self.offer, self.send = platform.size, platform.offer, platform.send
        self.longest = platform.longest - platform.size(more)


class PlatformInput(InputChannel):
    """A channel whose platform pushes messages to a webhook and takes answers by its API.

    credentials.yml, for every such channel: see `GateSettings`, and
        reply_mode: `auto` (answer at once when there is time, else by the API), `passive_only`
            (the account has no API), `active` (always by the API).
        menu: what the entries of the account's own menu ask: `KEY: intent`.
        passive_counts: whether an answer at once counts as a message of the quota.
        deliveries: how often the platform delivers a message that is not answered in time.
        skew: seconds that the platform's clock and ours may differ.
    """

    title: ClassVar[str]  # the platform's name as agents read it
    longest: int
    menus: bool
    sends_pictures: ClassVar[bool] = True
    passes_on: bool = False  # whether the platform's own humans take the place of our desk

    def __init__(
        self,
        reply_mode: str = "auto",
        menu: dict[str, str] | None = None,
        passive_counts: bool = False,
        deliveries: int = 3,
        skew: float = 300,
        **gate: Any,
    ) -> None:
        if reply_mode not in {"auto", "passive_only", "active"}:
            raise ValueError(f"reply_mode: {reply_mode}: write auto, passive_only or active")
        self._mode = reply_mode
        self._menu = {str(key): str(intent) for key, intent in (menu or {}).items()}
        try:
            known = library.load().topics
        except ContentError as error:
            raise ValueError(str(error)) from None
        for key, intent in self._menu.items():
            if intent not in known and intent != "human_handoff":
                raise ValueError(f"menu: {key}: {intent} is no intent")
        self._passive_counts = passive_counts
        self._deliveries = deliveries
        self._skew = skew
        self._state = open_state()
        self.elsewhere = Elsewhere(self._state) if self.passes_on else None
        settings = GateSettings(**{"max_bytes": LONGEST_HEARD, **gate})
        self._gate = Gate(self.name(), load_secret(), settings, self._state, self.elsewhere)
        silent = reply_mode == "passive_only"
        self.outbox = Outbox(self.name(), self.title, self._state, self, self._typing, silent)
        declare(self.name(), self.title, pictures=self.sends_pictures and not silent)
        self._handler: Handler
        self._tasks: dict[tuple[str, str], asyncio.Task[None]] = {}
        self._before: dict[str, asyncio.Task[None]] = {}
        self._answers: set[asyncio.Task[str | HTTPResponse]] = set()
        self._ends: set[asyncio.Task[None]] = set()
        # What could not be recorded is said all the same: answers by conversation.
        self._loose: dict[str, list[Entry]] = {}

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> PlatformInput:
        """Create the channel from its part of credentials.yml.

        Raises:
            ValueError: a setting is missing, unknown or wrong; says which.
        """
        try:
            return cls(**{key: value for key, value in (credentials or {}).items() if value != ""})
        except TypeError as error:
            wrong = str(error).partition("__init__() ")[2]
            problem = wrong or str(error)
        except ValueError as error:
            problem = str(error).removeprefix("credentials.yml: ")
        raise ValueError(f"credentials.yml: {cls.__module__}.{cls.__name__}: {problem}")

    # ---- what each platform does in its own way

    @abstractmethod
    def _verify(self, request: Request) -> None:
        """Check that a request comes from the platform.

        Raises:
            Rejected: it does not.
        """

    @abstractmethod
    def _read(self, request: Request) -> Incoming | None:
        """Return what a request delivers; None when nobody needs it.

        Raises:
            Rejected: it is broken, or not meant for us.
        """

    @abstractmethod
    def _passive(self, incoming: Incoming, text: str) -> HTTPResponse:
        """Return the answer to a delivery that says a text to the customer."""

    @abstractmethod
    def _nothing(self) -> HTTPResponse:
        """Return the answer to a delivery that says nothing."""

    @abstractmethod
    async def fetch_picture(self, media: str) -> bytes:
        """Return a picture that a customer sent.

        Raises:
            Unreachable, NotSent: it cannot be had.
        """

    @abstractmethod
    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        """Send one message by the platform's API; see `outbox.Platform`."""

    @abstractmethod
    def offer(self, options: Sequence[Option]) -> list[str]:
        """Return the lines that offer options; see `outbox.Platform`."""

    @abstractmethod
    def size(self, text: str) -> int:
        """Return how long a text is, as the platform counts."""

    async def type(self, conversation_id: str, on: bool) -> None:
        """Show the customer that somebody writes, where the platform can."""

    async def instead(self, incoming: Incoming) -> HTTPResponse | None:
        """Return an answer to a delivery that takes the place of what the bot says.

        It is asked before anything is taken to be said: what is not shown stays unsaid.
        """
        return None

    async def late(self, incoming: Incoming) -> None:
        """Do what is to be done when a turn ends that could not be answered at once."""

    async def stop(self) -> None:
        """Let go of connections."""

    def needs(self) -> Needs:
        """Return what a webhook needs of the server."""
        return Needs(LARGEST_BODY)

    # ---- routes

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the webhook."""
        self._handler = on_new_message
        pictures.serve(self._gate, on_new_message)
        blueprint = Blueprint(f"{self.name()}_channel")

        @blueprint.listener("after_server_start")
        async def begin(app: Any) -> None:
            self.outbox.begin()

        @blueprint.listener("before_server_stop")
        async def end(app: Any) -> None:
            await self.outbox.end()
            await self.stop()

        @blueprint.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.get("/webhook")
        async def verify(request: Request) -> HTTPResponse:
            try:
                self._verify(request)
            except Rejected as error:
                return self._refuse(error)
            return response.text(request.args.get("echostr", "")[:1000])

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse:
            try:
                if len(request.body) > LARGEST_BODY:
                    raise Rejected(413, "the body is too large")
                self._verify(request)
                incoming = self._read(request)
            except Rejected as error:
                return self._refuse(error)
            if incoming is None:
                return self._nothing()
            try:
                return await self._answer(incoming)
            except Exception as error:  # an error's text would be shown to the customer
                logger.error("%s: a delivery failed: %s", self.name(), type(error).__name__)
                return self._nothing()

        return blueprint

    def _refuse(self, error: Rejected) -> HTTPResponse:
        logger.warning("%s: refused: %s", self.name(), error)
        return response.text("", status=error.status)

    # ---- a delivery

    async def _answer(self, incoming: Incoming) -> HTTPResponse:
        # In a task of its own: the platform hangs up after five seconds, which cancels this one.
        task = asyncio.create_task(self._at_once_or_nothing(incoming))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)
        said = await asyncio.shield(task)
        if isinstance(said, HTTPResponse):
            return said
        return self._passive(incoming, said) if said else self._nothing()

    async def _at_once_or_nothing(self, incoming: Incoming) -> str | HTTPResponse:
        """Return what to answer a delivery with; "" for nothing, or while the turn goes on."""
        began = time.monotonic()
        conversation, key = incoming.conversation_id, incoming.key
        known = f"passive:{conversation}:{key}"
        given = await self._remembered(known)
        if given is not None:
            return given
        count = await self._count(conversation, key)
        task = self._begin(incoming, first=count == 1)
        if self._mode == "active":
            task.add_done_callback(lambda done: self._send_loose(conversation))
            return ""
        async with self.outbox.hold(conversation, PATIENCE + 2) as hold:
            await asyncio.wait({task}, timeout=PATIENCE - (time.monotonic() - began))
            # Another request of this customer, or the outbox, may be at it.
            while task.done() and time.monotonic() - began < PATIENCE:
                if await hold.claim():
                    break
                await asyncio.sleep(0.05)
            if task.done():
                return await self._at_once(incoming, known) if hold.mine else ""
        return await self._too_slow(incoming, task, count, began)

    async def _at_once(self, incoming: Incoming, known: str) -> str | HTTPResponse:
        """Return what to answer a delivery with; delivered again, it gets the same."""
        if incoming.kind in {"forget", "note"}:
            return ""
        other = await self.instead(incoming)
        if other is not None:
            return other
        # An earlier delivery, whose connection broke, may have taken the answer meanwhile.
        given = await self._remembered(known)
        if given is not None:
            return given
        text = await self._take(incoming.conversation_id)
        if text:
            with contextlib.suppress(Exception):
                await self._state.put(known, text, 60)
        return text

    async def _remembered(self, key: str) -> str | None:
        try:
            return await self._state.get(key)
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return None

    async def _too_slow(
        self, incoming: Incoming, task: asyncio.Task[None], count: int, began: float
    ) -> str:
        """Answer a delivery whose turn takes longer than the platform waits."""
        if self._mode != "passive_only":
            self._typing(incoming.conversation_id, True)
            task.add_done_callback(lambda done: self._end_late(incoming))
            return ""
        if count >= self._deliveries:  # the last chance; what is said now is not the answer
            return library.current().say("slow_passive")
        # Not answering, whatever happens meanwhile, lets the platform deliver again, and wait for
        # the same turn again: this answer would be none.
        await asyncio.sleep(CUT - (time.monotonic() - began))
        return ""

    def _end_late(self, incoming: Incoming) -> None:
        self._send_loose(incoming.conversation_id)
        task = asyncio.create_task(self.late(incoming))
        self._ends.add(task)
        task.add_done_callback(self._ends.discard)

    def _send_loose(self, conversation: str) -> None:
        """Say what could not be recorded by the API, once; there is nothing to go on from."""
        entries = self._loose.pop(conversation, [])

        async def send() -> None:
            for outgoing in compose(conversation, entries, self):
                try:
                    await self.send(conversation, outgoing)
                except NotSent as failure:
                    logger.warning("%s: not sent: %s", self.name(), failure)
                    metrics.platform_error(self.name(), failure)

        if entries:
            asyncio.create_task(send())  # noqa: RUF006  # ends by itself

    async def _take(self, conversation: str) -> str:
        """Return what waits for the customer, if it fits one passive answer, as delivered."""
        loose = self._loose.pop(conversation, [])
        entries: list[Entry] = []
        try:
            entries = await self.outbox.waiting(conversation, alone=not self._passive_counts)
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
        if self.outbox.muted:
            return await self._without_api(conversation, entries, loose)
        outgoing = await asyncio.to_thread(compose, conversation, [*entries, *loose], self)
        if len(outgoing) != 1 or outgoing[0].options or outgoing[0].picture is not None:
            return ""  # the outbox says it, in order and with its buttons
        await self._said(conversation, outgoing[0], entries)
        return outgoing[0].text

    async def _without_api(
        self, conversation: str, entries: list[Entry], loose: list[Entry]
    ) -> str:
        """Return the first text that waits; the rest waits for the customer's next message."""
        pictures = [entry.seq for entry in entries if entry.picture is not None]
        if pictures:
            await self.outbox.give_up(conversation, pictures)
        said = [*(entry for entry in entries if entry.picture is None), *loose]
        begun = await self.outbox.begun_of(conversation, said[0].seq) if said else 0
        more = "\n" + library.current().say("more_follows")
        first, *rest = await asyncio.to_thread(
            compose, conversation, said, _AtOnce(self, more), begun
        ) or [Outgoing(())]
        await self._said(conversation, first, said)
        if any(0 in each.seqs for each in rest):
            self._loose[conversation] = loose
        return first.text + more if rest else first.text

    async def _said(self, conversation: str, outgoing: Outgoing, entries: Sequence[Entry]) -> None:
        """Note what an answer at once says of what waits."""
        seqs = tuple(seq for seq in outgoing.seqs if seq)
        if seqs or outgoing.begun:
            await self.outbox.said(conversation, replace(outgoing, seqs=seqs), entries)
            if self._passive_counts and outgoing.text:
                await asyncio.to_thread(open_quotas().spend, conversation)

    async def _count(self, conversation: str, key: str) -> int:
        """Return which delivery of a message this is, from 1."""
        for count in range(1, 10):
            mark = f"delivery:{conversation}:{key}:{count}"
            try:
                if await self._state.claim(mark, "1", REMEMBERED):
                    return count
            except Exception as error:
                logger.error("The shared state failed: %s", type(error).__name__)
                return 1
        return 10

    # ---- a message

    def _begin(self, incoming: Incoming, first: bool) -> asyncio.Task[None]:
        """Start on a message, or return the task that is on it already."""
        mark = incoming.conversation_id, incoming.key
        task = self._tasks.get(mark)
        if task is None:
            before = self._before.get(incoming.conversation_id)
            task = asyncio.create_task(self._work(incoming, first, before))
            self._tasks[mark] = task
            if incoming.kind == "picture":  # what is said after it is recorded after it
                self._before[incoming.conversation_id] = task
            task.add_done_callback(lambda done: self._done(mark, done))
        return task

    def _done(self, mark: tuple[str, str], task: asyncio.Task[None]) -> None:
        self._tasks.pop(mark, None)
        if self._before.get(mark[0]) is task:
            del self._before[mark[0]]

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
            metrics.refused(self.name(), refusal.code)
            entry = Entry(reply_key(incoming.key, "refused"), "system", str(refusal))
            said = [] if refusal.quiet else await self._say(conversation, entry)
        except Exception as error:
            logger.error("%s: a message failed: %s", self.name(), type(error).__name__)
            if incoming.kind in {"forget", "note"}:  # nobody waits for an answer
                return
            sorry = library.current().say("failed")
            said = await self._say(
                conversation, Entry(reply_key(incoming.key, "failed"), "system", sorry)
            )
        loose = [entry for entry in said if not entry.seq and entry.author != "customer"]
        if loose:
            self._loose[conversation] = [*self._loose.get(conversation, []), *loose]

        if not opened and await self._open_quota(incoming):  # the database came back meanwhile
            self.outbox.poke(conversation)

    async def _open_quota(self, incoming: Incoming) -> bool:
        """Note what may be said after a message; return whether that is kept."""
        if incoming.window is None:
            return True
        try:
            if self._mode == "passive_only":  # nothing; also where an earlier setting left some
                await asyncio.to_thread(open_quotas().close, incoming.conversation_id)
                return True
            await asyncio.to_thread(open_quotas().open, incoming.conversation_id, *incoming.window)
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
        if incoming.kind in SAYINGS and await self.is_spoken_for(incoming):
            return await self._overhear(incoming)
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
        if incoming.kind == "note":
            await self.noted(incoming)
        elif incoming.kind == "forget":
            await self._gate.forget(conversation)
            await self.outbox.forget(conversation)
        return []

    async def _take_text(self, incoming: Incoming) -> list[Entry]:
        conversation, key = incoming.conversation_id, incoming.key
        if is_placeholder(incoming.text):
            shown = library.current().say("something_else")
            return await self._gate.receive_other(conversation, key, shown, "please_type")
        text = with_faces(incoming.text)
        return await self._gate.receive(self._handler, conversation, key, text=text, whole=True)

    async def _overhear(self, incoming: Incoming) -> list[Entry]:
        """Record what is said to a human of the platform's own; the bot is silent."""
        conversation, key = incoming.conversation_id, incoming.key
        with contextlib.suppress(Unreachable, NotSent, Refused):
            if incoming.kind == "picture":
                data = await self.fetch_picture(incoming.text)
                await self._gate.receive_picture(conversation, key, data, silent=True)
            elif incoming.kind in {"text", "picked", "other"}:
                await self._gate.overhear(conversation, key, with_faces(incoming.text))
        return []

    async def is_spoken_for(self, incoming: Incoming) -> bool:
        """Tell whether what a customer says is for a human of the platform's own."""
        return False

    async def _take_picture(self, incoming: Incoming) -> list[Entry]:
        conversation, key = incoming.conversation_id, incoming.key
        try:
            data = await self.fetch_picture(incoming.text)
        except (Unreachable, NotSent) as error:
            logger.warning("%s: no picture: %s", self.name(), error)
            metrics.platform_error(self.name(), error)
            shown = library.current().say("a_picture")
            return await self._gate.receive_other(conversation, key, shown, "picture_lost")
        return await self._gate.receive_picture(conversation, key, data)

    async def noted(self, incoming: Incoming) -> None:
        """Do what an event of the platform asks for that says nothing to the customer."""

    async def _press(self, incoming: Incoming) -> list[Entry]:
        """Let a menu's entry, or an option of an earlier message, count as a button."""
        conversation = incoming.conversation_id
        content = library.current()
        title, payload = incoming.text, ""
        if incoming.kind == "intent":
            topic = content.topics.get(incoming.option)
            title = topic.title if topic else content.say("button_human")
            payload = f"/{incoming.option}"
        else:
            seq, place = int(incoming.option[:-2] or 0), int(incoming.option[-2:])
            entry = await asyncio.to_thread(open_transcript().at, conversation, seq)
            if entry is not None and 0 < place <= len(entry.buttons):
                button = entry.buttons[place - 1]
                title, payload = button["title"], button["payload"]
        if payload:
            token = self._gate.sign(conversation, title, payload)
            return await self._gate.receive(self._handler, conversation, incoming.key, button=token)
        return await self._take_text(incoming)

    def _typing(self, conversation_id: str, on: bool) -> None:
        if self._mode == "passive_only":
            return
        asyncio.create_task(self.type(conversation_id, on))  # noqa: RUF006  # ends by itself


def coordinates(latitude: object, longitude: object) -> str:
    """Return a place as agents can look it up, from numbers or text; "" if these are none."""
    if not isinstance(latitude, str | int | float) or not isinstance(longitude, str | int | float):
        return ""
    try:
        north, east = float(latitude), float(longitude)
    except (ValueError, OverflowError):
        return ""
    return f"{north:.6f},{east:.6f}" if abs(north) <= 90 and abs(east) <= 180 else ""


def event_key(*parts: Any) -> str:
    """Return the key of a delivery that has no id of its own."""
    text = "\n".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()[:32]
