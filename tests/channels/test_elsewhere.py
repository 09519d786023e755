"""Customers whose humans are not at our desk hear nothing of it."""

from __future__ import annotations

import pytest

from channels.gate.elsewhere import without_desk
from content import library


def said(name: str) -> str:
    values = {"number": "K000012", "place": 3, "category": "退款"}
    values |= {"told": "昨天转的", "asked": "“手续费多少”"}
    return library.load().say(name, **values)


@pytest.mark.parametrize("name", library.load().of_ticket)
def test_what_tells_of_the_desk_goes_and_the_rest_stays(name: str) -> None:
    content = library.load()
    told = f"请先改密码。\n\n{said(name)}\n\n{said('handoff_told')}\n\n再说一遍。"
    assert without_desk(content, told) == "请先改密码。\n\n再说一遍。"
    assert without_desk(content, said(name)) == ""


def test_words_that_only_look_like_it_stay() -> None:
    content = library.load()
    told = f"{said('handoff_told')}另外请看帮助中心。\n\n请先改密码。"
    assert without_desk(content, told) == told


def test_every_sentence_with_a_tickets_number_is_among_them() -> None:
    content = library.load()
    with_number = {name for name, text in content.phrases.items() if "{number}" in text}
    # What only agents read, and what is said when the ticket has gone already.
    others = {name for name in with_number if name.startswith("desk_")} | {"handoff_cancelled"}
    assert with_number - others <= set(content.of_ticket)
    assert not others & set(content.of_ticket)
