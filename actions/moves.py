"""Moves in a conversation: on, back, again, failed, from the start, stop, yes, no."""

from __future__ import annotations

import re

from actions import fallback, handoff, procedures
from actions.turn import Turn
from desk import Ticket
from nlu.naming import named_topics


def move(turn: Turn) -> None:
    """Do what the customer's move means where the conversation stands."""
    wanted = turn.entity("step_number", last=True)  # 不用再讲第三步，直接讲第四步
    handler = {
        "affirm": _yes,
        "deny": _no,
        "next_step": _next,
        "previous_step": procedures.previous_step,
        "repeat_step": _repeat,
        "step_failed": failed,
        "restart_procedure": procedures.restart,
        "stop_procedure": _stop,
    }[turn.intent]
    topic = procedures.active(turn)
    if topic is None and turn.intent not in _OUTSIDE:
        _nothing_under_way(turn)
    elif topic and wanted and wanted.isdigit() and turn.intent in _JUMPS:
        procedures.jump(turn, int(wanted))
    elif topic and turn.intent in _JUMPS and turn.has_word(turn.settings.last_step_words):
        procedures.jump(turn, len(topic.steps))
    else:
        handler(turn)


_JUMPS = {"next_step", "previous_step", "repeat_step", "restart_procedure", "affirm"}
_OUTSIDE = {"affirm", "deny", "repeat_step", "step_failed", "stop_procedure"}


def _nothing_under_way(turn: Turn) -> None:
    about = turn.topic(turn.state.topic)
    ticket = turn.ticket()
    if ticket is not None:
        handoff.still_waiting(turn, ticket)
    elif about is not None and not about.steps:  # 然后呢, after an answer
        turn.say("nothing_more", title=about.title)
        turn.offer_human(asked=False)
        turn.offer_topics(about.related)
    elif about is not None:
        turn.say("nothing_under_way_now", title=about.title)
        turn.reply.button(about.title, f"/{about.name}")
        turn.offer_topics(about.related[:2])
    else:
        turn.say("nothing_under_way")
        turn.offer_topics(turn.settings.common_questions)


def _next(turn: Turn) -> None:
    state = turn.state
    # What is done after a danger was answered is not the step, but what we said to do about it.
    done = turn.has_word(turn.settings.done_words) and not turn.state.danger is not None
    away = state.away and not turn.is_button and not done
    if state.pending == "resume" or away:
        state.pending = None
        procedures.show(turn)
    else:
        procedures.next_step(turn)


def _yes(turn: Turn) -> None:
    state = turn.state
    pending, state.pending = state.pending or "", None
    walk = turn.topic(turn.entity("walk") or pending.removeprefix("walk:"))
    agrees = turn.is_button or turn.has_word(turn.settings.agreeing_words)
    if pending == "human" or (pending == "human_if_needed" and agrees):
        handoff.hand_over(turn)
    elif walk is not None and walk.steps:
        procedures.start(turn, walk)
    elif procedures.active(turn):
        state.pending = pending
        if pending in {"help", "trouble"} and not turn.has_word(turn.settings.done_words):
            state.pending = None
            procedures.show(turn)  # 好, I will try it so
        else:
            _next(turn)
    elif (ticket := turn.ticket()) is not None:
        handoff.still_waiting(turn, ticket)
    elif pending == "human_if_needed":
        turn.say("human_if_needed")
        turn.offer_human(asked=False)
    else:
        turn.say("yes_to_nothing")
        turn.offer_topics(turn.settings.common_questions)


def _no(turn: Turn) -> None:
    state = turn.state
    pending, state.pending = state.pending or "", None
    topic = procedures.active(turn)
    waits = turn.ticket() if pending == "wait" or not (pending or topic) else None
    if waits is not None and waits.status != "with_agent":
        _no_to_waiting(turn, waits)
    elif pending == "resume":
        procedures.stop(turn)
    elif pending == "suggest":
        fallback.none_of_these(turn)
    elif pending == "trouble":
        turn.say("offer_human_after_failures")
        turn.offer_human()
        procedures.back_button(turn)
    elif pending not in {"", "wait", "help"}:
        turn.say("offer_declined")
        procedures.way_back(turn)
    elif topic is None or (
        turn.has_word(turn.settings.mistaken_words) and not procedures.find_trouble(turn)
    ):
        mistaken(turn)
    else:
        procedures.fail(turn)


def mistaken(turn: Turn) -> None:
    """Ask what the customer wants instead: they were misunderstood."""
    topic = procedures.active(turn)
    if topic is None:
        turn.say("no_to_nothing")
        return
    turn.say("mistaken", title=topic.title)
    procedures.back_button(turn)
    turn.reply.button(turn.phrase("button_stop"), "/stop_procedure")
    turn.reply.button(turn.phrase("button_human"), "/human_handoff")


def denied(turn: Turn) -> None:
    """The customer says what they do not want, or what is not so: it is not done."""
    turn.state.collecting = None
    topic = procedures.active(turn)
    if topic is not None and topic.name in _denied_topics(turn):
        procedures.stop(turn)
        return
    wrong = turn.state.topic is not None and _NEVER_SAID.search(turn.plain)
    turn.say("never_said" if wrong else "denied")
    procedures.way_back(turn)


_NEVER_SAID = re.compile("没(?:有)?(?:说|讲|问)|(?:谁|哪里?|什么时候)(?:说|讲|问)")


def _denied_topics(turn: Turn) -> set[str]:
    said = "".join(turn.scope.get("denied", ())) or turn.text
    return {*named_topics(said), *(each["name"] for each in turn.denied)}


# 不用记就好: something else is not needed
_NO_NEED_TO = re.compile(r"不用(?:记|担心|着?急|客气|谢|怕|管我|重复|再说)")


def _no_to_waiting(turn: Turn, ticket: Ticket) -> None:
    """Take the ticket back if that is what the no means; else it means the step, or nothing."""
    if turn.has_word(turn.settings.enough_words) and not _NO_NEED_TO.search(turn.plain):
        handoff.cancel(turn, ticket)
    elif procedures.active(turn):
        procedures.fail(turn)
    else:
        handoff.still_waiting(turn, ticket)


def _repeat(turn: Turn) -> None:
    if procedures.active(turn):
        turn.state.collecting = None
        turn.state.pending = None
        procedures.show(turn)
        return
    for event in reversed(turn.tracker.events):
        if event.get("event") == "bot" and event.get("text"):
            turn.reply.say(event["text"])
            for button in (event.get("data") or {}).get("buttons") or []:
                turn.reply.button(button["title"], button["payload"])
            turn.reply.button(turn.phrase("button_human"), "/human_handoff")
            return
    turn.say("nothing_to_repeat")


def failed(turn: Turn) -> None:
    """Help with the step at hand; without one, offer a human for what was asked last."""
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
    if procedures.active(turn) and not waits:  # works without the desk, which may be down
        state.pending = None
        procedures.stop(turn)
    elif (ticket := turn.ticket()) is not None and ticket.status != "with_agent":
        handoff.cancel(turn, ticket)
    else:
        answers_nothing = state.pending is not None
        state.pending = None
        turn.say("offer_declined" if answers_nothing else "nothing_to_stop")
        procedures.way_back(turn)


_REACHED = re.compile(
    r"(?<!没)(?<!没有)(?:密码(?:都|已经|也)?(?:改|换|重设|设)(?:好|成功|完)了|登(?:进去|上|进来)了)"
)


def leave_first(turn: Turn) -> None:
    """Do what was said before a question: 退出。怎么联系客服, 不等了。另外怎么退款."""
    reached = any(_REACHED.search(clause.plain) and not clause.asks for clause in turn.clauses)
    if reached and turn.asks and procedures.active(turn) is not None:
        procedures.finish(turn)  # 密码改好了，登进去了。那旧手机号怎么换
    if turn.begins_with("button_stop"):
        procedures.stop(turn)
    elif turn.begins_with("button_cancel_wait") and (ticket := turn.ticket()) is not None:
        handoff.cancel(turn, ticket)
