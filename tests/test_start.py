"""A developer starts and stops the assistant."""

from __future__ import annotations

import contextlib
import os
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from infra import processes
from infra.processes import Processes, StartError, check_port, free_ports
from run import ROOT, Assistant
from tests import local
from tests.customer import Customer

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Run `run.py` as `make run` does, in a session of its own; nothing of it outlives the test."""
    made: list[subprocess.Popen[str]] = []

    def run(*options: str) -> subprocess.Popen[str]:
        made.append(
            subprocess.Popen(
                [sys.executable, "run.py", *options],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        )
        return made[-1]

    yield run
    for running in made:
        with running:
            running.terminate()


def processes_with(text: str) -> list[int]:
    """Return the ids of this machine's processes whose command lines hold these words.

    Whole words: Chromium's command lines are full of long numbers, and hold nearly any port's.
    """
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if f" {text} " in f" {line}" and "run.py" not in line:
            found.append(int(path.parent.name))
    return found


def is_gone(port: int) -> None:
    until = time.monotonic() + local.PATIENCE
    while processes_with(f"-p {port}") and time.monotonic() < until:
        time.sleep(0.1)
    assert not processes_with(f"-p {port}")


def test_start_says_the_address_in_one_line_and_stop_leaves_nothing(start: Start) -> None:
    """Also after the server and the actions were killed: customers are answered again."""
    port, actions_port = free_ports(2)
    running = start("--port", str(port), "--actions-port", str(actions_port))
    assert running.stdout is not None
    line, url = running.stdout.readline(), f"http://localhost:{port}"
    assert f"{url}/" in line, line
    page = local.get(f"{url}/")
    assert "<html" in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert "unsafe" not in page.headers["Content-Security-Policy"]
    for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
        assert local.get(f"{url}{asset}").status_code == 200
    for outside in ("/../run.py", "/assets/../../run.py", "/%2e%2e/run.py"):
        assert local.get(f"{url}{outside}").status_code == 404

    customer = Customer(url)
    assert "第 1/5 步" in customer.says("密码忘了")
    for killed, step in ((actions_port, 2), (port, 3)):
        (process,) = processes_with(f"-p {killed}")
        os.kill(process, signal.SIGKILL)
        said, until = running.stdout.readline(), time.monotonic() + processes.START_SECONDS
        assert f"the {'server' if killed == port else 'actions'} process ended" in said
        assert "it starts again in 0.5 s (exit code -9)" in said
        while True:
            with contextlib.suppress(httpx.HTTPError):
                if local.get(f"{url}/ready", timeout=5).status_code == 200:
                    break
            assert time.monotonic() < until, "not well again"
            time.sleep(0.1)
        assert f"第 {step}/5 步" in customer.says("下一步")
    customer.close()
    assert processes_with(f"-p {port}")
    running.send_signal(signal.SIGTERM)
    assert running.wait(local.PATIENCE) == 0
    is_gone(port)
    assert running.stdout.read() == "", "no noise"


def test_a_part_that_cannot_start_again_is_given_up_with_a_reason(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(processes, "LONGEST_PAUSE", 0.1)
    log = tmp_path / "log"
    parts = Processes(log)
    (port,) = free_ports(1)
    command = [sys.executable, "-c", "import sys; sys.exit(len(sys.argv))", "one", "two"]
    try:
        parts.run("well", "sleep", "100")
        parts.run("broken", *command, listens=("127.0.0.1", port))
        parts.keep_alive()
        with pytest.raises(StartError, match=r"broken .* 5 times in a row.*\(exit code 3\): .*log"):
            parts.wait()
        with pytest.raises(StartError, match="broken"):
            parts.check()
        assert capsys.readouterr().err.count("it starts again") == 4
        sleeping = parts.processes["well"]
    finally:
        parts.stop()
    assert sleeping.returncode == -signal.SIGTERM


def test_what_was_stopped_stays_away_and_what_a_dead_part_left_goes() -> None:
    parts = Processes()
    mark = f"sleep {time.time_ns() // 1000}"
    until = time.monotonic() + 30
    try:
        parts.run("stopped", "sleep", "100")
        parts.run("killed", "sh", "-c", f"{mark} & sleep 1000")
        parts.keep_alive()
        parts.stop_one("stopped", kill=True)
        first = parts.processes["killed"]
        while len(before := processes_with(mark)) < 2:
            assert time.monotonic() < until
        os.kill(first.pid, signal.SIGKILL)
        while parts.processes["killed"] is first:
            assert time.monotonic() < until
            time.sleep(0.05)
        assert list(parts.processes) == ["killed"]
        assert not set(before) & set(processes_with(mark))
    finally:
        parts.stop()


def test_taken_port_is_said_plainly(start: Start) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} is taken"):
            check_port("127.0.0.1", port, "PORT")
        running = start("--port", str(port), "--actions-port", str(free_ports(1)[0]))
        assert running.stdout is not None
        assert running.wait(local.PATIENCE) == 1
        said = running.stdout.read()
        assert f"PORT={port + 1}" in said
        assert "Traceback" not in said


def test_missing_model_is_said_plainly(tmp_path: Path) -> None:
    port, actions_port = free_ports(2)
    assistant = Assistant(port=port, actions_port=actions_port, model=tmp_path / "none.tar.gz")
    try:
        with pytest.raises(StartError, match="make train"):
            assistant.start()
    finally:
        assistant.stop()


def test_broken_content_is_said_with_file_and_line_at_the_start(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder)
    topic = folder / "topics" / "public_wifi.yml"
    topic.write_text(topic.read_text(encoding="utf8") + "answr: x\n", encoding="utf8")
    port, actions_port = free_ports(2)
    assistant = Assistant(
        port=port, actions_port=actions_port, environment={"CONTENT_DIR": str(folder)}
    )
    try:
        with pytest.raises(StartError, match=r"public_wifi.yml:\d+: .*answr"):
            assistant.start()
    finally:
        assistant.stop()


def test_shell_talks_with_the_actions_behind_it() -> None:
    terminal, end = os.openpty()
    port, actions_port = free_ports(2)
    shell = subprocess.Popen(
        [
            *(sys.executable, "run.py", "--shell"),
            *("--port", str(port), "--actions-port", str(actions_port)),
        ],
        cwd=ROOT,
        stdin=end,
        stdout=end,
        stderr=end,
        start_new_session=True,
    )
    os.close(end)
    try:
        read_until(terminal, "Your input ->")
        os.write(terminal, "我忘记密码了\r".encode())
        assert "Traceback" not in read_until(terminal, "第 1/5 步")
    finally:
        shell.send_signal(signal.SIGINT)
        shell.wait(local.PATIENCE)
        os.close(terminal)
    is_gone(actions_port)


def read_until(terminal: int, wanted: str) -> str:
    """Return what the terminal shows once the wanted text is there; fail when it never comes."""
    shown = b""
    until = time.monotonic() + processes.START_SECONDS
    while wanted not in shown.decode("utf8", "ignore"):
        assert time.monotonic() < until, shown.decode("utf8", "ignore")
        if select.select([terminal], [], [], 0.5)[0]:
            shown += os.read(terminal, 65536)
    return shown.decode("utf8", "ignore")


def test_lock_files_name_no_host_and_no_machine() -> None:
    python = ("requirements.lock", "requirements-dev.lock", "benchmarks/stock.lock")
    for name in (*python, "web/package-lock.json"):
        text = (ROOT / name).read_text(encoding="utf8")
        funding = r'"url": "https://(?:opencollective|github|tidelift)[^"]*"'
        assert "://" not in re.sub(funding, "", text)
        assert "/root" not in text
