"""Customers who are walked through a procedure."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from content import library
from tests.customer import Customer

CONTENT = library.load()
TOPICS = CONTENT.topics
PROCEDURES = {
    "forgot_password": "我忘记密码了",
    "request_refund": "我要申请退款",
    "security_advice": "怎么提高钱包的安全性",
}


def begin(customer: Customer, name: str) -> None:
    """Ask for the procedure and stand at its first step."""
    customer.says(PROCEDURES[name])
    if TOPICS[name].walkthrough == "offer":
        customer.presses("一项一项检查")
    assert customer.step == 1


@pytest.mark.parametrize("name", PROCEDURES)
def test_customer_goes_through_the_procedure_by_buttons(customer: Customer, name: str) -> None:
    topic = TOPICS[name]
    begin(customer, name)
    for number, step in enumerate(topic.steps, 1):
        assert customer.step == number
        assert f"第 {number}/{len(topic.steps)} 步" in customer.said
        assert step.text in customer.said
        customer.presses("完成了" if number == len(topic.steps) else "下一步")
    assert topic.done in customer.said
    assert customer.step is None


@pytest.mark.parametrize("name", PROCEDURES)
def test_customer_goes_through_the_procedure_in_words(customer: Customer, name: str) -> None:
    begin(customer, name)
    for words in ["好了，下一步", "弄完了", "然后呢", "继续"]:
        customer.says(words)
    assert customer.step == len(TOPICS[name].steps)
    customer.says("做好了")
    assert TOPICS[name].done in customer.said


@pytest.mark.parametrize("name", PROCEDURES)
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_customer_moves_in_free_words_at_any_step(customer: Customer, name: str, at: int) -> None:
    begin(customer, name)
    for _ in range(at - 1):
        customer.says("下一步")
    customer.says("再说一遍")
    assert customer.step == at
    customer.says("上一步")
    assert customer.step == max(at - 1, 1)
    if at == 1:
        assert "已经是第一步" in customer.said
    customer.says("跳到第3步")
    assert customer.step == 3
    customer.says("从头开始")
    assert customer.step == 1
    customer.says("不弄了，退出")
    assert customer.step is None
    assert TOPICS[name].title in customer.said


@pytest.mark.parametrize("name", PROCEDURES)
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_customer_asks_something_else_at_any_step_and_comes_back(
    customer: Customer, name: str, at: int
) -> None:
    begin(customer, name)
    for _ in range(at - 1):
        customer.presses("下一步")
    customer.says("客服电话是多少")
    assert "热线" in customer.said
    assert f"回到第 {at}/5 步" in customer.buttons
    customer.says("继续")
    assert customer.step == at


@pytest.mark.parametrize("name", PROCEDURES)
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_customer_fails_at_a_step_and_gets_its_own_help(
    customer: Customer, name: str, at: int
) -> None:
    topic = TOPICS[name]
    begin(customer, name)
    for _ in range(at - 1):
        customer.presses("下一步")
    customer.presses("遇到问题")
    for trouble in topic.steps[at - 1].trouble:
        assert trouble.title in customer.buttons
    if topic.steps[at - 1].trouble:
        trouble = topic.steps[at - 1].trouble[0]
        customer.presses(trouble.title)
        assert trouble.help in customer.said
    customer.says("还是不行")
    assert "转人工" in customer.buttons, "two failures at a step offer a human"


def test_customer_asks_for_a_step_that_does_not_exist(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("跳到第9步")
    assert "没有第 9 步" in customer.said
    assert customer.step == 1


def test_code_that_does_not_come_is_answered_within_the_step(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("下一步")
    customer.says("验证码一直收不到")
    assert "垃圾箱" in customer.said
    customer.presses("再试这一步")
    assert customer.step == 2


@pytest.mark.parametrize(
    ("words", "step", "told"),
    [
        ("收不到", 2, "垃圾箱"),
        ("没有", 2, "遇到了什么情况"),
        ("不行", 2, "遇到了什么情况"),
        ("好了", 3, "填进去"),
        ("嗯", 3, "填进去"),
        ("换号了", 2, "核实身份"),
    ],
)
def test_bare_words_mean_what_they_mean_at_the_step(
    customer: Customer, words: str, step: int, told: str
) -> None:
    begin(customer, "forgot_password")
    customer.says("下一步")
    customer.says(words)
    assert told in customer.said
    customer.says("再说一遍")
    assert customer.step == step


def test_customer_types_the_title_of_a_button(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("遇到问题")
    customer.says("找不到“忘记密码”")
    customer.says("再试这一步")
    assert customer.step == 1


def test_one_procedure_interrupts_another_which_is_offered_again(customer: Customer) -> None:
    begin(customer, "request_refund")
    customer.says("下一步")
    customer.says("我忘记密码了")
    assert customer.step == 1
    customer.says("退出")
    assert "申请退款" in customer.said
    assert "要接着办吗" in customer.said
    customer.says("好的")
    assert customer.step == 2
    assert "申请退款" in customer.said


def test_asking_for_the_same_procedure_again_shows_where_it_stands(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("下一步")
    customer.says("我忘记密码了")
    assert customer.step == 2


def test_nothing_is_under_way(customer: Customer) -> None:
    customer.says("下一步")
    assert "没有正在办理的步骤" in customer.said
    customer.says("从头开始")
    assert "没有正在办理的步骤" in customer.said


def test_customer_returns_in_a_later_session_and_is_offered_the_procedure(
    new_customer: Callable[[], Customer], let_hours_pass: Callable[[int], None]
) -> None:
    customer = new_customer()
    begin(customer, "request_refund")
    customer.says("下一步")
    customer.says("下一步")
    let_hours_pass(3)
    customer.says("你好")
    assert "申请退款" in customer.said
    assert "第 3/5 步" in customer.said
    assert "要接着办吗" in customer.said
    customer.says("好的")
    assert customer.step == 3


def test_returning_customer_declines_the_procedure(
    new_customer: Callable[[], Customer], let_hours_pass: Callable[[int], None]
) -> None:
    customer = new_customer()
    begin(customer, "forgot_password")
    let_hours_pass(3)
    customer.says("你好")
    customer.says("不用了")
    assert customer.step is None
    customer.says("下一步")
    assert "没有正在办理的步骤" in customer.said


@pytest.mark.parametrize("words", ["已经找到那个入口了", "號碼我填進去了", "👌", "👍🏽"])
def test_customer_tells_that_it_is_done_in_the_step_s_own_words(
    customer: Customer, words: str
) -> None:
    begin(customer, "forgot_password")
    customer.says(words)
    assert customer.step == 2


@pytest.mark.parametrize(
    ("words", "at", "told"),
    [
        ("我手上没截图", 2, "先准备手上有的"),
        ("沒有申請退款那個按鈕", 3, "交易的详情里"),
        ("没有申请退款的按钮啊", 5, "交易的详情里"),
    ],
)
def test_customer_names_what_is_wrong_and_gets_that_help(
    customer: Customer, words: str, at: int, told: str
) -> None:
    begin(customer, "request_refund")
    for _ in range(at - 1):
        customer.presses("下一步")
    customer.presses("遇到问题")
    customer.says(words)
    assert told in customer.said
    customer.presses("再试这一步")
    assert customer.step == min(at, 3), "the step of that trouble"


def test_wrong_code_at_the_step_before_is_answered_as_a_wrong_code(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("下一步")
    customer.says("提示验证码不对")
    assert "最新收到的那一条" in customer.said


def test_good_after_help_means_to_try_again_not_to_go_on(customer: Customer) -> None:
    begin(customer, "request_refund")
    customer.says("不知道能不能退")
    assert "转人工" in customer.buttons
    customer.says("好的")
    assert customer.step == 1
    customer.says("好了")
    assert customer.step == 2


def test_customer_did_not_mean_this_procedure(customer: Customer) -> None:
    begin(customer, "request_refund")
    customer.says("你弄错了，不是这个")
    assert "没弄懂您的意思" in customer.said
    assert "退出" in customer.buttons


@pytest.mark.parametrize("words", ["那我不退了哈", "退款我先不办了"])
def test_customer_gives_up_by_the_name_of_the_thing(customer: Customer, words: str) -> None:
    begin(customer, "request_refund")
    customer.says("下一步")
    customer.says(words)
    assert "先办到这里" in customer.said


def test_customer_jumps_to_the_last_step(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("跳到最后一步")
    assert customer.step == 5


def test_customer_is_stuck_in_the_middle(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("下一步")
    customer.says("那怎么办")
    assert "遇到了什么情况" in customer.said


def test_step_is_told_before_what_may_have_been_meant(customer: Customer) -> None:
    begin(customer, "request_refund")
    customer.says("账户问题")
    said, way_back = customer.said, "说“继续”就接着办"
    assert way_back in said
    # Whether anything is suggested is the model's doubt, where it stands is not.
    assert CONTENT.say("did_you_mean") not in said[: said.index(way_back)]
    assert "申请退款" not in customer.buttons, "it is under way"
    assert customer.buttons[-1] == "回到第 1/5 步"


def test_customer_comes_back_from_another_question_with_the_step_done(customer: Customer) -> None:
    begin(customer, "forgot_password")
    customer.says("下一步")
    customer.says("客服电话是多少")
    customer.says("手机号我填上了")
    assert customer.step == 3
