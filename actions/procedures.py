"""The engine that walks a customer through a procedure; the procedures are data in content/."""

from __future__ import annotations

from actions.turn import Turn
from content import Step, Topic, Trouble
from nlu.text import normalize

NAMES_A_TROUBLE = 5  # characters from which a trouble's words are clear without their step


def active(turn: Turn) -> Topic | None:
    """Return the procedure being walked; forget one that content no longer has."""
    topic = turn.topic(turn.state.procedure)
    if topic is None or not topic.steps:
        turn.state.procedure = None
        return None
    turn.state.step = min(max(turn.state.step, 1), len(topic.steps))
    return topic


def start(turn: Turn, topic: Topic) -> None:
    """Begin a procedure; one already under way is kept for afterwards."""
    state = turn.state
    current = active(turn)
    if current is not None and current.name == topic.name:
        turn.say("already_walking", title=topic.title, step=state.step, steps=len(topic.steps))
        show(turn)
        return
    state.interrupted = [frame for frame in state.interrupted if frame[0] != topic.name]
    if current is not None:
        state.interrupted.append([current.name, state.step])
        del state.interrupted[:-3]
    _go(turn, topic.name, 1)
    show(turn)


def _go(turn: Turn, procedure: str, step: int) -> None:
    state = turn.state
    state.procedure, state.step, state.step_failures = procedure, step, 0
    state.pending = None


def show(turn: Turn) -> None:
    """Say the step at hand, where it stands, and its controls."""
    topic = active(turn)
    if topic is None:
        return
    state = turn.state
    step = topic.steps[state.step - 1]
    last = state.step == len(topic.steps)
    place = {"title": topic.title, "step": state.step, "steps": len(topic.steps)}
    turn.say("step", **place, step_title=step.title, text=step.text)
    turn.reply.extra["step"] = {
        "procedure": topic.title,
        "index": state.step,
        "total": len(topic.steps),
        "title": step.title,
    }
    turn.reply.button(turn.phrase("button_done" if last else "button_next"), "/next_step")
    if state.step > 1:
        turn.reply.button(turn.phrase("button_previous"), "/previous_step")
    turn.reply.button(turn.phrase("button_failed"), "/step_failed")
    turn.reply.button(turn.phrase("button_stop"), "/stop_procedure")
    state.away = False


def back_button(turn: Turn) -> None:
    """Offer the way back to the step at hand."""
    topic = active(turn)
    if topic:
        title = turn.phrase("button_back", step=turn.state.step, steps=len(topic.steps))
        turn.reply.button(title, "/repeat_step")


def way_back(turn: Turn, button: bool = True) -> None:
    """After something else was answered: remind of the step that waits, with its button."""
    topic = active(turn)
    if topic and not turn.returning:  # who returns is asked whether to go on
        turn.state.away = True
        turn.say("way_back", title=topic.title, step=turn.state.step, steps=len(topic.steps))
        if button:
            back_button(turn)


def next_step(turn: Turn) -> None:
    """Go on, or finish after the last step."""
    topic = active(turn)
    if topic is None:
        return
    state = turn.state
    if state.step < len(topic.steps):
        _go(turn, topic.name, state.step + 1)
        show(turn)
    else:
        turn.reply.say(topic.done or turn.phrase("procedure_done", title=topic.title))
        _leave(turn)
        turn.offer_topics(topic.related)


def previous_step(turn: Turn) -> None:
    """Go back one."""
    topic = active(turn)
    if topic is None:
        return
    if turn.state.step == 1:
        turn.say("first_step")
    else:
        _go(turn, topic.name, turn.state.step - 1)
    show(turn)


def jump(turn: Turn, wanted: int) -> None:
    """Go to a step by its number."""
    topic = active(turn)
    if topic is None:
        return
    if 1 <= wanted <= len(topic.steps):
        _go(turn, topic.name, wanted)
    else:
        turn.say("no_such_step", wanted=wanted, title=topic.title, steps=len(topic.steps))
    show(turn)


def restart(turn: Turn) -> None:
    """Begin again at step 1."""
    topic = active(turn)
    if topic:
        _go(turn, topic.name, 1)
        turn.say("restarted")
        show(turn)


def stop(turn: Turn) -> None:
    """Leave the procedure."""
    topic = active(turn)
    if topic:
        turn.say("stopped", title=topic.title)
        _leave(turn)


def _leave(turn: Turn) -> None:
    """End the procedure at hand and offer the one it interrupted."""
    state = turn.state
    state.procedure, state.step, state.step_failures, state.away = None, 1, 0, False
    while state.interrupted:
        name, step = state.interrupted.pop()
        topic = turn.topic(name)
        if topic and topic.steps:
            state.procedure, state.step = name, min(int(step), len(topic.steps))
            offer_resume(turn)
            return


def offer_resume(turn: Turn) -> None:
    """Ask whether to go on with the procedure in the slots."""
    topic = active(turn)
    if topic:
        turn.state.pending, turn.state.away = "resume", True
        turn.say("resume", title=topic.title, step=turn.state.step, steps=len(topic.steps))
        back_button(turn)
        turn.reply.button(turn.phrase("button_stop"), "/stop_procedure")


# --------------------------------------------------------------------------------------------
# What goes wrong at a step


def find_trouble(turn: Turn) -> tuple[int, Trouble] | None:
    """Return the step's own trouble (numbered from 1) that this message tells of."""
    topic = active(turn)
    if topic is None:
        return None
    step = topic.steps[turn.state.step - 1]
    chosen = turn.entity("trouble")
    if chosen and chosen.isdigit() and 1 <= int(chosen) <= len(step.trouble):
        return int(chosen), step.trouble[int(chosen) - 1]
    for number, trouble in enumerate(step.trouble, 1):
        if _is_titled(turn, trouble):
            return number, trouble
    for number, trouble in enumerate(step.trouble, 1):
        if turn.has_word(trouble.words):
            return number, trouble
    for number, trouble in enumerate(step.trouble, 1):
        if turn.intent in trouble.intents:
            return number, trouble
    return None


def _is_titled(turn: Turn, trouble: Trouble) -> bool:
    """Tell whether the message is what stands on the trouble's button."""
    return turn.plain == normalize(trouble.title)


def tells_of_trouble(turn: Turn) -> Topic | None:
    """Return the topic of a message that is really this step's own trouble (no code at step 2)."""
    topic = active(turn)
    other = turn.topic(turn.intent)
    if topic is None or other is None or turn.is_button:
        return None
    step = topic.steps[turn.state.step - 1]
    own = any(
        turn.intent in trouble.intents or _is_titled(turn, trouble) for trouble in step.trouble
    )
    if not own and other.name == topic.name:
        own = _goes_to_trouble(turn, topic)
    elif not own:
        # The step's own words outweigh a guess; that of a danger only when we have asked.
        guessed = not turn.sure and (other.urgency != "urgent" or turn.state.pending == "trouble")
        own = guessed and find_trouble(turn) is not None
    return other if own else None


def _goes_to_trouble(turn: Turn, topic: Topic) -> bool:
    """Find the step whose trouble this is, from the one at hand on, and go there."""
    at = turn.state.step
    nearest = sorted(range(1, len(topic.steps) + 1), key=lambda number: abs(number - at))
    for number in nearest:
        words = [word for trouble in topic.steps[number - 1].trouble for word in trouble.words]
        # Elsewhere only what says which trouble it is: 没有申请退款, not 没有 or 找不到.
        least = 1 if number == at else NAMES_A_TROUBLE
        if turn.has_word(word for word in words if len(word) >= least):
            if number != at:
                turn.state.step, turn.state.step_failures = number, 0
            return True
    return False


def fail(turn: Turn) -> None:
    """The step does not work: its own help, or the question what is wrong; twice: a human."""
    topic = active(turn)
    if topic is None:
        return
    state = turn.state
    step = topic.steps[state.step - 1]
    found = find_trouble(turn)
    answers_our_question = found is not None and state.pending == "trouble"
    if not answers_our_question:
        state.step_failures += 1
    state.pending, state.away = "help", False
    enough = state.step_failures >= turn.settings.failures_before_human
    if found is None and step.trouble and not enough:
        _ask_trouble(turn, step)
        return
    if found is not None:
        turn.reply.say(found[1].help)
    elif not enough:
        turn.say("step_failed")
    if enough:
        turn.say("offer_human_after_failures")
        turn.offer_human()
    elif found is not None and found[1].human:
        turn.reply.button(turn.phrase("button_human"), "/human_handoff")
    retry = turn.phrase("button_retry", step=state.step, steps=len(topic.steps))
    turn.reply.button(retry, "/repeat_step")
    turn.reply.button(turn.phrase("button_next"), "/next_step")


def _ask_trouble(turn: Turn, step: Step) -> None:
    turn.state.pending = "trouble"
    turn.say("which_trouble", step_title=step.title)
    for number, trouble in enumerate(step.trouble, 1):
        turn.reply.button(trouble.title, f'/step_failed{{"trouble": "{number}"}}')
    turn.reply.button(turn.phrase("button_human"), "/human_handoff")
