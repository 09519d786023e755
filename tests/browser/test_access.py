"""Customers with a keyboard only, with bad eyes, with small screens and in the dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.access import TOO_WIDE, assert_no_barrier, prepare_for_axe
from tests.browser.chat import Chat

PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 320, "height": 568}
DESKTOP = {"width": 1280, "height": 800}

FOCUSED = """() => {
  const { activeElement: at } = document;
  return at.getAttribute('aria-label') || at.innerText;
}"""


def tab_to(chat: Chat, name: str) -> list[str]:
    """Press Tab until that has the focus; return the names on the way."""
    passed: list[str] = []
    for _ in range(20):
        chat.page.keyboard.press("Tab")
        passed.append(chat.page.evaluate(FOCUSED).strip())
        if passed[-1] == name:
            return passed
    raise AssertionError(f"{name} is not reached: {passed}")


def test_keyboard_alone_reaches_everything(chat: Chat) -> None:
    keyboard = chat.page.keyboard
    passed = tab_to(chat, "输入您的问题")
    assert passed[:3] == ["转人工", "更多", "对话记录"]
    assert {"找回密码", "申请退款", "发送图片"} <= set(passed)
    keyboard.type("我要退款")
    assert tab_to(chat, "发送") == ["发送"]
    keyboard.press("Enter")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 1/5 步")

    keyboard.press("Shift+Tab")
    while chat.page.evaluate(FOCUSED).strip() != "下一步":
        keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    assert tab_to(chat, "下一步") == ["下一步"], "goes on where the pressed button was"
    keyboard.press("Space")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 3/5 步")


def test_keyboard_alone_opens_the_menu_and_rates(
    chat: Chat, helped: Callable[[Chat], None]
) -> None:
    helped(chat)
    keyboard = chat.page.keyboard
    tab_to(chat, "更多")
    keyboard.press("Enter")
    keyboard.press("ArrowDown")
    keyboard.press("ArrowDown")
    keyboard.press("Enter")
    expect(chat.page.locator("html")).to_have_attribute("data-text-size", "large")
    keyboard.press("Escape")
    expect(chat.menu).to_be_focused()
    keyboard.press("Enter")
    keyboard.press("Enter")
    expect(chat.rating.get_by_role("radio").first).to_be_focused()
    for _ in range(4):
        keyboard.press("ArrowRight")
    expect(chat.rating.get_by_role("radio", name="5 星，很满意")).to_be_checked()
    tab_to(chat, "提交")
    keyboard.press("Enter")
    expect(chat.messages("system").last).to_contain_text("谢谢您的评价")


def test_keyboard_alone_calls_a_human(chat: Chat) -> None:
    tab_to(chat, "转人工")
    chat.page.keyboard.press("Enter")
    expect(chat.status).to_contain_text("正在排队")


def test_the_smallest_phone_needs_no_scrolling_sideways(
    open_chat: Callable[..., Chat], helped: Callable[[Chat], None]
) -> None:
    chat = open_chat(viewport=SMALLEST)

    def fits() -> None:
        assert chat.page.evaluate(TOO_WIDE) == []
        assert chat.page.evaluate("document.documentElement.scrollWidth") <= 320
        scroller = chat.page.get_by_role("region", name="对话记录")
        assert scroller.evaluate("each => each.scrollWidth - each.clientWidth") <= 0

    fits()
    chat.says("我要退款")
    fits()
    chat.chooses_text_size("特大")
    fits()
    chat.says("https://example.com/" + "a" * 200)
    fits()
    helped(chat)
    chat.opens_rating()
    fits()
    chat.rating.get_by_role("button", name="以后再说").click()
    chat.menu.click()
    fits()
    chat.page.keyboard.press("Escape")
    chat.human.click()
    expect(chat.status).to_contain_text("正在排队")
    fits()


def test_the_page_is_dark_for_those_who_want_it_dark(open_chat: Callable[..., Chat]) -> None:
    lightness = """() => {
      const parse = (colour) => colour.match(/\\d+/g).slice(0, 3).map(Number);
      const of = (colour) => parse(colour).reduce((sum, each) => sum + each, 0) / 3;
      const style = getComputedStyle(document.querySelector('.ChatApp'));
      return [of(style.backgroundColor), of(style.color)];
    }"""
    chat = open_chat(color_scheme="dark")
    ground, text = chat.page.evaluate(lightness)
    assert ground < 60 < 180 < text
    chat.page.emulate_media(color_scheme="light")
    ground, text = chat.page.evaluate(lightness)
    assert text < 60 < 180 < ground


@pytest.mark.parametrize(
    "options",
    [{"viewport": PHONE}, {"viewport": PHONE, "color_scheme": "dark"}, {"viewport": SMALLEST}],
    ids=["phone", "dark", "smallest"],
)
def test_axe_finds_no_serious_barrier(
    open_chat: Callable[..., Chat], helped: Callable[[Chat], None], options: dict[str, Any]
) -> None:
    chat = open_chat(bypass_csp=True, reduced_motion="reduce", **options)
    prepare_for_axe(chat.page)

    def is_open_to_all(where: str) -> None:
        assert_no_barrier(chat.page, where)

    is_open_to_all("first visit")
    chat.says("我要退款")
    is_open_to_all("in a procedure")
    chat.menu.click()
    is_open_to_all("menu open")
    chat.page.keyboard.press("Escape")
    helped(chat)
    prepare_for_axe(chat.page)  # it was loaded again
    chat.opens_rating()
    is_open_to_all("rating open")
    chat.rating.get_by_role("button", name="以后再说").click()
    chat.human.click()
    expect(chat.status).to_contain_text("正在排队")
    is_open_to_all("waiting for a human")


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_pictures_of_the_page_for_those_who_review_it(
    open_chat: Callable[..., Chat],
    helped: Callable[[Chat], None],
    tmp_path: Path,
    viewport: Any,
) -> None:
    chat = open_chat(viewport=viewport, reduced_motion="reduce")

    def take(name: str) -> None:
        for scheme in ("light", "dark"):
            chat.page.emulate_media(color_scheme=scheme)
            chat.page.screenshot(path=tmp_path / f"{name}-{scheme}.png")

    take("welcome")
    chat.says("我要退款")
    chat.presses("下一步")
    take("procedure")
    helped(chat)
    chat.opens_rating()
    take("rating")
    assert len(list(tmp_path.glob("*.png"))) == 6
