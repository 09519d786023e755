"""A value that was read wrongly in a picture: the right one takes its place in all that is kept.

What was read and what is right comes with the message (channels/gate/corrections.py); here it is
decided whether the message says that, and nothing that must be heard first.
"""

from __future__ import annotations

from dataclasses import dataclass

from actions import details, readings
from actions.turn import Turn

_DETAILS = {"time": "time", "order_number": "order", "error_code": "error"}
_NAMES = {"merchant", "status"}  # kinds whose right value may be any words
# 转人工 is no merchant, 我被骗了 no result.
_FIRST = {
    *("despair", "despair_lasts", "danger_over", "danger", "danger_maybe", "danger_spared"),
    *("human_refused", "human_wanted", "human_awaited", "ticket_asked", "walk_refused", "outside"),
}


@dataclass(frozen=True)
class Correction:
    """What was read, what is right, and whether the message says little else."""

    kind: str
    read: str
    right: str
    alone: bool


def _of(turn: Turn) -> Correction | None:
    users = [each for each in turn.tracker.events if each.get("event") == "user"]
    given = (users[-1].get("metadata") or {}).get("corrected") if users else None
    return None if turn.is_button or not given else Correction(**given)


def take(turn: Turn) -> bool:
    """Put a right value in the place of what was read; tell whether that answers the message."""
    found = _of(turn)
    if found is None:
        return False
    if found.kind in _NAMES:
        decided = readings.decide(turn)
        if turn.asks or (decided is not None and decided[0] in _FIRST):
            return False
    _replace(turn, found)
    turn.reply.extra["corrected"] = True
    name = turn.phrase(f"picture_name_{found.kind}")
    turn.say("picture_right", which=name, value=found.right)
    if found.alone and turn.state.collecting:
        details.stay_open(turn)
    return found.alone


def _replace(turn: Turn, found: Correction) -> None:
    state = turn.state
    own = state.words[-1:] if state.words[-1:] == [turn.text] else []
    earlier = state.words[: len(state.words) - len(own)]
    state.words = [*(each.replace(found.read, found.right) for each in earlier), *own]
    state.details = {
        name: value.replace(found.read, found.right) for name, value in state.details.items()
    }
    detail = _DETAILS.get(found.kind, "")
    if detail in turn.content.details and found.right not in state.details.get(detail, ""):
        state.details[detail] = found.right
    ticket = turn.ticket()
    if ticket is not None:
        told = {detail: state.details[detail]} if detail in state.details else {}
        turn.desk.correct(ticket, found.read, found.right, told)
