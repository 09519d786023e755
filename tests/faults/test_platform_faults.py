"""WeChat hangs, drops, answers garbage and refuses tokens, while many users talk and wait."""

from __future__ import annotations

import math
import os
import random
import re
import secrets
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.agent import ConsoleAgent
from tests.faults.conftest import REPORTS, ROUNDS
from tests.faults.load import WELL, Report
from tests.platforms.wechat import WeChatPlatform, WeChatUser
from tests.platforms.wechat_account import FETCH, SEND, Account

USERS = 8
FAULTS: dict[str, Callable[[WeChatPlatform], None]] = {
    "hangs": lambda platform: platform.hang(SEND, 12, times=2),  # longer than anybody waits
    "drops calls": lambda platform: platform.drop(SEND, times=math.inf),
    "drops answers": lambda platform: platform.drop(SEND, times=USERS, processed=True),
    "answers garbage": lambda platform: platform.garbage(SEND, times=math.inf),
    "answers 502": lambda platform: platform.garbage(SEND, times=math.inf, status=502),
    "is busy": lambda platform: platform.fail(SEND, -1, times=math.inf),
    "refuses tokens": lambda platform: platform.fail(SEND, 40001, times=math.inf),
    "gives no tokens": lambda platform: gives_no_tokens(platform),
}


def gives_no_tokens(platform: WeChatPlatform) -> None:
    platform.invalidate_tokens()
    platform.drop(FETCH, times=math.inf)


FAULT = re.compile(r"〔(.+?)〕")  # what a text is for: its user, and its number


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    running = Account(tmp_path_factory.mktemp("platform"), "safe")
    yield running
    running.stop()


class Talks:
    """Users with an agent: what the agent said to each, and when all have read it."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.agent: ConsoleAgent = account.agent()
        self.users: list[WeChatUser] = [account.platform.user() for _ in range(USERS)]
        self.tickets = [account.takes(self.agent, user) for user in self.users]
        self.said: list[list[str]] = [[] for _ in self.users]
        self.asked = 0

    def go_on(self) -> None:
        """Let each user write something, and the agent answer."""
        for number, (user, ticket) in enumerate(zip(self.users, self.tickets, strict=True)):
            self.asked += 1
            assert user.says(f"客户{number}又问了第{self.asked}句").attempts[-1].status == 200
            text = f"〔{number}-{len(self.said[number])}〕客服的话"
            self.said[number].append(text)
            assert self.agent.says(ticket, text).status_code == 200

    def missing(self) -> list[str]:
        """Return what was said and nobody has read yet."""
        return [
            text
            for user, said in zip(self.users, self.said, strict=True)
            for text in set(said) - {each for item in user.inbox for each in self._texts(item.text)}
        ]

    @staticmethod
    def _texts(seen: str) -> list[str]:
        return [f"〔{mark}〕客服的话" for mark in FAULT.findall(seen)]

    def seen_by(self, number: int) -> list[str]:
        inbox = self.users[number].inbox
        return [text for item in inbox for text in self._texts(item.text)]


@pytest.fixture(scope="module")
def talks(account: Account) -> Talks:
    return Talks(account)


@pytest.mark.parametrize("turn", range(ROUNDS))
def test_what_agents_say_arrives_whatever_the_api_does(talks: Talks, turn: int) -> None:
    seed = int(os.environ.get("FAULTS_SEED") or secrets.randbelow(10**6))
    moments = random.Random(seed)
    platform = talks.account.platform
    report = Report(seed)
    for name in moments.sample(sorted(FAULTS), len(FAULTS)):
        FAULTS[name](platform)
        talks.go_on()
        if name == "answers 502" or turn:  # long enough for several tries: a gateway's restart
            time.sleep(moments.uniform(4, 15 if turn else 5))
        else:
            time.sleep(moments.uniform(0.2, 1))
        platform.heal()
        began = time.monotonic()
        while missing := talks.missing():
            took = time.monotonic() - began
            assert took < WELL, f"seed {seed}: {name}: not read after {took:.0f} s: {missing}"
            time.sleep(0.05)
        report.recovered.append((f"WeChat {name}", time.monotonic() - began))
    for number, said in enumerate(talks.said):
        seen = talks.seen_by(number)
        first = list(dict.fromkeys(seen))
        report.faults.lost += [text for text in said if text not in seen]
        report.faults.foreign += [text for text in seen if text not in said]
        report.faults.disordered += [] if first == said else [f"user {number} read {first}"]
    report.turns = report.sentences = USERS * len(FAULTS)
    report.tickets = USERS
    REPORTS.append(report)
    report.check()
    assert not platform.faults, platform.faults
    assert not any(talks.account.kept(user, "failed") for user in talks.users)


def test_the_bot_answers_at_once_while_the_api_is_away(account: Account) -> None:
    account.platform.drop(SEND, times=math.inf)
    account.platform.drop(FETCH, times=math.inf)
    users = [account.platform.user() for _ in range(USERS)]
    for user in users:
        user.says("怎么开启双重验证", wait=False)
    for user in users:
        assert user.waits_for("新设备").via == "passive"
    account.platform.heal()


def test_nothing_of_it_is_in_the_log(account: Account, talks: Talks) -> None:
    account.tells_nothing()
    assert Path(account.folder / "assistant.log").stat().st_size < 1_000_000, "no flood of lines"
