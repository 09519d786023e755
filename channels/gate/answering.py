"""A message's turn: recorded, then answered by Rasa or left to an agent, even when parts fail."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakValueDictionary

from rasa.core.channels.channel import UserMessage

from channels.gate.corrections import Correction, Corrections
from channels.gate.elsewhere import CANCEL_WAIT, Elsewhere, without_desk
from channels.gate.faces import without_faces
from channels.gate.options import picked
from channels.gate.record import PatientRecord
from channels.gate.turn import Turn, TurnOutput, excerpt
from content import Content
from desk import Button, Entry, Ticket, TicketRequest, WrongState, reply_key
from desk.events import DESK, publish
from desk.masking import mask_in_conversation
from desk.replies import entries, recall
from desk.sentences import JUDGE, RATE, with_human, with_judgement
from desk.services import Services
from desk.turns import Turns
from infra import metrics
from infra.channels import is_delivered
from reader.telling import Told

logger = logging.getLogger(__name__)

HUMAN = ("人工", "真人")  # words that ask for a human, also when nothing else is understood


class _Conversation:
    """Keeps one customer's messages in order: recorded as they come, answered one by one."""

    def __init__(self) -> None:
        self.recording = asyncio.Lock()
        self.answering = asyncio.Lock()


@dataclass(frozen=True)
class _Said:
    """What Rasa heard and says; whether that failed, or takes a correction of a picture."""

    heard: str
    replies: list[Entry]
    failed: bool
    corrected: bool


class Answering:
    """Answers messages of one channel.

    Args:
        channel: its name.
        services: what lasts and is shared.
        turns: who answers what, of all workers.
        elsewhere: where the channel's humans are, if not at our desk.
        longest: UTF-8 bytes of a message that the bot reads.
        deadline: seconds after which the customer is told that it takes longer.
    """

    def __init__(
        self,
        channel: str,
        services: Services,
        turns: Turns,
        elsewhere: Elsewhere | None,
        longest: int,
        deadline: float,
    ) -> None:
        self._channel = channel
        self._services = services
        self._turns = turns
        self._elsewhere = elsewhere
        self._longest = longest
        self._deadline = deadline
        self._record = PatientRecord(services)
        self._corrections = Corrections(services)
        self._conversations: WeakValueDictionary[str, _Conversation] = WeakValueDictionary()

    def lock(self, conversation_id: str) -> asyncio.Lock:
        """Return the lock under which this process answers the conversation's messages."""
        return self._conversation(conversation_id).answering

    def _conversation(self, conversation_id: str) -> _Conversation:
        known = self._conversations.get(conversation_id)
        if known is None:
            known = self._conversations[conversation_id] = _Conversation()
        return known

    async def take(self, turn: Turn) -> None:
        """Record a message and answer it; `turn.spoken` is set when there is something to say."""
        conversation = self._conversation(turn.conversation_id)
        key = turn.said.key
        try:
            async with conversation.recording:
                if not turn.said.buttons:  # from here on, the earlier messages are recorded
                    await self._mask(turn)
                with metrics.stage("recording"):
                    shown = await self._record_customer(turn)
            if turn.spoken.is_set():  # answered before a restart
                return
            with metrics.stage("whole"):
                answering = asyncio.create_task(self._answer(turn, conversation, shown))
                done, _ = await asyncio.wait({answering}, timeout=self._deadline)
                if not done:
                    metrics.turn(self._channel, "slow")
                    await self._record.say(turn, [with_human("slow", key)])
                outcome = await answering
            if done:
                metrics.turn(self._channel, outcome)
        except Exception as error:
            logger.error("A message was not answered: %s", type(error).__name__)
            metrics.turn(self._channel, "failed")
            await self._record.say(turn, [with_human("failed", key)], answers=key)
        finally:
            turn.spoken.set()

    async def _mask(self, turn: Turn) -> None:
        """Hide secrets and personal data, also where emoji interrupt them."""
        read, said = self._services.transcript, turn.said
        masked = await mask_in_conversation(read, turn.conversation_id, said.text, key=said.key)
        words = without_faces(masked.text)
        if words != masked.text:
            again = await mask_in_conversation(read, turn.conversation_id, words, key=said.key)
            masked = again if again.text != words else masked
        turn.said = replace(said, text=masked.text)
        if turn.told is None:  # else it is told what was covered
            turn.warned = turn.warned or masked.secret

    async def _record_customer(self, turn: Turn) -> Sequence[Button]:
        """Record what the customer said; return the buttons last shown to them."""
        transcript, said = self._services.transcript, turn.said
        try:
            (known,) = await self._record.add(turn.conversation_id, said)
            turn.seq = known.seq
            turn.again = known.time != said.time
            if known.answered:
                turn.replies = await transcript.replies(turn.conversation_id, said.key)
                turn.spoken.set()
                return ()
            await publish(self._services.state, turn.conversation_id, kind="messages")
            last = await transcript.last(turn.conversation_id, 3, ("bot", "system"))
            return next((each.buttons for each in reversed(last) if each.buttons), ())
        except Exception as error:  # the customer is answered all the same
            logger.error("The record failed: %s", type(error).__name__)
            turn.owed = None if turn.seq else said
            return ()

    async def _answer(
        self, turn: Turn, conversation: _Conversation, shown: Sequence[Button]
    ) -> str:
        """Let Rasa answer, when the customer's earlier messages are answered.

        Returns:
            What became of the turn: one of `metrics.OUTCOMES`.
        """
        async with contextlib.AsyncExitStack() as answering:
            with metrics.stage("waiting"):
                await answering.enter_async_context(conversation.answering)
                alone = self._turns.alone(turn.conversation_id, turn.seq)
                await answering.enter_async_context(alone)
            content = self._services.content
            told = turn.told
            words = told.heard if told else without_faces(turn.said.text)
            pressed = None if told else picked(words, shown)
            if turn.said.buttons:
                pressed = turn.said.buttons[0]
            before = await self.ticket(turn.conversation_id)
            if await self._to_agent(turn, before):
                return "agent"
            if turn.phone and before is not None and before.status == "left_message":
                await self._call_back(turn, turn.phone)
                return "answered"
            if pressed and pressed["payload"].startswith(RATE):
                await self._rated(turn, int(pressed["payload"].removeprefix(RATE)))
                return "answered"
            if pressed and pressed["payload"].startswith(JUDGE):
                await self._judged(turn, pressed["payload"].removeprefix(JUDGE))
                return "answered"
            asked = None if told else await self._corrections.answer(turn, pressed, words, shown)
            if asked is not None:
                await self._record.say(turn, [asked], answers=turn.said.key)
                return "answered"
            right = None
            if not (told or pressed):
                right = await self._corrections.of(turn, words, shown)
            if told and not told.heard:
                await self._record.say(turn, [self._seen(turn, told)], answers=turn.said.key)
                return "answered"
            rasa = await self._ask_rasa(turn, words, pressed, right)
            replies = rasa.replies or [await self._apology(turn, rasa.heard, content)]
            if right is not None and rasa.corrected:
                replies = await self._corrections.take(turn, right, replies)
            if told:
                text = told.said + "\n\n" + replies[0].text
                replies[0] = replace(replies[0], text=text)
                replies[-1] = replace(replies[-1], buttons=[*replies[-1].buttons, *told.buttons])
            if turn.warned:
                warning = content.say("never_share") + "\n\n" + replies[0].text
                replies[0] = replace(replies[0], text=warning)
            ticket = await self.ticket(turn.conversation_id)
            if self._elsewhere is not None and ticket and ticket.status != "with_agent":
                ticket, replies = await self._call_elsewhere(self._elsewhere, ticket, replies)
            if (before is None) != (ticket is None):
                metrics.handoff(self._channel, "requested" if ticket else "cancelled")
            # An agent who took the customer meanwhile has this message on the screen.
            if await self._to_agent(turn, ticket):
                return "agent"
            left = ticket is not None and ticket.status == "left_message"
            if left and before is None and is_delivered(turn.conversation_id):
                offer = replies[-1].text + "\n\n" + content.say("callback_offer")
                replies[-1] = replace(replies[-1], text=offer)
            if ticket is not None:  # who waits for a human must know that this is the bot
                replies = [replace(reply, name=content.say("bot_name")) for reply in replies]
            await self._record.say(turn, replies, answers=turn.said.key)
            if before or ticket:
                await self._tell_desk(turn)
            return "failed" if rasa.failed or turn.refused else "answered"

    def _seen(self, turn: Turn, told: Told) -> Entry:
        """Return what is said of a picture that Rasa does not answer."""
        text, key = told.said, turn.said.key
        if turn.warned:
            text = self._services.content.say("never_share") + "\n\n" + text
        return Entry(reply_key(key, "seen"), "bot", text, buttons=told.buttons, reply_to=key)

    async def _ask_rasa(
        self, turn: Turn, words: str, pressed: Button | None, right: Correction | None
    ) -> _Said:
        """Let Rasa answer; `right`: the value of a picture that the message may correct."""
        output = TurnOutput(self._channel)
        message = UserMessage(
            pressed["payload"] if pressed else excerpt(words, self._longest),
            output,
            turn.conversation_id,
            input_channel=self._channel,
            message_id=turn.said.key,
            metadata={"title": pressed["title"]} if pressed else right.metadata() if right else {},
        )
        try:
            if turn.again:
                output.said = await recall(
                    self._services.memory, turn.conversation_id, turn.said.key
                )
            if not output.said:
                state, listener = self._services.state, turn.conversation_id
                await publish(state, listener, kind="typing", author="bot", on=True)
                with metrics.stage("rasa"):
                    await turn.handler(message)
        except Exception as error:  # the message of the exception may quote the customer
            logger.error("A turn failed: %s", type(error).__name__)
        replies = entries(output.said, turn.said.key)
        failed = not replies or any(each.get("failed") for each in output.said)
        ended = any(each.get("ended") for each in output.said)
        if ended and replies and is_delivered(turn.conversation_id):  # a page has its own buttons
            replies[-1] = with_judgement(replies[-1])
        corrected = any(each.get("corrected") for each in output.said)
        return _Said(str(message.text), replies, failed, corrected)

    async def _call_elsewhere(
        self, elsewhere: Elsewhere, ticket: Ticket, replies: list[Entry]
    ) -> tuple[Ticket | None, list[Entry]]:
        """Let a human who is not at our desk take the customer; return what is left to say.

        Without the shared state or the desk's store the ticket stays, and is told of.
        """
        try:
            await elsewhere.want(ticket.conversation_id)
            with contextlib.suppress(WrongState):
                await self._services.desk.cancel(ticket)
        except Exception as error:
            logger.error("A customer was not passed on: %s", type(error).__name__)
            return ticket, replies
        metrics.handoff(self._channel, "requested")
        content = self._services.content
        left = [
            replace(
                reply,
                text=without_desk(content, reply.text),
                buttons=[each for each in reply.buttons if each["payload"] != CANCEL_WAIT],
            )
            for reply in replies
        ]
        return None, [reply for reply in left if reply.text]

    async def _rated(self, turn: Turn, score: int) -> None:
        sentence = self._services.content.say("rated")
        try:
            await self._services.desk.rate(turn.conversation_id, score)
            metrics.rated(self._channel, score)
        except WrongState:  # once for each talk with a human
            sentence = self._services.content.say("rating_over")
        key = turn.said.key
        thanks = Entry(reply_key(key, "rated"), "system", sentence, reply_to=key)
        await self._record.say(turn, [thanks], answers=key)

    async def _call_back(self, turn: Turn, phone: str) -> None:
        """Keep a number for a call back with the message left; see `Desk.leave_phone`."""
        key = turn.said.key
        sentence = self._services.content.say("callback_kept", phone=f"****{phone[-4:]}")
        kept = Entry(reply_key(key, "callback"), "system", sentence, reply_to=key)
        with contextlib.suppress(WrongState):  # taken a moment ago: the agent reads what was said
            await self._services.desk.leave_phone(turn.conversation_id, phone, kept)
        await self._record.say(turn, [kept], answers=key)
        await publish(self._services.state, DESK, kind="queue")

    async def _judged(self, turn: Turn, judgement: str) -> None:
        word, _, answer = judgement.partition(":")
        useful = word == "useful"
        await self._services.feedback.give(turn.conversation_id, answer, useful)
        key = turn.said.key
        thanks = with_human("judged_unhelpful", key)
        if useful:
            sentence = self._services.content.say("judged_useful")
            thanks = Entry(reply_key(key, "judged"), "system", sentence, reply_to=key)
        await self._record.say(turn, [thanks], answers=key)

    # ---- agents

    async def ticket(self, conversation_id: str) -> Ticket | None:
        """Return the customer's open ticket; None also when the desk's store is away."""
        try:
            return await self._services.desk.open_ticket_of(conversation_id)
        except Exception as error:
            logger.error("The desk's store failed: %s", type(error).__name__)
            return None

    async def agent_hears(self, ticket: Ticket | None) -> bool:
        """Tell whether an agent has the customer, and note that it is their turn."""
        if ticket is None or ticket.status != "with_agent":
            return False
        try:
            await self._services.desk.customer_said(ticket)
        except WrongState:  # closed a moment ago
            return False
        return True

    async def _to_agent(self, turn: Turn, ticket: Ticket | None) -> bool:
        """Leave a message to the agent who reads it in the record; False if none has the customer.

        The bot only warns of secrets.
        """
        if not await self.agent_hears(ticket):
            return False
        replies = []
        key = turn.said.key
        if turn.warned:
            sentence = self._services.content.say("never_share")
            replies.append(Entry(reply_key(key, "warning"), "system", sentence, reply_to=key))
        await self._record.say(turn, replies, answers=key)
        await self._tell_desk(turn)
        return True

    async def _tell_desk(self, turn: Turn) -> None:
        about = turn.conversation_id
        await publish(self._services.state, DESK, kind="messages", conversation=about)

    # ---- when the actions cannot answer

    async def _apology(self, turn: Turn, said: str, content: Content) -> Entry:
        """Apologise for a turn without an answer; who asked for a human still gets one."""
        key = turn.said.key
        if said != "/human_handoff" and not any(word in said for word in HUMAN):
            return with_human("failed", key)
        request = TicketRequest(
            conversation_id=turn.conversation_id,
            channel=self._channel,
            category=content.say("category_other"),
            words=() if said.startswith("/") else (said,),
        )
        try:
            ticket = await self._services.desk.request(request)
            position = await self._services.desk.position(ticket)
        except Exception as error:
            logger.error("The desk's store failed: %s", type(error).__name__)
            text = content.say("failed_human")
        else:
            about = {"number": ticket.number, "category": ticket.category}
            text = (
                content.say("handoff", **about, place=position)
                if ticket.status == "waiting"
                else content.say("handoff_message", **about)
            )
        return Entry(reply_key(key, "apology"), "bot", text, reply_to=key)
