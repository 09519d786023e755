"""Tickets: every transition of a hand-off's life, and the queue; on SQLite and PostgreSQL."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from content import library
from desk import (
    Agent,
    Agents,
    Database,
    Desk,
    Entry,
    Ticket,
    TicketRequest,
    Transcript,
    WrongState,
)
from desk.ticket import TRANSITIONS, ratings_table


def wish(name: str, urgency: str = "normal", **values: object) -> TicketRequest:
    return TicketRequest(
        conversation_id=name, channel="web", category="退款", urgency=urgency, **values
    )


def line(text: str = "……") -> Entry:
    return Entry(uuid.uuid4().hex, "system", text)


def test_queue_is_urgent_first_then_by_time(desk: Desk, agent: Agent) -> None:
    first, second = desk.request(wish("a")), desk.request(wish("b"))
    urgent = desk.request(wish("c", "urgent"))
    assert [desk.position(ticket) for ticket in (urgent, first, second)] == [1, 2, 3]
    assert [ticket.id for ticket in desk.waiting()] == [urgent.id, first.id, second.id]


def test_a_clock_set_back_lets_nobody_jump_the_queue(
    desk: Desk, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, now = desk.request(wish("a")), time.time()
    monkeypatch.setattr("desk.tickets.time.time", lambda: now - 60)
    second = desk.request(wish("b"))
    assert [ticket.id for ticket in desk.waiting()] == [first.id, second.id]
    assert [desk.position(first), desk.position(second)] == [1, 2]


def test_second_request_brings_the_ticket_up_to_date(desk: Desk) -> None:
    first = desk.request(wish("a", words=("退款没到",), details={"time": "昨天"}))
    again = desk.request(
        wish("a", "high", topic="transfer", words=("转错人了",), details={"order": "X1"})
    )
    assert again.id == first.id
    assert again.words == ("退款没到", "转错人了")
    assert again.details == {"time": "昨天", "order": "X1"}
    assert again.urgency == "high"


def test_ticket_never_becomes_less_urgent(desk: Desk) -> None:
    desk.request(wish("a", "urgent", topic="account_compromised"))
    again = desk.request(wish("a", topic="fees"))
    assert (again.urgency, again.topic) == ("urgent", "account_compromised")


def test_requests_at_the_same_moment_make_one_ticket(desk: Desk, agent: Agent) -> None:
    with ThreadPoolExecutor(8) as pool:
        tickets = list(pool.map(lambda _: desk.request(wish("a")), range(24)))
    assert len({ticket.id for ticket in tickets}) == 1
    assert len(desk.waiting()) == 1


def test_two_agents_who_take_at_the_same_moment_do_not_both_get_the_customer(
    desk: Desk, agent: Agent, accounts: Agents
) -> None:
    other = accounts.save("xiaoli", "a long password", "小李")
    ticket = desk.request(wish("a"))

    def take(number: int) -> int | None:
        try:
            return desk.take(ticket.id, number, line()).agent_id
        except WrongState:
            return None

    with ThreadPoolExecutor(8) as pool:
        won = [who for who in pool.map(take, [agent.id, other.id] * 6) if who]
    assert len(won) == 1


def waiting(desk: Desk, agent: Agent) -> Ticket:
    return desk.request(wish("a"))


def left_message(desk: Desk, agent: Agent) -> Ticket:
    return desk.leave(waiting(desk, agent).id, line())


def with_agent(desk: Desk, agent: Agent) -> Ticket:
    return desk.take(waiting(desk, agent).id, agent.id, line())


def closed(desk: Desk, agent: Agent) -> Ticket:
    return desk.close(with_agent(desk, agent).id, line())


def cancelled(desk: Desk, agent: Agent) -> Ticket:
    return desk.cancel(waiting(desk, agent))


STARTS = [waiting, left_message, with_agent, closed, cancelled]


@pytest.mark.parametrize("transition", TRANSITIONS)
@pytest.mark.parametrize("start", STARTS, ids=lambda start: start.__name__)
def test_every_transition_goes_where_it_should_and_nowhere_else(
    desk: Desk,
    agent: Agent,
    transcript: Transcript,
    start: Callable[[Desk, Agent], Ticket],
    transition: str,
) -> None:
    ticket = start(desk, agent)
    assert ticket.status == start.__name__
    said = line("这一步说的话")
    walk = {
        "take": lambda: desk.take(ticket.id, agent.id, said),
        "transfer": lambda: desk.transfer(ticket.id, said),
        "release": lambda: desk.release(ticket.id, said),
        "leave": lambda: desk.leave(ticket.id, said),
        "queue": lambda: desk.queue(ticket.id, lambda place: said),
        "cancel": lambda: desk.cancel(ticket),
        "close": lambda: desk.close(ticket.id, said),
        "take_over": lambda: desk.take_over(ticket.id, agent.id, said),
    }[transition]
    starts, end = TRANSITIONS[transition]
    heard = [entry.text for entry in transcript.last("a")]
    if ticket.status in starts:
        assert walk().status == end
        if transition != "cancel":  # the bot says that one itself
            heard.append(said.text)
    else:
        with pytest.raises(WrongState):
            walk()
        after = desk.get(ticket.id)
        assert after is not None
        assert after.status == ticket.status
    assert [entry.text for entry in transcript.last("a")] == heard, (
        "said with the transition or not"
    )
    still_open = desk.open_ticket_of("a")
    assert (still_open is None) == (desk.search()[0].status in {"closed", "cancelled"})


def test_nobody_there_means_leaving_a_message(desk: Desk) -> None:
    assert desk.request(wish("a")).status == "left_message"
    assert desk.status("a").speaker == "left_message"
    assert desk.status("a").place is None


def test_an_agent_on_a_break_is_nobody(desk: Desk, agent: Agent, accounts: Agents) -> None:
    accounts.set_available(agent.id, False)
    assert desk.request(wish("a")).status == "left_message"
    accounts.set_available(agent.id, True)
    assert desk.request(wish("a")).status == "waiting", "asking again, somebody is there now"


def test_a_queue_that_is_too_long_takes_messages(
    desk: Desk, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = library.current()
    monkeypatch.setattr("desk.asking.library.current", lambda: content)
    monkeypatch.setitem(content.desk.__dict__, "most_waiting", 2)
    states = [desk.request(wish(name)).status for name in "abc"]
    assert states == ["waiting", "waiting", "left_message"]


def test_an_agents_words_reach_the_record_once_however_often_they_are_sent(
    desk: Desk, agent: Agent, transcript: Transcript
) -> None:
    ticket = with_agent(desk, agent)
    said = Entry("agent-1", "agent", "您好", name="小王")
    for _ in range(3):
        (kept,) = desk.agent_said(ticket, said)
    assert [entry.text for entry in transcript.last("a", authors=("agent",))] == ["您好"]
    assert kept.seq


def test_an_agent_who_no_longer_has_the_customer_cannot_speak(
    desk: Desk, agent: Agent, transcript: Transcript
) -> None:
    ticket = with_agent(desk, agent)
    desk.release(ticket.id, line())
    with pytest.raises(WrongState):
        desk.agent_said(ticket, Entry("agent-1", "agent", "您好"))
    assert not transcript.last("a", authors=("agent",))


def test_the_customer_is_told_who_speaks(desk: Desk, agent: Agent) -> None:
    assert desk.status("a").speaker == "bot"
    ticket = desk.request(wish("a"))
    assert (desk.status("a").speaker, desk.status("a").place) == ("waiting", 1)
    desk.take(ticket.id, agent.id, line())
    assert (desk.status("a").speaker, desk.status("a").agent) == ("agent", "小王")
    desk.close(ticket.id, line())
    assert (desk.status("a").speaker, desk.status("a").rate) == ("bot", True)
    desk.rate("a", 4, "挺好")
    assert desk.status("a").rate is False
    rated = desk.get(ticket.id)
    assert rated is not None
    assert (rated.score, rated.comment) == (4, "挺好")


def test_a_customer_rates_once_and_only_a_human_who_was_there(
    desk: Desk, agent: Agent, database: Database
) -> None:
    with pytest.raises(WrongState):
        desk.rate("a", 1)
    closed(desk, agent)
    desk.rate("a", 4)
    for score in (1, 4, 5):
        with pytest.raises(WrongState):
            desk.rate("a", score)
    closed(desk, agent)
    desk.rate("a", 5)
    with database.read() as connection:
        assert connection.execute(sa.select(ratings_table.c.score)).scalars().all() == [4, 5]


def test_customers_come_back_into_the_queue_in_their_old_order(
    desk: Desk, agent: Agent, transcript: Transcript
) -> None:
    first, second, urgent = (desk.request(wish(*who)) for who in (("a",), ("b",), ("c", "urgent")))
    for each in (urgent, first, second):
        desk.leave(each.id, line())
    new = desk.request(wish("d"))
    for each in desk.tickets("left_message"):
        desk.queue(each.id, lambda place: line(f"第 {place} 位"))
    assert [each.id for each in desk.waiting()] == [urgent.id, first.id, second.id, new.id]
    assert [transcript.last(who)[-1].text for who in "abc"] == ["第 2 位", "第 3 位", "第 1 位"]


@pytest.mark.parametrize("score", [0, 6, -1])
def test_a_score_is_one_to_five(desk: Desk, score: int) -> None:
    with pytest.raises(ValueError, match="1 to 5"):
        desk.rate("a", score)


def test_the_board_counts_what_the_agent_has_not_answered(
    desk: Desk, agent: Agent, transcript: Transcript
) -> None:
    ticket = with_agent(desk, agent)
    for number in range(3):
        transcript.add("a", Entry(f"c{number}", "customer", f"第{number}句"))
    (seen,) = desk.board()
    assert (seen.unread, seen.last_text) == (3, "第2句")
    desk.agent_said(ticket, Entry("agent-1", "agent", "看到了"))
    (seen,) = desk.board()
    assert (seen.unread, seen.last_text) == (0, "看到了")


def test_tickets_are_found_by_number_category_and_words(
    desk: Desk, agent: Agent, transcript: Transcript
) -> None:
    ticket = desk.request(wish("a"))
    desk.request(TicketRequest("b", "web", "提现"))
    transcript.add("a", Entry("c1", "customer", "100%_退款没到"))
    for words in (ticket.number, "100%_", "没到"):
        assert [found.id for found in desk.search(words)] == [ticket.id], words
    assert desk.search("提现")[0].category == "提现"
    assert desk.search("%") == desk.search("100%"), "a percent sign is just one"
    assert len(desk.search()) == 2
    assert desk.search(status="closed") == []


@pytest.mark.parametrize(
    ("text", "found", "hidden"),
    [
        (
            "我的手机****8000收不到",
            ["手机", "收不到"],
            ["8000", "****8000", "*", "机****80"],
        ),
        ("卡号****0128，转了8000元", ["8000", "转了8000"], ["0128", "号****0128", "28，转"]),
        ("验证码****123号柜台", ["号柜台"], ["123"]),
    ],
)
def test_what_masking_leaves_of_a_secret_finds_nobody(
    desk: Desk, transcript: Transcript, text: str, found: list[str], hidden: list[str]
) -> None:
    ticket = desk.request(wish("a"))
    transcript.add("a", Entry("c1", "customer", text))
    for words in found:
        assert [each.id for each in desk.search(words)] == [ticket.id], words
    for words in hidden:
        assert desk.search(words) == [], words


def test_notes_are_kept_in_order(desk: Desk, agent: Agent) -> None:
    ticket = desk.request(wish("a"))
    for text in ("一", "二"):
        desk.note(ticket.id, agent.id, text)
    assert [note.text for note in desk.notes(ticket.id)] == ["一", "二"]


def test_what_an_agent_has_dealt_with_is_not_why_the_customer_is_here_again(
    desk: Desk, agent: Agent
) -> None:
    told = {"time": "昨天", "order": "X1"}
    first = desk.request(wish("a", words=("锅是坏的", "转人工"), details=told))
    desk.take(first.id, agent.id, line())
    desk.close(first.id, line())
    words = ("锅是坏的", "转人工", "又扣了一次")  # the bot remembers all of it
    again = desk.request(wish("a", words=words, details={**told, "order": "X2"}))
    assert (again.words, again.details) == (("又扣了一次",), {"order": "X2"})
    other = desk.request(wish("b", words=words))
    desk.cancel(other)
    assert desk.request(wish("b", words=words)).words == words, "nobody has dealt with it"
