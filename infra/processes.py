"""The processes of an installation on one machine: started, kept alive, stopped together.

Used by run.py and deploy/cluster.py. In containers and with systemd, those keep the parts alive.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.errors import AssistantError

START_SECONDS = 120
STOP_SECONDS = 10
LOOK = 0.1  # seconds between looks at whether all are there
FIRST_PAUSE, GROWTH, LONGEST_PAUSE = 0.5, 3.0, 10.0  # seconds before a part starts again
STEADY = 5.0  # seconds after which a part that listens has started well
TRIES = 5  # bad starts in a row after which it is given up
# Above these the system takes ports for outgoing connections: a part that starts again could find
# its own taken.
PORTS = range(15_000, 32_000)


class StartError(AssistantError):
    """Something cannot start; the text says why and what helps."""


@dataclass
class _Part:
    """A process that should run, and its state.

    Args:
        command, options: what `Popen` is called with.
        listens: where it listens once it has started; None when it does not.
        ends: the signal that asks it to end.
        foreground: whether it has our terminal and our group; then it may end.
        process: the last one started.
        well_at: `time.monotonic()` when it was first seen to listen; None before.
        bad: how often in a row it ended without having started well.
        again_at: `time.monotonic()` when it is to be started again; None while it runs.
    """

    command: tuple[str | Path, ...]
    options: dict[str, Any]
    listens: tuple[str, int] | None
    ends: signal.Signals
    foreground: bool
    process: subprocess.Popen[bytes]
    well_at: float | None = None
    bad: int = 0
    again_at: float | None = None

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the process and all it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: of dead ones
            if self.foreground:
                self.process.send_signal(number)
            else:
                os.killpg(self.process.pid, number)


class Processes:
    """Named processes, each in a group of its own with all it starts.

    As soon as `keep_alive` was called, one that ends without having been stopped is started again,
    after a pause that grows while that does not help. One that ends five times in a row without
    having started well is given up, and with it the installation: `check` and `wait` say so.

    Args:
        log: a file for what they print; None lets it through.
    """

    def __init__(self, log: Path | None = None) -> None:
        self._log_path = log
        self._log = log.open("ab") if log else None
        self._parts: dict[str, _Part] = {}
        self._lock = threading.RLock()
        self._over = threading.Event()
        self._watching: threading.Thread | None = None
        self._given_up = ""

    @property
    def processes(self) -> dict[str, subprocess.Popen[bytes]]:
        """The processes that should run, by name; one may be down until it is started again."""
        with self._lock:
            return {name: part.process for name, part in self._parts.items()}

    def run(
        self,
        name: str,
        *command: str | Path,
        environment: Mapping[str, str] | None = None,
        listens: tuple[str, int] | None = None,
        ends: signal.Signals = signal.SIGTERM,
        foreground: bool = False,
        **options: Any,
    ) -> None:
        """Start a process under a name that none has now.

        Args:
            name: for people, and for `signal` and `stop_one`.
            command: the program and its arguments.
            environment: variables besides our own.
            listens: host and port where it will listen, by which it is known to have started.
            ends: the signal that asks it to end.
            foreground: it talks with our terminal, gets Ctrl-C itself, and is not started again.
            options: further ones of `subprocess.Popen`: `cwd`, `user`.
        """
        variables = {**os.environ, **(environment or {})}
        variables.pop("PYTHONDONTWRITEBYTECODE", None)  # .pyc files halve the start
        options |= {"env": variables, "stdout": self._log, "stderr": self._log}
        # Its own group: Ctrl-C reaches only us, and we stop what it started, too.
        options["start_new_session"] = not foreground
        with self._lock:
            process = subprocess.Popen(command, **options)  # noqa: S603  # our own commands
            self._parts[name] = _Part(command, options, listens, ends, foreground, process)

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a part and all it started; one that it kills is started again."""
        self._parts[name].signal(number)

    def stop_one(self, name: str, kill: bool = False) -> None:
        """Stop a part and all it started; it is not started again."""
        with self._lock:
            part = self._parts.pop(name, None)
        if part is None:
            return
        if part.process.poll() is None:
            part.signal(signal.SIGKILL if kill else part.ends)
            with contextlib.suppress(subprocess.TimeoutExpired):
                part.process.wait(STOP_SECONDS)
        part.signal(signal.SIGKILL)
        part.process.wait()

    def stop(self) -> None:
        """Stop everything, what was started first last."""
        self._over.set()
        if self._watching is not None:
            self._watching.join()
        for name in reversed(list(self._parts)):
            self.stop_one(name)
        if self._log:
            self._log.close()

    # ---- until everything is there

    def check(self) -> None:
        """Raise StartError when a part was given up, or ended before `keep_alive`."""
        if self._given_up:
            raise StartError(self._given_up)
        if self._watching is None:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise StartError(
                        f"进程 {name} 已退出 / the {name} process ended {self._why(process)}"
                    )

    def wait_listening(self, name: str) -> None:
        """Return when a part listens; raise StartError when it cannot, or takes too long."""
        until = time.monotonic() + START_SECONDS
        while not self._listens(self._parts[name]):
            self.check()
            if time.monotonic() > until:
                raise StartError(f"启动超时 / not ready in time: {name}")
            time.sleep(0.05)

    def wait_answer(self, url: str) -> None:
        """Return when a URL answers with success; raise StartError when it cannot in time."""
        until = time.monotonic() + START_SECONDS
        missing = [url]
        while time.monotonic() < until:
            self.check()
            try:
                with urllib.request.urlopen(url, timeout=5):  # noqa: S310  # our own address
                    return
            except urllib.error.HTTPError as error:
                with contextlib.suppress(ValueError):
                    missing = json.loads(error.read()).get("missing", missing)
            except OSError:
                pass
            time.sleep(0.05)
        raise StartError(f"启动超时 / not ready in time, missing: {', '.join(missing)}")

    # ---- from then on

    def keep_alive(self) -> None:
        """From now on, until `stop`, start again whatever ends."""
        if self._watching is None:
            self._watching = threading.Thread(target=self._watch, name="keep-alive", daemon=True)
            self._watching.start()

    def wait(self) -> None:
        """Wait while everything is kept alive; raise StartError when a part was given up."""
        self._over.wait()
        self.check()

    def _watch(self) -> None:
        while not self._over.wait(LOOK):
            with self._lock:
                for name, part in self._parts.items():
                    if not part.foreground:
                        self._look(name, part)

    def _look(self, name: str, part: _Part) -> None:
        now = time.monotonic()
        if part.again_at is not None:
            if now >= part.again_at:
                self._start_again(part)
        elif part.process.poll() is not None:
            part.signal(signal.SIGKILL)  # its children would keep its port
            well = part.well_at is not None and now - part.well_at > STEADY
            part.bad = 0 if well else part.bad + 1
            if part.bad == TRIES:
                self._given_up = (
                    f"进程 {name} 连续 {TRIES} 次启动失败，全部停止 / the {name} process ended "
                    f"{TRIES} times in a row, all is stopped {self._why(part.process)}"
                )
                self._over.set()
                return
            pause = min(FIRST_PAUSE * GROWTH ** max(part.bad - 1, 0), LONGEST_PAUSE)
            part.again_at = now + pause
            print(
                f"进程 {name} 意外退出，{pause:g} 秒后重新启动 / the {name} process ended, "
                f"it starts again in {pause:g} s {self._why(part.process)}",
                file=sys.stderr,
                flush=True,
            )
        elif part.well_at is None and self._listens(part):
            part.well_at = now

    @staticmethod
    def _start_again(part: _Part) -> None:
        try:
            part.process = subprocess.Popen(part.command, **part.options)  # noqa: S603
        except OSError:  # no memory, too many processes
            part.again_at = time.monotonic() + LONGEST_PAUSE
            return
        part.again_at = part.well_at = None

    @staticmethod
    def _listens(part: _Part) -> bool:
        if part.listens is None:
            return True
        with (
            contextlib.suppress(OSError),
            socket.create_connection(part.listens, timeout=0.2),
        ):
            return True
        return False

    def _why(self, process: subprocess.Popen[bytes]) -> str:
        where = f": {self._log_path}" if self._log_path else "; see its output above"
        return f"(exit code {process.returncode}){where}"


# ---- around them


def check_port(host: str, port: int, option: str) -> None:
    """Raise StartError when the port is taken; `option` of `make run` chooses another."""
    if not _free(host, port):
        raise StartError(
            f"端口 {port} 已被占用 / port {port} is taken. 换一个 / choose another: "
            f"make run {option}={port + 1}"
        )


def _free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind((host, port))
            return True
    return False


def free_ports(count: int) -> list[int]:
    """Return ports of 127.0.0.1 that nobody uses now."""
    found: set[int] = set()
    while len(found) < count:
        port = random.SystemRandom().choice(PORTS)
        if _free("127.0.0.1", port):
            found.add(port)
    return list(found)


def end_like_ctrl_c() -> None:
    """Let SIGTERM and a closed terminal raise KeyboardInterrupt, as Ctrl-C does; the first only."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupted(number: int, frame: object) -> None:
        for each in numbers:
            signal.signal(each, signal.SIG_IGN)  # nothing may be left running
        raise KeyboardInterrupt

    for number in numbers:
        signal.signal(number, interrupted)
