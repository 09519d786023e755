"""The actions that rules.yml calls; each is thin, the work is in the modules beside this one."""

from __future__ import annotations

import logging
import re
import traceback
from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import SQLAlchemyError

from actions import (
    answers,
    corrections,
    details,
    fallback,
    handoff,
    moves,
    noticing,
    procedures,
    readings,
    rejected,
    saying,
)
from actions.despair import FICTION
from actions.turn import Turn
from content import ContentError, Topic, library
from desk import open_desk

logger = logging.getLogger(__name__)

LEAST_PROBLEM = 0.6  # confidence of a problem's intent that no word names
OWN_ACT = 0.3  # confidence of an act of this very problem
WRONG = 0.7  # confidence from which an answer begins with an apology
ANGRY = 0.4  # confidence from which an answer begins with a kind word
_CURSES = re.compile(
    r"[!！]{2}|[?？]{2}|垃圾|破(?:软件|平台|app)|吃干饭|什么玩意|坑人|气死|烦死|受不了"
)
# Readings that answer with facts alone.
_CALM_READINGS = {"meant", "worded", "asked", "follow_up", "several", "step", "chosen"}


class WalletAction(Action, ABC):
    """An action that never leaves the customer in silence."""

    action_name: str

    def name(self) -> str:
        """Return the name that rules.yml calls."""
        return self.action_name

    @abstractmethod
    def respond(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        """Answer the turn: speak through `turn.reply`, remember through `turn.state`."""

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """Answer; when that fails, apologise and offer a human."""
        try:
            turn = Turn(tracker, library.current(), open_desk())
            self._answer(turn, dispatcher)
            turn.reply.extra["intent"] = turn.intent
            turn.reply.send(dispatcher)
            return turn.state.changes(tracker)
        except Exception as error:
            _log_failure(self.action_name, error)
            dispatcher.messages.clear()
            _apologize(dispatcher, "failed_human" if _is_desk(error) else "failed")
            return []

    def _answer(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        misses = turn.state.misses
        if corrections.take(turn):
            saying.settle(turn, again=True)
            return
        details.harvest(turn)
        moves.leave_first(turn)
        decided = readings.decide(turn)
        turn.reply.extra["reading"] = decided[0] if decided else turn.intent
        own = turn.intent if turn.topic(turn.intent) else None
        turn.state.answered = rejected.key_of(decided[1].evidence) if decided else own
        if decided is not None:
            decided[1].respond()
        elif turn.is_button and details.press(turn):
            pass
        elif turn.acts.sum({"tried", "no_change"}) >= 0.5 and procedures.active(turn):
            procedures.fail(turn)
        elif (trouble := procedures.tells_of_trouble(turn)) is not None:
            procedures.fail(turn)
            answers.offer_requests(turn, trouble)
        else:
            self.respond(turn, dispatcher)
            if turn.state.collecting:
                details.stay_open(turn)
        if decided is not None:
            saying.own_up(turn, decided[1].act)
        readings.answer_rest(turn, decided)
        if decided is None or decided[0] in _CALM_READINGS:
            self._soothe(turn)
        if turn.state.misses == misses:
            turn.state.misses = 0
        handoff.keep_matter(turn)
        if turn.returning and procedures.active(turn) and "step" not in turn.reply.extra:
            procedures.offer_resume(turn)
        saying.settle(turn, again=decided is not None and decided[1].repeats)

    @staticmethod
    def _soothe(turn: Turn) -> None:
        """Put a kind word before a factual answer to somebody who is angry."""
        if turn.is_button or not turn.reply.paragraphs:
            return
        if turn.acts.unweighed({"correction"}, clauses=True) >= WRONG:
            turn.reply.paragraphs.insert(0, turn.phrase("sorry_misheard"))
            return
        angry = turn.acts.unweighed({"angry"}, clauses=True) >= ANGRY
        if (angry or _CURSES.search(turn.text)) and turn.state.danger is None:
            turn.reply.paragraphs.insert(0, turn.phrase("sorry_first"))
        elif (
            turn.has_word(turn.settings.hardship_words)
            and turn.tells_trouble
            and turn.state.danger is None
        ):
            hardship = turn.phrase("hardship")
            if not turn.said_lately(hardship):
                turn.reply.paragraphs.insert(0, hardship)


class ActionAnswer(WalletAction):
    """The customer asks about a topic."""

    action_name = "action_answer"

    def respond(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        """Answer it from content/."""
        topic = turn.topic(turn.intent)
        # 用过的就别用了是吧 is hardly a complaint.
        hardly = topic is not None and topic.needs_human and _is_hardly(turn, topic)
        outside = bool(turn.outside) and topic is not None and topic.needs_human
        again = topic is not None and not turn.is_button and rejected.is_rejected(turn, topic.name)
        if (
            topic is None or outside or hardly or again or _only_tells(turn, topic)
        ):  # None: content no longer has it
            fallback.not_understood(turn)
        elif topic.urgency == "urgent" and not turn.is_button and noticing.told(turn) is None:
            answers.instead_of_danger(turn)
        elif turn.contrasts(topic.name):
            answers.other_than(turn, topic)
        elif turn.stuck and not turn.sure and topic.urgency != "urgent":
            moves.failed(turn)
        else:
            under_way = turn.state.procedure
            answers.answer(turn, topic)
            if answers.offer_requests(turn, topic):
                return
            # An open question, or a wait for a human, is not mixed with other questions.
            if turn.state.collecting not in {None, topic.name} or turn.state.pending == "wait":
                return
            if topic.name != under_way:
                answers.offer_others(turn, topic)


class ActionMove(WalletAction):
    """The customer moves in the conversation: on, back, again, stop, yes, no."""

    action_name = "action_move"

    def respond(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        """Do what the move means here."""
        moves.move(turn)


class ActionHandoff(WalletAction):
    """The customer asks for a person: at once, whatever else is going on."""

    action_name = "action_handoff"

    def respond(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        """Open the ticket; what else is asked for is answered first."""
        answers.to_human(turn)


class ActionSmallTalk(WalletAction):
    """Greetings, thanks, goodbye, who are you, what can you do."""

    action_name = "action_small_talk"

    def respond(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        """Say the response of domain.yml, and where things stand."""
        dispatcher.utter_message(response=f"utter_{turn.intent}")
        if turn.intent == "goodbye":
            turn.state.pending = None
            if procedures.active(turn):
                turn.say("progress_kept")
            turn.state.collecting = None
        elif turn.state.collecting is None:
            if turn.intent not in {"greet", "capabilities"} or procedures.active(turn):
                procedures.back_button(turn)
                return
            if turn.intent == "greet" and (ticket := turn.ticket()) is not None:  # 还有人吗
                handoff.still_waiting(turn, ticket)
            else:
                turn.say("common_questions")
                turn.offer_topics(turn.settings.common_questions)


class ActionFallback(WalletAction):
    """The message was not understood or is outside what the assistant knows."""

    action_name = "action_fallback"

    def respond(self, turn: Turn, dispatcher: CollectingDispatcher) -> None:
        """Suggest, or say so, and offer a human."""
        if turn.stuck:
            moves.failed(turn)
        else:
            fallback.not_understood(turn)


def _is_hardly(turn: Turn, topic: Topic) -> bool:
    """Tell whether only a weak guess suggests a problem that a human must solve."""
    if FICTION.search(turn.plain) and not turn.is_button:
        return True  # 昨天看电视里说有个老太太被骗走二十万
    named = topic.name in turn.named or turn.is_button
    act, share = turn.acts.of(f"{topic.name}.", clauses=True)
    story = details.told_in(turn, turn.text) or turn.entities
    return (
        not named
        and not story
        and not (act and share >= OWN_ACT)
        and turn.confidence() < LEAST_PROBLEM
    )


def _only_tells(turn: Turn, topic: Topic) -> bool:
    """Tell whether a waiting customer goes on with their story instead of asking about a topic."""
    if turn.sure or topic.urgency == "urgent":
        return False
    ticket = turn.ticket()
    return ticket is not None and ticket.status == "waiting"


def _is_desk(error: Exception) -> bool:
    return isinstance(error, SQLAlchemyError)  # nothing else here uses a database


def _apologize(dispatcher: CollectingDispatcher, phrase: str) -> None:
    """Apologise and offer a human; without readable content the channel's gate does it."""
    try:
        content = library.current()
    except ContentError:
        return
    button = {"title": content.say("button_human"), "payload": "/human_handoff"}
    dispatcher.utter_message(text=content.say(phrase), buttons=[button], failed=True)


def _log_failure(action: str, error: Exception) -> None:
    """Log where it failed, without the exception's message, which may quote the customer."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(
        f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in reversed(frames)
    )
    logger.error("%s failed: %s at %s", action, type(error).__name__, where)
