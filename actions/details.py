"""Collects what the guide tells customers to have ready, before a human takes over."""

from __future__ import annotations

from actions import handoff, procedures
from actions.turn import Turn
from content import Detail, Topic
from nlu.intents import FALLBACK, OUT_OF_SCOPE

LONGEST_ANSWER = 500  # characters kept of one answer

# Messages that are never the answer to a question of ours: their own action answers, and the
# question is asked again after it.
_ASIDE = {"greet", "thank", "goodbye", "bot_challenge", "capabilities", "human_handoff"}
_ASK_AGAIN = {"affirm", "repeat_step", "previous_step", "restart_procedure"}


def _harvest(turn: Turn) -> None:
    """Keep what the message already tells: order numbers, times, error codes."""
    if turn.is_button:
        return
    for detail in turn.content.details.values():
        said = [turn.entity(name) for name in detail.entities]
        if any(said):
            turn.state.details[detail.name] = " ".join(value for value in said if value)


def told_alone(turn: Turn) -> Detail | None:
    """Return the detail that is nearly all the message says: an order number, a date."""
    for detail in turn.content.details.values():
        told = sum(len(turn.entity(name) or "") for name in detail.entities)
        if not turn.is_button and told * 2 >= len(turn.text.strip()) > 0:
            return detail
    return None


def begin(turn: Turn, topic: Topic) -> None:
    """Acknowledge the problem and ask the first open question."""
    ticket = turn.ticket()
    if ticket is not None and ticket.topic == topic.name:  # said and asked already
        handoff.hand_over(turn)
        return
    turn.state.collecting = topic.name
    turn.reply.say(topic.answer)
    ask(turn)


def _open_question(turn: Turn) -> Detail | None:
    topic = turn.topic(turn.state.collecting)
    for name in topic.collect if topic else ():
        if name not in turn.state.details:
            return turn.content.details[name]
    return None


def ask(turn: Turn) -> None:
    """Ask the next open question; when none is left, hand over."""
    question = _open_question(turn)
    if question is None:
        handoff.hand_over(turn)
        return
    turn.reply.say(question.question)
    turn.reply.button(turn.phrase("button_skip"), "/next_step")
    turn.reply.button(turn.phrase("button_human_now"), "/human_handoff")
    procedures.back_button(turn)


def asked(turn: Turn) -> bool:
    """Tell whether this turn's reply already asks the open question."""
    question = _open_question(turn)
    return question is None or question.question.strip() in turn.reply.paragraphs


def listen(turn: Turn) -> bool:
    """Keep what the message tells; while details are collected, take it as an answer.

    An answer may also skip the question or cancel the collecting.

    Returns:
        False when the message is something else and its own action must answer it.
    """
    state = turn.state
    topic = turn.topic(state.collecting)
    question = _open_question(turn)
    _harvest(turn)
    if topic is None or question is None:
        state.collecting = None
        return False
    if turn.intent in _ASIDE:
        return False
    if turn.intent == "stop_procedure":
        state.collecting = None
        turn.say("collecting_stopped")
        return True
    if _goes_back(turn):
        state.collecting = None
        procedures.show(turn)
        return True
    if turn.intent == "next_step":
        state.details[question.name] = ""
    elif turn.intent in _ASK_AGAIN:
        pass
    elif _is_digression(turn, topic, question):
        return False
    elif _asks_more(turn, topic, question):
        turn.say("for_the_human")
    else:
        state.details[question.name] = turn.text.strip()[:LONGEST_ANSWER]
    ask(turn)
    return True


def _goes_back(turn: Turn) -> bool:
    """Tell whether the customer leaves the questions for the procedure they had begun."""
    if procedures.active(turn) is None:
        return False
    if turn.is_button:
        return turn.intent == "repeat_step"
    return turn.intent == "next_step" and not turn.has_word([turn.phrase("button_skip")])


def _is_digression(turn: Turn, topic: Topic, question: Detail) -> bool:
    """Tell a new question or a danger from an answer."""
    other = turn.topic(turn.intent)
    if other is None or turn.intent in {FALLBACK, OUT_OF_SCOPE, topic.name}:
        return False
    if turn.is_button or other.urgency == "urgent":
        return True
    if turn.has_word(turn.settings.question_words):
        return True
    return turn.sure and not question.free and not _answers(turn, question)


def _asks_more(turn: Turn, topic: Topic, question: Detail) -> bool:
    """Tell whether a customer who was asked for a fact asks about the same matter instead."""
    return (
        turn.intent in {FALLBACK, OUT_OF_SCOPE, topic.name}
        and not question.free
        and not _answers(turn, question)
        and turn.has_word(turn.settings.question_words)
    )


def _answers(turn: Turn, question: Detail) -> bool:
    return any(turn.entity(name) for name in question.entities)
