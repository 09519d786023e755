"""What operators read when things go wrong: JSON logs, and metrics of a platform's trouble."""

from __future__ import annotations

import json
import logging
import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from infra import logs, settings
from standins.wechat import WeChatUser
from tests import local
from tests.customer import Customer
from tests.platforms.account import SEND, WeChatAccount, eventually
from tests.server.test_metrics import Reading

METRICS_TOKEN = "of-the-tests-0123456789"
ODD = [
    "我的暗号\n2026-01-01 00:00:00 ERROR forged.logger - 伪造的一行zzq",
    'zzq", "level": "info", "request_id": "forged"}\n{"time": "zzq", "message": "伪造"}',
    "\x1b[2J\x1b[31mzzq红字\x1b]0;title\x07",
    "zzq\u2028第二行\u202e反过来\x9b31m",
    "zzq%0d%0aSet-Cookie: a=b ${jndi:ldap://zzq} {{7*7}} %s %(message)s {0}",
    "/zzq{}",
]


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeChatAccount]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LOG_FORMAT", "json")
        environment.setenv("METRICS_TOKEN", METRICS_TOKEN)
        made = WeChatAccount("safe").start(tmp_path_factory.mktemp("operations"))
        yield made  # what is started again gets it, too
    made.stop()


@pytest.fixture
def customer(account: WeChatAccount) -> Iterator[Customer]:
    made = Customer(account.assistant.url)
    yield made
    made.close()


@pytest.fixture
def user(account: WeChatAccount) -> WeChatUser:
    return account.platform.user()


@pytest.fixture
def broken_database(account: WeChatAccount) -> Iterator[None]:
    """Nothing can be read or written meanwhile."""
    place, kept = account.folder / "desk.db", account.folder / "desk.kept"
    place.rename(kept)
    place.mkdir()
    yield
    place.rmdir()
    kept.rename(place)


@pytest.fixture
def without_actions(account: WeChatAccount) -> Iterator[None]:
    account.assistant.stop_one("actions", kill=True)
    yield
    account.assistant.start_actions()
    account.assistant.wait_ready()


def lines(account: WeChatAccount) -> list[dict[str, Any]]:
    """Return the log's records; each line is one, with nothing but text in it."""
    text = (account.folder / "assistant.log").read_text(encoding="utf8")
    found = [json.loads(line) for line in text.split("\n") if line]
    for one in found:
        assert {"time", "level", "logger", "message"} <= set(one)
        assert set(one) <= {"time", "level", "logger", "message", "request_id"}
        assert all(isinstance(value, str) for value in one.values())
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u202e]", "".join(one.values()))
    return found


def read(account: WeChatAccount) -> Reading:
    return Reading(account.assistant.url, Authorization=f"Bearer {METRICS_TOKEN}")


# ---- logs


def test_odd_words_neither_forge_a_record_nor_stand_in_one(
    account: WeChatAccount, customer: Customer, without_actions: None
) -> None:
    before = len(lines(account))
    for text in ODD:
        customer.post(text=text)
        customer.http.get("/api/messages", params={"after": text})
        customer.http.get("/desk/api/tickets", params={"q": text})
        customer.http.post("/api/messages", content=text.encode(), headers={"X-Request-ID": "a b"})
    found = lines(account)
    assert len(found) > before, "that the action server is away is told"
    for one in found:
        said = json.dumps(one, ensure_ascii=False)
        assert not any(word in said for word in ("zzq", "伪造", "暗号", "红字", "forged"))


def test_a_broken_database_is_told_of_without_what_was_to_be_written(
    account: WeChatAccount, customer: Customer, user: WeChatUser, broken_database: None
) -> None:
    for text in ODD:
        customer.post(text=text)
    user.says("zzq我的暗号")
    found = read(account)
    assert found.of("assistant_ready", part="desk") == 0
    assert found.of("assistant_ready", part="state") == 1
    assert not found.knows("assistant_tickets"), "what is not known is not told"
    said = json.dumps(lines(account), ensure_ascii=False)
    assert "The record failed: OperationalError" in said
    assert not any(word in said for word in ("zzq", "暗号", user.openid, "web-a"))


def test_a_requests_id_comes_back_and_is_in_every_record_of_it(
    account: WeChatAccount, customer: Customer, without_actions: None
) -> None:
    number = str(uuid.uuid4())
    answer = customer.http.post(
        "/api/messages", json={"text": "密码忘了"}, headers={"X-Request-ID": number}
    )
    assert answer.headers["X-Request-ID"] == number
    mine = [one for one in lines(account) if one.get("request_id") == number]
    assert {"rasa.core.actions.action", "rasa.core.processor"} <= {one["logger"] for one in mine}


def test_the_action_servers_records_have_the_requests_id(
    account: WeChatAccount, customer: Customer
) -> None:
    customer.says("你好")
    topic = account.folder / "content" / "topics" / "public_wifi.yml"
    before = topic.read_text(encoding="utf8")
    topic.write_text(before + "answr: 打错了\n", encoding="utf8")
    number = str(uuid.uuid4())
    customer.http.post(
        "/api/messages", json={"text": "公共wifi能付款吗"}, headers={"X-Request-ID": number}
    )
    topic.write_text(before, encoding="utf8")
    told = [one for one in lines(account) if "public_wifi.yml" in one["message"]]
    assert len(told) == 2, "the server and the action server read the content, each by itself"
    assert {one.get("request_id") for one in told} == {number}


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "with blank", "a_b_c_d_e", "ffff\tffff", "zzq\u00e9zzqzzq"]
)
def test_what_is_no_id_is_replaced(account: WeChatAccount, given: str) -> None:
    answer = local.get(f"{account.assistant.url}/health", headers={"X-Request-ID": given.encode()})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])
    again = local.get(f"{account.assistant.url}/no/such/route")
    assert re.fullmatch(r"[0-9a-f]{32}", again.headers["X-Request-ID"])
    assert again.headers["X-Request-ID"] != answer.headers["X-Request-ID"]


@pytest.mark.parametrize(
    ("logger", "message", "written"),
    [
        ("channels.x", "two\nlines", "two\n    lines"),
        ("channels.x", "of wechat-oAbc_1-2 and web-aXy", "of wechat-… and web-…"),
        ("channels.x", "https://a.b/c?access_token=s3cret&x=1 failed", "https://a.b/c?… failed"),
        ("channels.x", "redis://user:pass@host/0", "redis://…@host/0"),
        ("channels.x", "Authorization: Bearer abc.def", "Authorization: …"),
        ("channels.x", "token eyJhbGciOi.J9.x", "token …"),
        ("channels.x", "\x1b[31mred\r\x00", "\\u001b[31mred\\u000d\\u0000"),
        ("content.loader", "topics/a.yml:3: 不认识的项目", "topics/a.yml:3: 不认识的项目"),
        ("asyncio", "Task failed\nfuture: <Task ... '密码是hunter2'>", "Task failed"),
        ("sanic.error", "said 我的密码 twice", "said … twice"),
        ("rasa.x", '{"event": "action.failed", "text": "hunter2"}', "action.failed"),
        ("rasa.x", '{"text": "hunter2"', "(data)"),
    ],
)
def test_a_record_is_safe(logger: str, message: str, written: str) -> None:
    record = logs.make_record(logger, logging.ERROR, "x.py", 1, message, (), None)
    assert record.getMessage() == written


def test_an_exception_is_told_by_its_place_and_not_by_its_words() -> None:
    try:
        raise ValueError("the customer said hunter2")
    except ValueError as error:
        about = (ValueError, error, error.__traceback__)
        record = logs.make_record("channels.x", logging.ERROR, "x.py", 1, "%s", ("bad",), about)
        raw = logs.make_record("sanic.error", logging.ERROR, "x.py", 1, error, (), None)
    assert re.fullmatch(r"bad \(ValueError at test_operations\.py:\d+\)", record.getMessage())
    assert raw.getMessage() == "ValueError"
    assert record.exc_info is None


def test_arguments_that_do_not_fit_lose_no_record() -> None:
    record = logs.make_record("channels.x", logging.ERROR, "x.py", 1, "%s %s", ("one",), None)
    assert record.getMessage() == "(a message that could not be made)"


def test_an_unknown_log_format_is_refused_at_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    settings.current.cache_clear()
    with pytest.raises(settings.SettingError, match="LOG_FORMAT"):
        logs.install()


# ---- a platform's trouble


def test_an_operator_sees_what_a_platform_refuses_and_that_it_is_said_after_all(
    account: WeChatAccount, user: WeChatUser
) -> None:
    agent = account.agent()
    ticket = account.takes(agent, user)
    before = read(account)
    account.platform.fail(SEND, 40164)
    agent.says(ticket, "您好，马上为您查")
    user.waits_for("马上为您查")

    def more(name: str, **labels: str) -> float:
        return read(account).of(name, **labels) - before.of(name, **labels)

    wechat = {"channel": "wechat"}
    assert more("assistant_platform_errors_total", code="40164", **wechat) == 1
    eventually(  # the words, and who says them
        lambda: more("assistant_messages_carried_total", result="sent", **wechat) == 2, "counted"
    )
    assert read(account).of("assistant_messages_waiting", **wechat) == 0
    assert more("assistant_messages_carried_total", result="failed", **wechat) == 0
    agent.does("close", ticket)


def test_an_operator_sees_what_waits_while_a_platform_is_away(
    account: WeChatAccount, user: WeChatUser
) -> None:
    agent = account.agent()
    ticket = account.takes(agent, user)
    account.platform.drop(SEND, times=float("inf"))
    try:
        agent.says(ticket, "请稍等一下")
        labels = {"channel": "wechat"}
        eventually(
            lambda: read(account).of(
                "assistant_platform_errors_total", code="unreachable", **labels
            ),
            "an error",
        )
        assert read(account).of("assistant_messages_waiting", **labels) == 1
        assert read(account).of("assistant_messages_waiting_oldest_seconds", **labels) > 0
    finally:
        account.platform.heal()
    user.waits_for("请稍等一下")
    eventually(lambda: not account.kept(user), "nothing of it comes into the log later")
    agent.does("close", ticket)


def test_the_token_opens_the_metrics_through_a_proxy_and_another_does_not(
    account: WeChatAccount,
) -> None:
    url = f"{account.assistant.url}/metrics"
    proxied = {"X-Forwarded-For": "203.0.113.7"}
    mine = {"Authorization": f"Bearer {METRICS_TOKEN}"}
    assert local.get(url, headers=proxied | mine).status_code == 200
    assert local.get(url, headers=proxied).status_code == 403
    for wrong in (METRICS_TOKEN[:-1], METRICS_TOKEN + "x", "", "令牌"):
        headers = proxied | {"Authorization": f"Bearer {wrong}".strip()}
        given = {name: value.encode() for name, value in headers.items()}
        assert local.get(url, headers=given).status_code == 403


def test_the_log_stays_quiet_in_a_calm_hour(customer: Customer, account: WeChatAccount) -> None:
    before = lines(account)
    customer.says("密码忘了")
    customer.presses("下一步")
    customer.says("谢谢")
    assert lines(account) == before
