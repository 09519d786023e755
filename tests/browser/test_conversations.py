"""A customer talks to the assistant on the chat page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import APIResponse, Route, expect

from content import library
from tests.browser.chat import Chat

CONTENT = library.load()
REFUND = CONTENT.topics["request_refund"]


def test_customer_comes_for_the_first_time(chat: Chat) -> None:
    expect(chat.page).to_have_title("OK钱包客服")
    expect(chat.messages("bot")).to_have_count(1)
    expect(chat.messages("bot")).to_contain_text(CONTENT.phrases["welcome"])
    for name in CONTENT.settings.common_questions:
        expect(chat.button(CONTENT.topics[name].title)).to_be_visible()
    expect(chat.human).to_be_visible()
    expect(chat.status).to_have_text("智能客服")
    expect(chat.composer).to_be_visible()
    expect(chat.send).to_be_disabled()


def test_customer_goes_through_a_refund_by_buttons(chat: Chat) -> None:
    chat.presses(REFUND.title)
    for number, step in enumerate(REFUND.steps, 1):
        expect(chat.step.get_by_role("heading")).to_have_text(f"第 {number}/5 步 · {step.title}")
        expect(chat.step.locator(".step-procedure")).to_have_text(REFUND.title)
        expect(chat.step.locator(".step-bar [data-done=true]")).to_have_count(number)
        expect(chat.step.locator(".step-bar span")).to_have_count(5)
        expect(chat.step).to_contain_text(step.text)
        chat.presses("完成了" if number == 5 else "下一步")
    expect(chat.messages("bot").last).to_contain_text(REFUND.done)
    expect(chat.messages("customer").first).to_contain_text(REFUND.title)
    expect(chat.button("下一步"), "only the last message's buttons lead anywhere").to_have_count(0)


def test_customer_goes_through_a_refund_by_typing(chat: Chat) -> None:
    chat.says("我要退款")
    for number, words in enumerate(["好了，下一步", "弄完了", "然后呢", "继续", "做好了"], 1):
        expect(chat.step.get_by_role("heading")).to_contain_text(f"第 {number}/5 步")
        chat.says(words)
    expect(chat.messages("bot").last).to_contain_text(REFUND.done)
    expect(chat.composer).to_be_focused()
    expect(chat.composer).to_be_empty()


def test_customer_reloads_in_the_middle_of_a_refund(chat: Chat) -> None:
    chat.says("我要退款")
    chat.presses("下一步")
    before = chat.texts()
    chat.open()
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    assert chat.texts() == before[1:], "all but the welcome"
    chat.presses("下一步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 3/5 步")


def test_next_message_goes_out_before_the_first_is_answered(chat: Chat) -> None:
    kept: list[tuple[Route, APIResponse]] = []

    def keep_the_answer(route: Route) -> None:
        kept.append((route, route.fetch()))

    chat.page.route("**/api/messages", keep_the_answer, times=1)
    chat.writes("我要退款")
    chat.writes("下一步")
    expect(chat.log.locator(".step"), "answers come by the stream as well").to_have_count(2)
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    route, answer = kept[0]
    route.fulfill(response=answer)
    chat.presses("下一步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 3/5 步")
    shown = chat.texts()
    chat.open()
    assert chat.texts() == shown[1:], "the record has the same, but for the welcome"


def test_customer_has_two_tabs_that_agree(chat: Chat) -> None:
    other = chat.open_another_tab()
    chat.says("我要退款")
    expect(other.step.get_by_role("heading")).to_contain_text("第 1/5 步")
    expect(other.messages("customer")).to_have_text([r"您说：我要退款"])
    other.presses("下一步")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 2/5 步")
    expect(chat.button("下一步")).to_have_count(1)
    chat.says("下一步")
    expect(other.step.get_by_role("heading")).to_contain_text("第 3/5 步")
    for tab in (chat, other):
        expect(tab.messages("customer")).to_have_count(3)
        expect(tab.log.locator(".step")).to_have_count(3)
    # The welcome is not recorded: a tab that was open already keeps it.
    assert chat.texts()[-6:] == other.texts()[-6:]


def test_enter_confirms_a_word_of_the_input_method_and_then_sends(chat: Chat) -> None:
    keyboard = chat.page.context.new_cdp_session(chat.page)
    chat.composer.focus()
    composing = {"text": "tuikuan", "selectionStart": 7, "selectionEnd": 7}
    keyboard.send("Input.imeSetComposition", composing)
    expect(chat.composer).to_have_value("tuikuan")
    # As browsers tell it while an input method has the key: by this code, or only by isComposing.
    for code in (229, 13):
        pressed = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": code}
        keyboard.send("Input.dispatchKeyEvent", {"type": "rawKeyDown", **pressed})
        keyboard.send("Input.dispatchKeyEvent", {"type": "keyUp", **pressed})
    expect(chat.composer).to_have_value("tuikuan")
    keyboard.send("Input.insertText", {"text": "我要退款"})
    expect(chat.composer).to_have_value("我要退款")
    expect(chat.messages("customer")).to_have_count(0)
    chat.page.keyboard.press("Enter")
    expect(chat.step.get_by_role("heading")).to_contain_text("第 1/5 步")
    expect(chat.messages("customer")).to_have_count(1)
    expect(chat.composer).to_be_empty()


def test_shift_enter_begins_a_new_line(chat: Chat) -> None:
    chat.composer.press_sequentially("我要")
    chat.composer.press("Shift+Enter")
    chat.composer.press_sequentially("退款")
    expect(chat.composer).to_have_value("我要\n退款")
    expect(chat.messages("customer")).to_have_count(0)


def test_customer_asks_for_a_human_and_changes_their_mind(chat: Chat) -> None:
    chat.human.click()
    expect(chat.status).to_have_attribute("data-speaker", "waiting")
    expect(chat.status).to_contain_text("正在排队")
    leave = chat.page.locator("header").get_by_role("button", name="取消排队")
    leave.click()
    expect(chat.status).to_have_text("智能客服")
    expect(chat.human).to_be_visible()


def test_common_questions_stay_at_hand(chat: Chat) -> None:
    expect(chat.questions, "the welcome has them").to_have_count(0)
    chat.says("怎么开启双重验证")
    toggle = chat.questions.get_by_role("button", name="常见问题")
    expect(chat.questions.get_by_role("button", name=REFUND.title)).to_have_count(0)
    toggle.click()
    for name in CONTENT.settings.common_questions:
        expect(
            chat.questions.get_by_role("button", name=CONTENT.topics[name].title)
        ).to_be_visible()
    chat.questions.get_by_role("button", name=REFUND.title).click()
    expect(chat.step.get_by_role("heading")).to_contain_text("第 1/5 步")
    expect(toggle).to_have_attribute("aria-expanded", "false")


def test_customer_is_offered_to_rate_only_a_human_who_was_there(
    chat: Chat, helped: Callable[[Chat], None]
) -> None:
    entry = chat.page.get_by_role("menuitem", name="评价服务")
    chat.menu.click()
    expect(chat.page.get_by_role("menu", name="更多")).to_be_visible()
    expect(entry).to_have_count(0)
    chat.page.keyboard.press("Escape")
    helped(chat)
    chat.rating.locator(".star").nth(3).click()
    chat.rating.get_by_role("button", name="提交").click()
    expect(chat.rating).to_have_count(0)
    chat.menu.click()
    expect(entry, "once").to_have_count(0)


def test_customer_rates_the_service(chat: Chat, helped: Callable[[Chat], None]) -> None:
    helped(chat)
    chat.opens_rating()
    expect(chat.rating.get_by_role("radio").first).to_be_focused()
    chat.rating.get_by_role("button", name="提交").click()
    expect(chat.rating.get_by_role("alert")).to_have_text("请先点选几颗星。")
    chat.rating.locator(".star").nth(4).click()
    expect(chat.rating.get_by_role("radio", name="5 星，很满意")).to_be_checked()
    chat.rating.get_by_role("textbox", name="想说的话（可以不填）").fill("很快就办好了")
    chat.rating.get_by_role("button", name="提交").click()
    expect(chat.messages("system").last).to_contain_text(CONTENT.phrases["rated"])
    expect(chat.rating).to_have_count(0)


def test_customer_puts_the_rating_off(chat: Chat, helped: Callable[[Chat], None]) -> None:
    helped(chat)
    chat.opens_rating()
    chat.rating.get_by_role("button", name="以后再说").click()
    expect(chat.rating).to_have_count(0)
    chat.says("你好")
    expect(chat.rating).to_have_count(0)
    expect(chat.messages("system").last).to_contain_text("客服走了")


def test_text_size_is_kept(chat: Chat) -> None:
    html = chat.page.locator("html")
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    before = chat.messages("bot").locator(".Bubble").evaluate(size)
    chat.chooses_text_size("特大")
    expect(html).to_have_attribute("data-text-size", "largest")
    chat.open()
    expect(html).to_have_attribute("data-text-size", "largest")
    assert chat.messages("bot").locator(".Bubble").evaluate(size) > 1.3 * before
    chat.chooses_text_size("标准")
    expect(html).to_have_attribute("data-text-size", "standard")
