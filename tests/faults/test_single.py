"""One assistant on SQLite: parts die, the disk fills, the clock jumps, while customers talk."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from run import Assistant
from tests.conftest import start_assistant
from tests.faults.conftest import REPORTS, ROUNDS
from tests.faults.load import LIMITS, Load

pytestmark = pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")
FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@dataclass
class Installation:
    """An assistant, its files, and its clock."""

    assistant: Assistant
    folder: Path
    clock: Path

    @property
    def database(self) -> Path:
        return self.folder / "desk.db"

    @contextlib.contextmanager
    def load(self) -> Iterator[Load]:
        """Customers and agents who talk meanwhile; afterwards nothing of it may be missing."""
        with Load(self.assistant.url, f"sqlite:///{self.database}") as load:
            yield load
        report = load.finish()
        REPORTS.append(report)
        report.check()

    @contextlib.contextmanager
    def no_space(self) -> Iterator[None]:
        """Let no file grow or be written, as on a full disk; the error is EFBIG, not ENOSPC."""
        pids = [process.pid for process in self.assistant.processes.values()]
        before = [resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids]
        for pid, (_, hard) in zip(pids, before, strict=True):
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))
        try:
            yield
        finally:
            for pid, limit in zip(pids, before, strict=True):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the database's write lock."""
        with contextlib.closing(sqlite3.connect(self.database, isolation_level=None)) as other:
            until = time.monotonic() + 30
            while True:
                with contextlib.suppress(sqlite3.OperationalError):
                    other.execute("begin immediate")
                    break
                assert time.monotonic() < until
            yield
            other.rollback()

    def jump(self, seconds: int) -> None:
        """Set the clock of all parts so far from the real one, at the latest after a second."""
        self.clock.write_text(f"{seconds:+d}s\n", encoding="utf8")
        time.sleep(1)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    folder = tmp_path_factory.mktemp("single")
    clock = folder / "clock"
    clock.write_text("+0s\n", encoding="utf8")
    with pytest.MonkeyPatch.context() as environment:
        if FAKETIME:
            environment.setenv("LD_PRELOAD", str(FAKETIME[-1]))
            environment.setenv("FAKETIME_TIMESTAMP_FILE", str(clock))
            environment.setenv("FAKETIME_CACHE_DURATION", "1")
            environment.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            # Its mending of waits that an old glibc needed lets Python's threads spin.
            environment.setenv("FAKETIME_FORCE_MONOTONIC_FIX", "0")
        running = start_assistant(folder, **LIMITS)
    yield Installation(running, folder, clock)
    running.stop()


@pytest.fixture(params=range(ROUNDS))
def load(installation: Installation) -> Iterator[Load]:
    with installation.load() as load:
        yield load


def test_the_server_is_killed_while_everybody_waits(installation: Installation, load: Load) -> None:
    """Those who never send again have no answer then but the apology that comes by itself."""
    load.some_moment()
    installation.assistant.signal("actions", signal.SIGSTOP)
    load.some_moment()
    installation.assistant.signal("server", signal.SIGKILL)
    installation.assistant.signal("actions", signal.SIGCONT)
    load.well_again("server killed")


def test_the_action_server_is_killed(installation: Installation, load: Load) -> None:
    load.some_moment()
    installation.assistant.signal("actions", signal.SIGKILL)
    load.well_again("action server killed")


def test_the_disk_is_full_for_a_while(installation: Installation, load: Load) -> None:
    load.some_moment()
    with installation.no_space():
        time.sleep(3)
    load.well_again("disk full")


def test_another_program_locks_the_database(installation: Installation, load: Load) -> None:
    load.some_moment()
    with installation.locked():
        time.sleep(5)
    load.well_again("database locked")


def test_another_program_makes_the_database_slow(installation: Installation, load: Load) -> None:
    until = time.monotonic() + 5
    while time.monotonic() < until:
        with installation.locked():
            time.sleep(load.random.uniform(0, 0.8))
    load.well_again("database slow")


def test_the_actions_take_seconds(installation: Installation, load: Load) -> None:
    load.some_moment()
    installation.assistant.signal("actions", signal.SIGSTOP)
    time.sleep(4)
    installation.assistant.signal("actions", signal.SIGCONT)
    load.well_again("actions slow")


def test_the_actions_crash(installation: Installation, load: Load) -> None:
    """All of them look for a ticket; a table that is not there is a crash in each."""
    load.some_moment()
    with contextlib.closing(sqlite3.connect(installation.database, timeout=30)) as other:
        other.execute("alter table tickets rename to tickets_away")
        time.sleep(2)
        other.execute("alter table tickets_away rename to tickets")
    load.well_again("actions crash")


@pytest.mark.skipif(not FAKETIME and "CI" not in os.environ, reason="apt-get install libfaketime")
def test_the_clock_jumps(installation: Installation, load: Load) -> None:
    assert FAKETIME
    for seconds in (3600, -3600, 0):
        installation.jump(seconds)
        load.well_again(f"clock {seconds:+d} s")
