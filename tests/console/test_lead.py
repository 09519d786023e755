"""A lead steps in: sees who is there, whispers, takes over, passes on."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

from collections.abc import Callable

from tests.agent import ConsoleAgent
from tests.channels.test_web import Page, another_tab
from tests.console.test_console import (
    agent,
    asks_for_a_human,
    database,
    new_agent,
    shown,
    taken,
)
from tests.customer import Customer


def test_the_queue_says_where_the_customer_is_in_a_procedure_and_whether_they_are_there(
    customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("我要退款")
    customer.presses("下一步")
    number = asks_for_a_human(customer)
    assert agent.ticket_of(number)["doing"] == "申请退款 第 2/5 步"
    console = Page(agent.http, path="/events")

    def is_there(there: bool) -> None:
        console.wait_for(
            lambda kind, data: (
                kind == "queue"
                and any(
                    each["number"] == number and each["present"] is there
                    for each in data["waiting"]
                )
            )
        )
        console.heard.clear()

    with another_tab(customer) as http:
        page = Page(http)
        is_there(True)
        customer.http.post("/api/typing", json={"on": True})
        console.wait_for(lambda kind, data: kind == "typing" and data["on"])
        page.close()
        customer.http.post("/api/typing", json={"on": False})
    customer.post(text="还在吗")  # the server writes to the page that is gone
    is_there(False)
    console.close()


def test_a_lead_whispers_takes_over_and_passes_on_what_another_has(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    ticket = taken(customer, agent)
    agent.says(ticket, "您好，我看看")
    lead, other = new_agent("组长", "lead"), new_agent("小赵")
    console = Page(agent.http, path="/events")
    assert lead.does("notes", ticket, text="先问订单号").status_code == 200
    told = console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "whisper")
    assert told["ticket"] == ticket
    assert "组长" in told["text"]
    assert "先问订单号" not in str(shown(customer))

    assert other.does("take-over", ticket).status_code == 403, "leads only"
    assert lead.does("take-over", ticket).json()["ticket"]["agent"]["name"] == "组长"
    console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "taken_over")
    assert agent.says(ticket, "等一下").status_code == 403
    assert lead.does("take-over", ticket).status_code == 409, "it is theirs already"
    assert lead.says(ticket, "我是组长，我来处理").status_code == 200
    said = shown(customer)
    assert said.index(("agent", "您好，我看看")) < said.index(("agent", "我是组长，我来处理"))
    assert ("system", "客服 组长 为您服务。") in said

    lead.does("transfer", ticket, to=agent.id)
    agent.does("take", ticket)
    lead.does("transfer", ticket, to=other.id, note="小赵懂这个")
    console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "moved_away")
    console.close()
    assert other.does("take", ticket).status_code == 200
    entries = lead.http.get("/audit").json()["entries"]
    assert "take_over" in [entry["action"] for entry in entries]
    today = lead.http.get("/figures").json()
    done = {each["name"]: each for each in today["agents"] if each["agent"] in (lead.id, other.id)}
    assert (done["组长"]["taken"], done["组长"]["closed"]) == (1, 0)
