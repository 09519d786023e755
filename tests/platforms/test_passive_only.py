"""An account without any API, in plain mode: everything is said in answer to a delivery."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.channels.test_web import picture
from tests.platforms.wechat import Cryptography, WeChatPlatform, WeChatUser, build
from tests.platforms.wechat_account import (
    APP_ID,
    KEY,
    SEND,
    TOKEN,
    Account,
    actions_stopped,
    eventually,
    shown,
)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    folder = tmp_path_factory.mktemp("wechat")
    made = Account(folder, "plain", reply_mode="passive_only", buttons="links", deadline=60)
    made.platform.customer_service = False
    yield made
    made.stop()
    made.tells_nothing()
    assert made.platform.calls(SEND) == 0


def test_slow_answers_come_with_a_later_delivery_or_the_next_message(
    account: Account, platform: WeChatPlatform
) -> None:
    longest, shorter, shortest = (platform.user() for _ in range(3))
    with actions_stopped(account.assistant):
        first = longest.says("怎么开启双重验证", wait=False)
        eventually(lambda: len(first.attempts) == 2, "two deliveries without an answer")
        second = shorter.says("怎么开启双重验证", wait=False)
        first.wait()
        third = shortest.says("怎么开启双重验证", wait=False)
        # In the last second before the platform hangs up, or a little later.
        eventually(lambda: account.said(shortest, "customer"), "recorded")
        until = time.monotonic() + 4.4
        eventually(lambda: time.monotonic() > until, "the platform's five seconds almost over")
    assert [attempt.cut for attempt in first.attempts] == [True, True, False]
    assert "随便回复一句就能看到答复" in (first.reply or "")
    for person, delivery in ((shorter, second), (shortest, third)):
        delivery.wait()
        assert len(delivery.attempts) > 1, "the first was not answered"
        person.waits_for("新设备")
        assert shown(person, "新设备") == 1
    eventually(lambda: account.said(longest, "bot"), "the answer is there")
    longest.says("好了吗")
    longest.waits_for("新设备")
    for person in (longest, shorter, shortest):
        assert account.said(person, "customer").count("怎么开启双重验证") == 1
        assert sum("新设备" in text for text in account.said(person, "bot")) == 1


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
    account: Account, platform: WeChatPlatform, user: WeChatUser
) -> None:
    other = platform.user()
    other.says("转人工")
    cancel = other.waits_for("工单号").choices[0]
    user.sends("text", Content="你好", bizmsgmenuid=int(cancel.id))
    assert "取消" not in user.waits_for("").text
    assert ("waiting",) in account.rows("select status from tickets")


def test_what_an_agent_says_comes_with_the_next_message(account: Account, user: WeChatUser) -> None:
    agent = account.agent()
    user.says("转人工")
    number = user.waits_for("工单号").text.partition("工单号 ")[2][:7]
    ticket = agent.ticket_of(number)["id"]
    assert agent.does("take", ticket).status_code == 200
    long = "".join(f"第{place}句话，说的是第{place}件事。" for place in range(1, 81))
    for text in ("您好", long):
        assert agent.says(ticket, text).status_code == 200
    assert shown(user, "您好") == 0
    user.says("在吗")
    assert "还没说完" in user.waits_for("小李：您好").text
    user.says("继续说")
    said = "".join(item.text.partition("\n（还没")[0] for item in user.inbox)
    assert long in said.replace("\n", "")
    assert [item.via for item in user.inbox] == ["passive"] * len(user.inbox)
    user.sends_picture(picture())
    eventually(lambda: agent.look(ticket)["messages"][-1]["picture"], "the customer's picture")
    answer = agent.http.post(
        f"/tickets/{ticket}/pictures", content=picture(), headers={"Content-Type": "image/jpeg"}
    )
    assert answer.status_code == 200
    agent.does("close", ticket)
    user.says("好")
    user.waits_for("人工服务结束")


def test_who_leaves_before_the_end_is_told_nothing_more(account: Account, user: WeChatUser) -> None:
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
