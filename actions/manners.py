"""Tempers and small talk in the middle of things: a human sentence, then back to the matter."""

from __future__ import annotations

from actions import details, handoff, procedures
from actions.turn import Turn


def answer(turn: Turn, act: str) -> None:
    """Say the sentence of that act, and what follows from it."""
    manner = turn.content.manners[act]
    procedure = procedures.active(turn)
    if act == "solved" and procedure is not None:
        procedures.finish(turn)
        return
    if act in {"solved", "chat_bye", "no_questions"}:
        turn.state.collecting = None
    turn.answer(manner.in_procedure if procedure and manner.in_procedure else manner)
    if act == "no_questions":
        handoff.hand_over(turn)
        return
    if manner.offer_human and turn.ticket() is None:
        turn.offer_human()
    if manner.then == "place":
        if turn.state.collecting is not None:
            details.ask(turn)
        elif procedure is not None:
            procedures.back_button(turn)
