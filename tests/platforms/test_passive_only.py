"""Accounts without any API, WeChat's in plain mode: all is said in answer to a delivery."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from channels.platforms.at_once import PATIENCE
from standins.stand_in import Delivery
from standins.wechat import Cryptography, WeChatPlatform, WeChatUser, build
from tests.channels.test_web import Page, picture
from tests.platforms.account import (
    APP_ID,
    KEY,
    TOKEN,
    Account,
    WeChatAccount,
    WeiboAccount,
    actions_stopped,
    eventually,
    shown,
)

AnyAccount = Account[Any, Any]


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[AnyAccount]]:
    common: dict[str, Any] = {"reply_mode": "passive_only", "deadline": 60}
    wechat, weibo = WeChatAccount("plain", buttons="links", **common), WeiboAccount(**common)
    wechat.start(tmp_path_factory.mktemp("passive"), weibo)
    yield [wechat, weibo]
    wechat.stop()
    assert [each.platform.calls(each.send) for each in (wechat, weibo)] == [0, 0]


@pytest.fixture
def account(request: pytest.FixtureRequest, accounts: list[AnyAccount]) -> AnyAccount:
    return accounts[getattr(request, "param", 0)]


ANSWER = "双重验证在OK钱包应用里开启"  # to the question, and to no other
both = pytest.mark.parametrize("account", [0, 1], indirect=True, ids=["wechat", "weibo"])


def test_slow_answers_come_with_a_later_delivery_or_the_next_message(
    accounts: list[AnyAccount],
) -> None:
    first, second, third = (
        [(account, account.platform.user()) for account in accounts] for _ in range(3)
    )
    delivered: dict[Any, Delivery] = {}

    def asks(people: list[tuple[AnyAccount, Any]]) -> None:
        for _, person in people:
            delivered[person] = person.says("怎么开启双重验证", wait=False)

    with actions_stopped(accounts[0].assistant):
        asks(first)
        eventually(
            lambda: all(len(delivered[person].attempts) == 2 for _, person in first),
            "two deliveries without an answer",
        )
        asks(second)
        for _, person in first:
            delivered[person].wait()
        asks(third)
        eventually(
            lambda: all(account.said(person, "customer") for account, person in third), "recorded"
        )
        # Too late to be answered, and the platform has not hung up yet.
        until = time.monotonic() + PATIENCE + 0.2
        eventually(lambda: time.monotonic() > until, "the platform's five seconds almost over")
    for account, person in first:
        assert [attempt.cut for attempt in delivered[person].attempts] == [True, True, False]
        assert "随便回复一句就能看到答复" in (delivered[person].reply or "")
        eventually(lambda on=account, of=person: on.said(of, "bot"), "the answer is there")
        person.says("好了吗")
        person.waits_for(ANSWER)
    for _, person in [*second, *third]:
        delivered[person].wait()
        assert len(delivered[person].attempts) > 1, "the first was not answered"
        person.waits_for(ANSWER)
        assert shown(person, ANSWER) == 1
    for account, person in [*first, *second, *third]:
        assert account.said(person, "customer").count("怎么开启双重验证") == 1
        assert sum(ANSWER in text for text in account.said(person, "bot")) == 1
        assert account.platform.faults == []


def test_options_are_links_and_numbers(user: WeChatUser) -> None:
    user.says("我要退款")
    assert user.waits_for("第 1/5 步").options[0] == "下一步"
    user.picks("下一步")
    user.waits_for("第 2/5 步")
    user.picks(2)
    user.waits_for("第 1/5 步")
    user.says("1")
    user.waits_for("第 2/5 步")
    # An option of an earlier message still means what it meant then.
    old = user.inbox[0].choices[0]
    user.sends("text", Content=old.sends, bizmsgmenuid=int(old.id))
    user.waits_for("第 3/5 步")
    user.follow()
    assert len(user.waits_for("智能客服").options) > 2


def test_somebody_elses_option_is_only_words(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    other = platform.user()
    other.says("转人工")
    cancel = other.waits_for("工单号").choices[0]
    user.sends("text", Content="你好", bizmsgmenuid=int(cancel.id))
    assert "取消" not in user.waits_for("").text
    assert ("waiting",) in account.rows("select status from tickets")


@both
def test_what_an_agent_says_comes_with_the_next_message(account: AnyAccount, user: Any) -> None:
    agent = account.agent()
    user.says("转人工")
    number = user.waits_for("工单号").text.partition("工单号 ")[2][:7]
    ticket = agent.ticket_of(number)["id"]
    assert agent.does("take", ticket).status_code == 200
    sentences = 80 if account.channel == "wechat" else 24
    long = "".join(f"第{place}句话，说的是第{place}件事。" for place in range(1, sentences + 1))
    console = Page(agent.http, path="/events")
    console.wait_for(lambda kind, data: kind == "queue")
    for text in ("您好", long):
        assert agent.says(ticket, text).status_code == 200
    told = console.wait_for(lambda kind, data: kind == "notice" and data["ticket"] == ticket)
    assert "客户再写来时会送到" in told["text"], "the agent knows that the words wait"
    console.close()
    assert agent.look(ticket)["quota"] == {"left": 0, "until": None}
    assert shown(user, "您好") == 0
    user.says("在吗")
    assert "还没说完" in user.waits_for("小李：您好").text
    assert long in account.kept(user), "what was not shown does not count as said"
    user.says("继续说")
    said = "".join(item.text.partition("\n（还没")[0] for item in user.inbox)
    assert long in said.replace("\n", "")
    assert [item.via for item in user.inbox] == ["passive"] * len(user.inbox)
    user.sends_picture(picture())
    eventually(lambda: agent.look(ticket)["messages"][-1]["picture"], "the customer's picture")
    answer = agent.http.post(
        f"/tickets/{ticket}/pictures", content=picture(), headers={"Content-Type": "image/jpeg"}
    )
    assert answer.status_code == 409
    assert "发不了图片" in answer.json()["error"]["message"]
    agent.does("close", ticket)
    user.says("好")
    user.waits_for("人工服务结束")


@both
def test_who_leaves_before_the_end_is_told_nothing_more(account: AnyAccount, user: Any) -> None:
    user.says("怎么开启双重验证")
    user.waits_for("新设备")
    user.unfollow()
    eventually(lambda: not account.traces(user), f"all is deleted: {account.traces(user)}")


def test_encrypted_messages_are_refused_without_a_key(platform: WeChatPlatform) -> None:
    keys = Cryptography(TOKEN, KEY, APP_ID)
    text = keys.encrypt(build(platform.user().message("text", Content="在吗")).encode())
    query = platform.signed_query()
    query |= {"encrypt_type": "aes"}
    query["msg_signature"] = keys.sign(query["timestamp"], query["nonce"], text)
    answer = platform.deliver_raw(query, build({"ToUserName": "gh_1", "Encrypt": text}))
    assert (answer.status, answer.body) == (400, b"")


@pytest.mark.parametrize(
    "body", [b"", b"<xml></xml>", b"{}", b'<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>']
)
def test_what_is_no_message_is_refused(platform: WeChatPlatform, body: bytes) -> None:
    answer = platform.deliver_raw(platform.signed_query(), body)
    assert (answer.status, answer.body) == (400, b"")
