"""Customers and agents who go on talking while things break, and what became of their words.

    with Load(url, database_url) as load:
        load.some_moment()
        ...break something, and mend it or let it mend itself...
        load.well_again("the server was killed")
    load.finish().check()

Each customer is a page: its own session and mark, one message after the other with ids of its own,
sent again with the same id when no answer came, a stream that is opened again where it broke off.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import re
import secrets
import string
import threading
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import aiohttp

from desk import Database, reply_key
from tests.agent import PASSWORD, new_login
from tests.faults.check import (
    MARK,
    TICKET,
    Faults,
    Message,
    Sent,
    Talk,
    examine,
    foreign,
    same_as_agents_see,
    unfinished,
)

LIMITS = {"customer_limit": "100000/minute", "address_limit": "1000000/minute"}  # of WebInput
REQUEST = 30.0  # seconds until a page gives a request up
SILENCE = 20.0  # seconds without a sign of life after which a stream is opened anew
WELL = 60.0  # seconds in which all must be well again; the aim is 30, CI's machines are busy
PATIENCE = 60.0  # seconds in which what is owed must come by itself
HUMAN, NO_WAIT, STOP = "转人工", "不等了", "退出"
QUESTIONS = [
    "怎么开启双重验证",
    "公共wifi能付款吗",
    "退款多久到账",
    "客服电话是多少",
    "收到一笔不是我付的扣款",
    "怎么更新应用",
    "今天天气怎么样",
    "你好",
    "谢谢",
]
PROCEDURES = ["密码忘了", "我要申请退款", "怎么开启双重验证"]
STEPS = ["下一步", "下一步", "下一步", "上一步", "再说一遍", "怎么开启双重验证"]
Json = dict[str, Any]


class Refused(Exception):
    """The server refused for good what should be taken."""


class _Client:
    """A browser: what it last did well, and how it asks."""

    def __init__(self, load: Load, name: str) -> None:
        self.load, self.name = load, name
        self.random = random.Random(f"{load.seed} {name}")
        self.good_since = 0.0  # when the last exchange that went well began (monotonic)
        self.failures = 0
        self.longest = 0.0  # seconds until a message was acknowledged
        self.http: aiohttp.ClientSession

    def begin(self) -> None:
        self.http = aiohttp.ClientSession(
            self.load.url,
            timeout=aiohttp.ClientTimeout(total=REQUEST, sock_connect=5),
            cookie_jar=aiohttp.CookieJar(unsafe=True, quote_cookie=False),
            connector=aiohttp.TCPConnector(limit=0),
        )

    async def ask(self, method: str, path: str, **body: Any) -> Json | None:
        """Ask once; None when there was no good answer, and it is worth asking again.

        Raises:
            Refused: it is not.
        """
        kind = {"json": body} if method == "POST" else {"params": body}
        try:
            async with self.http.request(method, path, **kind) as answer:  # type: ignore[arg-type]
                if answer.status == 200:
                    found: Json = await answer.json()
                    return found
                if answer.status < 500 and answer.status not in {408, 425, 429}:
                    raise Refused(f"{path}: {answer.status} {(await answer.text())[:300]}")
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            pass
        self.failures += 1
        return None

    async def until_answered(self, method: str, path: str, **body: Any) -> Json:
        """Ask until there is an answer."""
        while True:
            began = time.monotonic()
            found = await self.ask(method, path, **body)
            if found is not None:
                self.well(began)
                return found
            await self.pause(0.2, 1)

    def well(self, began: float) -> None:
        self.good_since = max(self.good_since, began)

    async def pause(self, least: float, most: float) -> None:
        await asyncio.sleep(self.random.uniform(least, most))

    async def listen(self, path: str, after: Any = lambda: 0) -> None:
        """Listen to pushed news for ever; after a break, go on from `after()`."""
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=5, sock_read=SILENCE)
        while True:
            with contextlib.suppress(aiohttp.ClientError, asyncio.TimeoutError, OSError):
                params = {"after": after()}
                async with self.http.get(path, params=params, timeout=timeout) as stream:
                    event = ""
                    async for raw in stream.content:
                        name, _, value = raw.decode().rstrip("\n").partition(": ")
                        if name == "event":
                            event = value
                        elif name == "data":
                            self.hear(event, json.loads(value))
            await self.pause(0.2, 1)

    def hear(self, event: str, data: Json) -> None:
        """Take what was pushed."""


class _Customer(_Client):
    """One page. `impatient` ones never send again what failed; the others always do."""

    def __init__(self, load: Load, number: int, impatient: bool) -> None:
        mark = "zz" + "".join(load.random.choice(string.ascii_lowercase) for _ in range(5))
        super().__init__(load, mark)
        self.talk = Talk(mark)
        self.kind = ("asks", "walks", "presses", "human")[number % 4]
        self.impatient = impatient
        self.refused: list[str] = []
        self._buttons: list[Json] = []
        self._pushed = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    async def live(self) -> None:
        """Open the page and talk until the load ends."""
        self.begin()
        opened = await self.until_answered("POST", "/api/session")
        self._buttons = [each for said in opened["messages"] for each in said["buttons"]]
        listening = asyncio.create_task(self.listen("/api/events", self._heard))
        self.load.background.append(listening)
        while not self.load.over:
            message = Sent(f"{self.talk.mark}-{len(self.talk.sent)}")
            self.talk.sent.append(message)
            sending = asyncio.create_task(self._send(message, self._words(message)))
            self._running.add(sending)
            sending.add_done_callback(self._running.discard)
            # As the page does: the next goes when this one is answered, or at least has arrived.
            if self.random.random() < 0.3:
                await self._arrived(message, sending)
            else:
                await sending
            await self.pause(0.1, 0.6)
        await asyncio.gather(*self._running)

    def _words(self, message: Sent) -> Json:
        """Return the next message: `text`, or a `button`'s token."""
        chance, mark = self.random.random(), f" {self.talk.mark}"
        if self.kind == "human":
            if len(self.talk.sent) % 12 == 2:
                return {"text": HUMAN}
            return {"text": f"客户第{len(self.talk.sent)}句{mark}"}
        if self.kind == "walks":
            if len(self.talk.sent) % 8 == 1:
                return {"text": self.random.choice(PROCEDURES)}
            return {"text": self.random.choice(STEPS)}
        buttons = [
            each
            for each in self._buttons
            if each["title"] != NO_WAIT
            and HUMAN not in each["title"]
            # Who stops when nothing is under way stops waiting for a human.
            and not (each["title"] == STOP and self.talk.tickets)
        ]
        if self.kind == "presses" and buttons and chance < 0.8:
            return {"button": self.random.choice(buttons)["token"]}
        return {"text": self.random.choice(QUESTIONS) + (mark if chance < 0.5 else "")}

    async def _send(self, message: Sent, words: Json) -> None:
        first, again = time.monotonic(), False
        while True:
            began = time.monotonic()
            try:
                found = await self.ask("POST", "/api/messages", id=message.key, **words)
            except Refused as refusal:
                self.refused.append(f"{message.key}: {refusal}")
                return
            if found is not None:
                break
            if self.impatient or (self.load.over and self.load.hurry):
                return
            again = True
            await self.pause(0.2, 1)
        messages = found["messages"]
        message.acknowledged = True
        message.answers = [each["id"] for each in messages]
        if again:
            later = self.talk.sent[self.talk.sent.index(message) + 1 :]
            message.meanwhile = [each.key for each in later]
        self.load.strange += foreign(self.talk.mark, messages)
        self.longest = max(self.longest, time.monotonic() - first)
        sorry = {reply_key(message.key, place) for place in ("failed", "apology", "slow")}
        # The actions' own apology is an answer of Rasa's.
        apology = any(self.load.apology in each["text"] for each in messages)
        if not sorry & set(message.answers) and not apology:
            self.well(began)
        self._buttons = [each for said in messages for each in said["buttons"]] or self._buttons
        for each in messages:
            for number in TICKET.findall(each["text"]):
                self.talk.tickets.setdefault(number, None)

    async def _arrived(self, message: Sent, sending: asyncio.Task[None]) -> None:
        while not sending.done() and not any(
            each["id"] == message.key for each in self.talk.pushed[-20:]
        ):
            self._pushed.clear()
            waiting = asyncio.create_task(self._pushed.wait())
            await asyncio.wait({waiting, sending}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()

    def _heard(self) -> int:
        return max((each["seq"] for each in self.talk.pushed), default=0)

    def hear(self, event: str, data: Json) -> None:
        if event == "message":
            self.talk.pushed.append(data)
            self._pushed.set()

    async def read_record(self) -> None:
        """Read everything that is recorded."""
        record: list[Message] = []
        while True:
            after = record[-1]["seq"] if record else 0
            found = await self.until_answered("GET", "/api/messages", after=after)
            if not found["messages"]:
                break
            record += found["messages"]
        self.talk.record = record
        for said in record:
            for number in TICKET.findall(said["text"]) if said["from"] == "bot" else ():
                self.talk.tickets.setdefault(number, None)


class _Agent(_Client):
    """One console: takes customers, writes numbered sentences, closes some of the talks."""

    most = 3  # customers at once

    def __init__(self, load: Load, login: str) -> None:
        super().__init__(load, login)
        self.said: dict[int, tuple[str, list[Sent]]] = {}  # by ticket: the customer's mark

    async def live(self) -> None:
        """Log in, and work until the load ends."""
        self.begin()
        await self.until_answered("POST", "/desk/api/login", login=self.name, password=PASSWORD)
        self.load.background.append(asyncio.create_task(self.listen("/desk/api/events")))
        while not self.load.over:
            queue = await self.until_answered("GET", "/desk/api/queue")
            mine = [ticket["id"] for ticket in queue["mine"]]
            waiting = [ticket["id"] for ticket in queue["waiting"]]
            if waiting and len(mine) < self.most:
                number = self.random.choice(waiting)
                if await self._customer(number) is not None:
                    await self._try(f"/desk/api/tickets/{number}/take")
            for number in mine:
                await self._talk(number)
            await self.pause(0.1, 0.5)

    async def _customer(self, number: int) -> str | None:
        """Return the mark of a ticket's customer; None for one who is not of this load."""
        if number not in self.said:
            look = await self.until_answered("GET", f"/desk/api/tickets/{number}")
            marks = {mark for each in look["messages"] for mark in MARK.findall(each["id"])}
            if len(marks) > 1:
                self.load.strange.append(f"ticket {number} holds the words of {marks}")
            self.said[number] = ",".join(marks & self.load.marks), []
        return self.said[number][0] or None

    async def _talk(self, number: int) -> None:
        mark = await self._customer(number)
        said = self.said[number][1]
        key = f"{self.name}-{number}-{len(said)}"
        sentence = Sent(f"agent-{key}")  # as it stands in the record
        said.append(sentence)
        path = f"/desk/api/tickets/{number}/messages"
        text = f"客服第{len(said)}句 {mark}"
        sentence.acknowledged = await self._try(path, id=key, text=text)
        if len(said) > 3 and self.random.random() < 0.2:
            await self._try(f"/desk/api/tickets/{number}/close")

    async def _try(self, path: str, **body: Any) -> bool:
        """Do something until it is done; False when the ticket is somebody else's by now."""
        try:
            await self.until_answered("POST", path, **body)
        except Refused as refusal:
            if not re.search(r": (403|409) ", str(refusal)):
                raise
            return False
        return True

    async def look(self, number: str) -> Json | None:
        """Return a ticket by its number as customers know it, with its messages."""
        found = await self.until_answered("GET", "/desk/api/tickets", q=number)
        tickets = [each for each in found["tickets"] if each["number"] == number]
        if not tickets:
            return None
        return await self.until_answered("GET", f"/desk/api/tickets/{tickets[0]['id']}")


@dataclass
class Report:
    """What became of everything. `turns` and `sentences` are those that were acknowledged."""

    seed: int
    turns: int = 0
    sentences: int = 0
    tickets: int = 0
    failures: int = 0  # requests that had to be sent again, or were given up
    longest: float = 0.0  # seconds until a message was acknowledged
    faults: Faults = field(default_factory=Faults)
    recovered: list[tuple[str, float]] = field(default_factory=list)  # each fault, and its seconds

    def figures(self) -> dict[str, float]:
        """Return the figures that `make test-faults` prints."""
        return {
            "turns": self.turns,
            "sentences": self.sentences,
            "tickets": self.tickets,
            "sent again": self.failures,
            "faults": len(self.recovered),
            **{name: len(found) for name, found in vars(self.faults).items()},
            "longest wait, s": round(self.longest, 1),
            "longest recovery, s": round(max((took for _, took in self.recovered), default=0), 1),
        }

    def check(self) -> None:
        """Raise AssertionError when something is wrong, and say what."""
        wrong = {name: found for name, found in vars(self.faults).items() if found}
        assert not wrong, "\n".join(
            [
                f"seed {self.seed} (FAULTS_SEED repeats it): {self.figures()}",
                *(f"{name}:\n  " + "\n  ".join(found[:10]) for name, found in wrong.items()),
            ]
        )
        assert self.turns, "nobody said anything"


class Load:
    """Customers and agents at work, in a thread of their own, from `with` to `finish`.

    Args:
        url: of an assistant, or of nginx before several; WebInput's settings there are LIMITS.
        database_url: the desk's, for the agents' accounts.
        customers, agents: how many.
        impatient: how many of the customers never send again what failed.
        seed: for the same customers again; by default FAULTS_SEED, or a new one.
    """

    def __init__(
        self,
        url: str,
        database_url: str,
        customers: int = 12,
        agents: int = 2,
        impatient: int = 2,
        seed: int | None = None,
    ) -> None:
        from content import library

        self.url = url
        given = os.environ.get("FAULTS_SEED")
        self.seed = seed if seed is not None else int(given or secrets.randbelow(10**6))
        self.random = random.Random(self.seed)
        self.apology = library.current().say("failed")
        self.over = self.hurry = False
        self.strange: list[str] = []
        self.background: list[asyncio.Task[None]] = []
        self._recovered: list[tuple[str, float]] = []
        # Those who ask for a human send again: agents must know whose ticket it is.
        self._customers = [
            _Customer(self, number, number % 4 != 3 and number < impatient)
            for number in range(customers)
        ]
        self.marks = {customer.talk.mark for customer in self._customers}
        database = Database(database_url)
        self._agents = [_Agent(self, new_login(database)) for _ in range(agents)]
        database.close()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._lives: list[Any] = []

    # ---- while it runs

    def __enter__(self) -> Load:
        self._thread.start()
        self._lives = [self._start(client.live()) for client in self._clients]
        self.well_again()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            print(f"seed {self.seed} (FAULTS_SEED repeats it)")
            self._stop()

    @property
    def _clients(self) -> list[_Client]:
        return [*self._customers, *self._agents]

    def _start(self, doing: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(doing, self._loop)

    def some_moment(self, least: float = 0.3, most: float = 1.5) -> None:
        """Let a random time pass."""
        time.sleep(self.random.uniform(least, most))

    def well_again(
        self, fault: str = "", within: float = WELL, since: float | None = None
    ) -> float:
        """Return the seconds until each customer and agent has been served well from now on.

        Args:
            fault: under which the report counts it.
            within: seconds after which it is an AssertionError.
            since: `time.monotonic()` from which the seconds are counted, if not from now.
        """
        began = time.monotonic()
        since = began if since is None else since
        while ill := [each.name for each in self._clients if each.good_since <= began]:
            for life in self._lives:
                if life.done():
                    life.result()  # raises what ended it
            took = time.monotonic() - since
            assert took < within, f"seed {self.seed}: {fault}: not served after {took:.0f} s: {ill}"
            time.sleep(0.02)
        took = time.monotonic() - since
        assert took < within, f"seed {self.seed}: {fault}: served again only after {took:.0f} s"
        if fault:
            self._recovered.append((fault, took))
        return took

    # ---- afterwards

    def finish(self) -> Report:
        """End it, wait for what is owed, and return what became of everything."""
        self.over = True
        try:
            return self._start(self._finish()).result(WELL + PATIENCE + 60)  # type: ignore[no-any-return]
        finally:
            self._stop()

    async def _finish(self) -> Report:
        lives = [asyncio.wrap_future(life) for life in self._lives]
        await asyncio.wait_for(asyncio.gather(*lives), WELL)
        until = time.monotonic() + PATIENCE
        while True:
            await self._read()
            owed = any(unfinished(customer.talk) for customer in self._customers)
            if not owed or time.monotonic() > until:
                break
            await asyncio.sleep(0.5)
        return await self._report()

    async def _read(self) -> None:
        await asyncio.gather(*(customer.read_record() for customer in self._customers))
        by_mark = {customer.talk.mark: customer.talk for customer in self._customers}
        for agent in self._agents:
            for number, (mark, said) in agent.said.items():
                if mark not in by_mark:
                    continue
                sentences = by_mark[mark].to_customer.setdefault(number, [])
                sentences += [each for each in said if each not in sentences]

    async def _report(self) -> Report:
        report = Report(self.seed, recovered=self._recovered)
        for customer in self._customers:
            talk = customer.talk
            for number in talk.tickets if self._agents else ():
                seen = await self._agents[0].look(number)
                talk.tickets[number] = seen["ticket"]["status"] if seen else None
                if seen:
                    report.faults.lost += same_as_agents_see(talk, seen["messages"])
            if not self._agents:
                talk.tickets.clear()
            report.faults.add(examine(talk))
            report.faults.lost += [f"refused: {each}" for each in customer.refused]
            report.turns += sum(each.acknowledged for each in talk.sent)
            report.tickets += len(talk.tickets)
        for agent in self._agents:
            for _, said in agent.said.values():
                report.sentences += sum(each.acknowledged for each in said)
        report.faults.foreign += self.strange
        report.failures = sum(client.failures for client in self._clients)
        report.longest = max(client.longest for client in self._clients)
        return report

    def _stop(self) -> None:
        self.over = self.hurry = True

        async def close() -> None:
            others = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
            for each in others:
                each.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            for client in self._clients:
                if hasattr(client, "http"):
                    await client.http.close()

        if self._thread.is_alive():
            self._start(close()).result(30)
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(10)
