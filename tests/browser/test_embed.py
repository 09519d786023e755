"""An app puts the chat page into its own pages with embed.js."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import jwt
import pytest
from playwright.sync_api import Locator, Route, expect

from run import Assistant
from tests.browser.chat import Chat
from tests.conftest import IDENTITY_KEY


@pytest.fixture(scope="module")
def host(assistant: Assistant) -> Iterator[str]:
    """The address of an app on another origin, whose own policy is strict."""
    page = (
        f"<!doctype html><title>商城</title><script src='{assistant.url}/embed.js' defer></script>"
    )
    policy = f"default-src 'none'; script-src {assistant.url}; frame-src {assistant.url}"

    class Host(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path == "/"
            self.send_response(200 if found else 204)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(page.encode() if found else b"")

        def log_message(self, *details: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def embedded(chat: Chat, host: str) -> Chat:
    """The app's page with the button on it, for a customer whom the assistant does not know."""
    chat.page.context.clear_cookies()
    chat.watched.allow_origin(host)
    chat.page.goto(host)
    inside = chat.page.frame_locator("iframe[title=客服对话]")
    return Chat(chat.page, chat.url, chat.watched, inside)


@pytest.fixture
def allowed(embedded: Chat, host: str) -> Chat:
    """The same, where the assistant lets the app embed it.

    The shared assistant allows no embedders; what it would send if it did is put into its answer.
    """

    def let_embed(route: Route) -> None:
        answer = route.fetch()
        policy = answer.headers["content-security-policy"]
        allowing = policy.replace("frame-ancestors 'self'", f"frame-ancestors 'self' {host}")
        route.fulfill(
            response=answer, headers={**answer.headers, "content-security-policy": allowing}
        )

    embedded.page.route(f"{embedded.url}/", let_embed)
    return embedded


def identify(chat: Chat, user: str) -> None:
    token = jwt.encode({"sub": user, "exp": time.time() + 60}, IDENTITY_KEY, algorithm="HS256")
    chat.page.evaluate("token => OkKefu.identify(token)", token)


def launcher(chat: Chat) -> Locator:
    return chat.page.get_by_role("button", name="客服", exact=True)


def opens(chat: Chat) -> None:
    """Press the button; the page is there, and knows who the customer is."""
    launcher(chat).click()
    expect(chat.messages("bot").first).to_be_visible()


@pytest.fixture
def new_user() -> str:
    return uuid.uuid4().hex


def test_apps_user_has_their_conversation_wherever_the_app_shows_it(
    allowed: Chat, new_user: str
) -> None:
    identify(allowed, new_user)
    opens(allowed)
    expect(launcher(allowed)).to_have_attribute("aria-expanded", "true")
    allowed.says("我要退款")
    expect(allowed.step.get_by_role("heading")).to_contain_text("第 1/5 步")

    allowed.page.context.clear_cookies()  # another device
    allowed.page.reload()
    identify(allowed, new_user)
    opens(allowed)
    expect(allowed.step.get_by_role("heading")).to_contain_text("第 1/5 步")

    identify(allowed, f"other-{new_user}")
    expect(allowed.messages("customer"), "it is not theirs").to_have_count(0)
    expect(allowed.messages("bot")).to_have_count(1)


def test_embedded_page_opens_and_closes_by_keyboard(allowed: Chat) -> None:
    button = launcher(allowed)
    expect(allowed.page.locator("iframe")).to_have_count(0)
    button.focus()
    allowed.page.keyboard.press("Enter")
    expect(allowed.messages("bot").first).to_be_visible()
    allowed.composer.focus()
    allowed.page.keyboard.press("Escape")
    expect(button).to_have_attribute("aria-expanded", "false")
    expect(button).to_be_focused()
    expect(allowed.composer).to_be_hidden()


def test_closed_page_counts_what_is_unread(allowed: Chat) -> None:
    opens(allowed)
    allowed.says("我要退款")
    allowed.page.evaluate("OkKefu.close()")
    expect(launcher(allowed)).to_be_visible()
    assert allowed.posts("下一步").ok
    unread = allowed.page.get_by_role("button", name="客服，1 条新消息")
    expect(unread).to_be_visible()
    unread.click()
    expect(launcher(allowed)).to_be_visible()
    expect(allowed.step.get_by_role("heading")).to_contain_text("第 2/5 步")


def test_a_site_that_is_not_allowed_cannot_show_the_page(embedded: Chat) -> None:
    embedded.watched.expect("frame-ancestors")
    launcher(embedded).click()
    close = embedded.page.get_by_role("button", name="关闭客服")
    expect(close).to_be_visible()
    expect(embedded.composer).to_have_count(0)
    close.click()
    expect(launcher(embedded)).to_be_focused()
