"""WeChat Official Accounts (公众号): messages pushed to us, answers at once or by the API.

The rules are those of developers.weixin.qq.com: push (signature and encryption), standard messages,
event pushes, passive replies, customer-service messages, access tokens.
"""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import html
import json
import logging
import re
import time
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import aiohttp
from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse
from wechatpy.crypto import WeChatCrypto
from wechatpy.parser import parse_message

from channels.gate.elsewhere import is_talking, talk_entry
from channels.platforms.outbox import NotSent, Option, Outgoing, Why, offer_numbers
from channels.platforms.platform import (
    Incoming,
    PlatformInput,
    Rejected,
    coordinates,
    event_key,
    signature,
    signed,
)
from content import library
from desk import Entry, prefixed_key, reply_key
from desk.pictures import smaller
from desk.transcript import FAILED, SENT
from infra.client import Answer, Client, Unreachable
from infra.state import State

logger = logging.getLogger(__name__)

HOST = "https://api.weixin.qq.com"
LONGEST = 2000  # UTF-8 bytes of a text: 2048 is what has been measured, no rule gives it
LARGEST_PICTURE = 2_000_000  # bytes; older documents say 2 MB, newer ones 10
HOURS_48 = 48 * 3600.0
WINDOW = 5, HOURS_48, False  # what a message allows (customer-service messages)
SHORT = 3, 60.0, True  # what a menu click, a scan or following allows
EARLY = 300.0  # seconds before its end that a token is renewed
FETCHING = 12.0  # seconds for which one worker fetches a token and the others wait

# XML 1.0 has no such characters; WeChat delivers them all the same.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENCRYPTED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
_OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STALE_TOKEN = {40001, 40014, 42001}
_WHY: dict[int, Why] = {
    -1: "later",  # busy
    45009: "tomorrow",  # the day's calls
    45011: "later",  # the minute's calls
    40164: "later",  # our address is not on the list
    45015: "closed",  # the customer was silent for 48 hours
    45047: "closed",  # the messages are used up
    48001: "mute",  # the account has no such right
    48004: "mute",  # or has lost it
}
# What is wrong with the message, or with the customer, stays wrong.
_WHY |= dict.fromkeys((40003, 41009, 43004, 43019, 48002), "never")  # the customer
_WHY |= dict.fromkeys((*range(40004, 40010), *range(41005, 41007)), "never")  # files, types
_WHY |= dict.fromkeys((40033, 40035, 47001, 47003), "never")  # characters, parameters, form
_WHY |= dict.fromkeys((*range(44001, 44005), *range(45001, 45009)), "never")  # empty, too long
_WHY |= dict.fromkeys((87014,), "never")  # words or a picture that WeChat finds risky
# That somebody must mend.
_TROUBLE = {40001, 40013, 40014, 40125, 40164, 42001, 45009, 48001, 48004, 89503}

# Kinds of messages whose answer may pass the customer on; an event's may not.
_PASSED_ON = {"text", "picked", "picture", "other"}
_IS_JSON = {"Content-Type": "application/json; charset=utf-8"}
_TEXT = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]>"
    "</FromUserName><CreateTime>{time}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{content}]]></Content></xml>"
)
_TRANSFER = (
    "<xml><ToUserName><![CDATA[{to}]]></ToUserName><FromUserName><![CDATA[{sender}]]>"
    "</FromUserName><CreateTime>{time}</CreateTime>"
    "<MsgType><![CDATA[transfer_customer_service]]></MsgType>{account}</xml>"
)
_ACCOUNT = "<TransInfo><KfAccount><![CDATA[{name}]]></KfAccount></TransInfo>"


class ApiError(NotSent):
    """WeChat answered with an error code; `unknown`: what one means that is not in our table."""

    def __init__(self, code: int, unknown: Why = "refused") -> None:
        super().__init__(_WHY.get(code, unknown), f"errcode {code}")
        self.code = code


class Tokens:
    """The account's access token: one for all workers, one fetch at a time, renewed early."""

    def __init__(self, state: State, client: Client, app_id: str, app_secret: str) -> None:
        self._state = state
        self._client = client
        self._app_id = app_id
        self._app_secret = app_secret
        self._key = f"wechat:{app_id}:access_token"

    async def get(self) -> str:
        """Return a token that is valid for minutes to come.

        Raises:
            Unreachable, ApiError: WeChat gives none.
        """
        for _ in range(int(FETCHING / 0.1)):
            known = await self._state.get(self._key)
            if known:
                return known
            mine = uuid.uuid4().hex
            if await self._state.claim(f"{self._key}:fetching", mine, FETCHING):
                try:
                    return await self._fetch()
                finally:
                    await self._state.drop(f"{self._key}:fetching", mine)
            await asyncio.sleep(0.1)
        raise Unreachable("no token in time", sent=False)

    async def _fetch(self) -> str:
        # stable_token gives the same token to all who ask, and ends nobody else's.
        body = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._app_secret,
            "force_refresh": False,
        }
        try:
            answer = await self._client.call(
                "POST", "/cgi-bin/stable_token", repeatable=True, data=_json(body), headers=_IS_JSON
            )
            given = answer.json_object()
        except Unreachable as error:  # whatever the token was for has not been done
            raise Unreachable(str(error), sent=False) from None
        if not isinstance(given.get("access_token"), str):
            raise ApiError(_code(given), "later")  # no message is to blame
        seconds = max(float(given.get("expires_in") or 0) - EARLY, 1)
        await self._state.put(self._key, given["access_token"], seconds)
        return str(given["access_token"])

    async def refused(self, token: str) -> None:
        """Forget a token that WeChat refused, unless another has taken its place."""
        await self._state.drop(self._key, token)


class Api:
    """The calls of api.weixin.qq.com that we need."""

    def __init__(self, base_url: str, state: State, app_id: str, app_secret: str) -> None:
        self._client = Client(base_url)
        self._tokens = Tokens(state, self._client, app_id, app_secret)

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        """Call with JSON and return what is answered.

        Raises:
            Unreachable, ApiError: it was not done.
        """
        answer = await self._call("POST", path, lambda: _json(body), json_body=True)
        return answer.json_object()

    async def get(self, path: str) -> dict[str, Any]:
        """Ask, and return what is answered.

        Raises:
            Unreachable, ApiError: there is no answer.
        """
        return (await self._call("GET", path, repeatable=True)).json_object()

    async def media(self, media_id: str) -> bytes:
        """Return a file that a customer sent.

        Raises:
            Unreachable, ApiError: it cannot be had.
        """
        answer = await self._call(
            "GET", "/cgi-bin/media/get", params={"media_id": media_id}, repeatable=True
        )
        return answer.body

    async def upload(self, name: str, kind: str, data: bytes) -> str:
        """Lend WeChat a picture for three days; return its media id.

        Raises:
            Unreachable, ApiError: it was not taken.
        """

        def form() -> aiohttp.FormData:
            made = aiohttp.FormData()
            made.add_field("media", data, filename=name, content_type=kind)
            return made

        try:
            answer = await self._call(
                "POST", "/cgi-bin/media/upload", form, params={"type": "image"}, repeatable=True
            )
            return str(answer.json_object().get("media_id", ""))
        except Unreachable as error:  # the customer has seen nothing of it
            raise Unreachable(str(error), sent=False) from None

    async def _call(
        self,
        method: str,
        path: str,
        data: Any = None,
        params: dict[str, str] | None = None,
        repeatable: bool = False,
        json_body: bool = False,
    ) -> Answer:
        for second in (False, True):
            token = await self._tokens.get()
            answer = await self._client.call(
                method,
                path,
                repeatable,
                params={**(params or {}), "access_token": token},
                data=data() if data else None,
                headers=_IS_JSON if json_body else {},
            )
            if method == "GET" and answer.kind.startswith(("image/", "application/octet-stream")):
                return answer
            code = _code(answer.json_object())
            if not code:
                return answer
            if code in _STALE_TOKEN:
                await self._tokens.refused(token)
            if code not in _STALE_TOKEN or second:
                raise ApiError(code)
        raise AssertionError("unreachable")

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.close()


class WeChatInput(PlatformInput):
    """Channel `wechat`; a customer's conversation is `wechat-<openid>`.

    credentials.yml: see `PlatformInput`, and
        token, app_id, app_secret: of the account (mp.weixin.qq.com, 设置与开发).
        encoding_aes_key: with it, only encrypted messages are taken (安全模式, 兼容模式).
        previous_encoding_aes_key: the one before, while keys are changed.
        api_base_url: where the API is.
        kf_account: the account of 客服 in whose name messages go out.
        buttons: `numbered` (a list, picked by its number), `links` (undocumented by WeChat), or
            `menu` (msgmenu; costs one of the five messages, and not every account may).
        transfer_customer_service: whether who wants a human goes to WeChat's own 客服; that takes
            an answer at once, so not with `active`.
    """

    title = "微信"
    longest = LONGEST

    def __init__(
        self,
        token: str,
        app_id: str,
        app_secret: str,
        encoding_aes_key: str | None = None,
        previous_encoding_aes_key: str | None = None,
        api_base_url: str = HOST,
        kf_account: str | None = None,
        buttons: str = "numbered",
        transfer_customer_service: bool = False,
        **shared: Any,
    ) -> None:
        if buttons not in {"numbered", "links", "menu"}:
            raise ValueError(f"buttons: {buttons}: write numbered, links or menu")
        for name, value in (("token", token), ("app_id", app_id), ("app_secret", app_secret)):
            if not value:
                raise ValueError(f"{name} is empty")
        self._token, self._app_id = token, app_id
        keys = [("encoding_aes_key", encoding_aes_key)]
        keys.append(("previous_encoding_aes_key", previous_encoding_aes_key))
        self._cryptos = [_crypto(token, app_id, name, key) for name, key in keys if key]
        self._kf_account = kf_account
        self._buttons = buttons
        self.menus = buttons == "menu"
        self.passes_on = transfer_customer_service
        super().__init__(**shared)
        if transfer_customer_service and self._mode == "active":
            raise ValueError(
                "transfer_customer_service: only an answer at once passes a customer on, and"
                " reply_mode: active gives none"
            )
        if self._mode == "passive_only":
            self.menus = False
        if self.menus:
            self.longest -= 700  # room for the options, where they must be in the text after all
        self._api = Api(api_base_url, self._state, app_id, app_secret)

    @classmethod
    def name(cls) -> str:
        """Return `wechat`."""
        return "wechat"

    # ---- what comes in

    def _verify(self, request: Request) -> None:
        if not signed(request, self._token, self._skew):
            raise Rejected(403, "wrong signature or time")

    def _read(self, request: Request) -> Incoming | None:
        body, crypto = self._decrypt(request)
        if b"<!DOCTYPE" in body.partition(b"<xml")[0]:  # after it, a customer may have written it
            raise Rejected(400, "a DTD")
        try:
            message = parse_message(_CONTROL.sub("", body.decode("utf8", "replace")))._data
            fields = {str(name): value for name, value in message.items()}
        except Exception as error:  # expat's, xmltodict's and wechatpy's own
            raise Rejected(400, f"no message: {type(error).__name__}") from None
        return self._sort(fields, crypto, request.args.get("nonce", ""))

    def _decrypt(self, request: Request) -> tuple[bytes, WeChatCrypto | None]:
        """Return the message's XML, and what decrypted it."""
        encrypted = request.args.get("encrypt_type", "raw") == "aes"
        if not self._cryptos:
            if encrypted:
                raise Rejected(400, "encrypted, but encoding_aes_key is not set")
            return request.body, None
        if not encrypted:  # whoever knows one URL could forge it
            raise Rejected(403, "not encrypted, but encoding_aes_key is set")
        given = {name: request.args.get(name, "") for name in ("timestamp", "nonce")}
        mine = request.args.get("msg_signature", "").encode("utf8", "replace")
        # In compatible mode the customer's own words stand beside it, and may look like it.
        for found in _ENCRYPTED.finditer(request.body):
            said = found[1].decode()
            expected = signature(self._token, given["timestamp"], given["nonce"], said)
            if hmac.compare_digest(expected.encode(), mine):
                break
        else:
            raise Rejected(403, "nothing encrypted, or a wrong msg_signature")
        for crypto in self._cryptos:
            try:
                text = crypto.decrypt_message({"Encrypt": said}, expected, *given.values())
                return text.encode("utf8"), crypto
            except Exception:  # noqa: S112  # a wrong key, padding, length or appid: try the next
                continue
        raise Rejected(403, "cannot be decrypted")

    def _sort(
        self, fields: dict[str, Any], crypto: WeChatCrypto | None, nonce: str
    ) -> Incoming | None:
        def text(name: str) -> str:
            value = fields.get(name)
            if not isinstance(value, str | None):  # elements within it, or several of it
                raise Rejected(400, f"{name} is no text")
            return value or ""

        openid, account = text("FromUserName"), text("ToUserName")
        if not _OPENID.fullmatch(openid) or not _OPENID.fullmatch(account):
            raise Rejected(400, "no customer")
        kind = text("MsgType").lower()
        event = text("Event").lower()
        about = str(fields.get("EventKey") or "")
        key = text("MsgId") or event_key(openid, text("CreateTime"), kind, event, about)
        made = Incoming(
            f"{self.name()}-{openid}", prefixed_key("", key), "note", extra=(account, crypto, nonce)
        )
        if kind == "event":
            return self._sort_event(event, about, made)
        content = library.current()
        made = replace(made, window=WINDOW)
        if kind == "text":
            option = text("bizmsgmenuid")
            if re.fullmatch(r"[0-9]{3,18}", option):
                return replace(made, kind="picked", text=text("Content"), option=option)
            return replace(made, kind="text", text=text("Content"))
        if kind == "voice":
            if text("Recognition").strip():
                return replace(made, kind="text", text=text("Recognition"))
            return replace(made, kind="other", text=content.say("a_voice"), phrase="please_type")
        if kind == "image" and text("MediaId"):
            return replace(made, kind="picture", text=text("MediaId"))
        if kind == "location":
            place = text("Label")[:200] or coordinates(text("Location_X"), text("Location_Y"))
            shown = content.say("a_location", place=place)
            return replace(made, kind="other", text=shown, phrase="location_received")
        if kind == "link":
            shown = content.say("a_link", title=text("Title")[:200], url=text("Url")[:500])
            return replace(made, kind="other", text=shown, phrase="link_received")
        shown = content.say("a_video" if kind in {"video", "shortvideo"} else "something_else")
        return replace(made, kind="other", text=shown, phrase="please_type")

    def _sort_event(self, event: str, key: str, made: Incoming) -> Incoming | None:
        follows = event in {"subscribe", "subscribe_scan", "subscribe_scan_product"}
        if follows:
            key = key.removeprefix("qrscene_")  # a code's scene, as SCAN has it
        if event == "unsubscribe":
            return replace(made, kind="forget")
        if follows or event in {"scan", "click", "scancode_push", "scancode_waitmsg"}:
            intent = self._menu.get(key)
            if intent is None:  # an entry or a poster that nobody described
                return replace(made, kind="welcome", window=SHORT)
            return replace(made, kind="intent", option=intent, window=SHORT)
        if event in {"kf_create_session", "kf_close_session", "kf_switch_session"}:
            return replace(made, kind="note", text=event)
        return None  # VIEW, LOCATION, TEMPLATESENDJOBFINISH and what is new

    async def noted(self, incoming: Incoming) -> None:
        """Record when a talk in WeChat's own 客服 begins and ends."""
        opened = incoming.text in {"kf_create_session", "kf_switch_session"}
        said = library.current().say("kf_began" if opened else "closed")
        # The customer sees its beginning without us.
        entry = talk_entry(incoming.key, said, opened, SENT if opened else None)
        await self._gate.announce(incoming.conversation_id, entry)

    async def is_spoken_for(self, incoming: Incoming) -> bool:
        """Tell whether a human of WeChat's own 客服 has the customer, or is about to."""
        conversation = incoming.conversation_id
        try:
            if await is_talking(conversation):
                return True
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
        return incoming.kind in _PASSED_ON and await self._wants_human(conversation)

    # ---- what goes out at once

    def _nothing(self) -> HTTPResponse:
        return response.text("success")

    def _passive(self, incoming: Incoming, text: str) -> HTTPResponse:
        return self._reply(incoming, _TEXT, content=_cdata(text))

    def _reply(self, incoming: Incoming, template: str, **values: str) -> HTTPResponse:
        account, crypto, nonce = incoming.extra
        openid = incoming.conversation_id.partition("-")[2]
        xml = template.format(to=openid, sender=account, time=int(time.time()), **values)
        if crypto is not None:
            xml = crypto.encrypt_message(xml, nonce, str(int(time.time())))
        return response.text(xml, content_type="application/xml; charset=utf-8")

    async def instead(self, incoming: Incoming) -> HTTPResponse | None:
        """Pass a customer who wants a human to WeChat's own 客服, if so configured."""
        if self.elsewhere is None:
            return None
        conversation = incoming.conversation_id
        mark = f"kf:{conversation}:{incoming.key}"  # delivered again, it is passed on again
        with contextlib.suppress(Exception):
            account = await self._state.get(mark)
            if account is not None:
                return self._reply(incoming, _TRANSFER, account=account)
        if not await self._wants_human(conversation):
            return None
        # An event's answer passes nobody on. Without the API, what else is said needs this answer.
        speechless = self._mode == "passive_only"
        if incoming.kind not in _PASSED_ON or (
            speechless and await self.outbox.waiting(conversation)
        ):
            await self.late(incoming)
            return None
        await self.elsewhere.passed_on(conversation)
        said = library.current().say("kf_transferred")
        moved = Entry(reply_key(incoming.key, "kf"), "system", said)
        await self._gate.announce(
            conversation, replace(moved, delivery=FAILED if speechless else None)
        )
        account = _ACCOUNT.format(name=self._kf_account) if await self._kf_online() else ""
        with contextlib.suppress(Exception):
            await self._state.put(mark, account, 60)
        return self._reply(incoming, _TRANSFER, account=account)

    async def late(self, incoming: Incoming) -> None:
        """Ask who wants a human for one more message: only its answer can pass them on."""
        conversation = incoming.conversation_id
        if self.elsewhere is not None and await self._wants_human(conversation):
            said = library.current().say("kf_once_more")
            entry = Entry(reply_key(incoming.key, "kf once more"), "system", said)
            with contextlib.suppress(Exception):
                await self._gate.announce(conversation, entry)

    async def _wants_human(self, conversation: str) -> bool:
        try:
            return self.elsewhere is not None and await self.elsewhere.wanted(conversation)
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return False

    async def _kf_online(self) -> bool:
        """Tell whether `kf_account` is there: a customer passed to one who is away is stuck."""
        if not self._kf_account:
            return False
        try:
            given = await asyncio.wait_for(
                self._api.get("/cgi-bin/customservice/getonlinekflist"), 2
            )
        except (TimeoutError, Unreachable, NotSent):
            return False
        found = given.get("kf_online_list")
        return isinstance(found, list) and any(
            isinstance(each, dict) and each.get("kf_account") == self._kf_account for each in found
        )

    # ---- what goes out by the API

    def size(self, text: str) -> int:
        """Return the UTF-8 bytes."""
        return len(text.encode("utf8", "replace"))

    def offer(self, options: Sequence[Option]) -> list[str]:
        """Offer a numbered list, or links that send the option's words."""
        if self._buttons != "links":
            return offer_numbers(options)
        return [library.current().say("choose_link")] + [
            f'<a href="weixin://bizmsgmenu?msgmenucontent={quote(option.title, safe="")}'
            f'&msgmenuid={option.id}">{html.escape(option.title)}</a>'
            for option in options
        ]

    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        """Send one customer-service message; see `outbox.Platform`."""
        openid = conversation_id.partition("-")[2]
        try:
            await self._send(openid, outgoing)
        except Unreachable as error:
            raise NotSent("unsure" if error.sent else "later", str(error)) from None
        except ApiError as error:
            if error.why == "mute":
                self.menus = False  # what is still said is said at once, with its options
            if error.code in _TROUBLE:
                await self.outbox.alarm(str(error))
                if error.why == "refused":
                    raise NotSent("later", str(error)) from None
            raise

    async def _send(self, openid: str, outgoing: Outgoing) -> None:
        message: dict[str, Any] = {"touser": openid}
        if outgoing.picture is not None:
            data, kind = await asyncio.to_thread(smaller, outgoing.picture, LARGEST_PICTURE)
            media = await self._api.upload(f"picture.{kind.partition('/')[2]}", kind, data)
            message |= {"msgtype": "image", "image": {"media_id": media}}
        elif self.menus and _fits_menu(outgoing.options):
            message |= {
                "msgtype": "msgmenu",
                "msgmenu": {
                    "head_content": outgoing.text,
                    "list": [
                        {"id": option.id, "content": option.title} for option in outgoing.options
                    ],
                    "tail_content": "",
                },
            }
        else:
            lines = self.offer(outgoing.options) if outgoing.options else []
            said = "\n".join([outgoing.text, *([""] if lines else []), *lines])
            message |= {"msgtype": "text", "text": {"content": said}}
        if self._kf_account:
            message["customservice"] = {"kf_account": self._kf_account}
        try:
            await self._api.post("/cgi-bin/message/custom/send", message)
        except ApiError as error:
            if error.code != 40200 or not outgoing.options:
                raise
            self.menus = False  # this account may not; from now on they are in the text
            await self._send(openid, outgoing)

    async def type(self, conversation_id: str, on: bool) -> None:
        """Show or end “对方正在输入”; WeChat takes it now and then only: errors do not matter."""
        command = "Typing" if on else "CancelTyping"
        body = {"touser": conversation_id.partition("-")[2], "command": command}
        with contextlib.suppress(Unreachable, NotSent):
            await self._api.post("/cgi-bin/message/custom/typing", body)

    async def fetch_picture(self, media: str) -> bytes:
        """Return a picture by its media id."""
        return await self._api.media(media)

    async def stop(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _crypto(token: str, app_id: str, name: str, key: str) -> WeChatCrypto:
    try:
        if len(key) != 43:
            raise ValueError
        return WeChatCrypto(token, key, app_id)
    except (ValueError, AssertionError):
        raise ValueError(f"{name}: it has 43 letters and digits") from None


def _json(body: Any) -> bytes:
    # aiohttp's `json=` writes \uXXXX, which WeChat shows as it is, or refuses (40033).
    return json.dumps(body if body is not None else {}, ensure_ascii=False).encode("utf8")


def _code(given: dict[str, Any]) -> int:
    code = given.get("errcode", 0)
    return code if isinstance(code, int) else -2


def _fits_menu(options: Sequence[Option]) -> bool:
    """Tell whether a msgmenu takes these; its limits are those of WeCom, WeChat gives none."""
    return 0 < len(options) <= 10 and all(len(each.title.encode()) <= 64 for each in options)


def _cdata(text: str) -> str:
    return _CONTROL.sub("", text).replace("]]>", "]]]]><![CDATA[>")
