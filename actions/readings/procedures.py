"""Readings of the procedure under way and of the questions before a human."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from actions import (
    answers,
    details,
    handoff,
    procedures,
)
from actions.readings.reading import SHORT, SURE_NEW, Reader, Reading
from actions.turn import Turn
from nlu.intents import HUMAN_HANDOFF, MOVES, SMALL_TALK
from nlu.naming import named_topics
from nlu.text import clauses, normalize

_NO_MORE = re.compile(
    r"^(?:那|算了|哎|唉|好吧)?(?:我|咱)?(?:还是)?(?:先)?不.{1,3}了(?:哈|啊|吧|呀|呢|谢谢)?$"
)
SURE_LEAVING = 0.8  # confidence of a first clause that leaves the procedure


def _ticket_told(turn: Turn) -> Reading | None:
    """Who waits for a human goes on with their story: it goes to the human."""
    act, _ = turn.acts.top
    asks = act.count(".") == 1 and turn.acts.unweighed({act}) >= SURE_NEW  # 那好久有人打给我
    if asks or turn.asks:
        return None
    sure = turn.acts.sum({"tells", "shows"})
    aside = MOVES | SMALL_TALK | {HUMAN_HANDOFF}
    if turn.state.pending == "wait" and not (turn.intent in aside or turn.sure or turn.named):
        sure = max(sure, 0.5)  # nothing is asked
    ticket = turn.ticket() if sure >= 0.5 and turn.state.danger is None else None
    if ticket is None:
        return None
    return Reading(sure, "told while waiting", partial(handoff.note, turn, ticket))


def _walk_refused(turn: Turn) -> Reading | None:
    """不用帮我找回密码了: leaves what is denied, if that is what they are led through."""
    topic = procedures.active(turn)
    waits = turn.has_word(turn.settings.waiting_words)
    if topic is not None and _NO_MORE.match(turn.plain) and not waits:
        return Reading(0.8, "no more", partial(procedures.stop, turn))
    first = turn.acts.clauses[0] if turn.acts.clauses else ("", {})
    leaves = first[1].get("intent:stop_procedure", 0.0) >= SURE_LEAVING
    if topic is not None and leaves and len(first[0]) <= SHORT and not waits:
        return Reading(0.8, "no more", partial(procedures.stop, turn))  # 不弄了，想起来了
    leave = normalize(turn.phrase("button_stop"))
    if topic is not None and leave in map(normalize, clauses(turn.text)):
        return Reading(0.8, "no more", partial(procedures.stop, turn))  # 老板叫我 不弄了 退出
    asks = set(turn.named) - {topic.name if topic else ""}
    if topic is None or not turn.denied or waits:
        return None
    about = any(each["name"] == topic.name for each in turn.denied)
    if not about and topic.name not in _named_in_denial(turn):
        return None
    if turn.affirmed and asks and turn.topic(turn.intent) and turn.intent != topic.name:
        return Reading(0.9, "denied", partial(answers.after_stopping, turn))
    return Reading(0.9, "denied", partial(procedures.stop, turn))


# 刚说要填个啥来着: the step is wanted again.
_RECALLS = re.compile(
    r"刚才?(?:说|讲|让|叫|要)(?:的|我|要)?.{0,8}(?:啥|什么|哪)|(?:啥|什么|哪个?|哪里)(?:了|步)?来着[?？]?$|"
    r"(?:弄|办|做|走|进行)到(?:哪|第几)(?:儿|里|步)?(?:一步)?(?:了|啦)?(?:来着)?[?？]?$"
)


def _step(turn: Turn) -> Reading | None:
    walked = procedures.active(turn)
    others = set(turn.named) - {walked.name if walked else ""}
    if walked is not None and not re.search("[退款钱]", turn.plain):
        others -= {"refund_progress"}  # 弄到哪了来着 is of the procedure
    if walked is not None and not others and _RECALLS.search(turn.plain):
        return Reading(0.8, "recalls", partial(procedures.show, turn))
    found = procedures.told(turn)
    if found is None or (walked and turn.denied and turn.intent in others):
        return None  # 我说的是申诉 不是看进度
    act, sure, respond = found
    return Reading(sure, act, partial(_with_the_rest, turn, respond))


def _with_the_rest(turn: Turn, respond: Callable[[], None]) -> None:
    """Respond to the step, and shortly to what else was asked (短信没来，还有退款被拒了怎么办)."""
    walked = turn.state.procedure
    topic = procedures.active(turn)
    besides = procedures.asked_besides(turn, topic) if topic is not None else []
    for text in besides:
        turn.reply.say(text)
    respond()
    turn.reply.paragraphs = list(dict.fromkeys(turn.reply.paragraphs))
    if len(turn.requests) > 1 and not besides:
        answers.shortly(turn, besides=walked or turn.state.procedure)


def _details(turn: Turn) -> Reading | None:
    if turn.state.collecting is None:
        return None
    return (
        Reading(1.0, "collecting", partial(details.listen, turn)) if details.hears(turn) else None
    )


def _named_in_denial(turn: Turn) -> list[str]:
    return named_topics("".join(turn.scope.get("denied", ())))


READERS: dict[str, Reader] = {
    "ticket_told": _ticket_told,
    "walk_refused": _walk_refused,
    "step": _step,
    "details": _details,
}
