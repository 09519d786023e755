"""Whatever comes to the webhook is a message, nothing, or refused with a status."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sanic.request import RequestParameters

from channels.platforms.platform import Incoming, Rejected, signature
from channels.wechat import WeChatInput
from channels.wechat.api import ApiError
from infra import settings
from standins.wechat import Cryptography, build
from tests.conftest import SECRET
from tests.platforms.account import APP_ID, KEY, MENU, TOKEN, wechat_settings
from tests.platforms.test_stand_ins import SAMPLE

CRYPTOGRAPHY = Cryptography(TOKEN, KEY, APP_ID)
OPENID = "o" + "x" * 27
fuzz = hypothesis_settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module", autouse=True)
def secret() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSISTANT_SECRET", SECRET)
        settings.current.cache_clear()
        yield
    settings.current.cache_clear()


@pytest.fixture(scope="module")
def plain(secret: None) -> WeChatInput:
    return WeChatInput(**wechat_settings())


@pytest.fixture(scope="module")
def safe(secret: None) -> WeChatInput:
    return WeChatInput(**wechat_settings(encoding_aes_key=KEY))


def request(body: bytes, **query: str) -> Any:
    args = RequestParameters({name: [value] for name, value in query.items()})
    return SimpleNamespace(body=body, args=args)


def encrypted(body: bytes | str, raw: bytes = b"") -> Any:
    """Return the request that delivers a message, or any text as `Encrypt`, in safe mode."""
    text = body if isinstance(body, str) else CRYPTOGRAPHY.encrypt(body)
    query = {"timestamp": str(int(time.time())), "nonce": "17"}
    query |= {"encrypt_type": "aes", "msg_signature": CRYPTOGRAPHY.sign(*query.values(), text)}
    return request(raw or build({"ToUserName": "gh_1", "Encrypt": text}).encode(), **query)


def message(**fields: Any) -> dict[str, Any]:
    common = {"ToUserName": "gh_1", "FromUserName": OPENID, "CreateTime": 1, "MsgType": "text"}
    return {**common, "Content": "你好", "MsgId": 9007199254740993, **fields}


def read(channel: WeChatInput, delivered: Any) -> Incoming | None:
    """Read as the webhook does; anything but a result or a clear refusal fails the test."""
    try:
        found = channel.platform.read(delivered)
    except Rejected as refused:
        if refused.status not in range(400, 500):
            raise
        return None
    if found is not None:
        assert re.fullmatch(r"wechat-[A-Za-z0-9_-]{1,64}", found.conversation_id)
        assert 0 < len(found.key) <= 64
        assert isinstance(found.text, str)
    return found


# Cs: lone surrogates, of which there are none in UTF-8.
anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
values = st.one_of(
    anything,
    st.integers(),
    st.sampled_from(
        ["text", "event", "image", "voice", "location", "link", "subscribe", "CLICK", "SCAN"]
    ),
    st.sampled_from([OPENID, "unsubscribe", "qrscene_1", "kf_create_session", *MENU]),
    st.dictionaries(st.sampled_from(["A", "Content"]), anything, max_size=2),
)
NAMES = [
    *("ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event"),
    *("EventKey", "MediaId", "Recognition", "Label", "Title", "Url", "bizmsgmenuid", "Encrypt"),
    *("Location_X", "Location_Y"),
]
changes = st.dictionaries(st.sampled_from(NAMES), values, max_size=5)
cuts = st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 40), st.binary(max_size=12)), max_size=3
)


def mutated(body: bytes, cut: list[tuple[int, int, bytes]]) -> bytes:
    for start, length, other in cut:
        body = body[:start] + other + body[start + length :]
    return body


@fuzz
@given(body=st.binary(max_size=400), kind=st.sampled_from(["aes", "raw", "", "AES"]), sign=anything)
def test_any_bytes_are_refused_or_read(
    plain: WeChatInput, safe: WeChatInput, body: bytes, kind: str, sign: str
) -> None:
    query = {"encrypt_type": kind, "msg_signature": sign, "nonce": sign}
    for channel in (plain, safe):
        assert read(channel, request(body, **query)) is None


@fuzz
@given(changes=changes)
def test_any_fields_are_refused_or_read(
    plain: WeChatInput, safe: WeChatInput, changes: dict[str, Any]
) -> None:
    body = build(message(**changes)).encode("utf8", "replace")
    first, second = read(plain, request(body)), read(safe, encrypted(body))
    assert (first is None) == (second is None)


@fuzz
@given(cut=cuts)
def test_any_spoilt_message_is_refused_or_read(
    plain: WeChatInput, safe: WeChatInput, cut: list[tuple[int, int, bytes]]
) -> None:
    body = mutated(build(message()).encode(), cut)
    read(plain, request(body))
    read(safe, encrypted(body))


@fuzz
@given(cut=cuts)
def test_any_spoilt_envelope_is_refused_or_read(
    safe: WeChatInput, cut: list[tuple[int, int, bytes]]
) -> None:
    whole = encrypted(build(message()).encode())
    whole.body = mutated(whole.body, cut)
    read(safe, whole)
    # Signed as it should be, so that it is decrypted.
    text = CRYPTOGRAPHY.encrypt(build(message()).encode())
    spoilt = mutated(text.encode(), cut).decode("ascii", "ignore")
    read(safe, encrypted(spoilt, f"<xml><Encrypt>{spoilt}</Encrypt></xml>".encode()))


@fuzz
@given(signs=st.fixed_dictionaries({}, optional={"timestamp": anything, "nonce": anything}))
def test_any_query_is_refused(plain: WeChatInput, signs: dict[str, str]) -> None:
    sign = signature(TOKEN, signs.get("timestamp", ""), signs.get("nonce", ""))
    with pytest.raises(Rejected):
        plain.platform.verify(request(b"", signature=sign, **signs))
    with pytest.raises(Rejected):
        plain.platform.verify(
            request(b"", signature=signs.get("nonce", ""), timestamp=str(time.time()))
        )


@fuzz
@given(text=anything.filter(str.strip))
def test_every_text_arrives_but_for_what_xml_cannot_hold(safe: WeChatInput, text: str) -> None:
    found = read(safe, encrypted(build(message(Content=text)).encode()))
    assert found is not None
    printable = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "", text)
    # XML makes \r a newline; blanks around it are nobody's words.
    assert found.text.strip() == re.sub("\r\n?", "\n", printable).strip()


@pytest.mark.parametrize(
    "said", ["<!DOCTYPE html>", "<!ENTITY a 'b'>", "]]>", "<Encrypt>YWJj</Encrypt>", "<xml>&lt;"]
)
@pytest.mark.parametrize("mode", ["plain", "safe", "compat"])
def test_markup_that_a_customer_writes_is_text(
    plain: WeChatInput, safe: WeChatInput, said: str, mode: str
) -> None:
    fields = message(Content=said)
    delivered = request(build(fields).encode())
    if mode != "plain":
        delivered = encrypted(build(fields).encode())
    if mode == "compat":
        inner = delivered.body.split(b"<Encrypt>")[1].split(b"</Encrypt>")[0]
        delivered.body = build(fields).encode()[: -len("</xml>")]
        delivered.body += b"<Encrypt>" + inner + b"</Encrypt></xml>"
    found = read(plain if mode == "plain" else safe, delivered)
    assert found is not None
    assert found.text == said


def test_the_published_sample_is_decrypted(secret: None) -> None:
    given = wechat_settings(token="AAAAA", app_id="wxba5fad812f8e6fb9", encoding_aes_key="A" * 43)
    query = {"timestamp": "1714112445", "nonce": "415670741", "encrypt_type": "aes"}
    query["msg_signature"] = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
    body = build({"ToUserName": "gh_1", "Encrypt": SAMPLE}).encode()
    text, crypto = WeChatInput(**given).platform._reader.decrypt(request(body, **query))
    assert (len(text), crypto is None) == (167, False)
    assert b'"debug_str":"hello world"' in text.replace(b": ", b":")


@pytest.mark.parametrize("ending", [b"\x00", b"\x21", b"\xff", b"\x01\x05"])
def test_wrong_padding_is_refused(safe: WeChatInput, ending: bytes) -> None:
    cipher = CRYPTOGRAPHY._cipher().encryptor()
    text = b"r" * 16 + (5).to_bytes(4, "big") + b"<xml>" + APP_ID.encode()
    text += b"\x20" * (64 - len(text) - len(ending)) + ending
    wrong = base64.b64encode(cipher.update(text) + cipher.finalize()).decode()
    with pytest.raises(Rejected) as refused:
        safe.platform.read(encrypted(wrong))
    assert refused.value.status == 403


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"token": ""}, "token"),
        ({"app_secret": ""}, "app_secret"),
        ({"encoding_aes_key": "short"}, "encoding_aes_key"),
        ({"encoding_aes_key": "?" * 43}, "encoding_aes_key"),
        ({"previous_encoding_aes_key": KEY[:-1]}, "previous_encoding_aes_key"),
        ({"reply_mode": "sometimes"}, "reply_mode"),
        ({"buttons": "round"}, "buttons"),
        ({"transfer_customer_service": True, "reply_mode": "active"}, "transfer_customer_service"),
        ({"menu": {"A": "no_such_intent"}}, "no_such_intent"),
        ({"colour": "red"}, "colour"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"customer_limit": "many"}, "customer_limit"),
    ],
)
def test_a_wrong_setting_is_named(more: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=named) as error:
        WeChatInput.from_credentials(wechat_settings(**more))
    assert str(error.value).startswith("credentials.yml: channels.wechat.WeChatInput")
    assert TOKEN not in str(error.value)


def delivered(**fields: Any) -> Any:
    return request(build(message(**fields)).encode())


@pytest.mark.parametrize("event", ["SCAN", "subscribe"])
def test_whoever_scans_a_code_is_asked_its_scene_also_when_they_follow_by_it(
    plain: WeChatInput, event: str
) -> None:
    def scanned(scene: str) -> Incoming:
        key = scene if event == "SCAN" else f"qrscene_{scene}"
        found = read(plain, delivered(MsgType="event", Event=event, EventKey=key))
        assert found is not None
        return found

    assert (scanned("REFUND").kind, scanned("REFUND").option) == ("intent", "request_refund")
    assert scanned("nobody").kind == "welcome"


@pytest.mark.parametrize("key", [{}, {"EventKey": ""}, {"EventKey": "last_trade_no_40037520012"}])
def test_whoever_follows_without_a_code_is_welcome(plain: WeChatInput, key: dict[str, str]) -> None:
    found = read(plain, delivered(MsgType="event", Event="subscribe", **key))
    assert found is not None
    assert found.kind == "welcome"


def test_a_place_without_a_name_keeps_its_coordinates(plain: WeChatInput) -> None:
    place = {"Location_X": "23.134521", "Location_Y": "113.358803", "Label": ""}
    found = read(plain, delivered(MsgType="location", **place))
    assert found is not None
    assert found.text == "【位置】23.134521,113.358803"


@pytest.mark.parametrize(
    ("code", "why"),
    [(87014, "never"), (40035, "never"), (44004, "never"), (45002, "never"), (43019, "never"),
     (-1, "later"), (45011, "later"), (45009, "tomorrow"), (48001, "mute"), (99999, "refused")],
)  # fmt: skip
def test_what_the_api_answers_says_whether_to_try_again(code: int, why: str) -> None:
    assert ApiError(code).why == why


def test_no_message_is_to_blame_when_a_token_is_refused() -> None:
    assert ApiError(40243, "later").why == "later"
