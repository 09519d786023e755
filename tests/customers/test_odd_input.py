"""Customers (and others) who send what nobody expects."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from run import Assistant
from tests import local
from tests.customer import Customer


@pytest.mark.parametrize("text", ["", "   ", "\n\t\n", "\u200b\u202e", "\x00\x07"])
def test_nothing_to_read_is_said_so(customer: Customer, text: str) -> None:
    answer = customer.post(text=text)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "empty"
    assert "没有看到文字" in answer.json()["error"]["message"]


def test_ten_thousand_characters_are_refused_with_advice(customer: Customer) -> None:
    answer = customer.post(text="我要退款" * 2500)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_long"
    assert "太长" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    "text",
    [
        "😭😭😭",
        "？？？？？",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "'; DROP TABLE events; --",
        "{{7*7}} ${7*7} %s %d {0}",
        "\x07\x1b[31m退\x00款",
        "Zalgo t̷̢e̵x̴t",
        "ﷺ" * 50,
        "asdf;lkj",
        "[订单x](order){",
    ],
)
def test_strange_text_gets_a_plain_answer(customer: Customer, text: str) -> None:
    assert customer.says(text)
    assert "系统刚才出了点问题" not in customer.said


@pytest.mark.parametrize(
    "command",
    [
        "/restart",
        "/session_start",
        "  /restart",
        "\u200b/restart",
        '/request_refund{"trouble": "1"}',
        "/back",
    ],
)
def test_typed_commands_are_words_and_not_commands(customer: Customer, command: str) -> None:
    customer.says("我忘记密码了")
    customer.says("下一步")
    customer.says(command)
    assert "工单号" not in customer.said
    customer.says("第2步再说一遍")
    assert customer.step == 2, "the procedure is still under way"


def test_traditional_characters_are_understood(customer: Customer) -> None:
    customer.says("我忘記密碼了")
    assert customer.step == 1


def test_mixed_english_is_understood(customer: Customer) -> None:
    customer.says("我的password忘记了怎么reset")
    assert customer.step == 1


def test_homophone_typos_are_understood(customer: Customer) -> None:
    customer.says("收不到验正码")
    assert "垃圾箱" in customer.said


def test_button_of_another_conversation_does_nothing(
    new_customer: Callable[[], Customer],
) -> None:
    one, other = new_customer(), new_customer()
    one.says("我要申请退款")
    token = one.messages[-1]["buttons"][0]["token"]
    answer = other.post(button=token)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "button_expired"


@pytest.mark.parametrize("token", ["", "x", "/restart", "Li4=.00", "é.é"])
def test_made_up_button_does_nothing(customer: Customer, token: str) -> None:
    assert customer.post(button=token).json()["error"]["code"] == "button_expired"


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'"x"', b"{}", b'{"text": 5}', b'{"text": "a", "button": "b"}', b"\xff"],
)
def test_broken_request_gets_a_json_error(customer: Customer, body: bytes) -> None:
    answer = customer.http.post("/api/messages", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "bad_request"


def test_message_without_a_session_is_refused(assistant: Assistant) -> None:
    for cookies in ({}, {"ok_session": "made-up"}):
        answer = local.post(f"{assistant.url}/api/messages", json={"text": "你好"}, cookies=cookies)
        assert answer.status_code == 401
        assert answer.json()["error"]["code"] == "no_session"


def test_foreign_page_cannot_speak_for_the_customer(customer: Customer) -> None:
    answer = customer.http.post(
        "/api/messages", json={"text": "你好"}, headers={"Origin": "http://evil.example"}
    )
    assert answer.status_code == 403


def test_customers_do_not_see_each_other(new_customer: Callable[[], Customer]) -> None:
    one, other = new_customer(), new_customer()
    one.says("我要申请退款")
    assert "申请退款" in str(one.open_page())
    assert len(other.open_page()) == 1


@pytest.mark.parametrize(
    "path", ["/model", "/model/parse", "/conversations/x/tracker", "/webhooks/rest/webhook"]
)
def test_rasa_s_own_doors_are_closed(assistant: Assistant, path: str) -> None:
    assert local.get(assistant.url + path).status_code == 404
    assert local.post(assistant.url + path, json={}).status_code == 404


def test_page_comes_back_with_its_history(customer: Customer) -> None:
    customer.says("我要申请退款")
    customer.presses("下一步")
    shown = customer.open_page()
    assert [message["from"] for message in shown] == ["customer", "bot", "customer", "bot"]
    assert shown[2]["text"] == "下一步", "a button is shown by its title"
    customer.messages = shown[-1:]
    customer.presses("下一步")
    assert customer.step == 3
