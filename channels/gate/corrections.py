"""Corrections of what was read in a picture: which value is wrong, what it is, where it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from channels.gate.turn import Turn
from desk import Button, Entry, reply_key
from desk.events import DESK, publish
from desk.sentences import with_human
from desk.services import Services
from reader.correcting import (
    KEEP,
    RIGHT,
    SEVERAL,
    WRONG,
    Asked,
    Right,
    asked_by,
    awaited,
    choices,
    keep,
    named,
    right_in,
    said_after,
    which,
)
from reader.telling import heard_of, right_button, seen


@dataclass(frozen=True)
class Correction:
    """A right value that a customer writes.

    Args:
        asked: which one, of which picture.
        read: what was read.
        right: what they write.
    """

    asked: Asked
    read: str
    right: Right

    def metadata(self) -> dict[str, Any]:
        """Return it as it goes with the message to Rasa."""
        found = {"kind": self.asked.kind, "read": self.read, "right": self.right.value}
        return {"corrected": {**found, "alone": self.right.alone}}


class Corrections:
    """Hears which value is wrong, and writes the right one beside the picture."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def answer(
        self, turn: Turn, pressed: Button | None, words: str, shown: Sequence[Button]
    ) -> Entry | None:
        """Return what is said to 看错了, 金额不对 or 没看错; None: the message is none of these."""
        content, key = self._services.content, turn.said.key
        payload = pressed["payload"] if pressed else ""
        if payload == RIGHT:
            return Entry(reply_key(key, "right"), "bot", content.say("picture_ask"), reply_to=key)
        kept = asked_by(payload, KEEP)
        if kept is not None:
            values = await self._values(turn, kept)
            value = values.get(kept.kind, "")
            said = content.say("picture_kept", which=self._name(kept.kind), value=value)
            return self._entry(turn, said, [self._more(kept)])
        asked = asked_by(payload)
        if asked is None and not pressed:
            asked = named(words, shown)
            if asked and right_in(asked.kind, said_after(words, asked.kind)):
                return None
        if asked is None:
            return None
        if asked.kind == SEVERAL:
            entry = await self._services.transcript.find(turn.conversation_id, asked.key)
            keys = ((entry and entry.picture) or {}).get("together") or {}
            return self._entry(turn, content.say("picture_which"), which(content, keys))
        values = await self._values(turn, asked)
        if asked.kind in values:
            said = content.say(
                "picture_wrong_value", which=self._name(asked.kind), value=values[asked.kind]
            )
            return self._entry(turn, said, [keep(content, asked)])
        if asked.kind or not values:
            return with_human("picture_corrected", key)
        said = content.say("picture_wrong_which", seen=seen(values, content))
        return self._entry(turn, said, choices(content, asked.key, values))

    async def of(self, turn: Turn, words: str, shown: Sequence[Button]) -> Correction | None:
        """Return the right value that a message may give, for Rasa to decide."""
        asked = awaited(shown)
        if asked is None:
            asked = named(words, shown)
            words = said_after(words, asked.kind) if asked else ""
        if asked is None:
            return None
        read = (await self._values(turn, asked)).get(asked.kind)
        right = right_in(asked.kind, words, read) if read else None
        return Correction(asked, read, right) if read and right else None

    async def take(self, turn: Turn, found: Correction, replies: Sequence[Entry]) -> list[Entry]:
        """Write a right value beside its picture; return the replies with what follows from it."""
        content, asked, about = self._services.content, found.asked, turn.conversation_id
        entry = await self._services.transcript.correct_picture(
            about, asked.key, asked.kind, found.right.value
        )
        picture = (entry.picture or {}) if entry else {}
        values = picture.get("values", {})
        more: list[Button] = [self._more(asked)]
        first, *others = replies
        if picture.get("sure") is False:
            quoted = content.say("picture_unsure_again", quote=seen(values, content))
            first = replace(first, text=f"{first.text}\n\n{quoted}")
            more.insert(0, right_button(content, heard_of(values)))
        if entry is not None:
            await publish(
                self._services.state, DESK, kind="changed", conversation=about, seq=entry.seq
            )
        said = [first, *others]
        said[-1] = replace(said[-1], buttons=[*said[-1].buttons, *more])
        return said

    async def _values(self, turn: Turn, asked: Asked) -> Mapping[str, str]:
        entry = await self._services.transcript.find(turn.conversation_id, asked.key)
        found: Mapping[str, str] = ((entry and entry.picture) or {}).get("values") or {}
        return found

    def _name(self, kind: str) -> str:
        return self._services.content.say(f"picture_name_{kind}")

    def _more(self, asked: Asked) -> Button:
        title = self._services.content.say("button_picture_wrong_more")
        return {"title": title, "payload": f"{WRONG}::{asked.key}"}

    @staticmethod
    def _entry(turn: Turn, text: str, buttons: Sequence[Button]) -> Entry:
        key = turn.said.key
        return Entry(reply_key(key, "correcting"), "bot", text, buttons=buttons, reply_to=key)
