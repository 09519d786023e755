"""The network or the server goes away in the middle of a conversation, and comes back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Route, expect

from run import Assistant
from tests import local
from tests.browser.chat import Chat
from tests.browser.conftest import Watched

COUNT_KEPT_PICTURES = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('ok-kefu-unsent')
  opening.onerror = reject
  opening.onsuccess = () => {
    const counting = opening.result.transaction('pictures').objectStore('pictures').count()
    counting.onerror = reject
    counting.onsuccess = () => { opening.result.close(); resolve(counting.result) }
  }
})"""


def kept_pictures_become(chat: Chat, count: int) -> None:
    """Wait until so many pictures are kept: the page tidies up beside what it shows.

    A reload in the middle of it may leave one, which is gone a day later.
    """
    chat.page.wait_for_function(
        f"(count) => ({COUNT_KEPT_PICTURES})().then((n) => n === count)", arg=count
    )


def test_server_is_restarted_in_the_middle_of_a_refund(
    second_assistant: Assistant, chat_with: Callable[..., Chat]
) -> None:
    chat = chat_with(second_assistant)
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    chat.presses("下一步")
    before = chat.texts()

    second_assistant.stop_one("server")
    expect(chat.connection_notice).to_have_text("暂时连接不上客服，请检查网络。")
    chat.writes("下一步")
    expect(chat.problem).to_contain_text("没有发出去")

    second_assistant.start_server()
    second_assistant.wait_ready()
    expect(chat.connection_notice, "reconnects by itself").to_have_count(0, timeout=60_000)
    assert chat.texts() == [*before, "下一步"]
    chat.problem.get_by_role("button", name="重新发送").click()
    expect(chat.step.get_by_role("heading")).to_contain_text("第 3/5 步")
    chat.presses("下一步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 4/5 步")
    expect(chat.problem).to_have_count(0)
    expect(chat.messages("customer")).to_have_count(4)
    expect(chat.log.locator(".step")).to_have_count(4)
    shown = chat.texts()
    chat.open()
    assert chat.texts() == shown[1:], "the record has the same, but for the welcome"


def test_customer_is_offline_for_a_while(chat: Chat) -> None:
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    chat.page.context.set_offline(True)
    chat.writes("下一步")
    expect(chat.problem).to_contain_text("没有发出去，请检查网络。")
    expect(chat.connection_notice).to_have_text("网络已断开，连上后就能继续发消息。")
    elsewhere = chat.posts("再说一遍")  # from another device
    assert elsewhere.ok

    chat.page.context.set_offline(False)
    expect(chat.connection_notice).to_have_count(0)
    expect(chat.log.locator(".step"), "hears what it has missed").to_have_count(2)
    chat.problem.get_by_role("button", name="重新发送").click()
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    expect(chat.problem).to_have_count(0)
    said = [f"您说：{text}" for text in ("我要退款", "再说一遍", "下一步")]
    expect(chat.messages("customer")).to_have_text(said)
    expect(chat.log.locator(".step")).to_have_count(3)
    chat.open()
    expect(chat.messages("customer")).to_have_text(said)
    expect(chat.log.locator(".step")).to_have_count(3)


def test_customer_who_sends_too_fast_loses_nothing_and_need_do_nothing(chat: Chat) -> None:
    chat.watched.expect("status of 429")
    refusals = iter(range(3))

    def refuse_for_a_while(route: Route) -> None:
        if next(refusals, None) is None:
            route.continue_()
            return
        body = {"error": {"code": "rate_limited", "message": "您发得太快了。"}}
        route.fulfill(status=429, headers={"Retry-After": "1"}, json=body)

    chat.page.route("**/api/messages", refuse_for_a_while)
    chat.writes("我要退款")
    chat.writes("下一步")
    expect(chat.rate_limit_notice).to_contain_text("刚才的话不会丢")
    expect(chat.rate_limit_notice).to_have_count(1)
    expect(chat.log.locator("[data-delivery=held]")).to_have_count(2)
    expect(chat.log.locator(".step"), "they go out by themselves, in order").to_have_count(2)
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    expect(chat.messages("customer")).to_have_text(["您说：我要退款", "您说：下一步"])
    expect(chat.problem).to_have_count(0)
    expect(chat.rate_limit_notice).to_have_count(0)


def test_rate_limit_of_the_server_is_waited_for(chat: Chat) -> None:
    chat.watched.expect("status of 429")
    for _ in range(30):
        assert chat.posts(" ").status == 400, "counts, though it is too little to be answered"
    chat.writes("我要退款")
    expect(chat.log.locator("[data-delivery=held]")).to_contain_text("稍后自动发出")
    chat.open()
    expect(chat.problem, "also over a reload").to_have_count(1)
    expect(chat.messages("customer")).to_contain_text("我要退款")


def fails_to_send(chat: Chat, text: str) -> None:
    """Write a message that does not get through."""
    chat.page.route("**/api/messages", lambda route: route.abort())
    chat.writes(text)
    expect(chat.problem).to_be_visible()
    chat.page.unroute("**/api/messages")


def test_message_that_failed_looks_so_on_a_small_phone(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat(viewport={"width": 360, "height": 480})
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    fails_to_send(chat, "下一步")
    resend = chat.problem.get_by_role("button", name="重新发送")
    expect(resend).to_be_in_viewport(ratio=1)
    failed = chat.messages("customer").last
    expect(failed).to_have_attribute("data-delivery", "failed")
    expect(failed.locator(".bubble-mark")).to_have_text("未发出")
    expect(failed.locator(".bubble-mark")).to_be_in_viewport(ratio=1)


def test_failure_is_seen_by_who_has_scrolled_up_meanwhile(open_chat: Callable[..., Chat]) -> None:
    chat = open_chat(viewport={"width": 360, "height": 480})
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    kept: list[Route] = []
    chat.page.route("**/api/messages", lambda route: kept.append(route))
    chat.writes("下一步")
    scroller = chat.page.locator(".list-scroller")
    expect(chat.messages("customer").last).to_be_in_viewport()
    scroller.evaluate("box => box.scrollTo(0, 0)")
    expect(chat.messages("customer").last).not_to_be_in_viewport()
    kept[0].abort()
    expect(chat.problem.get_by_role("button", name="重新发送")).to_be_in_viewport(ratio=1)


def test_unsent_message_and_draft_survive_a_reload(chat: Chat) -> None:
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    fails_to_send(chat, "下一步")
    chat.composer.fill("订单号是")
    chat.open()
    expect(chat.composer).to_have_value("订单号是")
    expect(chat.problem).to_contain_text("没有发出去")
    expect(chat.messages("customer")).to_have_count(2)
    chat.problem.get_by_role("button", name="重新发送").click()
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    chat.composer.press("Enter")
    expect(chat.messages("customer")).to_have_count(3)
    expect(chat.composer).to_be_empty()
    chat.open()
    expect(chat.messages("customer"), "once each").to_have_count(3)
    expect(chat.problem).to_have_count(0)
    expect(chat.composer).to_be_empty()


def picture_fails_to_send(chat: Chat, file: Path) -> None:
    """Choose a picture that does not get through, and load the page again."""
    chat.watched.expect("net::ERR_")
    Image.new("RGB", (90, 60), "teal").save(file)
    chat.page.route("**/api/pictures?id=*", lambda route: route.abort())
    chat.chooses(file)
    expect(chat.problem).to_contain_text("没有发出去")
    chat.page.unroute("**/api/pictures?id=*")
    chat.open()


def test_picture_that_failed_to_send_is_still_there_after_a_reload_and_goes_out_once(
    chat: Chat, tmp_path: Path
) -> None:
    picture_fails_to_send(chat, tmp_path / "截图.png")
    expect(chat.problem).to_contain_text("没有发出去")
    drawn = "image => image.decode().then(() => image.naturalWidth)"
    assert chat.thumbnail.locator("img").evaluate(drawn) == 90
    chat.open()
    expect(chat.thumbnail, "however often").to_have_count(1)
    sent: list[str] = []
    chat.page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))
    chat.problem.get_by_role("button", name="重新发送").click()
    expect(chat.messages("bot").last).to_contain_text("图片收到了")
    expect(chat.problem).to_have_count(0)
    kept_pictures_become(chat, 0)
    chat.open()
    expect(chat.thumbnail).to_have_count(1)
    expect(chat.messages("customer"), "once").to_have_count(1)
    expect(chat.problem).to_have_count(0)
    assert len([each for each in sent if each.startswith("POST") and "/pictures" in each]) == 1
    kept_pictures_become(chat, 0)


@pytest.mark.parametrize(
    "script",
    [
        "Object.defineProperty(window, 'indexedDB', { value: undefined })",
        "IDBObjectStore.prototype.put = () => { throw new DOMException('', 'QuotaExceededError') }",
    ],
    ids=["missing", "full"],
)
def test_picture_that_the_browser_could_not_keep_has_to_be_chosen_again(
    chat: Chat, tmp_path: Path, script: str
) -> None:
    chat.page.add_init_script(script)
    chat.open()
    picture_fails_to_send(chat, tmp_path / "截图.png")
    expect(chat.problem).to_contain_text("请重新选择图片")
    expect(chat.messages("customer")).to_contain_text("［图片］")
    expect(chat.problem.get_by_role("button", name="重新发送")).to_have_count(0)
    chat.problem.get_by_role("button", name="知道了").click()
    expect(chat.messages("customer")).to_have_count(0)
    chat.chooses(tmp_path / "截图.png")
    expect(chat.messages("bot").last).to_contain_text("图片收到了")
    chat.open()
    expect(chat.messages("customer")).to_have_count(1)
    expect(chat.problem).to_have_count(0)


def test_next_customer_of_the_browser_does_not_get_the_picture_that_was_unsent(
    chat: Chat, tmp_path: Path
) -> None:
    picture_fails_to_send(chat, tmp_path / "证件.png")
    expect(chat.thumbnail).to_have_count(1)
    kept_pictures_become(chat, 1)
    chat.page.goto("about:blank")
    chat.page.context.clear_cookies()
    chat.open()
    expect(chat.messages("customer")).to_have_count(0)
    kept_pictures_become(chat, 0)


def test_message_that_arrived_though_its_answer_was_lost_is_not_unsent(chat: Chat) -> None:
    chat.watched.expect("net::ERR_")
    chat.says("我要退款")
    arrived: list[Route] = []

    def lose_the_answer(route: Route) -> None:
        route.fetch()
        arrived.append(route)

    chat.page.route("**/api/messages", lose_the_answer)
    chat.writes("下一步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    assert arrived
    chat.page.unroute("**/api/messages")
    chat.open()
    expect(chat.messages("customer")).to_have_count(2)
    expect(chat.problem).to_have_count(0)


def test_next_customer_of_the_browser_does_not_see_what_was_unsent(chat: Chat) -> None:
    chat.watched.expect("net::ERR_")
    fails_to_send(chat, "我的卡丢了")
    chat.composer.fill("卡号是")
    chat.page.goto("about:blank")
    chat.page.context.clear_cookies()
    chat.open()
    expect(chat.composer).to_be_empty()
    expect(chat.messages("customer")).to_have_count(0)


def test_browser_that_keeps_no_cookies_stops_and_says_why(
    assistant: Assistant, new_context: Callable[..., tuple[BrowserContext, Watched]]
) -> None:
    context, watched = new_context(assistant)
    watched.expect("status of 401")
    opened: list[str] = []

    def keep_no_cookie(route: Route) -> None:
        opened.append(route.request.url)
        answer = local.post(route.request.url, json={})
        route.fulfill(status=answer.status_code, json=answer.json())

    page = context.new_page()
    page.clock.install()
    page.route("**/api/session", keep_no_cookie)
    page.goto(assistant.url)
    told = page.get_by_role("alert").filter(has_text="Cookie")
    expect(told).to_be_visible()
    assert len(opened) == 2
    page.clock.run_for(120_000)
    chat = Chat(page, assistant.url, watched)
    chat.writes("我要退款")
    expect(chat.problem).to_contain_text("Cookie")
    assert len(opened) == 2, "nobody asks again and again"
    told.get_by_role("button", name="重试").click()
    expect(told).to_be_visible()


def test_eighth_tab_loads_and_all_of_them_hear(chat: Chat) -> None:
    tabs = [chat, *(chat.open_another_tab() for _ in range(7))]
    tabs[-1].says("我要退款")
    for tab in tabs:
        expect(tab.step.get_by_role("heading")).to_contain_text("第 1/5 步")
    tabs.pop(0).page.close()  # the one whose stream they shared
    tabs[0].says("下一步")
    for tab in tabs:
        expect(tab.step.get_by_role("heading")).to_contain_text("第 2/5 步")
        expect(tab.messages("customer")).to_have_count(2)


def test_tabs_go_on_when_the_one_that_listens_is_frozen(chat: Chat) -> None:
    other = chat.open_another_tab()
    third = chat.open_another_tab()
    freezer = chat.page.context.new_cdp_session(chat.page)
    freezer.send("Debugger.enable")
    freezer.send("Debugger.pause")  # at whatever it does next
    assert other.posts("我要退款").ok
    for tab in (other, third):
        expect(tab.step.get_by_role("heading")).to_contain_text("第 1/5 步", timeout=60_000)
    freezer.send("Debugger.disable")
    assert other.posts("下一步").ok
    for tab in (chat, other, third):
        expect(tab.step.get_by_role("heading")).to_contain_text("第 2/5 步")
