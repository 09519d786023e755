"""What customers tell of themselves and have done: kept, so that nothing is asked or advised twice.

The facts are data (content/facts.yml). In a danger they are a plan: what is done already is not
advised again, and what is left is said one thing at a time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nlu.text import clauses, normalize

if TYPE_CHECKING:
    from actions.turn import Turn
    from content import Fact

NEW_PASSWORD = "password_changed"  # noqa: S105  # a fact
_LOCKED_OUT = {"phone_gone", "mailbox_gone"}  # facts with which no password can be set anew
SURE = 0.6  # confidence of an act that states a fact
LEFT = 3  # things to do that are listed at once
_CLAUSE = re.compile(r"[^，；、,;]+[，；、,;]?")
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]*")
_NUMBERED = re.compile(r"^\d+\. ")
# What happens, no advice.
_TELLS_WHY = re.compile(r"可能|不改|不挂|不卸|他就|会被|他会|对方会|不等于")
_CASE = re.compile(  # 钱少了，(打110): without the advice it says nothing
    r"^(?:已经|给过|填过|付过|开过|说出|登不上|收不到|码已经|若是|要是|密码、验证码|(?:发现)?钱(?:已经|少|没)|有人|"
    r"真要|他要是|他说要|是有人|手机被|对方催).*，$|的话，$"
)
# 越早越好: needs what was cut.
_GOES_ON = re.compile(r"^(?:问|告诉他们|说明|不让|越|免得|电话看|就是怕)")
_LINK = re.compile(r"^(?:就|再|接着|然后|并|也|还要?|最后)")
# 号码、拦截、信号都看过了还收不到: no advice, but what was done.
_SUMS_UP = re.compile(r"(?:都|已经)(?:看|试|查|核对|找)过|都没(?:有|问题)|不用再(?:反复|一直)")
_AFTER_CUT = re.compile(r"^(?:都没有|还没有|还不行|还是不行|没有的话|再不行|不行)，")
_TAIL = 6  # longest clause, in characters, that depends on the one before it


def hear(turn: Turn) -> list[str]:
    """Return the facts that the message tells, and remember them."""
    if turn.is_button or turn.scope.get("others") or turn.scope.get("supposed"):
        return []
    parts = [normalize(part, digits=True) for part in clauses(turn.text)]
    told = [
        fact.name
        for fact in turn.content.facts.known.values()
        if any(_says(fact, part) for part in parts)
        or turn.acts.sum(fact.acts, clauses=True) >= SURE
    ]
    remember(turn, told)
    return told


def tells(turn: Turn, text: str) -> bool:
    """Tell whether a part of a message tells something that was done or looked at (记录看了)."""
    parts = [normalize(part, digits=True) for part in clauses(text)]
    known = [each for each in turn.content.facts.known.values() if each.done or each.anywhere]
    return any(_says(fact, part) for fact in known for part in parts)


def _says(fact: Fact, clause: str) -> bool:
    found = any(pattern.search(clause) for pattern in fact.said)
    return found and fact.unless.search(clause) is None


def remember(turn: Turn, names: list[str]) -> None:
    """Keep these facts for the rest of the conversation."""
    turn.state.told = list(dict.fromkeys([*turn.state.told, *names]))


def forget_done(turn: Turn) -> None:
    """Forget what was done about a danger that is over; who the customer is stays."""
    known = turn.content.facts.known
    turn.state.told = [name for name in turn.state.told if name in known and not known[name].next]


def without_done(turn: Turn, text: str) -> str:
    """Return an answer without the clauses that tell to do what was done; "" when none is left.

    Where no danger lasts, only what counts `anywhere` is looked at.
    """
    calm = turn.state.danger is None
    told = [turn.content.facts.known.get(name) for name in turn.state.told]
    advices = [fact.advice for fact in told if fact and fact.advice and (fact.anywhere or not calm)]
    if not calm and set(turn.state.told) >= _LOCKED_OUT:
        password = turn.content.facts.known.get(NEW_PASSWORD)
        advices += [password.advice] if password and password.advice else []
    return _cut(text, advices, _others(turn)) if advices else text


def _others(turn: Turn) -> list[re.Pattern[str]]:
    known = turn.content.facts.known
    return [
        fact.advice for name, fact in known.items() if fact.advice and name not in turn.state.told
    ]


def _cut(text: str, done: list[re.Pattern[str]], open_: list[re.Pattern[str]]) -> str:
    lines = []
    number = 0
    for line in text.split("\n"):
        head = _NUMBERED.match(line)
        rest = line[head.end() :] if head else line
        sentences = [_cut_sentence(each, done, open_) for each in _SENTENCE.findall(rest)]
        kept = "".join(sentences)
        if sentences and not sentences[0]:
            kept = _AFTER_CUT.sub("", kept)
        if not kept.strip() and rest.strip():
            continue
        if head:
            number += 1
            kept = f"{number}. {kept}"
        lines.append(kept)
    return "\n".join(lines).strip()


def _cut_sentence(sentence: str, done: list[re.Pattern[str]], open_: list[re.Pattern[str]]) -> str:
    parts = _CLAUSE.findall(sentence)
    if _SUMS_UP.search(sentence) or not any(_advises(done, part) for part in parts):
        return sentence
    if not any(_advises(open_, part) for part in parts):
        return ""  # the rest would be half a sentence
    kept: list[str] = []
    dropped = False
    for part in parts:
        advises_open = _advises(open_, part)
        if _advises(done, part) and not advises_open:
            if kept and _CASE.search(kept[-1]):
                kept.pop()  # 给过密码，(马上改密码)
            dropped = True
        elif not (dropped and not advises_open and (_GOES_ON.search(part) or len(part) <= _TAIL)):
            kept.append(part)
            dropped = False
    if not kept:
        return ""
    end = sentence[-1] if sentence[-1] in "。！？；" else ""
    return _LINK.sub("", "".join(kept)).rstrip("，；、,;。！？") + end


def _advises(advices: list[re.Pattern[str]], clause: str) -> bool:
    return _TELLS_WHY.search(clause) is None and any(each.search(clause) for each in advices)


def left(turn: Turn) -> list[Fact]:
    """Return what is still to be done in the danger that lasts, in its order."""
    kind = turn.content.danger.kinds.get(turn.state.danger or "")
    topic = turn.state.danger
    plan = kind.plan if kind else _plan_of(turn, topic)
    told = set(turn.state.told)
    known = turn.content.facts.known
    return [
        known[name] for name in plan if name not in told and not told & set(known[name].needless)
    ]


def _plan_of(turn: Turn, topic: str | None) -> tuple[str, ...]:
    """Return the plan of the first danger of a topic, for one that is known by its topic only."""
    kinds = turn.content.danger.kinds.values()
    return next((kind.plan for kind in kinds if kind.topic == topic), ())


def next_of(turn: Turn, fact: Fact) -> str:
    """Return how this customer is told to do it."""
    instead = (text for name, text in fact.instead.items() if name in turn.state.told)
    return next(instead, fact.next)
