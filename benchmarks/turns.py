"""`make benchmark-turns`: this assistant beside a stock Rasa project, turn by turn, over HTTP.

Stock: the same domain, rules and actions; a pipeline from Rasa's documentation (jieba, counts,
logistic regression), Rasa's SQLite tracker store, its `rest` channel, `rasa run`. It learns from 45
examples of an intent (more would cost it more). Both are measured by turns in one run on one
machine, so that the figures can be compared with each other, and only so.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml

from benchmarks.nlu import STOCK as PYTHON
from benchmarks.nlu import chosen, write_data
from infra.processes import free_ports
from run import ENVIRONMENT, ROOT, Assistant
from tests.installation import assistant_in

STOCK = {
    "recipe": "default.v1",
    "assistant_id": "stock",
    "language": "zh",
    "pipeline": [
        {"name": "JiebaTokenizer"},
        {"name": "CountVectorsFeaturizer"},
        {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
        {"name": "LogisticRegressionClassifier"},
        {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
    ],
    "policies": [{"name": "MemoizationPolicy"}, {"name": "RulePolicy"}],
}
PER_INTENT, OUTSIDE = 45, 200
UNLIMITED: dict[str, Any] = {"customer_limit": "1000000/minute", "address_limit": "1000000/minute"}
# What customers say who are helped: questions, steps, moves.
WORDS = (
    *("忘记密码怎么办", "下一步", "收不到验证码", "上一步", "退款多久到账"),
    *("怎么修改绑定手机", "好的", "下一步", "再说一遍", "你们电话多少"),
)


@dataclass
class Contender:
    """One assistant, and what was measured of it; times in milliseconds."""

    name: str
    start: list[float] = field(default_factory=list)  # seconds to ready
    memory: int = 0  # MiB after the first message
    grown: int = 0  # MiB at the end
    single: list[float] = field(default_factory=list)
    long: dict[int, float] = field(default_factory=dict)  # by turn of one conversation
    rate: list[float] = field(default_factory=list)  # messages a second, many clients
    many: list[float] = field(default_factory=list)


class Server:
    """A started contender."""

    def __init__(self, url: str, path: str, pid: int) -> None:
        self.url, self.path, self.pid = url, path, pid

    def memory(self) -> int:
        """Return the resident memory of Rasa's process in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii", errors="replace")
        (line,) = [each for each in status.splitlines() if each.startswith("VmRSS")]
        return int(line.split()[1]) // 1024


class Client:
    """One customer."""

    def __init__(self, server: Server, name: str) -> None:
        self._server, self._name = server, name
        self._http = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def open(self) -> Client:
        """Open a session where there are sessions."""
        if self._server.path.startswith("/api"):
            async with self._http.post(f"{self._server.url}/api/session", json={}) as answer:
                answer.raise_for_status()
        return self

    async def say(self, text: str) -> float:
        """Say something; return the milliseconds until the answer, which must not be silence."""
        body = (
            {"text": text}
            if self._server.path.startswith("/api")
            else {"sender": self._name, "message": text}
        )
        began = time.perf_counter()
        async with self._http.post(self._server.url + self._server.path, json=body) as answer:
            said = await answer.json()
        passed = (time.perf_counter() - began) * 1000
        if not (said.get("messages") if isinstance(said, dict) else said):
            raise RuntimeError(f"silence after {text}: {said}")
        return passed

    async def close(self) -> None:
        """Hang up."""
        await self._http.close()


def ours(folder: Path) -> tuple[Assistant, Server]:
    """Start this assistant."""
    environment = {"ASSISTANT_SECRET": "for the benchmark " * 3}
    assistant = assistant_in(folder, environment=environment, **UNLIMITED)
    assistant.start()
    server = Server(assistant.url, "/api/messages", assistant.processes["server"].pid)
    return assistant, server


def make_stock(folder: Path) -> None:
    """Write and train the stock project."""
    (folder / "data").mkdir()
    for name in ("rules.yml", "stories.yml"):
        shutil.copy(ROOT / "data" / name, folder / "data" / name)
    shutil.copy(ROOT / "domain.yml", folder / "domain.yml")
    write_data(chosen(PER_INTENT, OUTSIDE), folder / "data")
    files: dict[str, Any] = {
        "config.yml": STOCK,
        "credentials.yml": {"rest": None},
    }
    for path, content in files.items():
        text = yaml.safe_dump(content, allow_unicode=True, default_style=None)
        (folder / path).write_text(text, encoding="utf8")
    command = [str(PYTHON), "-m", "rasa", "train", "--quiet", "--fixed-model-name", "stock"]
    subprocess.run(command, cwd=folder, check=True, env={**os.environ, **ENVIRONMENT})  # noqa: S603


def stock(folder: Path, actions: int) -> tuple[subprocess.Popen[bytes], Server]:
    """Start the stock project, with our action server."""
    (port,) = free_ports(1)
    settings = {
        "tracker_store": {"type": "SQL", "dialect": "sqlite", "db": str(folder / "tracker.db")},
        "action_endpoint": {"url": f"http://127.0.0.1:{actions}/webhook"},
    }
    (folder / "endpoints.yml").write_text(yaml.safe_dump(settings), encoding="utf8")
    command = [str(PYTHON), "-m", "rasa", "run", "-p", str(port), "-i", "127.0.0.1"]
    command += ["--endpoints", "endpoints.yml", "--credentials", "credentials.yml", "--quiet"]
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603
            command, cwd=folder, env={**os.environ, **ENVIRONMENT}, stdout=log, stderr=log
        )
    return process, Server(f"http://127.0.0.1:{port}", "/webhooks/rest/webhook", process.pid)


async def first_answer(server: Server) -> None:
    """Return when a message is answered."""
    while True:
        client = Client(server, "first")
        try:
            await (await client.open()).say("你好")
            return
        except (aiohttp.ClientError, RuntimeError, OSError):
            await asyncio.sleep(0.1)
        finally:
            await client.close()


async def one_client(contender: Contender, server: Server, turns: int) -> None:
    """Measure turns of one customer who is alone, a new one every ten turns."""
    for first in range(0, turns, len(WORDS)):
        client = await Client(server, f"single-{first}-{time.time()}").open()
        contender.single += [await client.say(text) for text in WORDS]
        await client.close()


async def long_conversation(contender: Contender, server: Server, turns: int) -> None:
    """Measure one conversation that goes on and on: the median of the 20 turns up to each mark."""
    client = await Client(server, f"long-{time.time()}").open()
    times = [await client.say(WORDS[turn % len(WORDS)]) for turn in range(turns)]
    for mark in (30, 250, 500, 1000):
        if mark <= turns:
            contender.long[mark] = statistics.median(times[mark - 20 : mark])
    await client.close()


async def many_clients(contender: Contender, server: Server, clients: int, turns: int) -> None:
    """Measure customers who all talk at once."""

    async def talk(number: int) -> list[float]:
        client = await Client(server, f"many-{number}-{time.time()}").open()
        times = [await client.say(WORDS[turn % len(WORDS)]) for turn in range(turns)]
        await client.close()
        return times

    began = time.perf_counter()
    found = await asyncio.gather(*(talk(number) for number in range(clients)))
    contender.rate.append(clients * turns / (time.perf_counter() - began))
    contender.many += [each for times in found for each in times]


def spread(times: list[float]) -> str:
    """Return median and 99th percentile in milliseconds."""
    ordered = sorted(times)
    return f"{statistics.median(ordered):.1f} / {ordered[int(len(ordered) * 0.99) - 1]:.0f}"


def _turn_row(mark: int) -> tuple[str, Callable[[Contender], str]]:
    return (
        f"turn {mark} of a conversation, ms",
        lambda one: f"{one.long[mark]:.1f}" if mark in one.long else "",
    )


def report(made: list[Contender]) -> str:
    """Return the table."""
    rows: list[tuple[str, Callable[[Contender], str]]] = [
        ("start to first answer, s", lambda one: f"{statistics.median(one.start):.1f}"),
        ("memory after the first message, MiB", lambda one: str(one.memory)),
        ("memory at the end, MiB", lambda one: str(one.grown)),
        ("one client, median / p99 ms", lambda one: spread(one.single)),
        *(_turn_row(mark) for mark in sorted({mark for one in made for mark in one.long})),
        ("eight clients, messages a second", lambda one: f"{statistics.median(one.rate):.0f}"),
        ("eight clients, median / p99 ms", lambda one: spread(one.many)),
    ]
    lines = ["| | " + " | ".join(one.name for one in made) + " |", "|---|" + "---|" * len(made)]
    for title, value in rows:
        lines.append(f"| {title} | " + " | ".join(value(one) for one in made) + " |")
    return "\n".join(lines)


async def measure(options: argparse.Namespace) -> None:
    """Start both, measure by turns, print the table."""
    with tempfile.TemporaryDirectory(prefix="benchmark-turns-") as name:
        base = Path(name)
        (base / "stock").mkdir()
        print("stock Rasa learns ...", flush=True)
        make_stock(base / "stock")
        this, usual = Contender("this assistant"), Contender("stock Rasa")
        for turn in range(options.starts):
            folder = base / f"ours-{turn}"
            folder.mkdir()
            began = time.perf_counter()
            assistant, server = ours(folder)
            await first_answer(server)
            this.start.append(time.perf_counter() - began)
            began = time.perf_counter()
            process, other = stock(base / "stock", assistant.actions_port)
            await first_answer(other)
            usual.start.append(time.perf_counter() - began)
            pairs = ((this, server), (usual, other))
            try:
                for contender, where in pairs:
                    contender.memory = where.memory()
                for _ in range(options.rounds):
                    for contender, where in pairs:
                        await one_client(contender, where, 50)
                    for contender, where in pairs:
                        await many_clients(contender, where, 8, 20)
                if turn == options.starts - 1:
                    await long_conversation(usual, other, 250)
                    await long_conversation(this, server, 1000)
                for contender, where in pairs:
                    contender.grown = where.memory()
            finally:
                process.terminate()
                process.wait()
                assistant.stop()
            print(report([this, usual]), flush=True)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=3, help="how often both are started")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of measuring at each start")
    asyncio.run(measure(parser.parse_args()))


if __name__ == "__main__":
    main()
