"""Customers who want, or need, a human."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from desk import Desk, Ticket
from tests.customer import Customer


def ticket_of(desk: Desk, customer: Customer) -> Ticket:
    """Return the ticket whose number the customer was just told."""
    return next(ticket for ticket in desk.waiting() if ticket.number in customer.said)


@pytest.mark.parametrize("words", ["转人工", "人工", "我要找真人客服", "给我转接人工！！"])
def test_customer_asks_for_a_human_and_is_told_number_and_place(
    customer: Customer, desk: Desk, words: str
) -> None:
    customer.says(words)
    ticket = ticket_of(desk, customer)
    assert f"第 {desk.position(ticket)} 位" in customer.said


@pytest.mark.parametrize(
    ("words", "procedure", "category"),
    [
        ("我要申请退款", "request_refund", "退款"),
        ("我忘记密码了", "forgot_password", "账户与登录"),
    ],
)
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5])
def test_customer_asks_for_a_human_in_the_middle_of_a_procedure(
    customer: Customer, desk: Desk, at: int, words: str, procedure: str, category: str
) -> None:
    customer.says(words)
    for _ in range(at - 1):
        customer.presses("下一步")
    customer.says("转人工")
    ticket = ticket_of(desk, customer)
    assert (ticket.category, ticket.procedure, ticket.step) == (category, procedure, at)
    customer.presses("回到第")
    assert customer.step == at


def test_problem_for_a_human_is_collected_with_one_question(customer: Customer, desk: Desk) -> None:
    customer.says("提现一直没到账")
    for asked in ("什么时候", "交易号", "写了什么"):
        assert asked in customer.said
    customer.says("上个星期的事了")
    assert "“上个星期的事了”记下了" in customer.said
    assert "转人工" in customer.buttons
    customer.says("没有别的了")
    ticket = ticket_of(desk, customer)
    assert ticket.category == "提现"
    assert ticket.details["time"].startswith("上个星期")
    assert "order" not in ticket.details, "it was not told"
    assert "提现一直没到账" in ticket.words


def test_what_was_already_said_is_not_asked_again(customer: Customer, desk: Desk) -> None:
    customer.says("昨天下午3点提现一直没到账，交易号20260301123456")
    assert "什么时候" not in customer.said
    assert "交易号" not in customer.said
    customer.says("提示系统繁忙")
    ticket = ticket_of(desk, customer)
    assert "昨天" in ticket.details["time"]
    assert ticket.details["order"] == "20260301123456"
    assert ticket.details["error"] == "提示系统繁忙"


def test_customer_asks_something_while_details_are_collected(customer: Customer) -> None:
    customer.says("提现一直没到账")
    customer.says("客服电话是多少？")
    assert "热线" in customer.said
    assert "什么时候" not in customer.said, "nothing is asked twice"
    customer.says("昨天晚上的事")
    assert "记下了" in customer.said, "what was asked can still be told"


def test_customer_cuts_the_questions_short(customer: Customer, desk: Desk) -> None:
    customer.says("我要投诉")
    customer.says("转人工")
    assert ticket_of(desk, customer).category == "投诉"


def test_customer_gives_the_questions_up(customer: Customer) -> None:
    customer.says("我的账户被冻结了")
    customer.says("算了不弄了")
    assert "先不转人工" in customer.said


def test_asking_twice_keeps_one_ticket(customer: Customer, desk: Desk) -> None:
    customer.says("转人工")
    number = ticket_of(desk, customer).number
    customer.says("人工人工")
    assert ticket_of(desk, customer).number == number
    customer.says("哎哟喂这可咋整呀 blabla")
    assert "补充" in customer.said
    assert "哎哟喂这可咋整呀 blabla" in [
        word for ticket in desk.waiting() if ticket.number == number for word in ticket.words
    ]


def test_urgent_ticket_goes_before_the_others(
    customer: Customer, new_customer: Callable[[], Customer], desk: Desk
) -> None:
    customer.says("转人工")
    endangered = new_customer()
    endangered.says("我的账号被盗了")
    endangered.presses("转人工")
    ticket = ticket_of(desk, endangered)
    assert ticket.urgency == "urgent"
    normal = [each for each in desk.waiting() if each.urgency == "normal"]
    assert all(desk.position(ticket) < desk.position(each) for each in normal)


def test_customer_no_longer_wants_the_human(customer: Customer, desk: Desk) -> None:
    customer.says("转人工")
    number = ticket_of(desk, customer).number
    customer.says("退出")
    assert number in customer.said
    assert number not in [ticket.number for ticket in desk.waiting()]


@pytest.mark.parametrize(
    "words", ["还要等多久", "前面还有几个人", "怎么还没人来", "在吗", "好的我等着"]
)
def test_customer_who_waits_is_told_where_they_stand(
    customer: Customer, desk: Desk, words: str
) -> None:
    customer.says("转人工")
    ticket = ticket_of(desk, customer)
    customer.says(words)
    assert f"第 {desk.position(ticket)} 位" in customer.said
    assert "不等了" in customer.buttons


def test_customer_who_waits_tells_their_story(customer: Customer, desk: Desk) -> None:
    customer.says("转人工")
    number = ticket_of(desk, customer).number
    customer.says("上星期在网上买的锅是坏的，插上电没有动静")
    assert "补充" in customer.said
    ticket = next(each for each in desk.waiting() if each.number == number)
    assert "上星期在网上买的锅是坏的，插上电没有动静" in ticket.words


def test_customer_says_no_thanks_to_the_human_they_wait_for(customer: Customer, desk: Desk) -> None:
    customer.says("转人工")
    number = ticket_of(desk, customer).number
    customer.says("不用了")
    assert "已经取消" in customer.said
    assert number not in [ticket.number for ticket in desk.waiting()]


def test_customer_wants_no_human_and_tries_again(customer: Customer, desk: Desk) -> None:
    customer.says("我忘记密码了")
    customer.says("点了没反应")
    customer.says("还是不行")
    assert "要不要我帮您转人工" in customer.said
    customer.says("人工先不要，我自己再试试看")
    assert "工单号" not in customer.said
    assert "说“继续”就接着办" in customer.said


@pytest.mark.parametrize(
    ("words", "human"), [("好的", False), ("知道了", False), ("要，帮我转吧", True)]
)
def test_good_after_an_answer_is_no_wish_for_a_human(
    customer: Customer, words: str, human: bool
) -> None:
    customer.says("怎么查退款进度")
    assert "转人工" in customer.buttons
    customer.says(words)
    assert ("工单号" in customer.said) == human


def test_order_number_after_an_answer_is_kept_for_the_human(customer: Customer, desk: Desk) -> None:
    customer.says("怎么查退款进度")
    customer.says("订单号20260301123456")
    assert "订单号或交易号记下了" in customer.said
    customer.says("好的")
    assert ticket_of(desk, customer).details["order"] == "20260301123456"


def test_complaint_is_asked_for_in_the_customer_s_own_words(customer: Customer, desk: Desk) -> None:
    customer.says("我要投诉")
    customer.says("昨天打电话，你们的人骂我，我要道歉")
    customer.says("跳过")
    ticket = ticket_of(desk, customer)
    assert ticket.details["matter"] == "昨天打电话，你们的人骂我，我要道歉"


def test_customer_who_closes_the_account_is_not_asked_when_it_happened(customer: Customer) -> None:
    customer.says("我要注销账户")
    assert "什么时候" not in customer.said
    assert "为什么想注销" in customer.said


def test_customer_asks_more_instead_of_answering(customer: Customer, desk: Desk) -> None:
    customer.says("提现手续费是多少")
    customer.says("那多久能到银行卡呢")
    assert "提现" in customer.said
    assert "绑卡" not in customer.said
    assert "不清楚" in customer.said
    assert "转人工" in customer.buttons
    customer.says("转人工")
    assert "那多久能到银行卡呢" in ticket_of(desk, customer).words


def test_customer_turns_to_something_else_instead_of_answering(customer: Customer) -> None:
    customer.says("提现一直没到账")
    customer.says("先告诉我客服热线")
    assert "24小时" in customer.said
    assert "直接转人工" in customer.buttons


@pytest.mark.parametrize("words", ["继续", "回到第"])
def test_customer_goes_on_with_the_procedure_instead_of_complaining(
    customer: Customer, words: str
) -> None:
    customer.says("我忘记密码了")
    customer.presses("下一步")
    customer.says("我要投诉")
    assert "怎么回事" in customer.said
    customer.presses(words) if words == "回到第" else customer.says(words)
    assert customer.step == 2
    customer.presses("下一步")
    assert customer.step == 3


def test_danger_while_waiting_makes_the_ticket_urgent_at_once(
    customer: Customer, desk: Desk
) -> None:
    customer.says("转人工")
    number = ticket_of(desk, customer).number
    customer.says("我的账号被盗了")
    assert "马上修改登录密码" in customer.said
    assert "紧急" in customer.said
    ticket = next(each for each in desk.waiting() if each.number == number)
    assert (ticket.urgency, ticket.category) == ("urgent", "资金安全")
