"""jieba's words are read by their first character, and are jieba's words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jieba
import pytest

from nlu import dictionary

TEXT = "我昨天转账给朋友，到现在還没到账，怎么查询交易记录"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder for the words of a jieba that has learned none of ours."""
    before = jieba.dt.FREQ, jieba.dt.total
    monkeypatch.setattr(dictionary, "CACHE", tmp_path / "cache")
    yield tmp_path / "cache"
    jieba.dt.FREQ, jieba.dt.total = before


@pytest.fixture(scope="module")
def own() -> jieba.Tokenizer:
    """A jieba that has read all its words as it does itself."""
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer


def test_words_are_those_of_jieba_and_few_are_read(folder: Path, own: jieba.Tokenizer) -> None:
    dictionary._open_words()
    assert jieba.lcut(TEXT) == own.lcut(TEXT)
    assert 0 < len(jieba.dt.FREQ) < len(own.FREQ) / 10
    assert jieba.dt.total == own.total
    assert all(jieba.dt.FREQ[word] == frequency for word, frequency in own.FREQ.items())
    assert len(jieba.dt.FREQ) == len(own.FREQ)


def test_word_that_is_added_stands_beside_those_of_its_character(folder: Path) -> None:
    dictionary._open_words()
    jieba.dt.add_word("交易猫咪", 50)
    assert jieba.dt.FREQ["交易猫咪"] == 50
    assert jieba.dt.FREQ["交易"] > 50
    assert jieba.dt.FREQ.get("交易狗") is None


@pytest.mark.parametrize("left", [0, 5, 1000, 1_000_000])
def test_file_that_is_not_whole_is_made_again(
    folder: Path, own: jieba.Tokenizer, left: int
) -> None:
    dictionary._open_words()
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:left])
    dictionary._open_words()
    assert jieba.lcut(TEXT) == own.lcut(TEXT)
    assert file.stat().st_size > 1_000_000
    assert list(folder.iterdir()) == [file]


def test_words_are_read_at_once_where_nothing_can_be_written(
    folder: Path, own: jieba.Tokenizer
) -> None:
    folder.write_text("no folder", encoding="utf8")
    dictionary._open_words()
    assert own.FREQ == jieba.dt.FREQ
    assert jieba.lcut(TEXT) == own.lcut(TEXT)
