"""An app puts the chat page into its own pages with embed.js."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from playwright.sync_api import Locator, Response, Route, expect

from desk import Database, Desk
from desk.profiles import Profiles
from run import Assistant
from tests import local
from tests.browser.chat import Chat
from tests.browser.conftest import Embedder
from tests.conftest import IDENTITY_KEY
from tests.platforms.account import eventually


def forget_the_customer(chat: Chat) -> None:
    """Leave the page and take the cookies away: never from under a page that still listens."""
    chat.page.goto("about:blank")
    chat.page.context.clear_cookies()


def embed(chat: Chat, embedder: Embedder) -> Chat:
    """Show the app's page with the button on it, to a customer whom the assistant does not know."""
    forget_the_customer(chat)
    chat.watched.allow_origin(embedder.url)
    embedder.shown = chat.url
    chat.page.goto(embedder.url)
    inside = chat.page.frame_locator("iframe[title=客服对话]")
    return Chat(chat.page, chat.url, chat.watched, inside)


@pytest.fixture
def allowed(
    second_assistant: Assistant, chat_with: Callable[..., Chat], embedder: Embedder
) -> Chat:
    """The app's page, where the assistant lets the app embed it."""
    return embed(chat_with(second_assistant), embedder)


def token_of(user: str) -> str:
    claims = {"sub": user, "exp": time.time() + 60}
    return jwt.encode(claims, IDENTITY_KEY, algorithm="HS256")


def identify(chat: Chat, user: str) -> None:
    chat.page.evaluate("token => OkKefu.identify(token)", token_of(user))


def is_opened_for(answer: Response, user: str) -> bool:
    """Whether the session was opened with that user's token."""
    bearer = answer.request.headers.get("authorization", "").removeprefix("Bearer ")
    return bool(bearer) and jwt.decode(bearer, options={"verify_signature": False})["sub"] == user


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

    app = allowed.page.url
    forget_the_customer(allowed)  # another device
    allowed.page.goto(app)
    identify(allowed, new_user)
    opens(allowed)
    expect(allowed.step.get_by_role("heading")).to_contain_text("第 1/5 步")

    identify(allowed, f"other-{new_user}")
    expect(allowed.messages("customer"), "it is not theirs").to_have_count(0)
    expect(allowed.messages("bot")).to_have_count(1)


def test_nobody_sees_what_the_apps_user_said_before_logging_out(
    allowed: Chat, new_user: str
) -> None:
    identify(allowed, new_user)
    opens(allowed)
    allowed.says("我要退款")
    allowed.composer.fill("我的卡号是")

    allowed.page.evaluate("OkKefu.identify(null)")
    expect(allowed.messages("customer")).to_have_count(0)
    expect(allowed.messages("bot")).to_have_count(1)
    expect(allowed.composer).to_be_empty()
    allowed.says("查询退款进度")

    allowed.page.reload()
    opens(allowed)
    expect(allowed.messages("customer"), "who is still unknown").to_have_text(
        ["您说：查询退款进度"]
    )
    identify(allowed, new_user)
    expect(allowed.messages("customer")).to_have_text(["您说：我要退款"])


def test_apps_user_logs_out_while_the_chat_page_is_not_there(allowed: Chat, new_user: str) -> None:
    # The stream of who logs out may be opened once more before the page knows.
    allowed.watched.expect("status of 401 .*/api/events")
    identify(allowed, new_user)
    opens(allowed)
    allowed.says("我要退款")
    allowed.page.reload()
    allowed.page.evaluate("OkKefu.identify(null)")
    opens(allowed)
    expect(allowed.messages("bot")).to_have_count(1)
    expect(allowed.messages("customer")).to_have_count(0)


@pytest.mark.parametrize("delay", [1000, 2500], ids=["soon", "late"])
def test_what_is_typed_before_the_app_says_who_it_is_stays(
    allowed: Chat, new_user: str, delay: int
) -> None:
    later = """([token, delay]) =>
      OkKefu.identify(() => new Promise((say) => setTimeout(say, delay, token)))"""
    with allowed.page.expect_response(lambda answer: is_opened_for(answer, new_user)):
        allowed.page.evaluate(later, [token_of(new_user), delay])
        launcher(allowed).click()
        allowed.composer.fill("我要")
    expect(allowed.messages("bot")).to_have_count(1)
    expect(allowed.composer).to_have_value("我要")
    allowed.composer.press_sequentially("退款")
    allowed.page.keyboard.press("Enter")
    expect(allowed.step.get_by_role("heading")).to_contain_text("第 1/5 步")
    expect(allowed.messages("customer")).to_have_text(["您说：我要退款"])


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


def test_what_is_unread_is_counted_while_the_customer_walks_through_the_shop(
    allowed: Chat,
) -> None:
    opens(allowed)
    allowed.says("我要退款")
    allowed.page.evaluate("OkKefu.close()")
    allowed.page.goto(f"{allowed.page.url}?page=2")
    expect(launcher(allowed), "all was read").to_be_visible()
    inside = allowed.page.frame_locator("iframe[title=客服对话]")
    expect(inside.locator(".message--bot").first).to_be_attached()
    assert allowed.posts("下一步").ok
    one = allowed.page.get_by_role("button", name="客服，1 条新消息")
    expect(one).to_be_visible()

    shop = allowed.page.url
    allowed.page.goto("about:blank")
    assert allowed.posts("下一步").ok
    allowed.page.goto(shop)
    two = allowed.page.get_by_role("button", name="客服，2 条新消息")
    expect(two).to_be_visible()
    two.click()
    expect(allowed.step.get_by_role("heading")).to_contain_text("第 3/5 步")
    allowed.page.evaluate("OkKefu.close()")
    expect(launcher(allowed)).to_be_visible()
    allowed.page.reload()
    expect(launcher(allowed)).to_be_visible()


def test_frame_whose_cookies_are_blocked_offers_a_window_of_its_own(
    second_assistant: Assistant, chat_with: Callable[..., Chat], embedder: Embedder
) -> None:
    embedded = embed(chat_with(second_assistant), embedder)
    embedded.watched.expect("status of 401")
    opened: list[str] = []

    def keep_no_cookie(route: Route) -> None:
        opened.append(route.request.url)
        answer = local.post(route.request.url, json={})
        route.fulfill(status=answer.status_code, json=answer.json())

    embedded.page.route("**/api/session", keep_no_cookie)
    launcher(embedded).click()
    inside = embedded.page.frame_locator("iframe[title=客服对话]")
    window = inside.get_by_role("link", name="在新窗口打开")
    expect(window).to_be_visible()
    assert len(opened) == 2
    with embedded.page.context.expect_page() as fresh:
        window.click()
    chat = Chat(fresh.value, embedded.url, embedded.watched)
    expect(chat.messages("bot").first).to_be_visible()
    chat.says("我要退款")


def test_nobody_finds_the_draft_of_the_apps_user_who_has_left(allowed: Chat, new_user: str) -> None:
    identify(allowed, new_user)
    opens(allowed)
    allowed.composer.fill("我的卡号是")
    allowed.page.evaluate("OkKefu.identify(null)")
    expect(allowed.composer).to_be_empty()
    allowed.page.reload()
    opens(allowed)
    expect(allowed.composer).to_be_empty()
    identify(allowed, new_user)
    expect(allowed.composer).to_be_empty()


def test_a_site_that_is_not_allowed_cannot_show_the_page(chat: Chat, embedder: Embedder) -> None:
    embedded = embed(chat, embedder)
    embedded.watched.expect("frame-ancestors")
    launcher(embedded).click()
    close = embedded.page.get_by_role("button", name="关闭客服")
    expect(close).to_be_visible()
    expect(embedded.composer).to_have_count(0)
    close.click()
    expect(launcher(embedded)).to_be_focused()


def test_the_page_around_tells_agents_where_the_customer_comes_from(
    allowed: Chat, second_state: Path, new_user: str
) -> None:
    identify(allowed, new_user)
    allowed.page.evaluate("OkKefu.tell({page: '转账', secret: '不该知道的'})")
    opens(allowed)
    number = allowed.asks_for_a_human()
    desk = Desk(Database(f"sqlite:///{second_state / 'desk.db'}"))
    ticket = next(each for each in desk.tickets("waiting") if each.number == number)
    allowed.page.evaluate("OkKefu.tell({page: '提现'})")
    profiles = Profiles(Database(f"sqlite:///{second_state / 'desk.db'}"))
    told = {"title": "来自页面", "value": "提现", "signed": False}
    eventually(lambda: profiles.of(ticket.conversation_id) == [told], "what is told last")
    desk.cancel(ticket)
