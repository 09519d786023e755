"""What is said when the message was not understood, or is outside what the assistant knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from actions import procedures
from actions.turn import OUT_OF_SCOPE, Turn
from content import Content


def not_understood(turn: Turn) -> None:
    """Suggest what may have been meant, or say plainly that this is outside; then a human."""
    state = turn.state
    if procedures.active(turn) and procedures.find_trouble(turn):
        procedures.fail(turn)
        return
    state.misses += 1
    state.pending = None
    ticket = turn.ticket()
    names = suggestions(turn.ranking, turn.content)
    if ticket is not None and turn.text.strip():
        turn.desk.add_words(ticket, turn.text)
        outside = turn.intent == OUT_OF_SCOPE
        turn.say("outside_but_noted" if outside else "noted_on_ticket", number=ticket.number)
    elif state.misses >= turn.settings.misses_before_human:
        turn.say("second_miss")
        turn.offer_human()
    elif turn.intent == OUT_OF_SCOPE or not names:
        turn.say("out_of_scope")
        turn.offer_human()
    if names:
        state.pending = "suggest"
        turn.say("did_you_mean")
        turn.offer_topics(names)
        turn.reply.button(turn.phrase("button_none"), "/deny")
    procedures.way_back(turn)


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
