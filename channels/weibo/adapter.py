"""Weibo's 粉丝服务平台: private messages pushed to us, answers at once or by the API.

The rules are those of the open.weibo.com wiki (粉丝服务, 消息接口), which is old: what may have
moved (hosts, limits, windows) is in credentials.yml.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.platforms.outbox import NotSent, Option, Outgoing, Why, offer_numbers
from channels.platforms.platform import (
    Incoming,
    PlatformInput,
    Rejected,
    coordinates,
    event_key,
    signed,
)
from content import library
from infra.client import Client, Unreachable

API = "https://m.api.weibo.com"
MEDIA = "https://upload.api.weibo.com"
LONGEST = 299  # characters of a text: fewer than 300
HOURS_48 = 48 * 3600.0
_ID = re.compile(r"[0-9]{1,20}")
_KEYWORDS = {"dy", "td"}  # subscribe and unsubscribe: Weibo itself answers them
_WHY: dict[int, Why] = {
    10001: "later",  # system error
    10002: "later",  # service unavailable
    10009: "later",  # too many tasks
    10022: "later",  # limits of an address,
    10023: "later",  # a user,
    10024: "later",  # and an application
    10004: "later",  # our address is not allowed
    # The application has no such right: at all, or to this customer (what Weibo says outside of
    # the 48 hours is documented nowhere). One of them must not silence the others.
    10014: "closed",
    10008: "never",  # a parameter is wrong, of the wrong type, or missing
    10016: "never",
    10017: "never",
}
_TOKEN = range(21300, 21400)  # it has expired, is not valid, ...: a new one by hand
_TROUBLE = {10004, 10014, *_TOKEN}  # that somebody must mend
_WHY |= dict.fromkeys(_TOKEN, "later")


class WeiboInput(PlatformInput):
    """Channel `weibo`; a customer's conversation is `weibo-<uid>`.

    credentials.yml: see `PlatformInput`, and
        app_secret: of the application that signs what is pushed.
        access_token: of the account, from 粉丝服务 → 高级功能; there is no call to renew it.
        api_base_url, media_base_url: where messages and pictures are.
        hours: how long after a message we may write.
        most: messages in that time; 0: no count (Weibo gives none, and may have one).
        longest: characters of a text.
        mentions: whether a post or comment that names the account is answered (needs a grant).
    """

    title = "微博"
    menus = False
    sends_pictures = False  # private messages take none from us

    def __init__(
        self,
        app_secret: str,
        access_token: str,
        api_base_url: str = API,
        media_base_url: str = MEDIA,
        hours: float = 48,
        most: int = 0,
        longest: int = LONGEST,
        mentions: bool = False,
        **shared: Any,
    ) -> None:
        for name, value in (("app_secret", app_secret), ("access_token", access_token)):
            if not value:
                raise ValueError(f"{name} is empty")
        self._secret = app_secret
        self._token = access_token
        self._client = Client(api_base_url)
        self._media = Client(media_base_url)
        self._window = most or None, hours * 3600, False
        self.longest = longest
        self._mentions = mentions
        super().__init__(**shared)

    @classmethod
    def name(cls) -> str:
        """Return `weibo`."""
        return "weibo"

    # ---- what comes in

    def _verify(self, request: Request) -> None:
        # The body is not signed: whoever knows one URL could forge one, so HTTPS is a must.
        if not signed(request, self._secret, self._skew):
            raise Rejected(403, "wrong signature or time")

    def _read(self, request: Request) -> Incoming | None:
        try:
            message = json.loads(request.body)
            if not isinstance(message, dict):
                raise ValueError
            # There is no message id, and created_at has whole seconds: two quick ones differ in
            # words.
            differing = [message.get(name) for name in ("created_at", "type", "text", "data")]
            parts = json.dumps(differing, sort_keys=True)
        except (ValueError, RecursionError):
            raise Rejected(400, "no JSON object") from None
        user, account = _id(message.get("sender_id")), _id(message.get("receiver_id"))
        if not user or not account:
            raise Rejected(400, "no customer")
        data = message.get("data")
        data = data if isinstance(data, dict) else {}
        kind, text = _text(message.get("type")), _text(message.get("text"))
        key = event_key(user, parts)
        made = Incoming(
            f"{self.name()}-{user}", key, "note", text=text, window=self._window, extra=account
        )
        return self._sort(kind, data, made)

    def _sort(self, kind: str, data: dict[str, Any], made: Incoming) -> Incoming | None:
        content = library.current()
        if kind == "text":
            keyword = made.text.strip().lower() in _KEYWORDS
            return None if keyword else replace(made, kind="text")
        if kind == "image":
            media = _id(data.get("tovfid"))
            if media:
                return replace(made, kind="picture", text=media)
        if kind == "event":
            return self._sort_event(_text(data.get("subtype")), _text(data.get("key")), made)
        if kind == "mention":
            if not self._mentions:
                return None
            return replace(made, kind="text", window=(1, HOURS_48, True))
        if kind == "voice":
            return replace(made, kind="other", text=content.say("a_voice"), phrase="please_type")
        if kind == "position":
            place = coordinates(data.get("latitude"), data.get("longitude"))
            shown = content.say("a_location", place=place)
            return replace(made, kind="other", text=shown, phrase="location_received")
        shown = content.say("something_else")
        return replace(made, kind="other", text=shown, phrase="please_type")

    def _sort_event(self, subtype: str, key: str, made: Incoming) -> Incoming | None:
        if subtype in {"follow", "subscribe"}:
            return replace(made, kind="welcome")
        if subtype == "unfollow":
            return replace(made, kind="forget", window=None)
        if subtype in {"click", "scan", "scan_follow"}:
            intent = self._menu.get(key)
            if intent is None:
                return replace(made, kind="welcome")
            return replace(made, kind="intent", option=intent)
        return None  # view, unsubscribe and what is new

    # ---- what goes out

    def _nothing(self) -> HTTPResponse:
        return response.text("")

    def _passive(self, incoming: Incoming, text: str) -> HTTPResponse:
        said = json.dumps({"text": text}, ensure_ascii=False)
        return response.json(
            {
                "result": True,
                "sender_id": incoming.extra,
                "receiver_id": incoming.conversation_id.partition("-")[2],
                "type": "text",
                "data": quote(said, safe=""),
            }
        )

    def size(self, text: str) -> int:
        """Return the characters."""
        return len(text)

    def offer(self, options: Sequence[Option]) -> list[str]:
        """Offer a numbered list: private messages have no buttons."""
        return offer_numbers(options)

    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        """Send one private message; see `outbox.Platform`."""
        if outgoing.picture is not None:
            raise NotSent("never", "a picture")
        form = {
            "access_token": self._token,
            "type": "text",
            # Encoded once, by the form itself, whatever the wiki's words suggest.
            "data": json.dumps({"text": outgoing.text}, ensure_ascii=False),
            "receiver_id": conversation_id.partition("-")[2],
            "save_sender_box": "1",  # the account's staff see what was said
        }
        try:
            answer = await self._client.call("POST", "/2/messages/reply.json", data=form)
            code = 0 if answer.status == 200 and not answer.body.strip() else _code(answer)
        except Unreachable as error:
            raise NotSent("unsure" if error.sent else "later", str(error)) from None
        if code:
            await self._fail(code)

    async def _fail(self, code: int) -> None:
        if code in _TROUBLE:
            await self.outbox.alarm(f"error_code {code}")
        raise NotSent(_WHY.get(code, "refused"), f"error_code {code}")

    async def fetch_picture(self, media: str) -> bytes:
        """Return a picture by its file id."""
        query = {"access_token": self._token, "fid": media}
        answer = await self._media.call("GET", "/2/mss/msget", repeatable=True, params=query)
        if answer.status != 200 or answer.kind == "application/json":
            await self._fail(_code(answer))
        return answer.body

    async def stop(self) -> None:
        """Let go of the connections."""
        await self._client.close()
        await self._media.close()


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _id(value: Any) -> str:
    """Return an int64 that comes as a number or as text; "" if it is none."""
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) and text.isascii() else ""


def _code(answer: Any) -> int:
    """Return the error code of an answer, a number or text; 0 when it is none."""
    given = answer.json_object()
    if answer.status == 200 and "error" not in given and "error_code" not in given:
        return 0
    code = str(given.get("error_code", ""))
    return int(code) if _ID.fullmatch(code) else -1
