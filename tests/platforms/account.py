"""A WeChat account for the tests, the assistant that answers for it, and its agents."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from desk import Database
from run import Assistant
from tests.agent import ConsoleAgent, new_login
from tests.conftest import start_assistant
from tests.platforms.wechat import WeChatPlatform, WeChatUser

TOKEN = "a-token-of-tests"
APP_ID = "wx0123456789abcdef"
APP_SECRET = "0123456789abcdef0123456789abcdef"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"[:42] + "A"
SEND = "/cgi-bin/message/custom/send"
FETCH = "/cgi-bin/stable_token"
# An action server that was stopped for longer than this drops, when it goes on, whom it let wait.
os.environ.setdefault("SANIC_KEEP_ALIVE_TIMEOUT", "75")
MENU = {"REFUND": "request_refund", "HUMAN": "human_handoff"}


def settings(**more: Any) -> dict[str, Any]:
    """Return the account's part of credentials.yml."""
    return {"token": TOKEN, "app_id": APP_ID, "app_secret": APP_SECRET, "menu": MENU, **more}


class Account:
    """One account: its platform, the assistant behind it, and what the assistant keeps."""

    def __init__(self, folder: Path, mode: str, **more: Any) -> None:
        key = None if mode == "plain" else KEY
        self.platform = WeChatPlatform(TOKEN, APP_ID, APP_SECRET, key, mode)
        self.folder = folder
        given = settings(api_base_url=self.platform.base_url, **more)
        if key:
            given["encoding_aes_key"] = key
        self.assistant: Assistant = start_assistant(
            folder, channels={"channels.wechat.WeChatInput": given}
        )
        self.database = Database(f"sqlite:///{folder / 'desk.db'}")
        self.agents: list[ConsoleAgent] = []
        assert self.platform.connect(f"{self.assistant.url}/webhooks/wechat/webhook")

    def stop(self) -> None:
        for agent in self.agents:
            agent.close()
        self.assistant.stop()
        self.platform.stop()

    def tells_nothing(self) -> None:
        """Check the log: no trace of a crash, no secret, no customer, nothing that one said."""
        log = (self.folder / "assistant.log").read_text(encoding="utf8", errors="replace")
        assert "Traceback" not in log, log[-4000:]
        secrets = {TOKEN, APP_SECRET, KEY, OLD_KEY, *self.platform._users}
        secrets |= {token.value for token in self.platform._tokens}
        said = self.rows("select text from messages where author in ('customer', 'agent')")
        secrets |= {text for (text,) in said if len(text) > 3}
        assert not [each for each in secrets if each in log], log[-4000:]

    # ---- agents

    def agent(self, name: str = "小李") -> ConsoleAgent:
        """Return an agent who is logged in at the console."""
        login = new_login(self.database, name)
        self.agents.append(ConsoleAgent(self.assistant.url, login))
        return self.agents[-1]

    def takes(self, agent: ConsoleAgent, user: WeChatUser) -> int:
        """Let the user ask for a human, and the agent take them; return the ticket's id."""
        user.says("转人工")
        user.waits_for("工单号")
        (ticket,) = [
            each["id"]
            for each in agent.queue()["waiting"]
            if agent.look(each["id"])["ticket"]["channel"] == "wechat"
            and self.conversation_of(each["id"]) == f"wechat-{user.openid}"
        ]
        assert agent.does("take", ticket).status_code == 200
        user.waits_for("为您服务")
        return int(ticket)

    # ---- what is stored

    def rows(self, query: str, *values: Any, of: str = "desk.db") -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.folder / of, timeout=10)) as database:
            return database.execute(query, values).fetchall()

    def conversation_of(self, ticket: int) -> str:
        ((found,),) = self.rows("select conversation_id from tickets where id = ?", ticket)
        return str(found)

    def said(self, user: WeChatUser, author: str) -> list[str]:
        """Return what an author said in the user's conversation, as it stands in the record."""
        query = "select text from messages where conversation_id = ? and author = ? order by seq"
        return [text for (text,) in self.rows(query, f"wechat-{user.openid}", author)]

    def kept(self, user: WeChatUser, delivery: str = "waiting") -> list[str]:
        """Return what was not carried to the user: what waits, or has `failed` for good."""
        query = "select text from messages where conversation_id = ? and delivery = ? order by seq"
        return [text for (text,) in self.rows(query, f"wechat-{user.openid}", delivery)]

    def traces(self, user: WeChatUser) -> list[str]:
        """Return where anything of the user is left: tables, Rasa's tracker, pictures."""
        left = []
        for file in sorted(path.name for path in self.folder.glob("*.db")):
            for (table,) in self.rows("select name from sqlite_master where type='table'", of=file):
                rows = self.rows(f'select * from "{table}"', of=file)
                if any(user.openid in str(row) for row in rows):
                    left.append(f"{file}: {table}")
        pictures = self.folder / "pictures"
        left += [str(path) for path in pictures.rglob("*") if user.openid in str(path)]
        return left


@contextlib.contextmanager
def actions_stopped(assistant: Assistant) -> Iterator[None]:
    """Stop the action server meanwhile: a turn goes on only when it runs again."""
    assistant.signal("actions", signal.SIGSTOP)
    try:
        yield
    finally:
        assistant.signal("actions", signal.SIGCONT)


def eventually(true: Callable[[], object], what: str, seconds: float = 60) -> None:
    """Wait until something is so."""
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.05)


def shown(user: WeChatUser, text: str) -> int:
    """Return how many times the user sees a text."""
    return sum(item.text.count(text) for item in user.inbox)
