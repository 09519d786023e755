"""The regression gate: how well the trained model understands sentences it never saw."""

from __future__ import annotations

import asyncio
import random

import pytest

from benchmarks.evaluate import OWN_SET
from content import Topic, library
from nlu.check import examples, key_of
from runtime.evaluation import Row, figures, predict, read_rows

TOPICS = library.load().topics
NONE = Topic("none", "", "", "")

# Floors and ceilings by group; a point or two below what is measured (see reports/), so that an
# honest edit passes and a real loss does not.
FLOORS = {
    "plain": {"in scope: right at once": 0.94, "in scope: right in answer or suggestions": 0.97},
    "hard": {"in scope: right at once": 0.89, "in scope: right in answer or suggestions": 0.96},
}
CEILINGS = {
    "plain": {"in scope: wrong answer": 0.03},
    "hard": {"in scope: wrong answer": 0.04},
    "near": {"out of scope: answered wrongly": 0.08},
    "far": {"out of scope: answered wrongly": 0.05},
}
RECALL = 0.95


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    found = read_rows(OWN_SET)
    asyncio.run(predict(found))
    return found


def of(rows: list[Row], group: str) -> list[Row]:
    return [row for row in rows if row.group == group]


@pytest.mark.parametrize("group", ["plain", "hard", "near", "far"])
def test_group_is_understood(rows: list[Row], group: str) -> None:
    found = figures(of(rows, group))
    for name, least in FLOORS.get(group, {}).items():
        assert found[name]["share"] >= least, name
    for name, most in CEILINGS.get(group, {}).items():
        assert found[name]["share"] <= most, name


@pytest.mark.parametrize(
    "name", ["account_compromised", "abnormal_transaction", "suspected_scam", "human_handoff"]
)
def test_danger_and_the_wish_for_a_human_are_noticed(rows: list[Row], name: str) -> None:
    assert figures(rows)[f"recall: {name}"]["share"] >= RECALL


def pairs(first: list[Row], second: list[Row]) -> list[Row]:
    """Two sentences of the set in each message; the intent is the first one's."""
    chance = random.Random(7)
    made = []
    for _ in range(300):
        one, other = chance.choice(first), chance.choice(second)
        ways = (
            f"{one.text}。{other.text}",
            f"{other.text}？{one.text}",
            f"{other.text}。另外{one.text}",
        )
        if one.intent != other.intent:
            made.append(Row(other.intent, one.intent, chance.choice(ways)))
    asyncio.run(predict(made))
    return made


@pytest.fixture(scope="module")
def told(rows: list[Row]) -> dict[bool, list[Row]]:
    """Short sentences of the set that tell of a danger (True), and that ask of other topics."""
    short = [row for row in rows if row.intent in TOPICS and len(row.text) < 25]
    split: dict[bool, list[Row]] = {True: [], False: []}
    for row in short:
        split[TOPICS[row.intent].urgency == "urgent"].append(row)
    return split


def test_danger_beside_another_question_is_noticed(told: dict[bool, list[Row]]) -> None:
    made = pairs(told[True], told[False])
    noticed = [row for row in made if TOPICS.get(row.predicted, NONE).urgency == "urgent"]
    assert len(noticed) / len(made) >= 0.86


def test_of_two_questions_one_is_answered_and_no_danger_invented(
    told: dict[bool, list[Row]],
) -> None:
    made = pairs(told[False], told[False])
    right = [row for row in made if row.predicted in {row.intent, row.group}]
    assert len(right) / len(made) >= 0.93
    invented = [row.text for row in made if TOPICS.get(row.predicted, NONE).urgency == "urgent"]
    assert len(invented) / len(made) <= 0.01


def test_no_sentence_of_the_set_is_trained_on() -> None:
    trained = {key_of(text[2:].strip()) for _, _, _, text in examples()}
    copied = [row.text for row in read_rows(OWN_SET) if key_of(row.text) in trained]
    assert copied == []
