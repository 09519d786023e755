"""On a platform, customers are asked once whether it helped: when a procedure has ended."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from desk import Desk
from desk.feedback import Feedbacks
from standins.wechat import WeChatUser
from tests.agent import accounts_of
from tests.platforms.account import WeChatAccount


@pytest.fixture(scope="module")
def account(usual: dict[str, Any]) -> WeChatAccount:
    found: WeChatAccount = usual["wechat"]
    return found


def test_at_the_end_of_a_procedure_a_number_says_whether_it_helped(
    account: WeChatAccount, user: WeChatUser
) -> None:
    feedbacks = Feedbacks(account.database)
    before = {each.topic: each.unhelpful for each in feedbacks.judged(1)}
    user.says("怎么开启双重验证")
    user.waits_for("新设备")
    assert "没用" not in user.inbox[-1].text, "nobody is nagged"
    user.says("我要退款")
    user.waits_for("第 1/5 步")
    for place in range(2, 6):
        user.says("好了")
        user.waits_for(f"第 {place}/5 步")
    user.says("好了")
    last = user.waits_for("没用")
    asked = [line for line in last.text.splitlines() if line.endswith("有用")]
    assert asked == ["3. 有用"], "below what else there is to ask"
    user.says("4")
    user.waits_for("抱歉没帮上忙")
    after = {each.topic: each.unhelpful for each in feedbacks.judged(1)}
    assert after == {**before, "request_refund": before.get("request_refund", 0) + 1}


@pytest.fixture
def nobody_there(account: WeChatAccount) -> Iterator[None]:
    accounts = accounts_of(account.database)
    there = [each for each in accounts.all() if each.available]
    for each in there:
        accounts.set_available(each.id, False)
    yield
    for each in there:
        accounts.set_available(each.id, True)


@pytest.mark.usefixtures("nobody_there")
def test_out_of_hours_a_number_is_left_by_an_explicit_yes_and_stands_nowhere_else(
    account: WeChatAccount, user: WeChatUser
) -> None:
    user.says("转人工")
    user.waits_for("回复“同意回电”")
    user.says("同意回电 13800138000")
    user.waits_for("您的电话（****8000）记下了")
    (ticket,) = [
        each
        for each in Desk(account.database).tickets("left_message")
        if each.conversation_id == account.conversation(user)
    ]
    assert ticket.phone == "13800138000"
    assert "13800138000" not in str(account.said(user))
