"""What WeChat pushes to us: verified, decrypted, and read as a message or an event."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sanic.request import Request
from wechatpy.crypto import WeChatCrypto
from wechatpy.parser import parse_message

from channels.platforms.platform import Incoming, Rejected, coordinates, event_key, signature
from content import library
from desk import prefixed_key
from infra.channels import Channel

# XML 1.0 has no such characters; WeChat delivers them all the same.
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ENCRYPTED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?([A-Za-z0-9+/=]+)(?:\]\]>)?\s*</Encrypt>")
_OPENID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FOLLOWS = {"subscribe", "subscribe_scan", "subscribe_scan_product"}
_ASKS = {"scan", "click", "scancode_push", "scancode_waitmsg"}
_SERVICE = {"kf_create_session", "kf_close_session", "kf_switch_session"}


class Reader:
    """Reads one account's deliveries.

    Args:
        channel: the channel, whose windows messages open.
        token: signs what is pushed.
        cryptos: decrypt it; none where it comes plain.
        menu: the intents of the account's own menu and codes.
    """

    def __init__(
        self, channel: Channel, token: str, cryptos: list[WeChatCrypto], menu: Mapping[str, str]
    ) -> None:
        self._channel = channel
        self._token = token
        self._cryptos = cryptos
        self._menu = menu

    def read(self, request: Request) -> Incoming | None:
        """Return what a request delivers; see `Platform.read`."""
        body, crypto = self.decrypt(request)
        if b"<!DOCTYPE" in body.partition(b"<xml")[0]:  # after `<xml` it is a customer's
            raise Rejected(400, "a DTD")
        try:
            message = parse_message(CONTROL.sub("", body.decode("utf8", "replace")))._data
            fields = {str(name): value for name, value in message.items()}
        except Exception as error:  # expat's, xmltodict's and wechatpy's own
            raise Rejected(400, f"no message: {type(error).__name__}") from None
        return self._sort(fields, crypto, request.args.get("nonce", ""))

    def decrypt(self, request: Request) -> tuple[bytes, WeChatCrypto | None]:
        """Return the message's XML, and what decrypted it.

        Raises:
            Rejected: it is not encrypted though it must be, or not with our keys.
        """
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
        conversation = f"{self._channel.name}-{openid}"
        extra = account, crypto, nonce
        made = Incoming(conversation, prefixed_key("", key), "note", extra=extra)
        if kind == "event":
            return self._sort_event(event, about, made)
        content = library.current()
        made = replace(made, window=self._channel.windows["message"])
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
        if event == "unsubscribe":
            return replace(made, kind="forget")
        if event in _FOLLOWS | _ASKS:
            # A code's scene comes with following as `qrscene_...`, and as SCAN has it otherwise.
            scene = key.removeprefix("qrscene_") if event in _FOLLOWS else key
            intent = self._menu.get(scene)
            window = self._channel.windows["event"]
            if intent is None:  # an entry or a poster that nobody described
                return replace(made, kind="welcome", window=window)
            return replace(made, kind="intent", option=intent, window=window)
        if event in _SERVICE:
            return replace(made, kind="note", text=event)
        return None  # VIEW, LOCATION, TEMPLATESENDJOBFINISH and what is new
