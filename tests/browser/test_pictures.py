"""A customer sends pictures."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.browser.chat import Chat

WRONG_TYPE = "这个文件发不了，请选 JPG、PNG、WebP 格式的图片。"


def picture(path: Path, size: tuple[int, int] = (90, 60)) -> Path:
    Image.new("RGB", size, "teal").save(path)
    return path


def noise(path: Path, side: int) -> Path:
    """Make a picture that nothing makes smaller."""
    pixels = os.urandom(side * side * 3)
    Image.frombytes("RGB", (side, side), pixels).save(path, compress_level=0)
    return path


def width(image: Locator) -> int:
    """Return the width of a picture once it is loaded."""
    decoded = "image => image.decode().then(() => image.naturalWidth)"
    return int(image.evaluate(decoded))


def test_customer_sends_a_screenshot_and_looks_at_it(chat: Chat, tmp_path: Path) -> None:
    chat.chooses(picture(tmp_path / "截图.png"))
    expect(chat.thumbnail).to_be_visible()
    expect(chat.messages("bot").last).to_contain_text("图片收到了")
    expect(chat.thumbnail).not_to_contain_text("正在发送")

    chat.thumbnail.focus()
    chat.page.keyboard.press("Enter")
    dialog = chat.page.get_by_role("dialog", name="您发送的图片")
    expect(dialog.get_by_role("button", name="关闭")).to_be_focused()
    assert width(dialog.get_by_role("img")) == 90
    chat.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(chat.thumbnail).to_be_focused()

    chat.open()
    expect(chat.thumbnail).to_have_count(1)
    assert width(chat.thumbnail.locator("img")) == 90, "now from the server"


def test_a_large_photo_is_made_smaller_before_it_is_sent(chat: Chat, tmp_path: Path) -> None:
    with chat.page.expect_response("**/api/pictures?id=*") as answer:
        chat.chooses(picture(tmp_path / "照片.png", (4000, 1000)))
    sent = answer.value.json()["messages"][0]["picture"]
    assert (sent["width"], sent["height"]) == (2560, 640)
    expect(chat.messages("bot").last).to_contain_text("图片收到了")


def test_a_long_screenshot_stays_wide_enough_to_be_read(chat: Chat, tmp_path: Path) -> None:
    with chat.page.expect_response("**/api/pictures?id=*"):
        chat.chooses(picture(tmp_path / "长图.png", (500, 10_000)))
    told = chat.page.evaluate("fetch('/api/messages?after=0').then((answer) => answer.json())")
    sent = next(each["picture"] for each in told["messages"] if each.get("picture"))
    assert (sent["width"], sent["height"]) == (500, 10_000)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("账单.pdf", b"%PDF-1.7", "PDF 文件发不了。请把要看的那一页截成图片，再发。"),
        ("账单.png", "只是文字".encode(), "这张图片打不开，可能已损坏，请换一张。"),
        ("账单.txt", b"text", WRONG_TYPE),
        ("账单.svg", b"<svg onload='alert(1)'/>", WRONG_TYPE),
    ],
    ids=["pdf", "renamed-text", "text", "svg"],
)
def test_customer_chooses_what_is_no_picture(
    chat: Chat, tmp_path: Path, name: str, data: bytes, sentence: str
) -> None:
    (tmp_path / name).write_bytes(data)
    chat.chooses(tmp_path / name)
    is_refused(chat, sentence)


def test_customer_chooses_too_large_a_picture(chat: Chat, tmp_path: Path) -> None:
    chat.chooses(noise(tmp_path / "照片.png", 1900))
    is_refused(chat, "图片太大了，请选不超过 9 MB 的图片。")


def is_refused(chat: Chat, sentence: str) -> None:
    """The page says why, and nothing is sent."""
    expect(chat.picture_problem).to_have_text(sentence)
    expect(chat.messages("customer")).to_have_count(0)
    chat.picture_problem.get_by_role("button", name="关闭").click()
    expect(chat.picture_problem).to_have_count(0)
