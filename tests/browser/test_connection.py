"""The network or the server goes away in the middle of a conversation, and comes back."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from run import Assistant
from tests.browser.chat import Chat


def test_server_is_restarted_in_the_middle_of_a_refund(
    second_assistant: Assistant, chat_with: Callable[..., Chat]
) -> None:
    chat = chat_with(second_assistant)
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    chat.presses("下一步")
    before = chat.texts()

    second_assistant.stop_one("server")
    expect(chat.connection_notice).to_have_text("暂时连接不上客服，请检查网络。")
    chat.writes("下一步")
    expect(chat.problem).to_contain_text("没有发出去")

    second_assistant.start_server()
    second_assistant.wait_ready()
    expect(chat.connection_notice, "reconnects by itself").to_have_count(0, timeout=60_000)
    assert chat.texts() == [*before, "下一步"]
    chat.problem.get_by_role("button", name="重新发送").click()
    expect(chat.step.get_by_role("heading")).to_contain_text("第 3/5 步")
    chat.presses("下一步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 4/5 步")
    expect(chat.problem).to_have_count(0)
    expect(chat.messages("customer")).to_have_count(4)
    expect(chat.log.locator(".step")).to_have_count(4)
    shown = chat.texts()
    chat.open()
    assert chat.texts() == shown[1:], "the record has the same, but for the welcome"


def test_customer_is_offline_for_a_while(chat: Chat) -> None:
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    chat.page.context.set_offline(True)
    chat.writes("下一步")
    expect(chat.problem).to_contain_text("没有发出去，请检查网络。")
    expect(chat.connection_notice).to_have_text("网络已断开，连上后就能继续发消息。")
    elsewhere = chat.posts("再说一遍")  # from another device
    assert elsewhere.ok

    chat.page.context.set_offline(False)
    expect(chat.connection_notice).to_have_count(0)
    expect(chat.log.locator(".step"), "hears what it has missed").to_have_count(2)
    chat.problem.get_by_role("button", name="重新发送").click()
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    expect(chat.problem).to_have_count(0)
    said = [f"您说：{text}" for text in ("我要退款", "再说一遍", "下一步")]
    expect(chat.messages("customer")).to_have_text(said)
    expect(chat.log.locator(".step")).to_have_count(3)
    chat.open()
    expect(chat.messages("customer")).to_have_text(said)
    expect(chat.log.locator(".step")).to_have_count(3)


def test_customer_who_sends_too_fast_is_told_once_and_loses_nothing(chat: Chat) -> None:
    chat.watched.expect("status of 429")
    for _ in range(30):
        assert chat.posts(" ").status == 400, "counts, though it is too little to be answered"
    chat.writes("我要退款")
    chat.writes("查询退款进度")
    expect(chat.rate_limit_notice).to_have_text("您发得太快了，请稍等一会儿再发，刚才的话不会丢。")
    expect(chat.rate_limit_notice).to_have_count(1)
    expect(chat.problem).to_have_count(2)
    expect(chat.problem.get_by_role("button", name="重新发送")).to_have_count(2)
    for problem in chat.problem.all():
        expect(problem).to_contain_text("没有发出去。")
        expect(problem).not_to_contain_text("太快")
    assert chat.texts()[-2:] == ["我要退款", "查询退款进度"]
