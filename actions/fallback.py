"""What is said when the message was not understood, or is outside what the assistant knows."""

from __future__ import annotations

from actions import procedures
from actions.turn import FALLBACK, OUT_OF_SCOPE, Turn


def not_understood(turn: Turn) -> None:
    """Suggest what may have been meant, or say plainly that this is outside; then a human."""
    state = turn.state
    if procedures.active(turn) and procedures.find_trouble(turn):
        procedures.fail(turn)
        return
    state.misses += 1
    state.pending = None
    ticket = turn.ticket()
    titles = _suggestions(turn) if turn.intent == FALLBACK else []
    if ticket is not None and turn.text.strip():
        turn.desk.add_words(ticket, turn.text)
        turn.say("noted_on_ticket", number=ticket.number)
    elif state.misses >= turn.settings.misses_before_human:
        turn.say("second_miss")
        turn.offer_human()
    elif not titles:
        turn.say("out_of_scope")
        turn.offer_human()
    if titles:
        state.pending = "suggest"
        turn.say("did_you_mean")
        for title, payload in titles:
            turn.reply.button(title, payload)
        turn.reply.button(turn.phrase("button_none"), "/deny")
    procedures.way_back(turn)


def none_of_these(turn: Turn) -> None:
    """The customer refused every suggestion."""
    turn.state.misses += 1
    turn.say("none_of_these")
    turn.offer_human()
    procedures.way_back(turn)


def _suggestions(turn: Turn) -> list[tuple[str, str]]:
    """Return title and payload of the likeliest topics, best first."""
    found = []
    for guess in turn.ranking:
        name = guess.get("name")
        if guess.get("confidence", 0) < turn.settings.suggest_above or name == FALLBACK:
            continue
        topic = turn.topic(name)
        if topic is not None:
            found.append((topic.title, f"/{name}"))
        elif name == "human_handoff":
            found.append((turn.phrase("button_human"), "/human_handoff"))
        elif name == OUT_OF_SCOPE:
            continue
    return found[: turn.settings.suggestions]
