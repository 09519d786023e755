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


def test_what_stands_behind_i_asked_is_answered(customer: Customer) -> None:
    customer.says("双重验证有什么用")
    customer.says("我问的是在哪开")
    assert "帮助中心" in customer.said
    assert "哪一页" in customer.said


def test_who_only_wonders_or_goes_on_is_given_no_ticket(customer: Customer) -> None:
    customer.says("双重验证能不能关掉")
    customer.says("行 那我还是留着吧")
    assert "工单号" not in customer.said


def test_who_grumbles_that_a_human_is_needed_is_given_no_ticket(customer: Customer) -> None:
    customer.says("停车费扣了我两次")
    customer.says("就3块钱还要转人工啊")
    assert "工单号" not in customer.said


def test_an_alarm_is_not_taken_back_by_a_question(customer: Customer) -> None:
    customer.says("哥们微信找我要验证码我给了")
    customer.says("草 那不是他本人啊？")
    assert CONTENT.say("alarm_off") not in customer.said
    customer.says("我看了交易记录 少了2600")
    assert "110" in customer.said


def test_despair_that_was_misheard_ends_with_an_apology(customer: Customer) -> None:
    customer.says("我不想活了")
    customer.says("俺没想不开！！俺要取钱")
    assert CONTENT.say("despair_misheard") in customer.said
    customer.says("退款多久到账")
    assert "工作日" in customer.said


def test_who_wants_money_for_medicine_is_not_taken_for_somebody_who_despairs(
    customer: Customer,
) -> None:
    customer.says("这钱咋取不出来，俺等着买降压药呢")
    assert "120" not in customer.said


def test_who_is_shown_a_step_too_far_is_taken_back(customer: Customer) -> None:
    customer.says("忘记密码了")
    customer.says("码填好了，让我设新密码")
    customer.says("不对 我还没到设新密码那步")
    assert customer.step == 1


@pytest.mark.parametrize("words", ["在吗，有个事想问一下", "闺女你在不", "我有个问题请教一下"])
def test_who_announces_a_question_is_asked_for_it(customer: Customer, words: str) -> None:
    customer.says(words)
    assert CONTENT.say("go_ahead") in customer.said


def test_who_is_called_by_a_courier_is_not_sent_away(customer: Customer) -> None:
    customer.says("有个快递客服打给我")
    assert "帮不上忙" not in customer.said


@pytest.mark.parametrize(
    "words", ["付了两遍", "货款付重了咋办", "打车多扣了我86", "停车费重复扣款了"]
)
def test_who_paid_twice_is_not_taken_for_somebody_who_was_robbed(
    customer: Customer, words: str
) -> None:
    customer.says(words)
    assert not warned(customer)
    assert "两笔" in customer.said


def test_who_agrees_to_a_human_gets_a_ticket_about_the_matter(customer: Customer) -> None:
    customer.says("退款同意了 钱呢")
    customer.says("行吧 转")
    assert "退款" in customer.said
    assert "（转账）" not in customer.said
