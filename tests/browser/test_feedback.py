"""有用 and 没用 below the bot's answers, and what a lead reads of it."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

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
def test_a_customer_says_that_an_answer_did_not_help_and_a_lead_reads_the_conversation(
    chat_with: Callable[..., Chat],
    second_assistant: Assistant,
    new_console: Callable[..., Console],
    viewport: dict[str, int],
) -> None:
    chat = chat_with(second_assistant, viewport=viewport, bypass_csp=True)
    mark = uuid.uuid4().hex[:4]
    chat.says(f"怎么开启双重验证 {mark}")
    asked = chat.page.get_by_role("group", name="这个回答有用吗")
    expect(asked.get_by_role("button")).to_have_text(["有用", "没用"])
    prepare_for_axe(chat.page)
    assert_no_barrier(chat.page, "judging")
    asked.get_by_role("button", name="没用").click()
    asked.get_by_role("button", name="看不懂").click()
    expect(asked).to_have_text("谢谢您的反馈")
    chat.says("你好")
    expect(asked, "it stands there").to_have_count(1)
    chat.open()
    expect(asked).to_have_text("没用")

    lead = new_console("组长", "lead", viewport=viewport, bypass_csp=True)
    lead.goes_to("机器人会话")
    judged = lead.main.locator("section", has_text="客户说没用的回答")
    expect(judged.get_by_role("row", name="双重验证")).to_contain_text("看不懂")
    lead.main.get_by_label("哪些").select_option("客户说没用的")
    row = lead.main.get_by_role("row").filter(has_text=mark).last
    prepare_for_axe(lead.page)
    assert_no_barrier(lead.page, "talks")
    assert lead.page.evaluate(TOO_WIDE) == []
    row.get_by_role("button", name="看").click()
    log = lead.dialog.get_by_role("log", name="对话记录")
    expect(log.locator(".message--bot").first).to_contain_text("客户说没用")
    assert_no_barrier(lead.page, "talk")
    lead.page.keyboard.press("Escape")
    lead.goes_to("今日数据")
    expect(lead.main.locator(".card", has_text="客户说有用")).to_contain_text("没用")
    assert_no_barrier(lead.page, "figures")
    assert lead.page.evaluate(TOO_WIDE) == []
