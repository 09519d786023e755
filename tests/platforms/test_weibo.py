"""Users of Weibo write to the account, and an agent answers: one assistant behind the stand-in."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.platforms.platform import NotSent, Outgoing, Rejected
from channels.weibo import WeiboInput
from infra.channels import Window
from infra.client import Answer
from standins.stand_in import Delivery, signature
from standins.weibo import CAPTIONS, WeiboPlatform, WeiboUser, created_at
from tests import local
from tests.agent import ConsoleAgent
from tests.channels.test_web import Page, picture
from tests.platforms.account import (
    ACCESS_TOKEN,
    APP_SECRET,
    FILE,
    REPLY,
    WEIBO_MENU,
    WeiboAccount,
    actions_stopped,
    eventually,
)


@pytest.fixture(scope="module")
def account(usual: dict[str, Any]) -> WeiboAccount:
    found: WeiboAccount = usual["weibo"]
    return found


@pytest.fixture(scope="module")
def agent(account: WeiboAccount) -> ConsoleAgent:
    return account.agent()


@pytest.fixture(scope="module")
def console(agent: ConsoleAgent) -> Iterator[Page]:
    """What the agent's console hears."""
    page = Page(agent.http, path="/events")
    page.wait_for(lambda kind, data: kind == "queue")
    yield page
    page.close()


def notified(console: Page, kind: str, *, ticket: int | None) -> str:
    """Return the notice that the agent gets."""
    told = console.wait_for(
        lambda event, data: (
            event == "notice" and data["kind"] == kind and (data["ticket"] == ticket)
        )
    )
    return str(told["text"])


def answered_at_once(platform: WeiboPlatform) -> tuple[WeiboUser, Delivery]:
    """Let new users greet until one is answered at once: on a busy machine not the first."""
    asked = []

    def answered() -> bool:
        user = platform.user()
        asked.append((user, user.says("你好")))
        return asked[-1][1].shown is not None

    eventually(answered, "answered at once")
    return asked[-1]


# ---- the address


@pytest.mark.parametrize("milliseconds", [True, False])
def test_account_verifies_the_address(platform: WeiboPlatform, milliseconds: bool) -> None:
    timestamp = str(int(time.time() * (1000 if milliseconds else 1)))
    query = {**platform.signed_query(timestamp=timestamp), "echostr": "dnPdpTZz85"}
    assert platform.deliver_raw(query, b"", method="GET") == (200, b"dnPdpTZz85")


def test_account_is_connected(account: WeiboAccount, platform: WeiboPlatform) -> None:
    for _ in range(2):  # the stand-in sends seconds and milliseconds by turns
        assert platform.connect(account.webhook)


# ---- talking


def test_user_is_answered_at_once(platform: WeiboPlatform) -> None:
    user, delivery = answered_at_once(platform)
    assert delivery.shown is not None
    assert len(delivery.attempts) == 1
    assert user.inbox == [delivery.shown]
    assert delivery.shown.via == "passive"


def test_user_walks_through_a_whole_refund_by_numbers(user: WeiboUser) -> None:
    user.says("我要申请退款")
    first = user.waits_for("第 1/5 步")
    assert "1. 下一步" in first.text
    for step, said in enumerate(["1", "１", "第一个", "选1"], 2):
        user.says(said)
        user.waits_for(f"第 {step}/5 步")
    last = user.inbox[-1].text
    done = next(line[0] for line in last.splitlines() if line.endswith("完成了"))
    user.says(f"{done}.")  # the same words in the same second would be the same message
    user.waits_for("退款的步骤都走完了")


def test_slow_answer_comes_by_the_api_once_however_often_it_was_asked_for(
    account: WeiboAccount, platform: WeiboPlatform
) -> None:
    once, thrice = platform.user(), platform.user()
    message = thrice.message("text", text="怎么开启双重验证")
    with actions_stopped(account.assistant):
        deliveries = [once.says("我要申请退款", wait=False)]
        deliveries += [platform.deliver(thrice, message, wait=False) for _ in range(3)]
        for each in deliveries:
            each.wait()
    assert [(len(each.attempts), each.attempts[0].raw) for each in deliveries] == [(1, b"")] * 4
    assert once.waits_for("第 1/5 步").via == "api"
    assert thrice.waits_for("双重验证").via == "api"
    eventually(lambda: not account.kept(thrice), "all is said")
    assert account.said(once, "customer") == ["我要申请退款"]
    assert account.said(thrice, "customer") == ["怎么开启双重验证"]
    assert len(account.said(thrice, "bot")) == 1
    assert len(thrice.inbox) == 1


def test_message_that_comes_again_gets_its_answer_again_and_no_other(
    account: WeiboAccount, platform: WeiboPlatform, user: WeiboUser
) -> None:
    """Weibo delivers again only what it has seen no answer to."""
    message = user.message("text", text="你好")
    first = platform.deliver(user, message)
    user.waits_for("")
    said = account.said(user)
    again = platform.deliver(user, message)
    assert again.reply in {first.reply, None}
    assert account.said(user) == said
    assert account.said(user, "customer") == ["你好"]


def test_two_messages_of_the_same_second_are_both_answered(
    account: WeiboAccount, platform: WeiboPlatform, user: WeiboUser
) -> None:
    moment = created_at(time.time())
    for text in ("退款多久到账", "怎么修改密码"):
        platform.deliver(user, user.message("text", text=text, created_at=moment), wait=False)
    eventually(lambda: len(account.said(user, "bot")) >= 2, "both are answered")
    eventually(lambda: not account.kept(user), "all is said")
    eventually(
        lambda: (
            {"退款", "密码"}
            <= {word for word in ("退款", "密码") for item in user.inbox if word in item.text}
        ),
        "both answers are seen",
    )
    assert sorted(account.said(user, "customer")) == ["怎么修改密码", "退款多久到账"]


def test_subscribing_by_keyword_is_left_to_weibo(
    account: WeiboAccount, platform: WeiboPlatform, user: WeiboUser
) -> None:
    for word in ("dy", "TD", " td "):
        assert user.says(word).attempts[0].raw == b""
    assert user.inbox == []
    assert account.traces(user) == []


# ---- other kinds of messages


def test_voice_position_and_unknown_things_are_answered_in_words(
    account: WeiboAccount, user: WeiboUser
) -> None:
    user.sends_voice()
    user.waits_for("只看得懂文字和图片")
    user.sends_position()
    user.waits_for("位置收到了")
    user.sends("hologram", text="全息消息", data={"a": [1]})
    user.waits_for("只看得懂文字和图片")
    user.sends("image", text="没有文件的图片", data={})
    user.waits_for("只看得懂文字和图片")
    said = account.said(user, "customer")
    assert said == [
        "【语音】",
        "【位置】39.963759,116.340525",
        "【看不了的消息】",
        "【看不了的消息】",
    ]


@pytest.mark.parametrize("subtype", ["view", "subscribe_later", "", "unsubscribe"])
def test_events_that_ask_for_nothing_are_taken_in_silence(
    account: WeiboAccount, user: WeiboUser, subtype: str
) -> None:
    caption = CAPTIONS.get(subtype, "事件消息")
    delivery = user.sends("event", text=caption, data={"subtype": subtype, "key": "https://a.b"})
    assert [(each.status, each.raw) for each in delivery.attempts] == [(200, b"")]
    assert account.said(user) == []


def test_menu_and_codes_ask_what_the_configuration_says(
    account: WeiboAccount, user: WeiboUser
) -> None:
    user.clicks_menu("FORGOT")
    user.waits_for("密码")
    assert account.said(user, "customer") == ["找回密码"]
    user.scans("refund")
    user.waits_for("进度")
    user.clicks_menu("UNKNOWN")
    user.waits_for("我是OK钱包的智能客服")
    user.scans("nobody", follow=True)
    user.waits_for("我是OK钱包的智能客服")
    assert not any(caption in account.said(user) for caption in CAPTIONS.values())


def test_being_named_in_a_post_is_left_alone(account: WeiboAccount, user: WeiboUser) -> None:
    for subtype in ("status", "comment"):
        assert user.mention("@OK钱包 退款多久", subtype).attempts[0].raw == b""
    assert account.said(user) == []


def test_faces_are_no_words_and_pictures_that_come_as_text_are_no_questions(
    account: WeiboAccount, user: WeiboUser
) -> None:
    user.says("怎么开启双重验证[doge][允悲]")
    user.waits_for("新设备")
    user.says("[动态表情]")
    user.waits_for("只看得懂文字和图片")
    assert account.said(user, "customer") == ["怎么开启双重验证🐶😂", "【看不了的消息】"]


# ---- agents


def test_agent_and_user_talk_and_the_user_rates_by_number(
    account: WeiboAccount, user: WeiboUser, agent: ConsoleAgent
) -> None:
    ticket = account.takes(agent, user)
    heard = user.says("退款一直没到账").shown
    assert heard is None or heard.text == "客服 小李 为您服务。", "the bot is silent"
    seen = agent.look(ticket)
    assert seen["messages"][-1]["text"] == "退款一直没到账"
    assert seen["ticket"]["channel"] == "weibo"
    agent.says(ticket, "我查一下。")
    agent.says(ticket, "请稍等。")
    answer = user.waits_for("小李：我查一下。")
    if "请稍等" not in answer.text:  # a slow machine: not within the same second
        user.waits_for("小李：请稍等。")
    assert answer.via == "api"
    assert agent.does("close", ticket).status_code == 200
    assert "5. 非常满意" in user.waits_for("请给这次人工服务打个分").text
    user.says("给4分")
    user.waits_for("谢谢您的评价")
    assert account.rows("select score from tickets where id = ?", ticket) == [(4,)]


def test_long_answer_of_an_agent_comes_in_order_split_at_sentences(
    account: WeiboAccount, user: WeiboUser, agent: ConsoleAgent
) -> None:
    ticket = account.takes(agent, user)
    before = len(user.inbox)
    sentences = [f"这是第{number}点说明，请您仔细看一看，照着做就可以了。" for number in range(40)]
    assert agent.says(ticket, "".join(sentences)).status_code == 200
    user.waits_for("第39点")
    eventually(lambda: not account.kept(user), "all is said")
    texts = [item.text for item in user.inbox[before:]]
    joined = "客服 小李 为您服务。\n\n小李："
    assert "".join(texts) == joined + "".join(sentences), "each part once, in order"
    assert all(len(text) < 300 and text.endswith("。") for text in texts)
    assert len(texts) == 4


def test_picture_of_a_user_reaches_the_agent(
    account: WeiboAccount, user: WeiboUser, agent: ConsoleAgent
) -> None:
    user.sends_picture(picture())
    user.waits_for("图片收到了")
    ticket = account.takes(agent, user)
    user.sends_picture(picture())
    eventually(
        lambda: len([each for each in agent.look(ticket)["messages"] if each["picture"]]) == 2,
        "both pictures are at the desk",
    )
    shown = next(each for each in agent.look(ticket)["messages"] if each["picture"])
    file = local.get(
        account.assistant.url + shown["picture"]["url"], cookies=dict(agent.http.cookies)
    )
    assert (file.status_code, file.headers["content-type"][:6]) == (200, "image/")


def test_picture_that_cannot_be_had_is_asked_for_again(
    account: WeiboAccount, platform: WeiboPlatform, user: WeiboUser
) -> None:
    platform.fail(FILE, 10001)
    user.sends_picture(picture())
    user.waits_for("图片没有收到")
    user.sends_picture(b"no picture at all")
    user.waits_for("图片打不开")
    platform.drop(FILE)
    user.sends_picture(picture())
    user.waits_for("图片收到了")


def test_agent_is_told_at_once_that_weibo_takes_no_pictures(
    account: WeiboAccount, user: WeiboUser, agent: ConsoleAgent
) -> None:
    ticket = account.takes(agent, user)
    answer = agent.http.post(
        f"/tickets/{ticket}/pictures",
        params={"id": uuid.uuid4().hex},
        headers={"Content-Type": "image/png"},
        content=picture(),
    )
    assert answer.status_code == 409
    assert answer.json()["error"]["message"] == "微博发不了图片，请用文字说明。"
    assert not [each for each in agent.look(ticket)["messages"] if each["picture"]]
    agent.says(ticket, "请看帮助中心。")
    user.waits_for("请看帮助中心。")


# ---- leaving


def test_everything_of_a_user_who_leaves_is_deleted(
    account: WeiboAccount, platform: WeiboPlatform, agent: ConsoleAgent
) -> None:
    pictures = account.folder / "pictures"
    staying, leaving = platform.user(), platform.user()
    folders = {path.name for path in pictures.glob("*")} if pictures.exists() else set()
    for each in (staying, leaving):
        each.follow()
        each.says("我要申请退款")
        each.sends_picture(picture())
        account.takes(agent, each)
    kept = account.said(staying)
    assert account.traces(leaving)
    assert len({path.name for path in pictures.glob("*")} - folders) == 2
    assert leaving.unfollow().attempts[0].raw == b""
    eventually(lambda: account.traces(leaving) == [], "nothing is left")
    assert account.said(staying) == kept
    assert len({path.name for path in pictures.glob("*")} - folders) == 1
    leaving.follow()
    leaving.waits_for("我是OK钱包的智能客服")
    leaving.says("下一步")
    assert not any("第 2/5 步" in item.text for item in leaving.inbox), "nobody remembers"


# ---- when the platform fails


def test_messages_wait_while_weibo_is_busy(
    account: WeiboAccount, platform: WeiboPlatform, agent: ConsoleAgent
) -> None:
    """The stand-in answers with numbers and texts, 200 and 400 and 403, by turns."""
    users = [platform.user() for _ in range(3)]
    tickets = [account.takes(agent, each) for each in users]
    for code in (10001, 10002, 10009, 10022, 10023, 10024):
        platform.fail(REPLY, code)
    for ticket in tickets:
        agent.says(ticket, "第一句。")
    for each in users:
        each.waits_for("第一句。")
        eventually(lambda each=each: not account.kept(each), "all is said")
        assert len([item for item in each.inbox if "第一句" in item.text]) == 1


def test_nothing_is_lost_when_answers_are(
    account: WeiboAccount, platform: WeiboPlatform, user: WeiboUser, agent: ConsoleAgent
) -> None:
    ticket = account.takes(agent, user)
    platform.drop(REPLY, processed=True)
    platform.garbage(REPLY)
    agent.says(ticket, "第一句。")
    for _ in range(2):  # asked for again: nobody knows that it arrived
        user.waits_for("第一句。")
    eventually(lambda: not account.kept(user), "it counts as said")


def test_weibo_that_hangs_delays_nobody_else(
    account: WeiboAccount, platform: WeiboPlatform, agent: ConsoleAgent
) -> None:
    stuck, other = platform.user(), platform.user()
    tickets = [account.takes(agent, each) for each in (stuck, other)]
    troubles = platform.troubles[REPLY]
    platform.hang(REPLY, 20)
    agent.says(tickets[0], "第一句。")
    eventually(lambda: platform.troubles[REPLY] > troubles, "it hangs")
    agent.says(tickets[1], "您好。")
    other.waits_for("您好。")
    assert other.says("在吗").shown is None
    assert len(account.kept(stuck)) == 1
    platform.user().says("你好")
    stuck.waits_for("第一句。")


def test_customer_who_was_silent_too_long_gets_it_when_they_write_again(
    account: WeiboAccount,
    platform: WeiboPlatform,
    user: WeiboUser,
    agent: ConsoleAgent,
    console: Page,
) -> None:
    ticket = account.takes(agent, user)
    platform.clock.advance(48 * 3600)
    account.rows("update windows set until = 1 where conversation_id = ?", f"weibo-{user.id}")
    calls = platform.calls(REPLY)
    agent.says(ticket, "查到了，已经退了。")
    assert "微博" in notified(console, "not_delivered", ticket=ticket)
    assert len(account.kept(user)) == 1
    assert platform.calls(REPLY) == calls, "Weibo would refuse it"
    user.says("怎么样了")
    user.waits_for("查到了，已经退了。")


def test_window_that_weibo_closed_earlier_silences_nobody_else(
    account: WeiboAccount,
    platform: WeiboPlatform,
    agent: ConsoleAgent,
    console: Page,
) -> None:
    silent, other = platform.user(), platform.user()
    tickets = [account.takes(agent, each) for each in (silent, other)]
    silent._until = 0.0
    agent.says(tickets[0], "查到了。")
    notified(console, "not_delivered", ticket=tickets[0])
    agent.says(tickets[1], "您好。")
    other.waits_for("您好。")
    silent.says("怎么样了")
    silent.waits_for("查到了。")


@pytest.mark.parametrize("how", ["expire_tokens", "invalidate_tokens"])
def test_token_that_ends_in_the_middle_is_told_to_agents_and_loses_nothing(
    account: WeiboAccount,
    platform: WeiboPlatform,
    user: WeiboUser,
    agent: ConsoleAgent,
    console: Page,
    how: str,
) -> None:
    ticket = account.takes(agent, user)
    getattr(platform, how)()
    agent.says(ticket, "您好。")
    code = {"expire_tokens": "21327", "invalidate_tokens": "21332"}[how]
    told = console.wait_for(
        lambda event, data: event == "notice" and f"error_code {code}" in data["text"]
    )
    assert (told["kind"], told["ticket"]) == ("channel_trouble", None)
    assert "微博" in told["text"]
    assert len(account.kept(user)) == 1
    answered_at_once(platform)  # which needs no token
    platform.renew_token(ACCESS_TOKEN)
    user.waits_for("您好。")


# ---- what is none of Weibo's


def body(**fields: Any) -> bytes:
    message = {
        "type": "text",
        "receiver_id": 1_902_538_057,
        "sender_id": 777_000_777,
        "created_at": "Mon Jul 16 18:09:20 +0800 2012",
        "text": "不该出现的话",
        "data": {},
    }
    return json.dumps(message | fields).encode()


BROKEN = {
    "empty": b"",
    "no JSON": "不该出现的话".encode(),
    "half JSON": b'{"type": "text", "text": "' + "不该出现的话".encode(),
    "array": b"[1, 2, 3]",
    "number": b"12345678901",
    "null": b"null",
    "text": '"不该出现的话"'.encode(),
    "no UTF-8": b'{"text": "\xff\xfe\xfa"}',
    "XML": b"<xml><ToUserName>1</ToUserName></xml>",
    "deep": b"[" * 30_000 + b"]" * 30_000,
    "deep object": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "number without end": body().replace(b"777000777", b"9" * 60_000),
    "no sender": body(sender_id=None),
    "id with a letter": body(sender_id="24895x"),
    "id with another script's digits": body(sender_id="２４８９"),
    "id with a quote": body(sender_id="1' or '1'='1"),
    "id with a path": body(sender_id="../1"),
    "id with a line": body(sender_id="1\n2"),
    "long id": body(sender_id="9" * 21),
    "negative id": body(sender_id=-5),
    "float id": body(sender_id=2.5),
    "infinite id": body().replace(b"777000777", b"Infinity"),
    "true id": body(sender_id=True),
    "list id": body(sender_id=[1]),
    "object id": body(sender_id={"id": 1}),
    "no receiver": body(receiver_id=""),
    "list receiver": body(receiver_id=[1]),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_broken_body_is_refused(
    account: WeiboAccount, platform: WeiboPlatform, broken: str
) -> None:
    answer = platform.deliver_raw(platform.signed_query(), BROKEN[broken])
    assert answer == (400, b"")
    assert "不该出现的话" not in account.log


def test_body_that_is_too_large_is_refused(account: WeiboAccount, platform: WeiboPlatform) -> None:
    large = body(text="长" * 22_000)
    assert len(large) > 65 * 1024
    assert platform.deliver_raw(platform.signed_query(), large) == (413, b"")


def queries() -> dict[str, dict[str, str]]:
    now = str(int(time.time()))
    good = {"timestamp": now, "nonce": "57155157"}

    def of(timestamp: str, nonce: str = "1", secret: str = APP_SECRET) -> dict[str, str]:
        given = {"timestamp": timestamp, "nonce": nonce}
        return {**given, "signature": signature(secret, timestamp, nonce)}

    return {
        "nothing": {},
        "no signature": good,
        "empty signature": {**good, "signature": ""},
        "wrong signature": {**good, "signature": "0" * 40},
        "signature in another script": {**good, "signature": "签名"},
        "another secret": of(now, secret="another"),
        "no secret": of(now, secret=""),
        "upper case": {key: value.upper() for key, value in of(now).items()},
        "changed nonce": {**of(now), "nonce": "2"},
        "changed time": {**of(now), "timestamp": str(int(now) + 1)},
        "old": of(str(int(now) - 3600)),
        "old milliseconds": of(str((int(now) - 3600) * 1000)),
        "future": of(str(int(now) + 3600)),
        "no time": of(""),
        "no number": of("now"),
        "negative": of("-" + now),
        "float": of(now + ".5"),
        "another script's digits": of("１" + now[1:]),
        "far away": of("9" * 200),
    }


@pytest.mark.parametrize("query", queries())
def test_who_is_not_weibo_is_refused(
    account: WeiboAccount, platform: WeiboPlatform, query: str
) -> None:
    given = queries()[query]
    assert platform.deliver_raw(given, body()) == (403, b"")
    answer = platform.deliver_raw({**given, "echostr": "echo"}, b"", method="GET")
    assert answer == (403, b"")
    assert account.rows("select * from messages where conversation_id = 'weibo-777000777'") == []


WRONG = [None, True, 0, -1, 2.5, 10**30, "", "文", "x" * 5000, [], [[1]], {}, {"a": {"b": 1}}]


@pytest.mark.parametrize("field", ["type", "text", "data", "created_at"])
def test_fields_of_wrong_types_hurt_nobody(
    account: WeiboAccount, platform: WeiboPlatform, user: WeiboUser, field: str
) -> None:
    for place, wrong in enumerate(WRONG):
        message = user.message("text", text=f"你好{place}") | {field: wrong}
        answer = platform.deliver_raw(platform.signed_query(), json.dumps(message))
        assert answer.status in {200, 400}
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    message = user.message("text", text="你好") | {field: deep}
    answer = platform.deliver_raw(platform.signed_query(), json.dumps(message))
    assert answer.status in {200, 400}
    answered_at_once(platform)


def test_fields_of_events_and_files_of_wrong_types_hurt_nobody(
    platform: WeiboPlatform, user: WeiboUser
) -> None:
    for kind in ("event", "image", "mention", "position", "voice"):
        for wrong in WRONG:
            data = {"subtype": wrong, "key": wrong, "tovfid": wrong, "longitude": wrong}
            message = user.message(kind, text="文") | {"data": data}
            answer = platform.deliver_raw(platform.signed_query(), json.dumps(message))
            assert answer.status in {200, 400}
    answered_at_once(platform)


# ---- the parser, alone


@pytest.fixture(scope="module")
def parser(tmp_path_factory: pytest.TempPathFactory) -> WeiboInput:
    return WeiboInput(app_secret="s", access_token="t", menu=WEIBO_MENU, mentions=True)


def read(parser: WeiboInput, data: bytes) -> Any:
    return parser.platform.read(SimpleNamespace(body=data))  # type: ignore[arg-type]


# The same examples each time, and no clock: a busy machine is no fault of theirs.
fuzz = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["follow", "click", "FORGOT", "123", "２", "\ud800", "dy", 10**400]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)
kinds = st.sampled_from(["text", "image", "voice", "position", "event", "mention"]) | anything
subtypes = st.sampled_from(["follow", "unfollow", "click", "scan", "view"]) | anything


@fuzz
@given(
    message=st.fixed_dictionaries(
        {},
        optional={
            "type": kinds,
            "sender_id": st.integers(1, 2**63) | anything,
            "receiver_id": st.integers(1, 2**63) | anything,
            "created_at": anything,
            "text": st.text() | anything,
            "data": st.fixed_dictionaries(
                {},
                optional={
                    "subtype": subtypes,
                    "key": anything,
                    "tovfid": anything,
                    "latitude": anything,
                    "longitude": anything,
                },
            )
            | anything,
        },
    )
)
def test_whatever_comes_is_read_or_refused(parser: WeiboInput, message: Any) -> None:
    data = json.dumps(message).encode()
    try:
        incoming = read(parser, data)
    except Rejected:
        return
    if incoming is not None:
        assert incoming.conversation_id.removeprefix("weibo-").isascii()
        assert incoming.conversation_id.removeprefix("weibo-").isdigit()
        assert len(incoming.key) <= 64
        again = read(parser, data)
        assert again == incoming, "the same message has the same key"


@fuzz
@given(st.binary(max_size=200) | anything.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_no_message_is_refused(parser: WeiboInput, data: bytes) -> None:
    with contextlib.suppress(Rejected):
        read(parser, data)


@pytest.mark.parametrize("field", ["type", "text", "data", "created_at", "sender_id"])
@pytest.mark.parametrize("depth", range(800, 1000, 7))
def test_nesting_that_is_just_read_is_no_trouble_later(
    parser: WeiboInput, field: str, depth: int
) -> None:
    deep = b"[" * depth + b"]" * depth
    if field == "data":
        deep = b'{"subtype":' * depth + b"1" + b"}" * depth
    data = body(**{field: "DEEP"}).replace(b'"DEEP"', deep)
    with contextlib.suppress(Rejected):
        read(parser, data)


def test_being_named_is_answered_once_where_the_account_may(parser: WeiboInput) -> None:
    data = {"subtype": "status", "key": "3500000000000000"}
    incoming = read(parser, body(type="mention", text="@OK钱包 退款多久", data=data))
    assert incoming is not None
    assert (incoming.kind, incoming.text) == ("text", "@OK钱包 退款多久")
    assert incoming.window == Window(1, 48 * 3600, short=True)
    quiet = WeiboInput(app_secret="s", access_token="t")
    assert read(quiet, body(type="mention", text="@OK钱包 退款多久", data=data)) is None


@pytest.mark.parametrize(
    ("latitude", "longitude", "place"),
    [
        ("39.963759", "116.340525", "39.963759,116.340525"),
        (-39.5, 116, "-39.500000,116.000000"),
        ("", "", ""),
        ("nan", "116", ""),
        (None, [1], ""),
        (10**400, 91, ""),
        (91, 0, ""),
    ],
)
def test_position_keeps_its_coordinates(
    parser: WeiboInput, latitude: object, longitude: object, place: str
) -> None:
    data = {"latitude": latitude, "longitude": longitude}
    incoming = read(parser, body(type="position", text="我在这里", data=data))
    assert incoming is not None
    assert incoming.text == f"【位置】{place}"


@pytest.mark.parametrize(
    ("code", "why"), [(10022, "later"), (21301, "later"), (10008, "never"), (99999, "refused")]
)
def test_what_the_api_answers_says_whether_to_try_again(
    parser: WeiboInput, monkeypatch: pytest.MonkeyPatch, code: int, why: str
) -> None:
    async def answered(*given: Any, **named: Any) -> Answer:
        return Answer(400, "application/json", b'{"error_code": %d}' % code)

    monkeypatch.setattr(parser.platform._client, "call", answered)
    with pytest.raises(NotSent) as failure:
        asyncio.run(parser.platform.send("weibo-1", Outgoing((1,), "您好")))
    assert (failure.value.why, failure.value.alarm) == (why, code == 21301)


def test_every_difference_makes_another_message(parser: WeiboInput) -> None:
    first = read(parser, body())
    for change in (
        {"sender_id": 5},
        {"created_at": "Mon Jul 16 18:09:21 +0800 2012"},
        {"type": "voice"},
        {"text": "别的话"},
        {"data": {"vfid": 1}},
    ):
        assert read(parser, body(**change)).key != first.key, change
    as_text = read(parser, body(sender_id="777000777"))
    assert (as_text.key, as_text.conversation_id) == (first.key, first.conversation_id)


@pytest.mark.parametrize(
    ("given_settings", "named"),
    [
        ({"access_token": "t"}, "app_secret"),
        ({"app_secret": "s"}, "access_token"),
        ({"app_secret": "s", "access_token": ""}, "access_token"),
        ({"app_secret": "s", "access_token": "t", "reply_mode": "x"}, "reply_mode"),
        ({"app_secret": "s", "access_token": "t", "menu": {"A": "no_such"}}, "no_such"),
        ({"app_secret": "s", "access_token": "t", "unknown": 1}, "unknown"),
    ],
)
def test_wrong_settings_are_named(given_settings: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        WeiboInput.from_credentials(given_settings)
