"""Customers who write down what nobody should see."""

from __future__ import annotations

import pytest

from channels.masking import is_card, is_identity_card, mask
from tests.customer import Customer

# Made-up numbers with right check digits, not anybody's.
CARD = "6222020000000000000"
CARD = CARD[:-1] + next(d for d in "0123456789" if is_card(CARD[:-1] + d))
IDENTITY = "11010119000101001"
IDENTITY += next(c for c in "0123456789X" if is_identity_card(IDENTITY + c))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("验证码是123456你帮我看看", "验证码是****你帮我看看"),
        ("验证码：４５６７", "验证码：****"),
        ("收到的验证码 8848 对吗", "收到的验证码 **** 对吗"),
        ("我的密码是hunter2xyz忘了", "我的密码是****忘了"),
        ("password=Abc!2345", "password=****"),
        (f"卡号{CARD}", f"卡号****{CARD[-4:]}"),
        (f"身份证{IDENTITY}打不开", f"身份证****{IDENTITY[-4:]}打不开"),
        ("手机13800138000收不到", "手机****8000收不到"),
        ("+86 138-0013-8000", "****8000"),
        ("我的邮箱是zhang.san@example.com", "我的邮箱是****@example.com"),
    ],
)
def test_secret_or_personal_number_is_hidden(written: str, kept: str) -> None:
    assert mask(written).text == kept


@pytest.mark.parametrize(
    "harmless",
    [
        "订单号20260301123456789",
        f"交易号：{CARD}",
        "密码忘了",
        "密码error怎么办",
        "验证码收不到",
        "扣了我128.5元",
        "错误码1001",
        "2026年3月1日",
        "第3步",
        "运单号 13800138000123",
    ],
)
def test_what_a_human_needs_stays(harmless: str) -> None:
    assert mask(harmless).text == harmless
    assert not mask(harmless).secret


def test_customer_who_sends_a_code_is_warned_and_it_is_stored_nowhere(customer: Customer) -> None:
    customer.says("验证码是739518，帮我登录一下")
    assert "不要把密码和验证码发给任何人" in customer.said
    assert "739518" not in str(customer.open_page())
    assert "****" in str(customer.open_page())
