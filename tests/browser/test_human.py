"""The chat page while a human is waited for, speaks, and is gone again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from desk import Database
from desk.ticket import tickets_table
from run import Assistant
from tests import installation
from tests.agent import ConsoleAgent, new_login
from tests.browser.access import TOO_WIDE, assert_no_barrier, prepare_for_axe
from tests.browser.chat import Chat

PHONE = {"width": 360, "height": 560}


@pytest.fixture
def agent(second_assistant: Assistant, second_state: Path) -> Iterator[ConsoleAgent]:
    """An agent at a queue in which nobody of an earlier test waits."""
    database = Database(f"sqlite:///{second_state / 'desk.db'}")
    with database.write() as connection:
        connection.execute(sa.update(tickets_table).values(status="closed", open_for=None))
    database.close()
    someone = ConsoleAgent(second_assistant.url, new_login(second_state))
    yield someone
    someone.close()


@pytest.fixture
def open_chat(
    second_assistant: Assistant, chat_with: Callable[..., Chat], agent: ConsoleAgent
) -> Callable[..., Chat]:
    def open_it(**options: object) -> Chat:
        return chat_with(second_assistant, **options)

    return open_it


@pytest.fixture
def chat(open_chat: Callable[..., Chat]) -> Chat:
    return open_chat()


def takes(agent: ConsoleAgent, chat: Chat) -> int:
    """Let the customer ask for a human, who comes; return the ticket."""
    ticket: int = agent.ticket_of(chat.asks_for_a_human())["id"]
    assert agent.does("take", ticket).status_code == 200
    expect(chat.status).to_have_attribute("data-speaker", "agent")
    return ticket


def test_first_words_of_the_human_are_in_sight_of_who_never_scrolled(
    open_chat: Callable[..., Chat], agent: ConsoleAgent
) -> None:
    chat = open_chat(viewport=PHONE)
    ticket: int = agent.ticket_of(chat.asks_for_a_human())["id"]
    chat.says("退款要多久到账，需要准备什么，怎么申请")
    first = chat.messages("bot").last
    expect(first).to_be_in_viewport()
    scroller = chat.page.locator(".list-scroller")
    # As after an answer that is longer than the screen: its beginning is shown.
    chat.page.set_viewport_size({"width": 360, "height": 400})
    chat.says("我要退款")
    assert scroller.evaluate("box => box.scrollHeight - box.clientHeight - box.scrollTop") > 80
    assert agent.does("take", ticket).status_code == 200
    assert agent.says(ticket, "您好，我在看您的情况").status_code == 200
    expect(chat.bubbles("agent")).to_be_in_viewport(ratio=1)


def test_who_reads_further_up_is_only_told_of_the_human(
    open_chat: Callable[..., Chat], agent: ConsoleAgent
) -> None:
    chat = open_chat(viewport=PHONE)
    ticket = takes(agent, chat)
    for number in range(6):
        said = f"第{number}句，说得长一点，好让页面滚动起来" * 3
        assert agent.says(ticket, said).status_code == 200
        expect(chat.bubbles("agent")).to_have_count(number + 1)
    expect(chat.bubbles("agent").last).to_be_in_viewport()
    chat.page.locator(".list-scroller").evaluate("box => box.scrollTo(0, 0)")
    expect(chat.bubbles("agent").last).not_to_be_in_viewport()
    assert agent.says(ticket, "还有一句").status_code == 200
    more = chat.page.get_by_role("button", name="有新消息")
    expect(more).to_be_visible()
    expect(chat.bubbles("agent").last).not_to_be_in_viewport()
    more.click()
    expect(chat.bubbles("agent").last).to_be_in_viewport()


def test_who_reads_the_human_from_the_beginning_is_not_torn_away(
    open_chat: Callable[..., Chat], agent: ConsoleAgent
) -> None:
    chat = open_chat(viewport=PHONE)
    ticket = takes(agent, chat)
    assert agent.says(ticket, "说得很长，比屏幕还长。" * 60).status_code == 200
    long = chat.bubbles("agent").first
    expect(long).to_be_in_viewport()
    expect(chat.messages("agent").first.locator(".message-author")).to_be_in_viewport()
    assert agent.says(ticket, "还有一句").status_code == 200
    expect(chat.page.get_by_role("button", name="有新消息")).to_be_visible()
    expect(chat.messages("agent").first.locator(".message-author")).to_be_in_viewport()


@pytest.fixture
def closed_today(second_state: Path) -> Iterator[str]:
    """The desk has hours, not today; returns how customers read them."""
    with installation.closed_today(second_state) as hours:
        yield hours


def test_who_has_left_a_message_stands_in_no_queue(chat: Chat, closed_today: str) -> None:
    chat.says("转人工")
    expect(chat.messages("bot").last).to_contain_text(closed_today)
    expect(chat.status).to_have_text("已留言，等客服回复")
    expect(chat.hours).to_have_text(closed_today)
    header = chat.page.locator("header")
    expect(header.get_by_role("button", name="取消排队")).to_have_count(0)
    expect(chat.human).to_be_visible()
    chat.open()
    expect(chat.status).to_have_text("已留言，等客服回复")
    expect(chat.hours).to_have_text(closed_today)


def test_customer_ends_the_conversation_with_the_human(chat: Chat, agent: ConsoleAgent) -> None:
    ticket = takes(agent, chat)
    assert agent.says(ticket, "您好").status_code == 200
    end = chat.page.locator("header").get_by_role("button", name="结束人工")
    asked = chat.page.get_by_role("alertdialog", name="结束人工")

    end.click()
    expect(asked.get_by_role("button", name="接着聊")).to_be_focused()
    asked.get_by_role("button", name="接着聊").click()
    expect(asked).to_have_count(0)
    expect(chat.status).to_have_attribute("data-speaker", "agent")

    end.click()
    asked.get_by_role("button", name="结束", exact=True).click()
    expect(asked).to_have_count(0)
    expect(chat.status).to_have_text("智能客服")
    expect(chat.messages("system").last).to_contain_text("人工服务结束了")
    expect(chat.rating).to_be_visible()
    expect(chat.human).to_be_visible()
    assert agent.look(ticket)["ticket"]["status"] == "closed"


def test_customer_whose_session_is_gone_is_told_that_the_human_cannot_hear(
    chat: Chat, agent: ConsoleAgent
) -> None:
    chat.watched.expect("status of 401")
    ticket = takes(agent, chat)
    assert agent.says(ticket, "您好，请说").status_code == 200
    expect(chat.bubbles("agent")).to_have_text("您好，请说")
    chat.page.context.clear_cookies()
    chat.writes("我的订单号忘了")
    expect(chat.lost_notice).to_contain_text("客服看不到")
    expect(chat.status).to_have_text("智能客服")
    expect(chat.problem, "it was not meant for the bot").to_contain_text("没有发出去")
    expect(chat.bubbles("agent"), "what was said stays").to_have_text("您好，请说")
    answers = chat.messages("bot").count()
    chat.lost_notice.get_by_role("button", name="关闭").click()
    expect(chat.lost_notice).to_have_count(0)
    chat.problem.get_by_role("button", name="重新发送").click()
    chat.is_answered(answers)
    expect(chat.problem).to_have_count(0)


def test_customer_copies_an_order_number_and_opens_an_allowed_link(
    chat: Chat, agent: ConsoleAgent
) -> None:
    chat.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ticket = takes(agent, chat)
    said = (
        "订单202506120000000176的说明：https://help.example.com/refund?a=1。"
        "别点 https://help.example.com.evil.example/x 和 https://evil.example/help.example.com"
    )
    assert agent.says(ticket, said).status_code == 200
    expect(chat.bubbles("agent")).to_have_text(said)
    links = chat.bubbles("agent").get_by_role("link")
    expect(links).to_have_text("https://help.example.com/refund?a=1")
    expect(links).to_have_attribute("href", "https://help.example.com/refund?a=1")
    expect(links).to_have_attribute("target", "_blank")
    expect(links).to_have_attribute("rel", "noopener noreferrer")
    chat.bubbles("agent").get_by_role("button", name="复制 202506120000000176").click()
    expect(chat.messages("agent").last).to_contain_text("已复制")
    assert chat.page.evaluate("navigator.clipboard.readText()") == "202506120000000176"


@pytest.mark.parametrize(
    "options",
    [{}, {"color_scheme": "dark"}, {"viewport": {"width": 320, "height": 568}}],
    ids=["light", "dark", "smallest"],
)
def test_nothing_of_it_keeps_anybody_out(
    open_chat: Callable[..., Chat], agent: ConsoleAgent, options: dict[str, Any]
) -> None:
    options = {"viewport": PHONE, **options}
    chat = open_chat(bypass_csp=True, reduced_motion="reduce", **options)
    chat.watched.expect("net::ERR_|status of 4")
    prepare_for_axe(chat.page)

    def is_open_to_all(where: str) -> None:
        assert_no_barrier(chat.page, where)
        assert chat.page.evaluate(TOO_WIDE) == [], where

    chat.chooses_text_size("特大")
    chat.says("我要退款")
    chat.questions.get_by_role("button", name="常见问题").click()
    is_open_to_all("questions open")
    chat.questions.get_by_role("button", name="常见问题").click()
    chat.page.route("**/api/messages", lambda route: route.abort())
    chat.writes("下一步")
    expect(chat.problem).to_be_visible()
    is_open_to_all("a message that failed")
    chat.page.unroute("**/api/messages")
    ticket = takes(agent, chat)
    said = "订单202506120000000176，见 https://help.example.com/a"
    assert agent.says(ticket, said).status_code == 200
    expect(chat.bubbles("agent")).to_have_text(said)
    is_open_to_all("with an agent")
    chat.page.locator("header").get_by_role("button", name="结束人工").click()
    is_open_to_all("about to end it")
    chat.page.get_by_role("button", name="接着聊").click()
    body = {"error": {"code": "rate_limited", "message": "您发得太快了。"}}
    refusal = {"status": 429, "headers": {"Retry-After": "60"}, "json": body}
    chat.page.route("**/api/messages", lambda route: route.fulfill(**refusal))
    chat.writes("在吗")
    expect(chat.log.locator("[data-delivery=held]")).to_be_visible()
    is_open_to_all("too fast")


def test_left_message_keeps_nobody_out(open_chat: Callable[..., Chat], closed_today: str) -> None:
    chat = open_chat(bypass_csp=True, viewport={"width": 320, "height": 568})
    prepare_for_axe(chat.page)
    chat.chooses_text_size("特大")
    chat.says("转人工")
    expect(chat.hours).to_have_text(closed_today)
    assert_no_barrier(chat.page, "a message left")
    assert chat.page.evaluate(TOO_WIDE) == []
