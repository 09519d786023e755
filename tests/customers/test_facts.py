"""What customers have told and done is remembered: it is not advised, nor warned of, again."""

from __future__ import annotations

import pytest

from actions import facts
from content import library
from desk import Desk
from tests.customer import Customer

CONTENT = library.load()
FACTS = CONTENT.facts.known


def test_who_has_called_the_police_is_not_told_to_again(customer: Customer) -> None:
    customer.says("我被骗了三千块怎么办")
    assert "110" in customer.said
    customer.says("我已经报警了")
    assert FACTS["reported"].done in customer.said
    customer.says("接下来我该干嘛")
    assert "110" not in customer.said


def test_what_is_left_to_do_is_said_one_thing_after_the_other(customer: Customer) -> None:
    customer.says("我的账号被盗了")
    customer.says("密码改好了")
    assert FACTS["password_changed"].done in customer.said
    assert FACTS["looked"].next in customer.said
    customer.says("看过了")
    assert FACTS["looked"].done in customer.said
    assert FACTS["evidence"].next in customer.said


def test_who_cannot_change_the_password_is_led_through_it(customer: Customer) -> None:
    customer.says("我的账号被盗了")
    customer.says("改密码我不会弄，你教教我")
    assert customer.step == 1
    customer.says("点了忘记密码")
    assert customer.step == 2


def test_who_has_paid_the_fraud_is_not_told_not_to(customer: Customer, desk: Desk) -> None:
    customer.says("骗子让我转账，我刚给他转了五千")
    assert customer.said.startswith(CONTENT.danger.followups["d_transferred"].wordings[0][:4])
    ticket = max(desk.waiting(), key=lambda each: each.number)
    assert ticket.urgency == "urgent"


def test_what_is_no_password_takes_no_alarm_back(customer: Customer) -> None:
    customer.says("我刷单被骗了")
    customer.says("不是密码 那是我下学期学费")
    assert CONTENT.phrases["alarm_off"].strip() not in customer.said
    assert "虚惊" not in customer.said


def test_all_is_not_well_while_the_code_was_given_away(customer: Customer) -> None:
    customer.says("我把验证码告诉骗子了")
    customer.says("钱没少，里面的钱都在")
    assert "虚惊" not in customer.said


def test_lost_phone_that_is_found_ends_the_danger(customer: Customer) -> None:
    customer.says("我手机丢了")
    customer.says("找到了找到了，在沙发缝里")
    assert "找到就好" in customer.said or "没事就好" in customer.said


def test_without_a_mailbox_the_step_does_not_ask_for_it(customer: Customer) -> None:
    customer.says("我忘记密码了")
    customer.says("下一步")
    customer.says("我没绑邮箱")
    trouble = CONTENT.topics["forgot_password"].steps[1].trouble[0]
    assert trouble.help in customer.said


@pytest.mark.parametrize(
    ("words", "thing"),
    [
        ("红包一天最多能发几个", "红包"),
        ("能拿这个坐地铁吗", "地铁"),
        ("你帮我给老公转50块钱", "替您转账"),
        ("今天下雨吗", "天气"),
    ],
)
def test_what_nobody_knows_here_is_named(customer: Customer, words: str, thing: str) -> None:
    assert thing in customer.says(words)


def test_clause_that_asks_is_answered_beside_one_that_says_nothing(customer: Customer) -> None:
    customer.says("行了不骂了 哪里能看到退款进度")
    assert "我的" in customer.said


def test_three_questions_on_one_topic_are_all_answered(customer: Customer) -> None:
    customer.says("提现多久到账 手续费多少 一天最多提多少")
    assert all(f"{place}. " in customer.said for place in (1, 2, 3))
    assert "什么时候的事" not in customer.said


DONE = [FACTS["password_changed"].advice, FACTS["reported"].advice]
OPEN = [FACTS["looked"].advice]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("先改登录密码，再看“交易记录”。", "看“交易记录”。"),
        ("1. 马上修改登录密码；\n2. 看“交易记录”。", "1. 看“交易记录”。"),
        ("别怕。钱少了，马上打110，越早越好。", "别怕。"),
        ("不改密码，他就可能一直能登录。", "不改密码，他就可能一直能登录。"),
        ("先打110。", ""),
    ],
)
def test_advice_to_do_what_is_done_is_cut_out(text: str, left: str) -> None:
    done = [each for each in DONE if each]
    assert facts._cut(text, done, [each for each in OPEN if each]) == left
