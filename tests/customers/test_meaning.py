"""What customers deny, tell of their ticket, have looked at already, or ask that nobody foresaw."""

from __future__ import annotations

import pytest

from content import library
from desk import Desk
from tests.customer import Customer

CONTENT = library.load()


def words_of(customer: Customer, desk: Desk) -> list[str]:
    """The words that an agent reads on the newest ticket."""
    number = customer.said.split("K0")[1][:5]
    return [str(word) for word in desk.get(int(number)).words]


# ---- the ticket


def test_what_is_to_be_added_to_the_ticket_is_added_and_said(
    customer: Customer, desk: Desk
) -> None:
    customer.says("提现三天了没到，转人工")
    customer.says("帮我备注一下，今天中午要用")
    assert "补充到" in customer.said
    assert any("今天中午要用" in word for word in words_of(customer, desk))


def test_who_asks_whether_it_was_noted_is_told(customer: Customer) -> None:
    customer.says("提现三天了没到，转人工")
    customer.says("昨晚提的八千块，加上了没")
    assert "K0" in customer.said
    assert "说过的都在" in customer.said or "补充到" in customer.said


def test_a_ticket_of_the_wrong_kind_is_moved_on_request(customer: Customer) -> None:
    customer.says("我要注销账户")
    customer.says("转人工")
    customer.says("工单登记错了，我要问的是提现没到账")
    assert "提现" in customer.said
    assert "对不起" in customer.said


def test_a_ticket_cannot_be_hurried_and_nothing_is_promised(customer: Customer) -> None:
    customer.says("提现三天了没到，转人工")
    customer.says("工单能不能加急")
    assert "做不到" in customer.said
    assert "K0" in customer.said


@pytest.mark.parametrize("words", ["等你们我怕他把钱花了", "不用记就好"])
def test_no_ticket_is_taken_back_by_words_that_do_not_say_so(
    words: str, customer: Customer
) -> None:
    customer.says("转账转错人了，转人工")
    customer.says(words)
    assert "已经取消" not in customer.said


def test_where_a_ticket_is_open_no_human_is_offered(customer: Customer) -> None:
    customer.says("提现三天了没到，转人工")
    customer.says("提现能取消吗")
    assert "帮您转" not in customer.said
    assert "转人工" not in customer.buttons


def test_who_closes_the_page_is_told_where_the_answer_will_be(customer: Customer) -> None:
    customer.says("提现三天了没到，转人工")
    customer.says("好的谢谢，关掉这个页面没事吧")
    assert "窗口" in customer.said


# ---- what is denied, what is asked back


def test_a_topic_that_was_denied_is_not_answered_again(customer: Customer) -> None:
    customer.says("我妈转给我的钱没到")
    customer.says("没忘密码！是转到我以前的手机号的账户了，能要回来吗")
    assert "找回密码" not in customer.said
    assert "转到旧号" in customer.said


def test_a_fraud_is_not_called_what_the_customer_says_it_is_not(customer: Customer) -> None:
    customer.says("有人说我中奖了，让我先交两千块手续费，我给他转了好几次")
    customer.says("什么中奖呀，是网上认识的男朋友要我转的")
    assert "奖" not in customer.said
    customer.says("他天天跟我视频的，还能是骗子吗")
    assert "视频" in customer.said


def test_that_only_a_human_can_do_it_is_confirmed(customer: Customer) -> None:
    customer.says("绑定的手机号停机了，邮箱也没绑过")
    customer.says("那就是只能找人工了是吧")
    assert customer.said.startswith("对")
    assert "转人工" in customer.buttons


# ---- what was looked at already


def test_nobody_is_told_to_look_where_they_have_looked(customer: Customer) -> None:
    customer.says("验证码收不到")
    customer.says("手机号是对的，拦截也看了没有，信号满格")
    customer.says("重新获取了八次了，还是没有")
    assert "拦截" not in customer.said
    assert "信号" not in customer.said
    assert "人工" in customer.said


# ---- what nobody foresaw


def test_a_question_like_no_example_is_owned_up_to(customer: Customer) -> None:
    customer.says("我被骗了六千块，已经报警了")
    customer.says("这个案子电视台会不会播出来啊")
    assert any(word in customer.said for word in ("说不准", "不清楚", "答不准"))


def test_sums_are_not_taken_for_codes(customer: Customer) -> None:
    customer.says("有个贷款平台让我交解冻费，还问我要验证码")
    customer.says("昨天交了6000 今早又交了4000")
    assert CONTENT.phrases["never_share"] not in customer.said
    assert "遮住" not in customer.said
