"""A lead's figures, and what the bot did not understand; on SQLite and PostgreSQL."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from desk import Agent, Agents, Closing, Database, Desk, Entry, TicketRequest, Transcript, reply_key
from desk.figures import Figures

# A day that is over: no test runs into the next one.
NOON = datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=12) - timedelta(days=1)
NOW, DAY = NOON.timestamp(), NOON.date()


@pytest.fixture
def figures(database: Database) -> Figures:
    return Figures(database)


def turn(transcript: Transcript, conversation: str, key: str, text: str, intent: str) -> None:
    transcript.add(conversation, Entry(key, "customer", text, time=NOW))
    reply = Entry(reply_key(key, "0"), "bot", "……", intent=intent, reply_to=key, time=NOW)
    transcript.add(conversation, reply, answers=key)


def test_a_day_in_figures(
    figures: Figures,
    transcript: Transcript,
    desk: Desk,
    agent: Agent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW)
    turn(transcript, "a", "1", "怎么退款", "request_refund")
    turn(transcript, "b", "2", "怎么退款啊", "request_refund")
    turn(transcript, "b", "3", "乱七八糟", "nlu_fallback")
    ticket = desk.request(TicketRequest("b", "web", "退款"))
    desk.take(ticket.id, agent.id, Entry("j", "system", "来了"))
    desk.close(ticket.id, Entry("c", "system", "结束"))
    desk.rate("b", 5)
    other = desk.request(TicketRequest("c", "web", "提现"))
    desk.take(other.id, agent.id, Entry("j", "system", "来了"))
    desk.close(other.id, Entry("c", "system", "结束"))
    desk.rate("c", 2)
    found = figures.day(DAY)
    assert (found["messages"], found["conversations"]) == (3, 2)
    assert (found["bot_alone"], found["handed_over"], found["unanswered"]) == (1, 2, 1)
    assert [each["category"] for each in found["why"]] == ["退款", "提现"]
    assert found["topics"] == [{"title": "申请退款", "count": 2}]
    assert found["ratings"] == {"average": 3.5, "counts": [0, 1, 0, 0, 1]}
    assert found["waiting"]["median"] >= 0
    assert sum(hour["messages"] for hour in found["hours"]) == 3
    rows = list(csv.DictReader(io.StringIO(figures.csv(DAY, DAY).lstrip("\ufeff"))))
    assert (rows[0]["客户消息"], rows[0]["平均评分"]) == ("3", "3.5")
    row, _ = csv.DictReader(io.StringIO(figures.tickets_csv(DAY, DAY).lstrip("\ufeff")))
    assert (row["工单号"], row["状态"]) == (ticket.number, "已结束")


def set_clock(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Set the desk's clock to so many seconds after `NOW`."""
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW + seconds)


def test_a_transfer_takes_nothing_from_the_times_of_waiting_and_handling(
    figures: Figures,
    desk: Desk,
    agent: Agent,
    accounts: Agents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = partial(set_clock, monkeypatch)
    other = accounts.save("xiaozhao", "a long password", "小赵")
    said = [Entry(f"s{number}", "system", "……") for number in range(9)]
    at(0)
    ticket = desk.request(TicketRequest("b", "web", "退款"))
    at(10)  # 10 s of waiting
    desk.take(ticket.id, agent.id, said[0])
    at(110)  # 100 s with the first agent
    desk.transfer(ticket.id, said[1], other.id)
    at(115)  # 5 s
    desk.leave(ticket.id, said[2])
    at(118)  # 3 s
    desk.queue(ticket.id, lambda place: said[3])
    at(120)  # 2 s
    desk.take(ticket.id, other.id, said[4])
    at(150)  # 30 s with the second
    desk.release(ticket.id, said[5])
    at(170)  # 20 s
    desk.take(ticket.id, agent.id, said[6])
    at(177)  # 7 s with the first again
    closed = desk.close(ticket.id, said[7])
    assert (closed.waited, closed.handled) == (40, 137)
    found = figures.day(DAY)
    assert (found["waiting"]["median"], found["handling"]["median"]) == (40, 137)
    (row,) = csv.DictReader(io.StringIO(figures.tickets_csv(DAY, DAY).lstrip("\ufeff")))
    assert (row["等待（秒）"], row["处理（秒）"]) == ("40.0", "137.0")


def test_what_agents_did_is_told_of_each_also_after_a_transfer_and_a_take_over(
    figures: Figures,
    desk: Desk,
    agent: Agent,
    accounts: Agents,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = partial(set_clock, monkeypatch)
    other = accounts.save("xiaozhao", "a long password", "小赵")
    said = [Entry(f"s{number}", "system", "……") for number in range(9)]
    words = [Entry(f"w{number}", "agent", "您好") for number in range(9)]
    at(0)
    number = desk.request(TicketRequest("b", "web", "退款")).id
    at(10)
    ticket = desk.take(number, agent.id, said[0])
    at(15)
    desk.agent_said(ticket, words[0])
    at(40)
    desk.agent_said(ticket, words[1])
    at(110)
    desk.transfer(number, said[1], other.id)
    at(115)
    desk.take(number, other.id, said[2])
    at(120)
    ticket = desk.take_over(number, agent.id, said[3])
    assert ticket.agent_id == agent.id
    at(121)
    desk.agent_said(ticket, words[2])
    at(130)
    desk.close(number, said[4], Closing("查到了", "提现", solved=True))
    desk.rate("b", 4)
    first, second = sorted(figures.day(DAY)["agents"], key=lambda each: -int(each["taken"]))
    assert (first["name"], first["taken"], first["closed"], first["solved"]) == ("小王", 2, 1, 1)
    assert (first["first_answer"], first["handling"], first["rating"]) == (3, 55, 4)
    assert (second["name"], second["taken"], second["closed"]) == ("小赵", 1, 0)
    assert (second["first_answer"], second["handling"], second["rating"]) == (None, 5, None)
    assert figures.day(DAY)["first_answer"]["median"] == 15, "as the customer waited"
    rows = list(csv.DictReader(io.StringIO(figures.agents_csv(DAY, DAY).lstrip("\ufeff"))))
    assert [(row["客服"], row["接待"], row["已解决"]) for row in rows] == [
        ("小王", "2", "1"),
        ("小赵", "1", "0"),
    ]


def test_how_tickets_ended_stands_in_figures_tables_and_search(
    figures: Figures, desk: Desk, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW)
    numbers = []
    for place, closing in enumerate(
        (Closing("退款已到账", solved=True), Closing(solved=False), Closing())
    ):
        ticket = desk.request(TicketRequest("a", "web", "退款"))
        desk.take(ticket.id, agent.id, Entry(f"j{place}", "system", "来了"))
        closed = desk.close(ticket.id, Entry(f"c{place}", "system", "结束"), closing)
        numbers.append(closed.id)
    ends = figures.day(DAY)["closed"]
    assert ends == {"solved": 1, "unsolved": 1, "unsaid": 1, "came_back": 2}
    (row,) = csv.DictReader(io.StringIO(figures.csv(DAY, DAY).lstrip("\ufeff")))
    assert (row["已解决"], row["未解决"], row["一天内又来"]) == ("1", "1", "2")
    rows = list(csv.DictReader(io.StringIO(figures.tickets_csv(DAY, DAY).lstrip("\ufeff"))))
    assert [(each["已解决"], each["小结"]) for each in rows] == [
        ("是", "退款已到账"),
        ("否", ""),
        ("", ""),
    ]
    assert [each.id for each in desk.search("已到账")] == [numbers[0]]
    before = desk.ended_before(closed)
    assert before is not None
    assert before.id == numbers[1]
    assert desk.conclude(numbers[0], Closing(solved=False)).solved is False


def test_a_trend_has_a_span_for_each_day_or_week_and_the_last_ends_today(
    figures: Figures, transcript: Transcript, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW)
    turn(transcript, "a", "1", "怎么退款", "request_refund")
    desk.request(TicketRequest("a", "web", "退款"))
    days = figures.trend(DAY - timedelta(days=2), DAY)
    assert [each["messages"] for each in days] == [0, 0, 1]
    assert days[-1]["begin"] == days[-1]["end"] == DAY.isoformat()
    weeks = figures.trend(DAY - timedelta(days=9), DAY, 7)
    assert [(each["begin"], each["handed_over"]) for each in weeks] == [
        ((DAY - timedelta(days=9)).isoformat(), 0),
        ((DAY - timedelta(days=6)).isoformat(), 1),
    ]


def test_who_was_never_taken_has_no_times(
    figures: Figures, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW)
    desk.cancel(desk.request(TicketRequest("b", "web", "退款")))
    assert figures.day(DAY)["waiting"] == {"median": None, "longest": None}


def test_a_clock_set_back_while_a_customer_waits_gives_no_time_below_zero(
    figures: Figures, desk: Desk, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW)
    ticket = desk.request(TicketRequest("b", "web", "退款"))
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW - 0.3)
    desk.take(ticket.id, agent.id, Entry("j", "system", "来了"))
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW - 0.6)
    desk.close(ticket.id, Entry("c", "system", "结束"))
    found = figures.day(DAY)
    assert (found["waiting"]["longest"], found["handling"]["longest"]) == (0, 0)
    (row,) = csv.DictReader(io.StringIO(figures.tickets_csv(DAY, DAY).lstrip("\ufeff")))
    assert (row["等待（秒）"], row["处理（秒）"]) == ("0.0", "0.0")


def test_a_lead_reads_in_the_table_who_helped_how_urgent_it_was_and_what_was_said_of_it(
    figures: Figures, desk: Desk, agent: Agent, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("desk.tickets.time.time", lambda: NOW)
    ticket = desk.request(TicketRequest("b", "web", "退款", "urgent", topic="request_refund"))
    desk.take(ticket.id, agent.id, Entry("j", "system", "来了"))
    desk.close(ticket.id, Entry("c", "system", "结束"))
    desk.rate("b", 2, '=HYPERLINK("http://evil.example")')
    desk.request(TicketRequest("a", "web", "退款"))
    done, waiting = csv.DictReader(io.StringIO(figures.tickets_csv(DAY, DAY).lstrip("\ufeff")))
    assert (done["客服"], done["紧急程度"], done["问题"]) == ("小王", "紧急", "申请退款")
    assert done["结束时间"] == NOON.isoformat(timespec="seconds")
    assert done["评价"] == '\'=HYPERLINK("http://evil.example")', "no formula runs"
    assert (waiting["客服"], waiting["紧急程度"], waiting["结束时间"]) == ("", "普通", "")


def test_a_day_without_customers(figures: Figures) -> None:
    found = figures.day(datetime(2020, 1, 1).date())
    assert found["messages"] == 0
    assert found["waiting"] == {"median": None, "longest": None}
    assert found["ratings"]["average"] is None


def test_who_comes_on_one_day_and_is_helped_on_the_next_counts_where_it_happened(
    figures: Figures,
    transcript: Transcript,
    desk: Desk,
    agent: Agent,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    at = partial(set_clock, monkeypatch)
    before, day = DAY - timedelta(days=1), 24 * 3600.0
    at(-day)
    ticket = desk.request(TicketRequest("a", "web", "退款"))
    taken = desk.take(ticket.id, agent.id, Entry("j", "system", "来了"))
    turn(transcript, "a", "1", "还在吗", "request_refund")  # today
    at(0)
    desk.agent_said(taken, Entry("w", "agent", "您好"))
    desk.close(ticket.id, Entry("c", "system", "结束"), Closing("查到了", solved=True))
    first, second = figures.trend(before, DAY)
    assert (first["handed_over"], first["closed"]["solved"]) == (1, 0)
    assert (second["handed_over"], second["closed"]["solved"]) == (0, 1)
    assert (first["handling"]["median"], second["handling"]["median"]) == (None, day)
    assert (second["conversations"], second["bot_alone"]) == (1, 0), "a human had the customer"
    (came,), (went,) = figures.day(before)["agents"], figures.day(DAY)["agents"]
    assert (came["taken"], came["closed"], came["solved"]) == (1, 0, 0)
    assert (went["taken"], went["closed"], went["solved"]) == (0, 1, 1)
    assert (came["handling"], went["handling"]) == (None, day)


def test_a_year_of_days_is_not_a_query_for_each_day_and_table(figures: Figures) -> None:
    figures.trend(DAY, DAY)  # the tables are made at the first question
    asked = 0

    def count(*_: object) -> None:
        nonlocal asked
        asked += 1

    sa.event.listen(sa.Engine, "before_cursor_execute", count)
    try:
        days = figures.trend(DAY - timedelta(days=365), DAY)
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", count)
    assert len(days) == 366
    assert asked < 2.1 * len(days), "two of the record a day, and a few"
