"""A strict stand-in for WeChat's Official Account platform: its API, its deliveries, its users.

The rules are those of developers.weixin.qq.com (doc/service and doc/subscription: "Receiving
standard messages", "Receiving event pushes", "Passive user reply", "Message encryption",
api_sendcustommessage, api_getStableAccessToken, api_uploadtempmedia, api_createkfsession). Where
they say nothing, the comment does.
"""

from __future__ import annotations

import base64
import contextlib
import html
import json
import os
import re
import secrets
import struct
import time
import urllib.parse
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from xml.dom import minidom
from xml.etree import ElementTree

from aiohttp import web
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from standins.stand_in import (
    Attempt,
    Call,
    Choice,
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

FAULT_SENTENCE = "该公众号提供的服务出现故障，请稍后再试"
LONGEST_TEXT = 2048  # UTF-8 bytes; measured by many, documented nowhere
LONGEST_OPTION = 64  # UTF-8 bytes of a msgmenu's option; undocumented, the careful limit
MOST_OPTIONS = 10  # likewise
LARGEST_IMAGE = 2 * 1024 * 1024  # api_uploadtempmedia, "File size limit"
MEDIA_SECONDS = 3 * 24 * 3600
TOKEN_SECONDS = 7200
OVERLAP_SECONDS = 300  # both tokens work that long; stable_token renews that early
FORCE_SECONDS, FORCE_TIMES = 30, 20  # least time between forced renewals, how many a day
TYPING_SECONDS = 15  # a "Typing" lasts that long
TYPING_WINDOW = 30  # seconds after the user's message in which it may be sent
MESSAGE_WINDOW = (5, 48 * 3600)  # messages, seconds
ACTION_WINDOW = (3, 60)
ACTIONS = {"CLICK", "SCAN", "subscribe", "scancode_push", "scancode_waitmsg"}
# The user did nothing that an answer could belong to.
SILENT = {"unsubscribe", "VIEW", "LOCATION", "TEMPLATESENDJOBFINISH"}
IMAGES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif"}
INLINE = re.compile(
    r'<a href="weixin://bizmsgmenu\?msgmenucontent=([^"&]*)&msgmenuid=([^"&]*)">(.*?)</a>', re.S
)
LINK = re.compile(r'<a\s[^>]*?href="([^"]*)"[^>]*>', re.S)

MESSAGES = {
    40001: "invalid credential, access_token is invalid or not latest",
    40002: "invalid grant_type",
    40003: "invalid openid",
    40004: "invalid media type",
    40005: "invalid file type",
    40007: "invalid media_id",
    40008: "invalid message type",
    40009: "invalid image size",
    40013: "invalid appid",
    40014: "invalid access_token",
    40033: "invalid charset. please check your request, if include \\uxxxx will create fail!",
    40125: "invalid appsecret",
    40164: "invalid ip 203.0.113.7, not in whitelist",
    40200: "invalid account type",
    41001: "access_token missing",
    41002: "appid missing",
    41004: "appsecret missing",
    41005: "media data missing",
    41006: "media_id missing",
    41009: "openid missing",
    42001: "access_token expired",
    43001: "require GET method",
    43002: "require POST method",
    44004: "empty content",
    45002: "content size out of limit",
    45008: "article size out of limit",
    45009: "reach max api daily quota limit",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
    45080: "can only be used within 30 seconds after the user's message",
    45081: "already in typing state, do not call again",
    47001: "data format error",
    48001: "api unauthorized",
    65400: "please enable new custom service, or wait for a while if you have enabled",
    65401: "invalid custom service account",
    65413: "no session of this user",
    65414: "the user is served by another custom service account",
    65415: "the custom service account is offline",
}


class Cryptography:
    """WeChat's message encryption, written from its description ("Message encryption").

    AES-256-CBC, IV = the key's first 16 bytes; plaintext = 16 random bytes, length (4, network
    order), message, appid; PKCS#7 with blocks of 32.
    """

    def __init__(self, token: str, encoding_aes_key: str, app_id: str) -> None:
        self._token, self._app_id = token, app_id
        self._key = base64.b64decode(encoding_aes_key + "=")
        if len(encoding_aes_key) != 43 or len(self._key) != 32:
            raise ValueError("an EncodingAESKey has 43 characters")

    def _cipher(self) -> Cipher[modes.CBC]:
        return Cipher(algorithms.AES(self._key), modes.CBC(self._key[:16]))

    def encrypt(self, message: bytes, salt: bytes = b"") -> str:
        """Return the text of `Encrypt`; `salt`: the 16 random bytes, for published samples."""
        text = salt or os.urandom(16)
        text += struct.pack("!I", len(message)) + message + self._app_id.encode()
        padding = 32 - len(text) % 32
        encryptor = self._cipher().encryptor()
        text = encryptor.update(text + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(text).decode()

    def decrypt(self, encrypted: str) -> bytes:
        """Return the message; Wrong when it is not made as described."""
        try:
            decryptor = self._cipher().decryptor()
            text = decryptor.update(base64.b64decode(encrypted, validate=True))
            text += decryptor.finalize()
        except ValueError as error:
            raise Wrong(f"Encrypt cannot be decrypted: {error}") from None
        padding = text[-1] if text else 0
        if not 1 <= padding <= 32 or text[-padding:] != bytes([padding]) * padding:
            raise Wrong("Encrypt has no right padding (PKCS#7, block of 32)")
        text = text[:-padding]
        if len(text) < 20:
            raise Wrong("Encrypt is too short")
        end = 20 + struct.unpack("!I", text[16:20])[0]
        if text[end:] != self._app_id.encode():
            raise Wrong(f"Encrypt ends with {text[end:]!r} instead of the appid")
        return text[20:end]

    def sign(self, timestamp: str, nonce: str, encrypted: str) -> str:
        return signature(self._token, timestamp, nonce, encrypted)


@dataclass
class _Token:
    value: str
    expires: float
    revoked: float | None = None  # from when on it is refused


@dataclass
class _Media:
    data: bytes
    content_type: str
    expires: float


@dataclass
class _Window:
    """How many messages the account may still send to a user, and until when."""

    left: int
    until: float


def build(fields: dict[str, Any]) -> str:
    """Return a message as WeChat writes it: text in CDATA, numbers bare, dicts nested."""
    document = minidom.Document()

    def fill(parent: minidom.Element, inner: dict[str, Any]) -> None:
        for name, value in inner.items():
            element = document.createElement(name)
            parent.appendChild(element)
            if isinstance(value, dict):
                fill(element, value)
            elif isinstance(value, (int, float)):
                element.appendChild(document.createTextNode(str(value)))
            else:
                # "]]>" cannot stand in one section.
                for part in re.split(r"(?<=\]\])(?=>)", str(value)):
                    element.appendChild(document.createCDATASection(part))

    root = document.createElement("xml")
    fill(root, fields)
    return str(root.toxml())


def parse(text: bytes | str) -> ElementTree.Element:
    """Return a reply's root; Wrong when it is no XML, has a DTD, or another root than `xml`."""
    raw = text.encode() if isinstance(text, str) else text
    if b"<!DOCTYPE" in raw:
        raise Wrong("a reply with a DTD")
    try:
        root = ElementTree.fromstring(raw)
    except ElementTree.ParseError as error:
        raise Wrong(f"a reply that is no XML ({error}): {raw[:80]!r}") from None
    if root.tag != "xml":
        raise Wrong(f"the root is <{root.tag}> instead of <xml>")
    return root


class WeChatUser(Person):
    """A follower. Every method acts at the phone; with `wait` it returns when delivery ended.

    Attributes:
        openid: who the user is to the account.
        typing: the last typing command that was shown ("Typing", "CancelTyping"), or None.
        kf_account: the human who serves the user within WeChat, "" when queueing, or None.
    """

    def __init__(self, platform: WeChatPlatform) -> None:
        super().__init__()
        self.openid = self.id = "o" + secrets.token_urlsafe(32)[:27]
        self.following = True
        self.typing: str | None = None
        self.kf_account: str | None = None
        self._platform = platform
        self._windows: dict[str, _Window] = {}
        self._wrote = -1e9
        self._typing_until = 0.0

    # -- what the user does

    def follow(self, scene: str | None = None, wait: bool = True) -> Delivery:
        """Follow the account; `scene`: by scanning its QR code of that scene."""
        self.following = True
        if scene is None:
            return self.sends("event", wait, Event="subscribe", EventKey="")
        ticket = secrets.token_urlsafe(40)
        key = f"qrscene_{scene}"
        return self.sends("event", wait, Event="subscribe", EventKey=key, Ticket=ticket)

    def unfollow(self, wait: bool = True) -> Delivery:
        self.following = False
        self.kf_account = None
        self._windows.clear()
        return self.sends("event", wait, Event="unsubscribe", EventKey="")

    def says(self, text: str, wait: bool = True) -> Delivery:
        return self.sends("text", wait, Content=text)

    def picks(self, option: str | int, wait: bool = True) -> Delivery:
        """Click on an option of the last message that has some: its title or place, from 1."""
        choices = next((item.choices for item in reversed(self.inbox) if item.choices), [])
        if isinstance(option, int):
            found = choices[option - 1 : option]
        else:
            found = [each for each in choices if each.title == option]
            found = found or [each for each in choices if each.title.startswith(option)]
        assert found, f"no option {option!r} among {[each.title for each in choices]}"
        number = int(found[0].id) if found[0].id.isdecimal() else found[0].id
        return self.sends("text", wait, Content=found[0].sends, bizmsgmenuid=number)

    def sends_picture(self, picture: bytes, wait: bool = True) -> Delivery:
        media_id = self._platform.store(picture)
        address = f"{self._platform.base_url}/mmbiz_jpg/{media_id}/0"
        return self.sends("image", wait, PicUrl=address, MediaId=media_id)

    def sends_voice(self, recognition: str = "", wait: bool = True) -> Delivery:
        """Speak; `recognition` is empty as for the accounts that no longer get any."""
        fields = {"MediaId": self._platform.store(b"#!AMR\n"), "Format": "amr"}
        fields["MediaId16K"] = self._platform.store(b"#!AMR-WB\n")
        return self.sends("voice", wait, **fields, Recognition=recognition)

    def sends_video(self, wait: bool = True) -> Delivery:
        media, thumb = self._platform.store(b"\x00\x00\x00 ftyp"), self._platform.store(b"\xff\xd8")
        return self.sends("video", wait, MediaId=media, ThumbMediaId=thumb)

    def sends_location(
        self,
        latitude: float = 23.137466,
        longitude: float = 113.352425,
        label: str = "广州市海珠区",
        wait: bool = True,
    ) -> Delivery:
        place = {"Location_X": latitude, "Location_Y": longitude, "Scale": 15, "Label": label}
        return self.sends("location", wait, **place)

    def sends_link(
        self, title: str = "文章", url: str = "https://example.com/a", wait: bool = True
    ) -> Delivery:
        return self.sends("link", wait, Title=title, Description="", Url=url)

    def clicks_menu(self, key: str, wait: bool = True) -> Delivery:
        return self.sends("event", wait, Event="CLICK", EventKey=key)

    def scans(self, scene: str, wait: bool = True) -> Delivery:
        """Scan a QR code as a follower."""
        ticket = secrets.token_urlsafe(40)
        return self.sends("event", wait, Event="SCAN", EventKey=scene, Ticket=ticket)

    def views(self, url: str, wait: bool = True) -> Delivery:
        """Click on a menu that opens a page."""
        return self.sends("event", wait, Event="VIEW", EventKey=url, MenuId=413838387)

    def kf_opens(self, account: str, wait: bool = True) -> Delivery:
        """Let a human within WeChat take the user: messages no longer reach the webhook."""
        self.kf_account = account
        return self.sends("event", wait, Event="kf_create_session", KfAccount=account)

    def kf_closes(self, wait: bool = True) -> Delivery:
        account, self.kf_account = self.kf_account or "", None
        return self.sends("event", wait, Event="kf_close_session", KfAccount=account)

    def kf_switches(self, account: str, wait: bool = True) -> Delivery:
        before, self.kf_account = self.kf_account or "", account
        fields = {"FromKfAccount": before, "ToKfAccount": account}
        return self.sends("event", wait, Event="kf_switch_session", **fields)

    def sends(self, msg_type: str, /, wait: bool = True, **fields: Any) -> Delivery:
        """Send any message: `fields` as in the XML (text in CDATA, numbers bare)."""
        event = str(fields.get("Event", ""))
        assert self.following or event == "unsubscribe", "who does not follow cannot write"
        return self._platform.deliver(self, self.message(msg_type, **fields), wait)

    def message(self, msg_type: str, /, **fields: Any) -> Json:
        """Return a new message of this user, to be built or sent."""
        common: Json = {"ToUserName": self._platform.account, "FromUserName": self.openid}
        common |= {"CreateTime": int(time.time()), "MsgType": msg_type, **fields}
        if msg_type != "event":
            common["MsgId"] = self._platform.next_message_id()
        return common

    # -- what the account may do

    def opens_window(self, event: str | None) -> None:
        """Renew how many messages may be sent; `event`: None for a message."""
        now = self._platform.clock.now()
        if event is None:
            self._wrote = now
        elif event not in ACTIONS:
            return
        left, seconds = MESSAGE_WINDOW if event is None else ACTION_WINDOW
        self._windows[event or "message"] = _Window(left, now + seconds)

    def quota(self) -> int | None:
        """Return how many messages may still be sent; None when no window is open."""
        now = self._platform.clock.now()
        is_open = [window.left for window in self._windows.values() if window.until > now]
        return sum(is_open) if is_open else None

    def spends(self) -> None:
        """Count a message: 45015 without an open window, 45047 when all are used up."""
        now = self._platform.clock.now()
        windows = [window for window in self._windows.values() if window.until > now]
        if not windows:
            raise Refusal(45015)
        # What ends first is used first: documented nowhere, kindest to the account.
        for window in sorted(windows, key=lambda window: window.until):
            if window.left:
                window.left -= 1
                self.stops_typing()
                return
        raise Refusal(45047)

    def types(self, command: str) -> None:
        now = self._platform.clock.now()
        if now - self._wrote > TYPING_WINDOW:
            raise Refusal(45080)
        if command == "Typing" and now < self._typing_until:
            raise Refusal(45081)
        self.typing = command
        self._typing_until = now + TYPING_SECONDS if command == "Typing" else 0.0

    def stops_typing(self) -> None:
        self._typing_until = 0.0


class WeChatPlatform(StandIn[WeChatUser]):
    """WeChat, as far as a customer-service account meets it.

    Args:
        token, app_id, app_secret, encoding_aes_key: the account's settings.
        mode: "plain", "compat" (both forms are delivered) or "safe" (encrypted only).
        account: the account's gh_ id.

    Attributes that tests may set:
        customer_service: the account may call message/custom/* (verified accounts only).
        menus: it may send msgmenu (test accounts may not).
        kf_enabled: WeChat's own customer service is on.
        whitelisted: the caller's address may fetch tokens.
        agents: kf_account to whether that agent is online.
    """

    def __init__(
        self,
        token: str,
        app_id: str,
        app_secret: str,
        encoding_aes_key: str | None = None,
        mode: str = "plain",
        account: str = "gh_0123456789ab",
    ) -> None:
        if mode not in ("plain", "compat", "safe"):
            raise ValueError(f"no such mode: {mode}")
        if mode != "plain" and not encoding_aes_key:
            raise ValueError(f"mode {mode} needs an EncodingAESKey")
        self.token, self.app_id, self.app_secret = token, app_id, app_secret
        self.mode, self.account = mode, account
        self.customer_service = self.menus = self.kf_enabled = self.whitelisted = True
        self.agents: dict[str, bool] = {}
        self._keys: Cryptography | None = None
        self._media: dict[str, _Media] = {}
        self._tokens: list[_Token] = []
        self._stable: _Token | None = None
        self._plain: _Token | None = None
        self._forced: list[float] = []
        self._message_id = 24_000_000_000_000_000 + secrets.randbelow(10**15)
        super().__init__()
        self._secrets |= {token, app_secret}
        if encoding_aes_key:
            self.change_key(encoding_aes_key)

    def change_key(self, encoding_aes_key: str) -> None:
        """Encrypt with another key from now on, as when it is changed on the account's page."""
        self._keys = Cryptography(self.token, encoding_aes_key, self.app_id)
        self._secrets.add(encoding_aes_key)

    def user(self) -> WeChatUser:
        """Return a new follower who has not written yet."""
        made = WeChatUser(self)
        self._users[made.openid] = made
        return made

    # -- deliveries

    def deliver(self, person: WeChatUser, message: Json, wait: bool = True) -> Delivery:
        """Deliver a message, with all redeliveries; `wait`: return when that has ended."""
        event = message.get("Event")
        person.opens_window(event)
        if person.kf_account and event is None:
            return Delivery()  # a human has the conversation; the webhook gets nothing
        text = build(message)
        return self._send(person, lambda: self._outgoing(person, message, text), wait)

    def body(self, message: Json | str) -> bytes:
        """Return a request body in the account's mode, from a message or any XML."""
        return self._body(message, build(message) if isinstance(message, dict) else message)

    def _body(self, message: Json | str, text: str) -> bytes:
        if self.mode == "plain" or self._keys is None:
            return text.encode()
        encrypted = self._keys.encrypt(text.encode())
        if self.mode == "compat" and isinstance(message, dict):
            return build({**message, "Encrypt": encrypted}).encode()
        return build({"ToUserName": self.account, "Encrypt": encrypted}).encode()

    def signed_query(
        self,
        body: bytes | str = b"",
        openid: str = "",
        timestamp: str = "",
        nonce: str = "",
    ) -> dict[str, str]:
        """Return the query that WeChat would send with that body, to be spoilt by a test."""
        query = self._signed(timestamp, nonce)
        if openid:
            query["openid"] = openid
        raw = body.encode() if isinstance(body, str) else body
        found = re.search(rb"<Encrypt><!\[CDATA\[(.*?)\]\]></Encrypt>", raw, re.S)
        if self._keys and self.mode != "plain" and found:
            sign = self._keys.sign(query["timestamp"], query["nonce"], found[1].decode())
            query |= {"encrypt_type": "aes", "msg_signature": sign}
        return query

    def _signed(self, timestamp: str = "", nonce: str = "") -> dict[str, str]:
        timestamp = timestamp or str(int(time.time()))
        nonce = nonce or str(secrets.randbelow(10**10))
        sign = signature(self.token, timestamp, nonce)
        return {"signature": sign, "timestamp": timestamp, "nonce": nonce}

    def _outgoing(self, person: WeChatUser, message: Json, text: str) -> Outgoing:
        body = self._body(message, text)
        headers = {"Content-Type": "text/xml", "User-Agent": "Mozilla/4.0", "Pragma": "no-cache"}
        query = self.signed_query(body, person.openid)
        return Outgoing(query, body, headers, text, self._keys if self.mode != "plain" else None)

    def _opened(self, sent: Outgoing, raw: bytes) -> str:
        try:
            encrypted = parse(raw).findtext("Encrypt") if sent.keys else None
            return (sent.keys.decrypt(encrypted) if encrypted else raw).decode("utf8", "replace")
        except Wrong:
            return raw.decode("utf8", "replace")

    def _settles(
        self, delivery: Delivery, person: WeChatUser, sent: Outgoing, attempt: Attempt
    ) -> bool:
        if attempt.status is None:
            return False
        message = ElementTree.fromstring(_printable(sent.plain))
        try:
            if attempt.status != 200:
                raise Wrong(f"status {attempt.status}")
            if attempt.raw in (b"", b"success"):
                return True
            reply = self._reply(sent, attempt.raw)
            item = self._read(reply, message, person)
        except Wrong as wrong:
            # WeChat shows the sentence at once and does not repeat what was answered.
            self._fault(f"passive reply: {wrong}")
            self._shows_fault(person, message)
            return True
        if item:
            delivery.shown = item
            person.stops_typing()
            if self.passive_counts:
                with contextlib.suppress(Refusal):  # an answer at once is always shown
                    person.spends()
            person.sees(item)
        return True

    def _gives_up(self, person: WeChatUser, sent: Outgoing) -> None:
        self._shows_fault(person, ElementTree.fromstring(_printable(sent.plain)))

    def _shows_fault(self, person: WeChatUser, message: ElementTree.Element) -> None:
        event = message.findtext("Event", "")
        if event not in SILENT and not event.startswith("kf_"):
            person.sees(Item("platform", "text", FAULT_SENTENCE))

    def _reply(self, sent: Outgoing, raw: bytes) -> ElementTree.Element:
        """Return the decrypted reply."""
        root = parse(raw)
        if root.find("Encrypt") is None:
            if self.mode == "safe":
                raise Wrong("plaintext in safe mode")
            return root
        if sent.keys is None:
            raise Wrong("an encrypted reply in plain mode")
        given = _fields(root, {"Encrypt", "MsgSignature", "TimeStamp", "Nonce"})
        if not given["TimeStamp"].isdecimal():
            raise Wrong(f"TimeStamp {given['TimeStamp']!r} is no integer")
        if given["Nonce"] != sent.query["nonce"]:
            raise Wrong("Nonce is not the request's")
        right = sent.keys.sign(given["TimeStamp"], given["Nonce"], given["Encrypt"])
        if given["MsgSignature"] != right:
            raise Wrong("MsgSignature is wrong")
        return parse(sent.keys.decrypt(given["Encrypt"]))

    def _read(
        self, reply: ElementTree.Element, message: ElementTree.Element, person: WeChatUser
    ) -> Item | None:
        """Return what the user sees of a passive reply; None for a transfer."""
        kind = reply.findtext("MsgType", "")
        known = {
            "text": {"Content"},
            "image": {"Image"},
            "news": {"ArticleCount", "Articles"},
            "transfer_customer_service": set(),
        }
        if kind not in known:
            raise Wrong(f"MsgType {kind!r}")
        optional = {"TransInfo"} if kind == "transfer_customer_service" else set()
        common = {"ToUserName", "FromUserName", "CreateTime", "MsgType"}
        given = _fields(reply, common | known[kind], optional)
        event = message.findtext("Event")
        if given["ToUserName"] != person.openid or given["FromUserName"] != self.account:
            raise Wrong("ToUserName and FromUserName are not the message's, swapped")
        if not given["CreateTime"].isdecimal():
            raise Wrong(f"CreateTime {given['CreateTime']!r} is no integer")
        if not person.following:
            raise Wrong("a reply to someone who unfollowed")
        if kind == "text":
            return _text_item("passive", _checked_text(given["Content"], Wrong))
        if kind == "image":
            media_id = _fields(reply.find("Image"), {"MediaId"})["MediaId"]
            media = self._found_media(media_id)
            if media is None:
                raise Wrong(f"no such MediaId: {media_id!r}")
            return Item("passive", "image", picture=media.data)
        if kind == "news":
            return self._read_news(reply, given["ArticleCount"], event)
        if event is not None:
            raise Wrong("a transfer in answer to an event")
        account = reply.findtext("TransInfo/KfAccount", "")
        if reply.find("TransInfo") is not None and account not in self.agents:
            raise Wrong(f"no such KfAccount: {account!r}")
        # Who queues is still heard by the webhook, until kf_opens().
        person.kf_account = ""
        return None

    def _read_news(self, reply: ElementTree.Element, number: str, event: str | None) -> Item:
        articles = [
            _fields(item, {"Title", "Description", "PicUrl", "Url"})
            for item in reply.findall("Articles/item")
        ]
        most = 1 if event is None else 8
        if not number.isdecimal() or int(number) != len(articles) or not articles:
            raise Wrong(f"ArticleCount {number!r} with {len(articles)} articles")
        if len(articles) > most:
            raise Wrong(f"{len(articles)} articles, {most} allowed")
        lines = [f"{each['Title']}\n{each['Description']}".strip() for each in articles]
        return Item("passive", "news", "\n".join(lines), links=[each["Url"] for each in articles])

    # -- the API: tokens

    def _routing(self) -> dict[tuple[str, str], Handler]:
        return {
            ("POST", "/cgi-bin/stable_token"): self._stable_token,
            ("GET", "/cgi-bin/token"): self._plain_token,
            ("POST", "/cgi-bin/message/custom/send"): self._custom_send,
            ("POST", "/cgi-bin/message/custom/typing"): self._custom_typing,
            ("GET", "/cgi-bin/media/get"): self._media_get,
            ("POST", "/cgi-bin/media/upload"): self._media_upload,
            ("POST", "/customservice/kfsession/create"): self._kf_create,
            ("POST", "/customservice/kfsession/close"): self._kf_close,
            ("GET", "/customservice/kfsession/getsession"): self._kf_session,
            ("GET", "/cgi-bin/customservice/getonlinekflist"): self._kf_online,
            ("GET", "/customservice/getonlinekflist"): self._kf_online,
        }

    def _wrong_method(self, method: str) -> tuple[int, str]:
        code = 43002 if method == "GET" else 43001
        return code, MESSAGES[code]

    def _refuse(self, refusal: Refusal, call: Call) -> web.Response:
        text = refusal.message or MESSAGES.get(refusal.code, "system error")
        answer = {"errcode": refusal.code, "errmsg": f"{text} rid: {secrets.token_hex(12)}"}
        # Media errors come as text/plain.
        plain = call.request.path.startswith("/cgi-bin/media/")
        return _answer(answer, "text/plain" if plain else "application/json")

    def _credentials(self, given: Json) -> None:
        if given.get("grant_type") != "client_credential":
            raise Refusal(40002, fault=f"grant_type {given.get('grant_type')!r}")
        for name, code in (("appid", 41002), ("secret", 41004)):
            if not given.get(name):
                raise Refusal(code, fault=f"{name} is missing")
        if given["appid"] != self.app_id:
            raise Refusal(40013, fault="another appid")
        if given["secret"] != self.app_secret:
            raise Refusal(40125, fault="another appsecret")
        if not self.whitelisted:
            raise Refusal(40164)

    def _new_token(self) -> _Token:
        made = _Token(f"{len(self._tokens) + 70}_{secrets.token_urlsafe(100)}", 0)
        made.expires = self.clock.now() + TOKEN_SECONDS
        self._tokens.append(made)
        self._secrets.add(made.value)
        return made

    def _stable_token(self, call: Call) -> web.Response:
        given = _json(call)
        self._credentials(given)
        force = given.get("force_refresh", False)
        if not isinstance(force, bool):
            raise Refusal(47001, fault=f"force_refresh {force!r}")
        now = self.clock.now()
        token = self._stable
        if force:
            self._forced = [each for each in self._forced if now - each < 24 * 3600]
            if len(self._forced) >= FORCE_TIMES:
                raise Refusal(45009, fault="force_refresh more than 20 times a day")
            if self._forced and now - self._forced[-1] < FORCE_SECONDS:
                force = False  # "otherwise it does not refresh"
            else:
                self._forced.append(now)
                if token:
                    token.revoked = now
        if force or not token or token.revoked is not None:
            token = self._stable = self._new_token()
        elif token.expires - now <= OVERLAP_SECONDS:
            token = self._stable = self._new_token()  # the old one lives on to its end
        return _answer({"access_token": token.value, "expires_in": int(token.expires - now)})

    def _plain_token(self, call: Call) -> web.Response:
        self._credentials(dict(call.query))
        if self._plain and self._plain.revoked is None:
            self._plain.revoked = self.clock.now() + OVERLAP_SECONDS
        self._plain = self._new_token()
        return _answer({"access_token": self._plain.value, "expires_in": TOKEN_SECONDS})

    def invalidate_tokens(self) -> None:
        """Let every token be refused from now on with 40001."""
        for token in self._tokens:
            token.revoked = self.clock.now()

    def expire_tokens(self) -> None:
        """Let every token be refused from now on with 42001."""
        for token in self._tokens:
            token.expires = self.clock.now()
        self._stable = None

    def _authorize(self, call: Call) -> None:
        given = call.query.get("access_token")
        if not given:
            raise Refusal(41001, fault="access_token is missing")
        token = next((each for each in self._tokens if each.value == given), None)
        now = self.clock.now()
        if token is None:
            raise Refusal(40014)
        if token.revoked is not None and token.revoked <= now:
            raise Refusal(40001)
        if token.expires <= now:
            raise Refusal(42001)

    # -- the API: messages

    def _receiver(self, given: Json, name: str) -> WeChatUser:
        if not given.get(name):
            raise Refusal(41009, fault=f"{name} is missing")
        person = self._users.get(given[name]) if isinstance(given[name], str) else None
        if person is None:
            raise Refusal(40003)
        return person

    def _custom_send(self, call: Call) -> web.Response:
        self._authorize(call)
        given = _json(call)
        if not self.customer_service:
            raise Refusal(48001)
        person = self._receiver(given, "touser")
        kind = given.get("msgtype")
        readers = {
            "text": self._sent_text,
            "image": self._sent_image,
            "msgmenu": self._sent_menu,
            "news": self._sent_news,
        }
        if kind not in readers:
            raise Refusal(40008, fault=f"msgtype {kind!r}")
        unknown = set(given) - {"touser", "msgtype", kind, "customservice", "aimsgcontext"}
        if unknown:
            self._fault(f"custom/send: unknown fields {sorted(unknown)}")
        content = given.get(kind)
        if not isinstance(content, dict):
            raise Refusal(44004, fault=f"{kind} is missing")
        item = readers[kind](content)
        if "customservice" in given:
            service = given["customservice"]
            item.kf_account = service.get("kf_account", "") if isinstance(service, dict) else ""
            if item.kf_account not in self.agents:
                raise Refusal(65401, fault=f"no such kf_account: {item.kf_account!r}")
        if not person.following:
            raise Refusal(45015)
        person.spends()
        person.sees(item)
        return _answer({"errcode": 0, "errmsg": "ok"})

    def _sent_text(self, content: Json) -> Item:
        text = content.get("content")
        if not isinstance(text, str):
            raise Refusal(44004, fault="text.content is missing")
        return _text_item("api", _checked_text(text, _too_long))

    def _sent_image(self, content: Json) -> Item:
        if not content.get("media_id"):
            raise Refusal(41006, fault="image.media_id is missing")
        media = self._found_media(content["media_id"])
        if media is None:
            raise Refusal(40007, fault="no such media_id")
        return Item("api", "image", picture=media.data)

    def _sent_menu(self, content: Json) -> Item:
        if not self.menus:
            raise Refusal(40200)
        head, tail, given = (content.get(key) for key in ("head_content", "tail_content", "list"))
        if not isinstance(head, str) or not isinstance(tail, (str, type(None))):
            raise Refusal(44004, fault="msgmenu.head_content is missing, or tail_content no text")
        if not isinstance(given, list) or not 1 <= len(given) <= MOST_OPTIONS:
            raise Refusal(45002, fault=f"msgmenu.list is no list of 1 to {MOST_OPTIONS}")
        choices = []
        for option in given:
            if not isinstance(option, dict) or set(option) != {"id", "content"}:
                raise Refusal(47001, fault=f"msgmenu: option {option!r}")
            key, title = option["id"], option["content"]
            if not isinstance(key, str) or not isinstance(title, str) or not key or not title:
                raise Refusal(47001, fault=f"msgmenu: id and content are texts: {option!r}")
            if len(title.encode()) > LONGEST_OPTION:
                raise Refusal(45002, fault=f"msgmenu: option over {LONGEST_OPTION} bytes: {title}")
            choices.append(Choice(key, title, title))
        if len({each.id for each in choices}) < len(choices):
            self._fault("msgmenu: two options with one id")
        text = _checked_text("\n".join(filter(None, (head, tail))), _too_long)
        return Item("api", "msgmenu", text, choices)

    def _sent_news(self, content: Json) -> Item:
        articles = content.get("articles")
        if not isinstance(articles, list) or len(articles) != 1:
            raise Refusal(45008, fault="news with another number of articles than one")
        article = articles[0]
        names = {"title", "description", "url", "picurl"}
        texts = isinstance(article, dict) and all(
            isinstance(value, str) for value in article.values()
        )
        if not texts or not {"title", "url"} <= set(article) <= names:
            raise Refusal(47001, fault=f"news: article {article!r}")
        text = f"{article['title']}\n{article.get('description', '')}".strip()
        return Item("api", "news", text, links=[article["url"]])

    def _custom_typing(self, call: Call) -> web.Response:
        self._authorize(call)
        given = _json(call)
        if not self.customer_service:
            raise Refusal(48001)
        person = self._receiver(given, "touser")
        command = given.get("command")
        if command not in ("Typing", "CancelTyping"):
            raise Refusal(47001, fault=f"typing: command {command!r}")
        if not person.following:
            raise Refusal(45015)
        person.types(command)
        return _answer({"errcode": 0, "errmsg": "ok"})

    # -- the API: media

    def store(self, data: bytes) -> str:
        """Keep a file for three days; return its media_id."""
        kind = next((kind for start, kind in IMAGES.items() if data.startswith(start)), "")
        media_id = secrets.token_urlsafe(48)
        expires = self.clock.now() + MEDIA_SECONDS
        self._media[media_id] = _Media(data, kind or "application/octet-stream", expires)
        return media_id

    def _found_media(self, media_id: Any) -> _Media | None:
        media = self._media.get(media_id) if isinstance(media_id, str) else None
        return media if media and media.expires > self.clock.now() else None

    def _media_get(self, call: Call) -> web.Response:
        self._authorize(call)
        media_id = call.query.get("media_id")
        if not media_id:
            raise Refusal(41006, fault="media_id is missing")
        media = self._found_media(media_id)
        if media is None:
            raise Refusal(40007)
        name = f'attachment; filename="{media_id}.jpg"'
        headers = {"Content-Type": media.content_type, "Content-disposition": name}
        return web.Response(body=media.data, headers=headers)

    def _media_upload(self, call: Call) -> web.Response:
        self._authorize(call)
        kind = call.query.get("type")
        if kind != "image":
            raise Refusal(40004, fault=f"media/upload: type {kind!r}")
        data = _uploaded(call)
        if data is None:
            raise Refusal(41005, fault="media/upload: no part `media` with a filename")
        if not data.startswith(tuple(IMAGES)):
            raise Refusal(40005, fault="media/upload: neither JPEG, PNG nor GIF")
        if len(data) > LARGEST_IMAGE:
            raise Refusal(40009, fault=f"media/upload: {len(data)} bytes")
        created = int(self.clock.now())
        return _answer({"type": "image", "media_id": self.store(data), "created_at": created})

    # -- the API: WeChat's own customer service

    def _kf(self, call: Call) -> tuple[str, WeChatUser]:
        self._authorize(call)
        if not self.kf_enabled:
            raise Refusal(65400)
        given = _json(call)
        person = self._receiver(given, "openid")
        account = given.get("kf_account")
        if account not in self.agents:
            raise Refusal(65401, fault=f"no such kf_account: {account!r}")
        return str(account), person

    def _kf_create(self, call: Call) -> web.Response:
        account, person = self._kf(call)
        if not self.agents[account]:
            raise Refusal(65415)
        if person.kf_account and person.kf_account != account:
            raise Refusal(65414)
        if person.kf_account != account:
            person.kf_opens(account, wait=False)
        return _answer({"errcode": 0, "errmsg": "ok"})

    def _kf_close(self, call: Call) -> web.Response:
        account, person = self._kf(call)
        if person.kf_account != account:
            raise Refusal(65413)
        person.kf_closes(wait=False)
        return _answer({"errcode": 0, "errmsg": "ok"})

    def _kf_session(self, call: Call) -> web.Response:
        self._authorize(call)
        person = self._receiver(dict(call.query), "openid")
        return _answer({"createtime": int(time.time()), "kf_account": person.kf_account or ""})

    def _kf_online(self, call: Call) -> web.Response:
        self._authorize(call)
        if not self.kf_enabled:
            raise Refusal(65400)
        online = [
            {"kf_account": account, "status": 1, "kf_id": str(1000 + number), "accepted_case": 0}
            for number, (account, there) in enumerate(self.agents.items())
            if there
        ]
        return _answer({"kf_online_list": online})

    def next_message_id(self) -> int:
        self._message_id += 1 + secrets.randbelow(1000)
        return self._message_id


def _answer(content: Json, content_type: str = "application/json") -> web.Response:
    text = json.dumps(content, ensure_ascii=False)
    return web.Response(text=text, content_type=content_type)


def _json(call: Call) -> Json:
    """Return a call's JSON object, which has to be UTF-8 without \\uXXXX escapes."""
    try:
        given = json.loads(call.body.decode("utf8"))
    except ValueError:
        raise Refusal(47001, fault=f"no JSON: {call.body[:80]!r}") from None
    if not isinstance(given, dict):
        raise Refusal(47001, fault="no JSON object")
    if re.search(rb"(?<!\\)(?:\\\\)*\\u[0-9a-fA-F]{4}", call.body):
        raise Refusal(40033, fault=r"\uXXXX escapes in the body")
    return given


def _too_long(fault: str) -> Refusal:
    return Refusal(44004 if "empty" in fault else 45002, fault=fault)


def _checked_text(text: str, wrong: Callable[[str], Exception]) -> str:
    """Return a text that may be shown; raise what `wrong` makes of the reason otherwise."""
    if not text.strip():
        raise wrong("an empty text")
    if len(text.encode("utf8", "replace")) > LONGEST_TEXT:
        raise wrong(f"a text of {len(text.encode('utf8', 'replace'))} bytes ({LONGEST_TEXT})")
    if text.count("<a ") != text.count("</a>") or "�" in text:
        raise wrong(f"a text cut within a link or a character: {text[-60:]!r}")
    return text


def _text_item(via: str, text: str) -> Item:
    """Return a text as shown: links by their titles; inline menu links can be picked."""
    choices = [
        Choice(number, html.unescape(title), urllib.parse.unquote(content))
        for content, number, title in INLINE.findall(text)
    ]
    links = [link for link in LINK.findall(text) if not link.startswith("weixin://bizmsgmenu")]
    return Item(via, "text", text, choices, links=links)


def _fields(
    element: ElementTree.Element | None, needed: set[str], optional: set[str] | None = None
) -> dict[str, str]:
    """Return the children's texts; Wrong when one is missing, doubled or unknown."""
    if element is None:
        raise Wrong(f"the element around {sorted(needed)} is missing")
    names = [child.tag for child in element]
    for problem, found in (
        ("missing", needed - set(names)),
        ("unknown", set(names) - needed - (optional or set())),
        ("doubled", {name for name in names if names.count(name) > 1}),
    ):
        if found:
            raise Wrong(f"{problem} in <{element.tag}>: {sorted(found)}")
    return {child.tag: child.text or "" for child in element}


def _printable(text: str) -> str:
    """Return a message without the control characters that WeChat passes on and XML forbids."""
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", text)


def _uploaded(call: Call) -> bytes | None:
    """Return the file of a multipart form's part `media`."""
    given = call.request.headers.get("Content-Type", "")
    boundary = re.fullmatch(r'multipart/form-data;\s*boundary="?([^";]+)"?', given)
    for part in call.body.split(b"--" + boundary[1].encode()) if boundary else []:
        head, _, data = part.partition(b"\r\n\r\n")
        if b'name="media"' in head and b'filename="' in head:
            return data.removesuffix(b"\r\n")
    return None
