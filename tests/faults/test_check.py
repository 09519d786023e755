"""The check of the load finds what it is there to find, in records that are broken on purpose."""

from __future__ import annotations

import copy
from collections.abc import Callable

import pytest

from content import library
from desk import reply_key
from tests.faults.check import Message, Sent, Talk, examine, same_as_agents_see
from tests.faults.load import Report

MARK, OTHER = "zzabcde", "zzvwxyz"


def message(seq: int, author: str, key: str, text: str = "") -> Message:
    return {"id": key, "seq": seq, "from": author, "text": text or f"{author} {key}"}


def answer(seq: int, key: str, place: str = "0") -> Message:
    return message(seq, "bot", reply_key(key, place), "回答")


@pytest.fixture
def talk() -> Talk:
    """A talk in which nothing is wrong: two answers, then an agent who says two things."""
    say = library.current().say
    first, second, third, last = (f"{MARK}-{number}" for number in range(4))
    record = [
        message(1, "customer", first),
        answer(2, first),
        message(3, "customer", second),
        answer(4, second, "failed"),
        message(5, "customer", third, "转人工"),
        message(6, "bot", reply_key(third, "0"), "工单号 K000007"),
        message(7, "system", "joined", say("agent_joined", agent="小李")),
        message(8, "agent", "agent-1", f"客服第1句 {MARK}"),
        message(9, "customer", last),
        message(10, "agent", "agent-2", f"客服第2句 {MARK}"),
        message(11, "system", "closed", say("closed")),
    ]
    return Talk(
        MARK,
        sent=[
            Sent(first, True, [reply_key(first, "0")]),
            Sent(second, True, [reply_key(second, "failed")]),
            Sent(third, True),
            Sent(last, True),
            Sent(f"{MARK}-4"),  # never acknowledged, never recorded
        ],
        record=record,
        pushed=copy.deepcopy(record),
        to_customer={7: [Sent("agent-1", True), Sent("agent-2", True), Sent("agent-3")]},
        tickets={"K000007": "closed"},
    )


def drop(key: str) -> Callable[[Talk], None]:
    def broken(talk: Talk) -> None:
        talk.record = [each for each in talk.record if each["id"] != key]

    return broken


def again(place: int) -> Callable[[Talk], None]:
    return lambda talk: talk.record.append(talk.record[place])


def swap(one: int, other: int) -> Callable[[Talk], None]:
    def broken(talk: Talk) -> None:
        record = talk.record
        record[one], record[other] = record[other], record[one]

    return broken


def add(*messages: Message) -> Callable[[Talk], None]:
    return lambda talk: talk.record.extend(messages)


def silent(talk: Talk) -> None:
    drop(reply_key(f"{MARK}-0", "0"))(talk)
    talk.sent[0].answers = []


def silent_in_the_queue(talk: Talk) -> None:
    """The bot answered the next message before any agent came, but not this one."""
    talk.record.insert(4, message(20, "customer", f"{MARK}-4"))


def only_told_to_wait(talk: Talk) -> None:
    silent(talk)
    add(answer(20, f"{MARK}-0", "slow"))(talk)


def never_pushed(talk: Talk) -> None:
    del talk.pushed[3]


def pushed_again(talk: Talk) -> None:
    talk.pushed.append(talk.pushed[-1])


def ticket_gone(talk: Talk) -> None:
    talk.tickets["K000007"] = None


def ticket_cancelled(talk: Talk) -> None:
    talk.tickets["K000007"] = "cancelled"


BROKEN = {
    "a message that was acknowledged is gone": (drop(f"{MARK}-0"), "lost"),
    "an agent's sentence is gone": (drop("agent-2"), "lost"),
    "a message stands there twice": (again(0), "doubled"),
    "an agent's sentence stands there twice": (again(7), "doubled"),
    "an answer and an apology": (add(answer(20, f"{MARK}-0", "failed")), "doubled"),
    "messages in another order": (swap(0, 2), "disordered"),
    "an agent's sentences in another order": (swap(7, 9), "disordered"),
    "silence": (silent, "unanswered"),
    "silence before an agent came": (silent_in_the_queue, "unanswered"),
    "a promise and then nothing": (only_told_to_wait, "unanswered"),
    "another customer's message": (add(message(20, "customer", f"{OTHER}-1")), "foreign"),
    "another customer's words": (add(message(20, "bot", "x", f"您说 {OTHER}")), "foreign"),
    "words that an agent never wrote": (add(message(20, "agent", "agent-9")), "foreign"),
    "a ticket that is not there": (ticket_gone, "handoffs_lost"),
    "a ticket that nobody cancelled": (ticket_cancelled, "handoffs_lost"),
    "a ticket closed without a word": (drop("closed"), "handoffs_lost"),
    "what the stream left out": (never_pushed, "not_pushed"),
    "what the stream said twice": (pushed_again, "doubled"),
}


def test_a_record_in_order_has_no_fault(talk: Talk) -> None:
    assert not any(vars(examine(talk)).values()), examine(talk)
    assert same_as_agents_see(talk, talk.record[-5:]) == []


def test_a_message_sent_again_later_than_the_next_may_be_left_to_an_agent(talk: Talk) -> None:
    silent_in_the_queue(talk)
    late = talk.sent[-1]
    assert examine(talk).unanswered
    late.acknowledged, late.meanwhile = True, [f"{MARK}-2"]
    assert not examine(talk).unanswered
    late.meanwhile = []
    assert examine(talk).unanswered


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_is_found(talk: Talk, name: str) -> None:
    breaks, kind = BROKEN[name]
    breaks(talk)
    report = Report(seed=1, turns=1)
    report.faults.add(examine(talk))
    assert getattr(report.faults, kind), report.faults
    with pytest.raises(AssertionError, match=kind):
        report.check()


def test_agents_who_see_another_record_are_found(talk: Talk) -> None:
    assert same_as_agents_see(talk, talk.record[:-1])


def test_a_load_in_which_nobody_spoke_proves_nothing() -> None:
    with pytest.raises(AssertionError, match="nobody"):
        Report(seed=1).check()
