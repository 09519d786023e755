"""Each kind of picture is read rightly, and nothing secret is legible in what is stored."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.reader import legible, wrong
from tests.reader.pictures import examples

KINDS = ["bill", "bank", "sms", "form", "dark", "pale", "small", "turned", "photo", "english"]


@pytest.mark.parametrize("kind", [*KINDS, "traditional", "code", "blank"])
def test_it_is_read_and_covered(kind: str, engine: Any, tmp_path: Path) -> None:
    from reader.reading import read_picture

    example = next(examples(kind))
    source, covered = tmp_path / "sent.png", tmp_path / "covered.jpg"
    example.image.save(source)
    page = read_picture(engine, source, covered)
    assert wrong(example, page) == []
    assert legible(example, engine, covered, page) == []


def test_a_number_that_is_broken_in_two_lines_is_covered(engine: Any, tmp_path: Path) -> None:
    """However far apart the two lines are."""
    from reader.reading import read_picture
    from tests.reader.pictures import Example, Invented
    from tests.reader.sheet import Sheet

    card = Invented(1).card()
    sheet = Sheet()
    for part in (card[:11], card[11:]):
        sheet.line(part)
        sheet.space(40)
    example = Example("card", sheet.done(900), secrets=[card])
    source, covered = tmp_path / "sent.png", tmp_path / "covered.jpg"
    example.image.save(source)
    page = read_picture(engine, source, covered)
    assert page.secret
    assert legible(example, engine, covered, page) == []
