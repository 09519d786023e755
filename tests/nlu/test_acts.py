"""What a customer does with a message is learnt from examples, and weighed by the conversation."""

from __future__ import annotations

from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pytest
from rasa.shared.exceptions import RasaException

from actions.acts import Acts, Standing, _needed
from content import library
from content.agreement import acts_without_answer
from nlu.act_classifier import read_acts
from nlu.act_model import ActModel
from nlu.text import normalize

LONG = ["要多久", "得等几天", "什么时候能到", "多长时间到账", "几天能好", "大概多久呢"]
WHERE = ["在哪看", "哪里找", "入口在哪", "点哪里", "在哪个页面", "从哪进"]
ALARM = ["不想活了", "跳楼算了", "活着没意思", "想一了百了", "真想去死", "没脸活了"]
CALM = ["想退款", "密码忘了", "怎么绑卡", "提现没到", "客服电话", "更新不了"]


def model() -> ActModel:
    texts = [*LONG, *WHERE, *ALARM]
    labels = ["how_long"] * 6 + ["where"] * 6 + ["despair_self"] * 6
    return ActModel.fit(texts, labels)[0]


def likeliest(found: ActModel, text: str) -> str:
    return found.labels[int(np.argmax(found.probabilities(text)))]


def test_an_act_is_told_by_its_examples() -> None:
    found = model()
    assert likeliest(found, "要几天到账") == "how_long"
    assert likeliest(found, "在哪个页面看") == "where"


def test_what_a_text_is_not_is_learnt_without_saying_what_it_is() -> None:
    texts = [*LONG, *WHERE, *ALARM, *CALM]
    labels = ["how_long"] * 6 + ["where"] * 6 + ["despair_self"] * 6 + [None] * 6
    (found,) = ActModel.fit(texts, labels, never={"despair_self"})
    place = found.labels.index("despair_self")
    assert likeliest(found, "不想活了") == "despair_self"
    taught = max(found.probabilities(text)[place] for text in CALM)
    untaught = max(model().probabilities(text)[place] for text in CALM)
    assert taught < untaught, "what is calm is further from despair"


def test_a_vector_decides_where_the_letters_do_not() -> None:
    chance = np.random.default_rng(1)
    vectors = np.vstack(
        [np.eye(2, 8)[kind] + chance.normal(0, 0.05, 8) for kind in [0] * 6 + [1] * 6]
    )
    (found,) = ActModel.fit(
        [*LONG, *WHERE], ["how_long"] * 6 + ["where"] * 6, vectors.astype(np.float32)
    )
    place = found.labels.index("where")
    unknown = "嗯哼"
    towards = found.probabilities(unknown, np.eye(2, 8, dtype=np.float32)[1])[place]
    away = found.probabilities(unknown, np.eye(2, 8, dtype=np.float32)[0])[place]
    assert towards > 0.5 > away


def test_a_model_that_was_saved_says_the_same(tmp_path: Path) -> None:
    found = model()
    found.save(tmp_path)
    again = ActModel.load(tmp_path)
    assert again.labels == found.labels
    assert np.allclose(again.probabilities("要等多久"), found.probabilities("要等多久"), atol=1e-6)


def test_a_text_without_letters_has_probabilities() -> None:
    assert model().probabilities("").sum() == pytest.approx(1, abs=1e-5)


def test_a_file_that_is_no_list_of_sentences_is_named(tmp_path: Path) -> None:
    (tmp_path / "some.yml").write_text("how_long: 多久\n", encoding="utf8")
    with pytest.raises(RasaException, match=r"some\.yml.*how_long"):
        read_acts(tmp_path)


def test_an_act_is_weighed_by_where_the_conversation_stands() -> None:
    found = {"whole": [["forgot_password.2.done", 0.4], ["thanks", 0.6]], "clauses": []}
    alone = Acts(found, Standing())
    at_the_step = Acts(found, Standing(procedure="forgot_password", step=2))
    assert alone.top[0] == "thanks"
    assert at_the_step.top[0] == "forgot_password.2.done"
    danger = {"whole": [["d_transferred", 0.5], ["tells", 0.5]], "clauses": []}
    assert Acts(danger, Standing()).top[0] == "tells"
    assert Acts(danger, Standing(in_danger=True)).top[0] == "d_transferred"


def test_check_names_acts_without_answer_and_answers_without_examples() -> None:
    examples = {"how_long": ["多久"], "no_such_act": ["某句话"], "where": ["多久"]}
    found = "\n".join(acts_without_answer(library.load(), examples))
    assert "“no_such_act” 有例句" in found
    assert "“why” 有回答，没有例句" in found
    assert "“多久” 写了两次" in found


def test_act_is_not_believed_without_its_words() -> None:
    found = {"whole": [["forgot_password.1.payment_password", 0.8], ["how", 0.1]], "clauses": []}
    named = Acts(found, Standing(), "支付密码忘了怎么办")
    assert named.raw["forgot_password.1.payment_password"] == 0.8
    other = Acts(found, Standing(), "登录密码忘了怎么办")
    assert other.top[0] == "how"


def test_words_of_acts_are_of_acts_that_exist() -> None:
    acts = read_acts(Path("data/acts"))
    for name, words in _needed():
        own = [text for act in acts if fnmatchcase(act, name) for text in acts[act]]
        assert own, f"data/act_words.yml: {name}"
        without = [text for text in own if not words.search(normalize(text))]
        assert len(without) < len(own) / 3, f"{name}: {without[:3]}"
