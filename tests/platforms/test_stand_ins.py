"""The stand-ins keep to the platforms' published samples and refuse what the platforms refuse."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

import httpx
import pytest

from standins.stand_in import Exchange, signature
from standins.wechat import FAULT_SENTENCE, Cryptography, WeChatPlatform, build, parse
from standins.weibo import WeiboPlatform, created_at
from tests import local
from tests.platforms.account import eventually

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP = "wx0123456789abcdef"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) + b"\r\n--\r\n"
# developers.weixin.qq.com, "Message encryption" / "message push": token AAAAA, key of 43 A.
SAMPLE = (
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzD"
    "pVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2I"
    "uQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeOBrebufAlr7F"
    "9mFUPAJGj04="
)

Answer = tuple[int, bytes | str]
Program = Callable[[dict[str, str], bytes], Answer]


class Webhook:
    """A webhook that answers as the test says."""

    def __init__(self) -> None:
        self.program: Program = lambda query, body: (200, "")
        self.received: list[tuple[dict[str, str], bytes]] = []
        self.answered = 0
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self, content_type: str, status: int, answer: bytes | str) -> None:
                data = answer.encode() if isinstance(answer, str) else answer
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def do_GET(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                self.answer("text/plain", 200, query["echostr"])

            def do_POST(self) -> None:
                query = dict(parse_qsl(urlsplit(self.path).query))
                body = self.rfile.read(int(self.headers["Content-Length"]))
                hook.received.append((query, body))
                with contextlib.suppress(OSError):  # hung up
                    self.answer("application/xml", *hook.program(query, body))
                hook.answered += 1

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        serve = self.server.serve_forever
        threading.Thread(target=serve, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/webhook"


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    made = Webhook()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(params=["plain", "compat", "safe"])
def any_wechat(request: pytest.FixtureRequest, webhook: Webhook) -> Iterator[WeChatPlatform]:
    with WeChatPlatform("a token", APP, "a secret", KEY, mode=request.param) as platform:
        assert platform.connect(webhook.url)
        yield platform


@pytest.fixture
def wechat(webhook: Webhook) -> Iterator[WeChatPlatform]:
    with WeChatPlatform("a token", APP, "a secret") as platform:
        assert platform.connect(webhook.url)
        yield platform


def replying(platform: WeChatPlatform, **changes: object) -> Program:
    """Answer as a right assistant does, in the platform's mode; `changes` spoil it."""
    keys = Cryptography(platform.token, KEY, platform.app_id)

    def program(query: dict[str, str], body: bytes) -> Answer:
        root = parse(body)
        if platform.mode != "plain":
            encrypted = root.findtext("Encrypt", "")
            assert query["msg_signature"] == keys.sign(
                query["timestamp"], query["nonce"], encrypted
            )
            root = parse(keys.decrypt(encrypted))
        fields = {
            "ToUserName": root.findtext("FromUserName"),
            "FromUserName": root.findtext("ToUserName"),
            "CreateTime": int(time.time()),
            "MsgType": "text",
            "Content": f"收到 {root.findtext('Content')}",
            **changes,
        }
        reply = build({name: value for name, value in fields.items() if value is not None})
        if platform.mode == "plain":
            return 200, reply
        sealed = keys.encrypt(reply.encode())
        stamp = str(int(time.time()))
        sign = keys.sign(stamp, query["nonce"], sealed)
        envelope = {"Encrypt": sealed, "MsgSignature": sign, "TimeStamp": int(stamp)}
        return 200, build({**envelope, "Nonce": query["nonce"]})

    return program


class Api:
    """A caller of WeChat's API with a token."""

    def __init__(self, platform: WeChatPlatform) -> None:
        self.http = local.Client(base_url=platform.base_url)
        self.platform = platform
        self.token = self.fetch()["access_token"]

    def fetch(self, **changes: object) -> dict[str, object]:
        given = {"grant_type": "client_credential", "appid": APP, "secret": "a secret", **changes}
        answer: dict[str, object] = self.http.post("/cgi-bin/stable_token", json=given).json()
        return answer

    def post(self, path: str, content: object, escape: bool = False) -> int:
        body = json.dumps(content, ensure_ascii=escape).encode()
        answer = self.http.post(path, params={"access_token": str(self.token)}, content=body)
        return int(answer.json()["errcode"])

    def sends(self, to: str, kind: str = "text", escape: bool = False, **content: object) -> int:
        content = content or {"content": "您好"}
        return self.post(
            "/cgi-bin/message/custom/send", {"touser": to, "msgtype": kind, kind: content}, escape
        )


@pytest.fixture
def api(wechat: WeChatPlatform) -> Iterator[Api]:
    made = Api(wechat)
    yield made
    made.http.close()


def test_published_samples_of_wechat() -> None:
    keys = Cryptography("AAAAA", "A" * 43, "wxba5fad812f8e6fb9")
    right = "f464b24fc39322e44b38aa78f5edd27bd1441696"
    assert signature("AAAAA", "1714036504", "1514711492") == right
    right = "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3"
    assert keys.sign("1714112445", "415670741", SAMPLE) == right
    inner = keys.decrypt(SAMPLE)
    assert len(inner) == 167
    assert json.loads(inner)["debug_str"] == "hello world"
    sealed = keys.encrypt(b'{"demo_resp":"good luck"}', salt=b"707722b803182950")
    assert sealed == (
        "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ=="
    )


def test_every_mode_reaches_the_user(any_wechat: WeChatPlatform, webhook: Webhook) -> None:
    webhook.program = replying(any_wechat)
    user = any_wechat.user()
    assert user.says("充值 ]]> <b>😀</b>").reply == "收到 充值 ]]> <b>😀</b>"
    assert [item.via for item in user.inbox] == ["passive"]
    assert any_wechat.faults == []
    webhook.program = lambda query, body: (200, "success")
    assert user.says("好").reply is None
    assert any_wechat.faults == []
    raw = webhook.received[-1][1]
    assert (b"<Content>" in raw) == (any_wechat.mode != "safe")
    assert (b"<Encrypt>" in raw) == (any_wechat.mode != "plain")


@pytest.mark.parametrize(
    "changes",
    [
        {"ToUserName": "gh_0123456789ab"},
        {"CreateTime": "now"},
        {"MsgType": "card"},
        {"Content": ""},
        {"Content": "字" * 683},
        {"Content": None},
        {"Extra": "1"},
    ],
)
def test_wrong_replies_are_shown_as_a_fault(
    changes: dict[str, object], any_wechat: WeChatPlatform, webhook: Webhook
) -> None:
    webhook.program = replying(any_wechat, **changes)
    user = any_wechat.user()
    assert user.says("你好").reply is None
    assert [item.text for item in user.inbox] == [FAULT_SENTENCE]
    assert len(any_wechat.faults) == 1


@pytest.mark.parametrize("answer", [(500, "success"), (200, '{"a": 1}'), (200, "<xml/>")])
def test_no_reply_at_all_is_a_fault(
    answer: Answer, wechat: WeChatPlatform, webhook: Webhook
) -> None:
    webhook.program = lambda query, body: answer
    user = wechat.user()
    assert len(user.says("你好").attempts) == 1
    assert [item.text for item in user.inbox] == [FAULT_SENTENCE]
    assert wechat.faults


def test_a_plaintext_reply_in_safe_mode_is_a_fault(webhook: Webhook) -> None:
    with WeChatPlatform("a token", APP, "a secret", KEY, mode="safe") as platform:
        platform.connect(webhook.url)
        webhook.program = lambda query, body: (200, build({"MsgType": "text"}))
        platform.user().says("你好")
        assert "plaintext" in platform.faults[0]


def test_slow_answers_are_cut_and_repeated(wechat: WeChatPlatform, webhook: Webhook) -> None:
    good = replying(wechat)
    repeated = threading.Event()

    def program(query: dict[str, str], body: bytes) -> Answer:
        if len(webhook.received) == 1:
            repeated.wait(60)
        else:
            repeated.set()
        return good(query, body)

    webhook.program = program
    user = wechat.user()
    delivery = user.says("慢", wait=False)
    assert not delivery.ended
    assert [each.cut for each in delivery.wait().attempts] == [True, False]
    assert delivery.attempts[0].seconds > 4.9
    first, second = webhook.received
    assert first[1] == second[1]
    assert first[0]["nonce"] != second[0]["nonce"]
    eventually(lambda: webhook.answered == 2, "the late answer, too")
    assert [item.text for item in user.inbox] == ["收到 慢"]


def test_windows_tokens_and_errors(wechat: WeChatPlatform, api: Api) -> None:
    user = wechat.user()
    assert api.sends(user.openid) == 45015
    user.clicks_menu("HELP")
    assert [api.sends(user.openid) for _ in range(4)] == [0, 0, 0, 45047]
    wechat.clock.advance(61)
    assert api.sends(user.openid) == 45015
    user.says("你好")
    assert [api.sends(user.openid) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    user.says("还在吗")
    assert api.sends(user.openid) == 0
    wechat.clock.advance(48 * 3600)
    assert api.sends(user.openid) == 42001
    api.token = api.fetch()["access_token"]
    assert api.sends(user.openid) == 45015
    user.says("你好")
    wechat.invalidate_tokens()
    assert api.sends(user.openid) == 40001
    api.token = "x"
    assert api.sends(user.openid) == 40014
    api.token = api.fetch()["access_token"]
    wechat.fail("/cgi-bin/message/custom/send", -1)
    assert [api.sends(user.openid) for _ in range(2)] == [-1, 0]
    wechat.customer_service = False
    assert api.sends(user.openid) == 48001
    wechat.customer_service = True
    user.unfollow()
    assert api.sends(user.openid) == 45015
    assert wechat.faults == []


def test_what_the_api_refuses_is_recorded(wechat: WeChatPlatform, api: Api) -> None:
    user = wechat.user()
    user.says("你好")
    assert api.sends(user.openid, content="字" * 683) == 45002
    assert api.sends(user.openid, escape=True) == 40033
    assert api.sends(user.openid, kind="card", title="x") == 40008
    assert api.sends("") == 41009
    assert api.sends("o" * 28) == 40003
    assert api.sends(user.openid, "news", articles=[{}, {}]) == 45008
    send = "/cgi-bin/message/custom/send"
    assert api.http.post(send).json()["errcode"] == 41001
    address = f"{send}?access_token={api.token}"
    assert api.http.post(address, content=b"{").json()["errcode"] == 47001
    assert api.http.post("/cgi-bin/message/send").status_code == 404
    assert api.fetch(secret="wrong")["errcode"] == 40125
    assert len(wechat.faults) == 9
    assert user.inbox == []


def test_tokens_of_both_kinds(wechat: WeChatPlatform, api: Api) -> None:
    user = wechat.user()
    user.says("你好")
    assert api.fetch()["access_token"] == api.token
    query = {"grant_type": "client_credential", "appid": APP, "secret": "a secret"}
    older, newer = (api.http.get("/cgi-bin/token", params=query).json() for _ in range(2))
    stable = api.token
    for token in (older, newer):
        api.token = token["access_token"]
        assert api.sends(user.openid) == 0
    wechat.clock.advance(301)
    codes = []
    for value in (older["access_token"], newer["access_token"], stable):
        api.token = value
        codes.append(api.sends(user.openid))
    assert codes == [40001, 0, 0]
    forced = api.fetch(force_refresh=True)["access_token"]
    assert forced != stable
    assert api.fetch(force_refresh=True)["access_token"] == forced
    assert api.sends(user.openid) == 40001


def test_menus_pictures_and_typing(wechat: WeChatPlatform, api: Api, webhook: Webhook) -> None:
    user = wechat.user()
    user.says("你好")
    options = [{"id": "101", "content": "充值"}, {"id": "102", "content": "提现"}]
    menu: dict[str, Any] = {"head_content": "请选择", "list": options, "tail_content": "或直接输入"}
    assert api.sends(user.openid, "msgmenu", **menu) == 0
    assert user.waits_for("请选择").options == ["充值", "提现"]
    user.picks(2)
    message = parse(webhook.received[-1][1])
    assert message.findtext("Content") == "提现"
    assert message.findtext("bizmsgmenuid") == "102"
    link = '<a href="weixin://bizmsgmenu?msgmenucontent=%E5%85%85%E5%80%BC&msgmenuid=7">1. 充值</a>'
    assert api.sends(user.openid, content=link) == 0
    user.picks("1. 充值")
    message = parse(webhook.received[-1][1])
    assert (message.findtext("Content"), message.findtext("bizmsgmenuid")) == ("充值", "7")
    files = {"media": ("a.png", PNG, "image/png")}
    query = {"access_token": str(api.token), "type": "image"}
    media = api.http.post("/cgi-bin/media/upload", params=query, files=files).json()["media_id"]
    assert api.sends(user.openid, "image", media_id=media) == 0
    assert user.inbox[-1].picture == PNG
    user.sends_picture(PNG)
    media = parse(webhook.received[-1][1]).findtext("MediaId")
    query = {"access_token": str(api.token), "media_id": str(media)}
    assert api.http.get("/cgi-bin/media/get", params=query).content == PNG
    typing = {"touser": user.openid, "command": "Typing"}
    codes = [api.post("/cgi-bin/message/custom/typing", typing) for _ in range(2)]
    assert codes == [0, 45081]
    wechat.clock.advance(31)
    assert api.post("/cgi-bin/message/custom/typing", typing) == 45080
    wechat.menus = False
    assert api.sends(user.openid, "msgmenu", **menu) == 40200
    assert wechat.faults == []


def test_wechats_own_customer_service(wechat: WeChatPlatform, api: Api, webhook: Webhook) -> None:
    wechat.agents = {"on@gh": True, "off@gh": False}
    user = wechat.user()
    webhook.program = replying(wechat, MsgType="transfer_customer_service", Content=None)
    user.says("人工")
    assert user.kf_account == ""
    create = "/customservice/kfsession/create"
    codes = [
        api.post(create, {"kf_account": each, "openid": user.openid})
        for each in ("off@gh", "on@gh")
    ]
    assert codes == [65415, 0]
    assert user.says("在吗").attempts == []
    assert wechat.faults == []
    user.kf_closes()
    user.clicks_menu("HUMAN")
    assert "an event" in wechat.faults[-1]


def test_faults_on_demand_and_the_record(wechat: WeChatPlatform, api: Api) -> None:
    seen: list[Exchange] = []
    wechat.watch(seen.append)
    user = wechat.user()
    user.says("你好")
    send = "/cgi-bin/message/custom/send"
    wechat.drop(send)
    with pytest.raises(httpx.RemoteProtocolError):
        api.sends(user.openid)
    wechat.hang(send, 0.5)
    begun = time.monotonic()
    assert api.sends(user.openid) == 0
    assert time.monotonic() - begun > 0.5
    wechat.garbage(send)
    with pytest.raises(ValueError, match="Expecting value"):
        api.sends(user.openid)
    assert wechat.calls(send) == 3
    assert len(seen) == 4
    assert len(user.inbox) == 1
    written = repr(wechat.traffic)
    assert "a secret" not in written
    assert str(api.token) not in written
    with pytest.raises(AssertionError, match="您好"):
        user.waits_for("再见", seconds=0.1)


def test_malformed_requests(any_wechat: WeChatPlatform, webhook: Webhook) -> None:
    webhook.program = lambda query, body: (403, "no")
    body = any_wechat.body(any_wechat.user().message("text", Content="a\x01b"))
    query = any_wechat.signed_query(body, timestamp="1")
    assert any_wechat.deliver_raw(query, body) == (403, b"no")
    assert any_wechat.faults == []


TOKEN = "2.00weibo-token"


@pytest.fixture
def weibo(webhook: Webhook) -> Iterator[WeiboPlatform]:
    with WeiboPlatform("an app secret", TOKEN) as platform:
        assert platform.connect(webhook.url)
        yield platform


def weibo_reply(encode: Callable[[str], str] = quote, **changes: object) -> Program:
    """Answer as a right assistant does; `changes` spoil it."""

    def program(query: dict[str, str], body: bytes) -> Answer:
        message = json.loads(body)
        data = json.dumps({"text": f"收到 {message['text']} 100%"}, ensure_ascii=False)
        ids = {"sender_id": message["receiver_id"], "receiver_id": message["sender_id"]}
        reply = {"result": True, **ids, "type": "text", "data": encode(data), **changes}
        return 200, json.dumps(reply)

    return program


def weibo_sends(platform: WeiboPlatform, to: int, **changes: str) -> int:
    """Send by the API; return the error code, 0 for success."""
    form = {"access_token": TOKEN, "type": "text", "data": '{"text": "您好"}', **changes}
    with local.Client(base_url=platform.base_url) as http:
        answer = http.post("/2/messages/reply.json", data={"receiver_id": str(to), **form})
    body = answer.json()
    assert answer.status_code == 200 or "error" in body
    return int(body.get("error_code", 0))


def test_weibos_signature_and_messages(weibo: WeiboPlatform, webhook: Webhook) -> None:
    webhook.program = weibo_reply()
    for _ in range(4):
        user = weibo.user()
        assert user.says("充值 😀").reply == "收到 充值 😀 100%"
        query, body = webhook.received[-1]
        assert query["signature"] == signature("an app secret", query["timestamp"], query["nonce"])
        assert str(user.id) == str(json.loads(body)["sender_id"])
    assert {len(query["timestamp"]) for query, _ in webhook.received} == {10, 13}
    kinds = {type(json.loads(body)["sender_id"]) for _, body in webhook.received}
    assert kinds == {int, str}
    assert created_at(1342433360) == "Mon Jul 16 18:09:20 +0800 2012"
    webhook.program = lambda query, body: (200, "")
    assert user.sends_position().reply is None
    assert weibo.faults == []


@pytest.mark.parametrize(
    "program",
    [
        weibo_reply(encode=str),
        weibo_reply(encode=quote_plus),
        weibo_reply(encode=lambda data: quote(quote(data))),
        weibo_reply(result="true"),
        weibo_reply(sender_id=1),
        weibo_reply(type="card"),
        weibo_reply(data=quote('{"text": "' + "字" * 300 + '"}')),
        lambda query, body: (200, "success"),
    ],
)
def test_weibo_does_not_show_wrong_replies(
    program: Program, weibo: WeiboPlatform, webhook: Webhook
) -> None:
    webhook.program = program
    user = weibo.user()
    assert user.says("你好").reply is None
    assert user.inbox == []
    assert len(weibo.faults) == 1


def test_weibo_repeats_what_was_not_taken(weibo: WeiboPlatform, webhook: Webhook) -> None:
    webhook.program = lambda query, body: (500, "")
    user = weibo.user()
    assert [each.status for each in user.says("你好").attempts] == [500, 500, 500]
    assert len({body for _, body in webhook.received}) == 1
    assert len({query["nonce"] for query, _ in webhook.received}) == 3
    assert len(weibo.faults) == 1


def test_weibos_windows_and_tokens(weibo: WeiboPlatform) -> None:
    user = weibo.user()
    closed = weibo.window_code
    assert weibo_sends(weibo, user.id) == closed
    user.views("https://example.com")
    assert weibo_sends(weibo, user.id) == closed
    user.mention("@我们")
    assert [weibo_sends(weibo, user.id) for _ in range(2)] == [0, closed]
    user.clicks_menu("HELP")
    assert [weibo_sends(weibo, user.id) for _ in range(9)] == [0] * 9
    weibo.clock.advance(48 * 3600)
    assert weibo_sends(weibo, user.id) == closed
    user.follow()
    assert weibo_sends(weibo, user.id) == 0
    user.unfollow()
    assert weibo_sends(weibo, user.id) == closed
    user.says("你好")
    weibo.expire_tokens()
    assert [weibo_sends(weibo, user.id) for _ in range(2)] == [21327] * 2
    weibo.renew_token("another")
    assert weibo_sends(weibo, user.id, access_token="another") == 0
    assert weibo_sends(weibo, user.id, access_token="nobody's") == 21332
    weibo.fail("/2/messages/reply.json", 10001)
    assert weibo_sends(weibo, user.id, access_token="another") == 10001
    assert weibo_sends(weibo, 5, access_token="another") == 20003
    assert weibo.faults == []
    assert "another" not in repr(weibo.traffic)


def test_what_weibos_api_refuses_is_recorded(weibo: WeiboPlatform) -> None:
    user = weibo.user()
    user.says("你好")
    long = json.dumps({"text": "字" * 300})
    assert weibo_sends(weibo, user.id, data=quote('{"text": "您好"}')) == 10017
    assert "once too often" in weibo.faults[-1]
    assert weibo_sends(weibo, user.id, data=long) == 10017
    assert weibo_sends(weibo, user.id, type="card") == 10017
    assert weibo_sends(weibo, user.id, data="") == 10016
    assert weibo_sends(weibo, user.id, save_sender_box="yes") == 10017
    assert local.post(f"{weibo.base_url}/2/messages/reply.json", json={}).json()["error"]
    assert len(weibo.faults) == 6
    assert user.inbox == []


def test_weibos_pictures(weibo: WeiboPlatform, webhook: Webhook) -> None:
    weibo.user().sends_picture(PNG)
    data = json.loads(webhook.received[-1][1])["data"]
    address = f"{weibo.base_url}/2/mss/msget"
    query = {"access_token": TOKEN, "fid": data["tovfid"]}
    assert local.get(address, params=query).content == PNG
    assert weibo.faults == []
    assert local.get(address, params={**query, "fid": data["vfid"]}).json()["error"]
    assert "tovfid" in weibo.faults[0]
