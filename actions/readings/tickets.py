"""Readings of what a customer says of the ticket that is open: add this, is it noted, hurry up."""

from __future__ import annotations

import re
from functools import partial

from actions import handoff
from actions.readings.reading import Reader, Reading
from actions.turn import Turn
from desk import Ticket

_TICKET = r"(?:工单|留言|单子|备注|k\d{5,})"
_OF_TICKET = re.compile(_TICKET)
_OF_US = re.compile(rf"加急|客服|人工|{_TICKET}")
# 写到工单里, 帮我备注一下, 跟客服说一声
_WRITE = re.compile(
    r"(?:写|记|备注|补充?|加(?!急))(?:到|进|上|在|给)(?!没|吗|了没).{0,8}(?:工单|留言|里|去|客服|人工)|"
    r"(?:跟|和|告诉)(?:他们|客服|人工)(?:说|讲|讲清|说清)|"
    r"(?:写|记|补充|备注)上(?!没|吗|了没)|"
    rf"{_TICKET}.{{0,10}}(?:补充|备注|注明|加[上个一进]|写[上个一清明])(?!了?没|了?吗)|"
    r"(?:帮我|再|给我|麻烦|请|我想|我要|我)(?:你)?(?:再)?(?:备注|补充|注明|加(?:一?句|一条))|"
    rf"(?:能不?能|可不?可以).{{0,3}}(?:补充|备注).{{0,6}}|{_TICKET}.{{0,12}}(?:能|可以)(?:补充|改|加(?!急))"
)
# 加上了没, 工单里有没有写今天急用
_IS_NOTED = re.compile(
    r"(?:加|记|写|补充|备注|登记)(?:上|进去|下来|进|到|好)?了?(?:没有?|吗|么)(?:啊|呀|呢)?$|"
    r"(?:加|记|写|补充|备注|登记)(?:上|进去|下来|好)(?:没有?|吗|么)|"
    r"(?:有没有|是不是|有)(?:给我|帮我|把我)?(?:写|记|加|备注|补充)(?:上|进|明|了)?.{0,14}(?:吗|么|没有?|$)|"
    r"(?:写|记|加|补充)没(?:写|记|加|补充)"
)
_MISTAKEN = re.compile(r"(?:写|填|记|弄|归|分|登|登记|搞|标)错(?:了|类)?")
_WRONG = re.compile(
    r"(?:工单|留言|单子)(?:上|里)?.{0,4}改|怎么(?:(?:写|变|归|登记)?(?:是|成|到|成了|写成)|(?:写|归|登记)的)(?!这样|回事)"
)
_URGES = re.compile(
    r"加急|催(?:一?下|催)?|优先|插队|快(?:点|些)(?:处理|回|办|安排|弄)|尽快(?:处理|回)"
)


def _ticket_asked(turn: Turn) -> Reading | None:
    """What is said of the ticket itself is done to it, or answered, before all else."""
    if turn.state.despair is not None:
        return None
    mistaken = _MISTAKEN.search(turn.plain)
    wrong = mistaken or _WRONG.search(turn.plain)
    asks = _IS_NOTED.search(turn.plain)
    writes = _WRITE.search(turn.plain)
    urges = _URGES.search(turn.plain)
    if not (wrong or asks or writes or urges):
        return None
    ticket = turn.ticket()
    if ticket is None:
        return None
    named = _OF_TICKET.search(turn.plain) is not None or turn.state.pending == "wait"
    of_category = ticket.category in turn.plain or _OF_TICKET.search(turn.plain) is not None
    if wrong and (of_category or mistaken) and named:
        return Reading(0.9, "wrong", partial(handoff.correct, turn, ticket))
    told = writes and not (asks and asks.end() == len(turn.plain))
    if told and (named or not turn.asks):
        return Reading(0.9, "to be noted", partial(_note, turn, ticket))
    if asks and (named or not turn.named):
        return Reading(0.9, "is it noted", partial(handoff.asked_about, turn, "is_it_noted"))
    # 他又催我转钱: somebody else hurries
    of_us = turn.state.danger is None or _OF_US.search(turn.plain)
    if urges and of_us and (named or not turn.named):
        return Reading(0.9, "urges", partial(handoff.urged, turn, ticket))
    return None


def _note(turn: Turn, ticket: Ticket) -> None:
    """Add it, and say so; what is to be added stands beside 帮我备注 mostly."""
    handoff.note(turn, ticket)
    handoff.cancel_button(turn)


READERS: dict[str, Reader] = {"ticket_asked": _ticket_asked}
