"""The agents' console as an agent uses it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import Locator, Page, expect

from tests.agent import PASSWORD
from tests.browser.chat import Speaker

if TYPE_CHECKING:
    from tests.browser.conftest import Watched


@dataclass(frozen=True)
class Account:
    """An agent's account; the password is `PASSWORD`."""

    id: int
    login: str
    name: str


class Console:
    """One tab with the console; `watched` sees what goes wrong in all tabs of its browser."""

    def __init__(self, page: Page, url: str, watched: Watched, account: Account) -> None:
        self.page, self.url, self.watched, self.account = page, url, watched, account
        self.lists = page.get_by_role("region", name="会话列表")
        self.next = self.lists.get_by_role("button", name="接入下一位")
        self.talk = page.get_by_role("region", name="对话", exact=True)
        self.log = self.talk.get_by_role("log", name="对话记录")
        self.composer = self.talk.get_by_role("textbox", name="回复 K")
        self.replies = self.talk.get_by_role("listbox", name="常用语")
        self.problem = self.log.locator(".message-problem")
        self.typing = self.log.locator(".typing")
        self.thumbnail = self.log.get_by_role("button", name="放大查看客户发来的图片")
        self.info = page.get_by_role("complementary", name="客户资料")
        self.note = self.talk.get_by_role("note", name="交接备注")
        self.notices = page.get_by_role("status", name="通知").locator(".toast")
        self.connection = page.locator(".connection")
        self.menu = page.get_by_role("button", name="更多", exact=True)
        self.main = page.get_by_role("main")
        self.dialog = page.get_by_role("dialog")
        self._files = self.talk.locator("input[type=file]")

    def open(self, view: str = "/") -> Console:
        """Open a view, or load it again."""
        was_there = self.page.url.startswith(f"{self.url}/desk")
        self.page.goto(f"{self.url}/desk#{view}")
        if was_there:  # else only what follows the # has changed
            self.page.reload()
        expect(self.connection).to_have_attribute("data-connection", "good")
        return self

    def enters(self) -> Console:
        """Log in past the form, and open the page."""
        body = {"login": self.account.login, "password": PASSWORD}
        answer = self.page.context.request.post(f"{self.url}/desk/api/login", data=body)
        assert answer.ok, answer.text()
        return self.open()

    def fills_login(self, login: str, password: str) -> None:
        self.page.get_by_role("textbox", name="登录名").fill(login)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()

    def row(self, number: str) -> Locator:
        """A customer's place in the lists."""
        return self.lists.locator(".ticket", has_text=number)

    def takes(self, number: str) -> None:
        self.lists.get_by_role("button", name=f"接入 {number}").click()
        self.holds(number)

    def holds(self, number: str) -> None:
        """The customer is this agent's, and on the screen."""
        expect(self.page.get_by_role("textbox", name=f"回复 {number}")).to_be_visible()

    def messages(self, speaker: Speaker) -> Locator:
        return self.log.locator(f".message--{speaker}")

    def bubbles(self, speaker: Speaker) -> Locator:
        return self.messages(speaker).locator(".bubble")

    def writes(self, text: str) -> None:
        """Send a message, without waiting for it to arrive."""
        self.composer.fill(text)
        self.composer.press("Enter")

    def notes(self, text: str) -> None:
        """Write what only agents see."""
        self.info.get_by_role("textbox", name="写备注").fill(text)
        self.info.get_by_role("button", name="添加备注").click()
        expect(self.info.locator(".note-text").last).to_have_text(text)

    def transfers(self, to: Account, note: str) -> None:
        self.info.get_by_role("button", name="转接").click()
        self.dialog.get_by_label("转给").select_option(str(to.id))
        self.dialog.get_by_label("给下一位的备注（客户看不到）").fill(note)
        self.dialog.get_by_role("button", name="确定转接").click()
        expect(self.dialog).to_have_count(0)

    def ends(self, solved: bool = True) -> None:
        self.info.get_by_role("button", name="结束会话").click()
        answer = "已解决" if solved else "没解决"
        self.dialog.get_by_role("group", name="解决了吗").get_by_label(answer).check()
        self.dialog.get_by_role("button", name="确定结束").click()
        expect(self.dialog).to_have_count(0)

    def chooses(self, file: Path) -> None:
        """Choose a file behind the button for pictures."""
        self._files.set_input_files(file)

    def goes_to(self, title: str) -> None:
        """Open one of the menu's pages."""
        self.menu.click()
        self.page.get_by_role("menuitem", name=title).click()
        expect(self.page.get_by_role("main", name=title)).to_be_visible()

    def said(self) -> list[str]:
        """Return what customer and agent wrote, in order."""
        return self.log.locator(
            ".message--customer .bubble, .message--agent .bubble"
        ).all_inner_texts()
