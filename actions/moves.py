"""Moves in a conversation: on, back, again, failed, from the start, stop, yes, no."""

from __future__ import annotations

from actions import fallback, handoff, procedures
from actions.turn import Turn


def move(turn: Turn) -> None:
    """Do what the customer's move means where the conversation stands."""
    wanted = turn.entity("step_number")
    handler = {
        "affirm": _yes,
        "deny": _no,
        "next_step": _next,
        "previous_step": procedures.previous_step,
        "repeat_step": _repeat,
        "step_failed": _failed,
        "restart_procedure": procedures.restart,
        "stop_procedure": _stop,
    }[turn.intent]
    if procedures.active(turn) is None and turn.intent not in _OUTSIDE:
        turn.say("nothing_under_way")
        turn.offer_topics(turn.settings.common_questions)
    elif procedures.active(turn) and wanted and wanted.isdigit() and turn.intent in _JUMPS:
        procedures.jump(turn, int(wanted))
    else:
        handler(turn)


_JUMPS = {"next_step", "previous_step", "repeat_step", "restart_procedure", "affirm"}
_OUTSIDE = {"affirm", "deny", "repeat_step", "step_failed", "stop_procedure"}


def _next(turn: Turn) -> None:
    state = turn.state
    away = state.away and not turn.is_button and not turn.has_word(turn.settings.done_words)
    if state.pending == "resume" or away:
        state.pending = None
        procedures.show(turn)
    else:
        procedures.next_step(turn)


def _yes(turn: Turn) -> None:
    state = turn.state
    pending, state.pending = state.pending or "", None
    walk = turn.topic(turn.entity("walk") or pending.removeprefix("walk:"))
    if pending == "human":
        handoff.hand_over(turn)
    elif walk is not None and walk.steps:
        procedures.start(turn, walk)
    elif procedures.active(turn):
        state.pending = pending
        _next(turn)
    else:
        turn.say("yes_to_nothing")
        turn.offer_topics(turn.settings.common_questions)


def _no(turn: Turn) -> None:
    state = turn.state
    pending, state.pending = state.pending or "", None
    if pending == "resume":
        procedures.stop(turn)
    elif pending == "suggest":
        fallback.none_of_these(turn)
    elif pending == "trouble":
        turn.say("offer_human_after_failures")
        turn.offer_human()
        procedures.back_button(turn)
    elif pending:
        turn.say("offer_declined")
        procedures.way_back(turn)
    elif procedures.active(turn):
        procedures.fail(turn)
    else:
        turn.say("no_to_nothing")


def _repeat(turn: Turn) -> None:
    if procedures.active(turn):
        turn.state.pending = None
        procedures.show(turn)
        return
    for event in reversed(turn.tracker.events):
        if event.get("event") == "bot" and event.get("text"):
            turn.reply.say(event["text"])
            for button in (event.get("data") or {}).get("buttons") or []:
                turn.reply.button(button["title"], button["payload"])
            return
    turn.say("nothing_to_repeat")


def _failed(turn: Turn) -> None:
    if procedures.active(turn):
        wanted = turn.entity("step_number")
        topic = procedures.active(turn)
        if topic and wanted and wanted.isdigit() and 1 <= int(wanted) <= len(topic.steps):
            turn.state.step = int(wanted)
        procedures.fail(turn)
        return
    about = turn.topic(turn.state.topic)
    if about is not None:
        turn.say("topic_failed", title=about.title)
    else:
        turn.say("what_failed")
    turn.offer_human()


def _stop(turn: Turn) -> None:
    state = turn.state
    waits = turn.entity("wait") or turn.has_word(turn.settings.waiting_words)
    if procedures.active(turn) and not waits:  # needs no look at the desk, which may be down
        state.pending = None
        procedures.stop(turn)
    elif (ticket := turn.ticket()) is not None and ticket.status != "with_agent":
        turn.desk.cancel(ticket)
        turn.say("handoff_cancelled", number=ticket.number)
        procedures.way_back(turn)
    else:
        answers_nothing = state.pending is not None
        state.pending = None
        turn.say("offer_declined" if answers_nothing else "nothing_to_stop")
        procedures.way_back(turn)
