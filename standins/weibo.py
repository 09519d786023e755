"""A strict stand-in for Weibo's fans service (粉丝服务平台): its API, its deliveries, its users.

The rules are those of open.weibo.com/wiki (粉丝服务平台: 消息接收, 被动回复, messages/reply,
mss/msget, Error code). Where they say nothing, the comment does.
"""

from __future__ import annotations

import itertools
import json
import math
import re
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, unquote

from aiohttp import web

from standins.stand_in import (
    Attempt,
    Call,
    Delivery,
    Handler,
    Item,
    Json,
    Outgoing,
    Person,
    Refusal,
    StandIn,
    Wrong,
    signature,
)

SHORTEST_TOO_LONG = 300  # characters; a text has fewer
MOST_ARTICLES = 8  # undocumented, the careful limit
WINDOW = 48 * 3600  # seconds after what the user did
REPLY_FIELDS = {"access_token", "type", "data", "receiver_id", "save_sender_box"}
PASSIVE_FIELDS = {"result", "sender_id", "receiver_id", "type", "data"}
ARTICLE_FIELDS = {"display_name", "summary", "image", "url"}
OPENING_EVENTS = {"follow", "subscribe", "click", "scan", "scan_follow"}
# The captions that Weibo puts in place of a text.
CAPTIONS = {
    "follow": "关注事件消息",
    "unfollow": "取消关注事件消息",
    "subscribe": "订阅事件消息",
    "unsubscribe": "取消订阅事件消息",
    "scan": "扫描二维码事件消息",
    "scan_follow": "扫描二维码关注事件消息",
    "click": "菜单点击事件消息",
    "view": "菜单跳转事件消息",
}
ENCODED = re.compile(r"(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9_.~!*'()/-])+")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MESSAGES = {
    10001: "System error!",
    10002: "Service unavailable!",
    10004: "IP limit!",
    10008: "Param error, see doc for more info.",
    10009: "Too many pending tasks, system is busy!",
    10014: "Insufficient app permissions!",
    10016: "Miss required parameter, see doc for more info.",
    10017: "Parameter's value invalid, see doc for more info.",
    10021: "HTTP METHOD is not supported for this request!",
    10022: "IP requests out of rate limit!",
    10023: "User requests out of rate limit!",
    10024: "User requests for (messages/reply) out of rate limit!",
    20003: "User does not exists!",
    21327: "expired_token",
    21332: "invalid_access_token",
}


def created_at(moment: float) -> str:
    """Return a time as Weibo writes it, whatever the locale: Mon Jul 16 18:09:20 +0800 2012."""
    at = time.gmtime(moment + 8 * 3600)
    clock = f"{at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02}"
    return f"{DAYS[at.tm_wday]} {MONTHS[at.tm_mon - 1]} {at.tm_mday:02} {clock} +0800 {at.tm_year}"


class WeiboUser(Person):
    """A user. Every method acts at the phone; with `wait` it returns when delivery ended.

    Attributes:
        id: an int64. Every other user's is delivered as a string.
    """

    def __init__(self, platform: WeiboPlatform, number: int) -> None:
        super().__init__()
        # As many digits as today, or more than a float can hold.
        self.id = 2_489_518_277 + number if number % 4 < 2 else 2**62 + 2 * number + 1
        self._as_text = bool(number % 2)
        self._platform = platform
        self._until = 0.0
        self._left = math.inf
        self._mention_until = 0.0

    # -- what the user does

    def follow(self, wait: bool = True) -> Delivery:
        return self._event("follow", wait)

    def unfollow(self, wait: bool = True) -> Delivery:
        return self._event("unfollow", wait)

    def says(self, text: str, wait: bool = True) -> Delivery:
        return self.sends("text", wait, text=text)

    def sends_picture(
        self, picture: bytes, caption: str = "分享图片", wait: bool = True
    ) -> Delivery:
        """Send a picture; `caption` is the text that Weibo puts beside it."""
        return self.sends("image", wait, text=caption, data=self._platform.store(picture))

    def sends_voice(self, wait: bool = True) -> Delivery:
        return self.sends("voice", wait, text="分享语音", data=self._platform.store(b"#!AMR\n"))

    def sends_position(
        self, latitude: float = 39.963759, longitude: float = 116.340525, wait: bool = True
    ) -> Delivery:
        place = {"longitude": str(longitude), "latitude": str(latitude)}
        return self.sends("position", wait, text="我在这里", data=place)

    def clicks_menu(self, key: str, wait: bool = True) -> Delivery:
        return self._event("click", wait, key=key)

    def scans(self, scene: str, follow: bool = False, wait: bool = True) -> Delivery:
        """Scan a QR code; `follow`: and follow by it."""
        subtype = "scan_follow" if follow else "scan"
        ticket = secrets.token_urlsafe(30)
        return self._event(subtype, wait, key=f"SCENE_{scene}", ticket=ticket)

    def views(self, url: str, wait: bool = True) -> Delivery:
        """Click on a menu that opens a page."""
        return self._event("view", wait, key=url)

    def mention(self, text: str, subtype: str = "status", wait: bool = True) -> Delivery:
        """Name the account in a post ("status") or a comment ("comment")."""
        data = {"subtype": subtype, "key": str(3_500_000_000_000_000 + secrets.randbelow(10**14))}
        return self.sends("mention", wait, text=text, data=data)

    def _event(self, subtype: str, wait: bool, **more: str) -> Delivery:
        data = {"subtype": subtype, **more}
        return self.sends("event", wait, text=CAPTIONS[subtype], data=data)

    def sends(self, kind: str, /, wait: bool = True, **fields: Any) -> Delivery:
        """Send any message: `fields` replace those of the JSON object."""
        return self._platform.deliver(self, self.message(kind, **fields), wait)

    def message(self, kind: str, /, **fields: Any) -> Json:
        """Return a new message of this user."""
        ids = (self._platform.account_id, self.id)
        receiver, sender = map(str, ids) if self._as_text else ids
        common: Json = {"type": kind, "receiver_id": receiver, "sender_id": sender}
        return common | {"created_at": created_at(time.time()), "text": "", "data": {}} | fields

    # -- what the account may do

    def opens_window(self, kind: str, subtype: str) -> None:
        """Renew how long the account may reply."""
        until = self._platform.clock.now() + WINDOW
        if kind == "mention":
            self._mention_until = until
        elif kind == "event" and subtype == "unfollow":
            self._until = self._mention_until = 0.0
        elif kind != "event" or subtype in OPENING_EVENTS:
            self._until = until
            self._left = self._platform.most or math.inf

    def spends(self) -> bool:
        """Return whether the account may send now; a mention allows one message."""
        now = self._platform.clock.now()
        if now < self._until:
            self._left -= 1
            return self._left >= 0
        allowed = now < self._mention_until
        self._mention_until = 0.0
        return allowed


class WeiboPlatform(StandIn[WeiboUser]):
    """Weibo, as far as a verified account's fans service meets it.

    Args:
        app_secret, access_token: the app's and the account's.
        account_id: the account's own user id.

    Attributes:
        window_code: the error outside of the reply window, documented nowhere.
        most: messages that what a user does allows; 0: as many as you like, as documented.
    """

    def __init__(self, app_secret: str, access_token: str, account_id: int = 1_902_538_057) -> None:
        self.app_secret, self.account_id = app_secret, account_id
        self.window_code = 10014
        self.most = 0
        self._token = access_token
        self._refused: dict[str, int] = {}  # tokens of the past, by error code
        self._files: dict[str, bytes] = {}
        self._their_files: set[str] = set()
        self._odd = itertools.count()
        self._refusals = itertools.count()
        self._successes = itertools.count()
        super().__init__()
        self._secrets |= {app_secret, access_token}

    def user(self) -> WeiboUser:
        """Return a new user who has not written yet."""
        made = WeiboUser(self, len(self._users))
        self._users[made.id] = made
        return made

    # -- tokens

    def expire_tokens(self) -> None:
        """Let the token be refused from now on as expired (21327)."""
        self._refused[self._token] = 21327

    def invalidate_tokens(self) -> None:
        """Let the token be refused from now on as invalid (21332)."""
        self._refused[self._token] = 21332

    def renew_token(self, access_token: str) -> None:
        """Let this be the token, as when it is renewed by hand on the account's page."""
        self._token = access_token
        self._refused.pop(access_token, None)
        self._secrets.add(access_token)

    def _authorize(self, given: str | None) -> None:
        if not given:
            raise Refusal(21332, fault="access_token is missing")
        if given in self._refused:
            raise Refusal(self._refused[given])
        if given != self._token:
            raise Refusal(21332)

    # -- deliveries

    def deliver(self, person: WeiboUser, message: Json, wait: bool = True) -> Delivery:
        """Deliver a message, with all redeliveries; `wait`: return when that has ended."""
        data = message.get("data")
        subtype = str(data.get("subtype", "")) if isinstance(data, dict) else ""
        person.opens_window(str(message.get("type")), subtype)
        text = json.dumps(message, ensure_ascii=False)
        return self._send(person, lambda: self._outgoing(text), wait)

    def signed_query(
        self, body: bytes | str = b"", timestamp: str = "", nonce: str = ""
    ) -> dict[str, str]:
        """Return the query that Weibo would send, to be spoilt by a test; no body is signed."""
        return self._signed(timestamp, nonce)

    def _signed(self, timestamp: str = "", nonce: str = "") -> dict[str, str]:
        # Milliseconds as in the samples, seconds as in the text.
        if not timestamp:
            milliseconds = next(self._odd) % 2 == 0
            timestamp = str(int(time.time() * (1000 if milliseconds else 1)))
        nonce = nonce or str(secrets.randbelow(10**8))
        sign = signature(self.app_secret, timestamp, nonce)
        return {"signature": sign, "timestamp": timestamp, "nonce": nonce}

    def _outgoing(self, text: str) -> Outgoing:
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        return Outgoing(self._signed(), text.encode(), headers, text)

    def _settles(
        self, delivery: Delivery, person: WeiboUser, sent: Outgoing, attempt: Attempt
    ) -> bool:
        if attempt.status != 200:
            return False
        if attempt.raw:
            try:
                delivery.shown = self._read(attempt.raw, json.loads(sent.plain), person)
            except Wrong as wrong:
                # 200 is delivered; what cannot be read is not shown.
                self._fault(f"passive reply: {wrong}")
            else:
                if self.passive_counts:
                    person.spends()
                person.sees(delivery.shown)
        return True

    def _gives_up(self, person: WeiboUser, sent: Outgoing) -> None:
        pass  # the user sees nothing

    def _read(self, raw: bytes, message: Json, person: WeiboUser) -> Item:
        """Return what the user sees of a passive reply."""
        try:
            reply = json.loads(raw.decode("utf8"))
        except ValueError:
            raise Wrong(f"neither empty nor JSON: {raw[:80]!r}") from None
        if not isinstance(reply, dict) or set(reply) != PASSIVE_FIELDS:
            raise Wrong(f"not an object of {sorted(PASSIVE_FIELDS)}: {raw[:80]!r}")
        if reply["result"] is not True:
            raise Wrong(f"result {reply['result']!r}")
        ids = {name: reply[name] for name in ("sender_id", "receiver_id")}
        if any(isinstance(each, bool) or not isinstance(each, (int, str)) for each in ids.values()):
            raise Wrong(f"ids are numbers or texts: {ids}")
        if [str(each) for each in ids.values()] != [str(self.account_id), str(person.id)]:
            raise Wrong(f"sender_id and receiver_id are not the message's, swapped: {ids}")
        data = message.get("data")
        if isinstance(data, dict) and data.get("subtype") == "unfollow":
            raise Wrong("a reply to someone who unfollowed")
        # Whether "+" means a blank is documented nowhere, so neither may be left bare.
        if not isinstance(reply["data"], str) or not ENCODED.fullmatch(reply["data"]):
            raise Wrong(f"data is not a URL-encoded text: {reply['data']!r}")
        return _item("passive", reply["type"], unquote(reply["data"], errors="replace"))

    # -- the API

    def _routing(self) -> dict[tuple[str, str], Handler]:
        return {
            ("POST", "/2/messages/reply.json"): self._reply,
            ("GET", "/2/mss/msget"): self._msget,
        }

    def _wrong_method(self, method: str) -> tuple[int, str]:
        return 10021, MESSAGES[10021]

    def _refuse(self, refusal: Refusal, call: Call) -> web.Response:
        # The wiki's samples have the code as a number and as a text, and do not name the status.
        turn = next(self._refusals)
        answer = {
            "request": call.request.path,
            "error_code": refusal.code if turn % 2 == 0 else str(refusal.code),
            "error": refusal.message or MESSAGES.get(refusal.code, "error"),
        }
        return _answer(answer, (400, 403, 200, 200)[turn % 4])

    def _reply(self, call: Call) -> web.Response:
        if call.request.content_type != "application/x-www-form-urlencoded":
            raise Refusal(10008, fault=f"the form came as {call.request.content_type}")
        try:
            pairs = parse_qsl(call.body.decode("ascii"), True, strict_parsing=True, errors="strict")
        except ValueError:
            raise Refusal(10008, fault=f"no form: {call.body[:80]!r}") from None
        given = dict(pairs)
        if len(given) < len(pairs) or set(given) - REPLY_FIELDS or call.query:
            names = [name for name, _ in pairs]
            self._fault(f"reply.json: unknown or doubled: {names}, query {list(call.query)}")
        self._authorize(given.get("access_token"))
        for name in ("type", "data", "receiver_id"):
            if not given.get(name):
                raise Refusal(10016, fault=f"{name} is missing")
        if given.get("save_sender_box", "1") not in ("0", "1"):
            raise Refusal(10017, fault=f"save_sender_box {given['save_sender_box']!r}")
        receiver = given["receiver_id"]
        person = self._users.get(int(receiver)) if receiver.isdecimal() else None
        try:
            item = _item("api", given["type"], given["data"])
        except Wrong as wrong:
            raise Refusal(10017, fault=str(wrong)) from None
        if person is None:
            raise Refusal(20003)
        if not person.spends():
            raise Refusal(self.window_code)
        person.sees(item)
        # The body of a success is documented nowhere.
        said: Json = {"type": given["type"], "data": given["data"], "receiver_id": receiver}
        turn = next(self._successes)
        return _answer({"result": True, "sender_id": self.account_id} | (said if turn % 2 else {}))

    def store(self, data: bytes) -> dict[str, str]:
        """Keep a file that a user sends; return its ids for the sender and for the account."""
        number = 1_000_000_000 + 2 * len(self._files)
        theirs, ours = str(number), str(number + 1)
        self._their_files.add(theirs)
        self._files[ours] = data
        return {"vfid": theirs, "tovfid": ours}

    def _msget(self, call: Call) -> web.Response:
        self._authorize(call.query.get("access_token"))
        fid = call.query.get("fid")
        if not fid:
            raise Refusal(10016, fault="fid is missing")
        if fid in self._their_files:
            raise Refusal(10014, fault="fid is the sender's vfid; the receiver's is tovfid")
        if fid not in self._files:
            raise Refusal(10017)
        headers = {"Content-Type": "image/jpeg", "Content-Disposition": "attachment"}
        return web.Response(body=self._files[fid], headers=headers)


def _answer(content: Json, status: int = 200) -> web.Response:
    text = json.dumps(content, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


def _item(via: str, kind: Any, data: str) -> Item:
    """Return what the user sees of a reply's `data`, a JSON object; Wrong when it is none."""
    try:
        content = json.loads(data)
    except ValueError:
        doubly = unquote(data) != data
        raise Wrong(
            f"data is {'encoded once too often' if doubly else 'no JSON'}: {data}"
        ) from None
    if kind == "text":
        text = content.get("text") if isinstance(content, dict) and len(content) == 1 else None
        if not isinstance(text, str) or not text.strip():
            raise Wrong(f"data of a text is not {{text}}: {data}")
        if len(text) >= SHORTEST_TOO_LONG:
            raise Wrong(f"a text of {len(text)} characters ({SHORTEST_TOO_LONG - 1} allowed)")
        if "\ufffd" in text:
            raise Wrong(f"a text cut within a character: {text[-20:]!r}")
        return Item(via, "text", text)
    if kind == "articles":
        articles = content.get("articles") if isinstance(content, dict) else None
        if not isinstance(articles, list) or not 1 <= len(articles) <= MOST_ARTICLES:
            raise Wrong(f"data has no list of 1 to {MOST_ARTICLES} articles: {data}")
        for each in articles:
            texts = isinstance(each, dict) and all(isinstance(one, str) for one in each.values())
            if not texts or set(each) != ARTICLE_FIELDS:
                raise Wrong(f"an article has {sorted(ARTICLE_FIELDS)}: {each}")
        lines = [f"{each['display_name']}\n{each['summary']}".strip() for each in articles]
        return Item(via, "articles", "\n".join(lines), links=[each["url"] for each in articles])
    if kind == "position":
        if not isinstance(content, dict) or not {"longitude", "latitude"} <= set(content):
            raise Wrong(f"data has no longitude and latitude: {data}")
        return Item(via, "position", f"{content['latitude']},{content['longitude']}")
    raise Wrong(f"type {kind!r}")
