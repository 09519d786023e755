"""What WeChat users do, and the assistant behind the account in safe mode."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

from content import library
from standins.stand_in import Delivery, signature
from standins.wechat import Cryptography, WeChatPlatform, WeChatUser, build
from tests.channels.test_web import picture
from tests.platforms.account import (
    APP_ID,
    FETCH,
    KEY,
    OLD_KEY,
    TOKEN,
    WeChatAccount,
    actions_stopped,
    eventually,
    shown,
)


@pytest.fixture(scope="module")
def account(usual: dict[str, Any]) -> WeChatAccount:
    found: WeChatAccount = usual["wechat"]
    return found


@pytest.fixture(scope="module", autouse=True)
def fetched_before(account: WeChatAccount) -> int:
    """How many tokens were fetched before the first test of this file."""
    return account.platform.calls(FETCH)


# ---- talking


def test_a_refund_from_the_first_word_to_the_last_by_numbers(user: WeChatUser) -> None:
    user.says("我要退款")
    first = user.waits_for("【申请退款】第 1/5 步")
    assert "1. 下一步" in first.text
    for said, heard in [
        ("1", "第 2/5 步"),
        ("２", "第 1/5 步"),
        ("第一个", "第 2/5 步"),
        ("下一步", "第 3/5 步"),
        ("3. 遇到问题", "2. 没有“申请退款”按钮"),
        ("第二个", "更新到最新版本"),
        ("2", "第 3/5 步"),
        ("选1", "第 4/5 步"),
        ("1️⃣", "第 5/5 步"),
        ("1.", "步骤都走完了"),
    ]:
        user.says(said)
        user.waits_for(heard)
    assert len(user.inbox) == 11, "one message for each"


def test_an_answer_that_takes_long_comes_by_the_api(
    account: WeChatAccount, user: WeChatUser
) -> None:
    with actions_stopped(account.assistant):
        delivery = user.says("我要退款")
        assert delivery.attempts[-1].body == "success"
        eventually(lambda: user.typing == "Typing", "the customer sees that somebody writes")
    assert user.waits_for("第 1/5 步").via == "api"
    assert shown(user, "第 1/5 步") == 1


def _all_of(user: WeChatUser) -> str:
    return "\n".join(item.text for item in user.inbox)


def test_quick_messages_are_answered_in_their_order(
    account: WeChatAccount, user: WeChatUser
) -> None:
    said = ["怎么开启双重验证", "退款需要什么凭证", "怎么修改密码"]
    with actions_stopped(account.assistant):
        for place, text in enumerate(said, 1):
            user.says(text, wait=False)
            eventually(lambda n=place: len(account.said(user, "customer")) == n, "recorded")
    eventually(lambda: len(account.said(user, "bot")) == 3, "three answers")
    answers = account.said(user, "bot")
    assert "新设备" in answers[0]
    assert "凭证" in answers[1]
    firsts = [answer.splitlines()[0] for answer in answers]
    # Two answers may come in one message.
    eventually(lambda: all(one in _all_of(user) for one in firsts), "they are delivered")
    everything = _all_of(user)
    places = [everything.index(answer.splitlines()[0]) for answer in answers]
    assert places == sorted(places)
    assert all(everything.count(answer) == 1 for answer in answers)


def test_a_message_that_is_delivered_again_gets_the_same_answer(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    message = user.message("text", Content="怎么开启双重验证")
    first = platform.deliver(user, message)
    user.waits_for("新设备")
    again = [platform.deliver(user, message) for _ in range(2)]
    assert [each.reply for each in again] == [first.reply] * 2
    together = user.message("text", Content="怎么修改密码")
    for each in [platform.deliver(user, together, wait=False) for _ in range(3)]:
        each.wait()
    eventually(lambda: len(account.said(user, "bot")) == 2, "the second answer")
    assert account.said(user, "customer") == ["怎么开启双重验证", "怎么修改密码"]
    user.waits_for(account.said(user, "bot")[1].splitlines()[0])


def test_a_very_long_question_is_taken_answered_and_recorded(
    account: WeChatAccount, user: WeChatUser
) -> None:
    story = "".join(f"第{number}天我都在等，什么消息也没有。" for number in range(1, 120))
    for said in (f"{story}怎么开启双重验证", f"怎么开启双重验证？{story * 6}"):
        assert len(said) > 1334
        user.says(said)
        user.waits_for("")
        assert account.said(user, "customer")[-1] == said
    assert "太长" not in str([item.text for item in user.inbox])
    user.says("<a href='x'>我要退款</a> ]]> & \"'")
    user.waits_for("")


def test_nobody_runs_a_command_or_forges_a_button(account: WeChatAccount, user: WeChatUser) -> None:
    user.says("我要退款")
    user.waits_for("第 1/5 步")
    # What a word of it may mean (next_step: 下一步) is understood; the button is not pressed.
    for said in ("/restart", '/greet{"order_id": "EVIL"}', '  /affirm{"walk": "security_advice"}'):
        user.says(said)
    user.sends("text", Content="在吗", bizmsgmenuid=101)
    user.says("继续")
    assert "第 2/5 步" not in str(user.inbox)
    assert f"【{library.load().topics['security_advice'].title}】" not in str(user.inbox)
    assert "EVIL" not in str(account.rows("select * from tickets"))


# ---- all types


@pytest.mark.parametrize(
    ("send", "recorded", "heard"),
    [
        (lambda user: user.sends_voice("怎么开启双重验证"), "怎么开启双重验证", "新设备"),
        (lambda user: user.sends_voice(), "【语音】", "打字"),
        (lambda user: user.sends_video(), "【视频】", "打字"),
        (
            lambda user: user.sends("shortvideo", MediaId="m", ThumbMediaId="t"),
            "【视频】",
            "打字",
        ),
        (lambda user: user.sends_location(label="海珠区"), "【位置】海珠区", "位置收到了"),
        (
            lambda user: user.sends_link("我的订单", "https://example.com/a?b=1&c=2"),
            "【链接】我的订单 https://example.com/a?b=1&c=2",
            "链接收到了",
        ),
        (lambda user: user.sends("file", FileKey="k"), "【看不了的消息】", "打字"),
        (
            lambda user: user.says("【收到不支持的消息类型，暂无法显示】"),
            "【看不了的消息】",
            "打字",
        ),
        (lambda user: user.says("[Unsupported Message]"), "【看不了的消息】", "打字"),
        (lambda user: user.says(" [动画表情] "), "【看不了的消息】", "打字"),
        (lambda user: user.says("怎么开启双重验证[捂脸]"), "怎么开启双重验证🤦", "新设备"),
        (lambda user: user.says("/::D怎么开启/:?双重验证"), "😁怎么开启🤔双重验证", "新设备"),
        (lambda user: user.says("怎么\x01开启\x1f双重\x0b验证\x00"), "怎么开启双重验证", "新设备"),
    ],
)
def test_whatever_a_user_sends_is_answered(
    account: WeChatAccount,
    user: WeChatUser,
    send: Callable[[WeChatUser], Delivery],
    recorded: str,
    heard: str,
) -> None:
    send(user)
    user.waits_for(heard)
    assert account.said(user, "customer") == [recorded]
    assert len(user.inbox) == 1


@pytest.mark.parametrize(
    ("face", "emoji"), [("[抱拳]", "🙏"), ("/:strong", "👍"), ("[微笑]", "🙂"), ("[NO]", "🙅")]
)
def test_a_face_alone_is_what_its_emoji_is(
    account: WeChatAccount, platform: WeChatPlatform, face: str, emoji: str
) -> None:
    one, other = platform.user(), platform.user()
    one.says(face)
    other.says(emoji)
    for each in (one, other):
        eventually(lambda on=each: account.said(on, "bot"), "the answer")
    assert account.said(one, "customer") == account.said(other, "customer")
    taken_for = "select intent from messages where conversation_id = ? and author = 'bot'"
    assert account.rows(taken_for, account.conversation(one)) == account.rows(
        taken_for, account.conversation(other)
    )


def test_a_face_beside_an_option_picks_it_all_the_same(user: WeChatUser) -> None:
    user.says("我要退款[微笑]")
    user.waits_for("第 1/5 步")
    user.says("下一步[强]")
    user.waits_for("第 2/5 步")
    user.says("/::)1")
    user.waits_for("第 3/5 步")


def test_a_card_number_with_faces_in_it_is_hidden(account: WeChatAccount, user: WeChatUser) -> None:
    user.says("卡号62220212[微笑]34567890128")
    user.waits_for("")
    said = str(account.said(user, "customer"))
    assert "0128" in said
    assert "62220212" not in said


def test_a_picture_is_kept(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    pictures = account.folder / "pictures"
    before = set(pictures.rglob("*.*"))
    user.sends_picture(picture())
    user.waits_for("图片收到了")
    assert len(set(pictures.rglob("*.*")) - before) == 1
    platform.garbage("/cgi-bin/media/get")
    user.sends_picture(picture())
    user.waits_for("图片没有收到")
    user.sends_picture(b"no picture at all")
    user.waits_for("图片")
    user.sends("image", PicUrl="http://x/", MediaId="no-such-media")
    user.waits_for("图片没有收到")
    assert account.said(user, "customer").count("（图片）") >= 2, "agents see that one was sent"


# ---- events


def test_a_new_follower_is_welcomed_and_picks_a_question(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    user.follow()
    assert "1. 找回密码" in user.waits_for("智能客服").text
    user.says("1")
    user.waits_for("【找回密码】第 1/")
    other = platform.user()
    other.follow(scene="42")
    other.waits_for("智能客服")


def test_the_menu_and_posters_ask_what_they_are_for(user: WeChatUser) -> None:
    user.clicks_menu("REFUND")
    user.waits_for("第 1/5 步")
    user.says("1")
    user.waits_for("第 2/5 步")
    user.scans("REFUND")
    user.waits_for("第 2/5 步")
    user.clicks_menu("NOBODY_DESCRIBED_IT")
    user.waits_for("智能客服")


def test_who_follows_by_a_posters_code_is_asked_what_it_is_for(platform: WeChatPlatform) -> None:
    new = platform.user()
    new.follow(scene="REFUND")
    new.waits_for("第 1/5 步")


def test_what_is_no_question_is_not_answered(account: WeChatAccount, user: WeChatUser) -> None:
    user.says("你好")
    user.waits_for("")
    before = len(user.inbox)
    for delivery in (
        user.views("https://example.com/"),
        user.sends("event", Event="LOCATION", Latitude=23.1, Longitude=113.3, Precision=60),
        user.sends("event", Event="TEMPLATESENDJOBFINISH", MsgID=1, Status="success"),
        user.sends("event", Event="something_new", EventKey={"a": "b"}),
    ):
        assert delivery.attempts[-1].body == "success"
    assert len(user.inbox) == before
    assert account.said(user, "customer") == ["你好"]


def test_the_bot_is_silent_while_wechats_own_agents_talk(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    user.says("你好")
    user.waits_for("")
    user.kf_opens("a@b")
    user.kf_switches("c@d")
    eventually(lambda: len(account.said(user, "system")) == 2, "both events")
    seen = len(user.inbox)
    human, user.kf_account = user.kf_account, None  # what reaches us all the same
    for delivery in (
        user.says("怎么开启双重验证[微笑]"),
        user.sends_picture(picture()),
        user.sends_voice(),
        user.clicks_menu("REFUND"),
    ):
        assert delivery.attempts[-1].body == "success"
    assert account.said(user, "customer") == ["你好", "怎么开启双重验证🙂", "", "【语音】"]
    assert len(user.inbox) == seen, "nobody but the human answers"
    user.kf_account = human
    user.kf_closes()
    eventually(lambda: len(account.said(user, "system")) == 3, "the end")
    assert account.said(user, "system")[0] == "微信客服开始为客户服务。"
    user.says("怎么开启双重验证")
    user.waits_for("新设备")
    assert shown(user, "开始为客户服务") == 0, "the customer saw it without us"


def test_the_bot_answers_again_half_an_hour_after_a_talk_whose_end_is_never_told(
    account: WeChatAccount, user: WeChatUser
) -> None:
    user.says("你好")
    user.waits_for("")
    user.kf_opens("a@b")
    eventually(lambda: account.said(user, "system"), "the event")
    user.kf_account = None
    assert user.says("怎么开启双重验证").attempts[-1].body == "success"
    began = "update messages set time = time - 1801 where conversation_id = ? and author = 'system'"
    account.rows(began, account.conversation(user))
    user.says("怎么开启双重验证")
    user.waits_for("新设备")


def test_who_leaves_is_forgotten(account: WeChatAccount, user: WeChatUser) -> None:
    user.follow()
    user.says("转人工")
    user.sends_picture(picture())
    user.waits_for("工单号")
    assert len(account.traces(user)) >= 3
    seen = len(user.inbox)
    pictures = set((account.folder / "pictures").rglob("*.jpg"))
    delivery = user.unfollow()
    assert delivery.attempts[-1].body == "success"
    eventually(lambda: account.traces(user) == [], f"all is deleted: {account.traces(user)}")
    assert len(set((account.folder / "pictures").rglob("*.jpg"))) == len(pictures) - 1
    assert len(user.inbox) == seen
    user.follow()
    user.waits_for("智能客服")
    user.says("继续")
    user.waits_for("没有正在办理")


# ---- keys and modes


def test_compatible_mode_reads_the_encrypted_part(
    platform: WeChatPlatform, user: WeChatUser
) -> None:
    platform.mode = "compat"
    try:
        user.says("怎么开启双重验证")
        user.waits_for("新设备")
        user.says("<Encrypt>abcd</Encrypt>")
        user.waits_for("")
        # What is beside it may be forged: the signature does not cover it.
        body = platform.body(user.message("text", Content="怎么开启双重验证"))
        forged = body.replace("怎么开启双重验证".encode(), "转人工".encode(), 1)
        assert forged != body
        answer = platform.deliver_raw(platform.signed_query(forged, user.openid), forged)
        assert answer.status == 200
        assert "工单号" not in "".join(item.text for item in user.inbox)
    finally:
        platform.mode = "safe"


def test_messages_under_the_previous_key_are_answered_under_it(
    platform: WeChatPlatform, user: WeChatUser
) -> None:
    platform.change_key(OLD_KEY)
    try:
        user.says("怎么开启双重验证")
        user.waits_for("新设备")
    finally:
        platform.change_key(KEY)
    user.says("怎么修改密码")
    user.waits_for("密码")


# ---- what is none of WeChat's


def test_the_address_is_verified_with_the_right_token_only(platform: WeChatPlatform) -> None:
    query = {**platform.signed_query(), "echostr": "<b>1</b>"}
    answer = platform.deliver_raw(query, b"", method="GET")
    assert (answer.status, answer.body) == (200, b"<b>1</b>")
    for change in ({"signature": "0" * 40}, {"timestamp": "1"}, {"nonce": "2"}, {"signature": ""}):
        answer = platform.deliver_raw({**query, **change}, b"", method="GET")
        assert (answer.status, answer.body) == (403, b"")


Request = tuple[dict[str, str], bytes]


def wrapped(platform: WeChatPlatform, xml: bytes, app_id: str = APP_ID, key: str = KEY) -> Request:
    """Return the request that delivers any XML, encrypted and signed."""
    text = Cryptography(TOKEN, key, app_id).encrypt(xml)
    return enveloped(platform, text)


def enveloped(platform: WeChatPlatform, encrypted: str) -> Request:
    """Return the request that delivers any text as `Encrypt`, signed."""
    body = build({"ToUserName": platform.account, "Encrypt": encrypted}).encode()
    return platform.signed_query(body), body


def right(platform: WeChatPlatform, **fields: Any) -> bytes:
    return build(platform.user().message("text", **{"Content": "在吗", **fields})).encode()


def altered(platform: WeChatPlatform, **query: str) -> Request:
    """Return a right request with another query."""
    given, body = wrapped(platform, right(platform))
    given = {**given, **query}
    return {name: value for name, value in given.items() if value != "-"}, body


def dated(platform: WeChatPlatform, seconds: float) -> Request:
    body = platform.body(platform.user().message("text", Content="在吗"))
    return platform.signed_query(body, timestamp=str(int(time.time() + seconds))), body


def stolen(platform: WeChatPlatform) -> Request:
    """Return a forged body with the signature that does not cover it twice."""
    given, body = wrapped(platform, right(platform))
    return {**given, "msg_signature": given["signature"]}, body


def unencrypted(platform: WeChatPlatform, **query: str) -> Request:
    return {**platform._signed(), **query}, right(platform)


MALFORMED: dict[str, tuple[int, Callable[[WeChatPlatform], Request]]] = {
    "no query": (403, lambda p: ({}, right(p))),
    "bad signature": (403, lambda p: altered(p, signature="0" * 40)),
    "signature of another script": (403, lambda p: altered(p, signature="签名")),
    "old": (403, lambda p: dated(p, -400)),
    "of tomorrow": (403, lambda p: dated(p, 86400)),
    "no number as time": (
        403,
        lambda p: altered(p, timestamp="²", signature=signature(TOKEN, "²", "1"), nonce="1"),
    ),
    "signature in place of msg_signature": (403, stolen),
    "no msg_signature": (403, lambda p: altered(p, msg_signature="-")),
    "downgrade to plain": (403, unencrypted),
    "downgrade to raw": (403, lambda p: unencrypted(p, encrypt_type="raw")),
    "plain said to be encrypted": (403, lambda p: unencrypted(p, encrypt_type="aes")),
    "wrong appid": (403, lambda p: wrapped(p, right(p), app_id="wxffffffffffffffff")),
    "wrong key": (403, lambda p: wrapped(p, right(p), key="Z" * 42 + "A")),
    "truncated base64": (403, lambda p: enveloped(p, "YWJjZ")),
    "half a block": (403, lambda p: enveloped(p, "YWJjZGVm")),
    "no base64": (403, lambda p: enveloped(p, "秘密")),
    "nothing but blanks": (
        403,
        lambda p: ({**p._signed(), "encrypt_type": "aes"}, b"<Encrypt>" + b" " * 60_000),
    ),
    "nothing encrypted": (403, lambda p: enveloped(p, "")),
    "empty body": (403, lambda p: ({**p._signed(), "encrypt_type": "aes"}, b"")),
    "a body of 65 KiB": (413, lambda p: (altered(p)[0], b"x" * 65 * 1024)),
    "a DTD": (400, lambda p: wrapped(p, b"<!DOCTYPE xml>" + right(p))),
    "entities": (
        400,
        lambda p: wrapped(p, b'<!DOCTYPE xml [<!ENTITY a "b">]>' + right(p, Content="&a;")),
    ),
    "JSON": (400, lambda p: wrapped(p, b'{"MsgType": "text"}')),
    "half a message": (400, lambda p: wrapped(p, right(p)[:-20])),
    "another root": (400, lambda p: wrapped(p, b"<a>" + right(p) + b"</a>")),
    "an empty message": (400, lambda p: wrapped(p, b"<xml/>")),
    "encrypted nothing": (400, lambda p: wrapped(p, b"")),
    "no UTF-8": (403, lambda p: wrapped(p, b"<xml>\xff\xfe</xml>")),
    "no MsgType": (400, lambda p: wrapped(p, re.sub(b"<MsgType>.*</MsgType>", b"", right(p)))),
    "elements as MsgType": (400, lambda p: wrapped(p, right(p, MsgType={"a": "b"}))),
    "elements as Content": (400, lambda p: wrapped(p, right(p, Content={"a": "b"}))),
    "elements as FromUserName": (400, lambda p: wrapped(p, right(p, FromUserName={"a": "b"}))),
    "two senders": (
        400,
        lambda p: wrapped(p, right(p).replace(b"<MsgType>", b"<FromUserName/><MsgType>")),
    ),
    "a sender with a path": (400, lambda p: wrapped(p, right(p, FromUserName="../../etc"))),
    "no sender": (400, lambda p: wrapped(p, right(p, FromUserName=""))),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_what_is_broken_or_forged_gets_a_status_and_nothing_else(
    account: WeChatAccount, platform: WeChatPlatform, name: str
) -> None:
    status, made = MALFORMED[name]
    said = "select count(*) from messages where author = 'customer'"
    before = account.rows(said)
    answer = platform.deliver_raw(*made(platform))
    assert (answer.status, answer.body) == (status, b"")
    assert account.rows(said) == before


def test_after_all_that_the_next_customer_is_answered(
    platform: WeChatPlatform, user: WeChatUser, fetched_before: int
) -> None:
    user.says("怎么开启双重验证")
    user.waits_for("新设备")
    fetched = platform.calls(FETCH) - fetched_before
    assert fetched <= 1, "one token was enough for all of it"
