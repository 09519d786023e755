"""`make benchmark-capacity`: a worker's throughput and cost, alone and in the larger installation.

Customers talk without a pause, so that the machine is full; the client takes part of it. What a
turn costs each part in processor time is what capacity is computed from (docs/performance.md): it
holds on a machine with other parts on other cores, where the messages a second here do not.
`--soak N` instead runs N turns of ever new customers, and shows whether memory stays flat.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from benchmarks.turns import (
    UNLIMITED,
    WORDS,
    Client,
    Contender,
    Server,
    first_answer,
    many_clients,
    ours,
    spread,
)
from deploy.cluster import Cluster
from infra.processes import Processes
from tests.installation import cluster_in

TURNS = 60  # of each customer
SOAK_CLIENTS, SOAK_TURNS, SOAK_LOOKS = 8, 50, 10


def kind(part: str) -> str:
    """Return `worker` for `worker-1`."""
    return "worker" if part == "server" else part.partition("-")[0]


def processes_of(parts: Processes) -> dict[str, list[int]]:
    """Return the processes of each part, with all it started."""
    children: dict[int, list[int]] = defaultdict(list)
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = path.read_text(encoding="utf8", errors="replace")
            children[int(text.rpartition(")")[2].split()[1])].append(int(path.parent.name))

    def family(pid: int) -> list[int]:
        return [pid, *(each for child in children[pid] for each in family(child))]

    return {name: family(process.pid) for name, process in parts.processes.items()}


def processor_time(parts: Processes) -> dict[str, float]:
    """Return the seconds of processor time that each kind of part has used."""
    used: dict[str, float] = defaultdict(float)
    for part, pids in processes_of(parts).items():
        for pid in pids:
            with contextlib.suppress(OSError):
                text = Path(f"/proc/{pid}/stat").read_text(encoding="utf8", errors="replace")
                fields = text.rpartition(")")[2].split()
                used[kind(part)] += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return used


def memory(parts: Processes, what: str = "Pss") -> dict[str, float]:
    """Return the MiB of memory of each part.

    `what` is a line of the kernel's smaps_rollup. Pss: what it shares with others shared out, so
    that parts add up. Anonymous: what it holds itself, whoever else comes and goes on the machine.
    """
    used: dict[str, float] = defaultdict(float)
    for part, pids in processes_of(parts).items():
        for pid in pids:
            with contextlib.suppress(OSError):
                rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
                (line,) = [each for each in rollup.splitlines() if each.startswith(f"{what}:")]
                used[part] += int(line.split()[1]) / 1024
    return used


def row(title: str, *values: str) -> None:
    """Print a line of the table."""
    print(f"| {title} | " + " | ".join(values) + " |", flush=True)


async def load(title: str, parts: Processes, server: Server, clients: int) -> None:
    """Let customers talk at once; print what came of it and what it cost."""
    await many_clients(Contender("warm-up"), server, clients, 10)
    found = Contender(title)
    before = processor_time(parts)
    await many_clients(found, server, clients, TURNS)
    after = processor_time(parts)
    turns = clients * TURNS
    each = {name: (after[name] - before[name]) / turns * 1000 for name in after}
    largest: dict[str, float] = {}
    for part, size in memory(parts).items():
        largest[kind(part)] = max(largest.get(kind(part), 0), size)
    costs = (f"{name} {each[name]:.1f} ms, {largest[name]:.0f} MiB" for name in each)
    row(title, str(clients), f"{found.rate[0]:.0f}", spread(found.many), "; ".join(costs))


async def capacity(folder: Path) -> None:
    """Measure one process on SQLite, then one and two workers of the larger installation."""
    row(
        "",
        "customers at once",
        "messages a second",
        "median / p99 ms",
        "of each part: a turn, size",
    )
    print("|---|---|---|---|---|")
    (folder / "one").mkdir()
    assistant, server = ours(folder / "one")
    try:
        await first_answer(server)
        for clients in (8, 24):
            await load("one process, SQLite", assistant, server, clients)
    finally:
        assistant.stop()
    for workers in (1, 2):
        with cluster(folder / f"cluster-{workers}", workers) as larger:
            there = Server(larger.url, "/api/messages", larger.processes["worker-0"].pid)
            await first_answer(there)
            for clients in (8, 24):
                title = f"PostgreSQL, Redis, nginx, workers: {workers}"
                await load(title, larger, there, clients)


@contextlib.contextmanager
def cluster(folder: Path, workers: int) -> Iterator[Cluster]:
    """Run a cluster without limits."""
    folder.mkdir()
    running = cluster_in(folder, workers, **UNLIMITED)
    try:
        running.start()
        yield running
    finally:
        running.stop()


async def soak(folder: Path, turns: int) -> None:
    """Run many turns of ever new customers, and print the memory on the way."""
    assistant, server = ours(folder)
    try:
        await first_answer(server)
        row("turns", "server's own, MiB", "action server's own, MiB", "messages a second")
        print("|---|---|---|---|")
        done, looks, began = 0, 0, time.perf_counter()

        def look() -> None:
            nonlocal looks
            looks += 1
            sizes, rate = memory(assistant, "Anonymous"), done / (time.perf_counter() - began)
            row(str(done), f"{sizes['server']:.0f}", f"{sizes['actions']:.0f}", f"{rate:.0f}")

        async def talk() -> None:
            nonlocal done
            while done < turns:
                client = await Client(server, "").open()
                for turn in range(SOAK_TURNS):
                    await client.say(WORDS[turn % len(WORDS)])
                await client.close()
                done += SOAK_TURNS
                if done >= turns * looks / SOAK_LOOKS:
                    look()

        look()
        await asyncio.gather(*(talk() for _ in range(SOAK_CLIENTS)))
    finally:
        assistant.stop()


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--soak", type=int, metavar="N", help="run N turns and look at the memory")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-", ignore_cleanup_errors=True) as name:
        asyncio.run(soak(Path(name), options.soak) if options.soak else capacity(Path(name)))


if __name__ == "__main__":
    main()
