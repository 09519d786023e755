"""Answers customers' pictures once they are read: from the queue into the conversation."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from sanic import Sanic

from channels.gate import Gate, Handler
from desk import Entry
from desk.events import DESK, publish, publish_messages
from desk.sentences import with_human
from desk.services import Services, open_services
from desk.unread import READ, Job
from infra import metrics, settings
from reader import Page, is_installed, is_wanted
from reader.telling import Told, failed, together, told_of

logger = logging.getLogger(__name__)

EVERY = 0.4  # seconds between looks at the queue
LEASE = 60.0  # seconds for which one is leased while it is answered
SETTLING = 30.0  # seconds in which the message of a picture must be in the record
AT_ONCE = 4  # customers whose pictures are answered at the same time
MOST_AT_ONCE = 60  # messages among which a picture has its place

_channels: dict[str, tuple[Gate, Handler]] = {}


def serve(gate: Gate, handler: Handler) -> None:
    """Let the pictures of a gate's channel be answered in this process."""
    _channels[gate.channel] = gate, handler


def follow(app: Sanic) -> None:
    """Look into the queue as long as the server runs, if a channel of ours is open."""
    reading = ReadPictures(open_services())

    @app.listener("after_server_start")
    async def begin(app: Sanic) -> None:
        if _channels:
            reading.begin()

    @app.listener("before_server_stop")
    async def end(app: Sanic) -> None:
        await reading.end()


@dataclass(frozen=True)
class _Read:
    """A picture that was read: its job, its message, what is told, what the record has then."""

    job: Job
    known: Entry
    told: Told
    text: str
    picture: Mapping[str, Any] | None


def _waits(known: Entry) -> bool:
    return not known.answered or bool((known.picture or {}).get("unread"))


class ReadPictures:
    """Answers pictures that were read, a few at a time."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._task: asyncio.Task[None] | None = None
        self._room = asyncio.Semaphore(AT_ONCE)
        self._running: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Begin to look; without the packages that read, say so instead."""
        if not is_wanted() and not is_installed():
            logger.warning("Pictures are not read: see docs/pictures.md for what to install")
        if is_wanted():
            self._task = asyncio.create_task(self._run())

    async def end(self) -> None:
        """Stop looking."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=1)

    async def _run(self) -> None:
        looks = 0
        while True:
            try:
                while jobs := await self._services.unread.take_finished(
                    list(_channels), LEASE, settings.current().pictures_together
                ):
                    await self._room.acquire()
                    task = asyncio.create_task(self._bring(jobs))
                    self._running.add(task)
                    task.add_done_callback(self._done)
                if looks % 20 == 0:
                    await self._tell_late()
            except Exception as error:  # the database may come back
                logger.error("The queue of pictures failed: %s", type(error).__name__)
            looks += 1
            await asyncio.sleep(EVERY)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._room.release()

    async def _bring(self, jobs: Sequence[Job]) -> None:
        try:
            if not await self._brought(jobs):
                return
            for job in jobs:
                await self._services.unread.remove(job)
                result = "read" if job.status == READ else "failed"
                waited = None if job.silent else max(time.time() - job.created_at, 0)
                metrics.picture(job.channel, result, waited)
        except Exception as error:  # its lease ends, and it is taken again
            logger.error("A picture was not answered: %s", type(error).__name__)

    async def _brought(self, jobs: Sequence[Job]) -> bool:
        """Answer a customer's pictures, several as one; False when they must be tried again."""
        read = []
        for job in jobs:
            known = await self._services.transcript.find(job.conversation_id, job.key)
            if known is not None:
                read.append(self._read(job, known))
            elif abs(time.time() - job.created_at) <= SETTLING:  # about to be recorded
                return False
        aloud = [each for each in read if not each.job.silent]
        # The first that could be read stands for all of them.
        first = next((each for each in aloud if each.picture), aloud[0] if aloud else None)
        for each in read:
            if each is not first:
                await self._write(each)
        done = first is None or not _waits(first.known)  # answered before a restart
        if first is not None and not done:
            whole = await self._told(first, aloud)
            gate, handler = _channels[whole.job.channel]
            about = whole.job.conversation_id, whole.job.key
            done = await gate.answer_picture(handler, *about, whole.text, whole.picture, whole.told)
        for each in read:
            of, seq = each.job.conversation_id, each.known.seq
            await publish(self._services.state, DESK, kind="changed", conversation=of, seq=seq)
        return done

    def _read(self, job: Job, known: Entry) -> _Read:
        """Return what is told of one picture, and what stands in the record from now on."""
        content = self._services.content
        page = Page.from_json(job.page) if job.status == READ and job.page else None
        if page is None:
            return _Read(job, known, failed(content), content.say("a_picture"), None)
        told = told_of(page, content, job.key)
        picture = {"id": job.picture_id, "width": page.width, "height": page.height}
        if told.values:  # which the customer may correct
            picture |= {"values": dict(told.values), "sure": told.sure}
        return _Read(job, known, told, page.text, picture)

    async def _write(self, read: _Read) -> None:
        job = read.job
        await self._services.transcript.read_picture(
            job.conversation_id, job.key, read.text, read.picture, True
        )

    async def _told(self, first: _Read, read: Sequence[_Read]) -> _Read:
        """Return the first of a customer's pictures, with what is told of all."""
        content = self._services.content
        places = await self._places(first.job.conversation_id)
        if len(read) == 1:
            place = places.get(first.job.key, 1)
            if len(places) < 2:
                return first
            said = content.say("picture_each", place=place, seen=first.told.said)
            return replace(first, told=replace(first.told, said=said))
        numbers = {
            places.get(each.job.key, place): each for place, each in enumerate(read, start=1)
        }
        told = together(
            {number: each.told for number, each in numbers.items()}, first.job.key, content
        )
        if first.picture is None:  # none was read
            return replace(first, told=replace(told, buttons=()))
        keys = {str(number): each.job.key for number, each in numbers.items() if each.picture}
        return replace(first, told=told, picture={**first.picture, "together": keys})

    async def _places(self, conversation_id: str) -> dict[str, int]:
        """Return the place of each picture among those that the customer sent without a word."""
        said = await self._services.transcript.last(conversation_id, MOST_AT_ONCE, ("customer",))
        keys = [each.key for each in takewhile(lambda each: each.picture, reversed(said))]
        return {key: place for place, key in enumerate(reversed(keys), start=1)}

    async def _tell_late(self) -> None:
        """Ask customers whose pictures wait too long to write; the pictures are covered later."""
        queue, late = self._services.unread, settings.current().picture_patience
        waiting: dict[
            str, str
        ] = {}  # who is asked, once for all their pictures: the last one's key
        for job in await queue.late(list(_channels), late):
            if await queue.silence(job):
                metrics.picture(job.channel, "late")
                waiting[job.conversation_id] = job.key
        for conversation, key in waiting.items():
            ticket = await self._services.desk.open_ticket_of(conversation)
            if ticket is None or ticket.status != "with_agent":
                sentence = with_human("picture_late", key)
                await self._services.transcript.add(conversation, sentence)
                await publish_messages(self._services.state, conversation)
