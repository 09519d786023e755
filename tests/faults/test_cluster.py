"""The larger installation, as `make cluster` starts it: one conversation at several workers.

Then its parts die, hang and forget while customers and agents talk.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
import redis
import sqlalchemy as sa
from PIL import Image

from deploy.cluster import PROGRAMS, ROOT, Cluster, find
from desk import Database, Transcript
from tests import local
from tests.agent import ConsoleAgent, new_login
from tests.conftest import program
from tests.customer import Customer
from tests.faults.conftest import REPORTS, ROUNDS
from tests.faults.load import LIMITS, Load
from tests.installation import cluster_in


@pytest.fixture(scope="module")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    places = [Path("/usr/sbin"), *sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:]]
    for name, package in PROGRAMS.items():
        program(name, package, *places)
    # Not pytest's folder: each run of pytest takes away what lets PostgreSQL's user get in there.
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    running = cluster_in(folder, **LIMITS)
    failed = request.session.testsfailed
    try:
        running.start()
        yield running
        failed -= request.session.testsfailed
    except Exception:
        failed = -1
        raise
    finally:
        running.stop()
        if failed:
            log = (folder / "cluster.log").read_text(encoding="utf8", errors="replace")
            print(log[-8000:])
        shutil.rmtree(folder)


@pytest.fixture
def transcript(cluster: Cluster) -> Iterator[Transcript]:
    database = Database(cluster.database_url)
    yield Transcript(database)
    database.close()


@pytest.fixture
def customer(cluster: Cluster) -> Iterator[Customer]:
    """One session, good at every worker: cookies know no ports."""
    found = Customer(cluster.url)
    yield found
    found.close()


@pytest.fixture
def new_agent(cluster: Cluster) -> Iterator[Callable[[str], ConsoleAgent]]:
    made: list[ConsoleAgent] = []

    def make(url: str) -> ConsoleAgent:
        database = Database(cluster.database_url)
        login = new_login(database)
        database.close()
        made.append(ConsoleAgent(url, login))
        return made[-1]

    yield make
    for agent in made:
        agent.close()


def say(customer: Customer, url: str, text: str, key: str = "") -> list[dict[str, Any]]:
    """Say something to one worker; return what it answers."""
    body = {"id": key or uuid.uuid4().hex, "text": text}
    answer = customer.http.post(f"{url}/api/messages", json=body)
    assert answer.status_code == 200, answer.text
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


def record(customer: Customer, url: str) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = customer.http.get(f"{url}/api/messages").json()["messages"]
    return messages


def conversation(customer: Customer) -> str:
    unverified = {"verify_signature": False}
    return "web-" + jwt.decode(customer.http.cookies["ok_session"], options=unverified)["sub"]


@contextlib.contextmanager
def listening(customer: Customer, url: str) -> Iterator[Callable[[str], None]]:
    """Listen to a conversation; gives a function that waits until a text has come."""
    heard: list[str] = []
    begun = threading.Event()
    over = threading.Event()

    def listen() -> None:
        with (
            contextlib.suppress(httpx.HTTPError),
            local.Client(cookies=customer.http.cookies) as client,
            client.stream("GET", f"{url}/api/events") as answer,
        ):
            assert answer.status_code == 200
            for line in answer.iter_lines():
                heard.append(line)
                begun.set()
                if over.is_set():
                    return

    def wait(text: str) -> None:
        until = time.monotonic() + local.PATIENCE
        while not any(text in line for line in list(heard)):
            assert time.monotonic() < until, heard
            time.sleep(0.02)

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    assert begun.wait(local.PATIENCE)
    yield wait
    over.set()


def test_a_conversation_goes_on_whichever_worker_takes_the_next_message(
    cluster: Cluster, customer: Customer
) -> None:
    one, other = cluster.workers
    assert "第 1/5 步" in say(customer, one, "密码忘了")[0]["text"]
    assert "第 2/5 步" in say(customer, other, "下一步")[0]["text"]
    assert "第 3/5 步" in say(customer, one, "下一步")[0]["text"]
    (answer,) = say(customer, other, "上一步")
    button = next(each for each in answer["buttons"] if each["title"] == "下一步")
    body = {"id": uuid.uuid4().hex, "button": button["token"]}
    pressed = customer.http.post(f"{one}/api/messages", json=body)
    assert "第 3/5 步" in pressed.json()["messages"][0]["text"]


def test_messages_sent_in_a_row_to_both_workers_are_answered_in_order(
    cluster: Cluster, transcript: Transcript
) -> None:
    for _ in range(3):
        customer = Customer(cluster.url)
        words = ["密码忘了", *["下一步"] * 3, "上一步", "下一步"]
        with ThreadPoolExecutor(len(words)) as pool:
            sent = []
            for place, text in enumerate(words):  # each is heard, its answer not waited for
                key = uuid.uuid4().hex
                sent.append(pool.submit(say, customer, cluster.workers[place % 2], text, key))
                while transcript.find(conversation(customer), key) is None:
                    time.sleep(0.002)
            answers = [each.result()[0]["text"] for each in sent]
        steps = [int(re.findall(r"第 (\d)/5 步", answer)[0]) for answer in answers]
        said = [
            each["text"] for each in record(customer, cluster.url) if each["from"] == "customer"
        ]
        customer.close()
        assert said == words
        assert steps == [1, 2, 3, 4, 3, 4]


def test_a_message_that_comes_to_both_workers_is_answered_once(
    cluster: Cluster, customer: Customer
) -> None:
    for _ in range(5):
        before = len(record(customer, cluster.url))
        key = uuid.uuid4().hex
        with ThreadPoolExecutor(4) as pool:
            answers = list(
                pool.map(
                    lambda url, key=key: say(customer, url, "怎么开启双重验证", key),
                    cluster.workers * 2,
                )
            )
        assert len({answer[0]["id"] for answer in answers}) == 1
        assert len(record(customer, cluster.url)) == before + 2


def test_what_one_worker_hears_arrives_on_the_page_at_the_other(
    cluster: Cluster, customer: Customer
) -> None:
    one, other = cluster.workers
    with listening(customer, other) as at_other, listening(customer, cluster.url) as before_nginx:
        say(customer, one, "怎么开启双重验证")
        for wait in (at_other, before_nginx):
            wait("怎么开启双重验证")
            wait("event: message")


def test_a_customer_and_an_agent_talk_at_different_workers(
    cluster: Cluster, customer: Customer, new_agent: Callable[[str], ConsoleAgent]
) -> None:
    one, other = cluster.workers
    agent = new_agent(one)
    (said,) = say(customer, other, "转人工")
    found = re.search(r"K\d{6}", said["text"])
    assert found is not None
    ticket = agent.ticket_of(found[0])["id"]
    with listening(customer, other) as wait:
        assert agent.does("take", ticket).status_code == 200
        wait("小李")
        for number in range(5):
            assert agent.says(ticket, f"客服第{number}句").status_code == 200
            wait(f"客服第{number}句")
            assert say(customer, other, f"客户第{number}句") == []
        assert agent.does("close", ticket).status_code == 200
    heard = [each["text"] for each in agent.look(ticket)["messages"]]
    talk = [text for text in heard if re.fullmatch(r"客.第\d句", text)]
    assert talk == [f"{who}第{number}句" for number in range(5) for who in ("客服", "客户")]
    assert "第 1/5 步" in say(customer, other, "密码忘了")[0]["text"], "the bot is back"


def test_customers_are_answered_while_redis_is_away(cluster: Cluster, customer: Customer) -> None:
    say(customer, cluster.url, "密码忘了")
    cluster.stop_one("redis", kill=True)
    try:
        for place in range(4):
            assert "步" in say(customer, cluster.workers[place % 2], "再说一遍")[0]["text"]
    finally:
        cluster.start_redis()
        cluster.wait_ready()


def test_only_what_customers_agents_and_platforms_need_passes_nginx(cluster: Cluster) -> None:
    for path in ("/", "/desk", "/embed.js", "/api/openapi.json", "/health", "/ready"):
        assert local.get(f"{cluster.url}{path}").status_code == 200, path
    for path in (
        *("/metrics", "/status", "/version", "/model", "/domain", "/webhooks/rest/webhook"),
        *("/webhooks/web/x", "/conversations/web-x/tracker", "/../metrics", "/desk/../metrics"),
        *("/%6detrics", "//metrics", "/api/../metrics"),
    ):
        assert local.get(f"{cluster.url}{path}").status_code == 404, path


def test_nginx_reads_the_configuration_of_the_containers_too(tmp_path: Path) -> None:
    program("nginx", "nginx-light", Path("/usr/sbin"))
    addresses = ["127.0.0.1:5005,127.0.0.1:5006", "127.0.0.1:5055"]
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "deploy/cluster.py", "--nginx", *addresses],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert not re.findall(r"@[A-Z_]+@", printed.stdout)
    path = tmp_path / "nginx.conf"
    path.write_text(printed.stdout.replace("/tmp", str(tmp_path)), encoding="utf8")
    command = [find("nginx"), "-t", "-q", "-e", "stderr", "-c", path]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


# ---- parts die, hang and forget while customers talk


@contextlib.contextmanager
def load_on(cluster: Cluster) -> Iterator[Load]:
    """Customers and agents who talk meanwhile; afterwards nothing of it may be missing."""
    with Load(cluster.url, cluster.database_url, customers=6, agents=1) as load:
        yield load
    report = load.finish()
    REPORTS.append(report)
    report.check()


@contextlib.contextmanager
def somebody_waits(cluster: Cluster, customer: Customer) -> Iterator[None]:
    """A customer with a picture, a ticket and a procedure, who has all of them afterwards."""
    say(customer, cluster.url, "密码忘了")
    say(customer, cluster.url, "下一步")
    (said,) = say(customer, cluster.url, "转人工")
    assert "工单" in said["text"]
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(drawn, "PNG")
    headers = {"content-type": "image/png"}
    sent = customer.http.post("/api/pictures", content=drawn.getvalue(), headers=headers)
    assert sent.status_code == 200, sent.text
    before = record(customer, cluster.url)
    picture = next(each["picture"] for each in before if each["picture"])
    yield
    for url in cluster.workers:
        assert record(customer, url)[: len(before)] == before
        status = customer.http.get(f"{url}/api/messages").json()["status"]
        assert status["speaker"] in {"waiting", "left_message", "agent"}
        assert customer.http.get(url + picture["url"]).headers["content-type"] == "image/jpeg"


KILLED = {  # the second a moment after the first, so that first one is away, then both
    "workers": ["worker-0", "worker-1"],
    "action servers": ["actions-0", "actions-1"],
    "redis": ["redis"],
    "postgres": ["postgres"],
    "nginx": ["nginx"],
}


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_parts_are_killed_one_after_the_other(
    cluster: Cluster, customer: Customer, round_: int
) -> None:
    with somebody_waits(cluster, customer), load_on(cluster) as load:
        for killed in load.random.sample(list(KILLED), len(KILLED)):
            for part in KILLED[killed]:
                load.some_moment()
                began = time.monotonic()
                cluster.signal(part, signal.SIGKILL)
            cluster.wait_ready()
            load.well_again(f"{killed} killed", since=began)


def family(process: int) -> list[int]:
    """Return a process and its children: PostgreSQL's are in groups of their own."""
    found = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process)], capture_output=True, text=True, check=False
    )
    return [process, *map(int, found.stdout.split())]


@contextlib.contextmanager
def paused(cluster: Cluster, part: str) -> Iterator[None]:
    """Let a part do nothing meanwhile, its connections left open."""
    first = cluster.processes[part].pid
    os.kill(first, signal.SIGSTOP)  # from now on it has no new children
    processes = family(first)
    for number in (signal.SIGSTOP, signal.SIGCONT):
        for process in processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, number)
        if number == signal.SIGSTOP:
            yield


@contextlib.contextmanager
def locked(cluster: Cluster, table: str) -> Iterator[None]:
    """Let nobody read or write a table meanwhile."""
    engine = sa.create_engine(cluster.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"lock table {table} in access exclusive mode"))
        yield
    engine.dispose()


@contextlib.contextmanager
def forgetting(cluster: Cluster) -> Iterator[None]:
    """Redis forgets everything, at the beginning and at the end."""
    with contextlib.closing(redis.Redis.from_url(cluster.environment["STATE_URL"])) as client:
        client.flushall()
        yield
        client.flushall()


@pytest.mark.parametrize("round_", range(ROUNDS))
def test_parts_hang_lock_and_forget_one_after_the_other(cluster: Cluster, round_: int) -> None:
    faults = {
        "redis paused": lambda: paused(cluster, "redis"),
        "postgres paused": lambda: paused(cluster, "postgres"),
        "redis emptied": lambda: forgetting(cluster),
        **{
            f"{table} locked": lambda table=table: locked(cluster, table)
            for table in ("messages", "tickets", "memories")
        },
    }
    with load_on(cluster) as load:
        for fault in load.random.sample(list(faults), len(faults)):
            load.some_moment()
            with faults[fault]():
                time.sleep(load.random.uniform(1, 4))
            load.well_again(fault)
