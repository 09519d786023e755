"""A human takes over: the life of a hand-off over HTTP, and what agents may do and see."""

from __future__ import annotations

import csv
import io
import re
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from desk import Database
from desk.agents import agents as agents_table
from desk.ticket import tickets_table
from run import Assistant
from tests import local
from tests.agent import ConsoleAgent, accounts_of, new_login
from tests.channels.test_web import Page, another_tab, picture, send_picture
from tests.customer import Customer


@pytest.fixture(scope="module")
def database(state: Path) -> Database:
    return Database(f"sqlite:///{state / 'desk.db'}")


@pytest.fixture
def new_agent(assistant: Assistant, database: Database) -> Iterator[Callable[..., ConsoleAgent]]:
    """Make agents who are logged in, each with an account of their own."""
    made: list[ConsoleAgent] = []

    def make(name: str = "小李", role: str = "agent") -> ConsoleAgent:
        made.append(ConsoleAgent(assistant.url, new_login(database, name, role)))
        return made[-1]

    yield make
    for agent in made:
        agent.close()


@pytest.fixture
def agent(new_agent: Callable[..., ConsoleAgent]) -> ConsoleAgent:
    return new_agent()


def asks_for_a_human(customer: Customer, words: str = "转人工") -> str:
    """Let the customer ask; return the ticket's number."""
    found = re.search(r"K\d{6}", customer.says(words))
    assert found, customer.said
    return found[0]


def taken(customer: Customer, agent: ConsoleAgent) -> int:
    """Bring the customer to the agent; return the ticket's id."""
    number: int = agent.ticket_of(asks_for_a_human(customer))["id"]
    assert agent.does("take", number).status_code == 200
    return number


def shown(customer: Customer) -> list[tuple[str, str]]:
    """Return who said what, as the customer's page has it."""
    messages = customer.http.get("/api/messages").json()["messages"]
    return [(message["from"], message["text"]) for message in messages]


# ---- the life of a hand-off


def test_customer_and_agent_talk_in_the_same_window_and_the_bot_comes_back(
    customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("我要退款")
    customer.presses("下一步")
    ticket = taken(customer, agent)
    with another_tab(customer) as http:
        page = Page(http)
        page.wait_for(lambda kind, data: kind == "status" and data["agent"] == "小李")
        assert agent.says(ticket, "您好，请说").status_code == 200
        page.wait_for(lambda kind, data: kind == "message" and data["text"] == "您好，请说")
        answer = customer.post(text="怎么开启双重验证")
        assert answer.json()["messages"] == [], "the bot is silent"
        seen = agent.look(ticket)["messages"]
        assert (seen[-1]["from"], seen[-1]["text"]) == ("customer", "怎么开启双重验证")
        assert agent.does("close", ticket).status_code == 200
        page.wait_for(lambda kind, data: kind == "status" and data["rate"])
        page.close()
    assert customer.http.post("/api/rating", json={"score": 5}).status_code == 200
    said = shown(customer)
    assert ("system", "客服 小李 为您服务。") in said
    assert ("agent", "您好，请说") in said
    farewell = next(text for author, text in said if "人工服务结束" in text)
    assert "停在第 2/5 步" in farewell, "the interrupted procedure is offered again"
    assert "新设备" not in str(said), "the backlog is not answered"
    assert "新设备" in customer.says("怎么开启双重验证"), "the bot is back"
    assert agent.look(ticket)["ticket"]["rating"]["score"] == 5


def test_after_the_human_the_customer_goes_on_where_they_were(
    customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("我要退款")
    customer.presses("下一步")
    ticket = taken(customer, agent)
    agent.does("close", ticket)
    customer.says("继续")
    assert customer.step == 2
    customer.says("好了")
    assert customer.step == 3


def test_the_agent_sees_what_the_customer_was_doing(
    customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("我要退款")
    customer.presses("下一步")
    customer.says("我的卡号是6222021234567890128")
    ticket = agent.ticket_of(asks_for_a_human(customer))["id"]
    seen = agent.look(ticket)
    assert seen["context"]["procedure"] == "申请退款"
    assert seen["context"]["step"]["index"] == 2
    assert "申请退款" in {message["intent"] for message in seen["messages"]}
    assert "6222021234567890128" not in str(seen), "secrets are masked"
    assert "0128" in str(seen), "the last four digits stay"


def test_what_agents_write_is_masked_too(customer: Customer, agent: ConsoleAgent) -> None:
    customer.says("我把验证码告诉他了")
    ticket = taken(customer, agent)
    agent.says(ticket, "您说的是 739518 吗？订单号20250612能看到")
    assert agent.does("notes", ticket, text="卡号6222021234567890123").status_code == 200
    seen = str(agent.look(ticket))
    assert "您说的是 **** 吗？订单号20250612能看到" in seen
    assert "卡号****0123" in seen
    assert ("agent", "您说的是 **** 吗？订单号20250612能看到") in shown(customer)


def test_while_waiting_the_bot_still_answers_and_says_who_it_is(
    customer: Customer, agent: ConsoleAgent
) -> None:
    asks_for_a_human(customer)
    assert "新设备" in customer.says("怎么开启双重验证")
    assert customer.messages[-1]["name"] == "智能客服"


def test_a_customer_who_gives_up_waiting_is_with_the_bot_again(
    customer: Customer, agent: ConsoleAgent
) -> None:
    customer.says("我要退款")
    number = asks_for_a_human(customer)
    customer.presses("不等了")
    assert number in customer.said
    assert "已经取消" in customer.said
    assert number not in str(agent.queue())
    number = asks_for_a_human(customer)
    customer.says("不用人工了")
    assert f"{number} 已经取消" in customer.said


def test_nobody_there_takes_a_message_and_the_answer_arrives_later(
    customer: Customer, agent: ConsoleAgent, database: Database
) -> None:
    accounts = accounts_of(database)
    everybody = accounts.all()  # an earlier test's agent is there for a while, too
    for each in everybody:
        accounts.set_available(each.id, False)
    try:
        number = asks_for_a_human(customer)
        assert "留言" in customer.said
        ticket = agent.ticket_of(number)
        assert ticket["status"] == "left_message"
    finally:
        for each in everybody:
            accounts.set_available(each.id, True)
    agent.does("take", ticket["id"])
    agent.says(ticket["id"], "昨天的问题查到了")
    assert ("agent", "昨天的问题查到了") in [
        (message["from"], message["text"]) for message in customer.open_page()
    ]


def test_a_transfer_brings_the_customer_to_the_other_agent(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    ticket = taken(customer, agent)
    other = new_agent("小赵")
    moved = agent.does("transfer", ticket, to=other.id, category="提现", note="客户很急")
    assert moved.json()["ticket"]["wanted"]["name"] == "小赵"
    assert agent.says(ticket, "还在吗").status_code == 403
    assert "小赵" not in str(shown(customer))
    assert other.does("take", ticket).status_code == 200
    seen = other.look(ticket)
    assert seen["ticket"]["category"] == "提现"
    assert [note["text"] for note in seen["notes"]] == ["客户很急"]
    assert other.says(ticket, "我来接着办").status_code == 200
    assert ("agent", "我来接着办") in shown(customer)
    assert "客户很急" not in str(shown(customer)), "notes are internal"


def test_the_queue_says_why_a_customer_waits(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    customer.says("我要退款，上星期在网上买的锅是坏的")
    number = asks_for_a_human(customer)
    customer.says("在吗")
    ticket = agent.ticket_of(number)
    assert ticket["reason"] == "申请退款：我要退款，上星期在网上买的锅是坏的"
    agent.does("take", ticket["id"])
    agent.does("transfer", ticket["id"], to=None, note="商家拒绝了，请看订单")
    assert new_agent("小赵").ticket_of(number)["reason"] == "商家拒绝了，请看订单"


def test_what_a_customer_waited_and_was_helped_before_a_transfer_still_counts(
    customer: Customer,
    agent: ConsoleAgent,
    new_agent: Callable[..., ConsoleAgent],
    let_minutes_pass: Callable[[int, int], None],
) -> None:
    number = asks_for_a_human(customer)
    ticket = agent.ticket_of(number)["id"]
    let_minutes_pass(ticket, 2)
    agent.does("take", ticket)
    let_minutes_pass(ticket, 1)
    agent.does("transfer", ticket, to=None)
    other, lead = new_agent("小赵"), new_agent("组长", "lead")
    other.does("take", ticket)
    closed = other.does("close", ticket).json()["ticket"]
    assert closed["waited"] >= 120
    assert closed["handled"] >= 60
    table = csv.DictReader(io.StringIO(lead.http.get("/tickets.csv").text.lstrip("\ufeff")))
    row = next(each for each in table if each["工单号"] == number)
    assert float(row["等待（秒）"]) >= 120
    assert float(row["处理（秒）"]) >= 60


def test_a_rating_counts_once_and_only_when_it_is_asked_for(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    def rates(score: int) -> str | None:
        answer = customer.http.post("/api/rating", json={"score": score, "comment": "又来了"})
        if answer.status_code == 200:
            return None
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_asked")
        return str(answer.json()["error"]["message"])

    def counts() -> list[int]:
        days = {first, lead.http.get("/figures").json()["day"]}  # it may be midnight
        found = [lead.http.get("/figures", params={"day": day}).json() for day in days]
        return [sum(each["ratings"]["counts"][place] for each in found) for place in range(5)]

    lead = new_agent("组长", "lead")
    first = lead.http.get("/figures").json()["day"]
    before = counts()
    for score in (1, 1, 5):  # no human was there
        assert rates(score)
    ticket = taken(customer, agent)
    assert rates(1), "one is there still"
    agent.does("close", ticket)
    assert rates(4) is None
    for score in (1, 1, 1, 4):
        assert "已经评价过" in str(rates(score))
    assert counts() == [before[0], before[1], before[2], before[3] + 1, before[4]]
    agent.does("close", taken(customer, agent))
    assert rates(2) is None, "each time a human was there"


def test_pictures_go_both_ways(customer: Customer, agent: ConsoleAgent) -> None:
    ticket = taken(customer, agent)
    sent = send_picture(customer, picture()).json()["messages"]
    assert [message["from"] for message in sent] == ["customer"], "the bot is silent"
    seen = agent.look(ticket)["messages"][-1]
    shown_to_agent = agent.http.get(seen["picture"]["url"].removeprefix("/desk/api"))
    assert shown_to_agent.headers["content-type"] == "image/jpeg"
    headers = {"Content-Type": "image/png"}
    url = f"/tickets/{ticket}/pictures?id=p1"
    answer = agent.http.post(url, content=picture("PNG"), headers=headers)
    assert answer.status_code == 200
    last = customer.http.get("/api/messages").json()["messages"][-1]
    assert last["from"] == "agent"
    assert customer.http.get(last["picture"]["url"]).status_code == 200


def test_an_agents_message_sent_twice_arrives_once(customer: Customer, agent: ConsoleAgent) -> None:
    ticket = taken(customer, agent)
    first = agent.says(ticket, "您好", "k1").json()
    assert agent.says(ticket, "您好", "k1").json() == first
    assert shown(customer).count(("agent", "您好")) == 1


def test_a_secret_told_to_the_agent_is_masked_and_warned_of(
    customer: Customer, agent: ConsoleAgent
) -> None:
    ticket = taken(customer, agent)
    answer = customer.post(text="验证码是839201").json()["messages"]
    assert (answer[0]["from"], "不要把密码和验证码" in answer[0]["text"]) == ("system", True)
    assert "839201" not in str(agent.look(ticket))


def test_the_console_hears_at_once_what_the_customer_does(
    customer: Customer, agent: ConsoleAgent
) -> None:
    ticket = taken(customer, agent)
    page = Page(agent.http, path="/events")
    page.wait_for(lambda kind, data: kind == "queue" and data["mine"])
    customer.http.post("/api/typing", json={"on": True})
    page.wait_for(lambda kind, data: kind == "typing" and data["ticket"] == ticket)
    customer.post(text="在吗")
    heard = page.wait_for(lambda kind, data: kind == "message" and data["ticket"] == ticket)
    assert heard["message"]["text"] == "在吗"
    page.wait_for(lambda kind, data: kind == "queue" and data["mine"][0]["unread"] == 1)
    page.close()


def test_the_customer_sees_that_the_agent_is_writing(
    customer: Customer, agent: ConsoleAgent
) -> None:
    ticket = taken(customer, agent)
    with another_tab(customer) as http:
        page = Page(http)
        page.wait_for(lambda kind, data: kind == "status")
        agent.does("typing", ticket, on=True)
        page.wait_for(lambda kind, data: kind == "typing" and data["from"] == "agent")
        page.close()


# ---- the clock


@pytest.fixture
def let_minutes_pass(database: Database) -> Callable[[int, int], None]:
    """Make what was said in a ticket older."""

    def back_date(ticket: int, minutes: int) -> None:
        table = tickets_table.c
        moved: dict[Any, Any] = {
            column: column - minutes * 60
            for column in (
                *(table.customer_at, table.asked_at, table.agent_at, table.reminded_at),
                *(table.taken_at, table.changed_at, table.wanted_at),
            )
        }
        with database.write() as connection:
            connection.execute(sa.update(tickets_table).where(table.id == ticket).values(moved))

    return back_date


def wait_until(page: Page, text: str) -> None:
    page.wait_for(lambda kind, data: kind == "message" and text in data["text"])


def test_a_silent_customer_is_reminded_and_then_the_talk_is_closed(
    customer: Customer, agent: ConsoleAgent, let_minutes_pass: Callable[[int, int], None]
) -> None:
    ticket = taken(customer, agent)
    agent.says(ticket, "您看这样行吗")
    with another_tab(customer) as http:
        page = Page(http)
        let_minutes_pass(ticket, 11)
        wait_until(page, "您还在吗")
        let_minutes_pass(ticket, 11)
        wait_until(page, "一直没有收到您的回复")
        page.close()
    assert agent.look(ticket)["ticket"]["status"] == "closed"


def test_a_silent_agent_is_reminded_and_then_the_customer_is_back_in_the_queue(
    customer: Customer, agent: ConsoleAgent, let_minutes_pass: Callable[[int, int], None]
) -> None:
    console = Page(agent.http, path="/events")
    console.wait_for(lambda kind, data: kind == "queue")
    ticket = taken(customer, agent)
    with another_tab(customer) as http:
        page = Page(http)
        let_minutes_pass(ticket, 4)
        console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "reminder")
        let_minutes_pass(ticket, 6)
        wait_until(page, "您回到了队伍里")
        page.close()
    console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "taken_away")
    assert agent.look(ticket)["ticket"]["status"] == "waiting"
    console.close()


@pytest.fixture
def lines_dropped(database: Database) -> Iterator[Callable[[float], None]]:
    """Let no console have given a sign of life for so many seconds; until the test is over."""
    table = agents_table.c
    with database.read() as connection:
        before = dict(connection.execute(sa.select(table.id, table.seen_at)).all())

    def drop(seconds: float) -> None:
        with database.write() as connection:
            connection.execute(sa.update(agents_table).values(seen_at=time.time() - seconds))

    yield drop
    with database.write() as connection:
        for number, seen_at in before.items():
            statement = sa.update(agents_table).where(table.id == number)
            connection.execute(statement.values(seen_at=seen_at))


def test_customers_sent_away_when_the_agents_line_dropped_are_back_in_their_old_order_and_hear_it(
    new_customer: Callable[[], Customer],
    agent: ConsoleAgent,
    lines_dropped: Callable[[float], None],
) -> None:
    waiting = [new_customer() for _ in range(2)]
    numbers = [asks_for_a_human(each) for each in waiting]
    with another_tab(waiting[0]) as one, another_tab(waiting[1]) as two:
        pages = [Page(one), Page(two)]
        lines_dropped(110)
        for page in pages:
            wait_until(page, "已经为您留言")
        late = new_customer()
        numbers.append(asks_for_a_human(late))
        assert "留言" in late.said
        assert agent.http.post("/here").status_code == 204
        for page, number in zip(pages, numbers[:2], strict=True):
            wait_until(page, f"您的留言 {number} 又开始排队")
            page.wait_for(lambda kind, data: kind == "status" and data["place"])
            page.close()
    with another_tab(late) as http:
        page = Page(http)  # who came meanwhile need not ask again either
        page.wait_for(lambda kind, data: kind == "message" and "又开始排队" in data["text"])
        page.close()
    found = [each for each in agent.queue()["waiting"] if each["number"] in numbers]
    assert [each["number"] for each in found] == numbers
    assert {each["status"] for each in found} == {"waiting"}


def test_a_line_that_drops_for_less_than_two_minutes_sends_nobody_away(
    customer: Customer,
    new_customer: Callable[[], Customer],
    agent: ConsoleAgent,
    lines_dropped: Callable[[float], None],
    let_minutes_pass: Callable[[int, int], None],
) -> None:
    number = asks_for_a_human(customer)
    talking = new_customer()
    ticket = taken(talking, agent)
    agent.says(ticket, "您看这样行吗")
    with another_tab(talking) as http:
        page = Page(http)
        lines_dropped(51)
        let_minutes_pass(ticket, 11)
        wait_until(page, "您还在吗")  # said at a look that has seen the older ticket, too
        page.close()
    assert "留言" not in str(shown(customer))
    assert agent.ticket_of(number)["status"] == "waiting"
    assert agent.look(ticket)["ticket"]["status"] == "with_agent"


@pytest.mark.parametrize(("words", "seconds"), [("我的账号被盗了", 46), ("我要退款", 106)])
def test_a_closed_laptop_does_not_keep_the_customer(
    customer: Customer,
    agent: ConsoleAgent,
    lines_dropped: Callable[[float], None],
    words: str,
    seconds: float,
) -> None:
    console = Page(agent.http, path="/events")
    console.wait_for(lambda kind, data: kind == "queue")
    customer.says(words)
    ticket = taken(customer, agent)
    agent.says(ticket, "请稍等，我查一下")
    with another_tab(customer) as http:
        page = Page(http)
        lines_dropped(seconds)
        wait_until(page, "您回到了队伍里")
        page.close()
    console.wait_for(lambda kind, data: kind == "notice" and data["kind"] == "taken_away")
    console.close()
    assert agent.look(ticket)["ticket"]["agent"] is None


def test_agents_are_there_while_their_page_answers_not_while_it_can_be_written_to(
    agent: ConsoleAgent, database: Database, lines_dropped: Callable[[float], None]
) -> None:
    def unseen() -> bool:
        known = {each.id: each for each in accounts_of(database).all()}
        return not known[agent.id].online

    console = Page(agent.http, path="/events")
    console.wait_for(lambda kind, data: kind == "beat")
    lines_dropped(60)
    assert unseen()
    assert agent.http.post("/here").status_code == 204
    assert not unseen()
    console.close()


def test_a_customer_passed_on_to_somebody_who_is_not_there_is_anybodys(
    customer: Customer,
    agent: ConsoleAgent,
    database: Database,
    let_minutes_pass: Callable[[int, int], None],
) -> None:
    away = accounts_of(database).save(f"away-{uuid.uuid4().hex[:8]}", "a long password", "小赵")
    ticket = taken(customer, agent)
    agent.does("transfer", ticket, to=away.id)
    console = Page(agent.http, path="/events")

    def is_passed_on_to(name: str | None) -> Callable[[str, Any], bool]:
        def found(kind: str, data: Any) -> bool:
            tickets = data["waiting"] if kind == "queue" else []
            wanted = [each["wanted"] for each in tickets if each["id"] == ticket]
            return [each and each["name"] for each in wanted] == [name]

        return found

    console.wait_for(is_passed_on_to("小赵"))
    let_minutes_pass(ticket, 2)
    console.wait_for(is_passed_on_to(None))
    console.close()


def test_other_agents_hear_that_a_customer_is_back_in_the_queue(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    other = new_agent("小赵")
    ticket = taken(customer, agent)
    console = Page(other.http, path="/events")
    console.wait_for(lambda kind, data: kind == "queue")
    agent.does("transfer", ticket, to=other.id)
    for told in ("passed_on", "new_ticket"):  # who passed them on; then that they wait
        console.wait_for(  # others' tickets are told of meanwhile
            lambda kind, data, told=told: (
                kind == "notice" and data["kind"] == told and data["ticket"] == ticket
            )
        )
    console.close()


# ---- who may do what


ROUTES = [
    ("GET", "/me"), ("POST", "/available"), ("POST", "/here"), ("GET", "/agents"),
    ("GET", "/replies"),
    ("GET", "/queue"), ("GET", "/events"), ("GET", "/tickets"), ("GET", "/tickets/1"),
    ("GET", "/tickets/1/messages"), ("POST", "/tickets/1/take"), ("POST", "/tickets/1/transfer"),
    ("POST", "/tickets/1/close"), ("POST", "/tickets/1/messages"), ("POST", "/tickets/1/pictures"),
    ("POST", "/tickets/1/typing"), ("POST", "/tickets/1/notes"), ("GET", "/pictures/1/abc"),
]  # fmt: skip
LEADS_ROUTES = [
    ("GET", "/figures"), ("GET", "/figures.csv"), ("GET", "/tickets.csv"), ("GET", "/audit"),
    ("GET", "/sentences"), ("POST", "/sentences"), ("POST", "/sentences/undo"),
    ("POST", "/sentences/near"), ("GET", "/sentences/taught"), ("POST", "/topics"),
    ("POST", "/trials"), ("GET", "/versions"), ("POST", "/versions"), ("GET", "/versions/1"),
    ("POST", "/versions/1/cancel"), ("POST", "/versions/1/publish"),
    ("GET", "/content"), ("GET", "/content/transfer"), ("POST", "/content/transfer"),
    ("POST", "/content/transfer/preview"), ("GET", "/edits"), ("GET", "/edits/1"),
    ("POST", "/edits/1/undo"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), ROUTES + LEADS_ROUTES)
def test_nothing_is_open_without_login(
    assistant: Assistant, customer: Customer, method: str, path: str
) -> None:
    customer.says("你好")
    for cookies in ({}, dict(customer.http.cookies), {"ok_agent": "forged"}):
        answer = local.request(method, f"{assistant.url}/desk/api{path}", cookies=cookies, json={})
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "no_session")


@pytest.mark.parametrize(("method", "path"), LEADS_ROUTES)
def test_only_leads_see_the_figures(agent: ConsoleAgent, method: str, path: str) -> None:
    answer = agent.http.request(method, path, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "leads_only")


@pytest.mark.parametrize(
    ("what", "body"),
    [
        ("messages", {"id": "x", "text": "您好"}),
        ("close", {}),
        ("transfer", {"to": None}),
        ("typing", {"on": True}),
    ],
)
def test_an_agent_cannot_meddle_with_anothers_customer(
    customer: Customer,
    agent: ConsoleAgent,
    new_agent: Callable[..., ConsoleAgent],
    what: str,
    body: dict[str, Any],
) -> None:
    ticket = taken(customer, agent)
    answer = new_agent("小赵").does(what, ticket, **body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_yours")


def test_a_lead_may_pass_on_an_agents_customer(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    ticket = taken(customer, agent)
    lead = new_agent("组长", "lead")
    assert lead.says(ticket, "您好").status_code == 403, "but not speak in the agent's name"
    assert lead.does("transfer", ticket, to=None).status_code == 200
    assert lead.look(ticket)["ticket"]["status"] == "waiting"


def test_the_second_to_take_a_customer_is_told_so(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    ticket = taken(customer, agent)
    answer = new_agent("小赵").does("take", ticket)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "taken")


def test_wrong_passwords_are_throttled_and_tell_nothing(assistant: Assistant) -> None:
    url = f"{assistant.url}/desk/api/login"
    login = f"nobody-{uuid.uuid4().hex}"
    answers = [local.post(url, json={"login": login, "password": "x" * 12}) for _ in range(6)]
    assert {answer.status_code for answer in answers[:5]} == {401}
    assert answers[5].status_code == 429
    assert int(answers[5].headers["retry-after"]) > 0


def test_a_lead_reads_which_login_was_tried(
    assistant: Assistant, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    url = f"{assistant.url}/desk/api/login"
    login = agent.http.get("/me").json()["agent"]["login"]
    for tried in (login, "Tr0ub4dor&3" * 20, "ab"):
        assert local.post(url, json={"login": tried, "password": "x" * 12}).status_code == 401
    deeds = new_agent("组长", "lead").http.get("/audit").json()["entries"]
    refused = [deed["agent"] for deed in deeds if deed["action"] == "login refused"]
    assert refused[:3] == ["a****", "Tr0****", login], "a password in the wrong field is hidden"


def test_two_messages_whose_long_ids_begin_alike_both_arrive(
    customer: Customer, agent: ConsoleAgent
) -> None:
    ticket = taken(customer, agent)
    begin = uuid.uuid4().hex + "x" * 26
    for end in ("000001", "000002", "000002"):
        assert agent.says(ticket, f"第 {end} 句", begin + end).status_code == 200
    said = [text for author, text in shown(customer) if author == "agent"]
    assert said == ["第 000001 句", "第 000002 句"]


def test_a_new_password_ends_the_old_sessions(agent: ConsoleAgent, database: Database) -> None:
    login = agent.http.get("/me").json()["agent"]["login"]
    accounts_of(database).save(login, "another password", "小李")
    assert agent.http.get("/me").status_code == 401


def test_leaving_the_console_ends_the_session(agent: ConsoleAgent) -> None:
    assert agent.http.post("/logout").status_code == 204
    assert agent.http.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("what", "body", "status"),
    [
        ("messages", {"id": "x", "text": "  "}, 400),
        ("messages", {"text": "您好"}, 400),
        ("messages", {"id": "x", "text": "长" * 3000}, 413),
        ("notes", {"text": ""}, 400),
        ("transfer", {"to": 987654}, 400),
        ("transfer", {"to": None, "category": "没有这一类"}, 400),
        ("typing", {"on": "yes"}, 400),
    ],
)
def test_bad_requests_get_a_clear_answer(
    customer: Customer, agent: ConsoleAgent, what: str, body: dict[str, Any], status: int
) -> None:
    ticket = taken(customer, agent)
    answer = agent.does(what, ticket, **body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_a_ticket_that_is_not_there_is_not_found(agent: ConsoleAgent) -> None:
    assert agent.http.get("/tickets/999999").status_code == 404
    assert agent.does("messages", 999999, id="x", text="您好").status_code == 404


# ---- the lead


def test_a_lead_sees_figures_and_who_did_what(
    customer: Customer, agent: ConsoleAgent, new_agent: Callable[..., ConsoleAgent]
) -> None:
    lead = new_agent("组长", "lead")
    day = lead.http.get("/figures").json()["day"]
    ticket = taken(customer, agent)
    today = lead.http.get("/figures").json()
    figures = [today, lead.http.get("/figures", params={"day": day}).json()]  # it may be midnight
    assert sum(each["messages"] for each in figures) >= 1
    assert sum(each["handed_over"] for each in figures) >= 1
    deeds = lead.http.get("/audit").json()["entries"]
    assert ("take", f"K{ticket:06d}") in [(deed["action"], deed["ticket"]) for deed in deeds]
    assert "转人工" not in str(deeds), "what was said is not in it"
    assert lead.http.get("/figures.csv").text.startswith("\ufeff日期,")
    assert f"K{ticket:06d}" in lead.http.get("/tickets.csv").text
    assert lead.http.get("/figures?day=yesterday").status_code == 400


def test_past_tickets_are_found(customer: Customer, agent: ConsoleAgent) -> None:
    number = asks_for_a_human(customer, "转人工，暗号是芝麻开门")
    found = agent.http.get("/tickets", params={"q": "芝麻开门"}).json()["tickets"]
    assert [ticket["number"] for ticket in found] == [number]


def test_the_visible_rest_of_a_masked_number_finds_nobody(
    customer: Customer, agent: ConsoleAgent
) -> None:
    number = asks_for_a_human(customer, "转人工，我的手机13800138000收不到验证码，被扣了8765元")
    assert "手机****8000" in str(agent.look(agent.ticket_of(number)["id"]))

    def found(words: str) -> list[str]:
        tickets = agent.http.get("/tickets", params={"q": words}).json()["tickets"]
        return [ticket["number"] for ticket in tickets if ticket["number"] == number]

    for words in ("8000", "*8000", "手机****8000", "****8000收不到"):
        assert found(words) == [], words
    for words in ("8765", "收不到验证码", number, number[1:]):
        assert found(words) == [number], words
