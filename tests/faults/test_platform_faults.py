"""WeChat and Weibo hang, drop, answer garbage and refuse tokens, while many users talk and wait."""

from __future__ import annotations

import contextlib
import math
import os
import random
import re
import secrets
import string
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from standins.stand_in import Delivery
from tests.faults.check import TICKET, Sent, Talk, examine, foreign, same_as_agents_see
from tests.faults.conftest import REPORTS, ROUNDS
from tests.faults.load import HUMAN, LIMITS, QUESTIONS, WELL, Report
from tests.platforms.account import (
    FETCH,
    Account,
    WeChatAccount,
    WeiboAccount,
    actions_stopped,
    eventually,
)

USERS = 8
SLOW = 4.5  # seconds without actions: longer than what is answered at once may take
BUSY = {"wechat": -1, "weibo": 10001}
REFUSED = {"wechat": 40001, "weibo": 21332}
LOSES_ANSWERS = {"hangs", "drops answers"}  # after these something may be read twice
LONG = "answers 502"  # long enough for several tries: a gateway's restart
AnyAccount = Account[Any, Any]
FAULTS: dict[str, Callable[[AnyAccount], None]] = {
    "hangs": lambda on: on.platform.hang(on.send, 12, times=2),  # longer than anybody waits
    "drops calls": lambda on: on.platform.drop(on.send, times=math.inf),
    "drops answers": lambda on: on.platform.drop(on.send, times=USERS, processed=True),
    "answers garbage": lambda on: on.platform.garbage(on.send, times=math.inf),
    LONG: lambda on: on.platform.garbage(on.send, times=math.inf, status=502),
    "is busy": lambda on: on.platform.fail(on.send, BUSY[on.channel], times=math.inf),
    "refuses tokens": lambda on: on.platform.fail(on.send, REFUSED[on.channel], times=math.inf),
    "ends the token": lambda on: ends_the_token(on),
}


def ends_the_token(account: AnyAccount) -> None:
    if isinstance(account, WeChatAccount):
        account.platform.invalidate_tokens()
        account.platform.drop(FETCH, times=math.inf)
    else:
        account.platform.expire_tokens()


@pytest.fixture(scope="module")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[AnyAccount]]:
    """Both behind one assistant."""
    limit = {"customer_limit": LIMITS["customer_limit"]}
    wechat, weibo = WeChatAccount("safe", **limit), WeiboAccount(**limit)
    wechat.start(tmp_path_factory.mktemp("platforms"), weibo)
    yield [wechat, weibo]
    wechat.stop()


class Load:
    """Users of one platform, every other with an agent; what was said, and what they have read."""

    def __init__(self, account: AnyAccount, moments: random.Random) -> None:
        self.account, self.moments = account, moments
        self.agent = account.agent()
        self.users = [account.platform.user() for _ in range(USERS)]
        letters = string.ascii_lowercase
        self.talks = [Talk(f"zz{''.join(moments.choices(letters, k=5))}") for _ in self.users]
        self.with_agent: dict[int, int] = {}  # ticket by user
        self.report = Report(0)
        self._steps = 0
        self._changing = 0
        self._sent: list[tuple[Sent, Delivery]] = []
        self._twice: Counter[str] = Counter()
        self._write(dict.fromkeys(range(0, USERS, 2), HUMAN))

    # ---- what is said

    def begin(self) -> None:
        """Return when all first words are answered."""
        self._arrive()
        assert not self.owed_after(WELL)

    def write(self) -> None:
        """Let each user write something; the service of one of them changes."""
        self._take()
        self._changing = self._steps % USERS
        self._steps += 1
        self._write({} if self._changing in self.with_agent else {self._changing: HUMAN})

    def answer(self) -> None:
        """Let the agent answer when all that was written has arrived."""
        self._arrive()
        for number, ticket in self.with_agent.items():
            said = self.talks[number].to_customer.setdefault(ticket, [])
            key = f"{ticket}-{len(said)}"
            said.append(Sent(f"agent-{key}"))
            text = f"客服第{len(said)}句 {self.talks[number].mark}"
            if len(said) % 3 == 2:  # more than Weibo takes as one message
                text += "".join(f"，这是第{place}点说明，请您照着做。" for place in range(30))
            said[-1].acknowledged = self.agent.says(ticket, text, key).status_code == 200
        if self._changing in self.with_agent:
            ticket = self.with_agent.pop(self._changing)
            assert self.agent.does("close", ticket).status_code == 200

    def _write(self, words: dict[int, str]) -> None:
        """Let each user write: these words, or a question; some of the answers are lost."""
        for after in (math.inf, self.moments.uniform(0, 0.3)):
            self.account.platform.lose(after=after)
        for number, (user, talk) in enumerate(zip(self.users, self.talks, strict=True)):
            question = f"{self.moments.choice(QUESTIONS)} {talk.mark}"
            message = Sent(words.get(number, question))
            talk.sent.append(message)
            self._sent.append((message, user.says(message.key, wait=False)))

    def _arrive(self) -> None:
        for message, delivery in self._sent:
            message.acknowledged = delivery.wait().attempts[-1].status == 200
        self._sent.clear()

    def _take(self) -> None:
        """Let the agent take everybody who waits."""
        for number, talk in enumerate(self.talks):
            for ticket in [name for name, status in talk.tickets.items() if status == "waiting"]:
                self.with_agent[number] = int(ticket[1:])
                assert self.agent.does("take", int(ticket[1:])).status_code == 200

    # ---- what became of it

    @property
    def troubles(self) -> int:
        """How many calls of the API have met a fault."""
        return sum(self.account.platform.troubles[path] for path in (self.account.send, FETCH))

    def owed_after(self, seconds: float) -> list[str]:
        """Return what somebody still waits for, at the latest after so many seconds."""
        until = time.monotonic() + seconds
        while (owed := self._owed()) and time.monotonic() < until:
            time.sleep(0.1)
        return owed

    def _owed(self) -> list[str]:
        owed = []
        for user, talk in zip(self.users, self.talks, strict=True):
            self._read(user, talk)
            faults = examine(talk)
            owed += [*faults.lost, *faults.unanswered, *faults.not_pushed]
            owed += self.account.kept(user)  # said, perhaps, but the answer is still awaited
        return owed

    def _read(self, user: Any, talk: Talk) -> None:
        """Read the record of a user, and what they have seen of it, in order.

        Messages that platforms deliver have keys of the channel's: they are known by their words.
        """
        query = "select seq, key, author, text from messages where conversation_id = ? order by seq"
        rows = self.account.rows(query, self.account.conversation(user))
        talk.record = [dict(zip(("seq", "id", "from", "text"), row, strict=True)) for row in rows]
        unknown = {each["id"]: each["text"] for each in talk.record if each["from"] == "customer"}
        for sent in talk.sent:
            if unknown.pop(sent.key, None) is None:
                sent.key = next(
                    (key for key, text in unknown.items() if text == sent.key), sent.key
                )
                unknown.pop(sent.key, None)
        seen, place, talk.pushed = _plain(*(item.text for item in user.inbox)), 0, []
        for message in talk.record:
            text = _plain(message["text"])
            if message["from"] != "customer":
                at = seen.find(text, place)
                if at < 0:
                    continue
                place = at + len(text)
            talk.pushed.append(message)
            for ticket in TICKET.findall(message["text"]) if message["from"] == "bot" else ():
                ((talk.tickets[ticket],),) = self.account.rows(
                    "select status from tickets where id = ?", int(ticket[1:])
                )

    def look_for_doubles(self, fault: str) -> None:
        """Note what users have read more than once, unless that fault may be why."""
        twice: Counter[str] = Counter()
        for user, talk in zip(self.users, self.talks, strict=True):
            seen = _plain(*(item.text for item in user.inbox))
            said = [_plain(each["text"]) for each in talk.record if each["from"] != "customer"]
            for text in set(said):
                more = seen.count(text) - sum(each.count(text) for each in said)
                if more > 0:
                    twice[f"{talk.mark} read {text}"] = more
        if fault not in LOSES_ANSWERS:
            self.report.faults.doubled += [f"{fault}: {each}" for each in twice - self._twice]
        self._twice = twice

    def finish(self, seed: int) -> Report:
        """Return what became of everything."""
        report = self.report
        report.seed = seed
        for user, talk in zip(self.users, self.talks, strict=True):
            faults = examine(talk)
            seen = [{"id": item.via, "text": item.text} for item in user.inbox]
            faults.foreign += foreign(talk.mark, seen)
            faults.lost += [f"given up: {text}" for text in self.account.kept(user, "failed")]
            report.faults.add(faults)
            said = [each for every in talk.to_customer.values() for each in every]
            report.turns += sum(each.acknowledged for each in talk.sent)
            report.sentences += sum(each.acknowledged for each in said)
            report.tickets += len(talk.tickets)
        for number, ticket in self.with_agent.items():
            seen = self.agent.look(ticket)["messages"]
            report.faults.lost += same_as_agents_see(self.talks[number], seen)
        return report


def _plain(*texts: str) -> str:
    """Return texts without blanks: where messages are split and joined there are others."""
    return re.sub(r"\s", "", "".join(texts))


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_all_is_answered_and_arrives_whatever_the_apis_do(
    accounts: list[AnyAccount], turn: int
) -> None:
    seed = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(10**6))
    moments = random.Random(seed)
    loads = [Load(account, moments) for account in accounts]
    for load in loads:
        load.begin()
    for name in moments.sample(sorted(FAULTS), len(FAULTS)):
        met = [load.troubles + 2 for load in loads]
        for account in accounts:
            FAULTS[name](account)
        began = time.monotonic()
        # Turns that take longer than a platform waits: their answers go by the API.
        slow = actions_stopped(accounts[0].assistant) if name == LONG else contextlib.nullcontext()
        with slow:
            for load in loads:
                load.write()
            for load in loads:
                load.answer()
        for load, least in zip(loads, met, strict=True):
            eventually(lambda load=load, least=least: load.troubles >= least, f"{name} is met")
        if name == LONG:
            lasts = moments.uniform(SLOW, 15 if turn else SLOW)
            time.sleep(max(began + lasts - time.monotonic(), 0))
        for account in accounts:
            account.heal()
        began = time.monotonic()
        for load in loads:
            owed = load.owed_after(began + WELL - time.monotonic())
            took = time.monotonic() - began
            fault = f"{load.account.channel} {name}"
            assert not owed, f"seed {seed}: {fault}: after {took:.0f} s not done: {owed}"
            load.report.recovered.append((fault, took))
            load.look_for_doubles(name)
    for load in loads:
        REPORTS.append(load.finish(seed))
        REPORTS[-1].check()
        assert not load.account.platform.faults, load.account.platform.faults


def test_the_bot_answers_at_once_while_the_apis_are_away(accounts: list[AnyAccount]) -> None:
    for account in accounts:
        account.platform.drop(account.send, times=math.inf)
        ends_the_token(account)
        for _ in range(3):  # on a busy machine one may take too long
            eventually(
                lambda on=account: (
                    "新设备" in (on.platform.user().says("怎么开启双重验证").reply or "")
                ),
                "answered at once",
            )
        account.heal()


def test_there_is_no_flood_of_lines_in_the_log(accounts: list[AnyAccount]) -> None:
    assert Path(accounts[0].folder / "assistant.log").stat().st_size < 1_000_000
