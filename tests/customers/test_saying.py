"""Nothing is said twice, offered after it was refused, or asked again; what is unknown is named."""

from __future__ import annotations

import pytest

from content import library
from desk import Desk
from tests.customer import Customer

CONTENT = library.load()


def paragraphs(customer: Customer) -> set[str]:
    return {part for message in customer.messages for part in message["text"].split("\n\n")}


def test_the_same_question_again_is_not_answered_with_the_same_words(customer: Customer) -> None:
    customer.says("你们客服电话多少")
    first = paragraphs(customer)
    customer.says("客服电话到底是多少")
    assert first.isdisjoint(paragraphs(customer))
    assert customer.said.strip(), "and not with silence either"


def test_who_wants_to_hear_it_again_hears_it_again(customer: Customer) -> None:
    customer.says("怎么查退款进度")
    first = customer.said
    assert "我的" in customer.says("没看清，再说一遍")
    assert first.split("\n")[0] in customer.said


def test_what_is_not_known_is_named_in_the_customer_s_words(customer: Customer) -> None:
    customer.says("单日最多能转多少呢")
    assert "不清楚" in customer.said
    assert "什么时候的事" not in customer.said, "nothing has happened"
    assert "工单" not in customer.said


def test_who_has_refused_a_human_is_not_offered_one(customer: Customer) -> None:
    customer.says("提现一直没到账")
    customer.says("我不要转人工")
    customer.says("提现要几天到账")
    assert "转人工" not in customer.buttons
    assert "转人工" not in customer.said
    customer.says("还是帮我转人工吧")
    assert "K0" in customer.said


def test_a_question_beside_the_wait_is_answered(customer: Customer, desk: Desk) -> None:
    customer.says("转人工")
    customer.says("怎么还没人？那我的红包退不退啊")
    assert "红包" in customer.said
    assert "K0" in customer.said


def test_two_questions_are_both_answered(customer: Customer) -> None:
    customer.says("周末打热线打得通吗，打电话要不要钱")
    assert "24小时" in customer.said
    assert "话费" in customer.said


def test_a_note_for_the_human_names_what_was_noted(customer: Customer) -> None:
    customer.says("转人工")
    customer.says("是昨天下午三点的事")
    assert "“是昨天下午三点的事”" in customer.said
    customer.says("一共两百八十块")
    assert "“一共两百八十块”" in customer.said


@pytest.mark.parametrize(
    ("words", "taken"),
    [("留言不用取消", False), ("不转钱了，我听你的", False), ("留言取消吧，不等了", True)],
)
def test_only_who_wants_it_loses_the_ticket_of_a_danger(
    customer: Customer, desk: Desk, words: str, taken: bool
) -> None:
    customer.says("我被骗了，给骗子转了三千块")
    number = next(ticket.number for ticket in desk.waiting() if ticket.number in customer.said)
    customer.says(words)
    assert (number not in {ticket.number for ticket in desk.waiting()}) is taken


def test_a_widow_is_not_taken_for_somebody_who_despairs(customer: Customer) -> None:
    customer.says("我老伴走了，他账户里还有点钱怎么取")
    assert "120" not in customer.said
    assert "过世" in customer.said


def test_who_despairs_and_asks_for_somebody_to_talk_to_is_not_sent_to_our_hotline(
    customer: Customer,
) -> None:
    customer.says("我真的不想活了")
    customer.says("有没有什么专门的电话，心里难受能找人说话的")
    assert any(text.strip() in customer.said for text in CONTENT.despair["helpline"].wordings)
    assert "帮助中心" not in customer.said


def test_emergency_numbers_are_never_cut_out_of_an_answer(customer: Customer) -> None:
    customer.says("我被骗了五万块")
    customer.says("警察那边报过警了")
    customer.says("我不想活了")
    for text in (customer.said, customer.says("没人陪我，我一个人")):
        assert "110" in text
        assert "120" in text


def test_bank_questions_in_a_fraud_are_answered_about_the_bank(customer: Customer) -> None:
    customer.says("有人自称客服让我开了屏幕共享")
    customer.says("他看到我银行卡密码了，要不要找银行")
    assert "发卡银行" in customer.said


def test_family_that_is_cheated_is_spoken_of_as_family(customer: Customer) -> None:
    customer.says("我妈接到自称公安局的电话，要她把钱转到安全账户")
    assert CONTENT.phrases["danger_of_family"].strip() in customer.said
    customer.says("我劝不住，她不听我的")
    assert "110" in customer.said


def test_who_cancels_the_wait_by_the_page_s_words_waits_no_more(customer: Customer) -> None:
    customer.says("转人工")
    assert "已经取消" in customer.says("取消转人工")
