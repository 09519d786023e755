"""What is said when the message was not understood, or is outside what the assistant knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions import details, handoff, procedures
from actions.turn import Turn
from content import Content
from desk import Ticket
from nlu.intents import OUT_OF_SCOPE


def not_understood(turn: Turn) -> None:
    """Suggest what may have been meant, or say plainly that this is outside; then a human."""
    state = turn.state
    if procedures.active(turn) and procedures.find_trouble(turn):
        procedures.fail(turn)
        return
    ticket = turn.ticket()
    names: list[str] = []
    if ticket is not None:
        names = _told_while_waiting(turn, ticket)
    elif in_danger(turn):
        state.misses += 1
        turn.say("emergency_noted")
        turn.offer_human()
        procedures.back_button(turn)  # without a reminder: the danger comes first
        return
    elif state.topic is not None and (kept := details.told_alone(turn)) is not None:
        turn.say("detail_kept", title=kept.title)
        turn.offer_human()
    else:
        names = _miss(turn)
    procedures.way_back(turn, button=not names)
    if names:
        state.pending = "suggest"
        turn.say("did_you_mean")
        turn.offer_topics(names)
        turn.reply.button(turn.phrase("button_none"), "/deny")
        procedures.back_button(turn)


def _told_while_waiting(turn: Turn, ticket: Ticket) -> list[str]:
    """Keep for the human what who waits for one tells; return what else it may have meant."""
    if turn.has_word(turn.settings.queue_words):
        handoff.still_waiting(turn, ticket)
        return []
    outside = turn.intent == OUT_OF_SCOPE
    if outside and turn.has_word(turn.settings.question_words):
        turn.say("outside_but_noted")
    handoff.note(turn, ticket)
    # They tell their story; to guess at each sentence of it would be noise.
    return [] if outside else _may_have_meant(turn)


def _miss(turn: Turn) -> list[str]:
    """Say that it was not understood; return what it may have meant."""
    state = turn.state
    state.misses += 1
    state.pending = None
    wordless = not any(char.isalnum() for char in turn.plain)
    names = [] if wordless else _may_have_meant(turn)
    if state.misses >= turn.settings.misses_before_human:
        turn.say("second_miss")
        turn.offer_human()
    elif wordless:
        turn.say("no_words")
        turn.offer_topics(turn.settings.common_questions)
    elif turn.intent == OUT_OF_SCOPE or not names:
        turn.say("out_of_scope")
        turn.offer_human()
    return names


def _may_have_meant(turn: Turn) -> list[str]:
    """Return topics for 您是不是想问; the way back to the procedure under way is offered anyway."""
    answered = turn.state.procedure
    asked = turn.also_asked(answered)
    likely = suggestions(turn.ranking, turn.content, answered)
    return list(dict.fromkeys([*asked, *likely]))[: turn.settings.suggestions]


def in_danger(turn: Turn) -> bool:
    """Tell whether what the customer asked about last, and not long ago, was a danger."""
    last = turn.topic(turn.state.topic)
    if last is None or last.urgency != "urgent":
        return False
    phrases = ("emergency_again", "emergency_noted", "handoff_urgent")
    spoken_of = [last.answer, *(turn.phrase(name) for name in phrases)]
    return any(turn.said_lately(text) for text in spoken_of)


def none_of_these(turn: Turn) -> None:
    """The customer refused every suggestion."""
    turn.state.misses += 1
    turn.say("none_of_these")
    turn.offer_human()
    procedures.way_back(turn)


def suggestions(
    ranking: Sequence[Mapping[str, Any]], content: Content, answered: str | None = None
) -> list[str]:
    """Return the intents worth suggesting, best first.

    Args:
        ranking: Rasa's `intent_ranking`, best first.
        content: whose topics can be suggested; its settings say from which confidence, how many.
        answered: the intent that is answered anyway; it is one of the many, and when it is sure
            enough nothing else is suggested.
    """
    settings = content.settings
    known = {*content.topics, "human_handoff"} - {answered}
    most = settings.suggestions
    if answered is not None:
        most -= 1
        if any(
            guess["name"] == answered and guess["confidence"] >= settings.sure_above
            for guess in ranking
        ):
            return []
    likely = [
        guess["name"] for guess in ranking if guess.get("confidence", 0) >= settings.suggest_above
    ]
    return [name for name in likely if name in known][:most]
