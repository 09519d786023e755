"""Agents notice who comes and who writes, and leads see all of it as it happens."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from desk import Database, Desk, TicketRequest
from run import Assistant
from tests.agent import PASSWORD, accounts_of
from tests.browser.access import TOO_WIDE, assert_no_barrier, prepare_for_axe
from tests.browser.chat import Chat
from tests.browser.console import Account, Console
from tests.browser.test_console import (
    LARGE,
    SMALL,
    chat,
    console_of,
    database,
    new_account,
    new_console,
)

# What the browser shows on the desktop, and the tones it plays, are heard here, too.
HEAR = """window.told = []; window.tones = 0;
const Real = window.Notification;
window.Notification = class extends Real {
  static get permission() { return 'granted'; }  // which a browser without a screen denies
  constructor(title, options) { super(title, options); window.told.push(title); }
};
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...given) {
  window.tones++;
  return start.apply(this, given);
};
"""


def told(page: Page) -> list[str]:
    found: list[str] = page.evaluate("window.told")
    return found


def test_an_agent_is_asked_once_and_then_hears_of_customers_while_looking_at_another(
    chat: Chat,
    chat_with: Callable[..., Chat],
    second_assistant: Assistant,
    new_console: Callable[..., Console],
) -> None:
    console = new_console(permissions=["notifications"], bypass_csp=True)
    page = console.page
    page.context.add_init_script(HEAR)
    console.open()
    question = page.get_by_role("region", name="新消息提醒")
    expect(question).to_contain_text("要提示音和桌面通知吗")
    question.get_by_role("button", name="开启提醒").click()
    expect(question).to_have_count(0)
    tones = page.evaluate("window.tones")
    assert tones, "what it will sound like"

    number = chat.asks_for_a_human()
    expect(page).to_have_title("(1) 客服工作台")
    page.wait_for_function("window.told.length === 1")
    assert "有新客户在等人工" in told(page)[0]
    assert page.evaluate("window.tones") > tones
    console.takes(number)
    expect(page).to_have_title("客服工作台")
    chat.writes("在吗")
    expect(console.bubbles("customer").last).to_have_text("在吗")
    assert len(told(page)) == 1, "the conversation is on the screen"

    second = chat_with(second_assistant)
    other = second.asks_for_a_human()
    console.takes(other)
    chat.writes("还在吗")
    page.wait_for_function(f"window.told.some((one) => one.startsWith('{number}'))")
    expect(page).to_have_title("(1) 客服工作台")
    assert "还在吗" not in str(told(page)), "others can see the desktop"
    console.page.reload()
    expect(console.connection).to_have_attribute("data-connection", "good")
    expect(question, "once").to_have_count(0)


def test_a_row_of_the_queue_says_why_where_and_whether_the_customer_is_there(
    chat: Chat, new_console: Callable[..., Console]
) -> None:
    console = new_console()
    chat.says("我要退款，上星期买的锅是坏的")
    number = chat.asks_for_a_human()
    row = console.row(number)
    for text in ("申请退款：我要退款", "申请退款 第 1/5 步", "网页", "已等", "在线"):
        expect(row).to_contain_text(text)
    chat.page.get_by_role("textbox").first.press_sequentially("我再")
    expect(row).to_contain_text("正在输入…")
    chat.page.close()
    expect(row).to_contain_text("已离开")


@pytest.fixture
def automatic(second_state: Path) -> Iterator[None]:
    """Customers are given to agents, until the test is over."""
    file = second_state / "content" / "desk.yml"
    text = file.read_text(encoding="utf8")
    file.write_text(
        text.replace("distribution: manual", "distribution: automatic"), encoding="utf8"
    )
    yield
    file.write_text(text, encoding="utf8")


def test_a_customer_is_given_to_the_agent_with_the_skill_who_sees_that_they_are_new(
    database: Database,
    console_of: Callable[..., Console],
    chat: Chat,
    automatic: None,
) -> None:
    login = f"agent-{uuid.uuid4().hex[:8]}"
    made = accounts_of(database).save(login, PASSWORD, "小孙", skills=["退款"])
    console = console_of(Account(made.id, login, "小孙")).enters()
    chat.says("我要退款")
    number = chat.asks_for_a_human()
    row = console.row(number)
    expect(row).to_contain_text("刚分给您")
    expect(console.notices.last).to_contain_text(f"新客户分给您了：退款（{number}）")
    row.locator(".ticket-open").click()
    console.holds(number)
    expect(row).not_to_contain_text("刚分给您")
    expect(chat.status).to_have_text("人工客服 小孙 为您服务")


@pytest.mark.parametrize("viewport", [SMALL, LARGE], ids=["phone", "desktop"])
def test_a_lead_sees_the_floor_takes_over_and_whispers(
    chat: Chat, new_console: Callable[..., Console], viewport: dict[str, int]
) -> None:
    agent = new_console("小钱")
    number = chat.asks_for_a_human()
    agent.takes(number)
    chat.writes("急急急")
    lead = new_console("组长", "lead", viewport=viewport, bypass_csp=True)
    if viewport is LARGE:
        bar = lead.page.get_by_role("navigation", name="页面")
        for title in ("今日数据", "教助手", "操作记录"):
            expect(bar.get_by_role("link", name=title)).to_be_visible()
        lead.page.set_viewport_size({"width": 1280, "height": 800})
        rows = "links => new Set(links.map((each) => each.getBoundingClientRect().top)).size"
        assert bar.get_by_role("link").evaluate_all(rows) == 1
        lead.page.set_viewport_size(viewport)  # type: ignore[arg-type]
        bar.get_by_role("link", name="现场").click()
    else:
        lead.goes_to("现场")
    part = lead.main.get_by_role("region", name="小钱")
    row = part.get_by_role("row", name=number)
    expect(row).to_contain_text("急急急")
    expect(row.locator(".marked")).to_have_text(re.compile(r"\d+:\d\d"))
    prepare_for_axe(lead.page)
    assert_no_barrier(lead.page, "live")
    assert lead.page.evaluate(TOO_WIDE) == []

    row.get_by_role("link", name=number).click()
    lead.page.wait_for_function("document.querySelector('.message--customer') !== null")
    if viewport is SMALL:
        lead.talk.get_by_role("button", name="客户资料").click()
    lead.notes("先问订单号")
    expect(agent.note).to_contain_text("先问订单号")
    agent.writes("您好，我看看")
    lead.info.get_by_role("button", name="接管").click()
    expect(agent.notices.last).to_contain_text("组长 接管了")
    expect(agent.talk).to_contain_text("组长 正在接待，您只能看。")
    if viewport is SMALL:
        lead.info.get_by_role("button", name="返回").click()
    lead.holds(number)
    if viewport is LARGE:
        expect(lead.row(number), "somebody else said it").to_contain_text("小钱：您好，我看看")
    lead.writes("我是组长")
    expect(chat.bubbles("agent").last).to_have_text("我是组长")


def test_a_long_queue_does_not_hide_the_agents_own_customers(
    chat: Chat, database: Database, new_console: Callable[..., Console]
) -> None:
    console = new_console(viewport={"width": 1280, "height": 600})
    desk = Desk(database)
    for place in range(12):
        desk.request(TicketRequest(f"web-{uuid.uuid4().hex}", "web", "提现", words=(f"第{place}",)))
    chat.says("有人盗刷我的钱")
    number = chat.asks_for_a_human()
    expect(console.next).to_contain_text("13，紧急 1")
    for row in (console.row(number), console.lists.locator(".ticket", has_text="第11")):
        take = row.get_by_role("button", name=re.compile("^接入"))
        take.scroll_into_view_if_needed()
        take.click()
        opened = console.lists.locator(".ticket[data-open=true]")
        expect(opened).to_have_count(1)
        expect(opened).to_contain_text("Alt+")  # one's own
        expect(opened).to_be_in_viewport(ratio=1)


def test_on_a_phone_who_comes_meanwhile_is_told_of_beside_the_way_back(
    chat: Chat,
    chat_with: Callable[..., Chat],
    second_assistant: Assistant,
    new_console: Callable[..., Console],
) -> None:
    other = new_console("小赵")
    console = new_console(viewport=SMALL, bypass_csp=True)
    console.takes(chat.asks_for_a_human())
    back = console.talk.get_by_role("link", name="返回")
    expect(back.locator(".badge")).to_have_count(0)
    second = chat_with(second_assistant).asks_for_a_human()
    expect(back.locator(".badge")).to_contain_text("1")
    other.takes(second)
    expect(back.locator(".badge")).to_have_count(0)
    other.transfers(console.account, "请您看看")
    notice = console.notices.filter(has_text=f"小赵 把工单 {second} 转给您了")
    expect(notice).to_be_visible()
    prepare_for_axe(console.page)
    assert_no_barrier(console.page, "notice")
    back.click()  # the notice is not over it
    expect(console.row(second)).to_contain_text("转给您")


@pytest.mark.parametrize("viewport", [SMALL, LARGE], ids=["phone", "desktop"])
def test_who_is_on_a_break_reads_that_customers_wait_and_is_back_with_one_press(
    chat: Chat, new_console: Callable[..., Console], viewport: dict[str, int]
) -> None:
    other = new_console("小赵")  # somebody is there
    console = new_console(viewport=viewport, bypass_csp=True)
    switch = console.page.get_by_role("switch", name="接待状态")
    switch.click()
    back = console.page.get_by_role("button", name="开始接待")
    expect(switch).not_to_be_checked()
    expect(back).to_have_count(0)
    number = chat.asks_for_a_human()
    expect(console.page.get_by_text("您现在是暂离，有 1 位客户在等")).to_be_visible()
    prepare_for_axe(console.page)
    assert_no_barrier(console.page, "away")
    assert console.page.evaluate(TOO_WIDE) == []
    back.click()
    expect(switch).to_be_checked()
    expect(back).to_have_count(0)
    expect(other.row(number)).to_be_visible()


@pytest.mark.parametrize("viewport", [SMALL, LARGE], ids=["phone", "desktop"])
def test_a_lead_gives_a_customer_who_waits_to_an_agent_who_hears_of_it(
    chat: Chat, new_console: Callable[..., Console], viewport: dict[str, int]
) -> None:
    agent = new_console("小孙")
    number = chat.asks_for_a_human()
    lead = new_console("组长", "lead", viewport=viewport, bypass_csp=True)
    lead.goes_to("现场")
    row = lead.main.get_by_role("row", name=number)
    row.get_by_role("button", name=f"分给客服 {number}").click()
    lead.dialog.get_by_label("转给").select_option(value=str(agent.account.id))
    prepare_for_axe(lead.page)
    assert_no_barrier(lead.page, "giving")
    assert lead.page.evaluate(TOO_WIDE) == []
    lead.dialog.get_by_role("button", name="确定", exact=True).click()
    expect(row).to_contain_text("转给 小孙")
    expect(agent.notices.last).to_contain_text(f"组长 把工单 {number} 转给您了")
    expect(agent.row(number)).to_contain_text("转给您")
