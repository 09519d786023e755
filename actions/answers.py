"""Answers a topic from content/: plainly, by a procedure, as an emergency, or through a human."""

from __future__ import annotations

from actions import details, fallback, handoff, procedures
from actions.turn import Turn
from content import Topic


def answer(turn: Turn, topic: Topic) -> None:
    """Answer a topic the customer asked about."""
    state = turn.state
    before = turn.topic(state.procedure) or turn.topic(state.topic)
    in_danger = fallback.in_danger(turn)
    if in_danger and topic.needs_human and topic.urgency == "high":
        # 刚给他转了5000 after 我被骗了: the same danger goes on, there is no time for questions
        if turn.sure:
            turn.say("emergency_handoff")
            handoff.hand_over(turn)
        else:
            turn.say("emergency_noted")
            turn.offer_human()
        return
    same = topic.name == state.topic or not turn.sure
    goes_on = in_danger and same and topic.urgency == "urgent"
    state.topic = state.topic if goes_on else topic.name
    state.pending = None
    if topic.urgency == "urgent":
        _emergency(turn, topic, goes_on)
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
            turn.offer_human(asked=False)
        if state.collecting is None:  # a question waits for its answer: no further ways
            procedures.way_back(turn)
            if not turn.also_asked(topic.name):  # what was asked comes before what is related
                turn.offer_topics(topic.related)


def _emergency(turn: Turn, topic: Topic, goes_on: bool) -> None:
    """Say what to do now, before anything else, and offer a human at once.

    `goes_on`: the message is about a danger that was answered already.
    """
    turn.state.collecting = None
    if goes_on and not turn.is_button:
        turn.say("emergency_again")
    else:
        turn.reply.say(topic.answer)
    if turn.ticket() is not None:  # in the queue already: now with this, and before others
        handoff.hand_over(turn)
        return
    turn.say("emergency_human")
    turn.offer_human()
    turn.offer_topics(topic.related)
    if procedures.active(turn):
        turn.state.away = True
        procedures.back_button(turn)


def offer_requests(turn: Turn, topic: Topic) -> bool:
    """Offer what the message asked for besides (怎么改密码？另外电话多少); tell whether it did."""
    others = turn.also_asked(topic.name)
    # A danger comes first; and a question that waits for its answer has the last word (the human
    # who is told all of it reads the message, too).
    if not others or topic.urgency == "urgent" or turn.state.collecting is not None:
        return False
    turn.say("also_asked")
    turn.offer_topics(others)
    return True


def offer_others(turn: Turn, topic: Topic) -> None:
    """Offer what else may have been meant, when the answer was not sure to be the right one."""
    if turn.is_button:
        return
    others = fallback.suggestions(turn.ranking, turn.content, answered=topic.name)
    others = [name for name in others if f"/{name}" not in turn.reply.payloads()]
    if others:
        turn.say("or_did_you_mean")
        turn.offer_topics(others)
