"""What makes a version worse than the one that answers, and what does not."""

from __future__ import annotations

from typing import Any

from nlu.intents import OUT_OF_SCOPE
from runtime.evaluation import WATCHED
from studio.conversations import Conversation, Turn
from studio.playing import Answer, Played, PlayedTurn, Problem
from studio.report import SHOWN, Answered, Compare, Compared, make


def said(wanted: str, live: str, new: str, times: int = 1) -> list[Compared]:
    return [Compared(f"{wanted} {live} {new} {each}", wanted, live, new) for each in range(times)]


def reported(**kinds: list[Any]) -> dict[str, Any]:
    names = ("own", "taught", "must_stay", "real", "conversations")
    given: dict[str, Any] = {kind: kinds.get(kind, []) for kind in names}
    return make(**given, unfit=0, watched=WATCHED, outside=OUT_OF_SCOPE)


def found(**kinds: list[Any]) -> list[tuple[str, str, int]]:
    return [
        (each["kind"], each["intent"], each["count"]) for each in reported(**kinds)["regressions"]
    ]


RIGHT = said("transfer", "transfer", "transfer", 50)


def test_version_that_understands_the_same_is_no_worse() -> None:
    assert found(own=RIGHT, must_stay=RIGHT[:3], taught=said("x", "y", "y")) == []


def test_every_sentence_that_must_stay_right_counts() -> None:
    wrong = said("forgot_password", "forgot_password", "transfer")
    assert found(own=RIGHT, must_stay=[*RIGHT, *wrong]) == [("must_stay", "", 1)]
    never_right = said("forgot_password", "transfer", "transfer")
    assert found(must_stay=never_right) == [("must_stay", "", 1)]


def test_one_danger_more_that_is_missed_counts() -> None:
    danger = WATCHED[0]
    lost, won = said(danger, danger, "nlu_fallback"), said(danger, "nlu_fallback", danger)
    assert found(own=[*RIGHT, *lost]) == [("watched", danger, 1)]
    assert found(own=[*RIGHT, *lost, *won]) == []


def test_a_few_sentences_either_way_are_chance_and_many_are_not() -> None:
    lost, won = ("transfer", "transfer", "withdrawal"), ("transfer", "withdrawal", "transfer")
    assert found(own=[*RIGHT, *said(*lost, 5), *said(*won, 3)]) == []
    assert found(own=[*RIGHT, *said(*lost, 12), *said(*won, 3)]) == [("inside", "", 9)]
    assert found(own=[*RIGHT, *said(*lost, 3), *said(*won, 12)]) == []


def test_answers_to_what_is_none_of_ours_count_apart() -> None:
    answered = said(OUT_OF_SCOPE, OUT_OF_SCOPE, "transfer", 6)
    assert found(own=[*RIGHT, *answered]) == [("outside", "", 6)]


def test_report_has_the_places_of_customers_messages_and_not_their_words() -> None:
    changed = [
        Answered(7, "transfer", "withdrawal", same=False),
        Answered(8, "a", "a", same=True),
        Answered(9, "a", "a", same=False),
    ]
    made = reported(real=changed, own=said("transfer", "transfer", "withdrawal", 2 * SHOWN))
    assert made["real"] == {
        "of": 3,
        "changed": [
            {"seq": 7, "live": "transfer", "new": "withdrawal"},
            {"seq": 9, "live": "a", "new": "a"},
        ],
    }
    assert len(made["inside"]["lost"]) == SHOWN
    assert made["inside"]["losses"] == 2 * SHOWN


def played(name: str, answer: str, *reasons: str) -> Played:
    turns = (Turn(1, "你好", False, ()), Turn(2, "怎么转账", False, ()))
    said = [PlayedTurn("你好", Answer("您好")), PlayedTurn("怎么转账", Answer(answer))]
    said[1].problems = [Problem(2, each) for each in reasons]
    return Played(Conversation("some.yml", 1, "some", name, turns), said)


def test_conversations_that_fail_with_the_new_version_are_shown_with_both_answers() -> None:
    right, wrong = played("转账", "先看余额"), played("转账", "请看密码", "应该看到余额")
    made = reported(conversations=[Compare(right, wrong), *[Compare(right, right)] * 3])
    assert (made["conversations"]["live"], made["conversations"]["new"]) == (4, 3)
    assert made["conversations"]["lost"] == [
        {
            "name": "转账",
            "said": ["你好", "怎么转账"],
            "reason": "应该看到余额",
            "wrong": "请看密码",
            "right": "先看余额",
        }
    ]
    assert made["conversations"]["won"] == []
    assert made["regressions"] == []
    many = reported(conversations=[Compare(right, wrong)] * 6)
    assert many["regressions"] == [{"kind": "conversations", "intent": "", "count": 6}]
