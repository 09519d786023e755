"""What a platform's adapter is: its wire format and its API, and nothing else.

An adapter is handed to `PlatformInput`, which does what all platforms have in common.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from sanic.request import Request
from sanic.response import HTTPResponse

from channels.gate import GateSettings
from content import ContentError, library
from infra.channels import Window
from infra.errors import AssistantError

LONGEST_HEARD = 6_000  # UTF-8 bytes of a message that the bot reads; agents read all of it

Kind = Literal["text", "intent", "picked", "picture", "other", "welcome", "forget", "note"]
Why = Literal["later", "unsure", "refused", "closed", "never", "mute", "tomorrow"]
ReplyMode = Literal["auto", "passive_only", "active"]


class Rejected(AssistantError):
    """A request that does not come from the platform; it is answered with `status` alone."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class NotSent(AssistantError):
    """The platform did not take a message, or does not give a picture.

    `why`: `later` (not sent, try again), `unsure` (the answer was lost), `refused` (for a reason
    we do not know, try a few times), `closed` (the customer has to write first), `never` (this one
    cannot be sent), `mute` (this account may not), `tomorrow` (the day's calls are used up).
    `alarm`: agents are told, as somebody must mend it.
    """

    def __init__(self, why: Why, reason: str, alarm: bool = False) -> None:
        super().__init__(reason)
        self.why = why
        self.alarm = alarm


@dataclass(frozen=True, kw_only=True)
class PlatformSettings(GateSettings):
    """What every platform's part of credentials.yml may set; see also `GateSettings`.

    Args:
        reply_mode: `auto` (answer at once when there is time, else by the API), `passive_only`
            (the account has no API), `active` (always by the API).
        menu: what the entries of the account's own menu ask: `KEY: intent`.
        passive_counts: whether an answer at once counts as a message of the quota.
        deliveries: how often the platform delivers a message that is not answered in time.
        skew: seconds that the platform's clock and ours may differ.
    """

    max_bytes: int = LONGEST_HEARD
    reply_mode: ReplyMode = "auto"
    menu: dict[str, str] = field(default_factory=dict)
    passive_counts: bool = False
    deliveries: int = 3
    skew: float = 300

    def __post_init__(self) -> None:
        """Check the values; ValueError names the one that is wrong."""
        super().__post_init__()
        if self.reply_mode not in {"auto", "passive_only", "active"}:
            raise ValueError(f"reply_mode: {self.reply_mode}: write auto, passive_only or active")
        menu = {str(key): str(intent) for key, intent in (self.menu or {}).items()}
        try:
            known = library.load().topics
        except ContentError as error:
            raise ValueError(str(error)) from None
        for key, intent in menu.items():
            if intent not in known and intent != "human_handoff":
                raise ValueError(f"menu: {key}: {intent} is no intent")
        object.__setattr__(self, "menu", menu)


@dataclass(frozen=True)
class Incoming:
    """A message or event of a customer, as the platform delivered it.

    Args:
        conversation_id: the customer, with the channel's name before it.
        key: the same for every delivery of this message.
        kind: what to do with it.
        text: the words; how it stands in the record (`other`, `note`); the media's id (`picture`).
        option: the option of an earlier message that was picked, or the intent of a menu's entry.
        phrase: what an `other` is answered with.
        window: how many messages it allows us; None: it changes nothing.
        extra: what the adapter needs to answer it.
    """

    conversation_id: str
    key: str
    kind: Kind
    text: str = ""
    option: str = ""
    phrase: str = ""
    window: Window | None = None
    extra: Any = None


@dataclass(frozen=True)
class Option:
    """One option of a message: `id` names it for ever, `title` is what customers read."""

    id: str
    title: str


@dataclass(frozen=True)
class Outgoing:
    """One message of a platform: text with options, or a picture.

    `seqs` are the positions in the record of what is wholly said once this is; `begun` is how many
    characters of what comes after them it says as well.
    """

    seqs: tuple[int, ...]
    text: str = ""
    options: tuple[Option, ...] = ()
    picture: Path | None = None
    begun: int = 0


class Carrier(Protocol):
    """What one message may be."""

    longest: int  # of its text, as `size` counts
    menus: bool  # whether options go beside the text; else they are lines of it

    def size(self, text: str) -> int:
        """Return how long a text is, as the platform counts."""

    def offer(self, options: Sequence[Option]) -> list[str]:
        """Return the lines of text that offer options."""


class Platform(Carrier, Protocol):
    """One account at a platform."""

    def verify(self, request: Request) -> None:
        """Check that a request comes from the platform.

        Raises:
            Rejected: it does not.
        """

    def read(self, request: Request) -> Incoming | None:
        """Return what a request delivers; None when nobody needs it.

        Raises:
            Rejected: it is broken, or not meant for us.
        """

    def reply(self, incoming: Incoming, text: str) -> HTTPResponse:
        """Return the answer to a delivery that says a text to the customer."""

    def acknowledge(self) -> HTTPResponse:
        """Return the answer to a delivery that says nothing."""

    async def fetch_picture(self, media: str) -> bytes:
        """Return a picture that a customer sent.

        Raises:
            Unreachable, NotSent: it cannot be had.
        """

    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        """Send one message.

        Raises:
            NotSent: it was not taken.
        """

    async def show_typing(self, conversation_id: str, on: bool) -> None:
        """Show the customer that somebody writes, where the platform can."""

    async def close(self) -> None:
        """Close the connections."""


class CustomerService(Protocol):
    """Humans of the platform's own, to whom customers can be passed on."""

    async def has(self, incoming: Incoming) -> bool:
        """Tell whether what a customer says is for such a human."""

    async def pass_on(self, incoming: Incoming) -> HTTPResponse | None:
        """Return the answer to a delivery that passes the customer on; None when none does.

        It is asked before anything is taken to be said: what is not shown stays unsaid.
        """

    async def turn_ended(self, incoming: Incoming) -> None:
        """Follow up on a turn that could not be answered at once."""

    async def noted(self, incoming: Incoming) -> None:
        """Record an event of the platform's own customer service."""


# ---- what adapters have in common


def signature(*parts: str) -> str:
    """Return the SHA-1 that WeChat and Weibo sign with: of the parts sorted and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode("utf8", "replace")).hexdigest()  # noqa: S324


def signed(request: Request, secret: str, skew: float) -> bool:
    """Tell whether a request's query was signed with the secret, within `skew` seconds of now.

    Weibo gives milliseconds, WeChat seconds.
    """
    given = {name: request.args.get(name, "") for name in ("signature", "timestamp", "nonce")}
    expected = signature(secret, given["timestamp"], given["nonce"])
    if not hmac.compare_digest(expected.encode(), given["signature"].encode("utf8", "replace")):
        return False
    moment = given["timestamp"]
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 16):
        return False
    seconds = int(moment) / (1000 if len(moment) > 11 else 1)
    return abs(time.time() - seconds) <= skew


def coordinates(latitude: object, longitude: object) -> str:
    """Return a place as agents can look it up, from numbers or text; "" if these are none."""
    if not isinstance(latitude, str | int | float) or not isinstance(longitude, str | int | float):
        return ""
    try:
        north, east = float(latitude), float(longitude)
    except (ValueError, OverflowError):
        return ""
    return f"{north:.6f},{east:.6f}" if abs(north) <= 90 and abs(east) <= 180 else ""


def event_key(*parts: Any) -> str:
    """Return the key of a delivery that has no id of its own."""
    text = "\n".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf8", "replace")).hexdigest()[:32]
