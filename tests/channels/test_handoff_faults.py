"""Things die in the middle of a hand-off; every word arrives once, in order."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from desk import Agents, Database
from desk.transcript import messages as messages_table
from run import Assistant
from tests.agent import PASSWORD, ConsoleAgent
from tests.conftest import start_assistant
from tests.customer import Customer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def own_assistant(folder: Path) -> Iterator[Assistant]:
    """An assistant whose processes are killed."""
    running = start_assistant(folder, customer_limit="1000/minute")
    yield running
    running.stop()


@pytest.fixture
def customer(own_assistant: Assistant) -> Iterator[Customer]:
    found = Customer(own_assistant.url)
    yield found
    found.close()


@pytest.fixture
def agent(own_assistant: Assistant, folder: Path) -> Iterator[ConsoleAgent]:
    login = f"agent-{uuid.uuid4().hex[:8]}"
    Agents(Database(f"sqlite:///{folder / 'desk.db'}")).save(login, PASSWORD, "小李")
    found = ConsoleAgent(own_assistant.url, login)
    yield found
    found.close()


def sent_until_it_arrives(send: Callable[[], httpx.Response]) -> None:
    """Send as the pages do: again, with the same id, until the server says that it has it."""
    until = time.monotonic() + 60
    while True:
        try:
            answer = send()
            if answer.status_code == 200:
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < until, "the server did not come back"
        time.sleep(0.1)


def test_server_killed_in_the_middle_of_a_talk_loses_and_doubles_nothing(
    own_assistant: Assistant, customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("转人工")
    ticket = agent.queue()["waiting"][0]["id"]
    assert agent.does("take", ticket).status_code == 200
    said = [f"客户第{number}句" for number in range(25)]
    answered = [f"客服第{number}句" for number in range(25)]

    def talk(words: list[str], send: Callable[[str, str], httpx.Response]) -> None:
        for text in words:
            key = uuid.uuid4().hex
            sent_until_it_arrives(lambda text=text, key=key: send(text, key))

    def from_customer(text: str, key: str) -> httpx.Response:
        return customer.http.post("/api/messages", json={"id": key, "text": text})

    sides = [
        threading.Thread(target=talk, args=(said, from_customer)),
        threading.Thread(
            target=talk, args=(answered, lambda text, key: agent.says(ticket, text, key))
        ),
    ]
    for side in sides:
        side.start()
    time.sleep(0.3)  # in the middle of it
    own_assistant.stop_one("server", kill=True)
    own_assistant.start_server()
    own_assistant.wait_ready()
    for side in sides:
        side.join()
    messages = customer.http.get("/api/messages").json()["messages"]
    assert [each["text"] for each in messages if each["from"] == "agent"] == answered
    heard = [each["text"] for each in messages if each["from"] == "customer"]
    assert heard[-len(said) :] == said
    seen = agent.look(ticket)["messages"]
    assert [each["text"] for each in seen] == [each["text"] for each in messages]


def test_server_killed_while_the_bot_answers_still_answers_once(
    own_assistant: Assistant, customer: Customer
) -> None:
    key = uuid.uuid4().hex

    def send() -> httpx.Response:
        return customer.http.post("/api/messages", json={"id": key, "text": "怎么开启双重验证"})

    sending = threading.Thread(target=sent_until_it_arrives, args=(send,))
    sending.start()
    own_assistant.stop_one("server", kill=True)
    own_assistant.start_server()
    own_assistant.wait_ready()
    sending.join()
    messages = customer.http.get("/api/messages").json()["messages"]
    assert [each["from"] for each in messages] == ["customer", "bot"]
    assert "新设备" in messages[1]["text"]


def test_customer_whose_turn_died_hears_of_it_without_sending_again(
    own_assistant: Assistant, folder: Path, customer: Customer
) -> None:
    actions = own_assistant.processes["actions"]
    database = Database(f"sqlite:///{folder / 'desk.db'}")
    os.kill(actions.pid, signal.SIGSTOP)
    try:
        with contextlib.suppress(httpx.TimeoutException):
            customer.http.post(
                "/api/messages", json={"id": "lost", "text": "怎么开启双重验证"}, timeout=1
            )
        own_assistant.stop_one("server", kill=True)
    finally:
        os.kill(actions.pid, signal.SIGCONT)
    with database.write() as connection:  # as if minutes had gone by
        lost = messages_table.update().where(messages_table.c.key == "lost")
        aged = connection.execute(lost.values(time=time.time() - 100))
        assert aged.rowcount == 1, "what the server took is in the record"
    own_assistant.start_server()
    own_assistant.wait_ready()
    until = time.monotonic() + 30
    while time.monotonic() < until:
        said = customer.http.get("/api/messages").json()["messages"]
        if [each["from"] for each in said] == ["customer", "bot"]:
            break
        time.sleep(0.2)
    assert "没有处理成功" in said[-1]["text"]
    assert customer.says("怎么开启双重验证").count("新设备") == 1, "and goes on"


def test_action_server_killed_while_a_customer_waits_keeps_the_ticket(
    own_assistant: Assistant, customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("转人工")
    waiting = agent.queue()["waiting"]
    own_assistant.stop_one("actions", kill=True)
    try:
        assert agent.queue()["waiting"] == waiting
        assert agent.does("take", waiting[-1]["id"]).status_code == 200
        assert agent.says(waiting[-1]["id"], "您好").status_code == 200
        assert customer.post(text="在的").status_code == 200, "talking needs no actions"
    finally:
        own_assistant.start_actions()
        own_assistant.wait_ready()
