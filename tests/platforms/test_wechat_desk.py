"""Agents at the console talk to WeChat users, within WeChat's quota and through its faults."""

from __future__ import annotations

import io
import math
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image

from standins.wechat import WeChatPlatform, WeChatUser
from tests.agent import ConsoleAgent
from tests.channels.test_web import Page, picture
from tests.platforms.account import FETCH, SEND, WeChatAccount, eventually, shown

HOURS_48 = 48 * 3600


@pytest.fixture(scope="module")
def account(usual: dict[str, Any]) -> WeChatAccount:
    found: WeChatAccount = usual["wechat"]
    return found


@pytest.fixture(scope="module")
def agent(account: WeChatAccount) -> ConsoleAgent:
    return account.agent()


@pytest.fixture
def console(agent: ConsoleAgent) -> Iterator[Page]:
    """What the agent's console hears."""
    page = Page(agent.http, path="/events")
    page.wait_for(lambda kind, data: kind == "queue")
    yield page
    page.close()


@pytest.fixture
def ticket(account: WeChatAccount, agent: ConsoleAgent, user: WeChatUser) -> int:
    """The user with the agent, who has said nothing yet."""
    return account.takes(agent, user)


def noticed(console: Page, ticket: int, kind: str) -> None:
    console.wait_for(
        lambda event, data: event == "notice" and (data["kind"], data["ticket"]) == (kind, ticket)
    )


def says(agent: ConsoleAgent, ticket: int, *texts: str) -> None:
    for text in texts:
        assert agent.says(ticket, text).status_code == 200


# ---- a talk


def test_customer_and_agent_talk_and_the_customer_rates(
    account: WeChatAccount, agent: ConsoleAgent, user: WeChatUser
) -> None:
    user.says("我要退款")
    user.says("1")
    user.waits_for("第 2/5 步")
    ticket = account.takes(agent, user)
    says(agent, ticket, "您好，请说")
    assert user.waits_for("您好，请说").text == "客服 小李 为您服务。\n\n小李：您好，请说"
    agent.does("typing", ticket, on=True)
    eventually(lambda: user.typing == "Typing", "the customer sees that the agent writes")
    before = len(user.inbox)
    user.says("怎么开启双重验证")
    user.says("2")
    says(agent, ticket, "好的", "我看一下")
    user.waits_for("好的")
    eventually(lambda: shown(user, "我看一下"), "both")
    seen = [(each["from"], each["text"]) for each in agent.look(ticket)["messages"]]
    assert seen[-4:] == [
        ("customer", "怎么开启双重验证"),
        ("customer", "2"),
        ("agent", "好的"),
        ("agent", "我看一下"),
    ]
    said = "\n".join(item.text for item in user.inbox[before:])
    assert said.index("好的") < said.index("我看一下")
    assert (said.count("好的"), said.count("我看一下")) == (1, 1)
    assert "新设备" not in said, "the bot is silent"
    assert agent.does("close", ticket).status_code == 200
    farewell = user.waits_for("人工服务结束").text
    assert "5. 非常满意" in farewell
    assert "停在第 2/5 步，说“继续”" in farewell
    assert "6." not in farewell, "one list asks one thing"
    user.says("给5分")
    user.waits_for("谢谢您的评价")
    assert agent.look(ticket)["ticket"]["rating"]["score"] == 5
    user.says("继续")
    user.waits_for("第 2/5 步")
    user.says("怎么开启双重验证")
    user.waits_for("新设备")
    assert shown(user, "您好，请说") == 1


def test_who_comes_is_told_with_the_first_words_and_costs_no_message(
    account: WeChatAccount, agent: ConsoleAgent, user: WeChatUser, ticket: int
) -> None:
    seen = len(user.inbox)
    left = agent.look(ticket)["quota"]["left"]
    data, headers = picture(), {"Content-Type": "image/jpeg"}
    agent.http.post(f"/tickets/{ticket}/pictures", content=data, headers=headers)
    eventually(lambda: len(user.inbox) == seen + 1, "the picture, and no greeting before it")
    assert user.inbox[-1].picture is not None
    says(agent, ticket, "您好")
    assert user.waits_for("您好").text == "客服 小李 为您服务。\n\n小李：您好"
    eventually(lambda: agent.look(ticket)["quota"]["left"] == left - 2, "two were counted")
    assert shown(user, "为您服务") == 1


def test_what_an_agent_says_quickly_is_one_message(
    platform: WeChatPlatform, agent: ConsoleAgent, user: WeChatUser, ticket: int
) -> None:
    # Busy, so that on the slowest machine all three are there before the first goes out.
    platform.fail(SEND, -1, math.inf)
    says(agent, ticket, "第一句", "第二句", "第三句")
    platform.heal()
    item = user.waits_for("第一句")
    said = ["客服 小李 为您服务。", "小李：第一句", "小李：第二句", "小李：第三句"]
    assert item.text == "\n\n".join(said)
    assert (item.via, shown(user, "句")) == ("api", 3)


def test_a_long_message_of_an_agent_arrives_whole(
    agent: ConsoleAgent, user: WeChatUser, ticket: int
) -> None:
    said = "".join(f"第{number}句话，说的是第{number}件事。" for number in range(1, 101))
    says(agent, ticket, said[:1990], "👍🏽" * 40)
    user.waits_for("👍🏽")
    heard = "".join(item.text.replace("\n", "") for item in user.inbox)
    assert said[:1990] in heard
    assert "👍🏽" * 40 in heard


def test_pictures_go_both_ways(agent: ConsoleAgent, user: WeChatUser, ticket: int) -> None:
    noise = io.BytesIO()
    Image.frombytes("RGB", (1100, 800), os.urandom(1100 * 800 * 3)).save(noise, "PNG")
    assert len(noise.getvalue()) > 2 * 1024 * 1024, "more than WeChat takes"
    for data, kind in ((picture("PNG"), "image/png"), (noise.getvalue(), "image/png")):
        seen = len(user.inbox)
        answer = agent.http.post(
            f"/tickets/{ticket}/pictures", content=data, headers={"Content-Type": kind}
        )
        assert answer.status_code == 200
        eventually(lambda n=seen: len(user.inbox) > n, "the picture")
        assert Image.open(io.BytesIO(user.inbox[-1].picture or b"")).size[0] in (60, 1100)
    user.sends_picture(picture())
    eventually(lambda: agent.look(ticket)["messages"][-1]["picture"], "the customer's picture")
    sent = agent.look(ticket)["messages"][-1]
    assert sent["from"] == "customer"
    got = agent.http.get(sent["picture"]["url"].removeprefix("/desk/api"))
    assert got.headers["content-type"] == "image/jpeg"
    user.sends_voice()
    user.waits_for("打字")
    assert agent.look(ticket)["messages"][-2]["text"] == "【语音】"


# ---- the quota


def test_the_sixth_message_waits_until_the_customer_writes(
    account: WeChatAccount, agent: ConsoleAgent, user: WeChatUser, ticket: int, console: Page
) -> None:
    user.says("在吗")
    eventually(lambda: agent.look(ticket)["quota"]["left"] == 5, "the customer's message")
    for number in range(1, 5):
        says(agent, ticket, f"第{number}条")
        user.waits_for(f"第{number}条")
    noticed(console, ticket, "quota")
    says(agent, ticket, "第5条")
    user.waits_for("第5条")
    says(agent, ticket, "第6条", "第7条")
    noticed(console, ticket, "not_delivered")
    assert account.kept(user) == ["第6条", "第7条"]
    assert shown(user, "第6条") == 0
    user.says("我在")
    eventually(lambda: shown(user, "第7条"), "what waited")
    assert (shown(user, "第6条"), shown(user, "第7条")) == (1, 1)
    eventually(lambda: not account.kept(user), "noted as said")


@pytest.mark.parametrize("code", [45015, 45047])
def test_what_wechat_no_longer_takes_waits_for_the_customer(
    platform: WeChatPlatform,
    agent: ConsoleAgent,
    user: WeChatUser,
    ticket: int,
    console: Page,
    code: int,
) -> None:
    if code == 45015:
        platform.clock.advance(HOURS_48 + 1)  # also the end of the token
    else:
        platform.fail(SEND, code)
    says(agent, ticket, "昨天的问题查到了")
    noticed(console, ticket, "not_delivered")
    calls = platform.calls(SEND)
    assert shown(user, "昨天") == 0
    user.says("有结果了吗")
    user.waits_for("昨天的问题查到了")
    assert shown(user, "昨天") == 1
    assert platform.calls(SEND) <= calls + 1


# ---- the token


@pytest.mark.parametrize("ended", ["expired", "invalidated"])
def test_a_token_that_ends_in_the_middle_is_fetched_once(
    account: WeChatAccount,
    platform: WeChatPlatform,
    agent: ConsoleAgent,
    user: WeChatUser,
    ticket: int,
    ended: str,
) -> None:
    other = platform.user()
    others = account.takes(agent, other)
    says(agent, ticket, "先说一句")
    user.waits_for("先说一句")
    fetched = platform.calls(FETCH)
    if ended == "expired":
        platform.expire_tokens()
    else:
        platform.invalidate_tokens()
    says(agent, ticket, "换了令牌")
    says(agent, others, "换了令牌")
    for each in (user, other):
        each.waits_for("换了令牌")
        assert shown(each, "换了令牌") == 1
    assert platform.calls(FETCH) == fetched + 1


def test_a_token_that_is_never_right_is_not_fetched_without_end(
    platform: WeChatPlatform, agent: ConsoleAgent, user: WeChatUser, ticket: int, console: Page
) -> None:
    sent, fetched = platform.calls(SEND), platform.calls(FETCH)
    platform.fail(SEND, 40001, math.inf)
    says(agent, ticket, "听得到吗")
    eventually(lambda: platform.calls(SEND) >= sent + 4, "it is tried again")
    platform.heal()
    assert platform.calls(FETCH) - fetched <= platform.calls(SEND) - sent
    assert platform.calls(SEND) - sent <= 6
    console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "channel_trouble")
    user.waits_for("听得到吗")
    assert shown(user, "听得到吗") == 1


def test_an_address_that_is_not_on_wechats_list_is_told_to_agents(
    platform: WeChatPlatform, agent: ConsoleAgent, user: WeChatUser, ticket: int, console: Page
) -> None:
    platform.invalidate_tokens()
    platform.whitelisted = False
    says(agent, ticket, "白名单")
    console.wait_for(lambda kind, data: kind == "notice" and "40164" in data["text"])
    platform.whitelisted = True
    user.waits_for("白名单")
    assert shown(user, "白名单") == 1


# ---- faults of the API


def test_whatever_the_api_does_nothing_is_lost(
    account: WeChatAccount,
    platform: WeChatPlatform,
    agent: ConsoleAgent,
    user: WeChatUser,
    ticket: int,
) -> None:
    def no_token() -> None:
        platform.invalidate_tokens()
        platform.drop(FETCH, times=3)
        platform.garbage(FETCH)

    faults: list[Callable[[], None]] = [
        lambda: platform.drop(SEND),
        lambda: platform.garbage(SEND),
        lambda: platform.fail(SEND, 99999),
        no_token,
    ]
    slow = platform.user()
    slows = account.takes(agent, slow)
    platform.hang(SEND, 11)  # longer than anybody waits
    says(agent, slows, "慢了")
    slow.waits_for("慢了")
    for number, fault in enumerate(faults):
        fault()
        says(agent, ticket, f"故障{number}")
        user.waits_for(f"故障{number}")
        assert shown(user, f"故障{number}") == 1
        user.says("收到")  # five more
    eventually(lambda: not account.kept(slow), "sent again, as nobody knows")
    assert shown(slow, "慢了") in (1, 2)
    platform.drop(SEND, processed=True)
    says(agent, ticket, "不知道到了没有")
    eventually(lambda: shown(user, "不知道到了没有"), "said")
    eventually(lambda: not account.kept(user), "no more to say")


@pytest.mark.parametrize(("code", "tries"), [(43019, 1), (87014, 1), (40035, 1), (99999, 3)])
def test_what_the_api_will_never_take_is_told_to_the_agent(
    account: WeChatAccount,
    agent: ConsoleAgent,
    user: WeChatUser,
    ticket: int,
    console: Page,
    code: int,
    tries: int,
) -> None:
    account.platform.fail(SEND, code, times=tries)
    says(agent, ticket, "拉黑了")
    noticed(console, ticket, "not_sent")
    assert account.kept(user, "failed") == ["拉黑了"]
    says(agent, ticket, "后面的照说")
    user.waits_for("后面的照说")
    assert shown(user, "拉黑了") == 0


# ---- the last one: the server is started again


def test_without_the_api_answers_come_at_once_and_the_rest_after_a_kill_with_it(
    account: WeChatAccount,
    platform: WeChatPlatform,
    agent: ConsoleAgent,
    user: WeChatUser,
    ticket: int,
) -> None:
    page = Page(agent.http, path="/events")
    page.wait_for(lambda kind, data: kind == "queue")
    platform.customer_service = False
    calls = platform.calls(SEND)
    says(agent, ticket, "第一次")
    page.wait_for(lambda kind, data: kind == "notice" and "48001" in data["text"])
    page.close()
    user.says("在吗")
    assert user.waits_for("第一次").via == "passive"
    long = "".join(f"第{number}句话，说的是第{number}件事。" for number in range(1, 101))
    says(agent, ticket, long)
    for _ in range(3):
        user.says("接着说")
    heard = "".join(item.text.partition("\n（还没")[0] for item in user.inbox)
    assert long in heard.replace("\n", "")
    assert platform.calls(SEND) == calls + 1, "no second try"
    says(agent, ticket, "重启以前说的", "还有一句")
    account.assistant.stop_one("server", kill=True)
    platform.customer_service = True
    account.assistant.start_server()
    account.assistant.wait_ready()
    user.waits_for("重启以前说的")
    eventually(lambda: shown(user, "还有一句"), "both")
    assert (shown(user, "重启以前说的"), shown(user, "还有一句")) == (1, 1)
    user.says("怎么还没好")
    eventually(lambda: agent.look(ticket)["messages"][-1]["text"] == "怎么还没好", "heard")
    assert agent.does("close", ticket).status_code == 200
    user.waits_for("人工服务结束")
