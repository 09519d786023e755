"""What is written is shown as it is written, whoever writes it; nothing of it is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import expect

from tests.browser.chat import Chat

ATTACKS = [
    "<img src=x onerror=\"window.attacked=1;alert('a')\">",
    "<script>window.attacked=1;alert('b')</script>",
    "<svg onload=window.attacked=1></svg>",
    "[点这里](javascript:window.attacked=1)",
    "<a href='javascript:window.attacked=1'>退款</a>&lt;b&gt;",
]
NONE_OF_THIS = "img:not(.thumbnail img), .Bubble script, a, .Bubble svg, .Btn img, .Btn script"


def is_unharmed(chat: Chat) -> None:
    """Nothing in the conversation has become more than text."""
    expect(chat.log.locator(NONE_OF_THIS)).to_have_count(0)
    assert chat.page.evaluate("window.attacked") is None


@pytest.fixture
def topic_with_markup(state: Path) -> Iterator[None]:
    """Put markup into an answer and into a title that becomes a button."""
    topics = state / "content/topics"
    changes = {
        topics / "two_factor_auth.yml": {"answer": "\n".join(ATTACKS)},
        topics / "change_password.yml": {"title": ATTACKS[0]},
    }
    before = {path: path.read_text(encoding="utf8") for path in changes}
    for path, change in changes.items():
        topic = {**yaml.safe_load(before[path]), **change}
        path.write_text(yaml.safe_dump(topic, allow_unicode=True), encoding="utf8")
    yield
    for path, text in before.items():
        path.write_text(text, encoding="utf8")


def test_customer_writes_markup(chat: Chat) -> None:
    for attack in ATTACKS:
        chat.says(attack)
    other = chat.open_another_tab()
    for tab in (chat, other, chat.open()):
        expect(tab.messages("customer").locator(".Bubble")).to_have_text(ATTACKS)
        is_unharmed(tab)


def test_answer_and_button_contain_markup(
    topic_with_markup: None, open_chat: Callable[..., Chat]
) -> None:
    chat = open_chat()
    chat.says("怎么开启双重验证")
    answer = chat.messages("bot").last
    for attack in ATTACKS:
        expect(answer).to_contain_text(attack)
    expect(chat.button(ATTACKS[0])).to_be_visible()
    is_unharmed(chat)
    chat.open()
    expect(chat.button(ATTACKS[0])).to_be_visible()
    is_unharmed(chat)
    chat.button(ATTACKS[0]).click()
    expect(chat.messages("customer").last).to_contain_text(ATTACKS[0])
    is_unharmed(chat)
