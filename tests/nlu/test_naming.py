"""Which topics the words of a message name, and which parts of it ask for something."""

from __future__ import annotations

import re

import pytest
import yaml

from content import library
from nlu.naming import FILE, asked_apart, named_topics

NAMES = yaml.safe_load(FILE.read_text(encoding="utf8"))
REFUND = {
    name
    for name in NAMES
    if "." not in name and (name.startswith("ref") or name == "request_refund")
}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("那邮箱呢", "contact_email"),
        ("提现多久到账", "withdrawal"),
        ("那多久能提现到银行卡", "withdrawal"),
        ("双重验证怎么关", "two_factor_auth"),
        ("验证码收不到", "verification_code_missing"),
        ("密码忘了", "forgot_password"),
        ("怎么改密码", "change_password"),
        ("旧手机号停机了", "bound_phone_changed"),
        ("交易记录在哪看", "review_transactions"),
        ("客服热线几点上班", "contact_phone"),
        ("微博上能问吗", "contact_social"),
        ("在線客服怎麼進", "contact_online"),
        ("注销账户", "close_account"),
        ("实名认证", "identity_verification"),
        ("账户被冻结了", "account_frozen"),
        ("公共WiFi能付款吗", "public_wifi"),
        ("ＶＰＮ是什么", "public_wifi"),
        ("退款被拒绝了", "refund_rejected"),
        ("退款进度在哪", "refund_progress"),
        ("投诉你们", "complaint"),
        ("转人工", "human_handoff"),
    ],
)
def test_longest_word_names_the_topic_first(text: str, topic: str) -> None:
    assert named_topics(text)[0] == topic


@pytest.mark.parametrize(
    "text", ["那要几天", "多久", "为什么", "在哪", "可以吗", "好的谢谢", "收到了", "", "？"]
)
def test_follow_up_without_a_name_names_nothing(text: str) -> None:
    assert named_topics(text) == []


def test_word_of_several_topics_names_all_of_them() -> None:
    assert set(named_topics("那退款要几天")) == REFUND


def test_every_name_is_a_topic_and_its_patterns_are_sound() -> None:
    topics = {name for name in NAMES if "." not in name}
    assert topics - {"human_handoff"} == set(library.load().topics)
    for question in set(NAMES) - topics:
        topic, key = question.split(".")
        assert key in library.load().topics[topic].asked
    for patterns in NAMES.values():
        assert patterns
        for pattern in patterns:
            assert not re.compile(pattern).match(""), f"{pattern} names whatever is said"


@pytest.mark.parametrize("topic", [name for name in NAMES if "." not in name])
def test_topic_s_own_title_or_subject_names_it(topic: str) -> None:
    known = library.load().topics.get(topic)
    texts = [known.title, known.subject] if known else ["转人工"]
    assert any(topic in named_topics(text) for text in texts)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("忘记密码怎么办，退款多久到账", ["忘记密码怎么办", "退款多久到账"]),
        ("怎么改密码？另外电话多少", ["怎么改密码", "电话多少"]),
        ("客服电话多少，邮箱是什么", ["客服电话多少", "邮箱是什么"]),
        ("1. 怎么退款 2. 怎么改密码", ["怎么退款", "怎么改密码"]),
        (
            "退款多久到账，提现手续费多少，怎么开双重验证",
            ["退款多久到账", "提现手续费多少", "怎么开双重验证"],
        ),
        ("银行卡怎么解绑，账户怎么注销", ["银行卡怎么解绑", "账户怎么注销"]),
    ],
)
def test_parts_that_each_ask_are_told_apart(text: str, parts: list[str]) -> None:
    assert asked_apart(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "怎么退款",
        "怎么退款，要多久",
        "退款怎么办，我很急，真的",
        "我昨天买了东西，没收到货，怎么退款",
        "密码改了，手机号也换了",
        "好的，谢谢",
    ],
)
def test_one_request_with_its_story_stays_one(text: str) -> None:
    assert asked_apart(text) == []
