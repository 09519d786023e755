"""What makes an agent's and a lead's work quicker: suggestions, recall, accounts, the audit log."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.access import TOO_WIDE, assert_no_barrier, prepare_for_axe
from tests.browser.chat import Chat
from tests.browser.console import Console
from tests.browser.test_console import (
    LARGE,
    SMALL,
    chat,
    console_of,
    database,
    new_account,
    new_console,
)


def test_an_agent_takes_a_suggested_reply_with_one_key_and_takes_a_message_back(
    chat: Chat, new_console: Callable[..., Console]
) -> None:
    console = new_console(viewport=LARGE, bypass_csp=True)
    number = chat.asks_for_a_human()
    console.takes(number)
    chat.writes("怎么开启双重验证")
    suggestions = console.talk.get_by_role("list", name="建议的回复")
    expect(suggestions.get_by_role("button").nth(1)).to_contain_text("双重验证")
    console.composer.fill("您好，")
    console.page.keyboard.press("Alt+k")
    expect(console.composer).to_have_value(re.compile(r"您好，\n.*新设备", re.DOTALL))
    console.composer.press("Enter")
    expect(chat.bubbles("agent").last).to_contain_text("新设备")
    expect(suggestions, "there is nothing left to answer").to_have_count(0)
    prepare_for_axe(console.page)
    assert_no_barrier(console.page, "recall")
    console.log.get_by_role("button", name="撤回").click()
    expect(console.bubbles("system").last).to_contain_text("小李 撤回了一条消息")
    expect(chat.bubbles("agent")).to_have_count(0)
    expect(chat.bubbles("system").last).to_have_text("客服 小李 撤回了一条消息。")


@pytest.mark.parametrize("viewport", [SMALL, LARGE], ids=["phone", "desktop"])
def test_a_lead_keeps_accounts_and_finds_it_in_the_audit_log(
    new_console: Callable[..., Console], viewport: dict[str, int]
) -> None:
    lead = new_console("组长", "lead", viewport=viewport, bypass_csp=True)
    page, login = lead.page, f"neu-{uuid.uuid4().hex[:6]}"
    lead.goes_to("账号")
    lead.main.get_by_role("button", name="新建账号").click()
    lead.dialog.get_by_label("登录名").fill(login)
    lead.dialog.get_by_label("客户看到的名字").fill(f"小{login[-4:]}")
    lead.dialog.get_by_label("退款").check()
    prepare_for_axe(page)
    assert_no_barrier(page, "account")
    assert page.evaluate(TOO_WIDE) == []
    lead.dialog.get_by_role("button", name="保存").click()
    password = lead.dialog.locator(".password").inner_text()
    assert len(password) >= 10
    lead.dialog.locator(".form").get_by_role("button", name="关闭").click()
    row = lead.main.get_by_role("row", name=login)
    expect(row).to_contain_text("退款")
    assert_no_barrier(page, "accounts")
    assert page.evaluate(TOO_WIDE) == []
    row.get_by_role("button", name="修改").click()
    lead.dialog.get_by_label("停用").check()
    lead.dialog.get_by_role("button", name="保存").click()
    expect(row).to_contain_text("已停用")
    row.get_by_role("button", name="重设").click()
    lead.dialog.get_by_role("button", name="重设密码").click()
    expect(lead.dialog.locator(".password")).not_to_have_text(password)
    lead.dialog.locator(".form").get_by_role("button", name="关闭").click()

    lead.goes_to("操作记录")
    lead.main.get_by_label("做了什么").select_option("新建账号")
    expect(lead.main.get_by_role("row", name=login).first).to_contain_text("新建账号")
    lead.main.get_by_label("工单号").fill("K999999")
    expect(lead.main).to_contain_text("没有这样的记录。")
    assert_no_barrier(page, "audit")
    assert page.evaluate(TOO_WIDE) == []
