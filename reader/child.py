"""A reading process (reader/job.py): started when it is needed, replaced when it ends."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 600.0  # seconds for one picture on a machine that is busy; job.py limits the processor's
STARTING = 120.0  # seconds until it is ready
LOOK = 1.0  # seconds between calls of `alive`
MOST_PICTURES = 200  # pictures per process, so that no library's memory grows for ever
# No other variables: no keys, no database addresses.
KEPT = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "SYSTEMROOT", "VIRTUAL_ENV")
# One thread each, and memory that is given back.
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": "1000000",
    "PYTHONWARNINGS": "ignore",
}


class Unreadable(Exception):
    """A picture could not be read: it is broken, or took too long."""


class Ended(Unreadable):
    """The reading process ended before it answered: the limits, or somebody else, ended it."""


class Child:
    """One reading process at a time."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._read = 0

    def read(self, source: Path, target: Path, alive: Callable[[], None]) -> str:
        """Return the page of a picture as JSON; write the covered picture.

        Args:
            source: the picture.
            target: the covered picture's file.
            alive: called about once a second meanwhile.

        Raises:
            Ended: the process ended meanwhile.
            Unreadable: the picture is broken, or took too long.
        """
        if self._read >= MOST_PICTURES:
            self.stop()
        process = self._started(alive)
        assert process.stdin is not None  # noqa: S101  # a pipe
        self._read += 1
        asked = json.dumps({"source": str(source), "target": str(target)})
        try:
            process.stdin.write(asked + "\n")
            process.stdin.flush()
            said = self._answer(process, LONGEST, alive)
        except BrokenPipeError:
            self.stop()
            raise Ended("its process is gone") from None
        except Unreadable:
            self.stop()
            raise
        if "page" not in said:
            raise Unreadable(said.get("failed", "no page"))
        return said["page"]

    @property
    def is_running(self) -> bool:
        """Whether there is a process, with its models in memory."""
        return self._process is not None

    def stop(self) -> None:
        """End the process; the next picture starts another."""
        process, self._process, self._read = self._process, None, 0
        if process is not None:
            process.kill()
            process.communicate()

    def _started(self, alive: Callable[[], None]) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.stop()
        known = {name: os.environ[name] for name in KEPT if name in os.environ}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "reader.job"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf8",
            cwd=ROOT,
            env={**known, **ENVIRONMENT},
        )
        try:
            self._answer(self._process, STARTING, alive)
        except Unreadable:
            self.stop()
            raise
        return self._process

    @staticmethod
    def _answer(
        process: subprocess.Popen[str], seconds: float, alive: Callable[[], None]
    ) -> dict[str, str]:
        assert process.stdout is not None  # noqa: S101  # a pipe
        until = time.monotonic() + seconds
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            while not ready.select(LOOK):
                if time.monotonic() > until:
                    raise Unreadable("it took too long")
                alive()
        line = process.stdout.readline()
        if not line:
            raise Ended(f"its process ended ({process.wait()})")
        found: dict[str, str] = json.loads(line)
        return found
