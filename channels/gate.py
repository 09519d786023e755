"""The one way in: every channel's messages pass here before Rasa sees them.

A channel gives the gate what its platform delivered and gets the messages to answer with. The gate
keeps out what Rasa would take for commands, records what is said, and never lets the customer meet
silence.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import json
import logging
import re
import time
import unicodedata
import uuid
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from itertools import takewhile
from typing import Any
from weakref import WeakValueDictionary

from limits import parse
from rasa.core.channels.channel import OutputChannel, UserMessage

from channels import metrics
from channels.elsewhere import CANCEL_WAIT, Elsewhere, without_desk
from channels.faces import without_faces
from channels.masking import Masked, is_code_expected, mask, may_depend
from channels.news import DESK, tell, tell_messages
from channels.options import choice, score, with_human
from channels.replies import entries, recall
from channels.state import State, open_state
from channels.turns import Turns
from channels.watch import RATE, farewell, tell_agents
from content import Content, library
from desk import (
    BadPicture,
    Entry,
    Ticket,
    TicketRequest,
    WrongState,
    open_agents,
    open_customers,
    open_desk,
    open_transcript,
    reply_key,
)
from desk.pictures import keep_picture
from desk.unread import open_unread
from reader import is_wanted
from reader.telling import WRONG, Told

logger = logging.getLogger(__name__)

Handler = Callable[[UserMessage], Awaitable[Any]]

# Bidirectional controls and invisible characters: they hide text from the human who reads it later.
# The joiner between two pictures stays: it makes them one (families, professions).
_PICTURE = r"\u2190-\u2bff\U0001f000-\U0001faff"
_INVISIBLE = re.compile(
    r"[\u00ad\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    rf"|(?<![{_PICTURE}\ufe0f])\u200d|\u200d(?![{_PICTURE}])"
)
RECORDING = 5.0  # seconds for which a database that went away is waited for; a restart takes less
_CONTEXT = 8  # messages of the record that tell whether a bare number is a code
_READING = 1.0  # seconds for them
_TURNS = 2_000  # finished turns whose answers are at hand for a message that comes again
_SLASHES = "/\u2044\u2215"


class Refused(Exception):
    """A message the gate does not take.

    `code` is for programs, `str()` is said to the customer, unless `quiet`: then they have heard it
    already. `wait` is the seconds after which it is worth trying again, 0 if never.
    """

    def __init__(
        self, code: str, sentence: str, status: int = 400, wait: float = 0, quiet: bool = False
    ) -> None:
        super().__init__(sentence)
        self.code = code
        self.status = status
        self.wait = wait
        self.quiet = quiet


@dataclass(frozen=True)
class GateSettings:
    """What a channel's part of credentials.yml may set.

    Args:
        max_bytes: longest message in UTF-8 bytes.
        deadline: seconds after which the customer is told that it takes longer.
        customer_limit: messages of one customer, as the `limits` library writes it.
        address_limit: messages from one network address, which thousands may share on phones.
    """

    max_bytes: int = 4000
    deadline: float = 20
    customer_limit: str = "30/minute"
    address_limit: str = "1200/minute"

    def __post_init__(self) -> None:
        """Check the values; ValueError names the one that is wrong."""
        for name in ("max_bytes", "deadline"):
            if getattr(self, name) <= 0:
                raise ValueError(f"credentials.yml: {name} must be greater than 0")
        for name in ("customer_limit", "address_limit"):
            try:
                parse(getattr(self, name))
            except ValueError:
                raise ValueError(f"credentials.yml: {name}: write it as 30/minute") from None


@dataclass
class _Turn:
    """A message being answered, or answered just now; who delivers it again waits for the same."""

    seq: int = 0  # the message's place in the record
    again: bool = False  # it was there before, when the process that answered it died
    owed: Entry | None = None  # the message, when it is not there yet
    replies: list[Entry] = field(default_factory=list)
    refused: Refused | None = None  # when what was said is not in the record
    spoken: asyncio.Event = field(default_factory=asyncio.Event)
    told: Told | None = None  # when the message is a picture that was read


class _Conversation:
    """Keeps one customer's messages in order: recorded as they come, answered one by one."""

    def __init__(self) -> None:
        self.recording = asyncio.Lock()
        self.answering = asyncio.Lock()


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
    """Return the text without control and invisible characters, its newlines and emoji kept."""
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


async def mask_in_conversation(
    conversation_id: str, text: str, author: str = "customer", key: str = ""
) -> Masked:
    """Hide what `mask` hides, knowing what was said before; without a record, rather too much.

    Args:
        conversation_id: whose record is read, if what was said before may matter.
        text: what is written.
        author: who writes; their last message may end in 我的密码是.
        key: of the message, which may be in the record already.
    """
    if not may_depend(text):
        return mask(text)
    try:
        read = asyncio.to_thread(open_transcript().last, conversation_id, _CONTEXT)
        last = await asyncio.wait_for(read, _READING)
    except Exception as error:
        logger.error("The record failed: %s", type(error).__name__)
        return mask(text, code_expected=True)
    earlier = list(takewhile(lambda entry: entry.key != key, last))
    said = [entry.text for entry in earlier if entry.author == "customer"][-3:]
    answers = [entry.text for entry in earlier if entry.author != "customer" and entry.text]
    own = [entry.text for entry in earlier if entry.author == author]
    expected = is_code_expected(text, said, "".join(answers[-1:]))
    return mask(text, expected, "".join(own[-1:]))


def _seen(told: Told, key: str, warned: bool) -> Entry:
    """Return what is said of a picture that Rasa does not answer."""
    text = told.said
    if warned:
        text = library.current().say("never_share") + "\n\n" + text
    return Entry(reply_key(key, "seen"), "bot", text, buttons=told.buttons, reply_to=key)


def _excerpt(text: str, most: int) -> str:
    """Return a text, or the beginning and the end of one of more than `most` UTF-8 bytes."""
    data = text.encode("utf8", "replace")
    if len(data) <= most:
        return text
    begin, end = (part.decode("utf8", "ignore") for part in (data[: most // 2], data[-most // 2 :]))
    return f"{begin}\n{end}"


class Gate:
    """Guards of one channel.

    Args:
        channel: its name, stored with each message.
        secret: signs button tokens; must stay the same across restarts.
        settings: sizes, limits and the deadline.
        state: what several workers share; by default where endpoints.yml says.
        elsewhere: where the channel's humans are, if not at our desk: no customer hears of it.
    """

    def __init__(
        self,
        channel: str,
        secret: bytes,
        settings: GateSettings | None = None,
        state: State | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._channel = channel
        self._elsewhere = elsewhere
        metrics.open_channel(channel)
        self._secret = secret
        self._settings = settings or GateSettings()
        self._state = state or open_state()
        self._order = Turns(self._state)
        self._away_since: float | None = None  # the database, on the event loop's clock
        self._running: set[asyncio.Task[None]] = set()
        self._turns: OrderedDict[tuple[str, str], _Turn] = OrderedDict()
        self._conversations: WeakValueDictionary[str, _Conversation] = WeakValueDictionary()

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self._channel

    # ---- buttons

    def sign(self, sender_id: str, title: str, payload: str) -> str:
        """Return a token that stands for a button issued to this conversation."""
        body = base64.urlsafe_b64encode(json.dumps([payload, title]).encode()).decode()
        return f"{body}.{self._mac(sender_id, body)}"

    def _mac(self, sender_id: str, body: str) -> str:
        said = f"button\n{sender_id}\n{body}".encode("utf8", "replace")
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

    # ---- guards

    async def admit(self, sender_id: str | None, address: str | None = None) -> None:
        """Count a message, a picture or a new session against the limits.

        Raises:
            Refused: too many; `quiet` when the customer has been told in this window.
        """
        limits = []
        if sender_id:
            limits.append((self._settings.customer_limit, f"customer:{sender_id}"))
        if address:
            limits.append((self._settings.address_limit, f"address:{address}"))
        for limit, key in limits:
            try:
                wait = await self._state.hit(limit, key)
                told = wait and not await self._state.claim(f"told:{key}", "1", wait)
            except Exception as error:  # better no limit than no service
                logger.error("Limits are not kept: %s", type(error).__name__)
                return
            if wait:
                sentence = library.current().say("rate_limited")
                raise Refused("rate_limited", sentence, 429, wait=wait, quiet=bool(told))

    async def spent(self, limit: str, key: str) -> bool:
        """Count a use that is not worth a word; tell whether it is one too many."""
        try:
            return await self._state.hit(limit, key) > 0
        except Exception as error:
            logger.error("Limits are not kept: %s", type(error).__name__)
            return False

    async def receive(
        self,
        handler: Handler,
        sender_id: str,
        message_id: str,
        text: str | None = None,
        button: str | None = None,
        address: str | None = None,
        whole: bool = False,
    ) -> list[Entry]:
        """Run one turn and return what is said; the same message again gets the same.

        When the turn takes longer than the deadline, that is what is said; the answer follows in
        the record, and whoever listens to the conversation is told.

        Args:
            handler: Rasa's `on_new_message`.
            sender_id: the conversation, made by the channel and not by the customer.
            message_id: the platform's or client's id of the message.
            text: what the customer wrote; or else
            button: the token of the button pressed.
            address: the network address it came from, for the limits.
            whole: a text that is too long is taken all the same, where it cannot be written again:
                agents read all of it, the bot its beginning and its end.

        Raises:
            Refused: empty, too long, too many, or a button that is not this conversation's; or
                `not_recorded`: the database is away. The answer is its sentence, but the message
                counts as not received.
        """
        content = library.current()
        long = len((text or button or "").encode("utf8", "replace")) > self._settings.max_bytes
        if long and not (whole and button is None):
            raise Refused("too_long", content.say("too_long"), 413)
        turn = self._turns.get((sender_id, message_id))
        if turn is None:
            await self.admit(sender_id, address)
            said, warned = self._accept(sender_id, text, button, content)
            if not await self._claim(sender_id, message_id):
                turn = self._turns.get((sender_id, message_id))
                if turn is None:
                    answered = await self._answered_elsewhere(sender_id, message_id)
                    if answered is not None:
                        return answered
            if turn is None:
                turn = self._begin(handler, sender_id, replace(said, key=message_id), warned)
        await turn.spoken.wait()
        if turn.refused is not None:
            raise turn.refused
        return list(turn.replies)

    async def receive_picture(
        self,
        sender_id: str,
        message_id: str,
        data: bytes,
        address: str | None = None,
        silent: bool = False,
    ) -> list[Entry]:
        """Keep a picture; return the customer's message with it, and what is answered.

        Where pictures are read, it is put into the queue, and `answer_picture` goes on.

        `silent`: it is said to somebody else, and nothing is answered.

        Raises:
            Refused: no picture by its content, or too many messages.
        """
        await self.admit(sender_id, address)
        known = await self._known(sender_id, message_id)
        if known:
            return known
        reads = is_wanted()
        try:
            kept = await keep_picture(sender_id, data, unread=reads)
        except BadPicture as bad:
            raise Refused(bad.code, library.current().say(bad.code), bad.status) from None
        picture = {**asdict(kept), **({"unread": True} if reads else {})}
        sent = Entry(message_id, "customer", picture=picture, answered=silent)
        if reads:
            job = sender_id, message_id, self._channel, kept.id, silent
            await asyncio.to_thread(open_unread().add, *job)
        if silent:
            return await self.announce(sender_id, sent)
        return await self._keep(sender_id, sent, "picture_reading" if reads else "picture_received")

    async def answer_picture(
        self,
        handler: Handler,
        sender_id: str,
        message_id: str,
        text: str,
        picture: Mapping[str, Any] | None,
        told: Told,
        warned: bool = False,
    ) -> bool:
        """Answer a picture that was read, as if its words had been written.

        Args:
            handler: Rasa's `on_new_message`.
            sender_id, message_id: of the customer's message with the picture.
            text: what it says, masked; it stands beside the picture from now on.
            picture: the covered one, for the record; None when there is none any more.
            told: what is said of it, and what Rasa hears.
            warned: whether it held a secret.

        Returns:
            False when the message is not in the record, or somebody else answers it now.
        """
        if not await self._claim(sender_id, message_id):
            return False
        read = partial(open_transcript().read_picture, sender_id, message_id, text, picture, False)
        said = await asyncio.to_thread(read)
        if said is None:
            await self._order.release(sender_id, message_id)
            return False
        # Its own time would tell that nobody began to answer it before.
        turn = self._begin(handler, sender_id, replace(said, time=time.time()), warned, told)
        await turn.spoken.wait()
        return turn.refused is None

    async def overhear(self, sender_id: str, message_id: str, text: str) -> list[Entry]:
        """Record what the customer says to somebody else; nothing is answered.

        Raises:
            Refused: too many messages.
        """
        await self.admit(sender_id)
        cleaned = clean(text)
        if not cleaned:
            return []
        masked = await mask_in_conversation(sender_id, cleaned, key=message_id)
        sent = Entry(message_id, "customer", masked.text, answered=True)
        return await self.announce(sender_id, sent)

    async def receive_other(
        self, sender_id: str, message_id: str, shown: str, phrase: str
    ) -> list[Entry]:
        """Record what is neither text nor picture, and answer with a sentence of phrases.yml.

        Args:
            sender_id, message_id: as in `receive`.
            shown: how the message stands in the record, for agents.
            phrase: what the customer hears, also from an agent's desk: nobody here can play it.

        Raises:
            Refused: too many messages.
        """
        known = await self._known(sender_id, message_id)
        if known:
            return known
        await self.admit(sender_id)
        sent = Entry(message_id, "customer", mask(clean(shown)).text)
        return await self._keep(sender_id, sent, phrase, always=True)

    async def _known(self, sender_id: str, message_id: str) -> list[Entry]:
        """Return a message that came before, and what was answered; nothing if it is new."""
        transcript = open_transcript()
        known = await asyncio.to_thread(transcript.find, sender_id, message_id)
        if known is None:
            return []
        return [known, *await asyncio.to_thread(transcript.replies, sender_id, message_id)]

    async def _keep(
        self, sender_id: str, sent: Entry, phrase: str, always: bool = False
    ) -> list[Entry]:
        """Record a message that Rasa does not see, answered with a sentence.

        With an agent the bot is silent, unless `always`.
        """
        ticket = await self._ticket(sender_id)
        entries = [sent, with_human(phrase, sent.key)]
        if await self._agent_hears(ticket):
            entries[1:] = [replace(entries[1], author="system", buttons=())] if always else []
        entries = await asyncio.to_thread(
            partial(open_transcript().add, sender_id, *entries, answers=sent.key)
        )
        await tell_messages(self._state, sender_id)
        return entries

    async def announce(self, sender_id: str, *entries: Entry) -> list[Entry]:
        """Record what answers no message, and is answered by none: a welcome, thanks."""
        recorded = await asyncio.to_thread(open_transcript().add, sender_id, *entries)
        await self.tell(sender_id, kind="messages")
        return recorded

    async def rate(self, sender_id: str, score: int, comment: str = "") -> list[Entry]:
        """Keep a rating (1 to 5, and a sentence), and return the thanks.

        Raises:
            Refused: too many messages, or no rating is asked for.
        """
        await self.admit(sender_id)
        comment = mask(clean(comment)).text
        try:
            await asyncio.to_thread(open_desk().rate, sender_id, score, comment)
        except WrongState:
            raise Refused("not_asked", library.current().say("rating_over"), 409) from None
        metrics.rated(self._channel, score)
        thanks = Entry(uuid.uuid4().hex, "system", library.current().say("rated"))
        return await self.announce(sender_id, thanks)

    async def leave_agent(self, sender_id: str) -> None:
        """End the conversation with an agent, because the customer wants that.

        Raises:
            Refused: no agent has the customer.
        """
        ticket = await asyncio.to_thread(open_desk().open_ticket_of, sender_id)
        try:
            if ticket is None or ticket.status != "with_agent":
                raise WrongState("close")
            said = farewell(ticket, "closed_by_customer")
            await asyncio.to_thread(open_desk().close, ticket.id, said)
        except WrongState:
            raise Refused("no_human", library.current().say("no_human_here"), 409) from None
        metrics.handoff(ticket.channel, "closed")
        await asyncio.to_thread(open_agents().note, "customer", "close", ticket.id)
        await tell_agents(self._state, "ended", ticket, ticket.agent_id)
        await tell_messages(self._state, sender_id)
        await tell(self._state, DESK, kind="queue")

    async def forget(self, sender_id: str) -> None:
        """Delete what is stored of a customer, when their last turn is over. No way back."""
        async with self._conversation(sender_id).answering, self._order.alone(sender_id, 0):
            await asyncio.to_thread(open_customers().erase, sender_id)
        for known in [key for key in self._turns if key[0] == sender_id]:
            del self._turns[known]
        await tell(self._state, DESK, kind="queue")

    def _accept(
        self, sender_id: str, text: str | None, button: str | None, content: Content
    ) -> tuple[Entry, bool]:
        """Return what the customer said, cleaned and masked, and whether it held a secret."""
        if button is not None:
            payload, title = self.pressed(sender_id, button)
            pressed = ({"title": title, "payload": payload},)
            return Entry("", "customer", title, buttons=pressed), False
        cleaned = clean(text or "")
        if not cleaned:
            raise Refused("empty", content.say("empty"))
        masked = mask(neutralize(cleaned))
        return Entry("", "customer", masked.text), masked.secret

    async def _claim(self, sender_id: str, message_id: str) -> bool:
        try:
            return await self._order.claim(sender_id, message_id)
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return (sender_id, message_id) not in self._turns

    async def _answered_elsewhere(self, sender_id: str, message_id: str) -> list[Entry] | None:
        """Wait for the worker that answers this message already; None: it is gone, we answer."""
        until = asyncio.get_running_loop().time() + self._settings.deadline
        transcript = open_transcript()
        while asyncio.get_running_loop().time() < until:
            known = await asyncio.to_thread(transcript.find, sender_id, message_id)
            if known and known.answered:
                return await asyncio.to_thread(transcript.replies, sender_id, message_id)
            if await self._claim(sender_id, message_id):
                return None
            await asyncio.sleep(0.2)
        return [with_human("slow", message_id)]

    # ---- turns

    def _begin(
        self,
        handler: Handler,
        sender_id: str,
        said: Entry,
        warned: bool,
        told: Told | None = None,
    ) -> _Turn:
        """Start a turn in a task of its own, so that a client that hangs up does not cancel it."""
        turn = self._turns[sender_id, said.key] = _Turn(told=told)
        while len(self._turns) > _TURNS:
            self._turns.popitem(last=False)
        task = asyncio.create_task(self._claimed(turn, handler, sender_id, said, warned))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return turn

    async def _claimed(
        self, turn: _Turn, handler: Handler, sender_id: str, said: Entry, warned: bool
    ) -> None:
        async with self._order.answering(sender_id, said.key):
            await self._take(turn, handler, sender_id, said, warned)
        if turn.refused is not None:  # it may be sent again
            self._turns.pop((sender_id, said.key), None)
            await self._order.release(sender_id, said.key)

    async def _take(
        self, turn: _Turn, handler: Handler, sender_id: str, said: Entry, warned: bool
    ) -> None:
        conversation = self._conversation(sender_id)
        try:
            async with conversation.recording:
                if not said.buttons:  # in here, the messages before this one are recorded
                    masked = await mask_in_conversation(sender_id, said.text, key=said.key)
                    words = without_faces(masked.text)
                    if words != masked.text:  # what a face stood within may be a secret
                        again = await mask_in_conversation(sender_id, words, key=said.key)
                        masked = again if again.text != words else masked
                    said, warned = replace(said, text=masked.text), warned or masked.secret
                with metrics.stage("recording"):
                    shown = await self._record_customer(turn, sender_id, said)
            if turn.spoken.is_set():  # answered before a restart
                return
            with metrics.stage("whole"):
                answering = asyncio.create_task(
                    self._answer(turn, conversation, handler, sender_id, said, shown, warned)
                )
                done, _ = await asyncio.wait({answering}, timeout=self._settings.deadline)
                if not done:
                    metrics.turn(self._channel, "slow")
                    slow = with_human("slow", said.key)
                    await self._say(turn, sender_id, [slow])
                outcome = await answering
            if done:
                metrics.turn(self._channel, outcome)
        except Exception as error:
            logger.error("A message was not answered: %s", type(error).__name__)
            metrics.turn(self._channel, "failed")
            await self._say(turn, sender_id, [with_human("failed", said.key)], answers=said.key)
        finally:
            turn.spoken.set()

    def _conversation(self, sender_id: str) -> _Conversation:
        known = self._conversations.get(sender_id)
        if known is None:
            known = self._conversations[sender_id] = _Conversation()
        return known

    async def _record_customer(
        self, turn: _Turn, sender_id: str, said: Entry
    ) -> Sequence[Mapping[str, str]]:
        """Record what the customer said; return the buttons last shown to them."""
        transcript = open_transcript()
        try:
            (known,) = await self._record(sender_id, said)
            turn.seq = known.seq
            turn.again = known.time != said.time
            if known.answered:
                turn.replies = await asyncio.to_thread(transcript.replies, sender_id, said.key)
                turn.spoken.set()
                return ()
            await self.tell(sender_id, kind="messages")
            last = await asyncio.to_thread(transcript.last, sender_id, 3, ("bot", "system"))
            return next((each.buttons for each in reversed(last) if each.buttons), ())
        except Exception as error:  # the customer is answered all the same
            logger.error("The record failed: %s", type(error).__name__)
            turn.owed = None if turn.seq else said
            return ()

    async def _record(
        self, sender_id: str, *entries: Entry, answers: str | None = None
    ) -> list[Entry]:
        """Write into the record; a database that went away a moment ago is waited for.

        Raises:
            Exception: it does not come back.
        """
        now = asyncio.get_running_loop().time
        add = partial(open_transcript().add, sender_id, *entries, answers=answers)
        while True:
            until = (self._away_since or now()) + RECORDING
            try:
                # A database that hangs may still write it, once: it is known by its key.
                recorded = await asyncio.wait_for(asyncio.to_thread(add), max(until - now(), 1))
            except Exception:
                self._away_since = self._away_since or now()
                if now() > self._away_since + RECORDING:
                    raise
            else:
                self._away_since = None
                return recorded
            await asyncio.sleep(0.3)

    async def _answer(
        self,
        turn: _Turn,
        conversation: _Conversation,
        handler: Handler,
        sender_id: str,
        said: Entry,
        shown: Sequence[Mapping[str, str]],
        warned: bool,
    ) -> str:
        """Let Rasa answer, when the customer's earlier messages are answered.

        Returns:
            What became of the turn: one of `metrics.OUTCOMES`.
        """
        async with contextlib.AsyncExitStack() as answering:
            with metrics.stage("waiting"):
                await answering.enter_async_context(conversation.answering)
                await answering.enter_async_context(self._order.alone(sender_id, turn.seq))
            content = library.current()
            told = turn.told
            words = told.heard if told else without_faces(said.text)
            pressed = None if told else self._picked(replace(said, text=words), shown)
            output = TurnOutput(self._channel)
            message = UserMessage(
                pressed["payload"] if pressed else _excerpt(words, self._settings.max_bytes),
                output,
                sender_id,
                input_channel=self._channel,
                message_id=said.key,
                metadata={"title": pressed["title"]} if pressed else {},
            )
            before = await self._ticket(sender_id)
            if await self._to_agent(turn, before, said, warned):
                return "agent"
            if pressed and pressed["payload"].startswith(RATE):
                await self._rated(turn, sender_id, said, int(pressed["payload"][len(RATE) :]))
                return "answered"
            if pressed and pressed["payload"] == WRONG:
                await self._say(
                    turn, sender_id, [with_human("picture_corrected", said.key)], answers=said.key
                )
                return "answered"
            if told and not told.heard:
                await self._say(turn, sender_id, [_seen(told, said.key, warned)], answers=said.key)
                return "answered"
            try:
                if turn.again:
                    output.said = await asyncio.to_thread(recall, sender_id, said.key)
                if not output.said:
                    await self.tell(sender_id, kind="typing", author="bot", on=True)
                    with metrics.stage("rasa"):
                        await handler(message)
            except Exception as error:  # the message of the exception may quote the customer
                logger.error("A turn failed: %s", type(error).__name__)
            replies = entries(output.said, said.key)
            failed = not replies or any(each.get("failed") for each in output.said)
            if not replies:
                replies = [await self._apology(sender_id, message.text, said.key, content)]
            if told:
                text = told.said + "\n\n" + replies[0].text
                replies[0] = replace(replies[0], text=text)
                replies[-1] = replace(replies[-1], buttons=[*replies[-1].buttons, *told.buttons])
            if warned:
                warning = content.say("never_share") + "\n\n" + replies[0].text
                replies[0] = replace(replies[0], text=warning)
            ticket = await self._ticket(sender_id)
            if self._elsewhere is not None and ticket and ticket.status != "with_agent":
                ticket, replies = await self._call_elsewhere(ticket, replies)
            if (before is None) != (ticket is None):
                metrics.handoff(self._channel, "requested" if ticket else "cancelled")
            # An agent who came in while the bot was thinking has this message before them.
            if await self._to_agent(turn, ticket, said, warned):
                return "agent"
            if (
                ticket is not None
            ):  # the customer waits for a human, and must know that this is none
                replies = [replace(reply, name=content.say("bot_name")) for reply in replies]
            await self._say(turn, sender_id, replies, answers=said.key)
            if before or ticket:
                await self.tell(DESK, kind="messages", conversation=sender_id)
            return "failed" if failed or turn.refused else "answered"

    async def _call_elsewhere(
        self, ticket: Ticket, replies: list[Entry]
    ) -> tuple[Ticket | None, list[Entry]]:
        """Let a human who is not at our desk take the customer; return what is left to say.

        Without the shared state or the desk's store the ticket stays, and is told of.
        """
        assert self._elsewhere is not None  # noqa: S101  # asked before
        try:
            await self._elsewhere.want(ticket.conversation_id)
            with contextlib.suppress(WrongState):
                await asyncio.to_thread(open_desk().cancel, ticket)
        except Exception as error:
            logger.error("A customer was not passed on: %s", type(error).__name__)
            return ticket, replies
        metrics.handoff(self._channel, "requested")
        content = library.current()
        left = [
            replace(
                reply,
                text=without_desk(content, reply.text),
                buttons=[each for each in reply.buttons if each["payload"] != CANCEL_WAIT],
            )
            for reply in replies
        ]
        return None, [reply for reply in left if reply.text]

    def _picked(self, said: Entry, shown: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
        """Return the button that was pressed, or that the words name."""
        if said.buttons:
            return said.buttons[0]
        named = next((each for each in shown if each["title"] == said.text), None)
        if named is None:
            place = choice(said.text, [each["title"] for each in shown])
            named = shown[place] if place is not None else None
            if named is None and (points := score(said.text)):
                rating = f"{RATE}{points}"
                named = next((each for each in shown if each["payload"] == rating), None)
        return named

    async def _rated(self, turn: _Turn, sender_id: str, said: Entry, score: int) -> None:
        sentence = library.current().say("rated")
        try:
            await asyncio.to_thread(open_desk().rate, sender_id, score)
            metrics.rated(self._channel, score)
        except WrongState:  # once for each time that a human was there
            sentence = library.current().say("rating_over")
        thanks = Entry(reply_key(said.key, "rated"), "system", sentence, reply_to=said.key)
        await self._say(turn, sender_id, [thanks], answers=said.key)

    async def _ticket(self, sender_id: str) -> Ticket | None:
        try:
            return await asyncio.to_thread(open_desk().open_ticket_of, sender_id)
        except Exception as error:
            logger.error("The desk's store failed: %s", type(error).__name__)
            return None

    async def _to_agent(
        self, turn: _Turn, ticket: Ticket | None, said: Entry, warned: bool
    ) -> bool:
        """Leave a message to the agent who reads it in the record; False if none has the customer.

        The bot only warns of secrets.
        """
        if not await self._agent_hears(ticket):
            return False
        assert ticket is not None  # noqa: S101  # an agent has it
        replies = []
        if warned:
            sentence = library.current().say("never_share")
            warning = Entry(reply_key(said.key, "warning"), "system", sentence, reply_to=said.key)
            replies.append(warning)
        await self._say(turn, ticket.conversation_id, replies, answers=said.key)
        await self.tell(DESK, kind="messages", conversation=ticket.conversation_id)
        return True

    @staticmethod
    async def _agent_hears(ticket: Ticket | None) -> bool:
        """Tell whether an agent has the customer, and note that it is their turn."""
        if ticket is None or ticket.status != "with_agent":
            return False
        try:
            await asyncio.to_thread(open_desk().customer_said, ticket)
        except WrongState:  # closed a moment ago
            return False
        return True

    async def _say(
        self, turn: _Turn, sender_id: str, replies: Sequence[Entry], answers: str | None = None
    ) -> None:
        """Record what is said, and tell whoever listens.

        What cannot be recorded is said as a refusal, so that the message is sent again.
        """
        owed = [turn.owed] if turn.owed else []
        try:
            with metrics.stage("recording"):
                recorded = await self._record(sender_id, *owed, *replies, answers=answers)
            turn.owed = turn.refused = None
            turn.replies += recorded[len(owed) :]
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
            said = "\n\n".join(reply.text for reply in replies)
            turn.refused = Refused("not_recorded", said or library.current().say("failed"), 500)
        turn.spoken.set()
        await self.tell(sender_id, kind="messages")

    async def tell(self, sender_id: str, **news: Any) -> None:
        """Tell every page of a conversation that something happened."""
        await tell(self._state, sender_id, **news)

    # ---- when the actions cannot answer

    async def _apology(self, sender_id: str, said: str, key: str, content: Content) -> Entry:
        """Apologise for a turn without an answer; who asked for a human still gets one."""
        if said != "/human_handoff" and not any(word in said for word in ("人工", "真人")):
            return with_human("failed", key)
        request = TicketRequest(
            conversation_id=sender_id,
            channel=self._channel,
            category=content.say("category_other"),
            words=() if said.startswith("/") else (said,),
        )
        try:
            desk = open_desk()
            ticket = await asyncio.to_thread(desk.request, request)
            place = await asyncio.to_thread(desk.place, ticket)
        except Exception as error:
            logger.error("The desk's store failed: %s", type(error).__name__)
            text = content.say("failed_human")
        else:
            about = {"number": ticket.number, "category": ticket.category}
            text = (
                content.say("handoff", **about, place=place)
                if ticket.status == "waiting"
                else content.say("handoff_message", **about)
            )
        return Entry(reply_key(key, "apology"), "bot", text, reply_to=key)
