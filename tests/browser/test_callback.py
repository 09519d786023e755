"""Nobody is there: a customer leaves a phone number on the page, and an agent calls back."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from desk import Database
from desk.agents import agents
from run import Assistant
from tests.browser.access import TOO_WIDE, assert_no_barrier, prepare_for_axe
from tests.browser.chat import Chat
from tests.browser.console import Console
from tests.browser.test_console import (
    LARGE,
    SMALL,
    console_of,
    database,
    new_account,
    new_console,
)


@pytest.mark.parametrize("viewport", [SMALL, LARGE], ids=["phone", "desktop"])
def test_a_customer_leaves_a_number_by_an_explicit_yes_and_the_agent_reads_it(
    chat_with: Callable[..., Chat],
    second_assistant: Assistant,
    new_console: Callable[..., Console],
    database: Database,
    viewport: dict[str, int],
) -> None:
    with database.write() as connection:  # all are on a break
        connection.execute(agents.update().values(available=False))
    try:
        chat = chat_with(second_assistant, viewport=viewport, bypass_csp=True)
        chat.watched.expect("status of 400 .*/api/callback")
        number = chat.asks_for_a_human()
        part = chat.page.get_by_role("region", name="留电话请客服回电")
        part.get_by_role("button", name="留电话").click()
        part.get_by_label("电话号码").fill("12")
        part.get_by_role("button", name="留下").click()
        expect(part.get_by_role("alert")).to_have_text("请先打上勾，同意客服打这个电话。")
        part.get_by_label("我同意").check()
        part.get_by_role("button", name="留下").click()
        expect(part.get_by_role("alert")).to_contain_text("号码好像不对")
        prepare_for_axe(chat.page)
        assert_no_barrier(chat.page, "callback")
        assert chat.page.evaluate(TOO_WIDE) == []
        part.get_by_label("电话号码").fill("138 0013 8000")
        part.get_by_role("button", name="留下").click()
        expect(part).to_contain_text("电话已经留下")
        expect(chat.bubbles("system").last).to_contain_text("****8000")
    finally:
        with database.write() as connection:
            connection.execute(agents.update().values(available=True))
    console = new_console(viewport=viewport)
    expect(console.row(number)).to_contain_text("要回电")
    console.takes(number)
    if viewport is SMALL:
        console.talk.get_by_role("button", name="客户资料").click()
    expect(console.info.get_by_role("link", name="13800138000")).to_be_visible()
    expect(part, "somebody is there").to_have_count(0)
