"""A lead teaches, tries, reads a report and publishes, at a desk and on a phone."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from playwright.sync_api import Locator, expect

from desk import Database
from desk.versions import Versions
from nlu.intents import OUT_OF_SCOPE
from run import Assistant
from runtime.evaluation import WATCHED
from studio import Shelf
from studio.conversations import Conversation, Turn
from studio.playing import Answer, Played, PlayedTurn, Problem
from studio.report import Answered, Compare, Compared, make
from tests.browser.access import assert_open_to_all
from tests.browser.chat import Chat
from tests.browser.console import Account, Console
from tests.browser.test_console import (
    LARGE,
    SMALL,
    chat,
    console,
    console_of,
    database,
    new_account,
    new_console,
)
from tests.browser.test_studio import content

SLOW = 300_000  # milliseconds at most: the first question starts a process
FORGOT = "忘记密码怎么办"
BUSY = "status of 503 "  # the page asks again
BOTH = pytest.mark.parametrize("viewport", [LARGE, SMALL], ids=["desktop", "phone"])


@pytest.fixture
def shelf(second_state: Path, second_assistant: Assistant, database: Database) -> Iterator[Shelf]:
    """The folder of versions; afterwards the installed model answers."""
    found = Shelf(second_state / "versions", second_assistant._model)
    found.folder.mkdir(exist_ok=True)
    yield found
    Versions(database).publish(None, found.installed, "afterwards")


def compared(holds: bool) -> Compare:
    """A conversation that holds with both versions, or only with the one that answers."""
    turn = Turn(1, "忘记密码", False, ())
    right = PlayedTurn("忘记密码", Answer("五步就能重新设置"))
    wrong = PlayedTurn("忘记密码", Answer("请看余额"), [Problem(1, "应该看到“五步”")])
    written = Conversation("some.yml", 1, "some", "密码忘了一路问", (turn,))
    return Compare(Played(written, [right]), Played(written, [right if holds else wrong]))


@pytest.fixture
def new_version(shelf: Shelf, database: Database) -> Callable[..., int]:
    """Make versions that answer as the installed model does."""

    def make_one(seq: int = 0, must_stay: str = FORGOT) -> int:
        versions = Versions(database)
        number = versions.ask("li")
        assert number
        assert versions.claim(number, "test")
        shelf.file(number).hardlink_to(shelf.model)
        own = [Compared(f"转账 {each}", "transfer", "transfer", "transfer") for each in range(40)]
        stays = Compared(must_stay, "forgot_password", "forgot_password", "forgot_password")
        if must_stay != FORGOT:
            stays = Compared(must_stay, "forgot_password", "forgot_password", "transfer")
        real = [Answered(seq, "out_of_scope", "transfer", same=False)] if seq else []
        parts: dict[str, Any] = {"own": own, "taught": own[:3], "must_stay": [stays], "real": real}
        parts |= {"conversations": [compared(must_stay == FORGOT)]}
        made = make(**parts, unfit=1, watched=WATCHED, outside=OUT_OF_SCOPE)
        assert versions.finish(number, "test", {}, made)
        return number

    return make_one


def taught(content: Path, kind: str = "taught") -> dict[str, str]:
    found: dict[str, str] = yaml.safe_load((content / "sentences.yml").read_text("utf8"))[kind]
    return found


def group(lead: Console, text: str) -> Locator:
    return lead.main.locator(".group", has_text=text)


@BOTH
def test_lead_teaches_a_group_and_takes_it_back(
    new_console: Callable[..., Console], chat: Chat, content: Path, viewport: Any
) -> None:
    odd = f"圆圆的东西转来转去 {viewport['width']}"
    chat.says(odd)
    lead = new_console("组长", "lead", viewport=viewport)
    lead.goes_to("句子")
    expect(group(lead, odd)).to_contain_text("没听懂、答不上")
    picker = group(lead, odd).get_by_role("combobox", name="选其他主题")
    picker.fill("转账")
    picker.press("Enter")
    expect(lead.main.get_by_text("已教成“转账”")).to_be_visible()
    expect(group(lead, odd)).to_have_count(0)
    assert taught(content)[odd] == "transfer"
    lead.main.get_by_role("button", name="撤销").click()
    expect(group(lead, odd)).to_be_visible()
    assert odd not in taught(content)


@BOTH
def test_lead_learns_what_needed_no_human_and_puts_aside_what_teaches_nothing(
    new_console: Callable[..., Console], chat: Chat, content: Path, viewport: Any
) -> None:
    odd = f"尖尖的东西飞来飞去 {viewport['width']}"
    chat.says(odd)
    number = chat.asks_for_a_human()
    agent = new_console("小李", viewport=LARGE)
    agent.takes(number)
    agent.info.get_by_role("button", name="结束会话").click()
    agent.dialog.get_by_label("已解决").check()
    agent.dialog.get_by_label("其实不用转人工").check()
    agent.dialog.get_by_label("小结").fill("告诉他这是风筝。")
    agent.dialog.get_by_role("button", name="确定结束").click()
    expect(agent.dialog).to_have_count(0)
    lead = new_console("组长", "lead", viewport=viewport)
    lead.open("/sentences")
    expect(group(lead, odd)).to_contain_text("客服说不用转人工")
    expect(group(lead, odd)).to_contain_text("客服的小结：告诉他这是风筝。")
    expect(group(lead, odd)).to_contain_text("助手答：")
    group(lead, odd).get_by_role("button", name="不用教").click()
    expect(group(lead, odd)).to_have_count(0)
    lead.main.get_by_role("button", name="撤销").click()
    expect(group(lead, odd)).to_be_visible()
    assert odd not in taught(content)


@BOTH
def test_lead_makes_a_topic_and_brings_what_contradicts_along(
    new_console: Callable[..., Console], chat: Chat, content: Path, viewport: Any
) -> None:
    chat.says("如何开发票")
    lead = new_console("组长", "lead", viewport=viewport)
    lead.watched.expect(BUSY)
    lead.open("/sentences")
    group(lead, "如何开发票").get_by_role("button", name="新话题").click()
    dialog = lead.page.get_by_role("dialog", name="新话题")
    dialog.get_by_label("名称").fill("开发票")
    dialog.get_by_label("转人工时的类别").select_option("咨询")
    dialog.get_by_label("答案").fill("发票在订单页面里申请。")
    examples = dialog.get_by_label("客户会怎么问")
    expect(examples).to_have_value(re.compile("如何开发票"))
    outside = dialog.get_by_role("group", name="不归我们管")
    expect(outside).to_contain_text("发票", timeout=SLOW)
    expect(dialog).to_contain_text(re.compile("“发票”：助手学过 \\d+ 句"))
    dialog.get_by_role("button", name="列出带这个词的话").click()
    expect(outside).to_contain_text(re.compile("不归我们管（\\d{3} 句）"))
    outside.get_by_role("checkbox", name="开发票", exact=True).check()
    expect(dialog).to_contain_text("其中 1 句是一起移过来的")
    dialog.get_by_role("button", name="写好这个话题").click()
    expect(lead.main.get_by_text("话题“开发票”已写好")).to_be_visible()
    said = taught(content)
    assert said["如何开发票"] == said["开发票"] == "kai_fa_piao"
    assert "订单页面" in (content / "topics" / "kai_fa_piao.yml").read_text("utf8")
    lead.main.get_by_role("button", name="撤销").click()
    expect(group(lead, "如何开发票")).to_be_visible()
    assert not (content / "topics" / "kai_fa_piao.yml").exists()


def test_lead_is_asked_before_a_topic_that_is_being_written_is_thrown_away(
    new_console: Callable[..., Console], chat: Chat, content: Path
) -> None:
    chat.says("如何开发票")
    lead = new_console("组长", "lead", viewport=LARGE)
    lead.watched.expect(BUSY)
    lead.open("/sentences")
    begin = group(lead, "如何开发票").get_by_role("button", name="新话题")
    begin.click()
    dialog = lead.page.get_by_role("dialog", name="新话题")
    lead.page.keyboard.press("Escape")
    expect(dialog, "nothing was written").to_have_count(0)
    begin.click()
    dialog.get_by_label("答案").fill("发票在订单页面里申请。")
    question = lead.page.get_by_role("dialog", name="放弃已经写的内容吗？")
    for key in ("Escape", "Escape", "Escape"):  # a browser lets no page prevent the second one
        lead.page.keyboard.press(key)
    question.get_by_role("button", name="接着写").click()
    expect(question).to_have_count(0)
    lead.page.mouse.click(3, 3)  # beside it
    question.get_by_role("button", name="接着写").click()
    dialog.get_by_role("button", name="取消").click()
    question.get_by_role("button", name="接着写").click()
    expect(dialog.get_by_label("答案")).to_have_value("发票在订单页面里申请。")
    lead.page.keyboard.press("Escape")
    question.get_by_role("button", name="放弃", exact=True).click()
    expect(dialog).to_have_count(0)


def test_lead_moves_a_sentence_that_contradicts(
    new_console: Callable[..., Console], chat: Chat, content: Path
) -> None:
    chat.says("如何开发票")
    lead = new_console("组长", "lead", viewport=LARGE)
    lead.watched.expect(BUSY)
    lead.open("/sentences")
    mine = group(lead, "如何开发票")
    mine.get_by_role("button", name="看学过的相近的话").click()
    mine.get_by_role("searchbox", name="按字找").fill("专票")
    mine.get_by_role("button", name="搜索").click()
    found = mine.get_by_role("group", name="不归我们管")
    expect(found).to_contain_text("专票", timeout=SLOW)
    found.get_by_role("checkbox", name="全选").check()
    picker = mine.get_by_role("combobox", name="移到")
    picker.fill("交易记录")
    picker.press("Enter")
    expect(lead.main.get_by_text("已移到")).to_be_visible()
    moved = {intent for text, intent in taught(content).items() if "专票" in text}
    assert moved == {"review_transactions"}


@BOTH
def test_lead_marks_what_must_stay_right(
    new_console: Callable[..., Console], content: Path, viewport: Any
) -> None:
    lead = new_console("组长", "lead", viewport=viewport)
    lead.open("/sentences")
    lead.main.get_by_role("button", name="教过的").click()
    form = lead.main.get_by_role("form", name="加一句")
    form.get_by_label("客户的话").fill(FORGOT)
    picker = form.get_by_role("combobox")
    picker.fill("找回密码")
    picker.press("Enter")
    form.get_by_label("教它听懂").uncheck()
    form.get_by_label("必须一直听懂").check()
    lead.watched.expect(BUSY)
    form.get_by_role("button", name="加上").click()
    kept = lead.main.get_by_role("listitem").filter(has_text=FORGOT)
    expect(kept).to_contain_text("找回密码", timeout=SLOW)
    assert taught(content, "must_stay") == {FORGOT: "forgot_password"}
    lead.main.get_by_role("button", name=f"不要“{FORGOT}”").click()
    expect(lead.main.get_by_text(FORGOT)).to_have_count(0)
    assert taught(content, "must_stay") == {}


def test_lead_sees_that_a_sentence_contradicts_what_is_known_and_takes_it_back(
    new_console: Callable[..., Console], content: Path
) -> None:
    text = "怎么找回密码"
    lead = new_console("组长", "lead", viewport=LARGE)
    lead.watched.expect(BUSY)
    lead.open("/sentences")
    lead.main.get_by_role("button", name="教过的").click()
    form = lead.main.get_by_role("form", name="加一句")
    form.get_by_label("客户的话").fill(text)
    form.get_by_role("combobox").fill("转账")
    form.get_by_role("combobox").press("Enter")
    form.get_by_role("button", name="加上").click()
    question = lead.page.get_by_role("dialog", name="最相近的话都学成了“找回密码”")
    expect(question).to_contain_text("密码", timeout=SLOW)
    question.get_by_role("button", name="取消").click()
    assert taught(content) == {}, "nothing was saved"
    form.get_by_role("button", name="加上").click()
    question.get_by_role("button", name="还是教成").click()
    bar = lead.main.get_by_text(f"“{text}”已教成")
    expect(bar).to_be_visible()
    assert list(taught(content)) == [text]
    bar.get_by_role("button", name="撤销").click()
    expect(bar).to_have_count(0)
    assert taught(content) == {}


@BOTH
def test_lead_tries_a_sentence_on_two_versions(
    new_console: Callable[..., Console], new_version: Callable[..., int], viewport: Any
) -> None:
    number = new_version()
    lead = new_console("组长", "lead", viewport=viewport)
    lead.watched.expect(BUSY)
    lead.goes_to("试一试")
    lead.main.get_by_label("和哪个版本比").select_option(str(number))
    lead.main.get_by_label("说一句话").fill(FORGOT)
    lead.main.get_by_role("button", name="说", exact=True).click()
    live = lead.main.get_by_role("region", name="安装时的版本")
    other = lead.main.get_by_role("region", name=f"第 {number} 版")
    expect(live).to_contain_text("第 1/5 步", timeout=SLOW)
    expect(live).to_contain_text("正在回答客户")
    expect(other).to_contain_text("听成：找回密码")
    other.get_by_role("button", name="下一步").click()
    expect(other).to_contain_text("第 2/5 步", timeout=SLOW)
    expect(live).to_contain_text("第 2/5 步")
    expect(lead.main.get_by_text("两个版本答得一样。")).to_be_visible()
    other.get_by_text("为什么这样答").first.click()
    expect(other).to_contain_text(re.compile(r"找回密码 \d+%"))


@BOTH
def test_lead_reads_why_a_version_is_refused_and_publishes_the_better_one(
    new_console: Callable[..., Console],
    new_version: Callable[..., int],
    chat: Chat,
    database: Database,
    viewport: Any,
) -> None:
    odd = f"方方的东西滚来滚去 {viewport['width']}"
    chat.says(odd)
    with database.read() as connection:
        seq = connection.exec_driver_sql("select max(seq) from messages where author = 'customer'")
        place = int(seq.scalar() or 0)
    worse, better = new_version(place, must_stay="密码忘了咋整"), new_version(place)
    lead = new_console("组长", "lead", viewport=viewport)
    lead.watched.expect(BUSY)
    lead.goes_to("版本")
    card = lead.main.get_by_role("listitem", name=f"第 {worse} 版")
    expect(card).to_contain_text("1 句必须听懂的话听错了")
    card.get_by_role("button", name="看报告").click()
    expect(lead.dialog).to_contain_text("密码忘了咋整")
    expect(lead.dialog).to_contain_text("找回密码 → 转账")
    lead.dialog.get_by_text("测试对话：原来对，现在错").click()
    expect(lead.dialog).to_contain_text("密码忘了一路问")
    expect(lead.dialog).to_contain_text("答错的：请看余额（应该看到“五步”）")
    lead.dialog.get_by_text("1 句的回答会变").click()
    expect(lead.dialog).to_contain_text(odd)
    expect(lead.dialog).to_contain_text("不归我们管 → 转账")
    lead.dialog.get_by_role("button", name="看怎么答").click()
    both = lead.page.get_by_role("main", name="试一试")
    expect(both.locator(".trial-said", has_text=odd)).to_have_count(2, timeout=SLOW)
    lead.goes_to("版本")
    card.get_by_role("button", name="发布").click()
    expect(lead.dialog.get_by_role("button", name="仍然发布")).to_be_visible()
    lead.dialog.get_by_role("button", name="仍然发布").click()  # without a reason
    expect(lead.dialog).to_be_visible()
    lead.page.keyboard.press("Escape")

    card = lead.main.get_by_role("listitem", name=f"第 {better} 版")
    card.get_by_role("button", name="发布").click()
    lead.dialog.get_by_role("button", name="发布").click()
    expect(lead.main.get_by_text(f"正在回答客户的：第 {better} 版")).to_be_visible()
    expect(card).to_contain_text("正在用")
    lead.main.get_by_role("button", name="回到安装时的版本").click()
    lead.dialog.get_by_role("button", name="回到这一版").click()
    expect(lead.main.get_by_text("正在回答客户的：安装时的版本")).to_be_visible()
    history = lead.main.get_by_role("listitem").filter(has_text=f"组长 换成第 {better} 版")
    expect(history.first).to_be_visible()
    lead.goes_to("操作记录")
    expect(lead.main.get_by_role("row", name="换版本").first).to_contain_text("安装时的版本")


def test_lead_calls_a_training_off(
    new_console: Callable[..., Console], database: Database, shelf: Shelf
) -> None:
    number = Versions(database).ask("li")
    assert number
    assert Versions(database).claim(number, "a worker elsewhere")
    lead = new_console("组长", "lead", viewport=LARGE)
    lead.open("/versions")
    card = lead.main.get_by_role("listitem", name=f"第 {number} 版")
    expect(card).to_contain_text("正在训练")
    expect(lead.main.get_by_role("button", name="训练一个新版本")).to_be_disabled()
    expect(card).to_contain_text("已经 0 分钟")
    card.get_by_role("button", name="取消训练").click()
    question = lead.page.get_by_role("dialog", name=f"取消第 {number} 版的训练吗？")
    question.get_by_role("button", name="接着训练").click()
    expect(card).to_contain_text("正在训练")
    card.get_by_role("button", name="取消训练").click()
    question.get_by_role("button", name="取消训练").click()
    expect(card).to_contain_text("已取消（组长）")
    expect(card).not_to_contain_text("没有做成")
    expect(lead.main.get_by_role("button", name="训练一个新版本")).to_be_enabled()


@BOTH
def test_pages_have_no_barriers_and_leave_pictures_for_review(
    console_of: Callable[..., Console],
    new_account: Callable[..., Account],
    new_version: Callable[..., int],
    chat: Chat,
    tmp_path: Path,
    viewport: Any,
) -> None:
    for text in ("如何开发票", "发票怎么开啊", "火星几点下班"):
        chat.says(text)
    new_version(must_stay="密码忘了咋整")
    options = {"viewport": viewport, "reduced_motion": "reduce", "bypass_csp": True}
    lead = console_of(new_account("王芳", "lead"), **options).enters()
    lead.watched.expect(BUSY)

    def is_open_to_all(name: str) -> None:
        assert_open_to_all(lead.page, name, tmp_path / "teach")

    lead.open("/sentences")
    group(lead, "如何开发票").get_by_role("button", name="看学过的相近的话").click()
    expect(lead.main.get_by_role("group", name="不归我们管")).to_be_visible(timeout=SLOW)
    is_open_to_all("sentences")
    group(lead, "如何开发票").get_by_role("button", name="新话题").click()
    expect(lead.dialog.get_by_role("group", name="不归我们管")).to_be_visible(timeout=SLOW)
    is_open_to_all("topic")
    lead.page.keyboard.press("Escape")
    lead.main.get_by_role("button", name="教过的").click()
    expect(lead.main.get_by_role("form", name="加一句")).to_be_visible()
    is_open_to_all("taught")
    lead.open("/trial")
    lead.main.get_by_label("说一句话").fill(FORGOT)
    lead.page.keyboard.press("Enter")
    expect(lead.main.locator(".trial-turn").first).to_be_visible(timeout=SLOW)
    lead.main.get_by_text("为什么这样答").first.click()
    is_open_to_all("trial")
    lead.open("/versions")
    lead.main.get_by_role("button", name="看报告").first.click()
    expect(lead.dialog.get_by_role("table")).to_be_visible()
    is_open_to_all("report")
    lead.page.keyboard.press("Escape")
    lead.main.get_by_role("button", name="发布").first.click()
    expect(lead.dialog).to_be_visible()
    is_open_to_all("publish")
    lead.page.keyboard.press("Escape")
    is_open_to_all("versions")
