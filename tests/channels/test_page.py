"""What the page needs of the server over HTTP: small files, a session that lasts, who is there."""

from __future__ import annotations

import gzip
import re
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from channels.web import WebInput
from content.hours import WEEKDAYS, describe
from content.loader import ContentLibrary
from deploy.cluster import nginx_configuration
from infra.processes import Processes, free_ports
from run import ROOT, Assistant
from tests import installation, local
from tests.agent import ConsoleAgent, new_login
from tests.conftest import SECRET, program
from tests.customer import Customer

# ---- files


def brotli(data: bytes) -> bytes:
    unpack = "process.stdout.write(zlib.brotliDecompressSync(require('fs').readFileSync(0)))"
    return subprocess.run(
        ["node", "-e", unpack], input=data, check=True, capture_output=True
    ).stdout


def fetch(url: str, path: str, coding: str) -> tuple[httpx.Headers, bytes]:
    """Return a file as it comes over the wire."""
    headers = {"Accept-Encoding": coding}
    with local.Client(base_url=url) as http, http.stream("GET", path, headers=headers) as answer:
        assert answer.status_code == 200
        return answer.headers, b"".join(answer.iter_raw())


def files_of(url: str) -> list[str]:
    page = local.get(f"{url}/").text
    return ["/", "/embed.js", *re.findall(r'(?:src|href)="(/assets/[^"]+\.(?:js|css))"', page)]


@pytest.fixture(scope="module")
def before_nginx(assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The shared assistant's address behind nginx."""
    nginx = program("nginx", "nginx-light", Path("/usr/sbin"))
    folder = tmp_path_factory.mktemp("nginx")
    port, actions = free_ports(2)
    worker = assistant.url.removeprefix("http://")
    text = nginx_configuration(
        f"127.0.0.1:{port}", [worker], [worker], f"127.0.0.1:{actions}", str(folder)
    )
    configuration = folder / "nginx.conf"
    configuration.write_text(text, encoding="utf8")
    processes = Processes(folder / "nginx.log")
    command = (nginx, "-e", "stderr", "-p", str(folder), "-c", str(configuration))
    processes.run("nginx", *command, listens=("127.0.0.1", port))
    processes.wait_listening("nginx")
    yield f"http://127.0.0.1:{port}"
    processes.stop()


@pytest.mark.parametrize("way", ["server", "nginx"])
def test_a_phone_on_a_slow_network_loads_a_third(
    way: str, assistant: Assistant, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("before_nginx") if way == "nginx" else assistant.url
    whole = small = 0
    for path in files_of(url):
        headers, plain = fetch(url, path, "identity")
        assert "content-encoding" not in headers
        assert headers["vary"] == "Accept-Encoding"
        for coding, unpack in (("gzip", gzip.decompress), ("br", brotli)):
            packed_headers, packed = fetch(url, path, coding)
            assert packed_headers["content-encoding"] == coding
            assert packed_headers["vary"] == "Accept-Encoding"
            for name in ("content-type", "cache-control"):
                assert packed_headers[name] == headers[name]
            assert unpack(packed) == plain
        whole, small = whole + len(plain), small + len(packed)
    assert small < 0.4 * whole


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("br;q=0.000, gzip;q=0", None),
        ("", None),
        ("GZIP", "gzip"),
    ],
)
def test_a_browser_gets_only_what_it_reads(
    assistant: Assistant, accepted: str, coding: str | None
) -> None:
    headers, _ = fetch(assistant.url, "/", accepted)
    assert headers.get("content-encoding") == coding


@pytest.mark.parametrize("path", ["/index.html.br", "/embed.js.gz"])
def test_compressed_files_are_no_files_of_their_own(assistant: Assistant, path: str) -> None:
    assert local.get(assistant.url + path).status_code == 404


# ---- a session that lasts


def cookie(days: float) -> tuple[str, str]:
    """Return an anonymous customer, and their cookie that is valid for so many days more."""
    subject = f"a{uuid.uuid4().hex}"
    claims = {"sub": subject, "exp": time.time() + days * 24 * 3600}
    return subject, jwt.encode(claims, SECRET, algorithm="HS256")


@pytest.mark.parametrize("does", ["opens", "writes"])
def test_a_customer_who_keeps_coming_stays_known(assistant: Assistant, does: str) -> None:
    subject, old = cookie(days=10)
    with local.Client(base_url=assistant.url, cookies={"ok_session": old}) as http:
        if does == "opens":
            answer = http.post("/api/session", json={})
        else:
            answer = http.post("/api/messages", json={"text": "你好"})
        assert answer.status_code == 200
        name, _, value = answer.headers["set-cookie"].split(";")[0].partition("=")
    claims = jwt.decode(value, SECRET, algorithms=["HS256"])
    assert (name, claims["sub"]) == ("ok_session", subject)
    assert claims["exp"] > time.time() + 29 * 24 * 3600


def test_a_young_cookie_is_left_alone(assistant: Assistant) -> None:
    _, young = cookie(days=29.5)
    with local.Client(base_url=assistant.url, cookies={"ok_session": young}) as http:
        for answer in (
            http.post("/api/session", json={}),
            http.post("/api/messages", json={"text": "你好"}),
            http.get("/api/messages"),
        ):
            assert answer.status_code == 200
            assert "set-cookie" not in answer.headers


def test_a_page_can_tell_that_its_conversation_is_another_one(
    customer: Customer, new_customer: Callable[[], Customer]
) -> None:
    def conversation(of: Customer) -> str:
        told: str = of.http.post("/api/session", json={}).json()["conversation"]
        return told

    mine = conversation(customer)
    assert mine == conversation(customer)
    assert mine != conversation(new_customer())
    sender = jwt.decode(customer.http.cookies["ok_session"], SECRET, algorithms=["HS256"])["sub"]
    assert sender not in mine


# ---- who is there, and when


@pytest.fixture
def closed_today(state: Path) -> Iterator[str]:
    """The desk has hours, not today; returns how customers read them."""
    with installation.closed_today(state) as hours:
        yield hours


def status_of(customer: Customer) -> dict[str, Any]:
    told: dict[str, Any] = customer.http.get("/api/messages").json()["status"]
    return told


def test_who_leaves_a_message_is_not_queueing_and_learns_when_humans_are_there(
    customer: Customer, closed_today: str
) -> None:
    assert "留言" in customer.says("转人工")
    assert closed_today in customer.said
    assert status_of(customer) == {
        "speaker": "left_message",
        "place": None,
        "agent": None,
        "rate": False,
        "callback": False,
        "hours": closed_today,
    }
    customer.says("我的留言有人看了吗")
    assert status_of(customer)["speaker"] == "left_message"


def test_who_waits_while_humans_are_there_always_hears_of_no_hours(customer: Customer) -> None:
    customer.says("转人工")
    assert "服务时间" not in customer.said
    assert (status_of(customer)["speaker"], status_of(customer)["hours"]) == ("waiting", None)


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        ({}, ""),
        ({day: ["09:00-18:00"] for day in WEEKDAYS}, "每天 09:00-18:00"),
        (
            {day: ["09:00-12:00", "13:00-18:00"] for day in WEEKDAYS[:5]},
            "周一至周五 09:00-12:00、13:00-18:00",
        ),
        (
            {"monday": ["09:00-18:00"], "saturday": ["22:00-02:00"], "sunday": ["22:00-02:00"]},
            "周一 09:00-18:00；周六至周日 22:00-次日02:00",
        ),
    ],
    ids=["always", "every day", "weekdays", "nights"],
)
def test_hours_are_told_as_people_say_them(hours: dict[str, list[str]], told: str) -> None:
    phrases = ContentLibrary(ROOT / "content").current().phrases
    today = datetime(2026, 1, 1).date()
    said = f"人工客服的服务时间：{told}。" if told else ""
    assert describe(hours, [], phrases, today) == said
    holiday = describe(hours, ["2026-01-01"], phrases, today)
    assert holiday == (f"人工客服今天休息，平时的服务时间：{told}。" if told else "")


# ---- the end of the human's part


@pytest.fixture
def agent(assistant: Assistant, state: Path) -> Iterator[ConsoleAgent]:
    someone = ConsoleAgent(assistant.url, new_login(state))
    yield someone
    someone.close()


def test_a_customer_ends_the_conversation_with_the_human(
    customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("转人工")
    found = re.search(r"K\d{6}", customer.said)
    assert found
    ticket = agent.ticket_of(found[0])["id"]
    assert agent.does("take", ticket).status_code == 200
    assert status_of(customer)["speaker"] == "agent"

    assert customer.http.delete("/api/human").status_code == 204
    assert status_of(customer)["speaker"] == "bot"
    assert status_of(customer)["rate"] is True
    assert agent.look(ticket)["ticket"]["status"] == "closed"
    assert agent.says(ticket, "您好").status_code == 409
    said = customer.http.get("/api/messages").json()["messages"]
    assert (said[-1]["from"], "人工服务结束了" in said[-1]["text"]) == ("system", True)
    assert customer.says("怎么开启双重验证")


@pytest.mark.parametrize("before", ["你好", "转人工"], ids=["with the bot", "waiting"])
def test_who_talks_to_no_human_can_end_nothing(customer: Customer, before: str) -> None:
    customer.says(before)
    answer = customer.http.delete("/api/human")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "no_human")


# ---- what is always at hand


def test_common_questions_are_offered_long_after_the_welcome(customer: Customer) -> None:
    welcome = customer.messages[0]
    customer.says("我要退款")
    opened = customer.http.post("/api/session", json={}).json()
    assert opened["questions"] == welcome["buttons"]
    answer = customer.post(button=opened["questions"][0]["token"])
    assert answer.status_code == 200


def test_only_hosts_that_are_named_become_links(assistant: Assistant) -> None:
    assert local.post(f"{assistant.url}/api/session", json={}).json()["links"] == []


@pytest.mark.parametrize("host", ["https://help.example.com", "example", "*", "a.b/c", "A.example"])
def test_a_host_that_is_none_is_refused_by_its_name(host: str) -> None:
    with pytest.raises(ValueError, match="links: "):
        WebInput.from_credentials({"links": [host]})
