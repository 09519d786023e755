"""Customers who ask, chat, or are in danger."""

from __future__ import annotations

import re

import pytest

from content import library
from tests.customer import Customer

CONTENT = library.load()
TOPICS = CONTENT.topics


def told(name: str, customer: Customer) -> bool:
    """Tell whether the answer says what the content has on that topic, in full or on a question."""
    topic = TOPICS[name]
    texts = [topic.answer, topic.brief, *topic.followups.values(), *topic.asked.values()]
    return any(text and text in customer.said for text in texts)


def warned(kind: str, customer: Customer) -> bool:
    """Tell whether the answer says what to do with that kind of danger."""
    return any(wording in customer.said for wording in CONTENT.danger.kinds[kind].wordings)


def alarmed(customer: Customer) -> bool:
    """Tell whether the answer warns of any danger."""
    topics = any(TOPICS[name].answer in customer.said for name in DANGERS)
    return topics or any(warned(kind, customer) for kind in CONTENT.danger.kinds)


DANGERS = [name for name, topic in TOPICS.items() if topic.urgency == "urgent"]

QUESTIONS = {
    "verification_code_missing": "验证码收不到怎么办",
    "bound_phone_changed": "绑定的手机号换了，收不到验证码",
    "change_password": "我想修改登录密码",
    "refund_policy": "什么情况下可以退款，时限是多久",
    "refund_evidence": "退款需要提供哪些凭证",
    "refund_progress": "怎么查退款进度",
    "refund_rejected": "退款申请被拒绝了怎么申诉",
    "two_factor_auth": "怎么开启双重验证",
    "update_app": "怎么更新到最新版本的应用",
    "public_wifi": "用公共wifi付款安全吗",
    "review_transactions": "在哪里看交易记录",
    "contact_support": "怎么联系你们客服",
    "contact_phone": "客服电话是多少",
    "contact_online": "在线客服入口在哪里",
    "contact_email": "客服邮箱是什么",
    "contact_social": "你们有官方微博吗",
    "prepare_for_support": "联系客服前要准备什么",
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_customer_asks_and_gets_the_topic_s_answer(customer: Customer, name: str) -> None:
    customer.says(QUESTIONS[name])
    assert told(name, customer)


@pytest.mark.parametrize(
    ("words", "fact"),
    [
        ("客服电话是多少", "“客服”或“帮助中心”里查看"),
        ("怎么联系人工电话客服", "24小时"),
        ("你们有官方微博吗", "私信"),
        ("怎么查退款进度", "“我的”"),
        ("公共wifi能付款吗", "公共Wi-Fi"),
        ("怎么开启双重验证", "应用里开启"),
        ("在哪里看交易记录", "“交易记录”"),
        ("客服邮箱是什么", "“客服”或“帮助中心”里查看"),
    ],
)
def test_fact_that_was_asked_for_is_told(customer: Customer, words: str, fact: str) -> None:
    assert fact in customer.says(words)


def test_all_four_ways_to_reach_support_are_told_together(customer: Customer) -> None:
    customer.says("怎么联系你们客服")
    for way in ("客服热线", "24小时", "在线客服", "帮助中心", "邮件", "微博", "微信"):
        assert way in customer.said


def test_preparation_is_tailored_to_the_problem_at_hand(customer: Customer) -> None:
    customer.says("退款申请被拒绝了怎么申诉")
    customer.says("联系客服前要准备什么")
    assert TOPICS["refund_rejected"].prepare in customer.said


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("stolen_money", "有一笔扣款不是我操作的"),
        ("stolen_account", "我的账号被盗了"),
        ("lost_phone", "手机丢了，怕钱包里的钱被转走"),
        ("scam_code", "有人冒充客服让我说验证码，是不是骗子"),
    ],
)
@pytest.mark.parametrize("before", [None, "我要申请退款", "提现不到账"])
def test_danger_is_answered_at_once_whatever_is_going_on(
    customer: Customer, kind: str, words: str, before: str | None
) -> None:
    if before:
        customer.says(before)
    customer.says(words)
    assert warned(kind, customer)
    assert "转人工" in customer.buttons
    customer.says("好的")
    assert "工单号" in customer.said
    assert "紧急" in customer.said


def test_clerk_greets_thanks_and_says_goodbye(customer: Customer) -> None:
    assert "您好" in customer.says("你好")
    assert "找回密码" in customer.buttons
    assert "不" in customer.says("谢谢你")
    assert "机器人" in customer.says("你是机器人吗")
    assert "退款" in customer.says("你能做什么")
    assert "再见" in customer.says("再见")


def test_sentence_between_two_topics_is_answered_by_suggestions(customer: Customer) -> None:
    customer.says("账户问题")
    assert CONTENT.say("did_you_mean") in customer.said
    assert "都不是" in customer.buttons
    assert 1 <= len(customer.buttons) - 1 <= 4
    customer.presses("都不是")
    assert "转人工" in customer.buttons


def test_something_outside_is_told_plainly_and_a_second_miss_offers_a_human_first(
    customer: Customer,
) -> None:
    first = customer.says("明天天气怎么样")
    assert "天气" in first, "it names what was asked"
    assert "只懂钱包" in first
    second = customer.says("给我讲个笑话")
    assert second != first
    assert "转人工" in second
    assert customer.buttons[0] == "转人工"
    customer.says("好的")
    assert "工单号" in customer.said


def test_repeat_says_the_last_answer_again(customer: Customer) -> None:
    first = customer.says("怎么开启双重验证")
    assert first in customer.says("再说一遍")


def test_customer_in_danger_says_it_again_and_is_not_read_the_same_again(
    customer: Customer,
) -> None:
    customer.says("我被骗了怎么办")
    customer.says("骗子冒充客服骗了我的钱")
    assert not alarmed(customer), "it is the same danger"
    assert "转人工" in customer.buttons or "工单号" in customer.said


def test_customer_in_danger_who_sent_money_is_handed_over_as_urgent(customer: Customer) -> None:
    customer.says("我被骗了怎么办")
    customer.says("我刚才已经转账给他了，转账能撤回吗")
    assert "资金安全" in customer.said
    assert "紧急" in customer.said
    assert "工单号" in customer.said


def test_customer_in_danger_tells_more_and_is_offered_a_human(customer: Customer) -> None:
    customer.says("我的账号被盗了")
    customer.says("就是那个送快递的")
    assert "不清楚" not in customer.said
    assert not alarmed(customer)
    assert "做好了说一声" in customer.says("好的"), "it is about what they are to do next"
    customer.presses("转人工")
    assert "工单号" in customer.said


def test_customer_asks_what_then_after_an_answer(customer: Customer) -> None:
    customer.says("用公共wifi付款安全吗")
    customer.says("然后呢")
    assert re.search("公共网络|公共Wi-Fi", customer.said)
    assert "没有正在办理" not in customer.said


@pytest.mark.parametrize("words", ["。。。", "？", "😭😭"])
def test_customer_who_sends_no_word_is_asked_for_words(customer: Customer, words: str) -> None:
    customer.says(words)
    assert customer.said.startswith("我在")
    assert "找回密码" in customer.buttons


def test_customer_thanks_with_folded_hands(customer: Customer) -> None:
    assert "不" in customer.says("🙏🙏")
    assert "转人工" not in customer.buttons


def test_customer_who_still_does_not_understand_may_have_a_human(customer: Customer) -> None:
    first = customer.says("怎么开启双重验证")
    customer.says("没听懂")
    assert TOPICS["two_factor_auth"].followups["explain"] in customer.said
    assert first not in customer.said, "what was not understood is said in other words"
    customer.says("还是没听懂")
    assert "转人工" in customer.buttons


def test_customer_says_no_to_what_they_never_asked(customer: Customer) -> None:
    assert "这个不办" in customer.says("我可没说要退款")
    assert "退款" not in customer.said
    assert customer.step is None
    customer.says("忘记密码怎么办")
    assert "先办到这里" in customer.says("谁说我要找回密码了")
    assert customer.step is None
    assert "没有正在办理" in customer.says("下一步"), "what is denied is not gone on with"


def test_question_asked_meanwhile_is_answered_without_further_ones(customer: Customer) -> None:
    customer.says("提现一直没到账")
    customer.says("用公共wifi付款安全吗")
    assert "VPN" in customer.said
    assert "什么时候" not in customer.said, "nothing is asked twice"
    assert customer.buttons == ["直接转人工"]


def test_customer_who_did_what_the_danger_asks_for_has_not_done_the_step(
    customer: Customer,
) -> None:
    customer.says("我要申请退款")
    customer.says("下一步")
    customer.says("我的账号被盗了")
    customer.says("改好了")
    assert CONTENT.facts.known["password_changed"].done in customer.said
    assert "回到第 2/5 步" in customer.buttons
    customer.presses("回到第 2")
    assert customer.step == 2


def test_danger_is_not_forgotten_while_the_customer_talks_of_it(customer: Customer) -> None:
    customer.says("我被骗了怎么办")
    called = False
    for words in ("就是那个送快递的", "他现在还在门口", "真的气死人", "我脑子一片空白"):
        before = customer.said
        customer.says(words)
        assert "不清楚" not in customer.said
        assert "电话" not in customer.said, "nobody spoke of a call"
        assert customer.said != before
        called = called or "工单号" in customer.said
        assert called or "转人工" in customer.buttons
    customer.says("骗子冒充客服骗了我的钱")
    assert not alarmed(customer), "it is the same danger"


@pytest.mark.parametrize(
    ("words", "first", "second", "facts"),
    [
        (
            "怎么修改登录密码？另外你们客服电话多少",
            "change_password",
            "contact_phone",
            ("找回密码", "24小时"),
        ),
        (
            "退款进度在哪里查。还有怎么开启双重验证",
            "refund_progress",
            "two_factor_auth",
            ("“我的”", "应用里开"),
        ),
        (
            "怎麼更新到最新版本\n還有在哪裡看交易記錄",
            "update_app",
            "review_transactions",
            ("官方渠道", "“交易记录”"),
        ),
    ],
)
def test_who_asks_two_things_is_answered_both_in_order(
    customer: Customer, words: str, first: str, second: str, facts: tuple[str, str]
) -> None:
    customer.says(words)
    places = [customer.said.find(f"{TOPICS[name].title}：") for name in (first, second)]
    assert -1 < places[0] < places[1]
    assert facts[0] in customer.said[places[0] : places[1]]
    assert facts[1] in customer.said[places[1] :]
    customer.presses(TOPICS[second].title)
    assert TOPICS[second].answer in customer.said


@pytest.mark.parametrize(
    "words",
    [
        "你好。请问退款进度怎么查？谢谢",
        "退款进度怎么查？我想知道退款到哪一步了",
        "密码错了几次，账户被锁了",
        "我账户里还有钱怎么取出来？",
    ],
)
def test_one_request_in_several_sentences_is_taken_for_one(customer: Customer, words: str) -> None:
    customer.says(words)
    assert "您还问到了" not in customer.said
    assert not re.search(r"(?m)^1\. (.+?)：.*\n2\. \1：", customer.said), (
        "one topic, numbered twice"
    )


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        ("我的账号被盗了！！怎么开启双重验证？", {"stolen_account"}),
        ("退款进度怎么查？对了我刚才被骗了5000", {"scam_general"}),
        ("转人工！我号被盗了！", {"stolen_account"}),
        ("是不是被骗了？我刚转了5000。怎么办", {"scam_general"}),
    ],
)
def test_danger_in_one_of_several_sentences_comes_before_all_else(
    customer: Customer, words: str, kinds: set[str]
) -> None:
    customer.says(words)
    paid = CONTENT.danger.followups["d_transferred"].wordings
    warned_of = any(warned(kind, customer) for kind in kinds)
    assert warned_of or any(wording in customer.said for wording in paid)
    assert "先" in customer.said[:12], "before all else"
    assert "您还问到了" not in customer.said
    assert "如果问的不是这个" not in customer.said
    assert "工单号" in customer.said or "转人工" in customer.buttons


@pytest.mark.parametrize(
    ("words", "asked"),
    [
        ("我账户没有被盗。就是想改个密码。", "change_password"),
        ("我朋友上次被骗了。我想问怎么开双重验证", "two_factor_auth"),
        ("新聞說最近很多人被騙。你們錢包安全嗎？怎麼提高安全？", "security_advice"),
    ],
)
def test_danger_that_is_none_does_not_push_the_question_aside(
    customer: Customer, words: str, asked: str
) -> None:
    customer.says(words)
    assert told(asked, customer)
    assert not alarmed(customer)


def test_payment_that_failed_in_two_sentences_is_no_theft(customer: Customer) -> None:
    customer.says("支付失败了。钱却扣了。")
    assert not alarmed(customer)
    assert "转人工" in str(customer.buttons) or "什么时候" in customer.said


def test_thanks_before_a_question_do_not_push_it_aside(customer: Customer) -> None:
    customer.says("谢谢你。你真好。怎么退款呢？退款要手续费吗？")
    assert "退款" in customer.said


def test_who_asks_for_a_person_after_something_else_gets_one(customer: Customer) -> None:
    customer.says("密码忘了")
    customer.says("我不想弄了。怎么找人工？")
    assert "工单号" in customer.said


def test_words_of_the_step_s_own_button_are_its_trouble(customer: Customer) -> None:
    customer.says("我要申请退款")
    customer.says("下一步")
    customer.says("下一步")
    step = TOPICS["request_refund"].steps[2]
    for trouble in step.trouble:
        customer.says(trouble.title)
        assert trouble.help in customer.said


def test_who_leaves_and_asks_has_left_and_is_answered(customer: Customer) -> None:
    customer.says("密码忘了")
    customer.says("退出。顺便问下怎么联系客服")
    assert told("contact_support", customer)
    assert "停在第" not in customer.said
    customer.says("转人工")
    customer.says("不等了。另外你们客服电话是多少？")
    assert told("contact_phone", customer)
    assert "不等了" not in customer.buttons, "nobody is waited for"
    customer.says("继续")
    assert "工单" not in customer.said
