"""What every room knows of a channel: what its own folder declares in channels/<name>/channel.yml.

The folder's name is the channel's; its conversations are called `<name>-<customer>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from infra.errors import AssistantError

FOLDER = Path(__file__).resolve().parent.parent / "channels"
FILE = "channel.yml"


class ChannelError(AssistantError):
    """A declaration is wrong; the text says where, and what is missing or too much."""


@dataclass(frozen=True)
class Window:
    """How many messages a platform lets us send after one of the customer's.

    Args:
        messages: None: it gives no count.
        seconds: how long they may be sent.
        short: whether this window stands beside the long one.
    """

    messages: int | None
    seconds: float
    short: bool = False


@dataclass(frozen=True)
class Channel:
    """One channel, as its channel.yml says.

    Args:
        name: its folder, and what its conversations begin with.
        title: how agents read it.
        source: its class, as credentials.yml names it.
        delivered: whether a platform must be sent each message; else a page reads the record.
        pictures: whether customers can be sent pictures.
        longest: of one text, as the platform counts.
        windows: what a customer's message, or an event, lets us send.
        pages: built files by the paths where they stand.
        greeting: what there is to open, for whoever starts the assistant; `{url}` is the server's.
        preview: a function of its folder that puts what is said into messages, for leads to see;
            a page draws them itself.
    """

    name: str
    title: str
    source: str
    delivered: bool
    pictures: bool
    longest: int = 0
    windows: Mapping[str, Window] = field(default_factory=dict)
    pages: Mapping[str, str] = field(default_factory=dict)
    greeting: str = ""
    preview: str = ""


def read_channel(file: Path) -> Channel:
    """Return what a channel.yml declares.

    Raises:
        ChannelError: it is not what a declaration must be.
    """
    where = f"{file.parent.name}/{file.name}"
    try:
        given = yaml.safe_load(file.read_text(encoding="utf8"))
    except yaml.YAMLError as error:
        raise ChannelError(f"{where}: {error}") from None
    if not isinstance(given, dict):
        raise ChannelError(f"{where}: write `title: ...`, `source: ...` and so on")
    known = {each.name for each in fields(Channel)} - {"name"}
    if given.keys() - known:
        raise ChannelError(f"{where}: unknown: {', '.join(sorted(given.keys() - known))}")
    try:
        windows = {
            name: Window(**each) for name, each in (given.pop("windows", None) or {}).items()
        }
        return Channel(file.parent.name, windows=windows, **given)
    except (TypeError, AttributeError) as error:
        raise ChannelError(f"{where}: {str(error).partition('__init__() ')[2] or error}") from None


@lru_cache(maxsize=1)
def channels() -> Mapping[str, Channel]:
    """Return all declared channels by their names, open or not.

    Raises:
        ChannelError: a declaration is wrong.
    """
    found = [read_channel(file) for file in sorted(FOLDER.glob(f"*/{FILE}"))]
    return {each.name: each for each in found}


def channel_of(conversation_id: str) -> Channel | None:
    """Return the channel of a conversation; None for one that no channel declares."""
    return channels().get(conversation_id.partition("-")[0])


def is_delivered(conversation_id: str) -> bool:
    """Tell whether each message to the customer must be sent to a platform."""
    found = channel_of(conversation_id)
    return found is not None and found.delivered


def delivered_channels() -> list[str]:
    """Return the channels whose messages must be sent to a platform."""
    return [name for name, each in channels().items() if each.delivered]


# ---- what the settings of this process take away

_without_pictures: set[str] = set()


def send_no_pictures(name: str) -> None:
    """Note that a channel cannot send pictures, by its settings."""
    _without_pictures.add(name)


def refuses_pictures(conversation_id: str) -> str | None:
    """Return the title of a conversation's channel if it cannot send pictures, else None."""
    found = channel_of(conversation_id)
    if found is None or (found.pictures and found.name not in _without_pictures):
        return None
    return found.title


# ---- how a channel shows what is said

# From entries of the record to messages with `text` and `options` (each with a `title`).
Preview = Callable[[Sequence[Any]], Sequence[Any]]
_previews: dict[str, Preview] = {}


def preview_with(name: str, preview: Preview) -> None:
    """Note how an open channel shows what is said: its settings may change that."""
    _previews[name] = preview


def preview_of(channel: Channel) -> Preview | None:
    """Return how a channel shows what is said, open or not; None: its page draws it."""
    if channel.name in _previews:
        return _previews[channel.name]
    module, _, name = channel.preview.rpartition(".")
    found: Preview | None = getattr(import_module(module), name) if module else None
    return found
