"""Nobody is there: a phone number for a call back; and what the app tells agents of its user."""
# ruff: noqa: F401, F811  # fixtures of the console's tests

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import jwt
import pytest

from channels.web.profile import Profile
from desk import Database
from desk.customers import Customers
from desk.pictures import PictureStore
from run import Assistant
from tests import local
from tests.agent import ConsoleAgent, accounts_of
from tests.conftest import IDENTITY_KEY, start_assistant
from tests.console.test_console import agent, asks_for_a_human, database, new_agent
from tests.customer import Customer

PHONE = "138 0013-8000"


@pytest.fixture
def nobody_there(database: Database, agent: ConsoleAgent) -> Iterator[None]:
    """All agents are on a break."""
    accounts = accounts_of(database)
    everybody = accounts.all()
    for each in everybody:
        accounts.set_available(each.id, False)
    yield
    for each in everybody:
        accounts.set_available(each.id, True)


def leaves(customer: Customer, phone: str, agree: bool = True) -> int:
    return customer.http.post("/api/callback", json={"phone": phone, "agree": agree}).status_code


def test_a_customer_leaves_a_number_and_who_has_the_ticket_alone_sees_it_until_it_is_over(
    customer: Customer,
    agent: ConsoleAgent,
    new_agent: Callable[..., ConsoleAgent],
    nobody_there: None,
    database: Database,
) -> None:
    assert leaves(customer, PHONE) == 409, "no message is left"
    number = asks_for_a_human(customer)
    status = customer.http.get("/api/messages").json()["status"]
    assert (status["speaker"], status["callback"]) == ("left_message", False)
    assert leaves(customer, PHONE, agree=False) == 400, "an explicit yes"
    assert leaves(customer, "12") == 400
    assert leaves(customer, PHONE) == 204
    after = customer.http.get("/api/messages").json()
    assert after["status"]["callback"] is True
    assert "****8000" in after["messages"][-1]["text"]
    assert "13800138000" not in str(after)

    ticket = agent.ticket_of(number)
    assert ticket["callback"]
    assert agent.look(ticket["id"])["phone"] is None, "nobody has the ticket yet"
    agent.does("take", ticket["id"])
    assert agent.look(ticket["id"])["phone"] == "13800138000"
    assert "13800138000" not in str(new_agent("组长", "lead").look(ticket["id"]))
    assert "13800138000" not in str(agent.queue())
    agent.does("close", ticket["id"], solved=True)
    assert agent.look(ticket["id"])["phone"] is None
    assert not agent.look(ticket["id"])["ticket"]["callback"]
    stored = Customers(database, PictureStore(Path("nowhere"))).export(ticket["conversation"])
    assert "13800138000" not in str(stored)


def test_a_number_can_be_taken_back(customer: Customer, nobody_there: None) -> None:
    asks_for_a_human(customer)
    leaves(customer, PHONE)
    assert customer.http.delete("/api/callback").status_code == 204
    assert customer.http.get("/api/messages").json()["status"]["callback"] is False


# ---- what the app tells


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Assistant, Path]]:
    """An assistant whose app tells of its users."""
    folder = tmp_path_factory.mktemp("embedded")
    profile = {
        "name": {"title": "姓名", "hidden": True},
        "level": "会员等级",
        "order": "订单",
        "page": {"title": "来自页面", "host": True},
    }
    running = start_assistant(folder, profile=profile)
    yield running, folder
    running.stop()


def test_agents_and_nobody_else_read_what_the_app_tells_and_it_is_erased_with_the_customer(
    embedded: tuple[Assistant, Path],
) -> None:
    assistant, folder = embedded
    claims = {"sub": uuid.uuid4().hex, "exp": time.time() + 60, "name": "欧阳锋", "level": 3}
    claims |= {"order": "卡号6222021234567890128", "secret": "不该知道的"}
    token = jwt.encode(claims, IDENTITY_KEY, algorithm="HS256")
    customer = Customer(assistant.url)
    opened = customer.http.post(
        "/api/session", json={}, headers={"Authorization": f"Bearer {token}"}
    )
    assert "欧" not in opened.text
    told = {"page": "转账", "level": "99", "ugly": "x", "order": 5}
    assert customer.http.post("/api/profile", json=told).status_code == 204
    number = asks_for_a_human(customer)

    login = accounts_of(folder).save("reader", "a long password", "小李").login
    agent = ConsoleAgent(assistant.url, login)
    ticket = agent.ticket_of(number)
    profile = agent.look(ticket["id"])["profile"]
    assert {(each["title"], each["value"], each["signed"]) for each in profile} == {
        ("姓名", "欧**", True),
        ("会员等级", "3", True),
        ("订单", "卡号****0128", True),
        ("来自页面", "转账", False),
    }, "the page may not say what the key must sign"
    assert "不该知道的" not in str(agent.look(ticket["id"]))
    assert "欧**" not in customer.http.get("/api/messages").text

    customers = Customers(
        Database(f"sqlite:///{folder / 'desk.db'}"), PictureStore(folder / "pictures")
    )
    assert "欧**" in str(customers.export(ticket["conversation"]))
    customers.erase(ticket["conversation"])
    assert not any(customers.export(ticket["conversation"]).values())
    agent.close()
    customer.close()


@pytest.mark.parametrize("declared", [{"name": 5}, {"name": {}}, {"name": {"titel": "姓名"}}])
def test_a_profile_written_wrongly_is_refused(declared: dict[str, object]) -> None:
    with pytest.raises((ValueError, TypeError), match="profile: name"):
        Profile(declared)
