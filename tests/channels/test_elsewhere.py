"""Customers whose humans are not at our desk hear nothing of it."""

from __future__ import annotations

import pytest

from channels.gate.elsewhere import _DESK, without_desk
from content import library


def said(name: str) -> str:
    values = {"number": "K000012", "place": 3, "category": "退款", "told": "昨天转的"}
    return library.load().say(name, **values)


@pytest.mark.parametrize("name", _DESK)
def test_what_tells_of_the_desk_goes_and_the_rest_stays(name: str) -> None:
    content = library.load()
    told = f"请先改密码。\n\n{said(name)}\n\n{said('handoff_told')}\n\n再说一遍。"
    assert without_desk(content, told) == "请先改密码。\n\n再说一遍。"
    assert without_desk(content, said(name)) == ""


def test_words_that_only_look_like_it_stay() -> None:
    content = library.load()
    told = f"{said('handoff_told')}另外请看帮助中心。\n\n请先改密码。"
    assert without_desk(content, told) == told
