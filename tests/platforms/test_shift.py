"""A shift: two agents and a lead, twelve customers on three channels, and the evening's figures."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import sqlalchemy as sa

from desk.agents import agents as agents_table
from standins.stand_in import Person
from tests.agent import ConsoleAgent, new_login
from tests.customer import Customer
from tests.platforms.account import WeChatAccount, WeiboAccount, eventually


@pytest.fixture(scope="module")
def accounts(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[WeChatAccount, WeiboAccount]]:
    wechat, weibo = WeChatAccount("safe"), WeiboAccount()
    wechat.start(tmp_path_factory.mktemp("shift"), weibo)
    yield wechat, weibo
    wechat.stop()


@dataclass
class Seat:
    """An agent, and what they did as the test itself counts it."""

    agent: ConsoleAgent
    name: str
    taken: int = 0
    closed: int = 0
    results: Counter[bool] = field(default_factory=Counter)
    scores: list[int] = field(default_factory=list)

    def takes(self, number: str) -> int:
        ticket = int(self.agent.ticket_of(number)["id"])
        assert self.agent.does("take", ticket).status_code == 200
        self.taken += 1
        return ticket

    def ends(self, ticket: int, solved: bool, summary: str) -> None:
        answer = self.agent.does("close", ticket, solved=solved, summary=summary)
        assert answer.status_code == 200, answer.text
        self.closed += 1
        self.results[solved] += 1


class OnPage:
    """A customer on the page."""

    channel = "web"

    def __init__(self, url: str) -> None:
        self.customer = Customer(url)

    def asks(self, words: str) -> str:
        self.customer.says(words)
        found = re.search(r"K\d{6}", self.customer.said)
        assert found, self.customer.said
        return found[0]

    def writes(self, text: str) -> None:
        assert self.customer.post(text=text).status_code == 200

    def reads(self, text: str) -> None:
        def said() -> str:
            return str(self.customer.http.get("/api/messages").json())

        eventually(lambda: text in said(), text)

    def rates(self, score: int) -> None:
        answer = self.customer.http.post("/api/rating", json={"score": score})
        assert answer.status_code == 200, answer.text


class OnPlatform:
    """A customer on WeChat or Weibo."""

    def __init__(self, channel: str, user: Person) -> None:
        self.channel, self.user = channel, user

    def asks(self, words: str) -> str:
        self.user.says(words)
        found = re.search(r"K\d{6}", self.user.waits_for("工单号").text)
        assert found
        return found[0]

    def writes(self, text: str) -> None:
        self.user.says(text)

    def reads(self, text: str) -> None:
        self.user.waits_for(text)

    def rates(self, score: int) -> None:
        self.user.says(f"{score}分")
        self.user.waits_for("谢谢您的评价")


def rows(lead: ConsoleAgent, name: str, span: dict[str, str]) -> list[dict[str, str]]:
    text = lead.http.get(f"/{name}.csv", params=span).text
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))


def test_at_the_evening_the_figures_and_tables_say_what_happened(
    accounts: tuple[WeChatAccount, WeiboAccount],
) -> None:
    wechat, weibo = accounts
    url = wechat.assistant.url

    def seat(name: str, role: str = "agent") -> Seat:
        wechat.agents.append(ConsoleAgent(url, new_login(wechat.database, name, role)))
        return Seat(wechat.agents[-1], name)

    first, second, lead = seat("小安"), seat("小白"), seat("组长", "lead")
    begin = lead.agent.http.get("/figures").json()["day"]
    page = [OnPage(url) for _ in range(6)]
    on_wechat = [OnPlatform("wechat", wechat.platform.user()) for _ in range(3)]
    on_weibo = [OnPlatform("weibo", weibo.platform.user()) for _ in range(3)]

    # Two are helped by the bot alone, and say so.
    for customer, useful in ((page[4], True), (page[5], False)):
        customer.customer.says("怎么开启双重验证")
        body = {"message": customer.customer.messages[-1]["id"], "useful": useful}
        assert customer.customer.http.post("/api/feedback", json=body).status_code == 204

    # Ten want a human; who is in danger stands first.
    numbers = [each.asks("转人工") for each in (*page[:2], *on_wechat, *on_weibo, page[3])]
    page[2].customer.says("我把验证码告诉骗子了，钱被转走了")
    urgent = page[2].asks("转人工")
    waiting = lead.agent.queue()["waiting"]
    assert len(waiting) == 10
    assert (waiting[0]["number"], waiting[0]["urgency"]) == (urgent, "urgent")
    channels = Counter(each["channel_title"] for each in waiting)
    assert channels == {"网页": 4, "微信": 3, "微博": 3}

    def talks(seat: Seat, ticket: int, customer: Any) -> None:
        words = f"您好，我是{seat.name}，在看 {ticket}"
        assert seat.agent.says(ticket, words).status_code == 200
        customer.reads(words)
        customer.writes("好的，谢谢")

    # The agents take them; one gives up.
    danger = first.takes(urgent)
    talks(first, danger, page[2])
    ours = [first.takes(number) for number in (numbers[0], numbers[2], numbers[5])]
    for ticket, customer in zip(ours, (page[0], on_wechat[0], on_weibo[0]), strict=True):
        talks(first, ticket, customer)
    theirs = [second.takes(number) for number in (numbers[1], numbers[3], numbers[6])]
    for ticket, customer in zip(theirs, (page[1], on_wechat[1], on_weibo[1]), strict=True):
        talks(second, ticket, customer)
    page[3].customer.presses("不等了")
    (said,) = first.agent.says(ours[1], "请再看一下").json()["messages"]
    on_wechat[0].reads("请再看一下")
    recalled = first.agent.does("recall", ours[1], id=said["id"])
    assert recalled.json()["error"]["code"] == "too_late", "WeChat has it"

    # A transfer, with a note.
    note = {"to": second.agent.id, "note": "他要发票"}
    assert first.agent.does("transfer", ours[0], **note).status_code == 200
    assert second.takes(numbers[0]) == ours[0]
    assert second.agent.look(ours[0])["notes"][0]["text"] == "他要发票"
    talks(second, ours[0], page[0])

    # The second agent's laptop is closed: their customers are back in the queue, and taken again.
    with wechat.database.write() as connection:
        connection.execute(
            sa.update(agents_table)
            .where(agents_table.c.id == second.agent.id)
            .values(seen_at=time.time() - 3600)
        )
    left = {numbers[0], numbers[1], numbers[3], numbers[6]}

    def released() -> bool:
        return left <= {each["number"] for each in lead.agent.queue()["waiting"]}

    eventually(released, "the four are in the queue again")
    page[1].reads("您回到了队伍里")
    for number, customer in ((numbers[1], page[1]), (numbers[3], on_wechat[1])):
        talks(first, first.takes(number), customer)
    assert second.agent.http.get("/me").status_code == 200  # and is there again
    for number, customer in ((numbers[0], page[0]), (numbers[6], on_weibo[1])):
        talks(second, second.takes(number), customer)

    # The lead reads, whispers and takes over.
    lead.agent.does("notes", ours[2], text="我来接")
    assert lead.agent.does("take-over", ours[2]).status_code == 200
    lead.taken += 1
    talks(lead, ours[2], on_weibo[0])
    for number, customer in ((numbers[4], on_wechat[2]), (numbers[7], on_weibo[2])):
        talks(first, first.takes(number), customer)

    # They end; customers rate.
    number_of = {each["number"]: each["id"] for each in lead.agent.queue()["others"]}
    number_of |= {each["number"]: each["id"] for each in lead.agent.queue()["mine"]}
    endings: list[tuple[Seat, str, bool, Any, int | None]] = [
        (first, urgent, True, page[2], 5),
        (second, numbers[0], True, page[0], 4),
        (first, numbers[1], False, page[1], 2),
        (first, numbers[2], True, on_wechat[0], 5),
        (first, numbers[3], True, on_wechat[1], None),
        (first, numbers[4], True, on_wechat[2], None),
        (lead, numbers[5], True, on_weibo[0], 5),
        (second, numbers[6], False, on_weibo[1], None),
        (first, numbers[7], True, on_weibo[2], None),
    ]
    for who, number, solved, customer, score in endings:
        who.ends(number_of[number], solved, f"{number} 办完了")
        if score is not None:
            customer.reads("人工服务结束")
            customer.rates(score)
            who.scores.append(score)

    # One comes back: what was called solved was not.
    again = page[0].asks("转人工")
    ticket = second.takes(again)
    before = second.agent.look(ticket)["closing"]["before"]
    assert (before["number"], before["solved"]) == (numbers[0], True)
    judged = second.agent.does("closing", before["id"], solved=False)
    assert judged.json()["ticket"]["solved"] is False
    second.results[True] -= 1
    second.results[False] += 1
    second.ends(ticket, True, "这次好了")

    # The evening.
    end = lead.agent.http.get("/figures").json()["day"]
    span = {"from": begin, "to": end}
    (told,) = lead.agent.http.get("/trends", params={**span, "by": "week"}).json()["spans"]
    seats = (first, second, lead)
    results = sum((each.results for each in seats), Counter())
    scores = [score for each in seats for score in each.scores]
    assert (told["conversations"], told["handed_over"], told["bot_alone"]) == (12, 11, 2)
    assert told["feedback"] == {"useful": 1, "unhelpful": 1}
    assert told["closed"] == {
        "solved": results[True],
        "unsolved": results[False],
        "unsaid": 0,
        "came_back": 1,
    }
    assert told["ratings"]["average"] == sum(scores) / len(scores)
    assert sum(told["ratings"]["counts"]) == len(scores)
    assert told["first_answer"]["median"] is not None

    done = {row["客服"]: row for row in rows(lead.agent, "agents", span)}
    for each in seats:
        row = done[each.name]
        assert (int(row["接待"]), int(row["结束"])) == (each.taken, each.closed), each.name
        assert int(row["已解决"]) == each.results[True]
        assert int(row["未解决"]) == each.results[False]
        rated = f"{sum(each.scores) / len(each.scores):.1f}"
        assert row["平均评分"] == rated

    tickets = {row["工单号"]: row for row in rows(lead.agent, "tickets", span)}
    assert len(tickets) == 11
    assert Counter(row["状态"] for row in tickets.values()) == {"已结束": 10, "已取消": 1}
    for who, number, solved, customer, score in endings:
        row = tickets[number]
        solved = solved and number != numbers[0]
        title = {"web": "网页", "wechat": "微信", "weibo": "微博"}[customer.channel]
        assert (row["客服"], row["渠道"]) == (who.name, title)
        assert (row["已解决"], row["小结"]) == ("是" if solved else "否", f"{number} 办完了")
        assert row["评分"] == (str(score) if score else "")
    table = rows(lead.agent, "figures", span)
    assert sum(int(row["转人工"]) for row in table) == 11
    assert sum(int(row["已解决"]) for row in table) == results[True]

    # And the audit log knows who did it.
    def deeds(action: str) -> list[Any]:
        asked = {"action": action}
        found: list[Any] = lead.agent.http.get("/audit", params=asked).json()["entries"]
        return found

    assert len(deeds("take")) == sum(each.taken for each in seats) - 1
    assert [deed["ticket"] for deed in deeds("take_over")] == [numbers[5]]
    assert {deed["ticket"] for deed in deeds("release")} == left
    assert len(deeds("close")) == 10
    for each in page:
        each.customer.close()
