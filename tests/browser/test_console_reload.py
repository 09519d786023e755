"""What an agent has written stays over a reload of the console, and is not for the next agent."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests import local
from tests.agent import PASSWORD
from tests.browser.chat import Chat
from tests.browser.console import Account, Console
from tests.browser.test_console import (
    chat,
    console,
    console_of,
    database,
    new_account,
    new_console,
    talk,
    waiting,
)


def fails_to_send(console: Console, text: str) -> None:
    """Write a message that does not get through."""
    console.watched.expect("net::ERR_")
    console.page.route("**/tickets/*/messages", lambda route: route.abort())
    console.composer.fill(text)
    console.composer.press("Enter")
    expect(console.problem).to_be_visible()
    console.page.unroute("**/tickets/*/messages")


def test_draft_and_unsent_message_of_an_agent_survive_a_reload(
    talk: str, chat: Chat, console: Console
) -> None:
    fails_to_send(console, "请发一下订单号")
    console.composer.fill("另外，")
    console.page.reload()
    expect(console.composer).to_have_value("另外，")
    expect(console.problem).to_contain_text("重新发送")
    console.problem.get_by_role("button", name="重新发送").click()
    expect(chat.bubbles("agent")).to_have_text("请发一下订单号")
    expect(console.problem).to_have_count(0)
    console.page.reload()
    expect(console.bubbles("agent")).to_have_text("请发一下订单号")
    expect(console.problem).to_have_count(0)
    expect(console.composer).to_have_value("另外，")


def test_next_agent_at_the_screen_does_not_see_what_was_written(
    talk: str, console: Console, new_account: Callable[..., Account]
) -> None:
    fails_to_send(console, "请发一下订单号")
    console.composer.fill("另外，")
    request = console.page.context.request
    console.page.goto("about:blank")
    other = {"login": new_account("小张").login, "password": PASSWORD}
    assert request.post(f"{console.url}/desk/api/logout", data={}).ok
    assert request.post(f"{console.url}/desk/api/login", data=other).ok
    console.open()
    kept = console.page.evaluate("JSON.stringify({...sessionStorage})")
    assert "订单号" not in kept
    assert "另外" not in kept


def test_agent_whose_browser_keeps_no_cookies_is_told_so(
    console_of: Callable[..., Console], new_account: Callable[..., Account]
) -> None:
    console = console_of(new_account())
    page = console.page

    def keep_no_cookie(route: Route) -> None:
        answer = local.post(route.request.url, json=route.request.post_data_json)
        route.fulfill(status=answer.status_code, json=answer.json())

    page.route("**/desk/api/login", keep_no_cookie)
    page.goto(f"{console.url}/desk")
    page.get_by_label("登录名").fill(console.account.login)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("Cookie")
