"""A lead steps in: sees who is there, whispers, takes over, passes on."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import time
import uuid
from collections.abc import Callable

import httpx
import pytest
import sqlalchemy as sa

from console.suggestions import in_a_humans_mouth
from desk import Database
from desk.entry import messages
from run import Assistant
from tests import local
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
    receiving = Page(other.http, path="/events")
    receiving.wait_for(lambda kind, data: kind == "queue")
    lead.does("transfer", ticket, to=other.id, note="小赵懂这个")
    console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "moved_away")
    console.close()
    told = receiving.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "passed_on")
    assert told["ticket"] == ticket
    assert "组长 把工单" in told["text"]
    receiving.close()
    assert other.does("take", ticket).status_code == 200
    entries = lead.http.get("/audit").json()["entries"]
    assert "take_over" in [entry["action"] for entry in entries]
    today = lead.http.get("/figures").json()
    done = {each["name"]: each for each in today["agents"] if each["agent"] in (lead.id, other.id)}
    assert (done["组长"]["taken"], done["组长"]["closed"]) == (1, 0)


# ---- accounts


def test_a_lead_makes_changes_locks_and_resets_accounts_and_all_of_it_is_in_the_audit_log(
    assistant: Assistant, new_agent: Callable[..., ConsoleAgent]
) -> None:
    lead = new_agent("组长", "lead")
    login = f"neu-{uuid.uuid4().hex[:6]}"
    wanted = {"login": login, "name": "小孙", "role": "agent", "skills": ["退款"]}
    made = lead.http.post("/accounts", json=wanted).json()
    number, password = made["account"]["id"], made["password"]

    def logs_in(password: str) -> httpx.Response:
        with local.Client(base_url=f"{assistant.url}/desk/api") as http:
            return http.post("/login", json={"login": login, "password": password})

    assert logs_in(password).json()["agent"]["skills"] == ["退款"]
    taken = lead.http.post("/accounts", json=wanted)
    assert (taken.status_code, taken.json()["error"]["message"]) == (
        409,
        "这个登录名已经有人用了。",
    )
    assert lead.http.post("/accounts", json={**wanted, "login": "孙"}).status_code == 400
    assert lead.http.post("/accounts", json={**wanted, "skills": ["没有"]}).status_code == 400

    with local.Client(base_url=f"{assistant.url}/desk/api") as http:
        http.post("/login", json={"login": login, "password": password})
        assert http.get("/me").status_code == 200
        changed = {"name": "小孙", "role": "agent", "skills": [], "locked": True}
        assert lead.http.post(f"/accounts/{number}", json=changed).json()["account"]["locked"]
        assert http.get("/me").status_code == 401, "a locked account's session is over"
    assert logs_in(password).status_code == 401
    assert login not in str(lead.http.get("/agents").json()), "nobody passes a customer on to it"
    lead.http.post(f"/accounts/{number}", json={**changed, "locked": False})
    fresh = lead.http.post(f"/accounts/{number}/password").json()["password"]
    assert logs_in(password).status_code == 401
    assert logs_in(fresh).status_code == 200

    itself = {"name": "组长", "role": "agent", "skills": []}
    assert lead.http.post(f"/accounts/{lead.id}", json=itself).status_code == 400
    actions = [each["action"] for each in lead.http.get("/audit").json()["entries"]]
    assert {"make account", "change account", "reset password"} <= set(actions)
    assert fresh not in str(lead.http.get("/audit").json())


def test_the_audit_log_is_narrowed_down_by_agent_action_ticket_and_day(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    lead = new_agent("组长", "lead")
    ticket = taken(customer, agent)
    agent.says(ticket, "您好")
    login = next(
        each["login"]
        for each in lead.http.get("/agents").json()["agents"]
        if each["id"] == agent.id
    )

    def actions(**narrowed: str) -> list[str]:
        entries = lead.http.get("/audit", params=narrowed).json()["entries"]
        return [each["action"] for each in entries]

    number = f"K{ticket:06d}"
    assert actions(ticket=number) == ["message", "take"]
    assert actions(ticket=number, action="take") == ["take"]
    assert actions(agent=login, action="login") == ["login"]
    assert actions(ticket=number, day="2020-01-01") == []
    assert actions(ticket="K99999999999999999999") == []
    assert lead.http.get("/audit", params={"day": "gestern"}).status_code == 400


# ---- what was said, taken back; what could be said


def test_an_agent_takes_a_message_back_for_two_minutes(
    customer: Customer, agent: ConsoleAgent, database: Database
) -> None:
    ticket = taken(customer, agent)
    with another_tab(customer) as http:
        page = Page(http)
        (said,) = agent.says(ticket, "您的订单 123").json()["messages"]
        page.wait_for(lambda kind, data: kind == "message" and data["text"] == "您的订单 123")
        answer = agent.does("recall", ticket, id=said["id"])
        assert answer.json()["messages"][0]["text"] == "客服 小李 撤回了一条消息。"
        told = page.wait_for(lambda kind, data: kind == "message" and "撤回" in data["text"])
        assert (told["id"], told["from"]) == (said["id"], "system")
        page.close()
    assert "123" not in str(shown(customer))
    assert "123" not in str(agent.look(ticket))
    (old,) = agent.says(ticket, "很久以前").json()["messages"]
    with database.write() as connection:
        connection.execute(
            sa.update(messages).where(messages.c.key == old["id"]).values(time=time.time() - 130)
        )
    late = agent.does("recall", ticket, id=old["id"])
    assert (late.status_code, late.json()["error"]["code"]) == (409, "too_late")
    assert agent.does("recall", ticket, id="nothing").status_code == 404


def test_replies_are_suggested_from_the_topic_at_hand(
    customer: Customer, agent: ConsoleAgent
) -> None:
    def suggested() -> list[str]:
        found = agent.http.get(f"/tickets/{ticket}/suggestions").json()["suggestions"]
        return [each["title"] for each in found]

    customer.says("我要退款")
    ticket = taken(customer, agent)
    assert suggested()[0] == "开场", "nobody has greeted the customer"
    agent.says(ticket, "您好")
    customer.post(text="退款多久到账")
    found = agent.http.get(f"/tickets/{ticket}/suggestions").json()["suggestions"]
    assert "退款" in found[0]["text"]
    assert "开场" not in suggested()[:1]
    customer.post(text="怎么开启双重验证")
    assert suggested()[0] == "双重验证"


def test_suggestions_are_a_humans_words_and_none_is_suggested_twice(
    customer: Customer, agent: ConsoleAgent
) -> None:
    def suggested() -> dict[str, str]:
        found = agent.http.get(f"/tickets/{ticket}/suggestions").json()["suggestions"]
        return {each["title"]: each["text"] for each in found}

    customer.says("提现三天没到账")
    ticket = taken(customer, agent)
    agent.says(ticket, "您好")
    customer.post(text="提现三天没到账")
    assert suggested()["提现"] == "请告诉我时间、金额和页面提示。", "no human sends to a human"
    agent.says(ticket, suggested()["提现"])
    customer.post(text="提现三天没到账")
    assert "提现" not in suggested()


@pytest.mark.parametrize(
    ("assistants", "humans"),
    [
        ("打开应用看提示。", "打开应用看提示。"),
        (
            "付款多久有结果，我不清楚。请看“交易记录”里这笔的状态，再由客服查。",
            "请看“交易记录”里这笔的状态。",
        ),
        (
            "已经转了的，马上改密码、留证据、联系客服并报警。",
            "已经转了的，马上改密码、留证据并报警。",
        ),
        ("先重设密码；说别的，要请客服对着您的账户看。", "先重设密码。"),
        ("账户被冻结，要请人工客服核实，我可以帮您转人工。", ""),
    ],
)
def test_what_the_assistant_says_of_humans_is_left_out(assistants: str, humans: str) -> None:
    assert in_a_humans_mouth(assistants) == humans


def test_a_row_says_who_said_the_last_words_and_since_when_the_customer_waits(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    ticket = taken(customer, agent)
    number = agent.look(ticket)["ticket"]["number"]
    agent.says(ticket, "您好，我看看")
    lead = new_agent("组长", "lead")
    assert lead.does("take-over", ticket).status_code == 200
    row = lead.ticket_of(number)
    assert (row["last_text"], row["last_name"]) == ("您好，我看看", "小李")
    assert row["asks_since"] is None
    customer.post(text="在吗")
    first = lead.ticket_of(number)
    assert (first["last_text"], first["last_name"]) == ("在吗", None)
    customer.post(text="在吗？？")
    again = lead.ticket_of(number)
    assert again["last_text"] == "在吗？？"
    assert again["asks_since"] == first["asks_since"] == first["customer_last"]
    lead.says(ticket, "在的")
    assert lead.ticket_of(number)["asks_since"] is None


def test_an_opened_ticket_says_whether_the_customer_is_there(
    customer: Customer, agent: ConsoleAgent
) -> None:
    ticket = taken(customer, agent)
    with another_tab(customer) as http:
        page = Page(http)
        page.wait_for(lambda kind, data: True)
        assert agent.look(ticket)["ticket"]["present"] is True
        page.close()


def test_a_lead_says_who_is_to_take_a_customer_who_waits(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    number = asks_for_a_human(customer)
    before = shown(customer)
    ticket = int(agent.ticket_of(number)["id"])
    lead, other = new_agent("组长", "lead"), new_agent("小赵")
    assert agent.does("transfer", ticket, to=other.id).status_code == 403, "leads only"
    console = Page(other.http, path="/events")
    console.wait_for(lambda kind, data: kind == "queue")
    given = lead.does("transfer", ticket, to=other.id, note="他懂退款")
    assert given.json()["ticket"]["wanted"]["name"] == "小赵"
    assert given.json()["ticket"]["status"] == "waiting"
    told = console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "passed_on")
    assert told["ticket"] == ticket
    console.close()
    assert shown(customer) == before, "to the customer nothing has changed"
    assert lead.does("transfer", ticket, to=None).json()["ticket"]["wanted"] is None
    lead.does("transfer", ticket, to=other.id)
    assert other.does("take", ticket).status_code == 200
    entries = lead.http.get("/audit", params={"ticket": number}).json()["entries"]
    assert [each["detail"] for each in entries if each["action"] == "transfer"] == [
        f"to {other.id}",
        "to the queue",
        f"to {other.id}",
    ]
