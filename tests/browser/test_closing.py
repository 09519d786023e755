"""A talk ends: what the agent says of it by keyboard, what is asked when the customer is back."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.access import TOO_WIDE, assert_no_barrier, prepare_for_axe
from tests.browser.chat import Chat
from tests.browser.console import Console
from tests.browser.test_console import SMALL, chat, console_of, database, new_account, new_console


def test_an_agent_ends_a_talk_by_keyboard_and_is_asked_again_when_the_customer_comes_back(
    chat: Chat, new_console: Callable[..., Console]
) -> None:
    console = new_console()
    chat.says("我要退款，上星期买的锅是坏的")
    number = chat.asks_for_a_human()
    console.takes(number)
    keyboard = console.page.keyboard
    keyboard.press("Alt+e")
    expect(console.dialog).to_contain_text(f"结束 {number}")
    expect(console.dialog.get_by_label("小结")).to_have_value(
        "申请退款\n第 1/5 步 · 了解退款政策\n发生时间：上星期\n我要退款，上星期买的锅是坏的"
    )
    keyboard.press("Enter")
    expect(console.dialog.get_by_role("alert")).to_have_text("请先选：解决了没有。")
    keyboard.press("Space")
    keyboard.press("Enter")
    expect(console.dialog).to_have_count(0)
    expect(console.info).to_contain_text("已解决")
    expect(console.info).to_contain_text("上星期买的锅是坏的")

    again = chat.asks_for_a_human()
    console.takes(again)
    console.info.get_by_role("button", name="结束会话").click()
    before = console.dialog.get_by_role("group", name=f"上次的 {number}")
    expect(before).to_contain_text("已解决")
    before.get_by_label("没解决").check()
    console.dialog.get_by_role("group", name="解决了吗？", exact=True).get_by_label(
        "已解决"
    ).check()
    console.dialog.get_by_label("小结").fill("又来问退款，卡号6222021234567890123")
    console.dialog.get_by_label("小结").press("Control+Enter")
    expect(console.dialog).to_have_count(0)
    expect(console.info).to_contain_text("又来问退款，卡号****0123")
    expect(console.info.locator(".history", has_text=number)).to_contain_text("没解决")

    console.page.get_by_role("link", name="搜索工单").click()
    console.main.get_by_label("工单号、类别或说过的话").fill("又来问退款")
    console.main.get_by_role("button", name="搜索", exact=True).click()
    expect(console.main.get_by_role("row", name=again)).to_contain_text("已解决")


def test_on_a_phone_a_talk_that_the_customer_ended_is_summed_up_afterwards(
    chat: Chat, new_console: Callable[..., Console]
) -> None:
    console = new_console(viewport=SMALL, bypass_csp=True)
    number = chat.asks_for_a_human()
    console.takes(number)
    chat.page.request.delete(f"{chat.url}/api/human")
    console.talk.get_by_text("会话已结束。").wait_for()
    console.talk.get_by_role("button", name="客户资料").click()
    console.info.get_by_role("button", name="写小结").click()
    prepare_for_axe(console.page)
    assert_no_barrier(console.page, "closing")
    assert not console.page.evaluate(TOO_WIDE)
    console.dialog.get_by_label("没解决").check()
    console.dialog.get_by_role("button", name="保存小结").click()
    expect(console.info).to_contain_text("没解决")
    expect(console.info.get_by_role("button", name="改小结")).to_be_visible()
