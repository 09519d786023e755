"""Answers a topic from content/: plainly, by a procedure, as an emergency, or through a human."""

from __future__ import annotations

from actions import details, fallback, procedures
from actions.turn import Turn
from content import Topic


def answer(turn: Turn, topic: Topic) -> None:
    """Answer a topic the customer asked about."""
    state = turn.state
    before = turn.topic(state.procedure) or turn.topic(state.topic)
    state.topic, state.pending = topic.name, None
    if topic.urgency == "urgent":
        _emergency(turn, topic)
    elif topic.needs_human:
        details.begin(turn, topic)
    elif topic.walkthrough == "at_once":
        state.collecting = None
        if topic.name != state.procedure:
            turn.reply.say(topic.answer)
        procedures.start(turn, topic)
    else:
        turn.reply.say(topic.answer)
        if topic.name == "prepare_for_support" and before and before.prepare:
            turn.say("prepare_for", title=before.title, prepare=before.prepare)
        if topic.walkthrough == "offer":
            state.pending = f"walk:{topic.name}"
            turn.reply.button(turn.phrase("button_walk"), f'/affirm{{"walk": "{topic.name}"}}')
        if topic.offer_human:
            turn.offer_human()
        if state.collecting is None:
            procedures.way_back(turn)
        turn.offer_topics(topic.related)


def _emergency(turn: Turn, topic: Topic) -> None:
    """Say what to do now, before anything else, and offer a human at once."""
    turn.state.collecting = None
    turn.reply.say(topic.answer)
    turn.say("emergency_human")
    turn.offer_human()
    turn.offer_topics(topic.related)
    if procedures.active(turn):
        turn.state.away = True
        procedures.back_button(turn)


def offer_others(turn: Turn, topic: Topic) -> None:
    """Offer what else may have been meant, when the answer was not sure to be the right one."""
    if turn.is_button:
        return
    others = fallback.suggestions(turn.ranking, turn.content, answered=topic.name)
    others = [name for name in others if f"/{name}" not in turn.reply.payloads()]
    if others:
        turn.say("or_did_you_mean")
        turn.offer_topics(others)
