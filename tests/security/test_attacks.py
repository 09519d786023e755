"""What an attacker sends: nothing breaks, nothing leaks, nobody else is disturbed."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import re
import socket
import struct
import sys
import time
import uuid
import zipfile
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from desk import BadPicture
from desk.pictures import PictureStore
from run import Assistant
from tests import local
from tests.agent import ConsoleAgent, new_login
from tests.conftest import start_assistant
from tests.customer import Customer

NASTY = ["\r\nX-Evil: 1", "\nERROR forged line", "\x1b[31mred\x1b[0m", "\x00", "\ud800", "\u202e"]
XSS = ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)"]


@pytest.fixture
def lead(assistant: Assistant, state: Path) -> Iterator[ConsoleAgent]:
    made = ConsoleAgent(assistant.url, new_login(state, "组长", "lead"))
    yield made
    made.close()


def taken(customer: Customer, lead: ConsoleAgent) -> int:
    number = re.search(r"K\d{6}", customer.says("转人工"))
    assert number
    ticket: int = lead.ticket_of(number[0])["id"]
    assert lead.does("take", ticket).status_code == 200
    return ticket


def raw(assistant: Assistant, request: bytes, patience: float = local.PATIENCE) -> bytes:
    """Send bytes as they are; return the answer's bytes, until the server hangs up or is silent."""
    with socket.create_connection(("127.0.0.1", assistant.port), patience) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
                connection.settimeout(3)
        except (TimeoutError, ConnectionResetError):
            pass
        return answer


def heads(answer: bytes) -> bytes:
    return answer.partition(b"\r\n\r\n")[0]


# ---- limits


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An assistant behind a proxy of ours, with small limits."""
    folder = tmp_path_factory.mktemp("crowded")
    running = start_assistant(
        folder, proxies=1, customer_limit="5/minute", address_limit="40/minute"
    )
    yield running
    running.stop()


class Passed(Customer):
    """A customer whom the proxy passes on, from an address."""

    def __init__(self, url: str, address: str) -> None:
        self.http = local.Client(base_url=url, headers={"X-Forwarded-For": address})
        self.messages = self.open_page()


def statuses(answers: list[httpx.Response]) -> dict[int, int]:
    found: dict[int, int] = {}
    for answer in answers:
        found[answer.status_code] = found.get(answer.status_code, 0) + 1
    return found


def test_a_flood_of_one_customer_is_stopped_and_others_hear_nothing_of_it(
    crowded: Assistant,
) -> None:
    loud, calm = Passed(crowded.url, "203.0.113.1"), Passed(crowded.url, "203.0.113.2")
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda place: loud.post(text=f"你好{place}"), range(40)))
    assert set(statuses(answers)) == {200, 429}
    assert statuses(answers)[200] <= 10, "5 a minute; a new minute may have begun"
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert int(refused.headers["retry-after"]) > 0
    assert calm.says("怎么开启双重验证")
    said = loud.http.get("/api/messages").json()["messages"]
    assert sum(message["from"] == "customer" for message in said) == statuses(answers)[200]


def test_a_flood_from_one_address_is_stopped_whatever_it_claims_to_be(crowded: Assistant) -> None:
    """The proxy adds the true address at the end; what the customer put before it is nothing."""

    def begin(place: int) -> httpx.Response:
        forged = f"198.51.100.{place}, 203.0.113.9"
        return local.post(
            f"{crowded.url}/api/session", json={}, headers={"X-Forwarded-For": forged}, timeout=60
        )

    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(begin, range(100)))
    assert set(statuses(answers)) == {200, 429}
    assert statuses(answers)[200] <= 80
    assert Passed(crowded.url, "203.0.113.10").says("你好")


def test_guessing_passwords_from_one_address_does_not_keep_the_office_out(
    crowded: Assistant, tmp_path_factory: pytest.TempPathFactory
) -> None:
    url = f"{crowded.url}/desk/api/login"

    def guess(place: int) -> int:
        headers = {"X-Forwarded-For": "203.0.113.66"}
        body = {"login": f"nobody{place}", "password": "x" * 12}
        return local.post(url, json=body, headers=headers).status_code

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(guess, range(60)))
    assert set(found) == {401, 429}
    assert found.count(401) <= 40, "20 a minute, also when they come all at once"
    body = {"login": "ever-there", "password": "a long password"}
    headers = {"X-Forwarded-For": "203.0.113.67"}
    assert local.post(url, json=body, headers=headers).status_code == 200


def test_without_proxies_of_ours_nobody_chooses_an_address(
    assistant: Assistant, customer: Customer
) -> None:
    for value in ("203.0.113.1", "a\tb", "☃", "1" * 4000, "<script>", "127.0.0.1, ::1"):
        headers = {
            name: value.encode()
            for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host")
        }
        answer = customer.http.get("/api/messages", headers=headers)
        assert answer.status_code in {200, 431, 413}, value[:20]


def test_typing_signs_do_not_flood_the_agents(customer: Customer) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: customer.http.post("/api/typing", json={"on": True}), range(150))
        )
    assert {answer.status_code for answer in answers} == {204}
    assert customer.says("你好"), "and cost no messages"


# ---- pictures


def png(width: int, height: int, rows: bytes | None = None, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    pixels = zlib.compress(rows if rows is not None else b"\0" * 100, 9)
    extra = b"".join(chunk(name, data) for name, data in chunks)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + extra
        + chunk(b"IDAT", pixels)
        + chunk(b"IEND", b"")
    )


def jpeg(size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "red").save(data, "JPEG", **options)
    return data.getvalue()


def webp() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (60, 40), "red").save(data, "WEBP")
    return data.getvalue()


def zipped() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a.html", b"<script>alert(1)</script>" * 1000)
    return data.getvalue()


# Made when they are thrown: some take a second to make.
BOMBS: dict[str, Callable[[], bytes]] = {
    "60,000 x 60,000 in a header": lambda: png(60_000, 60_000),
    "as large as a number goes": lambda: png(2**31 - 1, 2**31 - 1),
    "no pixels": lambda: png(0, 0),
    "40 megapixels that unpack from 120 kB": lambda: png(7000, 7000, b"\0" * 21_001 * 500),
    "a text that unpacks to 200 MB": lambda: png(
        2, 2, b"\0" * 14, (b"zTXt", b"x\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    ),
    "a colour profile that unpacks to 200 MB": lambda: png(
        2, 2, None, (b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 200_000_000, 9))
    ),
    "noise behind a PNG's beginning": lambda: b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 39_000,
    "a zip": zipped,
    "gzip": lambda: b"\x1f\x8b" + b"\0" * 1000,
    "svg": lambda: (
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc"/></svg>'
    ),
    "svg with an entity": lambda: (
        b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>'
    ),
    "html": lambda: b"<html><script>alert(1)</script>",
    "postscript": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run",
    "gif": lambda: b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\0" * 100,
    "tiff": lambda: b"II*\0\x08\0\0\0" + b"\xff" * 100,
    "half a jpeg": lambda: jpeg((800, 600))[:400],
    "a jpeg's beginning": lambda: b"\xff\xd8\xff\xe0",
    "half a webp": lambda: webp()[:20],
    "a riff that lies about its length": lambda: b"RIFF\xff\xff\xff\xffWEBPVP8 \xff\xff\xff\xff",
    "nothing": lambda: b"",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_words(customer: Customer, name: str) -> None:
    headers = {"Content-Type": "image/png"}
    answer = customer.http.post("/api/pictures", content=BOMBS[name](), headers=headers)
    assert answer.status_code in {400, 413}, answer.text
    assert answer.json()["error"]["code"] in {"bad_picture", "picture_too_large"}
    assert customer.http.get("/api/messages").json()["messages"] == []


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc, and is about glibc")
def test_large_pictures_leave_no_memory_taken(
    assistant: Assistant, new_customer: Callable[[], Customer]
) -> None:
    def resident() -> float:
        status = Path(f"/proc/{assistant.processes['server'].pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+) kB", status)[0]) / 1024

    before = resident()
    large = [jpeg((6000, 6000)), png(6000, 6000, b"\0" * 18_001 * 6000)]
    with ThreadPoolExecutor(4) as pool:
        sent = pool.map(
            lambda data: new_customer().http.post(
                "/api/pictures", content=data, headers={"Content-Type": "image/png"}
            ),
            large * 2,
        )
        assert {answer.status_code for answer in sent} == {200}
    until = time.monotonic() + 30
    while resident() > before + 200:  # MiB; they took 1,000 and more
        assert time.monotonic() < until, (before, resident())
        time.sleep(0.2)


def test_of_a_picture_that_is_also_something_else_only_the_picture_stays(
    customer: Customer, state: Path
) -> None:
    evil = b"<script>alert('polyglot')</script>"
    exif = Image.Exif()
    exif[0x010E] = evil.decode()
    for data in (
        jpeg() + evil,
        jpeg() + zipped(),
        jpeg(comment=evil),
        jpeg(exif=exif),
        png(2, 2, b"\0" * 14, (b"tEXt", b"x\0" + evil)) + evil,
    ):
        headers = {"Content-Type": "image/jpeg"}
        sent = customer.http.post("/api/pictures", content=data, headers=headers)
        shown = customer.http.get(sent.json()["messages"][0]["picture"]["url"])
        assert b"polyglot" not in shown.content
        assert b"a.html" not in shown.content
        assert shown.headers["x-content-type-options"] == "nosniff"
        assert shown.headers["content-type"] in {"image/jpeg", "image/png"}
    for file in (state / "pictures").rglob("*.*"):
        assert b"polyglot" not in file.read_bytes()


@given(data=st.data())
@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
def test_broken_pictures_raise_nothing_else(data: Any, tmp_path_factory: Any) -> None:
    """Whatever bytes are turned: a picture, or BadPicture."""
    good = bytearray(
        data.draw(
            st.sampled_from(
                [
                    jpeg(),
                    webp(),
                    png(4, 4, b"\0" * 52),
                    jpeg(
                        exif=b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
                    ),
                ]
            )
        )
    )
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(good)))
    store = PictureStore(tmp_path_factory.getbasetemp() / "broken")
    with contextlib.suppress(BadPicture):
        store.keep("web-1", bytes(good[:cut]))


def test_many_large_pictures_at_once_do_not_keep_others_waiting(
    new_customer: Callable[[], Customer],
) -> None:
    large = jpeg((6000, 6000))
    senders, other = [new_customer() for _ in range(6)], new_customer()

    def send(customer: Customer) -> int:
        headers = {"Content-Type": "image/jpeg"}
        return customer.http.post("/api/pictures", content=large, headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(send, each) for each in senders]
        assert other.says("怎么开启双重验证")
        waited = [each.done() for each in sent]
        assert [each.result() for each in sent] == [200] * 6
    assert not all(waited), "two are drawn at a time, and the customer was answered meanwhile"


# ---- bodies


def body_of(size: int) -> bytes:
    return b'{"text": "' + b"x" * size + b'"}'


JSON_BOMBS: dict[str, Callable[[], bytes]] = {
    "deep lists": lambda: b"[" * 100_000,
    "deep objects": lambda: b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "deep within": lambda: b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a huge number": lambda: b'{"text": ' + b"9" * 200_000 + b"}",
    "a huge exponent": lambda: b'{"text": 1e999999999}',
    "no number": lambda: b'{"text": NaN}',
    "a million members": lambda: (
        b'{"text": "x"' + b"".join(b',"%d":1' % n for n in range(300_000)) + b"}"
    ),
    "five megabytes": lambda: body_of(5_000_000),
    "half": lambda: b'{"text": "x',
    "two": lambda: b'{"text": "x"}{"text": "y"}',
    "another coding": lambda: '{"text": "x"'.encode("utf-16"),
    "no coding": lambda: b'{"text": "\xff\xfe"}',
    "a list": lambda: b"[]",
}


@pytest.mark.parametrize("name", JSON_BOMBS)
def test_a_json_bomb_is_refused_as_such(customer: Customer, lead: ConsoleAgent, name: str) -> None:
    headers, bomb = {"Content-Type": "application/json"}, JSON_BOMBS[name]()
    requests = [(customer.http, path) for path in ("/api/messages", "/api/typing", "/api/rating")]
    requests += [(lead.http, path) for path in ("/login", "/available", "/sentences")]
    requests += [(lead.http, "/tickets/1/messages"), (lead.http, "/tickets/1/notes")]
    for http, path in requests:
        answer = http.post(path, content=bomb, headers=headers)
        assert answer.status_code in {400, 413}, (path, answer.text)
        assert answer.json()["error"]["message"]


def test_of_a_key_that_stands_twice_the_last_is_checked_and_used(customer: Customer) -> None:
    doubled = b'{"text": {"a": 1}, "text": "\xe4\xbd\xa0\xe5\xa5\xbd", "id": [], "id": "k1"}'
    headers = {"Content-Type": "application/json"}
    assert customer.http.post("/api/messages", content=doubled, headers=headers).status_code == 200
    turned = b'{"text": "\xe4\xbd\xa0", "text": {"a": 1}}'
    assert customer.http.post("/api/messages", content=turned, headers=headers).status_code == 400


@pytest.mark.parametrize("nasty", NASTY)
def test_characters_that_no_database_takes_are_left_out(
    customer: Customer, lead: ConsoleAgent, nasty: str
) -> None:
    """NUL is refused by PostgreSQL, a lone surrogate by all: none of them may get that far."""

    def sends(http: httpx.Client, path: str, body: Any) -> httpx.Response:
        return http.post(
            path, content=json.dumps(body), headers={"Content-Type": "application/json"}
        )

    word = f"问题{nasty}一"
    ticket = taken(customer, lead)
    answers = [
        sends(customer.http, "/api/messages", {"text": word, "id": word}),
        sends(customer.http, "/api/messages", {"button": f"{word}.x"}),
        sends(lead.http, f"/tickets/{ticket}/messages", {"text": word, "id": word}),
        sends(lead.http, f"/tickets/{ticket}/notes", {"text": word}),
        sends(lead.http, f"/tickets/{ticket}/transfer", {"to": None, "note": word}),
        sends(lead.http, "/login", {"login": word, "password": word}),
        sends(lead.http, "/sentences", {"seqs": [1], "intent": word}),
        customer.http.post(
            "/api/pictures",
            params={"id": word.encode("utf8", "replace")},
            content=jpeg(),
            headers={"Content-Type": "image/jpeg"},
        ),
        lead.http.get("/tickets", params={"q": word.encode("utf8", "replace")}),
    ]
    assert all(answer.status_code < 500 for answer in answers), [each.text for each in answers]
    for what in ("take", "close"):
        assert lead.does(what, ticket).status_code == 200
    rating = {"score": 5, "comment": word}
    assert sends(customer.http, "/api/rating", rating).status_code == 200
    control = re.compile(r"[\x00-\x09\x0b-\x1f\ud800-\udfff\u202e]")
    for answer in (customer.http.get("/api/messages"), lead.http.get(f"/tickets/{ticket}")):
        for message in answer.json()["messages"]:
            assert not control.search(message["text"] + message["id"]), message


@pytest.mark.parametrize("number", [2**31, 2**63, 2**64, 10**30, -1, 0])
def test_numbers_that_no_database_has_are_not_found(lead: ConsoleAgent, number: int) -> None:
    answers = [
        lead.http.get(f"/tickets/{number}"),
        lead.http.get(f"/tickets/{number}/messages"),
        lead.http.get(f"/pictures/{number}/abc"),
        lead.does("take", number),
        lead.does("close", number),
        lead.does("notes", number, text="x"),
        lead.http.get("/tickets", params={"before": number}),
        lead.http.get("/audit", params={"before": number}),
        lead.http.get("/sentences", params={"days": number}),
        lead.http.get(f"/versions/{number}"),
        lead.http.post(f"/versions/{number}/publish", json={"before": number}),
        lead.http.post("/sentences", json={"seqs": [number], "intent": None}),
        lead.http.post("/sentences/undo", json={"seqs": [number], "edits": [number]}),
        lead.does("transfer", 1, to=number),
    ]
    assert all(answer.status_code < 500 for answer in answers), [each.text for each in answers]


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-13-45", "1e9", "x" * 5000])
def test_days_that_no_calendar_has_are_refused(lead: ConsoleAgent, day: str) -> None:
    for path in ("/figures?day=", "/figures.csv?from=", "/tickets.csv?to="):
        assert lead.http.get(path + day).status_code in {400, 414, 431}, path


# ---- heads


@pytest.mark.parametrize("nasty", ["\r\nX-Evil: 1", "%0d%0aX-Evil:%201", "\\r\\nX-Evil: 1"])
def test_no_answer_carries_a_head_that_was_sent(
    assistant: Assistant, customer: Customer, nasty: str
) -> None:
    cookie = customer.http.cookies["ok_session"]
    for request in (
        f"GET /api/pictures/{nasty} HTTP/1.1\r\nHost: x\r\nCookie: ok_session={cookie}\r\n",
        f"GET /api/messages?after={nasty} HTTP/1.1\r\nHost: x\r\nCookie: ok_session={cookie}\r\n",
        f"GET /{nasty} HTTP/1.1\r\nHost: x\r\n",
        f"GET /api/messages HTTP/1.1\r\nHost: x\r\nCookie: ok_session=a{nasty}\r\n",
        f"POST /api/typing HTTP/1.1\r\nHost: x\r\nOrigin: http://a{nasty}\r\n",
        f"GET /desk/api/figures.csv?from={nasty} HTTP/1.1\r\nHost: x\r\n",
        f"GET /health HTTP/1.1\r\nHost: x{nasty}\r\nX-Forwarded-For: 1.2.3.4{nasty}\r\n",
    ):
        answer = raw(assistant, (request + "Connection: close\r\n\r\n").encode())
        assert b"x-evil" not in heads(answer).lower(), request
        assert b" 500 " not in answer[:20], request


@pytest.mark.parametrize(
    "cookie",
    [
        b"\xff\xfe",
        b'"',
        b"a b; ok_session",
        b"\xe9.\xe9.\xe9",
        b"a.b.c",
        b"x" * 7000,
        b"\xed\xa0\x80",
    ],
)
def test_broken_cookies_are_no_session(assistant: Assistant, cookie: bytes) -> None:
    for name, path in ((b"ok_session", b"/api/messages"), (b"ok_agent", b"/desk/api/me")):
        request = b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        answer = raw(assistant, request + b"Cookie: " + name + b"=" + cookie + b"\r\n\r\n")
        assert answer[:12] in {b"HTTP/1.1 401", b"HTTP/1.1 400", b"HTTP/1.1 413"}, answer[:200]


def test_a_broken_bearer_is_no_identity(assistant: Assistant) -> None:
    head = b"POST /api/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    head += b"Connection: close\r\nContent-Length: 2\r\nAuthorization: Bearer "
    for token in (b"\xff.\xff.\xff", b"", b"a.b.c", b"\xed\xa0\x80"):
        assert b" 401 " in raw(assistant, head + token + b"\r\n\r\n{}")[:16]


def test_requests_that_proxies_read_differently_are_not_two(assistant: Assistant) -> None:
    """Request smuggling: a length and chunks at once, two lengths, odd chunks."""
    inner = b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
    begin = b"POST /api/typing HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    for head in (
        b"Content-Length: 5\r\nContent-Length: %d\r\n" % (5 + len(inner)),
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 0x5\r\n",
        b"Content-Length: +5\r\n",
        b"Content-Length: 1_0\r\n",
        "Content-Length: ５\r\n".encode(),
        b"Content-Length: \r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b"Transfer-Encoding: identity, chunked\r\n",
    ):
        answer = raw(assistant, begin + head + b"Connection: close\r\n\r\n0\r\n\r\n" + inner)
        assert answer.startswith(b"HTTP/1.1 400"), head
        assert b"openapi" not in answer, head
        # Sanic alone reads a length of -1 forever, and serves nobody else.
        assert local.get(f"{assistant.url}/health").status_code == 200, head


@pytest.mark.parametrize("size", [b"-5", b"xyz", b"F" * 80, b"FFFFFFFFFFFFFFFF", b""])
def test_broken_chunks_keep_nobody_else_waiting(assistant: Assistant, size: bytes) -> None:
    head = b"POST /api/session HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    answer = raw(assistant, head + size + b"\r\nhello\r\n0\r\n\r\n", 3)  # or nothing
    assert not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 5"))
    assert local.get(f"{assistant.url}/health").status_code == 200


# ---- paths


@pytest.mark.parametrize(
    "path",
    [
        "/../run.py", "/..%2frun.py", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../../run.py",
        "/assets/..%5c..%5crun.py", "//etc/passwd", "/etc/passwd", "/.git/config",
        "/web/package.json",
        "/credentials.yml", "/var/secret", "/index.html%00.png", "/index.html/../../run.py",
        "/desk/../../run.py", "/api/../run.py", "/assets/", "/%00", "/\\..\\run.py",
    ],
)  # fmt: skip
def test_no_path_leads_out_of_the_page(assistant: Assistant, path: str) -> None:
    head = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    answer = raw(assistant, head.encode())
    assert answer[:12] in {b"HTTP/1.1 404", b"HTTP/1.1 400"}, answer[:300]


@pytest.mark.parametrize(
    "name", ["..", "../x", "%2e%2e%2fdesk.db", "..%5c..", "a%00.jpg", "x" * 5000, ".jpg", "é", "*"]
)
def test_no_pictures_name_leads_elsewhere(
    assistant: Assistant, customer: Customer, lead: ConsoleAgent, name: str
) -> None:
    cookie = f"ok_session={customer.http.cookies['ok_session']}"
    cookie += f"; ok_agent={lead.http.cookies['ok_agent']}"
    for path in ("/api/pictures/", "/desk/api/pictures/1/"):
        head = (
            f"GET {path}{name} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n"
        )
        assert raw(assistant, head.encode())[:12] in {
            b"HTTP/1.1 404",
            b"HTTP/1.1 400",
            b"",  # Sanic hangs up on bytes that no address has
        }


# ---- what others read later


@pytest.mark.parametrize("evil", XSS)
def test_markup_is_only_ever_text(customer: Customer, lead: ConsoleAgent, evil: str) -> None:
    """The API gives words back as words; tests/browser proves that the pages show them so."""
    ticket = taken(customer, lead)
    customer.post(text=evil)
    lead.does("notes", ticket, text=evil)
    lead.says(ticket, evil)
    lead.does("close", ticket)
    rating = {"score": 1, "comment": evil}
    assert customer.http.post("/api/rating", json=rating).status_code == 200
    answers = [
        customer.http.get("/api/messages"),
        lead.http.get(f"/tickets/{ticket}"),
        lead.http.get("/tickets", params={"q": evil}),
        lead.http.get("/queue"),
        lead.http.get("/audit"),
        lead.http.get("/sentences"),
        lead.http.get("/sentences/taught"),
        lead.http.get("/tickets.csv"),
    ]
    for answer in answers:
        kind = answer.headers["content-type"]
        assert kind.startswith(("application/json", "application/yaml", "text/csv")), kind
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["cache-control"] == "no-store", "not on a shared computer's disk"
        assert "default-src 'self'" in answer.headers["content-security-policy"]
    seen = [message["text"] for message in answers[1].json()["messages"]]
    assert evil in seen, "kept as it was written"
    table = answers[-1].text
    rows = list(csv.DictReader(io.StringIO(table.lstrip("\ufeff"))))
    assert evil in [row.pop("评价") for row in rows]
    assert evil not in str(rows), "only what a customer said of the service"
    assert not re.search(r"(?m)^[=+@-]|,[=+@-]", table), "no formula for a spreadsheet"


def test_the_console_is_in_nobodys_frame(tmp_path: Path, assistant: Assistant) -> None:
    for path in ("/desk", "/desk/", "/desk.html", "/desk/api/me"):
        policy = local.get(assistant.url + path).headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'self'"), path


def test_logs_hold_no_line_that_a_customer_wrote(
    assistant: Assistant, customer: Customer, state: Path
) -> None:
    mark = uuid.uuid4().hex
    words = [f"{nasty}{mark}" for nasty in NASTY]
    for word in words:
        body = json.dumps({"text": word, "id": word}), json.dumps({"button": word})
        for each in body:
            headers = {"Content-Type": "application/json", "X-Request-ID": mark}
            customer.http.post("/api/messages", content=each, headers=headers)
        login = json.dumps({"login": word, "password": word})
        headers = {"Content-Type": "application/json"}
        local.post(f"{assistant.url}/desk/api/login", content=login, headers=headers)
        quoted = word.encode("utf8", "replace")
        customer.http.get("/api/pictures/x", params={"q": quoted})
        customer.http.get(f"/api/nothing/{quoted.hex()}", params={"q": quoted})
    for name in ("User-Agent", "Referer", "Origin", "X-Forwarded-For", "Cookie"):
        local.get(f"{assistant.url}/api/messages", headers={name: f"{mark}\t\x1b[31m".encode()})
    raw(assistant, f"GET /{mark}\x1b[31m HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    raw(assistant, f"{mark}\nnonsense\r\n\r\n".encode())
    log = (state / "assistant.log").read_text(encoding="utf8", errors="replace")
    lines = [line for line in log.splitlines() if mark in line]
    assert not any(f"forged line{mark}" in line for line in lines)
    assert "\x1b[31m" not in "".join(lines)
    assert "X-Evil" not in "".join(lines)
    assert "Traceback" not in log
