"""Moods and small talk during a conversation: a kind sentence, then back to the subject."""

from __future__ import annotations

import re

from actions import answers, details, handoff, procedures
from actions.turn import Turn

# Acts that express a feeling about a subject, which may be named as well.
TEMPERS = {"angry", "sarcasm", "sad", "joking_die"}
# The procedure's goal is reached, at whatever step.
_REACHED = re.compile(
    r"登(?:上|录|进)|进(?:去|来)了|解决|搞定|办(?:好|完|妥)|成功|想起来|找回|到账|退(?:回)?来"
)
LIKELY = 0.5  # confidence of the topic that somebody is angry about


def answer(turn: Turn, act: str) -> None:
    """Say the sentence of that act, and what follows from it."""
    manner = turn.content.manners[act]
    procedure = procedures.active(turn)
    if act == "solved" and procedure is not None:
        near = turn.state.step >= len(procedure.steps) - 1
        if near or _REACHED.search(turn.plain):
            procedures.finish(turn)
        else:
            procedures.next_step(turn)  # 刚才那个点好了
        return
    if act in {"solved", "chat_bye", "no_questions"}:
        turn.state.collecting = None
    turn.answer(manner.in_procedure if procedure and manner.in_procedure else manner)
    about = next((one["name"] for one in turn.ranking[:3] if one["name"] in turn.named), None)
    if about is None and turn.ranking and turn.ranking[0]["confidence"] >= LIKELY:
        about = turn.ranking[0]["name"]  # 退个钱等得我头发都白了
    topic = turn.topic(about)
    if topic is not None and act in TEMPERS and turn.state.danger is None:
        answers.answer(turn, topic)  # 退款慢得要命，气死了: the matter is answered, too
        return
    if act == "no_questions":
        handoff.hand_over(turn)
        return
    if manner.offer_human and turn.ticket() is None:
        turn.offer_human()
    if manner.then == "place":
        if turn.state.collecting is not None:
            details.stay_open(turn)
        elif procedure is not None:
            procedures.back_button(turn)
