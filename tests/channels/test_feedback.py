"""Customers say whether an answer was useful, and leads see where it was not."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from desk import Database
from tests.agent import ConsoleAgent
from tests.console.test_console import database, new_agent
from tests.customer import Customer


def judges(customer: Customer, useful: bool, reason: str | None = None) -> int:
    """Judge the last answer; return the status."""
    body = {"message": customer.messages[-1]["id"], "useful": useful, "reason": reason}
    return customer.http.post("/api/feedback", json=body).status_code


def test_a_customer_says_that_an_answer_was_of_no_use_and_the_lead_reads_why(
    new_customer: Callable[[], Customer], new_agent: Callable[..., ConsoleAgent]
) -> None:
    lead = new_agent("组长", "lead")
    before = lead.http.get("/figures").json()["feedback"]
    customer = new_customer()
    customer.says("怎么开启双重验证，我的卡号6222021234567890128")
    assert customer.messages[-1]["feedback"] == "open"
    assert judges(customer, False) == 204
    assert judges(customer, False, "unclear") == 204, "the reason comes after"
    assert judges(customer, False, "ugly") == 400
    assert customer.open_page()[-1]["feedback"] == "unhelpful"
    other = new_customer()
    other.says("怎么开启双重验证")
    assert judges(other, True) == 204
    other.says("你好")
    assert other.messages[-1]["feedback"] is None, "there is nothing to judge in a greeting"
    assert judges(other, False) == 404

    now = lead.http.get("/figures").json()["feedback"]
    assert (now["useful"], now["unhelpful"]) == (before["useful"] + 1, before["unhelpful"] + 1)
    judged = lead.http.get("/judged").json()["topics"]
    topic = next(each for each in judged if each["name"] == "two_factor_auth")
    assert topic["reasons"]["unclear"] >= 1
    assert "6222021234567890128" not in str(topic)
    assert any("怎么开启双重验证" in question for question in topic["questions"])
    table = csv.DictReader(io.StringIO(lead.http.get("/figures.csv").text.lstrip("\ufeff")))
    assert int(next(table)["机器人没用"]) == now["unhelpful"]


def test_a_lead_reads_what_the_bot_did_alone_by_topic_and_where_it_went_wrong(
    new_customer: Callable[[], Customer], new_agent: Callable[..., ConsoleAgent]
) -> None:
    lead = new_agent("组长", "lead")

    def found(**narrowed: str) -> list[str]:
        asked = lead.http.get("/conversations", params=narrowed).json()["conversations"]
        return [each["said"] for each in asked]

    alone, lost, helped = new_customer(), new_customer(), new_customer()
    alone.says("怎么开启双重验证啊啊")
    judges(alone, False)
    lost.says("圆圆的东西转来转去哦哦")
    helped.says("怎么开启双重验证嗯嗯")
    helped.says("转人工")
    assert {"怎么开启双重验证啊啊", "圆圆的东西转来转去哦哦"} <= set(found())
    assert "怎么开启双重验证嗯嗯" not in found(), "a human has been asked for"
    assert "怎么开启双重验证啊啊" in found(topic="two_factor_auth")
    assert "圆圆的东西转来转去哦哦" not in found(topic="two_factor_auth")
    assert "怎么开启双重验证啊啊" in found(kind="unhelpful")
    assert "怎么开启双重验证啊啊" not in found(kind="not_understood")
    assert "圆圆的东西转来转去哦哦" in found(kind="not_understood")
    assert lead.http.get("/conversations", params={"kind": "x"}).status_code == 400

    newest = lead.http.get("/conversations", params={"kind": "unhelpful"}).json()["conversations"]
    number = next(each["id"] for each in newest if each["said"] == "怎么开启双重验证啊啊")
    messages = lead.http.get(f"/conversations/{number}/messages").json()["messages"]
    assert [each["from"] for each in messages] == ["customer", "bot"]
    assert messages[1]["useful"] is False
    assert lead.http.get("/conversations/999999999/messages").status_code == 404
    assert new_agent().http.get("/conversations").status_code == 403
    entries = lead.http.get("/audit", params={"action": "read conversation"}).json()["entries"]
    assert entries[0]["detail"] == str(number)
