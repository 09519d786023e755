"""Things break; the customer hears about it in a plain sentence."""

from __future__ import annotations

import contextlib
import sqlite3
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from desk import Agents, Database
from run import Assistant
from tests.agent import PASSWORD, ConsoleAgent
from tests.conftest import start_assistant, until_it_works
from tests.customer import Customer


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("broken")


@pytest.fixture(scope="module")
def own_assistant(folder: Path) -> Iterator[Assistant]:
    """An assistant that may be broken."""
    running = start_assistant(folder)
    yield running
    running.stop()


@pytest.fixture
def victim(own_assistant: Assistant) -> Iterator[Customer]:
    customer = Customer(own_assistant.url)
    yield customer
    customer.close()


def not_received(customer: Customer, text: str) -> str:
    """Write what cannot be recorded; return what is said to it instead of an acknowledgement."""
    answer = customer.post(text=text)
    assert answer.status_code == 500
    refusal = answer.json()["error"]
    assert refusal["code"] == "not_recorded"
    return str(refusal["message"])


def log_of(folder: Path) -> str:
    return (folder / "assistant.log").read_text(encoding="utf8", errors="replace")


def test_action_server_down_is_apologised_for_and_a_human_is_still_to_be_had(
    own_assistant: Assistant, folder: Path, victim: Customer
) -> None:
    own_assistant.stop_one("actions", kill=True)
    try:
        victim.says("怎么开启双重验证")
        assert "系统刚才出了点问题" in victim.said
        victim.presses("转人工")
        assert "工单号" in victim.said
        Agents(Database(f"sqlite:///{folder / 'desk.db'}")).save("li", PASSWORD, "小李")
        agent = ConsoleAgent(own_assistant.url, "li")
        (ticket,) = [each["id"] for each in agent.queue()["waiting"]]
        for what, said in (("take", {}), ("messages", {"id": "1", "text": "您好"}), ("close", {})):
            assert agent.does(what, ticket, **said).status_code == 200, "talking needs no actions"
        agent.close()
    finally:
        own_assistant.start_actions()
        own_assistant.wait_ready()
    victim.says("怎么开启双重验证")
    assert "新设备" in victim.said, "well again without a restart of the server"


def test_answer_that_was_lost_in_a_crash_is_said_again_and_not_a_step_further(
    own_assistant: Assistant, folder: Path
) -> None:
    patient, gone = Customer(own_assistant.url), Customer(own_assistant.url)
    asked = {one: {"id": str(uuid.uuid4()), "text": "下一步"} for one in (patient, gone)}
    second = {}
    for one in (patient, gone):
        one.says("忘记密码怎么办")
        second[one] = shown(one.post(**asked[one]).json()["messages"])
    own_assistant.stop_one("server", kill=True)
    own_assistant.start_server()
    own_assistant.wait_ready()
    with contextlib.closing(sqlite3.connect(folder / "desk.db", timeout=60)) as database, database:
        for one, ago in ((patient, 0), (gone, 60)):  # as if it had died a moment earlier
            number = asked[one]["id"]
            database.execute("delete from messages where reply_to = ?", (number,))
            lost = "update messages set answered = 0, time = ? where key = ?"
            database.execute(lost, (time.time() - ago, number))
    assert shown(patient.post(**asked[patient]).json()["messages"]) == second[patient], "sent again"
    until_it_works(lambda: is_last(second[gone], gone), AssertionError)
    for one in (patient, gone):
        one.says("下一步")
        assert one.step == 3
        one.close()


def shown(messages: list[dict[str, Any]]) -> list[tuple[str, int, list[str]]]:
    return [
        (each["text"], each["step"]["index"], [button["title"] for button in each["buttons"]])
        for each in messages
        if each["step"]
    ]


def is_last(said: list[tuple[str, int, list[str]]], customer: Customer) -> None:
    assert shown(customer.open_page())[-1:] == said


QUESTION = "用公共wifi付款安全吗"


def says_to_somebody_new(assistant: Assistant) -> str:
    """Return what is answered to a customer who has not heard it yet: nobody hears it twice."""
    customer = Customer(assistant.url)
    try:
        return customer.says(QUESTION)
    finally:
        customer.close()


def hears(assistant: Assistant, words: str) -> None:
    """Ask until the answer holds these words: the files are looked at every 20 ms, not always."""

    def asks() -> None:
        assert words in says_to_somebody_new(assistant)

    until_it_works(asks, AssertionError)


def test_edited_answer_is_said_without_restart(folder: Path, own_assistant: Assistant) -> None:
    topic = folder / "content" / "topics" / "public_wifi.yml"
    before = topic.read_text(encoding="utf8")
    topic.write_text(before.replace("请尽量不要", "请千万不要"), encoding="utf8")
    hears(own_assistant, "请千万不要")
    topic.write_text(before, encoding="utf8")
    hears(own_assistant, "请尽量不要")


def test_broken_edit_is_refused_with_its_line_and_the_old_answer_stays(
    folder: Path, own_assistant: Assistant
) -> None:
    topic = folder / "content" / "topics" / "public_wifi.yml"
    before = topic.read_text(encoding="utf8")
    topic.write_text(before + "answr: 打错了\n", encoding="utf8")
    line = len(before.splitlines()) + 1

    def is_refused() -> None:
        assert "请尽量不要" in says_to_somebody_new(own_assistant)
        assert f"topics/public_wifi.yml:{line}: 不认识的项目 “answr”" in log_of(folder)

    until_it_works(is_refused, AssertionError)
    topic.write_text(before, encoding="utf8")


def test_desk_locked_by_another_program_is_spoken_of(folder: Path, victim: Customer) -> None:
    victim.says("你好")
    lock = sqlite3.connect(folder / "desk.db", isolation_level=None)
    lock.execute("begin exclusive")
    try:
        assert "没能登记成功" in not_received(victim, "转人工")
    finally:
        lock.rollback()
        lock.close()
    assert "工单号" in victim.says("转人工")


def test_desk_that_cannot_be_opened_is_spoken_of(folder: Path, victim: Customer) -> None:
    # A folder in the file's place: even root, as which CI runs, cannot write to that.
    (folder / "desk.db").rename(folder / "desk.kept")
    (folder / "desk.db").mkdir()
    try:
        assert "没能登记成功" in not_received(victim, "转人工")
        answer = not_received(victim, "怎么开启双重验证")
        assert "新设备" in answer, "what is known is said all the same"
    finally:
        (folder / "desk.db").rmdir()
        (folder / "desk.kept").rename(folder / "desk.db")
    assert "工单号" in victim.says("转人工")


def test_no_customer_text_in_the_log(folder: Path, victim: Customer) -> None:
    victim.says("这句话只有我知道zzz")
    victim.says("我的密码是hunter2xyz忘了")
    text = log_of(folder)
    assert "zzz" not in text
    assert "hunter2xyz" not in text


def test_log_is_quiet(folder: Path) -> None:
    text = log_of(folder)
    assert "DeprecationWarning" not in text
    assert "telemetry" not in text.lower()
