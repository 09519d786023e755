"""Tickets and their queue."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desk import Database, Desk, TicketRequest


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(Database(f"sqlite:///{tmp_path / 'desk.db'}"))


def wish(name: str, urgency: str = "normal", **values: object) -> TicketRequest:
    return TicketRequest(
        conversation_id=name, channel="web", category="退款", urgency=urgency, **values
    )


def test_queue_is_urgent_first_then_by_time(desk: Desk) -> None:
    first, second = desk.request(wish("a")), desk.request(wish("b"))
    urgent = desk.request(wish("c", "urgent"))
    assert [desk.place(ticket) for ticket in (urgent, first, second)] == [1, 2, 3]


def test_second_request_brings_the_ticket_up_to_date(desk: Desk) -> None:
    first = desk.request(wish("a", words=("退款没到",), details={"time": "昨天"}))
    again = desk.request(
        wish("a", "high", topic="transfer", words=("转错人了",), details={"order": "X1"})
    )
    assert again.id == first.id
    assert again.words == ("退款没到", "转错人了")
    assert again.details == {"time": "昨天", "order": "X1"}
    assert again.urgency == "high"


def test_danger_stays_what_the_ticket_is_about(desk: Desk) -> None:
    desk.request(
        TicketRequest("a", "web", category="资金安全", urgency="urgent", topic="suspected_scam")
    )
    again = desk.request(wish("a", topic="request_refund"))
    assert (again.category, again.urgency, again.topic) == ("资金安全", "urgent", "suspected_scam")


def test_cancelled_ticket_leaves_the_queue_and_the_next_is_new(desk: Desk) -> None:
    first = desk.request(wish("a"))
    desk.cancel(first)
    assert desk.waiting() == []
    assert desk.open_ticket_of("a") is None
    assert desk.place(first) == 0
    assert desk.request(wish("a")).id != first.id


def test_ticket_survives_a_new_process(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'desk.db'}"
    ticket = Desk(Database(url)).request(wish("a"))
    assert Desk(Database(url)).open_ticket_of("a") == ticket


def test_requests_at_the_same_moment_make_one_ticket(desk: Desk) -> None:
    with ThreadPoolExecutor(8) as pool:
        tickets = list(pool.map(lambda _: desk.request(wish("a")), range(24)))
    assert len({ticket.id for ticket in tickets}) == 1
    assert len(desk.waiting()) == 1
