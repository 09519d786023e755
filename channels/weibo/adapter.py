"""Weibo's 粉丝服务平台: private messages pushed to us, answers at once or by the API.

The rules are those of the open.weibo.com wiki (粉丝服务, 消息接口), which is old: what may have
moved (hosts, limits, windows) is in credentials.yml.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.platforms.channel import PlatformInput
from channels.platforms.compose import compose, offer_numbers
from channels.platforms.platform import (
    Incoming,
    NotSent,
    Option,
    Outgoing,
    PlatformSettings,
    Rejected,
    Why,
    coordinates,
    event_key,
    signed,
)
from content import library
from desk import Entry
from desk.services import Services
from infra.channels import Channel, Window, channels
from infra.client import Client, Unreachable

API = "https://m.api.weibo.com"
MEDIA = "https://upload.api.weibo.com"
HOUR = 3600.0  # seconds
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


@dataclass(frozen=True, kw_only=True)
class WeiboSettings(PlatformSettings):
    """What Weibo's part of credentials.yml may set; see also `PlatformSettings`.

    Args:
        app_secret: of the application that signs what is pushed.
        access_token: of the account, from 粉丝服务 → 高级功能; there is no call to renew it.
        api_base_url, media_base_url: where messages and pictures are.
        hours: how long after a message we may write; else as channel.yml says.
        most: messages in that time; 0: no count.
        longest: characters of a text; else as channel.yml says.
        mentions: whether a post or comment that names the account is answered (needs a grant).
    """

    app_secret: str = field(repr=False)
    access_token: str = field(repr=False)
    api_base_url: str = API
    media_base_url: str = MEDIA
    hours: float | None = None
    most: int = 0
    longest: int | None = None
    mentions: bool = False

    def __post_init__(self) -> None:
        """Check the values; ValueError names the one that is wrong."""
        for name in ("app_secret", "access_token"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty")
        super().__post_init__()

    def window(self, channel: Channel) -> Window:
        """Return what a message lets us send."""
        declared = channel.windows["message"]
        seconds = declared.seconds if self.hours is None else self.hours * HOUR
        return Window(self.most or declared.messages, seconds)


class WeiboCarrier:
    """What one private message may be; see `Carrier`."""

    menus = False

    def __init__(self, longest: int | None = None) -> None:
        self._channel = channels()["weibo"]
        self.longest = longest or self._channel.longest

    def size(self, text: str) -> int:
        """Return the characters."""
        return len(text)

    def offer(self, options: Sequence[Option]) -> list[str]:
        """Offer a numbered list: private messages have no buttons."""
        return offer_numbers(options)


class Weibo(WeiboCarrier):
    """One account at Weibo; see `Platform`."""

    def __init__(self, settings: WeiboSettings) -> None:
        super().__init__(settings.longest)
        self._settings = settings
        self._window = settings.window(self._channel)
        self._client = Client(settings.api_base_url)
        self._media = Client(settings.media_base_url)

    # ---- what comes in

    def verify(self, request: Request) -> None:
        """Check the signature and the time.

        The body is not signed: whoever knows one URL could forge one, so HTTPS is a must.
        """
        if not signed(request, self._settings.app_secret, self._settings.skew):
            raise Rejected(403, "wrong signature or time")

    def read(self, request: Request) -> Incoming | None:
        """Return what a request delivers."""
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
            f"{self._channel.name}-{user}",
            key,
            "note",
            text=text,
            window=self._window,
            extra=account,
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
            if not self._settings.mentions:
                return None
            return replace(made, kind="text", window=self._channel.windows["mention"])
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
            intent = self._settings.menu.get(key)
            if intent is None:
                return replace(made, kind="welcome")
            return replace(made, kind="intent", option=intent)
        return None  # view, unsubscribe and what is new

    # ---- what goes out

    def acknowledge(self) -> HTTPResponse:
        """Say nothing."""
        return response.text("")

    def reply(self, incoming: Incoming, text: str) -> HTTPResponse:
        """Say a text."""
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

    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        """Send one private message."""
        if outgoing.picture is not None:
            raise NotSent("never", "a picture")
        form = {
            "access_token": self._settings.access_token,
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
            raise _failure(code)

    async def fetch_picture(self, media: str) -> bytes:
        """Return a picture by its file id."""
        query = {"access_token": self._settings.access_token, "fid": media}
        answer = await self._media.call("GET", "/2/mss/msget", repeatable=True, params=query)
        if answer.status != 200 or answer.kind == "application/json":
            raise _failure(_code(answer))
        return answer.body

    async def show_typing(self, conversation_id: str, on: bool) -> None:
        """Do nothing: Weibo shows no such thing."""

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()
        await self._media.close()


class WeiboInput(PlatformInput):
    """Channel `weibo`; a customer's conversation is `weibo-<uid>`.

    credentials.yml: see `WeiboSettings`.
    """

    platform: Weibo

    def __init__(self, services: Services | None = None, **given: Any) -> None:
        settings = WeiboSettings(**given)
        super().__init__(settings, Weibo(settings), services)

    @classmethod
    def name(cls) -> str:
        """Return `weibo`."""
        return "weibo"


def preview(entries: Sequence[Entry]) -> list[Outgoing]:
    """Return the messages in which an account with the usual settings shows what is said."""
    return compose(entries, WeiboCarrier(), {})


def _failure(code: int) -> NotSent:
    return NotSent(_WHY.get(code, "refused"), f"error_code {code}", alarm=code in _TROUBLE)


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
