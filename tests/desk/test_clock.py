"""Waiting customers are given to agents, and nobody sits on a customer unseen."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from content import library
from desk import Agent, Agents, Database, Desk, Entry, Ticket, TicketRequest
from desk.agents import agents as agents_table
from desk.clock import Watch
from desk.pictures import PictureStore
from desk.services import Services
from desk.ticket import tickets_table


@pytest.fixture
def look(database: Database, pictures: PictureStore) -> Callable[[], None]:
    """Let the clock look once."""
    services = Services.on(database, pictures)
    return lambda: asyncio.run(Watch(services).look())


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Change desk.yml for the test."""

    def change(**values: Any) -> None:
        content = library.load()
        changed = replace(content, desk=replace(content.desk, **values))
        monkeypatch.setattr(library, "current", lambda: changed)

    return change


@pytest.fixture
def comes(database: Database, accounts: Agents) -> Callable[..., Agent]:
    """Let an agent come and stay."""

    def come(name: str, *skills: str) -> Agent:
        made = accounts.save(name, "a long password", name, skills=skills)
        change(database, agents_table, made.id, seen_at=time.time() + 1000)
        return made

    return come


def change(database: Database, table: sa.Table, number: int, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(table.update().where(table.c.id == number).values(**values))


def asks(desk: Desk, name: str, category: str = "退款", urgency: str = "normal") -> Ticket:
    return desk.request(TicketRequest(name, "web", category, urgency))


def held(desk: Desk) -> dict[str, int | None]:
    return {each.conversation_id: each.agent_id for each in desk.tickets("with_agent")}


def test_by_hand_nobody_is_given_a_customer(
    desk: Desk, look: Callable[[], None], comes: Callable[..., Agent]
) -> None:
    comes("a")
    asks(desk, "web-1")
    look()
    assert held(desk) == {}


def test_the_least_busy_with_the_skill_gets_the_next_urgent_ones_first_up_to_the_limit(
    desk: Desk,
    look: Callable[[], None],
    comes: Callable[..., Agent],
    settings: Callable[..., None],
    accounts: Agents,
) -> None:
    settings(distribution="automatic", most_customers=2)
    refunds, anything, away = comes("a", "退款"), comes("b"), comes("c")
    accounts.set_available(away.id, False)
    for name, category, urgency in (
        ("web-1", "退款", "normal"),
        ("web-2", "提现", "normal"),
        ("web-3", "退款", "normal"),
        ("web-4", "退款", "normal"),
        ("web-5", "提现", "urgent"),
    ):
        asks(desk, name, category, urgency)
    look()
    assert held(desk) == {
        "web-5": anything.id,
        "web-1": refunds.id,
        "web-2": anything.id,
        "web-3": refunds.id,
    }, "who knows only one thing gets that"
    assert [each.conversation_id for each in desk.waiting()] == ["web-4"]
    first = next(each for each in desk.tickets("with_agent") if each.conversation_id == "web-2")
    desk.close(first.id, Entry("c", "system", "结束"))
    look()
    assert held(desk)["web-4"] == anything.id


@pytest.mark.parametrize(("urgency", "kept", "gone"), [("urgent", 40, 46), ("normal", 100, 106)])
def test_whom_an_agent_does_not_look_at_goes_to_another(
    database: Database,
    desk: Desk,
    look: Callable[[], None],
    comes: Callable[..., Agent],
    settings: Callable[..., None],
    accounts: Agents,
    urgency: str,
    kept: float,
    gone: float,
) -> None:
    settings(distribution="automatic")
    asleep = comes("a")
    ticket = asks(desk, "web-1", urgency=urgency)
    look()
    other = comes("b")
    change(database, tickets_table, ticket.id, taken_at=time.time() - kept)
    look()
    assert held(desk) == {"web-1": asleep.id}
    change(database, tickets_table, ticket.id, taken_at=time.time() - gone)
    look()
    assert held(desk) == {"web-1": other.id}
    found = accounts.get(asleep.id)
    assert found is not None
    assert not found.available, "they get nobody else until they say so"


def test_who_was_looked_at_stays(
    database: Database,
    desk: Desk,
    look: Callable[[], None],
    comes: Callable[..., Agent],
    settings: Callable[..., None],
) -> None:
    settings(distribution="automatic", agent_reminded_after=60)
    agent = comes("a")
    asks(desk, "web-1")
    look()
    (ticket,) = desk.tickets("with_agent")
    assert ticket.seen_at is None
    desk.see(ticket)
    change(database, tickets_table, ticket.id, taken_at=time.time() - 500)
    look()
    assert held(desk) == {"web-1": agent.id}


@pytest.mark.parametrize(("urgency", "kept", "gone"), [("urgent", 40, 46), ("normal", 100, 106)])
def test_whoever_waits_for_an_agent_on_a_break_is_back_in_the_queue_soon(
    database: Database,
    desk: Desk,
    look: Callable[[], None],
    comes: Callable[..., Agent],
    accounts: Agents,
    urgency: str,
    kept: float,
    gone: float,
) -> None:
    agent = comes("a")
    comes("b")
    waits = desk.take(asks(desk, "web-1", urgency=urgency).id, agent.id, Entry("j", "system", "来"))
    answered = desk.take(asks(desk, "web-2").id, agent.id, Entry("j", "system", "来"))
    desk.agent_said(answered, Entry("w", "agent", "请您先看看"))
    accounts.set_available(agent.id, False)
    for seconds, still in ((kept, True), (gone, False)):
        change(database, agents_table, agent.id, away_at=time.time() - seconds)
        long_ago = dict.fromkeys(("taken_at", "customer_at", "asked_at"), time.time() - 500)
        change(database, tickets_table, waits.id, **long_ago)
        change(database, tickets_table, waits.id, reminded_at=time.time())
        look()
        assert ("web-1" in held(desk)) is still
        assert held(desk)["web-2"] == agent.id, "who was answered waits for nothing"


@pytest.mark.parametrize("on_a_break", [False, True], ids=["there", "on a break"])
def test_who_asks_again_and_again_is_not_kept_waiting_for_that(
    database: Database,
    desk: Desk,
    look: Callable[[], None],
    comes: Callable[..., Agent],
    accounts: Agents,
    on_a_break: bool,
) -> None:
    agent = comes("a")
    comes("b")
    ticket = desk.take(asks(desk, "web-1").id, agent.id, Entry("j", "system", "来"))
    desk.agent_said(ticket, Entry("w", "agent", "您好"))
    desk.customer_said(ticket)
    if on_a_break:
        accounts.set_available(agent.id, False)
        change(database, agents_table, agent.id, away_at=time.time() - 500)
    minute = 60
    # Asked nine minutes ago, reminded of it six minutes ago.
    back = {"taken_at": time.time() - 900, "agent_at": time.time() - 600}
    back |= {"asked_at": time.time() - 9 * minute, "reminded_at": time.time() - 6 * minute}
    change(database, tickets_table, ticket.id, **back)
    desk.customer_said(ticket)  # 在吗
    look()
    assert held(desk) == {}, "it is not the last message that counts"


def test_an_answer_begins_the_wait_anew(
    database: Database, desk: Desk, look: Callable[[], None], comes: Callable[..., Agent]
) -> None:
    agent = comes("a")
    ticket = desk.take(asks(desk, "web-1").id, agent.id, Entry("j", "system", "来"))
    ages_ago = time.time() - 900
    change(database, tickets_table, ticket.id, taken_at=ages_ago, asked_at=ages_ago)
    desk.agent_said(ticket, Entry("w", "agent", "您好"))
    desk.customer_said(ticket)
    found = desk.get(ticket.id)
    assert found is not None
    assert found.asks_since == pytest.approx(time.time(), abs=5)
    look()
    assert held(desk) == {"web-1": agent.id}
    assert [each.reminded_at for each in desk.tickets("with_agent")] == [None]


@pytest.mark.parametrize(("urgency", "kept", "gone"), [("urgent", 40, 46), ("normal", 100, 106)])
def test_whom_the_other_agent_does_not_take_is_anybodys(
    database: Database,
    desk: Desk,
    look: Callable[[], None],
    comes: Callable[..., Agent],
    urgency: str,
    kept: float,
    gone: float,
) -> None:
    agent, busy = comes("a"), comes("b")
    ticket = desk.take(
        asks(desk, "web-1", urgency=urgency).id, agent.id, Entry("j", "system", "来")
    )
    desk.transfer(ticket.id, Entry("t", "system", "转"), wanted_id=busy.id)
    for seconds, wanted in ((kept, busy.id), (gone, None)):
        change(database, tickets_table, ticket.id, wanted_at=time.time() - seconds)
        look()
        assert [each.wanted_id for each in desk.waiting()] == [wanted]


def test_who_is_called_back_is_neither_taken_away_nor_ended_while_they_talk_on_the_phone(
    database: Database, desk: Desk, look: Callable[[], None], comes: Callable[..., Agent]
) -> None:
    agent = comes("a")
    silent = desk.take(asks(desk, "web-1").id, agent.id, Entry("j", "system", "来"))
    told = desk.take(asks(desk, "web-2").id, agent.id, Entry("k", "system", "来"))
    desk.agent_said(told, Entry("w", "agent", "我现在给您打电话"))
    hour = time.time() - 3600
    for ticket in (silent, told):
        change(database, tickets_table, ticket.id, phone="13800138000", reminded_at=hour)
        change(database, tickets_table, ticket.id, asked_at=hour, customer_at=hour, taken_at=hour)
    change(database, tickets_table, told.id, agent_at=hour + 1)
    look()
    assert held(desk) == {"web-1": agent.id, "web-2": agent.id}
