"""Words of dialects and of the net are read as those of the standard language."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from nlu import text
from nlu.text import normalize


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("喺邊度睇", "在哪里看"),
        ("得唔得", "行不行"),  # the file's first word that stands there, not 唔
        ("你哋唔使等", "你们不用等"),
        ("退款到账未呀", "退款到账了没有"),  # a word that hangs on what stands before it
        ("未呀", "未呀"),
        ("联系电话", "联系电话"),
    ],
)
def test_word_of_a_dialect_is_read_as_the_standard_one(typed: str, read: str) -> None:
    assert normalize(typed) == read


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setattr(text, "DIALECTS", tmp_path / "dialects.yml")
    text._dialects.cache_clear()
    yield tmp_path / "dialects.yml"
    text._dialects.cache_clear()


@pytest.mark.parametrize("word", ["唔(该|使)", "唔[该"])
def test_word_that_is_no_expression_or_has_a_group_is_named(file: Path, word: str) -> None:
    file.write_text(f"'{word}': 谢谢\n", encoding="utf8")
    with pytest.raises(ValueError, match=r"dialects\.yml: “唔"):
        text._dialects()
