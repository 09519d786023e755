"""The page's API over HTTP: sessions, push, pictures, ratings, limits, and what is refused."""

from __future__ import annotations

import io
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from PIL import Image

from desk import Desk, Entry
from run import Assistant
from tests import local
from tests.agent import accounts_of
from tests.conftest import IDENTITY_KEY, SECRET
from tests.customer import Customer


def picture(kind: str = "JPEG", size: tuple[int, int] = (60, 40), **options: Any) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "red").save(data, kind, **options)
    return data.getvalue()


def identity(user: str, key: str = IDENTITY_KEY, **claims: Any) -> dict[str, str]:
    token = jwt.encode({"sub": user, "exp": time.time() + 60, **claims}, key, algorithm="HS256")
    return {"Authorization": f"Bearer {token}"}


class Page:
    """A page that listens; `heard` are (event, data, id) as they come."""

    def __init__(
        self,
        http: httpx.Client,
        after: int = 0,
        last_event_id: int | None = None,
        path: str = "/api/events",
    ) -> None:
        self.heard: list[tuple[str, Any, str]] = []
        self._changed = threading.Condition()
        self._closed = False
        self._http = http
        self.ended = threading.Event()
        headers = {} if last_event_id is None else {"Last-Event-ID": str(last_event_id)}
        self._thread = threading.Thread(
            target=self._listen, args=(f"{path}?after={after}", headers), daemon=True
        )
        self._thread.start()

    def _listen(self, url: str, headers: dict[str, str]) -> None:
        try:
            with self._http.stream("GET", url, headers=headers, timeout=60) as answer:
                assert answer.status_code == 200, answer.read()
                assert answer.headers["content-type"].startswith("text/event-stream")
                event: dict[str, str] = {}
                for line in answer.iter_lines():
                    if self._closed:
                        return
                    name, _, value = line.partition(": ")
                    event[name] = value
                    if not line and "event" in event:
                        with self._changed:
                            data = json.loads(event["data"])
                            self.heard.append((event["event"], data, event.get("id", "")))
                            self._changed.notify_all()
                        event = {}
        except httpx.HTTPError:
            pass
        finally:
            self.ended.set()

    def wait_for(self, found: Callable[[str, Any], bool]) -> Any:
        """Return the data of the first event that fits, when it comes."""
        with self._changed:
            hit = self._changed.wait_for(
                lambda: [data for kind, data, _ in self.heard if found(kind, data)], 60
            )
        assert hit, f"not heard among {[(kind, data) for kind, data, _ in self.heard]}"
        return hit[0]

    def texts(self) -> list[str]:
        return [data["text"] for kind, data, _ in self.heard if kind == "message"]

    def close(self) -> None:
        self._closed = True


@contextmanager
def another_tab(customer: Customer) -> Iterator[httpx.Client]:
    with local.Client(base_url=customer.http.base_url, cookies=customer.http.cookies) as http:
        yield http


# ---- sessions


def test_session_cookie_is_for_the_server_only(assistant: Assistant) -> None:
    answer = local.post(f"{assistant.url}/api/session", json={})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert 0 < int(cookie.split("Max-Age=")[1].split(";")[0]) <= 31 * 24 * 3600


@pytest.mark.parametrize("path", ["/api/messages", "/api/events", "/api/pictures/abc"])
def test_without_a_session_nothing_is_read(assistant: Assistant, path: str) -> None:
    answer = local.get(assistant.url + path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session")


@pytest.mark.parametrize("path", ["/api/messages", "/api/pictures", "/api/rating"])
def test_without_a_session_nothing_is_sent(assistant: Assistant, path: str) -> None:
    answer = local.post(assistant.url + path, json={"text": "你好"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session")


@pytest.mark.parametrize(
    "forged",
    [
        "x",
        jwt.encode({"sub": "aVictim", "exp": 9e9}, "k" * 40, algorithm="HS256"),
        jwt.encode({"sub": "aVictim", "exp": 1e9}, SECRET, algorithm="HS256"),
        jwt.encode({"sub": "aVictim"}, SECRET, algorithm="HS256"),
        jwt.encode({"sub": "aVictim", "exp": 9e9}, None, algorithm="none"),
    ],
    ids=["no token", "wrong key", "expired", "without end", "unsigned"],
)
def test_forged_and_expired_sessions_are_refused(assistant: Assistant, forged: str) -> None:
    answer = local.get(f"{assistant.url}/api/messages", cookies={"ok_session": forged})
    assert answer.status_code == 401


def test_one_customer_sees_nothing_of_another(new_customer: Callable[[], Customer]) -> None:
    one, other = new_customer(), new_customer()
    one.says("怎么开启双重验证")
    token = one.messages[-1]["buttons"][0]["token"]
    assert "双重验证" not in json.dumps(other.open_page(), ensure_ascii=False)
    assert other.http.get("/api/messages").json()["messages"] == []
    refused = other.post(button=token)
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "button_expired")


def test_leaving_takes_the_session_away(customer: Customer) -> None:
    customer.says("你好")
    assert customer.http.delete("/api/session").status_code == 204
    assert customer.http.get("/api/messages").status_code == 401


def test_other_sites_cannot_write(customer: Customer) -> None:
    body = {"text": "转人工"}
    for origin in ("https://evil.example", "null"):
        answer = customer.http.post("/api/messages", json=body, headers={"Origin": origin})
        assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
    form = customer.http.post("/api/messages", data=body)
    assert form.status_code == 400, "what a form can send is no message"
    plain = customer.http.post(
        "/api/messages", content=json.dumps(body), headers={"Content-Type": "text/plain"}
    )
    assert plain.status_code == 400
    assert customer.http.get("/api/messages").json()["messages"] == []


def test_a_load_balancer_may_look_with_head(assistant: Assistant) -> None:
    for path in ("/health", "/ready"):
        answer = local.request("HEAD", assistant.url + path)
        assert (answer.status_code, answer.content) == (200, b""), path


def test_nobody_is_allowed_credentials_without_an_allowed_origin(customer: Customer) -> None:
    for path in ("/", "/health", "/api/messages", "/desk/api/me", "/nothing", "/api/nothing"):
        for headers in ({}, {"Origin": "https://evil.example"}):
            answer = customer.http.get(path, headers=headers)
            assert not [name for name in answer.headers if name.startswith("access-control")], path


def test_page_may_not_be_framed_by_others_and_runs_no_inline_script(assistant: Assistant) -> None:
    answer = local.get(f"{assistant.url}/")
    policy = answer.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<script>" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org", "")


# ---- the app's users


def test_an_apps_user_keeps_one_conversation_on_all_devices(assistant: Assistant) -> None:
    with (
        local.Client(base_url=assistant.url) as phone,
        local.Client(base_url=assistant.url) as tablet,
    ):
        user = uuid.uuid4().hex
        phone.post("/api/session", json={}, headers=identity(user))
        phone.post("/api/messages", json={"text": "怎么开启双重验证"})
        opened = tablet.post("/api/session", json={}, headers=identity(user)).json()
        assert opened["messages"][0]["text"] == "怎么开启双重验证"
        stranger = tablet.post("/api/session", json={}, headers=identity("other" + user)).json()
        assert "双重验证" not in json.dumps(stranger, ensure_ascii=False)


@pytest.mark.parametrize(
    "headers",
    [
        identity("u", key="wrong" * 10, exp=9e9),
        identity("u", exp=1e9),
        {"Authorization": "Bearer x.y.z"},
        {"Authorization": "Bearer " + jwt.encode({"sub": "u"}, IDENTITY_KEY, algorithm="HS256")},
        {"Authorization": "Bearer " + jwt.encode({"sub": "u", "exp": 9e9}, None, "none")},
        identity(""),
        identity(" \u3000"),
        identity("\u200b"),
        identity("\ud800x"),
        {b"Authorization": b"Bearer \xff.y.z"},
    ],
)
def test_a_bad_identity_is_refused(assistant: Assistant, headers: Any) -> None:
    answer = local.post(f"{assistant.url}/api/session", json={}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "bad_identity")
    assert "set-cookie" not in answer.headers


# ---- push


def test_two_tabs_show_the_same(customer: Customer) -> None:
    with another_tab(customer) as http:
        page = Page(http)
        page.wait_for(lambda kind, data: kind == "status" and data["speaker"] == "bot")
        customer.says("怎么开启双重验证")
        page.wait_for(lambda kind, data: kind == "message" and data["from"] == "bot")
        assert page.texts() == ["怎么开启双重验证", customer.said]
        assert ("typing", {"from": "bot", "on": True}, "") in page.heard
        ids = [data["id"] for kind, data, _ in page.heard if kind == "message"]
        assert ids == [message["id"] for message in customer.open_page()]
        page.close()


def test_after_a_break_nothing_is_missed_and_nothing_comes_twice(customer: Customer) -> None:
    customer.says("你好")
    seen = customer.http.get("/api/messages").json()["messages"][-1]["seq"]
    customer.says("怎么开启双重验证")
    with another_tab(customer) as http:
        page = Page(http, after=0, last_event_id=seen)
        page.wait_for(lambda kind, data: kind == "message" and data["from"] == "bot")
        assert page.texts() == ["怎么开启双重验证", customer.said]
        asked = http.get(f"/api/messages?after={seen}").json()["messages"]
        assert [message["text"] for message in asked] == page.texts(), "polling hears the same"
        page.close()


def test_the_page_learns_that_the_customer_waits_for_a_human(customer: Customer) -> None:
    with another_tab(customer) as http:
        page = Page(http)
        customer.says("转人工")
        page.wait_for(lambda kind, data: kind == "status" and data["speaker"] == "waiting")
        customer.says("退出")
        page.wait_for(
            lambda kind, data: (
                kind == "status"
                and data["speaker"] == "bot"
                and [each[1]["speaker"] for each in page.heard if each[0] == "status"][-2:]
                == ["waiting", "bot"]
            )
        )
        page.close()


def test_a_conversation_has_only_so_many_listeners(customer: Customer) -> None:
    with another_tab(customer) as http:
        pages = [Page(http) for _ in range(8)]
        for page in pages:
            page.wait_for(lambda kind, data: kind == "status")
        answer = customer.http.get("/api/events")
        assert (answer.status_code, answer.json()["error"]["code"]) == (429, "too_many_pages")
        assert int(answer.headers["retry-after"]) > 0
        for page in pages:
            page.close()


# ---- repeated deliveries, limits


def test_a_message_sent_again_gets_the_same_answer_and_no_second_turn(customer: Customer) -> None:
    number = str(uuid.uuid4())
    body = {"id": number, "text": "我要退款"}
    first = customer.http.post("/api/messages", json=body).json()
    assert customer.http.post("/api/messages", json=body).json() == first
    said = customer.http.get("/api/messages").json()["messages"]
    assert [message["from"] for message in said].count("customer") == 1


def test_too_many_messages_are_refused_politely_and_nothing_is_lost(customer: Customer) -> None:
    assert customer.post(text="你好").status_code == 200
    for _ in range(28):  # thirty answers may take longer than the minute that counts
        assert customer.post(text=" ").status_code == 400, "counts, though too little to answer"
    assert customer.post(text="在吗").status_code == 200
    refused = customer.post(text="最后一句")
    assert refused.status_code == 429
    assert refused.json()["error"]["code"] == "rate_limited"
    assert "太快" in refused.json()["error"]["message"]
    assert 0 < int(refused.headers["retry-after"]) <= 61


# ---- pictures


def send_picture(
    customer: Customer, data: bytes, kind: str = "image/jpeg", number: str = ""
) -> httpx.Response:
    return customer.http.post(
        f"/api/pictures?id={number or uuid.uuid4()}", content=data, headers={"Content-Type": kind}
    )


def test_a_picture_is_kept_without_its_metadata_for_its_sender_only(
    customer: Customer, new_customer: Callable[[], Customer], state: Path
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "at home, 31.2N 121.5E"
    exif[0x0112] = 6  # lies on its side
    answer = send_picture(customer, picture(exif=exif))
    assert answer.status_code == 200
    mine, reply = answer.json()["messages"]
    assert mine["from"] == "customer"
    assert "图片收到了" in reply["text"]
    assert (mine["picture"]["width"], mine["picture"]["height"]) == (40, 60), "turned upright"
    shown = customer.http.get(mine["picture"]["url"])
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"at home" not in shown.content
    assert not Image.open(io.BytesIO(shown.content)).getexif()
    assert new_customer().http.get(mine["picture"]["url"]).status_code == 404
    assert customer.open_page()[0]["picture"] == mine["picture"], "after a reload, too"
    assert not any(b"at home" in file.read_bytes() for file in state.rglob("*.jpg"))


def test_the_same_picture_delivered_again_is_kept_once(customer: Customer) -> None:
    number = str(uuid.uuid4())
    first = send_picture(customer, picture("PNG"), "image/png", number).json()
    assert send_picture(customer, picture("PNG"), "image/png", number).json() == first


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_the_usual_types_are_taken(customer: Customer, kind: str) -> None:
    answer = send_picture(customer, picture(kind), f"image/{kind.lower()}")
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (lambda: b"", "image/png", 400, "bad_picture"),
        (lambda: b"<svg onload=alert(1)>", "image/png", 400, "bad_picture"),
        (lambda: b"<html><script>alert(1)</script>", "image/jpeg", 400, "bad_picture"),
        (lambda: picture()[:200], "image/jpeg", 400, "bad_picture"),
        (lambda: picture("GIF"), "image/png", 400, "bad_picture"),
        (lambda: picture("PNG", (10000, 5000)), "image/png", 413, "picture_too_large"),
        (lambda: picture("PNG", (10000, 10000)), "image/png", 413, "picture_too_large"),
        (lambda: picture("PNG", (20000, 10000)), "image/png", 413, "picture_too_large"),
        (picture, "image/svg+xml", 415, "picture_type"),
        (picture, "text/html", 415, "picture_type"),
        (lambda: b"%PDF-1.7", "application/pdf", 415, "picture_type"),
        (lambda: b"\x89PNG" + b"0" * 10_000_001, "image/png", 413, "picture_too_large"),
    ],
    ids=[
        *("empty", "svg", "html", "cut", "gif", "50-mp", "bomb", "large-bomb"),
        *("svg-type", "html-type", "pdf", "large"),
    ],
)
def test_what_is_no_good_picture_is_refused_in_words(
    customer: Customer, data: Callable[[], bytes], kind: str, status: int, code: str
) -> None:
    answer = send_picture(customer, data(), kind)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert "图片" in answer.json()["error"]["message"]
    assert customer.http.get("/api/messages").json()["messages"] == []


@pytest.mark.parametrize("number", ["..%2f..%2fsecret", "%2e%2e", "a" * 300])
def test_a_pictures_address_leads_nowhere_else(customer: Customer, number: str) -> None:
    assert customer.http.get(f"/api/pictures/{number}").status_code == 404


# ---- ratings


def test_a_rating_is_thanked_for(customer: Customer, desk: Desk, state: Path) -> None:
    customer.says("转人工")
    ticket = next(each for each in desk.waiting() if each.number in customer.said)
    agent = next(each for each in accounts_of(state).all() if each.login == "ever-there")
    desk.take(ticket.id, agent.id, Entry("joined", "system", "客服来了"))
    desk.close(ticket.id, Entry("closed", "system", "客服走了"))
    answer = customer.http.post("/api/rating", json={"score": 5, "comment": "很好，13812345678"})
    assert answer.status_code == 200
    assert "谢谢" in answer.json()["messages"][0]["text"]


@pytest.mark.parametrize("body", [{}, {"score": 0}, {"score": 6}, {"score": "5"}, {"score": True}])
def test_a_rating_that_is_none_is_refused(customer: Customer, body: dict[str, Any]) -> None:
    answer = customer.http.post("/api/rating", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_rating")


# ---- what Sanic itself refuses


def test_unknown_routes_and_methods_answer_in_the_apis_form(assistant: Assistant) -> None:
    assert local.get(f"{assistant.url}/api/nothing").json()["error"]["code"] == "not_found"
    assert local.put(f"{assistant.url}/api/messages").json()["error"]["code"] == "bad_request"


def test_rasas_own_api_is_closed(assistant: Assistant) -> None:
    for path in ("/conversations/web-1/tracker", "/model", "/status", "/domain"):
        assert local.get(assistant.url + path).status_code == 404
    assert local.put(f"{assistant.url}/model", json={"model_file": "x"}).status_code in {404, 405}
    for path in ("/webhooks/rest/webhook", "/webhooks/callback/webhook"):
        assert local.post(assistant.url + path, json={"sender": "x"}).status_code in {404, 405}
