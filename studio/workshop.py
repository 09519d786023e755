"""Asks the process that tries versions and looks sentences up; started when there is a question."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from infra.errors import AssistantError

ROOT = Path(__file__).resolve().parent.parent
COMMAND = ("runtime/quiet.py", "runtime.workshop")  # Python's arguments
IDLE = 300.0  # seconds after the last question, when the process is ended
# Seconds for an answer, less than the server's own. What takes longer goes on: loading a model on a
# busy machine, after which the same question is answered at once.
PATIENCE = 45.0
MOST_LATE = 6  # answers in a row; then the process is taken to hang
LARGEST = 4_000_000  # bytes of an answer


class Unanswered(AssistantError):
    """The process died, or took too long."""


class Workshop:
    """One process at a time, one question at a time."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._asked = 0
        self._late = 0
        self._idle: asyncio.TimerHandle | None = None

    async def near(self, texts: Sequence[str], words: str = "") -> dict[str, Any]:
        """Return the training sentences `near` to these, the nearest first, or those with the
        words; and the `words` of these that stand mostly out of scope.

        Raises:
            Unanswered: see there.
        """
        found: dict[str, Any] = await self._ask(do="near", texts=list(texts), words=words)
        return found

    async def converse(self, files: Sequence[Path], messages: Sequence[str]) -> list[Any]:
        """Return how each of the models answers a conversation; see runtime/workshop.py.

        Raises:
            Unanswered: see there.
        """
        names = [str(file) for file in files]
        found: list[Any] = await self._ask(do="converse", files=names, messages=list(messages))
        return found

    async def end(self) -> None:
        """End the process."""
        process, self._process, self._late = self._process, None, 0
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()
            await process.wait()

    async def _ask(self, **asked: Any) -> Any:
        async with self._lock:
            if self._idle is not None:
                self._idle.cancel()
            try:
                answer = await asyncio.wait_for(self._answer(asked), PATIENCE)
                self._late = 0
            except TimeoutError:
                self._late += 1
                if self._late == MOST_LATE:
                    await self.end()
                raise Unanswered("it takes longer") from None
            except (OSError, ValueError) as error:
                await self.end()
                raise Unanswered(type(error).__name__) from None
            loop = asyncio.get_running_loop()
            self._idle = loop.call_later(IDLE, lambda: loop.create_task(self._rest()))
        if "failed" in answer:
            raise Unanswered(str(answer["failed"]))
        return answer["found"]

    async def _rest(self) -> None:
        async with self._lock:
            await self.end()

    async def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *COMMAND),
                cwd=ROOT,
                env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LARGEST,
            )
        process = self._process
        assert process.stdin  # noqa: S101  # a pipe
        assert process.stdout  # noqa: S101
        self._asked += 1
        line = json.dumps({"id": self._asked, **asked}, ensure_ascii=False)
        process.stdin.write(line.encode() + b"\n")
        await process.stdin.drain()
        number = self._asked
        while True:
            answer: dict[str, Any] = json.loads(await process.stdout.readline())
            if answer["id"] == number:  # others are of questions that were given up
                return answer
