"""Answers customers' pictures once they are read: from the queue into the conversation."""

from __future__ import annotations

import asyncio
import logging
import time

from sanic import Sanic

from channels.gate import Gate, Handler
from desk.events import DESK, publish, publish_messages
from desk.sentences import with_human
from desk.services import Services, open_services
from desk.unread import READ, Job
from infra import metrics, settings
from reader import Page, is_installed, is_wanted
from reader.telling import Told, told_of

logger = logging.getLogger(__name__)

EVERY = 0.4  # seconds between looks at the queue
LEASE = 60.0  # seconds for which one is leased while it is answered
SETTLING = 30.0  # seconds in which the message of a picture must be in the record
AT_ONCE = 4  # pictures that are answered at the same time

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
                while job := await self._services.unread.take_finished(list(_channels), LEASE):
                    await self._room.acquire()
                    task = asyncio.create_task(self._bring(job))
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

    async def _bring(self, job: Job) -> None:
        try:
            if await self._brought(job):
                await self._services.unread.remove(job)
                result = "read" if job.status == READ else "failed"
                waited = None if job.silent else max(time.time() - job.created_at, 0)
                metrics.picture(job.channel, result, waited)
        except Exception as error:  # its lease ends, and it is taken again
            logger.error("A picture was not answered: %s", type(error).__name__)

    async def _brought(self, job: Job) -> bool:
        """Answer one picture; False when it must be tried again."""
        content = self._services.content
        conversation, key = job.conversation_id, job.key
        transcript = self._services.transcript
        known = await transcript.find(conversation, key)
        if known is None:  # about to be recorded, or deleted
            return abs(time.time() - job.created_at) > SETTLING
        if known.answered and not (known.picture or {}).get("unread"):
            return True
        page = Page.from_json(job.page) if job.status == READ and job.page else None
        if page is None:
            told, text, picture = (
                Told(content.say("picture_failed")),
                content.say("a_picture"),
                None,
            )
        else:
            told, text = told_of(page, content, key), page.text
            picture = {"id": job.picture_id, "width": page.width, "height": page.height}
            if told.values:  # which the customer may correct
                picture |= {"values": dict(told.values), "sure": told.sure}
        if job.silent:
            await transcript.read_picture(conversation, key, text, picture, True)
            done = True
        else:
            gate, handler = _channels[job.channel]
            done = await gate.answer_picture(handler, conversation, key, text, picture, told)
        state, seq = self._services.state, known.seq
        await publish(state, DESK, kind="changed", conversation=conversation, seq=seq)
        return done

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
