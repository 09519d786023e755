"""The chat page as a customer uses it."""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from playwright.sync_api import APIResponse, FrameLocator, Locator, Page, expect

if TYPE_CHECKING:
    from tests.browser.conftest import Watched

expect.set_options(timeout=30_000)

Speaker = Literal["customer", "bot", "agent", "system"]
TextSize = Literal["标准", "大", "特大"]


class Chat:
    """One tab with the chat page; `watched` sees what goes wrong in all tabs of its browser.

    `inside` is where the chat page is drawn, when that is a frame of the tab.
    """

    def __init__(
        self, page: Page, url: str, watched: Watched, inside: FrameLocator | None = None
    ) -> None:
        self.page, self.url, self.watched = page, url, watched
        here = inside or page
        self.log = here.get_by_role("log")
        self.composer = here.get_by_role("textbox", name="输入您的问题")
        self.send = here.get_by_role("button", name="发送", exact=True)
        self.human = here.locator("header").get_by_role("button", name="转人工")
        self.status = here.locator(".Navbar-desc[role=status]")
        self.menu = here.get_by_role("button", name="更多", exact=True)
        self.step = self.log.locator(".step").last
        self.problem = self.log.locator(".problem")
        self.thumbnail = self.log.get_by_role("button", name="放大查看您发送的图片")
        self.connection_notice = here.locator("[data-notice=connection] .notice")
        self.rate_limit_notice = here.locator("[data-notice=rate-limit] .notice")
        self.picture_problem = here.get_by_role("alert").locator(".notice")
        self.lost_notice = here.locator("[data-notice=lost] .notice")
        self.hours = here.locator(".service-hours")
        self.questions = here.locator(".questions")
        self.rating = here.get_by_role("form", name="评价服务")
        self._files = here.locator("input[type=file]")
        self._menu_items = here.get_by_role("menu", name="更多")
        self._typing = here.locator(".typing")

    def open(self) -> Chat:
        """Open the page, or load it again."""
        self.page.goto(f"{self.url}/")
        expect(self.messages("bot").first).to_be_visible()
        return self

    def open_another_tab(self) -> Chat:
        return Chat(self.page.context.new_page(), self.url, self.watched).open()

    def messages(self, speaker: Speaker) -> Locator:
        return self.log.locator(f".message--{speaker}")

    def button(self, title: str) -> Locator:
        """A button below a message."""
        return self.log.get_by_role("button", name=title, exact=True)

    def writes(self, text: str) -> None:
        """Send a message, without waiting for the answer."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def says(self, text: str) -> None:
        """Send a message and read the answer."""
        answers = self.messages("bot").count()
        self.writes(text)
        self.is_answered(answers)

    def presses(self, title: str) -> None:
        """Press a button below a message and read the answer."""
        answers = self.messages("bot").count()
        self.button(title).click()
        self.is_answered(answers)

    def is_answered(self, before: int) -> None:
        """Wait for an answer after so many."""
        expect(self.messages("bot").nth(before)).to_be_visible()
        expect(self._typing).to_have_count(0)

    def asks_for_a_human(self) -> str:
        """Join the queue; return the ticket's number."""
        self.says("转人工")
        found = re.search(r"K\d{6}", self.messages("bot").last.inner_text())
        assert found
        return found[0]

    def posts(self, text: str) -> APIResponse:
        """Send a message past the page, as another device of the same customer would."""
        body = {"id": str(uuid.uuid4()), "text": text}
        return self.page.context.request.post(f"{self.url}/api/messages", data=body)

    def chooses(self, file: Path) -> None:
        """Choose a file behind the button for pictures."""
        self._files.set_input_files(file)

    def opens_rating(self) -> None:
        self.menu.click()
        self._menu_items.get_by_role("menuitem", name="评价服务").click()
        expect(self.rating).to_be_visible()

    def chooses_text_size(self, size: TextSize) -> None:
        self.menu.click()
        self._menu_items.get_by_role("menuitemradio", name=size, exact=True).click()
        self.page.keyboard.press("Escape")
        expect(self._menu_items).to_have_count(0)

    def said(self) -> list[str]:
        """Return what customer and agent wrote, in order."""
        return self.log.locator(
            ".message--customer .Bubble, .message--agent .Bubble"
        ).all_inner_texts()

    def bubbles(self, speaker: Speaker) -> Locator:
        return self.messages(speaker).locator(".Bubble")

    def texts(self) -> list[str]:
        """Return what is written, without the buttons, which only the last message shows."""
        return self.log.locator(".Bubble, .step-body").all_inner_texts()
