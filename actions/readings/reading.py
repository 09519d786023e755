"""What every reading is made of: its confidence, and what several of them look for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from actions.turn import Turn
from content import Topic
from nlu.intents import FALLBACK, HUMAN_HANDOFF, MOVES, OUT_OF_SCOPE, SMALL_TALK, STEP_FAILED

REFUSING = re.compile(r"不|别|甭|算了|免了|谁|no|未必|没必要|没(?:说|让|叫)|先.{0,4}自己|取消|拒")
SHORT = 10  # characters of a question that can only be about what was just said
SURE_NEW = 0.9
LEAST_OWN = 0.35  # confidence from which a reading is considered
LEAST_ALARMING = 0.2  # confidence from which an act counts that changes everything: danger, refusal
SURE_WEAK = 0.6  # below it a topic's intent is weaker than a likely reading
SURE_OTHERWISE = 0.8  # confidence of acts that outweigh the intent


@dataclass(frozen=True)
class Reading:
    """One way to take a message.

    `confidence` is 0 to 1; `evidence` says to people why; `respond` answers the turn; `act` is the
    one that it answers, if it goes by one; `repeats`: it is answered as often as it is asked.
    """

    confidence: float
    evidence: str
    respond: Callable[[], None]
    act: str = ""
    repeats: bool = False


def begins(turn: Turn, topic: Topic) -> bool:
    """Tell whether the message asks to be led through a procedure (帮我找回密码): no question."""
    return (
        topic.walkthrough == "at_once"
        and topic.name == turn.intent
        and topic.name not in {turn.state.procedure, turn.state.topic}
        and turn.sure
        and not turn.has_word(turn.settings.question_words)
    )


def names_a_topic(turn: Turn) -> bool:
    """Tell whether the intent is a topic rather than a move, small talk or nothing."""
    aside = {FALLBACK, OUT_OF_SCOPE, HUMAN_HANDOFF, STEP_FAILED, *MOVES, *SMALL_TALK}
    return turn.intent not in aside and turn.topic(turn.intent) is not None


Reader = Callable[[Turn], Reading | None]
