"""Carries what the record holds for a customer to where they are: WeChat, Weibo.

A message waits in the record until the platform has taken it. So nothing is lost when a process
ends, and what cannot be said now (the platform lets us say only so much until the customer writes
again) is said when it can. An answer that is lost on the way back is asked for once more: a
customer may, rarely, read something twice, but never nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import math
import re
import time
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, Protocol

from channels.gate.options import numbered
from desk import Entry, Ticket, open_desk, open_pictures, open_quotas, open_transcript
from desk.events import tell_agents, tell_messages
from desk.transcript import FAILED, JOINS
from infra import metrics
from infra.state import Hold, State

logger = logging.getLogger(__name__)

LOOK = 5.0  # seconds between two looks for what waits, beside the news
HELD = 20.0  # seconds for which a worker that carries keeps the others from it
MERGE = 1.0  # seconds that an agent's words wait for the next ones: each message is counted
RESTS = 48 * 3600.0  # seconds for which is known how much of a long message was said
# Seconds after which a reminder, a notice or an answer of the bot's is not worth saying any more.
_WORTH = {"system": 3600.0, "bot": RESTS}
TRIES = 3  # of a message that is refused, or whose answers are lost while others are taken
MOST_TRIES = 30  # of one whose answers are lost as all are, for a quarter of an hour
PAUSE = 1.0  # seconds after a first failure until the next try; twice as many after each more
LONGEST_PAUSE = 30.0  # of them
DOWN = 3  # failures in a row, whosever, after which it is the platform that does not work
MUTE = 600.0  # seconds until an account that may not speak first tries again
# Not every "?" and ";" ends a sentence: those of addresses and links have a character after them.
_SENTENCE = re.compile(
    r".*?(?:(?:[。！？；…]+|(?<![!?;])[!?;]+(?![!-~]))[。！？；…!?;]*[”’」』）)]*|\n+|$)", re.DOTALL
)
_PAUSE = re.compile(r"[，、：\s]|[,:](?![!-~])")
_FLAG = "".join(map(chr, range(0x1F1E6, 0x1F200)))  # two of these letters are a flag

DAY = 24 * 3600.0
CHINA = 8 * 3600.0  # seconds by which the platforms' day begins before that of UTC
Why = Literal["later", "unsure", "refused", "closed", "never", "mute", "tomorrow"]


class NotSent(Exception):
    """The platform did not take a message.

    `why`: `later` (not sent, try again), `unsure` (the answer was lost), `refused` (for a reason
    we do not know, try a few times), `closed` (the customer has to write first), `never` (this one
    cannot be sent), `mute` (this account may not), `tomorrow` (the day's calls are used up).
    """

    def __init__(self, why: Why, reason: str) -> None:
        super().__init__(reason)
        self.why = why


@dataclass(frozen=True)
class Option:
    """One option of a message: `id` names it for ever, `title` is what customers read."""

    id: str
    title: str


@dataclass(frozen=True)
class Outgoing:
    """One message of a platform: text with options, or a picture.

    `seqs` are the places in the record of what is wholly said once this is; `begun` is how many
    characters of what comes after them it says as well.
    """

    seqs: tuple[int, ...]
    text: str = ""
    options: tuple[Option, ...] = ()
    picture: Path | None = None
    begun: int = 0


class Platform(Protocol):
    """What a platform can carry, and how."""

    longest: int  # of one message, as `size` counts
    menus: bool  # whether options go beside the text; else they are lines of it

    def size(self, text: str) -> int:
        """Return how long a text is, as the platform counts."""

    def offer(self, options: Sequence[Option]) -> list[str]:
        """Return the lines of text that offer options."""

    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        """Send one message.

        Raises:
            NotSent: it was not taken.
        """


def until_tomorrow(now: float) -> float:
    """Return the seconds until the platforms count a day's calls anew, and a minute more.

    Args:
        now: seconds since 1970.
    """
    return DAY - (now + CHINA) % DAY + 60


def offer_numbers(options: Sequence[Option]) -> list[str]:
    """Offer options as a numbered list."""
    return numbered([option.title for option in options])


def compose(
    conversation_id: str, entries: Sequence[Entry], platform: Platform, begun: int = 0
) -> list[Outgoing]:
    """Return the fewest messages that say what the entries say, in order.

    Each message is full before the next begins, and ends with a sentence where it can. The options
    of the last entry that has some follow its words; those of earlier ones are not offered.

    Args:
        conversation_id: whose pictures may be among the entries.
        entries: what waits.
        platform: what carries it.
        begun: how many characters of the first entry were said before; see `Outgoing`.
    """
    made: list[Outgoing] = []
    block: list[Entry] = []
    for entry in entries:
        if entry.picture is None:
            block.append(entry)
            continue
        made += _compose_text(block, platform, 0 if made else begun)
        block = []
        path = open_pictures().find(conversation_id, str(entry.picture["id"]))
        made.append(Outgoing((entry.seq,), picture=path))
    return made + _compose_text(block, platform, 0 if made else begun)


def _compose_text(entries: Sequence[Entry], platform: Platform, begun: int) -> list[Outgoing]:
    if not entries:
        return []
    last = next((each for each in reversed(entries) if each.buttons), None)
    options = (
        tuple(
            Option(f"{last.seq}{place:02d}", button["title"])
            for place, button in enumerate(last.buttons, 1)
        )
        if last
        else ()
    )
    lines = [] if platform.menus or not options else platform.offer(options)
    made = [Outgoing(())]
    for entry in entries:
        said = f"{entry.name}：{entry.text}" if entry.name else entry.text
        units = list(split_units(said, platform.longest, platform.size))
        if entry is last:  # a line of an option, link and all, is never cut
            units += [("\n" if place else "\n\n") + line for place, line in enumerate(lines)]
        done = 0
        glue = "\n\n" if entry is not entries[0] else ""
        for unit in units:
            done += len(unit)
            if entry is entries[0] and done <= begun:
                continue
            now = made[-1]
            longer = now.text + glue + unit if now.text else unit.lstrip()
            if now.text and platform.size(longer.rstrip()) > platform.longest:
                made.append(Outgoing((), unit.lstrip(), begun=done))
            else:
                made[-1] = replace(now, text=longer, begun=done)
            glue = ""
        made[-1] = replace(made[-1], seqs=(*made[-1].seqs, entry.seq), begun=0)
        if entry is last and platform.menus:
            made[-1] = replace(made[-1], options=options)
    return [replace(each, text=each.text.rstrip()) for each in made]


def split_units(text: str, longest: int, size: Callable[[str], int]) -> Iterable[str]:
    """Split a text at its sentences, and a sentence that is too long where it must be."""
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        while size(sentence) > longest:
            end = _cut(sentence, longest, size)
            yield sentence[:end]
            sentence = sentence[end:]
        if sentence:
            yield sentence


def _cut(sentence: str, longest: int, size: Callable[[str], int]) -> int:
    """Return where to cut a sentence: after a comma or a blank, never inside a character."""
    low, high = 1, len(sentence)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if size(sentence[:middle]) <= longest else (low, middle - 1)
    for end in range(low, max(low // 2, 1), -1):
        if _PAUSE.match(sentence, end - 1):
            return end
    for end in range(low, 0, -1):
        if not _within(sentence, end):
            return end
    return low


def _within(text: str, place: int) -> bool:
    """Tell whether a place is inside of what readers see as one character."""
    before, after = text[place - 1 : place], text[place : place + 1]
    if not before or not after:
        return False
    # Accents, selectors, keycaps, joiners and skin colours go with what is before them.
    if before == "\u200d" or unicodedata.category(after) in {"Mn", "Mc", "Me", "Cf", "Sk"}:
        return True
    flags = len(text[:place]) - len(text[:place].rstrip(_FLAG))  # of two letters each
    return after in _FLAG and flags % 2 == 1


def _without_lone(entries: Sequence[Entry]) -> list[Entry]:
    """Leave out what only goes with words, where none stand beside it."""
    kept = []
    for place, entry in enumerate(entries):
        if entry.delivery == JOINS:
            before = [each for each in entries[:place] if each.delivery != JOINS][-1:]
            after = [each for each in entries[place:] if each.delivery != JOINS][:1]
            if all(each.picture is not None for each in before + after):
                continue
        kept.append(entry)
    return kept


@dataclass(frozen=True)
class _Pause:
    """A conversation's failures since the last success: no try before `until` (monotonic).

    `lost` of them were refused for no known reason, or without an answer while others' messages
    were taken; `taken` is how many the platform had taken at the last failure.
    """

    tries: int = 0
    lost: int = 0
    taken: int = 0
    until: float = 0.0


class Outbox:
    """Carries one channel's messages, in each worker; only one of them carries a conversation.

    A `silent` one carries nothing, as the account has no API: what waits goes with the answer to
    the customer's next message, and the agent is told.
    """

    def __init__(
        self,
        channel: str,
        title: str,
        state: State,
        platform: Platform,
        typing: Callable[[str, bool], None],
        silent: bool = False,
    ) -> None:
        self._typing = typing
        self._silent = silent
        self._channel = channel
        self._title = title
        self._state = state
        self._platform = platform
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._pauses: dict[str, _Pause] = {}
        self._begun: dict[str, str] = {}  # what is said of a message in part: place, characters
        self._muted_until = 0.0
        self._taken = 0  # messages that the platform took, of all customers
        self._failures = 0  # since the last of them
        self._running: list[asyncio.Task[None]] = []

    def begin(self) -> None:
        """Begin to carry what waits."""
        self._running = [asyncio.create_task(self._listen())]
        if not self._silent:
            self._running.append(asyncio.create_task(self._look()))

    async def end(self) -> None:
        """Stop; what is being carried is carried to its end, or waits."""
        for task in self._running:
            task.cancel()
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=3)
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _listen(self) -> None:
        while True:
            try:
                async with self._state.listen(f"{self._channel}-") as news:
                    while True:
                        told = await news.next(60)
                        heard = json.loads(told) if told else {}
                        if heard.get("kind") == "messages":
                            self.poke(heard["topic"])
                        elif heard.get("kind") == "typing" and heard["author"] == "agent":
                            self._typing(heard["topic"], heard["on"])
            except Exception as error:
                logger.error("%s hears no news: %s", self._channel, type(error).__name__)
                await asyncio.sleep(2)

    async def _look(self) -> None:
        """Find what waits without news: after a restart, after another worker's end."""
        while True:
            try:
                for conversation in await asyncio.to_thread(
                    open_transcript().to_carry, self._channel
                ):
                    self.poke(conversation)
            except Exception as error:
                logger.error("The record failed: %s", type(error).__name__)
            await asyncio.sleep(LOOK)

    @property
    def muted(self) -> bool:
        """Whether the account may say nothing but answers at once."""
        return self._silent or time.monotonic() < self._muted_until

    def poke(self, conversation_id: str) -> None:
        """Carry what waits for a customer, soon; nothing before `begin`."""
        if not self._running:
            return
        if conversation_id in self._tasks:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._run(conversation_id))
        self._tasks[conversation_id] = task

    @contextlib.asynccontextmanager
    async def hold(self, conversation_id: str, seconds: float) -> AsyncIterator[Hold]:
        """Keep everybody from carrying while the customer's own request may be answered."""
        hold = self._hold(conversation_id, seconds)
        try:
            await hold.claim()
            yield hold
        finally:
            await hold.release()
            self.poke(conversation_id)

    async def _run(self, conversation_id: str) -> None:
        try:
            while True:
                self._again.discard(conversation_id)
                hold = self._hold(conversation_id, HELD)
                if await hold.claim():
                    try:
                        await self._carry(conversation_id, hold)
                    finally:
                        await hold.release()
                if conversation_id not in self._again:
                    return
        except Exception as error:
            logger.error("%s was not carried: %s", self._channel, type(error).__name__)
        finally:
            self._tasks.pop(conversation_id, None)

    def _hold(self, conversation_id: str, seconds: float) -> Hold:
        return Hold(self._state, f"carry:{conversation_id}", seconds)

    async def _carry(self, conversation_id: str, hold: Hold) -> None:
        """Send what waits, until nothing does or the platform takes no more."""
        while True:
            pause = self._pauses.get(conversation_id, _Pause())
            if time.monotonic() < pause.until or not await hold.renew():
                return
            entries = await self.waiting(conversation_id)
            if not entries:
                return
            if self.muted:
                ticket = await asyncio.to_thread(open_desk().open_ticket_of, conversation_id)
                await self._warn("not_delivered", ticket, entries[:1])
                return
            wait = max(
                (each.time + MERGE - time.time() for each in entries if each.author == "agent"),
                default=0,
            )
            if 0 < wait <= MERGE:
                await asyncio.sleep(wait)
                continue
            ticket = await asyncio.to_thread(open_desk().open_ticket_of, conversation_id)
            quota = await asyncio.to_thread(open_quotas().of, conversation_id)
            if quota.left == 0:
                await self._warn("not_delivered", ticket, entries)
                return
            begun = await self.begun_of(conversation_id, entries[0].seq)
            outgoing, *_ = await asyncio.to_thread(
                compose, conversation_id, entries, self._platform, begun
            )
            if not outgoing.text and outgoing.picture is None:  # nothing that could be said
                await self.sent(conversation_id, outgoing.seqs)
                continue
            try:
                await self._platform.send(conversation_id, outgoing)
            except NotSent as failure:
                logger.warning("%s: not sent: %s", self._channel, failure)
                metrics.platform_error(self._channel, failure)
                if not await self._failed(conversation_id, outgoing, failure, pause):
                    return
                continue
            await asyncio.to_thread(open_quotas().spend, conversation_id)
            await self.said(conversation_id, outgoing, entries)
            self._works()
            if quota.left == 1:
                metrics.quota_used_up(self._channel)
            if quota.left == 2:
                await self._warn("quota", ticket, ())

    def _works(self) -> None:
        """Note that the platform took a message: who waits until it works waits no longer."""
        self._taken += 1
        if self._failures >= DOWN:
            for conversation_id, pause in list(self._pauses.items()):
                self._pauses[conversation_id] = replace(pause, until=0.0)
                self.poke(conversation_id)
        self._failures = 0

    async def begun_of(self, conversation_id: str, seq: int) -> int:
        """Return how many characters of a message went out with an earlier one."""
        mark = self._begun.get(conversation_id)
        with contextlib.suppress(Exception):  # without it something is said twice at worst
            mark = await self._state.get(f"begun:{conversation_id}") or mark
        known, _, characters = (mark or "").partition(" ")
        return int(characters) if known == str(seq) else 0

    async def _note_begun(
        self, conversation_id: str, outgoing: Outgoing, entries: Sequence[Entry]
    ) -> None:
        key = f"begun:{conversation_id}"
        rest = next((entry.seq for entry in entries if entry.seq not in outgoing.seqs), 0)
        if rest and outgoing.begun:
            mark = self._begun[conversation_id] = f"{rest} {outgoing.begun}"
            with contextlib.suppress(Exception):
                await self._state.put(key, mark, RESTS)
        elif self._begun.pop(conversation_id, None):
            with contextlib.suppress(Exception):
                await self._state.drop(key)

    async def waiting(self, conversation_id: str, alone: bool = False) -> list[Entry]:
        """Return what waits for a customer, without reminders that nobody needs any more.

        Args:
            conversation_id: the customer.
            alone: whether what is not worth a message of its own may be one, as it costs nothing.
        """
        transcript = open_transcript()
        entries = await asyncio.to_thread(transcript.undelivered, conversation_id)
        old = [
            entry.seq
            for entry in entries
            if entry.time < time.time() - _WORTH.get(entry.author, math.inf)
        ]
        if old:
            await asyncio.to_thread(transcript.delivered, conversation_id, *old, delivery=FAILED)
            metrics.carried(self._channel, len(old), "failed")
        left = [entry for entry in entries if entry.seq not in old]
        return left if alone else _without_lone(left)

    async def said(
        self, conversation_id: str, outgoing: Outgoing, entries: Sequence[Entry]
    ) -> None:
        """Note that the customer has a message, made of these entries."""
        await self.sent(conversation_id, outgoing.seqs)
        await self._note_begun(conversation_id, outgoing, entries)

    async def give_up(self, conversation_id: str, seqs: Sequence[int]) -> None:
        """Note that the customer will never have these, and tell the agent."""
        await asyncio.to_thread(
            open_transcript().delivered, conversation_id, *seqs, delivery=FAILED
        )
        metrics.carried(self._channel, len(seqs), "failed")
        await tell_messages(self._state, conversation_id)
        ticket = await asyncio.to_thread(open_desk().open_ticket_of, conversation_id)
        if ticket is not None:
            await tell_agents(self._state, "not_sent", ticket, ticket.agent_id)

    async def forget(self, conversation_id: str) -> None:
        """Forget how far a customer was told of something."""
        self._begun.pop(conversation_id, None)
        await self._state.drop(f"begun:{conversation_id}")

    async def sent(self, conversation_id: str, seqs: Sequence[int]) -> None:
        """Note that the customer has these."""
        self._pauses.pop(conversation_id, None)
        await asyncio.to_thread(open_transcript().delivered, conversation_id, *seqs)
        metrics.carried(self._channel, len(seqs))

    async def _failed(
        self,
        conversation_id: str,
        outgoing: Outgoing,
        failure: NotSent,
        pause: _Pause,
    ) -> bool:
        """Do what a failure asks for; tell whether to go on at once."""
        if failure.why == "closed":
            await asyncio.to_thread(open_quotas().close, conversation_id)
            return True  # which tells the agent
        if failure.why in {"mute", "tomorrow"}:
            seconds = MUTE if failure.why == "mute" else until_tomorrow(time.time())
            self._muted_until = time.monotonic() + seconds
            await self.alarm(str(failure))
            return False
        self._failures += failure.why != "never"
        unsure = failure.why == "unsure"
        lost = pause.lost + (failure.why == "refused" or (unsure and self._taken > pause.taken))
        if failure.why == "never" or lost >= TRIES or (unsure and pause.tries >= MOST_TRIES):
            self._pauses.pop(conversation_id, None)
            left = {each.seq: each for each in await self.waiting(conversation_id)}
            seqs = outgoing.seqs or tuple(left)[:1]
            # Nothing is wrong with what only went with it: that goes with the next one.
            blamed = [seq for seq in seqs if seq in left and left[seq].delivery != JOINS]
            seqs = tuple(blamed) or seqs
            await self.give_up(conversation_id, seqs)
            return True
        seconds = min(PAUSE * 2.0 ** min(pause.tries, 10), LONGEST_PAUSE)
        until = time.monotonic() + seconds
        self._pauses[conversation_id] = _Pause(pause.tries + 1, lost, self._taken, until)
        asyncio.get_running_loop().call_later(seconds + 0.01, self.poke, conversation_id)
        return False

    async def _warn(self, notice: str, ticket: Ticket | None, entries: Sequence[Entry]) -> None:
        """Tell the agent, once for each thing that happens, that the customer must write first."""
        if ticket is None or ticket.agent_id is None:
            return
        about = entries[-1].seq if entries else "quota"
        if await self._state.claim(f"warned:{notice}:{ticket.id}:{about}", "1", 3600):
            await tell_agents(self._state, notice, ticket, ticket.agent_id, channel=self._title)

    async def alarm(self, problem: str) -> None:
        """Tell the log and all agents that the channel does not work; at most every ten minutes."""
        if await self._state.claim(f"alarm:{self._channel}:{problem}", "1", 600):
            logger.error("%s does not work: %s", self._channel, problem)
            await tell_agents(
                self._state, "channel_trouble", None, channel=self._title, problem=problem
            )
