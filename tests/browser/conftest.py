"""A browser, and customers who use the chat page with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from run import Assistant
from tests.browser.chat import Chat
from tests.conftest import program

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

# Violations of the content security policy, for the console to tell: also those that it leaves out.
TELL_VIOLATIONS = """addEventListener('securitypolicyviolation', (event) =>
  console.error(`policy violated: ${event.violatedDirective} ${event.blockedURI}`), true)"""


class Watched:
    """What goes wrong in a browser's pages without the customer seeing it."""

    def __init__(self, origin: str) -> None:
        self.wrong: list[str] = []
        self._origins = [origin]
        self._expected: list[str] = []

    def expect(self, pattern: str) -> None:
        """Leave aside what fits: the test itself brings it about."""
        self._expected.append(pattern)

    def allow_origin(self, origin: str) -> None:
        """Let requests go to one more origin."""
        self._origins.append(origin)

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("page", self._watch_page)
        context.on("request", lambda request: self._see(request.url))

    def _watch_page(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.wrong.append(f"uncaught: {error}"))
        page.on("dialog", lambda dialog: self.wrong.append(f"dialog: {dialog.message}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _see(self, url: str) -> None:
        own = any(url.startswith(f"{origin}/") for origin in self._origins)
        if not own and not url.startswith(("data:", "blob:")):
            self.wrong.append(f"request to {url}")

    def assert_all_well(self) -> None:
        unexpected = [
            each for each in self.wrong if not any(re.search(one, each) for one in self._expected)
        ]
        assert not unexpected, unexpected


# For this package and not for the session: the loop that Playwright runs in this thread would be in
# the way of other tests' asyncio.run().
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    path = program("chromium", "chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def chat_with(browser: Browser) -> Iterator[Callable[..., Chat]]:
    """Open the chat page of an assistant in a browser that knows nothing yet.

    However the test goes, the page must not have complained, broken its content security policy or
    asked other servers for anything.
    """
    opened: list[tuple[BrowserContext, Watched]] = []

    def open_it(assistant: Assistant, **options: Any) -> Chat:
        context = browser.new_context(locale="zh-CN", **options)
        context.set_default_timeout(15_000)
        watched = Watched(assistant.url)
        watched.watch(context)
        opened.append((context, watched))
        return Chat(context.new_page(), assistant.url, watched).open()

    yield open_it
    for context, _ in opened:
        context.close()
    for _, watched in opened:
        watched.assert_all_well()


@pytest.fixture
def open_chat(assistant: Assistant, chat_with: Callable[..., Chat]) -> Callable[..., Chat]:
    """Open the chat page of the shared assistant; options are those of a browser's context."""

    def open_it(**options: Any) -> Chat:
        return chat_with(assistant, **options)

    return open_it


@pytest.fixture
def chat(open_chat: Callable[..., Chat]) -> Chat:
    """The chat page of a customer who has never been here."""
    return open_chat()
