"""`make benchmark-training`: what customers feel of a training in the background.

Customers write at a steady pace; their answers are timed in turn with nothing else and while a
version is trained from the whole training data, twice each.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

from benchmarks.turns import WORDS, Client, Server, first_answer, spread
from desk import Database
from desk.versions import Versions
from tests.installation import assistant_in

CUSTOMERS = 4
PAUSE = 0.5  # seconds between a customer's messages
BEGUN = 15.0  # seconds until a training has read its data and computes
LIMITS: dict[str, Any] = {"address_limit": "1000000/minute", "customer_limit": "1000000/minute"}


async def customer(server: Server, number: int, until: float) -> list[float]:
    """Write a message every so often; return the milliseconds until each answer."""
    client = await Client(server, f"c{number}").open()
    times = []
    for text in cycle(WORDS):
        began = time.monotonic()
        if began > until:
            break
        times.append(await client.say(text))
        await asyncio.sleep(max(0.0, PAUSE - (time.monotonic() - began)))
    await client.close()
    return times


async def measured(server: Server, seconds: float) -> list[float]:
    """Return the times of all answers."""
    until = time.monotonic() + seconds
    found = await asyncio.gather(*(customer(server, each, until) for each in range(CUSTOMERS)))
    return [each for times in found for each in times]


async def measure(
    server: Server, versions: Versions, seconds: float
) -> tuple[Sequence[float], Sequence[float]]:
    """Return the times without and with a training."""
    await first_answer(server)
    await measured(server, 10)
    alone: list[float] = []
    beside: list[float] = []
    for _ in range(2):
        alone += await measured(server, seconds)
        number = versions.ask("benchmark")
        if number is None:
            raise RuntimeError("something is trained already")
        await asyncio.sleep(BEGUN)
        beside += await measured(server, seconds)
        found = versions.get(number)
        if found is None or found.status != "training":
            raise RuntimeError("the training was over before the measurement was")
        versions.cancel(number, "benchmark")
        await asyncio.sleep(BEGUN)
    return alone, beside


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="of each of four measurements")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        places = {"VERSIONS": str(folder / "versions"), "ASSISTANT_SECRET": "benchmark " * 5}
        assistant = assistant_in(folder, environment=places, **LIMITS)
        try:
            assistant.start()
            server = Server(assistant.url, "/api/messages", assistant.processes["server"].pid)
            versions = Versions(Database(f"sqlite:///{folder / 'desk.db'}"))
            alone, beside = asyncio.run(measure(server, versions, options.seconds))
        finally:
            assistant.stop()
    print("| | answers | median / p99 ms |")
    print("|---|---|---|")
    print(f"| nothing is trained | {len(alone)} | {spread(list(alone))} |")
    print(f"| a version is trained | {len(beside)} | {spread(list(beside))} |")


if __name__ == "__main__":
    main()
