"""WeChat Official Accounts (公众号): messages pushed to us, answers at once or by the API.

The rules are those of developers.weixin.qq.com: push (signature and encryption), standard messages,
event pushes, passive replies, customer-service messages, access tokens.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import time
from collections.abc import Sequence
from functools import partial
from typing import Any
from urllib.parse import quote

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels.gate.elsewhere import Elsewhere
from channels.platforms.channel import PlatformInput
from channels.platforms.compose import compose, offer_numbers
from channels.platforms.platform import Incoming, NotSent, Option, Outgoing, Rejected, signed
from channels.wechat.api import Api, ApiError
from channels.wechat.customer_service import WeChatService
from channels.wechat.incoming import CONTROL, Reader
from channels.wechat.settings import WeChatSettings
from content import library
from desk import Entry
from desk.pictures import smaller
from desk.services import Services, open_services
from infra.channels import channels
from infra.client import Unreachable
from infra.state import State

LARGEST_PICTURE = 2_000_000  # bytes; older documents say 2 MB, newer ones 10
ROOM_FOR_OPTIONS = 700  # bytes, where a menu's options must be in the text after all
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


class WeChatCarrier:
    """What one message of WeChat may be; see `Carrier`."""

    def __init__(self, buttons: str = "numbered", has_api: bool = True) -> None:
        self._buttons = buttons
        self.longest = channels()["wechat"].longest
        self.menus = buttons == "menu" and has_api
        if self.menus:
            self.longest -= ROOM_FOR_OPTIONS

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


class WeChat(WeChatCarrier):
    """One account at WeChat; see `Platform`.

    Args:
        settings: the account's.
        state: where workers share the access token.
    """

    def __init__(self, settings: WeChatSettings, state: State) -> None:
        super().__init__(settings.buttons, settings.reply_mode != "passive_only")
        channel = channels()["wechat"]
        self._settings = settings
        self._reader = Reader(channel, settings.token, settings.cryptos(), settings.menu)
        self.api = Api(settings.api_base_url, state, settings.app_id, settings.app_secret)

    # ---- what comes in

    def verify(self, request: Request) -> None:
        """Check the signature and the time."""
        if not signed(request, self._settings.token, self._settings.skew):
            raise Rejected(403, "wrong signature or time")

    def read(self, request: Request) -> Incoming | None:
        """Return what a request delivers."""
        return self._reader.read(request)

    async def fetch_picture(self, media: str) -> bytes:
        """Return a picture by its media id."""
        return await self.api.media(media)

    # ---- what goes out at once

    def acknowledge(self) -> HTTPResponse:
        """Say nothing."""
        return response.text("success")

    def reply(self, incoming: Incoming, text: str) -> HTTPResponse:
        """Say a text."""
        return self._answer(incoming, _TEXT, content=_cdata(text))

    def transfer(self, incoming: Incoming, account: str | None) -> HTTPResponse:
        """Pass the customer on to WeChat's own 客服: to an account of theirs, or to any."""
        named = _ACCOUNT.format(name=account) if account else ""
        return self._answer(incoming, _TRANSFER, account=named)

    def _answer(self, incoming: Incoming, template: str, **values: str) -> HTTPResponse:
        account, crypto, nonce = incoming.extra
        openid = incoming.conversation_id.partition("-")[2]
        xml = template.format(to=openid, sender=account, time=int(time.time()), **values)
        if crypto is not None:
            xml = crypto.encrypt_message(xml, nonce, str(int(time.time())))
        return response.text(xml, content_type="application/xml; charset=utf-8")

    # ---- what goes out by the API

    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        """Send one customer-service message."""
        openid = conversation_id.partition("-")[2]
        try:
            await self._send(openid, outgoing)
        except Unreachable as error:
            raise NotSent("unsure" if error.sent else "later", str(error)) from None
        except ApiError as error:
            if error.why == "mute":
                self.menus = False  # the rest is answered at once, with its options
            raise

    async def _send(self, openid: str, outgoing: Outgoing) -> None:
        message: dict[str, Any] = {"touser": openid}
        if outgoing.picture is not None:
            data, kind = await asyncio.to_thread(smaller, outgoing.picture, LARGEST_PICTURE)
            media = await self.api.upload(f"picture.{kind.partition('/')[2]}", kind, data)
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
        if self._settings.kf_account:
            message["customservice"] = {"kf_account": self._settings.kf_account}
        try:
            await self.api.post("/cgi-bin/message/custom/send", message)
        except ApiError as error:
            if error.code != 40200 or not outgoing.options:
                raise
            self.menus = False  # not allowed here; from now on options are in the text
            await self._send(openid, outgoing)

    async def show_typing(self, conversation_id: str, on: bool) -> None:
        """Show or end “对方正在输入”; WeChat takes it now and then only: errors do not matter."""
        command = "Typing" if on else "CancelTyping"
        body = {"touser": conversation_id.partition("-")[2], "command": command}
        with contextlib.suppress(Unreachable, NotSent):
            await self.api.post("/cgi-bin/message/custom/typing", body)

    async def close(self) -> None:
        """Close the connections."""
        await self.api.close()


class WeChatInput(PlatformInput):
    """Channel `wechat`; a customer's conversation is `wechat-<openid>`.

    credentials.yml: see `WeChatSettings`.
    """

    platform: WeChat

    def __init__(self, services: Services | None = None, **given: Any) -> None:
        settings = WeChatSettings(**given)
        services = services or open_services()
        platform = WeChat(settings, services.state)
        passes_on = settings.transfer_customer_service
        elsewhere = Elsewhere(services.state) if passes_on else None
        humans = partial(
            WeChatService, settings, services, platform.api, platform.transfer, elsewhere
        )
        super().__init__(settings, platform, services, elsewhere, humans)

    @classmethod
    def name(cls) -> str:
        """Return `wechat`."""
        return "wechat"


def preview(entries: Sequence[Entry]) -> list[Outgoing]:
    """Return the messages in which an account with the usual settings shows what is said."""
    return compose(entries, WeChatCarrier(), {})


def _fits_menu(options: Sequence[Option]) -> bool:
    """Tell whether a msgmenu takes these; its limits are those of WeCom, WeChat gives none."""
    return 0 < len(options) <= 10 and all(len(each.title.encode()) <= 64 for each in options)


def _cdata(text: str) -> str:
    return CONTROL.sub("", text).replace("]]>", "]]]]><![CDATA[>")
