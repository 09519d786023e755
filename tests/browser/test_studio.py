"""A lead changes what the assistant says, with a mouse, with keys alone and on a phone."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from run import ROOT, Assistant
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

FOLDED = re.compile("part-")
INITIAL = 150_000  # bytes of gzip


@pytest.fixture(autouse=True)
def content(second_state: Path, second_assistant: Assistant, tmp_path: Path) -> Iterator[Path]:
    """The second assistant's content folder, which is afterwards as before."""
    folder, kept = second_state / "content", tmp_path / "kept"
    shutil.copytree(folder, kept)
    yield folder
    for file in folder.rglob("*.yml"):
        if not (kept / file.relative_to(folder)).exists():
            file.unlink()
    for file in kept.rglob("*.yml"):
        (folder / file.relative_to(kept)).write_bytes(file.read_bytes())


@pytest.fixture
def lead(new_console: Callable[..., Console]) -> Console:
    return new_console("组长", "lead", viewport=LARGE)


def part(console: Console, path: str) -> Locator:
    """The field of a part of the document."""
    return console.page.locator(f'[id="part-{path}"]')


def opens(console: Console, title: str) -> None:
    """Open a document from the list."""
    console.open("/content")
    documents = console.page.get_by_role("navigation", name="全部内容")
    documents.get_by_role("link", name=re.compile(f"^{re.escape(title)}")).click()
    expect(console.page.get_by_role("main", name=title)).to_be_visible()
    expect(console.page.get_by_text("没有改动", exact=True)).to_be_visible()


def saves(console: Console) -> None:
    console.page.get_by_role("button", name="保存", exact=True).click()
    expect(console.page.get_by_role("status", name="通知")).to_contain_text("已保存")


def discards(console: Console) -> None:
    console.page.get_by_role("button", name="放弃改动").click()
    console.dialog.get_by_role("button", name="确定放弃").click()
    expect(console.page.get_by_text("没有改动", exact=True)).to_be_visible()


def preview(console: Console) -> Locator:
    """What customers read, as the chat page's own code draws it in its frame."""
    return console.page.frame_locator("iframe:visible").get_by_role("main", name="客户看到的")


@pytest.mark.parametrize("viewport", [LARGE, SMALL], ids=["desktop", "phone"])
def test_lead_edits_a_step_and_the_customer_reads_it(
    new_console: Callable[..., Console], chat: Chat, viewport: Any
) -> None:
    lead = new_console("组长", "lead", viewport=viewport)
    lead.goes_to("内容")
    opens(lead, "找回密码")
    part(lead, "steps/0").click()
    part(lead, "steps/0/text").fill("先在登录界面点“忘记密码”。")
    expect(lead.page.get_by_text("1 处改动还没有保存")).to_be_visible()
    if viewport is SMALL:
        lead.page.get_by_role("button", name="客户看到的").click()
    expect(preview(lead)).to_contain_text("先在登录界面点“忘记密码”。")
    expect(preview(lead)).to_contain_text("第 1/5 步")
    lead.page.get_by_role("button", name="微信").click()
    expect(lead.page.get_by_role("region", name="微信")).to_contain_text("1. 下一步")
    if viewport is SMALL:
        lead.page.keyboard.press("Escape")
    saves(lead)
    chat.says("密码忘了怎么办")
    expect(chat.step).to_contain_text("先在登录界面点“忘记密码”。")

    lead.page.get_by_role("button", name="历史").click()
    entry = lead.dialog.get_by_role("listitem").first
    expect(entry).to_contain_text("组长")
    expect(entry).to_contain_text("步骤 1 › 客户要做什么")
    entry.get_by_role("button", name="对比").click()
    expect(lead.page.get_by_role("dialog", name="改了什么")).to_contain_text("先在登录界面点")
    lead.page.keyboard.press("Escape")
    entry.get_by_role("button", name="撤销").click()
    expect(lead.dialog.get_by_role("listitem").first).to_contain_text("撤销")
    lead.page.keyboard.press("Escape")
    expect(part(lead, "steps/0/text")).not_to_have_value("先在登录界面点“忘记密码”。")


def test_wrong_edit_is_told_at_its_field_before_and_when_it_is_saved(lead: Console) -> None:
    lead.watched.expect("status of 422 ")
    opens(lead, "找回密码")
    part(lead, "answer").fill("一共5步，请打{hotlnie}。")
    expect(part(lead, "answer")).to_have_attribute("aria-invalid", "true")
    field = lead.page.locator(".field", has=part(lead, "answer"))
    expect(field).to_contain_text("占位符 “{hotlnie}” 没有对应的内容")
    expect(field).to_contain_text("步数请写成 “{steps}步”")
    lead.page.get_by_role("button", name="保存", exact=True).click()
    expect(lead.page.get_by_text("有的地方写得不对，没有保存。")).to_be_visible()
    expect(part(lead, "answer")).to_be_focused()
    part(lead, "answer").fill("一共{steps}步，请打{hotline}。")
    expect(part(lead, "answer")).not_to_have_attribute("aria-invalid", "true")
    saves(lead)


def test_two_leads_edit_the_same_topic_and_neither_loses_anything(
    lead: Console, new_console: Callable[..., Console]
) -> None:
    lead.watched.expect("status of 409 ")
    other = new_console("老张", "lead", viewport=LARGE)
    opens(lead, "转账")
    opens(other, "转账")
    part(other, "answer").fill("老张的答案。")
    part(other, "brief").fill("老张的短答案。")
    saves(other)
    part(lead, "answer").fill("我的答案。")
    lead.page.get_by_role("button", name="保存", exact=True).click()
    dialog = lead.page.get_by_role("dialog", name="两边都改了")
    expect(dialog).to_contain_text("老张的短答案。")
    expect(dialog.get_by_role("radio")).to_have_count(2)
    dialog.get_by_role("radio", name="用我的").check()
    dialog.get_by_role("button", name="放进表格").click()
    expect(part(lead, "brief")).to_have_value("老张的短答案。")
    expect(part(lead, "answer")).to_have_value("我的答案。")
    saves(lead)


def test_edit_by_hand_comes_into_the_open_form(lead: Console, content: Path) -> None:
    opens(lead, "转账")
    file = content / "topics" / "transfer.yml"
    text = file.read_text(encoding="utf8")
    file.write_text(text.replace("title: 转账", "title: 转钱", 1), encoding="utf8")
    lead.page.evaluate("dispatchEvent(new Event('focus'))")  # comes back from the editor
    expect(part(lead, "title")).to_have_value("转钱")
    expect(lead.page.get_by_role("status", name="通知")).to_contain_text("在别处改过")


def test_unsaved_edits_wait_while_other_documents_are_looked_at(lead: Console) -> None:
    opens(lead, "转账")
    part(lead, "answer").fill("还没想好的答案。")
    documents = lead.page.get_by_role("navigation", name="全部内容")
    documents.get_by_role("link", name=re.compile("^提现")).click()
    expect(lead.page.get_by_role("main", name="提现")).to_be_visible()
    documents.get_by_role("link", name=re.compile("^转账")).click()
    expect(part(lead, "answer")).to_have_value("还没想好的答案。")
    discards(lead)
    expect(part(lead, "answer")).not_to_have_value("还没想好的答案。")


def test_lead_finds_the_sentence_that_a_customer_has_seen(lead: Console) -> None:
    lead.open("/content")
    lead.page.get_by_role("searchbox", name="搜索助手说的话").fill("一个字一个字核对")
    lead.page.keyboard.press("Enter")
    lead.page.get_by_role("link", name=re.compile("找回密码.*步骤 2")).click()
    field = part(lead, "steps/1/trouble/2/help")
    expect(field).to_be_focused()
    expect(field).to_have_value(re.compile("一个字一个字核对"))


def test_keyboard_alone_adds_moves_and_removes_a_reply(lead: Console) -> None:
    opens(lead, "人工客服")
    lead.page.get_by_role("button", name="添加回复").press("Enter")
    expect(part(lead, "replies/6")).to_be_focused()
    for value in ("夜里", "夜班", "您好，夜班客服为您服务。"):
        lead.page.keyboard.press("Tab")
        lead.page.keyboard.type(value)
    lead.page.get_by_role("button", name="上移 回复 7").press("Enter")
    expect(part(lead, "replies/5")).to_contain_text("夜班")
    expect(part(lead, "replies/5")).to_be_focused()
    lead.page.get_by_role("button", name="删除 回复 5").press("Enter")
    lead.page.get_by_role("button", name="保存", exact=True).press("Enter")
    expect(lead.page.get_by_role("status", name="通知")).to_contain_text("已保存")
    lead.page.reload()
    expect(part(lead, "replies/4")).to_contain_text("夜班")
    expect(part(lead, "replies/6")).to_have_count(0)


def test_agents_do_not_load_the_studio(console: Console) -> None:
    loaded: list[str] = []
    console.page.on("request", lambda request: loaded.append(request.url))
    console.open("/content")
    expect(console.lists).to_be_visible()
    assert not [url for url in loaded if "Studio" in url]


def test_what_the_console_loads_at_first_is_small() -> None:
    page = (ROOT / "web/dist/desk.html").read_text(encoding="utf8")
    scripts = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', page)
    assert scripts
    sizes = [len(gzip.compress((ROOT / "web/dist" / each).read_bytes())) for each in scripts]
    assert sum(sizes) < INITIAL


@pytest.mark.parametrize("viewport", [SMALL, LARGE], ids=["phone", "desktop"])
def test_studio_has_no_barriers_and_leaves_pictures_for_review(
    console_of: Callable[..., Console],
    new_account: Callable[..., Account],
    tmp_path: Path,
    viewport: Any,
) -> None:
    options = {"viewport": viewport, "reduced_motion": "reduce", "bypass_csp": True}
    lead = console_of(new_account("王芳", "lead"), **options).enters()
    lead.watched.expect("status of 422 ")

    def is_open_to_all(name: str) -> None:
        assert_open_to_all(lead.page, name, tmp_path / "studio")

    lead.open("/content")
    expect(lead.page.get_by_role("link", name=re.compile("^找回密码"))).to_be_visible()
    is_open_to_all("list")
    opens(lead, "找回密码")
    part(lead, "steps/1").click()
    part(lead, "steps/1/text").fill("按页面要求，填写绑定的手机号码或邮箱地址，会收到验证码。")
    if viewport is LARGE:
        expect(preview(lead)).to_contain_text("会收到验证码。")
    is_open_to_all("topic")
    if viewport is LARGE:
        expect(preview(lead)).to_contain_text("会收到验证码。")
    saves(lead)
    lead.page.get_by_role("button", name="历史").click()
    expect(lead.dialog.get_by_role("listitem").first).to_contain_text("王芳")
    is_open_to_all("history")
    lead.dialog.get_by_role("button", name="对比").first.click()
    expect(lead.page.get_by_role("dialog", name="改了什么").locator("ins")).to_be_visible()
    is_open_to_all("compare")
    lead.page.keyboard.press("Escape")
    lead.page.keyboard.press("Escape")
    part(lead, "steps/1/title").fill("")
    expect(lead.page.locator(".problem-list")).to_contain_text("空")
    is_open_to_all("wrong")
    discards(lead)
    for title in ("对话里的句子", "危险", "人工客服", "联系方式", "接着问的（通用）", "分寸"):
        opens(lead, title)
        if title == "危险":
            part(lead, "kinds/scam_code").click()
        is_open_to_all(title)
