"""Agents at the console, customers on the chat page: two browsers that talk to each other."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
import sqlalchemy as sa
import yaml
from playwright.sync_api import BrowserContext, Locator, Route, expect

from desk import Database
from desk.ticket import tickets_table
from run import Assistant
from tests.agent import PASSWORD, accounts_of
from tests.browser.access import TOO_WIDE, assert_no_barrier, prepare_for_axe
from tests.browser.chat import Chat
from tests.browser.conftest import Watched
from tests.browser.console import Account, Console
from tests.browser.test_markup import ATTACKS
from tests.browser.test_pictures import picture, width

SMALL = {"width": 360, "height": 740}
LARGE = {"width": 1440, "height": 900}

# Where both pages send messages and pictures to.
SENDING = re.compile(r"/(messages|pictures\?id=[^/]*)$")


@pytest.fixture
def database(second_state: Path, second_assistant: Assistant) -> Iterator[Database]:
    """The second assistant's, where nobody of an earlier test waits any more."""
    opened = Database(f"sqlite:///{second_state / 'desk.db'}")
    over = {"status": "closed", "open_for": None}
    with opened.write() as connection:
        connection.execute(sa.update(tickets_table).values(over))
    yield opened
    opened.close()


@pytest.fixture
def new_account(database: Database) -> Callable[..., Account]:
    def make(name: str = "小李", role: str = "agent") -> Account:
        login = f"agent-{uuid.uuid4().hex[:8]}"
        return Account(accounts_of(database).save(login, PASSWORD, name, role).id, login, name)

    return make


@pytest.fixture
def console_of(
    second_assistant: Assistant, new_context: Callable[..., tuple[BrowserContext, Watched]]
) -> Callable[..., Console]:
    """Sit an agent down at a new browser; options are those of its context."""

    def open_it(account: Account, **options: Any) -> Console:
        context, watched = new_context(second_assistant, **options)
        # Asking whether there is a session already is an error to the browser.
        watched.expect("status of 401 .*/desk/api/me")
        return Console(context.new_page(), second_assistant.url, watched, account)

    return open_it


@pytest.fixture
def new_console(
    console_of: Callable[..., Console], new_account: Callable[..., Account]
) -> Callable[..., Console]:
    """Let one more agent come, who is logged in."""

    def open_it(name: str = "小李", role: str = "agent", **options: Any) -> Console:
        return console_of(new_account(name, role), **options).enters()

    return open_it


@pytest.fixture
def console(new_console: Callable[..., Console]) -> Console:
    return new_console()


@pytest.fixture
def chat(second_assistant: Assistant, chat_with: Callable[..., Chat], database: Database) -> Chat:
    """The chat page of a customer who has never been here."""
    return chat_with(second_assistant)


@pytest.fixture
def waiting(chat: Chat) -> str:
    """The customer waits for a human; the ticket's number."""
    return chat.asks_for_a_human()


@pytest.fixture
def talk(waiting: str, chat: Chat, console: Console) -> str:
    """Customer and agent are in a talk; its number. Before `console`: then nobody has to wait."""
    console.takes(waiting)
    expect(chat.status).to_have_attribute("data-speaker", "agent")
    return waiting


def agree(chat: Chat, console: Console, said: list[str]) -> None:
    """Both pages show this, once and in this order, and still do when they are loaded again."""
    for page in (chat, console):
        expect(page.bubbles("customer").or_(page.bubbles("agent"))).to_have_count(len(said))
        assert page.said() == said
    chat.open()
    console.open(console.page.url.partition("#")[2])
    for page in (chat, console):
        expect(page.bubbles("customer").or_(page.bubbles("agent"))).to_have_count(len(said))
        assert page.said() == said


# ---- an agent comes


def test_agent_logs_in_and_out(
    console_of: Callable[..., Console], new_account: Callable[..., Account]
) -> None:
    console = console_of(new_account())
    console.watched.expect("status of 401 .*/desk/api/login")
    console.page.goto(f"{console.url}/desk")
    expect(console.page.get_by_role("textbox", name="登录名")).to_be_focused()
    console.fills_login(console.account.login, "a wrong password")
    expect(console.page.get_by_role("alert")).to_have_text("账号或密码不对。")
    expect(console.page.get_by_label("密码")).to_be_focused()
    console.fills_login(console.account.login, PASSWORD)
    expect(console.lists.get_by_role("heading", name="排队")).to_be_visible()
    expect(console.page.get_by_role("switch", name="接待状态")).to_be_checked()
    console.page.reload()
    expect(console.connection).to_have_text("已连接")

    console.menu.click()
    console.page.get_by_role("menuitem", name="退出登录").click()
    expect(console.page.get_by_role("textbox", name="登录名")).to_be_visible()
    console.page.reload()
    expect(console.page.get_by_role("textbox", name="登录名")).to_be_visible()


def test_whoever_is_in_danger_stands_first_in_the_queue(
    chat: Chat, chat_with: Callable[..., Chat], second_assistant: Assistant, console: Console
) -> None:
    patient = chat.asks_for_a_human()
    waited = console.row(patient).locator(".waited")
    expect(waited, "it ticks").to_have_text(re.compile(r"已等 \d:\d[1-9]"))
    worried = chat_with(second_assistant)
    worried.says("我卡里的钱被人转走了")
    urgent = worried.asks_for_a_human()
    waiting = console.lists.locator(".ticket")
    expect(waiting).to_have_count(2)
    expect(waiting.first).to_contain_text(urgent)
    expect(waiting.first).to_contain_text("紧急")
    expect(waiting.first).to_contain_text("资金安全")
    expect(waiting.first).to_contain_text("网页")
    expect(console.row(patient)).not_to_contain_text("紧急")
    console.next.click()
    console.holds(urgent)
    expect(console.row(patient)).to_be_visible()
    expect(chat.status).to_have_text("正在排队，第 1 位")


# ---- they talk


def test_agent_takes_over_and_both_see_the_same(chat: Chat, console: Console) -> None:
    chat.says("我要退款")
    chat.presses("下一步")
    number = chat.asks_for_a_human()
    console.takes(number)
    expect(console.info).to_contain_text("申请退款")
    expect(console.info).to_contain_text("第 2/5 步")
    expect(chat.status).to_have_text("人工客服 小李 为您服务")
    expect(chat.messages("system").last).to_contain_text("客服 小李 为您服务。")
    expect(chat.human, "one is there").to_have_count(0)

    console.writes("您好，我看到您在申请退款")
    expect(chat.messages("agent").last).to_contain_text("人工客服 小李")
    expect(chat.bubbles("agent")).to_have_text(["您好，我看到您在申请退款"])
    answers = chat.messages("bot").count()
    chat.writes("是的\n订单找不到了")
    expect(console.bubbles("customer").last).to_have_text("是的 订单找不到了")
    console.writes("我帮您查")
    expect(chat.bubbles("agent")).to_have_count(2)
    expect(chat.messages("bot"), "the bot is silent").to_have_count(answers)
    said = ["我要退款", "下一步", "转人工", "您好，我看到您在申请退款", "是的\n订单找不到了"]
    agree(chat, console, [*said, "我帮您查"])


def test_ten_quick_messages_each_way_arrive_once_and_in_order(
    chat: Chat, talk: str, console: Console
) -> None:
    asked = [f"问 {number}" for number in range(10)]
    told = [f"答 {number}" for number in range(10)]
    for question, answer in zip(asked, told, strict=True):
        chat.writes(question)
        console.writes(answer)
    for page in (chat, console):
        expect(page.bubbles("agent")).to_have_text(told)
        expect(page.bubbles("customer")).to_have_text(["转人工", *asked])
    expect(console.log.locator("[data-delivery=sending]")).to_have_count(0)
    chat.open()
    agree(chat, console, chat.said())
    expect(chat.bubbles("agent")).to_have_text(told)
    expect(chat.bubbles("customer")).to_have_text(["转人工", *asked])


@pytest.mark.parametrize("writer", ["customer", "agent"])
def test_no_message_overtakes_a_slow_one(
    chat: Chat, talk: str, console: Console, tmp_path: Path, writer: Literal["customer", "agent"]
) -> None:
    mine, other = (chat, console) if writer == "customer" else (console, chat)
    before = mine.messages(writer).count()
    slow: list[Route] = []
    mine.page.route(SENDING, lambda route: slow.append(route), times=1)
    mine.writes("第一句")
    mine.chooses(picture(tmp_path / "截图.png"))
    expect(mine.messages(writer).locator("img"), "shown at once").to_have_count(1)
    mine.writes("第三句")
    # When this is heard, whatever did not wait for its turn has long arrived.
    other.writes("我在听")
    expect(mine.log.get_by_text("我在听")).to_be_visible()
    expect(mine.messages(writer)).to_have_count(before + 3)
    expect(other.messages(writer)).to_have_count(before)
    slow[0].continue_()

    def are_in_order() -> None:
        for page in (mine, other):
            said = page.messages(writer)
            expect(said).to_have_count(before + 3)
            expect(said.nth(before)).to_contain_text("第一句")
            expect(said.nth(before + 1).locator("img")).to_have_count(1)
            expect(said.nth(before + 2)).to_contain_text("第三句")

    are_in_order()
    expect(console.log.locator("[data-delivery=sending]")).to_have_count(0)
    chat.open()
    console.open(console.page.url.partition("#")[2])
    are_in_order()


@pytest.mark.parametrize("writer", ["customer", "agent"])
def test_message_that_fails_does_not_hold_up_the_next(
    chat: Chat, talk: str, console: Console, writer: Literal["customer", "agent"]
) -> None:
    mine, other = (chat, console) if writer == "customer" else (console, chat)
    mine.watched.expect("net::ERR_FAILED")
    mine.page.route(SENDING, lambda route: route.abort(), times=1)
    mine.writes("第一句")
    mine.writes("第二句")
    expect(other.bubbles(writer).last).to_have_text("第二句")
    expect(mine.problem).to_have_count(1)
    unsent = mine.messages(writer).filter(has=mine.page.get_by_role("button", name="重新发送"))
    expect(unsent).to_contain_text("第一句")
    mine.problem.get_by_role("button", name="重新发送").click()
    expect(other.bubbles(writer).last).to_have_text("第一句")
    expect(mine.problem).to_have_count(0)
    agree(chat, console, ["转人工", "第二句", "第一句"])


def test_pictures_go_both_ways(chat: Chat, talk: str, console: Console, tmp_path: Path) -> None:
    chat.chooses(picture(tmp_path / "截图.png"))
    expect(console.thumbnail).to_be_visible()
    assert width(console.thumbnail.locator("img")) == 90
    console.thumbnail.click()
    shown = console.page.get_by_role("dialog", name="客户发来的图片")
    assert width(shown.get_by_role("img")) == 90
    console.page.keyboard.press("Escape")
    expect(shown).to_have_count(0)

    console.chooses(picture(tmp_path / "说明.png", (120, 80)))
    from_agent = chat.log.get_by_role("button", name="放大查看客服发送的图片")
    expect(from_agent).to_be_visible()
    assert width(from_agent.locator("img")) == 120
    expect(console.messages("agent").locator(".thumbnail")).to_have_count(1)
    console.open(console.page.url.partition("#")[2])
    for each in console.log.get_by_role("button", name="放大查看").all():
        assert width(each.locator("img")) in {90, 120}
    expect(chat.messages("bot").last, "the bot is silent").not_to_contain_text("图片收到了")


def test_each_sees_that_the_other_is_writing(chat: Chat, talk: str, console: Console) -> None:
    chat.writes("您好")  # as soon as this is heard, so is everything
    expect(console.bubbles("customer").last).to_have_text("您好")
    chat.composer.press_sequentially("我的")
    expect(console.typing).to_have_text("客户正在输入…")
    chat.composer.fill("")
    expect(console.typing).to_be_empty()
    chat.composer.press_sequentially("我的订单")
    expect(console.typing).to_have_text("客户正在输入…")
    chat.composer.press("Enter")
    expect(console.bubbles("customer").last).to_have_text("我的订单")
    expect(console.typing).to_be_empty()

    writing = chat.page.get_by_text("小李正在输入")
    console.composer.press_sequentially("好")
    expect(writing).to_have_count(1)
    console.composer.press("Enter")
    expect(chat.bubbles("agent").last).to_have_text("好")
    expect(writing).to_have_count(0)


def test_agent_answers_with_a_canned_reply(chat: Chat, new_console: Callable[..., Console]) -> None:
    console = new_console(bypass_csp=True)
    console.takes(chat.asks_for_a_human())
    console.page.set_viewport_size({"width": 1280, "height": 600})  # they have to scroll
    console.composer.press_sequentially("/")
    expect(console.replies.get_by_role("option")).to_have_count(6)
    prepare_for_axe(console.page)
    assert_no_barrier(console.page, "canned replies")
    console.composer.press_sequentially("截")
    expect(console.replies.get_by_role("option")).to_have_count(1)
    console.composer.press("Enter")
    expect(console.replies).to_have_count(0)
    expect(console.composer).to_have_value("方便的话，请把页面提示截图发给我，银行卡号可以遮住。")
    expect(chat.messages("agent")).to_have_count(0)
    console.composer.press("Enter")
    expect(chat.bubbles("agent")).to_have_text(
        ["方便的话，请把页面提示截图发给我，银行卡号可以遮住。"]
    )


def test_another_agent_goes_on_and_the_customer_sees_no_notes(
    chat: Chat, talk: str, console: Console, new_console: Callable[..., Console]
) -> None:
    other = new_console("小赵")
    console.notes("老客户，请客气")
    console.writes("稍等")
    console.transfers(other.account, "退款查过了，没有到账")
    expect(console.composer).to_have_count(0)
    expect(chat.messages("system").last).to_contain_text("正在为您转给更合适的客服")
    expect(other.row(talk)).to_contain_text("转给您")
    chat.writes("还在吗")

    other.takes(talk)
    notes = other.info.locator(".note-text")
    expect(notes).to_have_text(["老客户，请客气", "退款查过了，没有到账"])
    other.writes("您好，我接着帮您办")
    expect(chat.status).to_have_text("人工客服 小赵 为您服务")
    expect(chat.messages("agent").last).to_contain_text("人工客服 小赵")
    expect(console.row(talk), "who had it may look on").to_contain_text("小赵 接待")
    agree(chat, other, ["转人工", "稍等", "还在吗", "您好，我接着帮您办"])
    for secret in ("老客户", "退款查过了"):
        assert secret not in chat.page.content()


NARROWER = {"width": 1100, "height": 700}  # the details are a drawer


@pytest.mark.parametrize("viewport", [NARROWER, LARGE], ids=["drawer", "columns"])
def test_the_next_agent_reads_why_without_looking_for_it(
    chat: Chat,
    new_account: Callable[..., Account],
    console_of: Callable[..., Console],
    new_console: Callable[..., Console],
    viewport: Any,
) -> None:
    other = console_of(new_account("小赵"), viewport=viewport).enters()
    console = new_console()
    chat.says("我要退款，上星期买的锅是坏的")
    number = chat.asks_for_a_human()
    for _ in range(12):
        chat.writes("在吗")  # last, and tells nobody why
    why = other.row(number).locator(".ticket-reason")
    expect(why).to_have_text("申请退款：我要退款，上星期买的锅是坏的")
    console.takes(number)
    console.transfers(other.account, "商家拒绝了两次，请看订单")
    expect(why).to_have_text("商家拒绝了两次，请看订单")
    other.row(number).locator(".ticket-open").click()
    expect(other.note).to_be_in_viewport(ratio=1)
    other.takes(number)
    expect(other.note).to_have_text("小李 的备注：商家拒绝了两次，请看订单")
    expect(other.note).to_be_in_viewport(ratio=1)
    other.writes("您好，我接着帮您办")
    expect(chat.bubbles("agent")).to_have_count(1)
    expect(other.note).to_be_in_viewport(ratio=1)
    assert "商家拒绝了" not in chat.page.content()


def covers(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a
    assert b
    beside = a["x"] >= b["x"] + b["width"] or b["x"] >= a["x"] + a["width"]
    return not (beside or a["y"] >= b["y"] + b["height"] or b["y"] >= a["y"] + a["height"])


@pytest.mark.parametrize("viewport", [SMALL, NARROWER, LARGE], ids=["phone", "drawer", "columns"])
def test_notices_pass_by_themselves_and_never_cover_what_the_agent_writes(
    waiting: str,
    new_account: Callable[..., Account],
    console_of: Callable[..., Console],
    database: Database,
    tmp_path: Path,
    viewport: Any,
) -> None:
    console = console_of(new_account(), viewport=viewport)
    console.page.clock.install()
    console.enters()
    console.takes(waiting)
    old = {name: tickets_table.c[name] - 240 for name in ("taken_at", "customer_at", "asked_at")}
    with database.write() as connection:
        connection.execute(
            sa.update(tickets_table).where(tickets_table.c.status == "with_agent").values(old)
        )
    about_ticket = console.notices.filter(has_text=f"工单 {waiting} 的客户在等您回复")
    expect(about_ticket).to_be_visible()
    for number in range(5):
        file = tmp_path / f"{number}.txt"
        file.write_text("……", encoding="utf8")
        console.chooses(file)
    problem = console.notices.filter(has_text="格式")
    expect(problem, "the same is said once").to_have_count(1)
    for notice in console.notices.all():
        assert not covers(notice, console.talk.locator(".composer"))
    problem.hover()
    console.page.clock.fast_forward(21_000)
    expect(about_ticket).to_have_count(0)
    expect(problem, "it is being read").to_have_count(1)
    console.composer.hover()
    console.page.clock.fast_forward(21_000)
    expect(console.notices).to_have_count(0)


def test_the_agents_page_gives_the_server_signs_of_life(console: Console) -> None:
    with console.page.expect_response("**/desk/api/here") as here:
        console.open()
    assert here.value.status == 204


def test_agent_sees_at_once_that_a_message_was_not_sent(
    chat: Chat, talk: str, console: Console
) -> None:
    console.watched.expect("net::ERR_FAILED")
    console.writes("第一句\n" * 60)
    expect(chat.bubbles("agent")).to_have_count(1)
    console.page.route(SENDING, lambda route: route.abort(), times=1)
    console.writes("第二句")
    expect(console.problem).to_be_in_viewport(ratio=1)
    shown = "bubble => getComputedStyle(bubble, '::after').content"
    assert console.bubbles("agent").last.evaluate(shown) == '"没有发出去"'
    assert console.bubbles("agent").first.evaluate(shown) == "none"
    console.problem.get_by_role("button", name="重新发送").click()
    expect(chat.bubbles("agent")).to_have_count(2)
    expect(console.problem).to_have_count(0)
    assert console.bubbles("agent").last.evaluate(shown) == "none"


def test_agent_ends_the_talk_and_the_customer_rates_it(chat: Chat, console: Console) -> None:
    chat.says("我要退款")
    chat.presses("下一步")
    number = chat.asks_for_a_human()
    console.takes(number)
    console.writes("已经查到了")
    expect(chat.bubbles("agent")).to_have_count(1)
    console.ends()
    expect(console.row(number)).to_have_count(0)
    expect(console.talk).to_contain_text("会话已结束。")

    expect(chat.status).to_have_text("智能客服")
    expect(chat.messages("system").last).to_contain_text("您的“申请退款”停在第 2/5 步")
    chat.rating.locator(".star").nth(4).click()
    chat.rating.get_by_role("textbox", name="想说的话（可以不填）").fill("很耐心")
    chat.rating.get_by_role("button", name="提交").click()
    expect(chat.messages("system").last).to_contain_text("谢谢您的评价")
    expect(chat.rating).to_have_count(0)
    console.open(console.page.url.partition("#")[2])
    expect(console.info).to_contain_text("5 星：很耐心")

    chat.presses("回到第 2/5 步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    chat.presses("下一步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 3/5 步")


# ---- what can go wrong


def test_agent_reloads_the_page_in_the_middle_and_goes_on(
    chat: Chat, talk: str, console: Console
) -> None:
    console.writes("您好")
    expect(chat.bubbles("agent"), "a reload ends what is still on its way").to_have_count(1)
    console.page.reload()
    console.holds(talk)
    chat.writes("在吗")
    expect(console.bubbles("customer").last).to_have_text("在吗")
    console.writes("在")
    agree(chat, console, ["转人工", "您好", "在吗", "在"])


def test_agents_browser_dies_and_a_new_one_shows_everything(
    chat: Chat, talk: str, console: Console, console_of: Callable[..., Console]
) -> None:
    console.writes("您好")
    expect(chat.bubbles("agent")).to_have_count(1)
    console.page.context.close()
    chat.writes("我的订单找不到了")
    chat.writes("在吗")
    expect(chat.problem).to_have_count(0)

    again = console_of(console.account)
    again.page.goto(f"{again.url}/desk")
    again.fills_login(console.account.login, PASSWORD)
    expect(again.row(talk)).to_contain_text("待回复")
    again.row(talk).locator(".ticket-open").click()
    again.writes("我回来了")
    agree(chat, again, ["转人工", "您好", "我的订单找不到了", "在吗", "我回来了"])


def test_server_is_restarted_in_the_middle_of_a_talk(
    chat: Chat, talk: str, console: Console, second_assistant: Assistant
) -> None:
    chat.watched.expect("net::ERR_")
    console.watched.expect("net::ERR_")
    console.writes("您好")
    expect(chat.bubbles("agent")).to_have_count(1)
    second_assistant.stop_one("server", kill=True)
    chat.writes("查到了吗")
    console.writes("正在查")
    expect(chat.problem).to_contain_text("没有发出去")
    expect(console.problem).to_contain_text("没有")
    expect(console.connection).to_have_attribute("data-connection", "lost")

    second_assistant.start_server()
    second_assistant.wait_ready()
    expect(console.connection).to_have_attribute("data-connection", "good", timeout=30_000)
    expect(chat.connection_notice).to_have_count(0, timeout=30_000)
    chat.problem.get_by_role("button", name="重新发送").click()
    expect(console.bubbles("customer").last).to_have_text("查到了吗")
    console.problem.get_by_role("button", name="重新发送").click()
    expect(chat.bubbles("agent").last).to_have_text("正在查")
    chat.writes("好的")
    agree(chat, console, ["转人工", "您好", "查到了吗", "正在查", "好的"])


@pytest.fixture
def category_with_markup(second_state: Path, second_assistant: Assistant) -> Iterator[str]:
    path = second_state / "content/topics/request_refund.yml"
    before = path.read_text(encoding="utf8")
    topic = {**yaml.safe_load(before), "category": ATTACKS[0], "title": ATTACKS[2]}
    path.write_text(yaml.safe_dump(topic, allow_unicode=True), encoding="utf8")
    yield ATTACKS[0]
    path.write_text(before, encoding="utf8")


def is_unharmed(page: Chat | Console) -> None:
    """Nothing that was written has become more than text."""
    made = "img[src=x], [onerror], [onload], a[href^=javascript], #root script"
    expect(page.page.locator(made)).to_have_count(0)
    assert page.page.evaluate("window.attacked") is None


def test_markup_of_either_side_stays_text(
    category_with_markup: str,
    chat: Chat,
    new_console: Callable[..., Console],
) -> None:
    attacker = f"小李{ATTACKS[0]}"
    console = new_console(attacker, "lead")
    chat.says("我要退款")
    number = chat.asks_for_a_human()
    expect(console.row(number)).to_contain_text(category_with_markup)
    console.takes(number)
    expect(chat.status).to_have_text(f"人工客服 {attacker} 为您服务")
    for attack in ATTACKS:
        chat.writes(attack)
        console.writes(attack)
    for page in (chat, console):
        expect(page.bubbles("agent")).to_have_text(ATTACKS)
        expect(page.bubbles("customer").filter(has_not_text="我要退款")).to_have_text(
            ["转人工", *ATTACKS]
        )
    console.notes(ATTACKS[0])
    for page in (chat, console):
        is_unharmed(page)

    console.ends()
    chat.rating.locator(".star").first.click()
    chat.rating.get_by_role("textbox").fill(ATTACKS[1])
    chat.rating.get_by_role("button", name="提交").click()
    expect(chat.rating).to_have_count(0)
    agree(chat, console, chat.said())
    expect(console.info).to_contain_text(ATTACKS[1])
    for page in (chat, console):
        is_unharmed(page)
    for title in ("搜索工单", "今日数据", "操作记录"):
        console.goes_to(title)
        expect(console.main).to_contain_text({"搜索工单": number}.get(title, "<"))
        is_unharmed(console)


# ---- with the keyboard


def focus_on(console: Console, wanted: Locator, key: str = "Tab") -> None:
    """Press a key until that has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(40):
        console.page.keyboard.press(key)
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError("not reached")


def test_keyboard_alone_takes_answers_and_ends(chat: Chat, waiting: str, console: Console) -> None:
    number = waiting
    keyboard = console.page.keyboard
    take = console.lists.get_by_role("button", name=f"接入 {number}")
    focus_on(console, console.row(number).locator(".ticket-open"))
    focus_on(console, take)
    keyboard.press("Enter")
    console.holds(number)
    expect(console.composer).to_be_focused()
    keyboard.type("/问")
    keyboard.press("Enter")
    keyboard.type("请说。")
    keyboard.press("Enter")
    expect(chat.bubbles("agent")).to_have_text(
        ["您好，我是人工客服，您的情况我在看，请稍等。请说。"]
    )
    focus_on(console, console.info.get_by_role("button", name="结束会话"))
    keyboard.press("Enter")
    keyboard.press("Space")  # 已解决
    focus_on(console, console.dialog.get_by_role("button", name="确定结束"))
    keyboard.press("Enter")
    expect(chat.status).to_have_text("智能客服")
    expect(console.dialog).to_have_count(0)
    assert console.page.evaluate("document.activeElement !== document.body")


def test_shortcuts_take_the_next_and_walk_among_the_own(
    chat: Chat, chat_with: Callable[..., Chat], second_assistant: Assistant, console: Console
) -> None:
    first = chat.asks_for_a_human()
    second = chat_with(second_assistant).asks_for_a_human()
    expect(console.row(second)).to_be_visible()
    for number in (first, second):
        console.page.keyboard.press("Alt+n")
        console.holds(number)
    console.composer.fill("还没写完")
    console.page.keyboard.press("Alt+1")
    console.holds(first)
    expect(console.composer).to_be_empty()
    console.page.keyboard.press("Alt+2")
    expect(console.composer).to_have_value("还没写完")


# ---- leads


def test_lead_sees_figures_teaches_and_reads_who_did_what(
    chat: Chat, console: Console, new_console: Callable[..., Console]
) -> None:
    odd = f"圆圆的东西转来转去 {uuid.uuid4().hex[:6]}"
    chat.says(odd)
    number = chat.asks_for_a_human()
    console.takes(number)
    lead = new_console("组长", "lead")
    lead.goes_to("今日数据")
    handed_over = lead.main.locator(".card", has_text="转人工").locator("strong")
    assert int(handed_over.inner_text()) > 0
    expect(lead.main.get_by_role("heading", name="为什么转人工")).to_be_visible()

    lead.goes_to("句子")
    group = lead.main.locator(".group", has_text=odd)
    picker = group.get_by_role("combobox", name="选其他主题")
    picker.fill("申请退款")
    picker.press("Enter")
    expect(lead.main.get_by_text("已教成“申请退款”")).to_be_visible()
    expect(lead.main.get_by_text(odd)).to_have_count(0)

    lead.goes_to("操作记录")
    deed = lead.main.get_by_role("row").filter(has_text=number)
    expect(deed.first).to_contain_text("接入")
    expect(lead.main.get_by_role("row", name="教句子").first).to_contain_text("申请退款")


def test_agent_who_is_no_lead_does_not_see_leads_pages(console: Console) -> None:
    console.menu.click()
    items = console.page.get_by_role("menuitem")
    expect(items).to_have_text(["工作台", "搜索工单", "快捷键", "退出登录"])
    for page in ("figures", "sentences", "trial", "versions", "audit"):
        console.open(f"/{page}")
        expect(console.lists).to_be_visible()


# ---- for everybody's eyes


@pytest.mark.parametrize("viewport", [SMALL, LARGE], ids=["phone", "desktop"])
def test_console_has_no_barriers_and_leaves_pictures_for_review(
    console_of: Callable[..., Console],
    new_account: Callable[..., Account],
    chat: Chat,
    tmp_path: Path,
    viewport: Any,
) -> None:
    options = {"viewport": viewport, "reduced_motion": "reduce", "bypass_csp": True}
    console = console_of(new_account("组长", "lead"), **options)

    def is_open_to_all(name: str) -> None:
        prepare_for_axe(console.page)
        assert_no_barrier(console.page, name)
        assert console.page.evaluate(TOO_WIDE) == [], name
        assert console.page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        for scheme in ("dark", "light"):
            console.page.emulate_media(color_scheme=scheme)
            console.page.screenshot(path=tmp_path / f"{name}-{scheme}.png")

    console.page.goto(f"{console.url}/desk")
    expect(console.page.get_by_role("textbox", name="登录名")).to_be_visible()
    is_open_to_all("login")
    console.enters()
    chat.says(f"圆圆的东西转来转去 {uuid.uuid4().hex[:6]}")
    chat.says("我要退款")
    number = chat.asks_for_a_human()
    expect(console.row(number)).to_be_visible()
    is_open_to_all("queue")
    console.takes(number)
    console.writes("您好，我来帮您看看。")
    expect(chat.bubbles("agent")).to_have_count(1)
    chat.chooses(picture(tmp_path / "截图.jpg", (300, 200)))
    expect(console.thumbnail).to_be_visible()
    chat.writes("https://example.com/" + "a" * 200)
    expect(console.bubbles("customer").last).to_contain_text("example.com")
    is_open_to_all("talk")
    console.open(f"/k/{int(number[1:])}/info")
    expect(console.info).to_contain_text(number)
    is_open_to_all("info")
    console.info.get_by_role("button", name="转接").click()
    expect(console.dialog).to_be_visible()
    is_open_to_all("transfer")
    console.page.keyboard.press("Escape")
    filled = {"今日数据": ".card", "句子": ".group", "操作记录": "td", "搜索工单": "td"}
    for title, part in filled.items():
        console.goes_to(title)
        expect(console.main.locator(part).first).to_be_visible()
        is_open_to_all(title)
