"""A browser, and customers who use the chat page with it."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from desk import Desk, Entry
from run import Assistant
from tests.agent import accounts_of
from tests.browser.chat import Chat
from tests.conftest import program, start_assistant

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
    # Chromium without what only a window needs costs a third of the processor's time.
    path = shutil.which("chromium-headless-shell") or program("chromium", "chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield running
        running.close()


class Embedder:
    """An app on another origin, which puts the chat page into its own with embed.js."""

    def __init__(self) -> None:
        self.shown = ""  # origin of the assistant whose chat page it puts in
        app = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path.partition("?")[0] == "/"
                policy = f"default-src 'none'; script-src {app.shown}; frame-src {app.shown}"
                page = (
                    "<!doctype html><title>商城</title>"
                    f"<script src='{app.shown}/embed.js' defer></script>"
                )
                self.send_response(200 if found else 204)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(page.encode() if found else b"")

            def log_message(self, *details: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.url = f"http://localhost:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="package")
def embedder() -> Iterator[Embedder]:
    app = Embedder()
    yield app
    app.stop()


@pytest.fixture(scope="package")
def second_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the second assistant's databases, content and log."""
    return tmp_path_factory.mktemp("second-assistant")


@pytest.fixture(scope="package")
def second_assistant(second_state: Path, embedder: Embedder) -> Iterator[Assistant]:
    """One that may be stopped for a while, that the app may embed, and that allows a link."""
    running = start_assistant(
        second_state,
        embedders=[embedder.url],
        links=["help.example.com"],
        profile={"page": {"title": "来自页面", "host": True}},
    )
    yield running
    running.stop()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., tuple[BrowserContext, Watched]]]:
    """Make browsers that know nothing yet, for the pages of an assistant.

    However the test goes, the pages must not have complained, broken their content security policy
    or asked other servers for anything.
    """
    made: list[tuple[BrowserContext, Watched]] = []

    def make(assistant: Assistant, **options: Any) -> tuple[BrowserContext, Watched]:
        context = browser.new_context(locale="zh-CN", **options)
        context.set_default_timeout(30_000)
        watched = Watched(assistant.url)
        watched.watch(context)
        made.append((context, watched))
        return made[-1]

    yield make
    for context, _ in made:
        context.close()
    for _, watched in made:
        watched.assert_all_well()


@pytest.fixture
def chat_with(
    new_context: Callable[..., tuple[BrowserContext, Watched]],
) -> Callable[..., Chat]:
    """Open the chat page of an assistant in a browser that knows nothing yet."""

    def open_it(assistant: Assistant, **options: Any) -> Chat:
        context, watched = new_context(assistant, **options)
        return Chat(context.new_page(), assistant.url, watched).open()

    return open_it


@pytest.fixture
def helped(desk: Desk, state: Path) -> Callable[[Chat], None]:
    """Let a human of the shared assistant have been with a customer, who is asked to rate that."""

    def help_them(chat: Chat) -> None:
        number = chat.asks_for_a_human()
        ticket = next(each for each in desk.waiting() if each.number == number)
        agent = next(each for each in accounts_of(state).all() if each.login == "ever-there")
        desk.take(ticket.id, agent.id, Entry("joined", "system", "客服来了。"))
        desk.close(ticket.id, Entry("closed", "system", "客服走了。"))
        chat.open()
        expect(chat.rating).to_be_visible()

    return help_them


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
