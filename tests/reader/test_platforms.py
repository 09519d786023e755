"""A user of WeChat or Weibo sends a screenshot: read, told and shown to agents as on the page."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from standins.stand_in import Person
from tests.agent import ConsoleAgent
from tests.platforms.account import eventually, shown
from tests.reader.conftest import (
    ACCOUNTS,
    LONGEST,
    AnyAccount,
    as_png,
    example,
    started,
    stored_words,
    wait_until,
)

SEEN = "我在图里看到"
MANY = ["wallet-01", "wallet-02", "wallet-03", "bill-01", "bank-01"]
MANY += ["sms-01", "chat-03", "step-01", "code-01", "blank-01"]


@pytest.fixture(params=ACCOUNTS)
def account(
    request: pytest.FixtureRequest, accounts: dict[str, AnyAccount]
) -> Iterator[AnyAccount]:
    yield accounts[request.param]
    accounts[request.param].heal()
    assert accounts[request.param].platform.faults == []


@pytest.fixture
def user(account: AnyAccount) -> Any:
    return account.platform.user()


def heard(user: Person) -> str:
    """Return everything that the user sees, of as many messages as it took."""
    return "\n".join(item.text for item in user.inbox)


def unread(account: AnyAccount, user: Any) -> list[Any]:
    """Return the user's pictures that wait to be read."""
    query = "select * from unread where conversation_id = ?"
    return account.rows(query, account.conversation(user))


def ticket_of(account: AnyAccount, user: Any) -> tuple[ConsoleAgent, dict[str, Any]]:
    """Let the user ask for a human; return an agent, and what the agent sees of the ticket."""
    user.says("转人工")
    eventually(lambda: re.search(r"K\d{6}", heard(user)), "the ticket's number")
    (number,) = set(re.findall(r"K\d{6}", heard(user)))
    agent = account.agent()
    return agent, agent.look(int(agent.ticket_of(number)["id"]))


def test_a_failed_payment_is_told_and_goes_into_the_ticket(account: AnyAccount, user: Any) -> None:
    page = example("wallet-01")
    user.sends_picture(as_png(page.image))
    user.waits_for("正在看")
    user.waits_for(SEEN, LONGEST)
    eventually(lambda: not account.kept(user), "all of it is delivered")
    for right in page.values.values():
        assert right in heard(user)
    assert "付款遇到问题" in heard(user)
    _, seen = ticket_of(account, user)
    (sent,) = [each for each in seen["messages"] if each["picture"]]
    assert page.values["order_number"] in sent["text"], "picture and text side by side"
    assert page.values["order_number"] in str(seen["ticket"]), "it need not be asked for"


def test_a_swindlers_chat_is_a_danger_and_its_secrets_are_covered(
    account: AnyAccount, user: Any, engine: Any
) -> None:
    chat = example("chat-03")
    (code,) = chat.secrets
    user.sends_picture(as_png(chat.image))
    user.waits_for("骗", LONGEST)
    eventually(lambda: not account.kept(user), "all of it is delivered")
    assert "不要把密码和验证码发给任何人" in heard(user)
    assert code not in heard(user)
    agent, seen = ticket_of(account, user)
    assert seen["ticket"]["urgency"] == "urgent"
    assert code not in str(seen)
    (sent,) = [each for each in seen["messages"] if each["picture"]]
    url = sent["picture"]["url"].removeprefix("/desk/api")
    assert code not in stored_words(engine, agent.http.get(url).content)


def test_a_picture_that_is_delivered_twice_is_read_and_told_once(
    account: AnyAccount, user: Any
) -> None:
    account.platform.lose()
    delivery = user.sends_picture(as_png(example("bill-01").image))
    assert len(delivery.attempts) > 1
    user.waits_for(SEEN, LONGEST)
    user.says("怎么修改密码")
    eventually(lambda: "修改密码" in heard(user), "the answer to what came after it")
    assert shown(user, SEEN) == 1
    assert unread(account, user) == []


def test_ten_pictures_at_once_are_summed_up_and_none_is_lost(
    account: AnyAccount, user: Any
) -> None:
    """In as few messages as the platform allows after the last picture."""
    pages = [as_png(example(name).image) for name in MANY]
    with ThreadPoolExecutor(len(pages)) as sending:
        list(sending.map(user.sends_picture, pages))

    def told() -> bool:
        return all(f"第 {place} 张" in heard(user) for place in range(1, len(MANY) + 1))

    wait_until(lambda: unread(account, user) == [])
    eventually(told, "what was seen in each")
    eventually(lambda: not account.kept(user), "all of it is delivered")
    assert shown(user, "正在看") == 1
    assert len({each for each in account.said(user, "bot") if "我都看了" in each}) <= 4


def test_an_agent_reads_it_and_the_bot_is_silent(account: AnyAccount, user: Any) -> None:
    agent = account.agent()
    ticket = account.takes(agent, user)
    page = example("bank-01")
    user.sends_picture(as_png(page.image))

    def read() -> bool:
        sent = [each for each in agent.look(ticket)["messages"] if each["picture"]]
        return bool(sent) and page.values["order_number"] in sent[-1]["text"]

    wait_until(read)
    assert SEEN not in heard(user)
    assert "正在看" not in heard(user)


def test_who_leaves_before_it_is_read_leaves_nothing(account: AnyAccount, user: Any) -> None:
    account.assistant.signal("reader", signal.SIGSTOP)
    try:
        user.sends_picture(as_png(example("bill-02").image))
        user.waits_for("正在看")
        assert unread(account, user)
        user.unfollow()
        eventually(lambda: account.traces(user) == [], "nothing is left")
    finally:
        account.assistant.signal("reader", signal.SIGCONT)
    assert unread(account, user) == []


def test_without_an_api_what_was_seen_comes_with_the_next_message(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    for accounts in started(tmp_path_factory.mktemp("passive"), reply_mode="passive_only"):
        for account in accounts.values():
            user: Any = account.platform.user()
            user.sends_picture(as_png(example("wallet-02").image))
            user.waits_for("随便回复一句")
            wait_until(lambda of=user, on=account: any(SEEN in each for each in on.said(of, "bot")))
            user.says("好")
            user.waits_for(SEEN)
            assert [item.via for item in user.inbox] == ["passive"] * len(user.inbox)
