"""The examples that are most like a message say which act it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nlu.act_model import ActModel
from nlu.act_neighbours import ActNeighbours

LONG = ["要多久", "得等几天", "什么时候能到", "猴年马月才能见着钱"]
WHERE = ["在哪看", "哪里找", "入口在哪", "点哪里"]
WANTED = np.array([0, 0, 0, 0, 1, 1, 1, 1])
BOTH = np.array([0, 1])


def neighbours(vectors: np.ndarray | None = None) -> ActNeighbours:
    return ActNeighbours.fit([*LONG, *WHERE], WANTED, 2, vectors)


def test_an_example_in_other_words_than_the_rest_is_found() -> None:
    (how_long, where), _ = neighbours().shares("猴年马月啊", None, BOTH)
    assert how_long > 0.7 > where


def test_only_the_acts_that_are_likely_are_looked_at() -> None:
    assert neighbours().shares("猴年马月啊", None, np.array([1]))[0] == pytest.approx([1.0])


def test_a_vector_decides_where_the_letters_do_not() -> None:
    vectors = np.eye(2, 8, dtype=np.float32)[WANTED]
    found = neighbours(vectors)
    for act in (0, 1):
        shares, _ = found.shares("嗯哼", np.eye(2, 8, dtype=np.float32)[act], BOTH)
        assert int(np.argmax(shares)) == act


def test_a_text_without_letters_is_like_nothing_in_particular() -> None:
    shares, likest = neighbours().shares("", None, BOTH)
    assert shares == pytest.approx([0.5, 0.5])
    assert likest == pytest.approx([0, 0])


def test_what_an_example_says_is_like_it_and_what_none_says_is_not() -> None:
    found = neighbours()
    _, (said, other) = found.shares(LONG[0], None, BOTH)
    _, new = found.shares("我奶奶会不会知道", None, BOTH)
    assert said == pytest.approx(1, abs=0.01)
    assert said > other > -0.01
    assert max(new) < 0.3


def test_neighbours_that_were_saved_say_the_same(tmp_path: Path) -> None:
    found = neighbours()
    found.save(tmp_path)
    again = ActNeighbours.load(tmp_path)
    for before, after in zip(
        found.shares("要几天", None, BOTH), again.shares("要几天", None, BOTH), strict=True
    ):
        assert after == pytest.approx(before)


def test_models_that_learn_side_by_side_learn_what_they_learn_alone() -> None:
    labels = ["how_long"] * 4 + ["where"] * 4
    together = ActModel.fit([*LONG, *WHERE], labels, seeds=(0, 1))
    alone = [ActModel.fit([*LONG, *WHERE], labels, seeds=(seed,))[0] for seed in (0, 1)]
    for one, other in zip(together, alone, strict=True):
        assert np.allclose(one.probabilities("要几天"), other.probabilities("要几天"), atol=1e-6)
