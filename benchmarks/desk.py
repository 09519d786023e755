"""`make benchmark-desk`: many customers wait while many agents talk, on this machine, over HTTP.

Every customer's and every agent's page listens as a browser does. Counted are messages lost,
doubled and out of order (there must be none); measured is the time from an agent's pressing send to
the words' arrival on the customer's page.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from desk import Agents, Database
from tests.installation import assistant_in

PASSWORD = "for the benchmark"  # noqa: S105  # accounts of a database that is thrown away


@dataclass
class Listener:
    """One page: the messages it shows, and when each came (seconds)."""

    heard: list[str] = field(default_factory=list)
    at: dict[str, float] = field(default_factory=dict)

    async def listen(self, http: aiohttp.ClientSession, url: str, author: str) -> None:
        """Keep what that author says, until the benchmark ends."""
        async with http.get(url) as stream:
            event = ""
            async for raw in stream.content:
                line = raw.decode().rstrip("\n")
                name, _, value = line.partition(": ")
                if name == "event":
                    event = value
                elif name == "data" and event == "message":
                    data = json.loads(value)
                    message = data.get("message", data)
                    if message["from"] == author:
                        self.heard.append(message["text"])
                        self.at.setdefault(message["text"], time.perf_counter())


@dataclass
class Talk:
    """A customer, and later the agent who talks to them."""

    customer: aiohttp.ClientSession
    page: Listener
    number: str = ""
    ticket: int = 0
    agent: aiohttp.ClientSession | None = None
    console: Listener | None = None
    sent: dict[str, float] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)


async def post(http: aiohttp.ClientSession, url: str, **body: Any) -> Any:
    """Send JSON and return what is answered."""
    async with http.post(url, json=body) as answer:
        if answer.status != 200:
            raise RuntimeError(f"{url}: {answer.status} {await answer.text()}")
        return await answer.json()


def session(url: str) -> aiohttp.ClientSession:
    """Return a browser of its own, as far as cookies and connections go."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=60)
    return aiohttp.ClientSession(
        url, timeout=timeout, cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False)
    )


async def arrive(url: str, gate: asyncio.Semaphore) -> Talk:
    """Let a customer open the page and ask for a human."""
    async with gate:
        talk = Talk(session(url), Listener())
        await post(talk.customer, "/api/session")
        words = {"id": uuid.uuid4().hex, "text": "转人工"}
        told = (await post(talk.customer, "/api/messages", **words))["messages"][-1]["text"]
        talk.number = told.partition("工单号 ")[2][:7]
        return talk


async def take(url: str, login: str, talk: Talk) -> asyncio.Task[None]:
    """Let an agent log in and take a customer; return the task of their listening."""
    talk.agent, talk.console = session(url), Listener()
    await post(talk.agent, "/desk/api/login", login=login, password=PASSWORD)
    listening = asyncio.create_task(talk.console.listen(talk.agent, "/desk/api/events", "customer"))
    async with talk.agent.get("/desk/api/tickets", params={"q": talk.number}) as answer:
        talk.ticket = (await answer.json())["tickets"][0]["id"]
    await post(talk.agent, f"/desk/api/tickets/{talk.ticket}/take")
    return listening


async def talk_both(talk: Talk, messages: int, pause: float) -> None:
    """Let agent and customer say so many things each, at the same time."""
    assert talk.agent is not None  # noqa: S101

    async def agent() -> None:
        for number in range(messages):
            text = f"客服第{number}句 {talk.number}"
            talk.sent[text] = time.perf_counter()
            url = f"/desk/api/tickets/{talk.ticket}/messages"
            await post(talk.agent, url, id=uuid.uuid4().hex, text=text)  # type: ignore[arg-type]
            await asyncio.sleep(pause)

    async def customer() -> None:
        for number in range(messages):
            talk.said.append(f"客户第{number}句 {talk.number}")
            await post(talk.customer, "/api/messages", id=uuid.uuid4().hex, text=talk.said[-1])
            await asyncio.sleep(pause)

    await asyncio.gather(agent(), customer())


def faults(sent: list[str], heard: list[str]) -> Counter[str]:
    """Return how many messages were lost, came twice, or in the wrong order."""
    times = Counter(heard)
    once = list(dict.fromkeys(each for each in heard if each in set(sent)))
    return Counter(
        lost=sum(each not in times for each in sent),
        doubled=sum(count - 1 for count in times.values()),
        disordered=sum(a != b for a, b in zip(once, [s for s in sent if s in times], strict=True)),
    )


async def run(url: str, customers: int, agents: int, messages: int, pause: float) -> dict[str, Any]:
    """Run the benchmark against an assistant; return what came of it."""
    gate = asyncio.Semaphore(20)
    talks = await asyncio.gather(*(arrive(url, gate) for _ in range(customers)))
    listening = [
        asyncio.create_task(talk.page.listen(talk.customer, "/api/events", "agent"))
        for talk in talks
    ]
    busy = talks[:agents]
    listening += await asyncio.gather(
        *(take(url, f"agent{number}", talk) for number, talk in enumerate(busy))
    )
    await asyncio.sleep(2)  # all streams are open
    started = time.perf_counter()
    await asyncio.gather(*(talk_both(talk, messages, pause) for talk in busy))
    took = time.perf_counter() - started
    await asyncio.sleep(2)  # the last ones arrive
    wrong: Counter[str] = Counter(lost=0, doubled=0, disordered=0)
    for talk in busy:
        assert talk.console is not None  # noqa: S101
        wrong += faults(list(talk.sent), talk.page.heard)
        wrong += faults(talk.said, talk.console.heard)
    misled = sum(bool(talk.page.heard) for talk in talks[agents:])
    times = sorted(
        talk.page.at[text] - moment
        for talk in busy
        for text, moment in talk.sent.items()
        if text in talk.page.at
    )
    for task in listening:
        task.cancel()
    await asyncio.gather(*listening, return_exceptions=True)
    for talk in talks:
        await talk.customer.close()
        if talk.agent is not None:
            await talk.agent.close()
    return {
        "customers": customers,
        "agents": agents,
        "messages": 2 * messages * agents,
        "per_second": 2 * messages * agents / took,
        "lost": wrong["lost"],
        "doubled": wrong["doubled"],
        "disordered": wrong["disordered"],
        "shown_to_others": misled,
        "median_ms": statistics.median(times) * 1000,
        "p99_ms": times[int(0.99 * len(times))] * 1000,
    }


def main() -> int:
    """Start an assistant of the benchmark's own, run, print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=200)
    parser.add_argument("--agents", type=int, default=20)
    parser.add_argument("--messages", type=int, default=20, help="of each side of each talk")
    parser.add_argument("--pause", type=float, default=1.0, help="seconds between one's messages")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="benchmark-desk-") as made:
        folder = Path(made)
        # All come from one address, and some write fast.
        assistant = assistant_in(
            folder, customer_limit="10000/minute", address_limit="100000/minute"
        )
        accounts = Agents(Database(f"sqlite:///{folder / 'desk.db'}"))
        for number in range(options.agents):
            agent = accounts.save(f"agent{number}", PASSWORD, f"客服{number}")
            accounts.seen(agent.id)
        try:
            assistant.start()
            found = asyncio.run(
                run(
                    assistant.url,
                    options.customers,
                    options.agents,
                    options.messages,
                    options.pause,
                )
            )
        finally:
            assistant.stop()
    print("| " + " | ".join(found) + " |")
    print("|" + "---|" * len(found))
    shown = (f"{value:.1f}" if isinstance(value, float) else str(value) for value in found.values())
    print("| " + " | ".join(shown) + " |")
    wrong = found["lost"] + found["doubled"] + found["disordered"] + found["shown_to_others"]
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
