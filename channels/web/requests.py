"""What pages and credentials.yml give the chat page's channel, checked."""

from __future__ import annotations

import re
import uuid
from typing import Any

from sanic.request import Request

from channels.gate.callback import dialled
from content import library
from infra.errors import Refused
from infra.text import clean
from server.http import LONGEST_ID, json_object


def origins(embedders: list[str]) -> list[str]:
    """Return the `embedders` of credentials.yml.

    Raises:
        ValueError: one is no origin.
    """
    for origin in embedders:
        scheme, _, host = str(origin).partition("://")
        if scheme not in {"https", "http"} or not host or set(host) & set("/ ;,'\"*"):
            raise ValueError(f"credentials.yml: embedders: {origin}: write https://app.example.com")
    return list(embedders)


def hosts(links: list[str]) -> list[str]:
    """Return the `links` of credentials.yml.

    Raises:
        ValueError: one is no host.
    """
    for host in links:
        labels = str(host).removeprefix("*.").split(".")
        if len(labels) < 2 or not all(re.fullmatch("[a-z0-9-]+", each) for each in labels):
            raise ValueError(f"credentials.yml: links: {host}: write help.example.com")
    return list(links)


def position_of(request: Request) -> int:
    """Return the position in the record that a client asks to go on from; 0 is the beginning.

    Raises:
        Refused: `after` is no number. (Last-Event-ID comes from the browser itself; one that is no
            number is left aside.)
    """
    last = request.headers.get("last-event-id", "")
    if last.isascii() and last.isdigit() and len(last) < 16:
        return int(last)
    after = request.args.get("after", "0")
    if not (after.isascii() and after.isdigit() and len(after) < 16):
        raise Refused("bad_request", library.current().say("bad_request"))
    return int(after)


def phone_of(request: Request) -> str:
    """Return the phone number for a call back, as it is dialled.

    Raises:
        Refused: none that can be dialled, or the customer does not agree in so many words.
    """
    body = json_object(request)
    given, agrees = body.get("phone"), body.get("agree")
    if agrees is not True:
        raise Refused("bad_request", library.current().say("callback_agree"))
    phone = dialled(given) if isinstance(given, str) else None
    if phone is None:
        raise Refused("bad_request", library.current().say("callback_number"))
    return phone


def message_of(request: Request) -> dict[str, Any]:
    """Return `text` or `token`, and `message_id`, of a message's JSON; without an id, a new one.

    Raises:
        Refused: not a JSON object with exactly one of `text` and `button`, all strings.
    """
    body = json_object(request)
    known: dict[str, Any] = {each: body[each] for each in ("text", "button", "id") if each in body}
    strings = all(isinstance(each, str) for each in known.values())
    if not strings or ("text" in known) == ("button" in known):
        raise Refused("bad_request", library.current().say("bad_request"))
    number = known.pop("id", "") or uuid.uuid4().hex
    if len(number) > LONGEST_ID:
        raise Refused("bad_request", library.current().say("bad_request"))
    if "button" in known:
        known["token"] = known.pop("button")
    return {**known, "message_id": clean(number) or uuid.uuid4().hex}
