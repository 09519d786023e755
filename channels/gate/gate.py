"""The one way in: every channel's messages pass here before Rasa sees them.

A channel gives the gate what its platform delivered and gets the messages to answer with. The gate
keeps out what Rasa would take for commands, records what is said, and never lets the customer meet
silence.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

from channels.gate.answering import Answering
from channels.gate.buttons import Buttons
from channels.gate.callback import agreed
from channels.gate.elsewhere import Elsewhere
from channels.gate.limits import Limits
from channels.gate.running import RunningTurns
from channels.gate.settings import GateSettings
from channels.gate.turn import Handler, Turn
from desk import BadPicture, Button, Entry, WrongState
from desk.events import DESK, notify_agents, publish, publish_messages
from desk.masking import mask, mask_in_conversation
from desk.sentences import farewell, with_human
from desk.services import Services, open_services
from desk.turns import Turns
from infra import metrics
from infra.channels import is_delivered
from infra.errors import Refused
from infra.text import clean, neutralize
from reader import is_wanted
from reader.telling import Told

JUDGE_LIMIT = "60/minute"  # answers that one customer may judge


class Gate:
    """Guards of one channel.

    Args:
        channel: its name, stored with each message.
        secret: signs button tokens; must stay the same across restarts.
        settings: sizes, limits and the deadline.
        services: what lasts and is shared; by default where endpoints.yml says.
        elsewhere: where the channel's humans are, if not at our desk: no customer hears of it.
    """

    def __init__(
        self,
        channel: str,
        secret: bytes,
        settings: GateSettings | None = None,
        services: Services | None = None,
        elsewhere: Elsewhere | None = None,
    ) -> None:
        self._channel = channel
        self._settings = settings = settings or GateSettings()
        self._services = services = services or open_services()
        self._buttons = Buttons(secret)
        self._limits = Limits(services.state, settings)
        self._order = order = Turns(services.state, services.transcript)
        self._answering = Answering(
            channel, services, order, elsewhere, settings.max_bytes, settings.deadline
        )
        self._turns = RunningTurns(order, self._answering, services.transcript, settings.deadline)
        self.sign = self._buttons.sign
        self.admit = self._limits.admit
        self.spent = self._limits.spent
        metrics.open_channel(channel, is_delivered(f"{channel}-"))

    @property
    def channel(self) -> str:
        """The channel's name."""
        return self._channel

    # ---- what customers say

    async def receive(
        self,
        handler: Handler,
        conversation_id: str,
        message_id: str,
        text: str | None = None,
        token: str | None = None,
        button: Button | None = None,
        address: str | None = None,
        whole: bool = False,
    ) -> list[Entry]:
        """Run one turn and return what is said; the same message again gets the same.

        When the turn takes longer than the deadline, that is what is said; the answer follows in
        the record, and whoever listens to the conversation is told.

        Args:
            handler: Rasa's `on_new_message`.
            conversation_id: made by the channel and not by the customer.
            message_id: the platform's or client's id of the message.
            text: what the customer wrote; or else
            token: of the button pressed, as a client sends it back; or else
            button: the button itself, where the channel knows which one it was.
            address: the network address it came from, for the limits.
            whole: a text that is too long is taken all the same, where it cannot be written again:
                agents read all of it, the bot its beginning and its end.

        Raises:
            Refused: empty, too long, too many, or a button that is not this conversation's; or
                `not_recorded`: the database is away. The answer is its sentence, but the message
                counts as not received.
        """
        long = len((text or token or "").encode("utf8", "replace")) > self._settings.max_bytes
        if long and not (whole and token is None):
            raise Refused("too_long", self._services.content.say("too_long"), 413)
        turn = self._turns.get(conversation_id, message_id)
        if turn is None:
            await self.admit(conversation_id, address)
            if token is not None:
                button = self._buttons.opened(conversation_id, token)
            said, warned = self._accept(message_id, text, button)
            if not await self._turns.claim(conversation_id, message_id):
                turn = self._turns.get(conversation_id, message_id)
                if turn is None:
                    answered = await self._turns.answered_elsewhere(conversation_id, message_id)
                    if answered is not None:
                        return answered
            if turn is None:
                # A page has a form for it.
                phone = agreed(text) if text and is_delivered(conversation_id) else None
                turn = self._turns.begin(Turn(conversation_id, handler, said, warned, phone=phone))
        await turn.spoken.wait()
        if turn.refused is not None:
            raise turn.refused
        return list(turn.replies)

    async def receive_picture(
        self,
        conversation_id: str,
        message_id: str,
        data: bytes,
        address: str | None = None,
        silent: bool = False,
        reading: str = "picture_reading",
    ) -> list[Entry]:
        """Keep a picture; return the customer's message with it, and what is answered.

        Where pictures are read, it is put into the queue, and `answer_picture` goes on.

        `silent`: it is said to somebody else, and nothing is answered. `reading`: what is answered
        where it is put into the queue, a sentence of phrases.yml.

        Raises:
            Refused: no picture by its content, or too many messages.
        """

        async def keep() -> list[Entry]:
            reads = is_wanted()
            try:
                kept = await self._services.pictures.keep(conversation_id, data, unread=reads)
            except BadPicture as bad:
                sentence = self._services.content.say(bad.code)
                raise Refused(bad.code, sentence, bad.status) from None
            picture = {**asdict(kept), **({"unread": True} if reads else {})}
            sent = Entry(message_id, "customer", picture=picture, answered=silent)
            if reads:
                queue = self._services.unread
                await queue.add(conversation_id, message_id, self._channel, kept.id, silent)
                if not silent and not await queue.is_first(conversation_id, message_id):
                    return await self._keep(conversation_id, sent)  # said of the first already
            if silent:
                return await self.announce(conversation_id, sent)
            phrase = reading if reads else "picture_received"
            return await self._keep(conversation_id, sent, phrase)

        return await self._once(conversation_id, message_id, keep, address)

    async def answer_picture(
        self,
        handler: Handler,
        conversation_id: str,
        message_id: str,
        text: str,
        picture: Mapping[str, Any] | None,
        told: Told,
    ) -> bool:
        """Answer a picture that was read, as if its words had been written.

        Args:
            handler: Rasa's `on_new_message`.
            conversation_id, message_id: of the customer's message with the picture.
            text: what it says, masked; it stands beside the picture from now on.
            picture: the covered one, for the record; None when there is none any more.
            told: what is said of it, and what Rasa hears.

        Returns:
            False when the message is not in the record, or somebody else answers it now.
        """
        if not await self._turns.claim(conversation_id, message_id):
            return False
        transcript = self._services.transcript
        said = await transcript.read_picture(conversation_id, message_id, text, picture, False)
        if said is None:
            await self._order.release(conversation_id, message_id)
            return False
        # With its original time it would look like a message that nobody answered.
        said = replace(said, time=time.time())
        turn = self._turns.begin(Turn(conversation_id, handler, said, warned=False, told=told))
        await turn.spoken.wait()
        return turn.refused is None

    async def receive_other(
        self, conversation_id: str, message_id: str, shown: str, phrase: str
    ) -> list[Entry]:
        """Record what is neither text nor picture, and answer with a sentence of phrases.yml.

        Args:
            conversation_id, message_id: as in `receive`.
            shown: how the message stands in the record, for agents.
            phrase: what the customer hears, also from an agent's desk: nobody here can play it.

        Raises:
            Refused: too many messages.
        """

        async def keep() -> list[Entry]:
            sent = Entry(message_id, "customer", mask(clean(shown)).text)
            return await self._keep(conversation_id, sent, phrase, always=True)

        return await self._once(conversation_id, message_id, keep)

    async def overhear(self, conversation_id: str, message_id: str, text: str) -> list[Entry]:
        """Record what the customer says to somebody else; nothing is answered.

        Raises:
            Refused: too many messages.
        """

        async def keep() -> list[Entry]:
            cleaned = clean(text)
            if not cleaned:
                return []
            transcript = self._services.transcript
            masked = await mask_in_conversation(
                transcript, conversation_id, cleaned, key=message_id
            )
            sent = Entry(message_id, "customer", masked.text, answered=True)
            return await self.announce(conversation_id, sent)

        return await self._once(conversation_id, message_id, keep)

    async def _once(
        self,
        conversation_id: str,
        message_id: str,
        keep: Callable[[], Awaitable[list[Entry]]],
        address: str | None = None,
    ) -> list[Entry]:
        """Handle once what Rasa does not see: a repeated delivery gets the same answer."""
        transcript = self._services.transcript
        known = await transcript.find(conversation_id, message_id)
        if known is not None:
            return [known, *await transcript.replies(conversation_id, message_id)]
        await self.admit(conversation_id, address)
        return await keep()

    async def _keep(
        self, conversation_id: str, sent: Entry, phrase: str = "", always: bool = False
    ) -> list[Entry]:
        """Record a message that Rasa does not see, answered with a sentence or not at all.

        With an agent the bot is silent, unless `always`.
        """
        ticket = await self._answering.ticket(conversation_id)
        entries = [sent, *([with_human(phrase, sent.key)] if phrase else [])]
        if await self._answering.agent_hears(ticket):
            said = [replace(each, author="system", buttons=()) for each in entries[1:]]
            entries[1:] = said if always else []
        add = self._services.transcript.add
        entries = await add(conversation_id, *entries, answers=sent.key)
        await publish_messages(self._services.state, conversation_id)
        return entries

    # ---- what customers do besides

    async def announce(self, conversation_id: str, *entries: Entry) -> list[Entry]:
        """Record what answers no message, and is answered by none: a welcome, thanks."""
        recorded = await self._services.transcript.add(conversation_id, *entries)
        await self.tell(conversation_id, kind="messages")
        return recorded

    async def rate(self, conversation_id: str, score: int, comment: str = "") -> list[Entry]:
        """Keep a rating (1 to 5, and a sentence), and return the thanks.

        Raises:
            Refused: too many messages, or no rating is asked for.
        """
        await self.admit(conversation_id)
        comment = mask(clean(comment)).text
        content = self._services.content
        try:
            await self._services.desk.rate(conversation_id, score, comment)
        except WrongState:
            raise Refused("not_asked", content.say("rating_over"), 409) from None
        metrics.rated(self._channel, score)
        thanks = Entry(uuid.uuid4().hex, "system", content.say("rated"))
        return await self.announce(conversation_id, thanks)

    async def judge(self, conversation_id: str, key: str, useful: bool, reason: str | None) -> bool:
        """Keep what a customer says of an answer, and why; return whether there is such an answer.

        Raises:
            Refused: too many.
        """
        if await self.spent(JUDGE_LIMIT, f"judge:{conversation_id}"):
            sentence = self._services.content.say("rate_limited")
            raise Refused("rate_limited", sentence, 429, wait=60)
        return await self._services.feedback.give(conversation_id, key, useful, reason) is not None

    async def leave_phone(self, conversation_id: str, phone: str | None) -> None:
        """Keep a phone number for a call back, to which the customer agreed; None: drop it.

        It stands unmasked with the ticket alone.

        Raises:
            Refused: too many messages, or no message is left for a human.
        """
        await self.admit(conversation_id)
        content = self._services.content
        if phone is None:
            said = content.say("callback_dropped")
        else:
            said = content.say("callback_kept", phone=f"****{phone[-4:]}")
        try:
            await self._services.desk.leave_phone(
                conversation_id, phone, Entry(uuid.uuid4().hex, "system", said)
            )
        except WrongState:
            raise Refused("not_asked", content.say("callback_over"), 409) from None
        await publish_messages(self._services.state, conversation_id)
        await publish(self._services.state, DESK, kind="queue")

    async def leave_agent(self, conversation_id: str) -> None:
        """End the conversation with an agent, because the customer wants that.

        Raises:
            Refused: no agent has the customer.
        """
        desk, state = self._services.desk, self._services.state
        ticket = await desk.open_ticket_of(conversation_id)
        try:
            if ticket is None or ticket.status != "with_agent":
                raise WrongState("close")
            await desk.close(ticket.id, farewell(ticket, "closed_by_customer"))
        except WrongState:
            sentence = self._services.content.say("no_human_here")
            raise Refused("no_human", sentence, 409) from None
        metrics.handoff(ticket.channel, "closed")
        await self._services.agents.note("customer", "close", ticket.id)
        await notify_agents(state, "ended", ticket, ticket.agent_id)
        await publish_messages(state, conversation_id)
        await publish(state, DESK, kind="queue")

    async def forget(self, conversation_id: str) -> None:
        """Delete all data of a customer after their last turn. Cannot be undone."""
        lock = self._answering.lock(conversation_id)
        async with lock, self._order.alone(conversation_id, 0):
            await self._services.customers.erase(conversation_id)
        self._turns.forget(conversation_id)
        await publish(self._services.state, DESK, kind="queue")

    async def tell(self, topic: str, **event: Any) -> None:
        """Publish an event to every page of a conversation, or of the desk."""
        await publish(self._services.state, topic, **event)

    def _accept(
        self, message_id: str, text: str | None, button: Button | None
    ) -> tuple[Entry, bool]:
        """Return what the customer said, cleaned and masked, and whether it held a secret."""
        if button is not None:
            return Entry(message_id, "customer", button["title"], buttons=(button,)), False
        cleaned = clean(text or "")
        if not cleaned:
            raise Refused("empty", self._services.content.say("empty"))
        masked = mask(neutralize(cleaned))
        return Entry(message_id, "customer", masked.text), masked.secret
