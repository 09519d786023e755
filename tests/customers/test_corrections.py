"""What a customer says was misunderstood is not answered again; who is cheated is not let go."""

from __future__ import annotations

import pytest

from content import library
from tests.customer import Customer

CONTENT = library.load()


def warned(customer: Customer) -> bool:
    """Tell whether the customer was just told what to do in a danger."""
    kinds = CONTENT.danger.kinds.values()
    return any(wording.strip() in customer.said for kind in kinds for wording in kind.wordings)


def test_a_customer_who_asked_something_else_does_not_hear_the_same_again(
    customer: Customer,
) -> None:
    customer.says("上个月花了多少在哪看")
    first = customer.said
    customer.says("我要看的是总数，不是一笔一笔的")
    assert customer.said != first
    assert "这一笔" not in customer.said


def test_who_has_not_forgotten_the_password_is_not_led_through_finding_it(
    customer: Customer,
) -> None:
    customer.says("账号登不上了")
    customer.says("我都说了没忘密码！")
    assert customer.step is None


def test_who_tried_the_advice_in_vain_is_not_told_it_again(customer: Customer) -> None:
    customer.says("打开就闪退")
    customer.says("更新过了，还闪")
    assert "更新到最新" not in customer.said
    assert "转人工" in customer.said


def test_another_company_s_password_is_not_taken_for_ours(customer: Customer) -> None:
    customer.says("支付宝的密码忘了怎么找")
    assert "支付宝" in customer.said
    assert customer.step is None


def test_who_stands_up_for_the_swindler_is_warned_on(customer: Customer) -> None:
    customer.says("网上认识的女朋友让我跟着她投资")
    assert warned(customer)
    customer.says("她不是骗子")
    assert "虚惊" not in customer.said


@pytest.mark.parametrize(
    "words", ["他在远程操作我的手机", "我把验证码念给他了", "他说“先交两千保证金才放款”，交吗"]
)
def test_a_danger_is_heard_whichever_end_the_story_begins_at(
    customer: Customer, words: str
) -> None:
    customer.says(words)
    assert "转人工" in customer.buttons or "工单号" in customer.said
    assert warned(customer) or "110" in customer.said


def test_the_twenty_four_hours_are_the_hotline_s(customer: Customer) -> None:
    customer.says("转人工")
    customer.says("没人？你们不是写着24小时吗")
    assert "热线" in customer.said
    assert "24小时" in customer.said


def test_who_waits_no_longer_and_asks_something_gets_both(customer: Customer) -> None:
    customer.says("转人工")
    customer.says("不等了，热线号码给我")
    assert "取消" in customer.said
    assert "热线" in customer.said


def test_who_asks_again_what_the_step_was_sees_it_again(customer: Customer) -> None:
    customer.says("我忘记密码了")
    customer.presses("下一步")
    customer.says("刚说要填个啥来着")
    assert customer.step == 2


def test_who_despairs_reads_two_paragraphs_and_not_four(customer: Customer) -> None:
    customer.says("我不想活了")
    assert "110" in customer.said
    assert customer.said.count("人工客服") == 1
    customer.says("别跟我讲大道理")
    assert "这个不办" not in customer.said
