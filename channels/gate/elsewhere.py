"""Humans who are not at our desk: the platform's own, to whom the platform passes customers on."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from content import Content
from desk import Entry, prefixed_key
from desk.services import AsyncTranscript
from infra.state import State

WANTED = 1800.0  # seconds that a request for a human waits for a transferable message
LONGEST_TALK = 1800.0  # seconds; then the platform gives a silent customer back to us
_OPENED, _CLOSED = "kf-opened-", "kf-closed-"
_RECENT = 60  # recent messages that are searched for these events

_PLACEHOLDER = re.compile(r"\{\w+\}")
CANCEL_WAIT = '/stop_procedure{"wait": "human"}'


class Elsewhere:
    """Which customers want such a human, and which talk to one."""

    def __init__(self, state: State) -> None:
        self._state = state

    async def want(self, conversation: str) -> None:
        """Note that a customer wants one.

        Raises:
            Exception: the shared state's.
        """
        await self._state.put(_wanted(conversation), "1", WANTED)

    async def wanted(self, conversation: str) -> bool:
        """Tell whether a customer wants one, and was not passed on yet.

        Raises:
            Exception: the shared state's.
        """
        return await self._state.get(_wanted(conversation)) is not None

    async def passed_on(self, conversation: str) -> None:
        """Note that a customer was passed on.

        Raises:
            Exception: the shared state's.
        """
        await self._state.drop(_wanted(conversation))


def talk_entry(key: str, text: str, opened: bool, delivery: str | None) -> Entry:
    """Return the record's entry of an event by which such a talk begins or ends."""
    named = prefixed_key(_OPENED if opened else _CLOSED, key)
    return Entry(named, "system", text, delivery=delivery)


async def is_talking(transcript: AsyncTranscript, conversation: str) -> bool:
    """Tell whether a customer talks to such a human now, as far as the record knows.

    Raises:
        SQLAlchemyError: the database is broken.
    """
    said = await transcript.last(conversation, _RECENT)
    events = [each for each in said if each.key.startswith((_OPENED, _CLOSED))]
    last = events[-1] if events else None
    return (
        last is not None and last.key.startswith(_OPENED) and time.time() - last.time < LONGEST_TALK
    )


def without_desk(content: Content, text: str) -> str:
    """Return an answer without the paragraphs about our own desk."""
    for pattern in _patterns(content):
        text = pattern.sub("", text)
    return text.strip()


def _patterns(content: Content) -> Iterator[re.Pattern[str]]:
    for name in content.of_ticket:
        phrase = content.phrases[name].strip()
        for contact, known in content.contacts.items():
            phrase = phrase.replace(f"{{{contact}}}", known)
        first, *middle = map(re.escape, _PLACEHOLDER.split(phrase))
        last = rf"[^\n]*?{middle.pop()}" if middle else ""
        # A ticket's value may be anything in one line. What follows it is looked for once, since
        # where it stands first is as good as later: trying them all would be slow.
        parts = "".join(rf"(?>[^\n]*?{each})" for each in middle if each)
        yield re.compile(rf"(?:\A|\n\n){first}{parts}{last}(?=\n\n|\s*\Z)")


def _wanted(conversation: str) -> str:
    return f"elsewhere:{conversation}"
