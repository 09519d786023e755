"""Lets this worker answer with the version that leads published, and starts trainings.

Every worker asks the database each second which version answers, loads another one beside the one
that it has, and changes over between two messages: who is being answered is answered to the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import shutil
import socket
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from sqlalchemy.exc import SQLAlchemyError

from desk.services import open_services
from desk.versions import LEASE
from infra import metrics
from server.readiness import rehearse
from studio.shelf import open_shelf

ROOT = Path(__file__).resolve().parent.parent
EVERY = 1.0  # seconds between looks
AGAIN = 30.0  # seconds after which a version that could not be loaded is tried again
LETS_GO = 5.0  # seconds after a change, when whoever was being answered has been
BEAT = LEASE / 10  # seconds between renewals of a training's lease
# A training takes one processor, and starts no processes that would outlive it.
ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHON_CPU_COUNT": "1"}
STOPS = 5.0  # seconds that a training gets to end when the server stops

logger = logging.getLogger(__name__)


def published() -> Path | None:
    """Return the file of the version that answers; None where that is the installed model."""
    number = _live()
    file = open_shelf().file(number)
    if number is None or file.exists():
        return file if number is not None else None
    logger.error("Version %d is published, but its file is not there: %s", number, file.name)
    return None


def _live() -> int | None:
    try:
        return open_services().versions.live(open_shelf().installed)
    except SQLAlchemyError as error:  # it comes back, and the worker asks again
        logger.error("Which version answers is unknown: %s", type(error).__name__)
        return None


def follow(app: Any) -> None:
    """Let a server follow what is published, and train where nobody else does."""
    follower, trainer = Follower(app), Trainer()

    async def begin(app: Any) -> None:
        follower.begin()
        app.add_task(_each_second(follower.look), name="follow versions")
        app.add_task(_each_second(trainer.look), name="trainings")

    async def end(app: Any) -> None:
        await trainer.end()

    app.register_listener(begin, "after_server_start")
    app.register_listener(end, "before_server_stop")


async def _each_second(look: Any) -> None:
    while True:
        await asyncio.sleep(EVERY)
        try:
            await look()
        except SQLAlchemyError:
            continue  # readiness tells of it
        except Exception as error:
            logger.error("Versions: %s", type(error).__name__)


class Follower:
    """Changes the model of a server's agent."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._version: int | None = None
        self._failed: dict[int | None, float] = {}

    def begin(self) -> None:
        """Note which version was loaded at the start."""
        processor = self._app.ctx.agent.processor
        name = Path(processor.model_path).name.partition(".")[0] if processor else ""
        in_folder = processor and Path(processor.model_path).parent == open_shelf().folder
        self._version = int(name) if in_folder and name.isdigit() else None
        metrics.answers_with(self._version)

    async def look(self) -> None:
        """Change over, if another version answers now."""
        wanted = await asyncio.to_thread(open_services().versions.live, open_shelf().installed)
        if wanted == self._version or self._failed.get(wanted, 0) > time.monotonic():
            return
        file = open_shelf().file(wanted)
        try:
            await self._change(file)
        except Exception as error:  # what answers, goes on answering
            self._failed[wanted] = time.monotonic() + AGAIN
            logger.error("Version %s is not loaded: %s", wanted, type(error).__name__)
            return
        self._version = wanted
        metrics.answers_with(wanted)
        logger.info("Version %s answers", wanted or "installed")
        await asyncio.sleep(LETS_GO)
        await asyncio.to_thread(_tidy)

    async def _change(self, file: Path) -> None:
        agent = self._app.ctx.agent
        made = await asyncio.to_thread(
            MessageProcessor,
            file,
            agent.tracker_store,
            agent.lock_store,
            agent.nlg,
            action_endpoint=agent.action_endpoint,
            http_interpreter=agent.http_interpreter,
        )
        if not await rehearse(made):
            raise RuntimeError("it answers nothing")
        agent.domain = agent.tracker_store.domain = made.domain
        if isinstance(agent.nlg, TemplatedNaturalLanguageGenerator):
            agent.nlg.responses = made.domain.responses
        agent.processor = made


def _tidy() -> None:
    """Let the old model's memory go; what is loaded now is not looked through again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Trainer:
    """Starts the process that trains, one at a time, and sees how it ends."""

    def __init__(self) -> None:
        self._worker = f"{socket.gethostname()[:24]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._process: asyncio.subprocess.Process | None = None
        self._number = 0

    async def look(self) -> None:
        """Take up a training that nobody does."""
        versions = open_services().versions
        number = await asyncio.to_thread(versions.waiting)
        if number is None or not await asyncio.to_thread(versions.claim, number, self._worker):
            return
        self._number = number
        self._process = await asyncio.create_subprocess_exec(
            *_command(number, self._worker),
            cwd=ROOT,
            env={**os.environ, **ALONE},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        ended = await self._attend(self._process)
        self._process = None
        if ended:
            logger.error("The training of version %d was killed: %d", number, ended)
            await asyncio.to_thread(versions.give_back, number, self._worker, counts=True)

    async def _attend(self, process: asyncio.subprocess.Process) -> int:
        """Renew the lease as long as the process lives; end it when the lease is lost.

        The process itself may wait for the processor longer than the lease lasts.
        """
        versions = open_services().versions
        heard = time.monotonic()
        while True:
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(process.wait(), BEAT)
            try:
                mine = await asyncio.to_thread(versions.renew, self._number, self._worker)
                found = await asyncio.to_thread(versions.get, self._number)
                mine = mine or (found is not None and found.status == "ready")  # it tidies up
                heard = time.monotonic()
            except SQLAlchemyError:
                mine = time.monotonic() - heard < LEASE
            if not mine:  # called off, or somebody else has it by now
                with contextlib.suppress(ProcessLookupError):
                    process.kill()

    async def end(self) -> None:
        """Interrupt the training; it is taken up again when a server starts."""
        process = self._process
        if process is None:
            return
        await asyncio.to_thread(
            open_services().versions.give_back, self._number, self._worker, counts=False
        )
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), STOPS)


def _command(number: int, worker: str) -> list[str]:
    """Return the command that trains, with the disk left to others where that can be said."""
    idle = shutil.which("ionice")
    polite = [idle, "-c", "3"] if idle else []
    return [*polite, sys.executable, "runtime/quiet.py", "runtime.training", str(number), worker]
