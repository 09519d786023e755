"""Accounts that say everything by the API, and accounts whose answers at once are counted.

Those that say what they can at once are in test_wechat.py and test_weibo.py, those without an API
in test_passive_only.py.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from channels.platforms.at_once import CUT, PATIENCE
from standins.stand_in import ANSWER_SECONDS
from tests.channels.test_web import Page, picture
from tests.platforms.account import (
    BUSY_MACHINE,
    Account,
    WeChatAccount,
    WeiboAccount,
    actions_stopped,
    eventually,
    shown,
)

AnyAccount = Account[Any, Any]
Accounts = dict[str, AnyAccount]


@pytest.fixture(scope="module")
def active(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    wechat, weibo = WeChatAccount("safe", reply_mode="active"), WeiboAccount(reply_mode="active")
    wechat.start(tmp_path_factory.mktemp("active"), weibo)
    yield {"wechat": wechat, "weibo": weibo}
    wechat.stop()


@pytest.fixture(scope="module")
def counting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Accounts]:
    wechat = WeChatAccount("compat", passive_counts=True)
    weibo = WeiboAccount(passive_counts=True, most=3)
    weibo.platform.most = 3
    for each in (wechat, weibo):
        each.platform.passive_counts = True
    wechat.start(tmp_path_factory.mktemp("counting"), weibo)
    yield {"wechat": wechat, "weibo": weibo}
    wechat.stop()


@pytest.fixture
def account(request: pytest.FixtureRequest) -> AnyAccount:
    accounts, channel = request.param
    found: Accounts = request.getfixturevalue(accounts)
    return found[channel]


def both(accounts: str) -> pytest.MarkDecorator:
    channels = ["wechat", "weibo"]
    given = [(accounts, channel) for channel in channels]
    return pytest.mark.parametrize("account", given, indirect=True, ids=channels)


# ---- active


@both("active")
def test_every_answer_comes_by_the_api_and_none_at_once(account: AnyAccount, user: Any) -> None:
    for does, heard in (
        (user.follow, "智能客服"),
        (lambda: user.says("我要申请退款"), "第 1/5 步"),
        (lambda: user.says("1"), "第 2/5 步"),
        (lambda: user.clicks_menu("HUMAN"), "工单号"),
        (lambda: user.sends_picture(picture()), "图片收到了"),
        (user.sends_voice, "打字" if account.channel == "wechat" else "文字和图片"),
    ):
        delivery = does()
        assert (delivery.shown, len(delivery.attempts)) == (None, 1)
        assert user.waits_for(heard).via == "api"
    eventually(lambda: not account.kept(user), "all is said")
    assert len(user.inbox) == 6, "each once"


@both("active")
def test_what_is_said_while_an_answer_takes_long_is_answered_in_its_order(
    account: AnyAccount, user: Any
) -> None:
    said = ["怎么开启双重验证", "退款需要什么凭证", "怎么修改密码"]
    with actions_stopped(account.assistant):
        for place, text in enumerate(said, 1):
            assert user.says(text).shown is None
            eventually(lambda n=place: len(account.said(user, "customer")) == n, "recorded")
    eventually(lambda: len(account.said(user, "bot")) == 3, "three answers")
    eventually(lambda: not account.kept(user), "all is said")
    everything = "".join(item.text for item in user.inbox)
    places = [everything.index(each.splitlines()[0]) for each in account.said(user, "bot")]
    assert places == sorted(places)
    assert {item.via for item in user.inbox} == {"api"}


@both("active")
def test_a_message_that_comes_again_is_answered_once(account: AnyAccount, user: Any) -> None:
    account.platform.lose(times=2)
    delivery = user.says("怎么开启双重验证")
    assert [each.cut for each in delivery.attempts] == [True, True, False]
    user.waits_for("新设备")
    eventually(lambda: not account.kept(user), "all is said")
    assert shown(user, "新设备") == 1
    assert account.said(user, "customer") == ["怎么开启双重验证"]


@both("active")
def test_an_answer_waits_while_the_api_is_away(account: AnyAccount, user: Any) -> None:
    account.platform.drop(account.send, times=math.inf)
    troubles = account.platform.troubles[account.send]
    assert user.says("怎么开启双重验证").shown is None
    eventually(lambda: account.platform.troubles[account.send] > troubles, "it is tried")
    assert user.says("怎么修改密码").shown is None
    account.platform.heal()
    user.waits_for("新设备")
    eventually(lambda: not account.kept(user), "all is said")
    first, second = (text.splitlines()[0] for text in account.said(user, "bot"))
    everything = "".join(item.text for item in user.inbox)
    assert everything.index(first) < everything.index(second)


@both("active")
def test_customer_and_agent_talk_by_the_api_alone(account: AnyAccount, user: Any) -> None:
    agent = account.agent()
    ticket = account.takes(agent, user)
    assert user.says("在吗").shown is None
    agent.says(ticket, "您好，请说")
    user.waits_for("小李：您好，请说")
    assert agent.does("close", ticket).status_code == 200
    user.waits_for("5. 非常满意")
    assert user.says("5").shown is None
    user.waits_for("谢谢您的评价")
    assert {item.via for item in user.inbox} == {"api"}


# ---- answers at once that count


@both("counting")
def test_an_answer_at_once_is_one_of_those_that_the_platform_allows(
    account: AnyAccount, user: Any
) -> None:
    allowed = 5 if account.channel == "wechat" else 3
    agent = account.agent()
    console = Page(agent.http, path="/events")
    console.wait_for(lambda kind, data: kind == "queue")
    user.says("怎么开启双重验证")  # what is left of an earlier message's is gone with the next
    user.waits_for("新设备")
    ticket = account.takes(agent, user)  # the bot's answer is the first

    def left() -> Any:
        return agent.look(ticket)["quota"]["left"]

    for number in range(2, allowed + 1):
        eventually(lambda n=number: left() == allowed + 1 - n, "the answer at once is counted")
        assert agent.says(ticket, f"第{number}条").status_code == 200
        user.waits_for(f"第{number}条")
    eventually(lambda: left() == 0, "all are used up")
    refused = account.platform.troubles[account.send]
    assert agent.says(ticket, "还有一句").status_code == 200
    console.wait_for(
        lambda kind, data: (
            kind == "notice" and (data["kind"], data["ticket"]) == ("not_delivered", ticket)
        )
    )
    console.close()
    assert account.kept(user) == ["还有一句"]
    assert account.platform.troubles[account.send] == refused, "the platform would refuse it"
    user.says("我在")
    user.waits_for("还有一句")
    assert shown(user, "还有一句") == 1
    eventually(lambda: left() == allowed - 1, "counted, too")


def test_there_is_time_for_an_answer_and_none_after_the_platform_hung_up() -> None:
    assert PATIENCE + 0.5 < ANSWER_SECONDS < BUSY_MACHINE < CUT
