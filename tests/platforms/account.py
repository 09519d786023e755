"""Accounts of WeChat and Weibo for the tests, the assistant that answers for them, its agents."""

from __future__ import annotations

import contextlib
import re
import signal
import sqlite3
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from desk import Database
from run import Assistant
from standins.stand_in import Person, StandIn
from standins.wechat import WeChatPlatform, WeChatUser
from standins.weibo import WeiboPlatform, WeiboUser
from tests.agent import ConsoleAgent, new_login
from tests.conftest import SECRET, start_assistant

# WeChat's
TOKEN = "a-token-of-tests"
APP_ID = "wx0123456789abcdef"
APP_SECRET = "0123456789abcdef0123456789abcdef"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
OLD_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"[:42] + "A"
SEND = "/cgi-bin/message/custom/send"
FETCH = "/cgi-bin/stable_token"
MENU = {"REFUND": "request_refund", "HUMAN": "human_handoff"}
# Weibo's
ACCESS_TOKEN = "2.00-the-token-of-the-tests"
REPLY = "/2/messages/reply.json"
FILE = "/2/mss/msget"
WEIBO_MENU = {
    "FORGOT": "forgot_password",
    "HUMAN": "human_handoff",
    "SCENE_refund": "refund_progress",
}


def wechat_settings(**more: Any) -> dict[str, Any]:
    """Return a WeChat account's part of credentials.yml."""
    return {"token": TOKEN, "app_id": APP_ID, "app_secret": APP_SECRET, "menu": MENU, **more}


Platform = TypeVar("Platform", bound=StandIn[Any])
User = TypeVar("User", bound=Person)
Self = TypeVar("Self", bound="Account[Any, Any]")


BUSY_MACHINE = 7.5  # seconds that a stand-in waits for an answer, instead of five


class Account[Platform: StandIn[Any], User: Person]:
    """One account: its platform, the assistant behind it, and what the assistant keeps.

    Args:
        platform: the stand-in.
        given: the account's part of credentials.yml.

    Attributes:
        channel: its name; source: its class as credentials.yml names it.
        send: the path of the platform's API that messages go to.
    """

    channel: ClassVar[str]
    source: ClassVar[str]
    send: ClassVar[str]
    assistant: Assistant
    folder: Path
    database: Database

    def __init__(self, platform: Platform, given: dict[str, Any]) -> None:
        self.platform = platform
        # The assistant answers within 4.2 s; on a busy machine that takes longer to arrive.
        platform.answer_seconds = BUSY_MACHINE
        self.given = {"api_base_url": platform.base_url, **given}
        self.agents: list[ConsoleAgent] = []
        self._others: tuple[Account[Any, Any], ...] = ()

    def start(
        self: Self,
        folder: Path,
        *others: Account[Any, Any],
        closed: Sequence[str] = (),
        reads_pictures: bool = False,
    ) -> Self:
        """Start an assistant for this account, and for others; its state is in that folder.

        `closed` are channels of credentials.yml that are not open.
        """
        self._others = others
        given: dict[str, Any] = {each.source: each.given for each in (self, *others)}
        given |= dict.fromkeys(closed)
        assistant = start_assistant(folder, channels=given, reads_pictures=reads_pictures)
        for each in (self, *others):
            each.assistant, each.folder = assistant, folder
            each.database = Database(f"sqlite:///{folder / 'desk.db'}")
            assert each.platform.connect(each.webhook)
        return self

    @property
    def webhook(self) -> str:
        return f"{self.assistant.url}/webhooks/{self.channel}/webhook"

    def stop(self) -> None:
        every = (self, *self._others)
        for agent in [agent for each in every for agent in each.agents]:
            agent.close()
        self.assistant.stop()
        for each in every:
            each.platform.stop()
            each.tells_nothing()

    @abstractmethod
    def heal(self) -> None:
        """Take back all faults of the platform."""

    def tells_nothing(self) -> None:
        """Check the log: no trace of a crash, no secret, no customer, nothing that one said."""
        log = self.log
        assert "Traceback" not in log, log[-4000:]
        secrets = {SECRET, KEY, OLD_KEY, *self.platform._secrets}
        secrets |= {str(user.id) for user in self.platform._users.values()}
        said = self.rows("select text from messages where author in ('customer', 'agent')")
        secrets |= {text for (text,) in said if len(text) > 3}
        assert not [each for each in secrets if each in log], log[-4000:]

    @property
    def log(self) -> str:
        return (self.folder / "assistant.log").read_text(encoding="utf8", errors="replace")

    # ---- agents

    def agent(self, name: str = "小李") -> ConsoleAgent:
        """Return an agent who is logged in at the console."""
        login = new_login(self.database, name)
        self.agents.append(ConsoleAgent(self.assistant.url, login))
        return self.agents[-1]

    def takes(self, agent: ConsoleAgent, user: User, words: str = "转人工") -> int:
        """Let the user ask for a human, and the agent take them; return the ticket's id."""
        user.says(words)
        number = re.search(r"K\d{6}", user.waits_for("工单号").text)
        assert number
        ticket = int(agent.ticket_of(number[0])["id"])
        assert agent.does("take", ticket).status_code == 200
        # The user has it before the assistant hears that it was taken, and counts it.
        eventually(lambda: not self.kept(user), "what the bot said counts as said")
        return ticket

    # ---- what is stored

    def rows(self, query: str, *values: Any, of: str = "desk.db") -> list[Any]:
        with contextlib.closing(sqlite3.connect(self.folder / of, timeout=10)) as database:
            found = database.execute(query, values).fetchall()
            database.commit()
            return found

    def conversation(self, user: User) -> str:
        return f"{self.channel}-{user.id}"

    def said(self, user: User, *authors: str) -> list[str]:
        """Return what stands in the record of a user, oldest first; of these authors, or of all."""
        query = "select author, text from messages where conversation_id = ? order by seq"
        rows = self.rows(query, self.conversation(user))
        return [text for author, text in rows if not authors or author in authors]

    def kept(self, user: User, delivery: str = "waiting") -> list[str]:
        """Return what was not carried to the user: what waits, or has `failed` for good."""
        query = "select text from messages where conversation_id = ? and delivery = ? order by seq"
        return [text for (text,) in self.rows(query, self.conversation(user), delivery)]

    def traces(self, user: User) -> list[str]:
        """Return where anything of the user is left: tables, Rasa's tracker, pictures."""
        left = []
        for file in sorted(path.name for path in self.folder.glob("*.db")):
            for (table,) in self.rows("select name from sqlite_master where type='table'", of=file):
                rows = self.rows(f'select * from "{table}"', of=file)
                if any(str(user.id) in str(row) for row in rows):
                    left.append(f"{file}: {table}")
        pictures = self.folder / "pictures"
        left += [str(path) for path in pictures.rglob("*") if str(user.id) in str(path)]
        return left


class WeChatAccount(Account[WeChatPlatform, WeChatUser]):
    """An account of WeChat; `more` are settings of WeChatInput."""

    channel = "wechat"
    source = "channels.wechat.WeChatInput"
    send = SEND

    def __init__(self, mode: str, **more: Any) -> None:
        key = None if mode == "plain" else KEY
        if key:
            more["encoding_aes_key"] = key
        platform = WeChatPlatform(TOKEN, APP_ID, APP_SECRET, key, mode)
        super().__init__(platform, wechat_settings(**more))
        self.heal()

    def heal(self) -> None:
        self.platform.heal()
        self.platform.whitelisted = True
        self.platform.customer_service = self.given.get("reply_mode") != "passive_only"


class WeiboAccount(Account[WeiboPlatform, WeiboUser]):
    """An account of Weibo; `more` are settings of WeiboInput."""

    channel = "weibo"
    source = "channels.weibo.WeiboInput"
    send = REPLY

    def __init__(self, **more: Any) -> None:
        given = {"app_secret": APP_SECRET, "access_token": ACCESS_TOKEN, "menu": WEIBO_MENU}
        platform = WeiboPlatform(APP_SECRET, ACCESS_TOKEN)
        super().__init__(platform, {"media_base_url": platform.base_url, **given, **more})

    def heal(self) -> None:
        self.platform.heal()
        self.platform.renew_token(ACCESS_TOKEN)


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


def shown(user: Person, text: str) -> int:
    """Return how many times the user sees a text."""
    return sum(item.text.count(text) for item in user.inbox)


def hears_the_answer_although_connections_break(account: Account[Any, Any], user: Any) -> None:
    """Break a delivery's connection in the middle of a turn, and one as it is answered."""
    account.platform.lose(after=0.2)
    with actions_stopped(account.assistant):
        delivery = user.says("怎么开启双重验证", wait=False)
        eventually(lambda: delivery.attempts, "the connection broke")
    user.waits_for("新设备")
    account.platform.lose()
    user.says("怎么修改密码")
    eventually(lambda: len(account.said(user, "bot")) == 2, "the second answer")
    user.waits_for(account.said(user, "bot")[1].splitlines()[0])
    assert len(user.inbox) == 2
