"""What waits in the record is delivered to the customer: each word once, in order, in pieces."""

from __future__ import annotations

import asyncio
import io
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from channels.platforms import backoff
from channels.platforms import outbox as module
from channels.platforms.compose import compose as compose_with
from channels.platforms.compose import offer_numbers, split_units
from channels.platforms.outbox import Outbox
from channels.platforms.platform import Carrier, NotSent, Option, Outgoing, Why
from desk import Database, Desk, Entry, Ticket, TicketRequest, Transcript
from desk.entry import JOINS
from desk.events import DESK, publish_messages
from desk.pictures import PictureStore
from desk.quota import Quotas
from desk.services import Services
from infra.channels import channels
from infra.state import Listener, MemoryState, State
from tests.agent import accounts_of
from tests.infra.test_state import workers

CUSTOMER = "weibo-1"
EMOJI = ["😀", "👍🏽", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🇨🇳", "🇨🇳🇭🇰", "1️⃣", "❤️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "é", "👩🏿‍💻", "각", "क्षि"]
FLAGS = "🇨🇳🇭🇰"


class Phone:
    """A platform that delivers, or fails as the test says; `shown` is what the customer sees."""

    def __init__(self, longest: int = 40, in_bytes: bool = False, menus: bool = False) -> None:
        self.longest, self.menus, self._in_bytes = longest, menus, in_bytes
        self.links = False
        self.failures: list[Why] = []
        self.never_answers = ""  # the customer of whose messages every answer is lost
        self.tries = 0
        self.seconds = 0.0  # that a call takes
        self.shown: list[tuple[str, Outgoing]] = []

    def size(self, text: str) -> int:
        return len(text.encode()) if self._in_bytes else len(text)

    def offer(self, options: Sequence[Option]) -> list[str]:
        if self.links:
            return [f'<a href="x://menu?id={each.id}&t=1">{each.title}</a>' for each in options]
        return offer_numbers(options)

    async def send(self, conversation_id: str, outgoing: Outgoing) -> None:
        self.tries += 1
        await asyncio.sleep(self.seconds)
        if self.failures:
            raise NotSent(self.failures.pop(0), "the test says so")
        if conversation_id == self.never_answers:
            raise NotSent("unsure", "the test says so")
        assert self.size(outgoing.text) <= self.longest
        self.shown.append((conversation_id, outgoing))

    async def show_typing(self, conversation_id: str, on: bool) -> None:
        pass

    @property
    def texts(self) -> list[str]:
        return [outgoing.text for _, outgoing in self.shown]


# ---- the words


def compose(entries: Sequence[Entry], carrier: Carrier, begun: int = 0) -> list[Outgoing]:
    return compose_with(entries, carrier, {}, begun)


def entry(text: str, author: str = "bot", seq: int = 1, **more: object) -> Entry:
    return Entry(f"k{seq}", author, text, seq=seq, **more)  # type: ignore[arg-type]


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


def in_steps(entries: Sequence[Entry], phone: Phone) -> list[Outgoing]:
    """Compose as the outbox does: anew after each message that went out."""
    made, left, begun = [], list(entries), 0
    while left:
        outgoing = compose(left, phone, begun)[0]
        assert outgoing.seqs or outgoing.begun > begun, "no step forward"
        left = [each for each in left if each.seq not in outgoing.seqs]
        begun = outgoing.begun
        made.append(outgoing)
    return made


def test_short_messages_go_together() -> None:
    made = compose([entry("您好。"), entry("请稍等。", seq=2)], Phone())
    assert [(each.text, each.seqs) for each in made] == [("您好。\n\n请稍等。", (1, 2))]


def test_agents_words_have_the_agents_name() -> None:
    made = compose([entry("您好", "agent", name="小王")], Phone())
    assert made[0].text == "小王：您好"


def test_long_answer_is_split_at_the_ends_of_sentences() -> None:
    text = (
        "第一句话在这里，说得比较长一些。第二句话是问题吗？第三句！第四句话也在这里，也长……第五句。"
    )
    texts = [each.text for each in compose([entry(text)], Phone(20))]
    assert "".join(texts) == text
    assert all(each[-1] in "。？！…" for each in texts)


def test_a_message_is_full_before_the_next_begins() -> None:
    entries = [entry("甲乙丙丁。", seq=1), entry("戊己。庚辛壬癸子丑。", seq=2)]
    made = compose(entries, Phone(12))
    assert [(each.text, each.seqs, each.begun) for each in made] == [
        ("甲乙丙丁。\n\n戊己。", (1,), 3),
        ("庚辛壬癸子丑。", (2,), 0),
    ]
    assert in_steps(entries, Phone(12)) == made


def test_addresses_are_not_taken_for_sentences() -> None:
    link = "https://ok.example/help?id=1;2&page=3!x,y:z"
    assert link in next(iter(split_units(f"请看{link}，谢谢。", 60, len)))
    assert list(split_units("好吗?好! Yes? No", 60, len)) == ["好吗?", "好!", " Yes?", " No"]


def test_a_sentence_that_is_too_long_is_cut_after_a_comma() -> None:
    made = compose([entry("一二三四五六七，八九十一二三四五六七八九十")], Phone(10))
    assert made[0].text == "一二三四五六七，"
    assert "".join(each.text for each in made) == "一二三四五六七，八九十一二三四五六七八九十"


@pytest.mark.parametrize("emoji", EMOJI)
@pytest.mark.parametrize("in_bytes", [True, False])
def test_an_emoji_is_never_cut(emoji: str, in_bytes: bool) -> None:
    phone = Phone(90 if in_bytes else 29, in_bytes)
    for before in range(30):
        made = compose([entry("字" * before + emoji * 30)], phone)
        assert "".join(each.text for each in made) == "字" * before + emoji * 30
        parts = emoji if emoji != FLAGS else "🇨🇳|🇭🇰"
        assert all(re.fullmatch(f"字*(?:{parts})*", each.text) for each in made), emoji


def test_the_options_of_the_last_question_follow_it() -> None:
    def buttons(*titles: str) -> list[dict[str, str]]:
        return [{"title": title, "payload": "/x"} for title in titles]

    entries = [
        entry("甲？", seq=1, buttons=buttons("旧")),
        entry("乙？", seq=2, buttons=buttons("是", "否")),
        entry("小王来了。", "system", seq=3),
    ]
    (made,) = compose(entries, Phone(60))
    assert made.text == "甲？\n\n乙？\n\n回复数字即可选择：\n1. 是\n2. 否\n\n小王来了。"
    (menu,) = compose(entries, Phone(60, menus=True))
    assert menu.options == (Option("201", "是"), Option("202", "否"))
    assert "1." not in menu.text


def test_options_that_do_not_fit_are_said_before_the_question_counts_as_said() -> None:
    buttons = [{"title": f"选项{number}", "payload": "/x"} for number in range(8)]
    entries = [entry("请问您要办哪一个？" * 2, buttons=buttons), entry("还有", seq=2)]
    made = compose(entries, Phone(30))
    assert len(made) > 2
    assert [each.seqs for each in made] == [(), (), (1,), (2,)]
    assert in_steps(entries, Phone(30)) == made
    assert all(
        f"{place}. 选项{place - 1}" in "\n".join(each.text for each in made)
        for place in range(1, 9)
    )


def test_a_line_with_a_link_is_never_cut() -> None:
    phone = Phone(70)
    phone.links = True
    buttons = [{"title": f"选项；{number}", "payload": "/x"} for number in range(8)]
    lines = phone.offer(
        [Option(f"1{place:02d}", each["title"]) for place, each in enumerate(buttons, 1)]
    )
    made = compose([entry("请选：" * 10, buttons=buttons)], phone)
    for line in lines:
        assert sum(line in each.text for each in made) == 1
    assert all(each.text.count("<a ") == each.text.count("</a>") for each in made)


def test_blank_messages_say_nothing_and_count_as_said() -> None:
    made = compose([entry("", seq=1), entry(" \n" * 50, seq=2)], Phone())
    assert [(each.text, each.seqs) for each in made] == [("", (1, 2))]
    made = compose([entry("甲" + "\n" * 200 + "乙")], Phone())
    assert bare("".join(each.text for each in made)) == "甲乙"
    assert all(each.text for each in made)


atoms = st.one_of(
    st.sampled_from([*"钱包退款的是，、。！？；：… \n", *"abc1:,?!;. ", "https://a.b/c?d=1;e,f"]),
    st.sampled_from(EMOJI),
)


@settings(deadline=None)
@given(
    texts=st.lists(
        st.tuples(
            st.lists(atoms, max_size=40), st.sampled_from(["bot", "agent"]), st.integers(0, 4)
        ),
        min_size=1,
        max_size=4,
    ),
    longest=st.integers(40, 120),
    in_bytes=st.booleans(),
    menus=st.booleans(),
)
@example(texts=[(["a"] * 60, "bot", 0)], longest=40, in_bytes=False, menus=False)
def test_nothing_is_lost_cut_or_too_long(
    texts: list[tuple[list[str], str, int]], longest: int, in_bytes: bool, menus: bool
) -> None:
    phone = Phone(longest, in_bytes, menus)
    entries = [
        entry(
            "".join(atoms),
            author,
            seq,
            name="小王" if author == "agent" else None,
            buttons=[{"title": f"选{place}", "payload": "/x"} for place in range(options)],
        )
        for seq, (atoms, author, options) in enumerate(texts, 1)
    ]
    made = compose(entries, phone)
    assert all(phone.size(each.text) <= longest for each in made)
    last = next((each for each in reversed(entries) if each.buttons), None)
    wanted = ""
    for each in entries:
        wanted += f"{each.name}：{each.text}" if each.name else each.text
        if each is last and not menus:
            wanted += "".join(phone.offer([Option("", it["title"]) for it in each.buttons]))
    assert bare("".join(each.text for each in made)) == bare(wanted), "nothing lost, in order"
    assert [seq for each in made for seq in each.seqs] == [each.seq for each in entries]
    assert in_steps(entries, phone) == made, "the same whether it goes on or begins again"
    for each in made[1:]:  # a piece begins with a whole character
        assert not re.match("[\u200d\ufe0f\u20e3\u0301\U0001f3fb-\U0001f3ff]", each.text)
        assert not each.text.startswith(("🇳", "🇰"))
    offered = [(each.seqs, each.options) for each in made if each.options]
    if menus and last:
        ((seqs, options),) = offered
        assert last.seq in seqs
        assert [each.title for each in options] == [each["title"] for each in last.buttons]
    else:
        assert not offered


sentences = st.lists(
    st.text("钱包退款申请的是，", min_size=1, max_size=20).map(lambda words: words + "。"),
    min_size=1,
    max_size=20,
)


@settings(deadline=None)
@given(st.lists(sentences, min_size=1, max_size=4), st.integers(25, 80))
def test_sentences_that_fit_are_never_cut(texts: list[list[str]], longest: int) -> None:
    entries = [entry("".join(each), seq=seq) for seq, each in enumerate(texts, 1)]
    for phone in (Phone(longest), Phone(longest * 3, in_bytes=True)):
        for each in compose(entries, phone):
            assert each.text.endswith("。")


# ---- the carrying


class World:
    """The record, the desk and the quotas of a test, and what agents are told."""

    def __init__(self, folder: Path) -> None:
        database = Database(f"sqlite:///{folder / 'desk.db'}")
        self.transcript = Transcript(database)
        self.desk = Desk(database)
        self.quotas = Quotas(database)
        self.pictures = PictureStore(folder / "pictures")
        self._database = database
        self._agents = accounts_of(database)
        self.clock: Callable[[], float] = time.time
        self.quotas.open(CUSTOMER, None, 3600)
        self.notices: list[str] = []

    def outbox(self, state: State, phone: Phone, silent: bool = False) -> Outbox:
        services = Services.on(self._database, self.pictures, state)
        services = replace(services, clock=lambda: self.clock())
        return Outbox(channels()["weibo"], services, phone, silent)

    def adds(self, *texts: str, to: str = CUSTOMER, author: str = "bot", age: float = 0) -> None:
        moment = time.time() - age
        name = "小王" if author == "agent" else None
        self.transcript.add(
            to,
            *(
                Entry(f"{text}{time.time_ns()}", author, text, time=moment, name=name)
                for text in texts
            ),
        )

    def deliveries(self, to: str = CUSTOMER) -> list[str | None]:
        return [each.delivery for each in self.transcript.last(to)]

    def taken(self) -> Ticket:
        self.agent = self._agents.save("xiaowang", "a long password", "小王")
        ticket = self.desk.request(TicketRequest(CUSTOMER, "weibo", "退款"))
        taken = self.desk.take(ticket.id, self.agent.id, Entry("joined", "system", "小王来了。"))
        (joined,) = self.transcript.undelivered(CUSTOMER)
        self.transcript.delivered(CUSTOMER, joined.seq)
        return taken


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    found = World(tmp_path)
    monkeypatch.setattr(backoff, "PAUSE", 0.02)
    monkeypatch.setattr(module, "MERGE", 0.2)
    monkeypatch.setattr(module, "LOOK", 0.3)
    return found


@pytest.fixture(params=["memory", "redis"])
def url(request: pytest.FixtureRequest) -> str:
    return "memory://" if request.param == "memory" else request.getfixturevalue("redis_url")


@asynccontextmanager
async def delivering(
    world: World, state: State, phone: Phone, begin: bool = True
) -> AsyncIterator[Outbox]:
    box = world.outbox(state, phone)
    if begin:
        box.begin()
    try:
        yield box
    finally:
        await box.end()


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(3000):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen in 30 s")


async def notices(events: Listener) -> AsyncIterator[dict[str, object]]:
    while told := await events.next(30):
        heard = json.loads(told)
        if heard["kind"] == "notice":
            yield heard
    raise AssertionError("no notice in 30 s")


def run(story: Callable[[State], Awaitable[None]]) -> None:
    async def told() -> None:
        await story(MemoryState())

    asyncio.run(told())


def test_what_waited_before_the_start_is_delivered(world: World) -> None:
    world.adds("您好。", "请问有什么可以帮您？")

    async def story(state: State) -> None:
        phone = Phone()
        async with delivering(world, state, phone):
            await until(lambda: world.deliveries() == ["sent", "sent"])
        assert phone.texts == ["您好。\n\n请问有什么可以帮您？"]

    run(story)


def test_what_is_told_of_is_delivered_at_once(
    world: World, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK", 3600)

    async def told() -> None:
        async with workers(url) as (one, other):
            phone = Phone()
            async with delivering(world, one, phone):
                heard = 0
                while not phone.texts:  # until it listens
                    if not heard:
                        world.adds("您好。")
                    await publish_messages(other, CUSTOMER)
                    heard += 1
                    await asyncio.sleep(0.05)
                    assert heard < 600
            assert phone.texts == ["您好。"]

    asyncio.run(told())


def test_quick_words_of_an_agent_are_one_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Clock:
        """Stands still until it is set: however slow the machine, the second comes in time."""

        now, asked = 0.0, 0

        def __call__(self) -> float:
            self.asked += 1
            return self.now

    clock = Clock()

    async def story(state: State) -> None:
        phone = Phone()
        world.adds("您好", author="agent")
        clock.now = world.transcript.last(CUSTOMER)[0].time + module.MERGE / 2
        world.clock = clock
        async with delivering(world, state, phone):
            await until(lambda: clock.asked > 0)
            world.adds("请稍等", author="agent")
            clock.now = world.transcript.last(CUSTOMER)[1].time + module.MERGE
            await until(lambda: world.deliveries() == ["sent", "sent"])
        assert phone.texts == ["小王：您好\n\n小王：请稍等"]

    run(story)


def test_long_message_is_said_once_part_after_part(world: World) -> None:
    sentences = [f"这是第{number}句话，有一点长。" for number in range(30)]
    world.adds("".join(sentences))
    world.adds("还有一句。")

    async def story(state: State) -> None:
        phone = Phone(40)
        async with delivering(world, state, phone):
            await until(lambda: world.deliveries() == ["sent", "sent"])
        assert "".join(phone.texts).replace("\n\n", "") == "".join(sentences) + "还有一句。"
        assert phone.tries > 10

    run(story)


def test_other_worker_goes_on_where_the_first_was_stopped(world: World, url: str) -> None:
    text = "".join(f"这是第{number}句话，有一点长。" for number in range(30))
    world.adds(text)

    async def told() -> None:
        async with workers(url) as (one, other):
            phone = Phone(40)
            phone.seconds = 0.01
            async with delivering(world, one, phone):
                await until(lambda: len(phone.shown) > 3)
                phone.failures = ["later"] * 1000
                tries = phone.tries
                await until(lambda: phone.tries > tries + 1)
            assert world.deliveries() == ["waiting"]
            phone.failures = []
            async with delivering(world, other, phone):
                await until(lambda: world.deliveries() == ["sent"])
            assert "".join(phone.texts) == text

    asyncio.run(told())


def test_part_of_a_message_waits_with_a_full_quota_and_goes_on(world: World) -> None:
    text = "".join(f"这是第{number}句话，有一点长。" for number in range(12))
    world.adds(text)
    world.quotas.open(CUSTOMER, 2, 3600)

    async def story(state: State) -> None:
        phone = Phone(40)
        async with delivering(world, state, phone) as box:
            await until(lambda: len(phone.shown) == 2 and not box._tasks)
            assert world.deliveries() == ["waiting"]
            world.quotas.open(CUSTOMER, None, 3600)
            await until(lambda: world.deliveries() == ["sent"])
        assert "".join(phone.texts) == text

    run(story)


def test_what_fails_for_now_is_tried_until_it_goes(world: World) -> None:
    world.adds("您好。")

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["later", "unsure", "later", "unsure", "later", "later"]
        async with delivering(world, state, phone):
            await until(lambda: world.deliveries() == ["sent"])
            world.adds("再见。")
            phone.failures = ["unsure", "unsure"]
            await until(lambda: world.deliveries() == ["sent", "sent"])
        assert phone.texts == ["您好。", "再见。"]
        assert phone.tries == 10

    run(story)


def test_pauses_grow_to_a_most(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.adds("您好。")
    monkeypatch.setattr(backoff, "PAUSE", 1e-6)
    monkeypatch.setattr(backoff, "LONGEST_PAUSE", 2e-6)
    monkeypatch.setattr(module, "LOOK", 3600)

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["later"] * 30
        async with delivering(world, state, phone):
            await until(lambda: world.deliveries() == ["sent"])
        assert phone.tries == 31

    run(story)


def test_an_outage_loses_nothing_and_at_its_end_nobody_waits_for_their_pause(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = CUSTOMER + "2"
    world.adds("您好。")

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["unsure"] * 1000
        async with delivering(world, state, phone) as box:
            await until(lambda: phone.tries >= backoff.TRIES + 2)
            monkeypatch.setattr(backoff, "PAUSE", 3600)
            monkeypatch.setattr(backoff, "LONGEST_PAUSE", 3600)
            await until(lambda: box._backoff.pause_of(CUSTOMER).until > time.monotonic() + 60)
            assert world.deliveries() == ["waiting"]
            phone.failures = []
            world.quotas.open(other, None, 3600)
            world.adds("欢迎。", to=other)
            await until(lambda: world.deliveries() == ["sent"])
        assert phone.texts == ["欢迎。", "您好。"]

    run(story)


def test_a_message_that_alone_is_never_answered_is_given_up(world: World) -> None:
    other = CUSTOMER + "2"
    world.quotas.open(other, None, 3600)
    world.adds("您好。")

    async def story(state: State) -> None:
        phone = Phone()
        phone.never_answers = CUSTOMER
        async with delivering(world, state, phone):
            while world.deliveries() == ["waiting"]:
                world.adds("欢迎。", to=other)
                await until(lambda: set(world.deliveries(other)) == {"sent"})
        assert world.deliveries() == ["failed"]

    run(story)


def test_nobody_reads_a_message_for_ever_whose_answers_are_all_lost(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "LAST_TRY", 4)
    world.adds("您好。")

    async def story(state: State) -> None:
        phone = Phone()
        phone.never_answers = CUSTOMER
        async with delivering(world, state, phone):
            await until(lambda: world.deliveries() == ["failed"])
        assert phone.tries == 5

    run(story)


def test_what_cannot_be_sent_is_told_to_the_agent_and_stops_nothing(world: World) -> None:
    ticket = world.taken()
    world.adds("第一句", author="agent", age=10)
    world.quotas.open(CUSTOMER, 9, 3600)

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["never"]
        async with state.listen(DESK) as events, delivering(world, state, phone):
            async for heard in notices(events):
                assert (heard["notice"], heard["agent"]) == ("not_sent", world.agent.id)
                assert heard["ticket"] == ticket.id
                break
            world.adds("第二句", author="agent", age=10)
            await until(lambda: world.deliveries()[-2:] == ["failed", "sent"])
        assert phone.texts == ["小王：第二句"]
        assert phone.tries == 2
        assert world.quotas.of(CUSTOMER).left == 8, "what was not sent costs nothing"

    run(story)


def test_message_that_is_refused_for_no_known_reason_is_given_up_after_three_tries(
    world: World,
) -> None:
    ticket = world.taken()
    world.adds("第一句", author="agent", age=10)

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["refused"] * backoff.TRIES
        async with state.listen(DESK) as events, delivering(world, state, phone):
            async for heard in notices(events):
                assert (heard["notice"], heard["ticket"]) == ("not_sent", ticket.id)
                break
            world.adds("第二句", author="agent", age=10)
            await until(lambda: world.deliveries()[-2:] == ["failed", "sent"])
        assert phone.texts == ["小王：第二句"]
        assert phone.tries == backoff.TRIES + 1

    run(story)


def test_when_the_days_calls_are_used_up_everything_waits_for_the_next_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MUTE", 0)
    world.adds("您好。")

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["tomorrow"]
        async with state.listen(DESK) as events, delivering(world, state, phone) as box:
            async for heard in notices(events):
                assert heard["notice"] == "channel_trouble"
                break
            assert box.muted
            await box._run(CUSTOMER)
            assert (phone.tries, world.deliveries()) == (1, ["waiting"])
            box._muted_until = 0  # it is the next day
            await until(lambda: world.deliveries() == ["sent"])

    run(story)


@pytest.mark.parametrize(
    ("clock", "hours"),
    [("2026-11-29T23:00:00+08:00", 1), ("2026-11-30T00:00:00+08:00", 24),
     ("2026-11-29T23:00:00+00:00", 17)],
)  # fmt: skip
def test_the_next_day_begins_at_midnight_in_china(clock: str, hours: int) -> None:
    now = datetime.fromisoformat(clock).timestamp()
    assert module.until_tomorrow(now) == hours * 3600 + 60


def test_customer_who_must_write_first_gets_it_all_then(world: World) -> None:
    world.taken()
    world.adds("第一句", author="agent", age=10)

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["closed"]
        async with state.listen(DESK) as events, delivering(world, state, phone) as box:
            async for heard in notices(events):
                assert (heard["notice"], heard["agent"]) == ("not_delivered", world.agent.id)
                assert "微博" in str(heard["text"])
                break
            world.adds("第二句", author="agent", age=10)
            box.poke(CUSTOMER)
            await until(lambda: not box._tasks)
            assert phone.tries == 1, "nothing is tried while it cannot be"
            world.quotas.open(CUSTOMER, None, 3600)
            await until(lambda: world.deliveries()[-2:] == ["sent", "sent"])
        assert phone.texts == ["小王：第一句\n\n小王：第二句"]

    run(story)


def test_agent_is_warned_before_the_last_message(world: World) -> None:
    ticket = world.taken()
    world.quotas.open(CUSTOMER, 2, 3600)
    world.adds("您好", author="agent", age=10)

    async def story(state: State) -> None:
        async with state.listen(DESK) as events, delivering(world, state, Phone()):
            async for heard in notices(events):
                assert (heard["notice"], heard["ticket"]) == ("quota", ticket.id)
                break
            world.adds("最后一句", author="agent", age=10)
            await until(lambda: world.deliveries()[-1] == "sent")
            world.adds("太晚了", author="agent", age=10)
            async for heard in notices(events):
                assert heard["notice"] == "not_delivered"
                break
        assert world.deliveries()[-1] == "waiting"

    run(story)


def test_account_that_may_not_speak_is_told_of_and_tries_later(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MUTE", 0.3)
    world.adds("您好。")

    async def story(state: State) -> None:
        phone = Phone()
        phone.failures = ["mute"]
        async with state.listen(DESK) as events, delivering(world, state, phone):
            async for heard in notices(events):
                assert (heard["notice"], heard["agent"]) == ("channel_trouble", None)
                assert "微博" in str(heard["text"])
                break
            await until(lambda: world.deliveries() == ["sent"])
        assert phone.texts == ["您好。"]

    run(story)


def test_two_workers_say_everything_once_and_in_order(world: World, url: str) -> None:
    customers = [f"weibo-{number}" for number in range(4)]
    for each in customers:
        world.quotas.open(each, None, 3600)

    async def told() -> None:
        async with workers(url) as (one, other):
            phone = Phone(12)
            phone.seconds = 0.002
            async with (
                delivering(world, one, phone) as first,
                delivering(world, other, phone) as second,
            ):
                for number in range(12):
                    for each in customers:
                        await asyncio.to_thread(world.adds, f"第{number}句。", to=each)
                        first.poke(each)
                        second.poke(each)
                await until(
                    lambda: all(set(world.deliveries(each)) == {"sent"} for each in customers)
                )
            for each in customers:
                said = "".join(outgoing.text for to, outgoing in phone.shown if to == each)
                assert bare(said) == "".join(f"第{number}句。" for number in range(12))

    asyncio.run(told())


def test_nobody_carries_while_the_customers_own_request_may_be_answered(
    world: World, url: str
) -> None:
    async def told() -> None:
        async with workers(url) as (one, other):
            phone = Phone()
            async with (
                delivering(world, one, phone) as first,
                delivering(world, other, phone) as second,
            ):
                async with first.lease(CUSTOMER, 30) as lease:
                    assert lease.mine
                    world.adds("您好。")
                    for box in (first, second):
                        box.poke(CUSTOMER)
                        await until(lambda box=box: not box._tasks)
                    assert phone.tries == 0
                    async with second.lease(CUSTOMER, 30) as another:
                        assert not another.mine
                    assert not await first._lease(CUSTOMER, 30).claim(), "still the first one's"
                await until(lambda: world.deliveries() == ["sent"])
            assert phone.texts == ["您好。"]

    asyncio.run(told())


def test_worker_that_died_keeps_nobody_from_delivering_for_ever(world: World, url: str) -> None:
    world.adds("您好。")

    async def told() -> None:
        async with workers(url) as (one, other):
            assert await one.claim(f"carry:{CUSTOMER}", "a dead worker", 0.5)
            phone = Phone()
            async with delivering(world, other, phone):
                await until(lambda: world.deliveries() == ["sent"])
            assert phone.texts == ["您好。"]

    asyncio.run(told())


def test_lease_that_another_worker_has_by_now_is_not_taken_back(world: World) -> None:
    async def story(state: State) -> None:
        async with delivering(world, state, Phone(), begin=False) as box:
            mine, theirs = box._lease(CUSTOMER, 0.01), box._lease(CUSTOMER, 60)
            assert await mine.claim()
            await asyncio.sleep(0.02)
            assert await theirs.claim()
            assert not await mine.renew()
            await mine.release()
            assert await theirs.renew()

    run(story)


def test_what_waits_is_carried_while_the_shared_state_is_away(world: World) -> None:
    text = "".join(f"这是第{number}句话，有一点长。" for number in range(12))
    world.adds(text)

    class Broken(MemoryState):
        async def claim(self, key: str, value: str, seconds: float) -> bool:
            raise ConnectionError("away")

        put = get = drop = claim  # type: ignore[assignment]

    async def told() -> None:
        phone = Phone(40)
        async with delivering(world, Broken(), phone):
            await until(lambda: world.deliveries() == ["sent"])
        assert "".join(phone.texts) == text

    asyncio.run(told())


def test_picture_goes_between_the_words(world: World) -> None:
    data = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(data, "PNG")
    kept = world.pictures.keep(CUSTOMER, data.getvalue())
    picture = {"id": kept.id, "width": 4, "height": 4}
    world.adds("看这个：")
    world.transcript.add(
        CUSTOMER,
        Entry("p", "agent", picture=picture, time=time.time() - 10),
        Entry("lost", "agent", picture={**picture, "id": "gone"}, time=time.time() - 10),
    )
    world.adds("明白吗？")

    async def story(state: State) -> None:
        phone = Phone()
        async with delivering(world, state, phone):
            await until(lambda: set(world.deliveries()) == {"sent"})
        assert [each.picture is not None for _, each in phone.shown] == [False, True, False]
        assert phone.texts == ["看这个：", "", "明白吗？"]

    run(story)


def test_reminders_that_are_too_late_are_not_said(world: World) -> None:
    world.adds("您还在吗？", author="system", age=2 * 3600)
    world.adds("您的问题解决了。", age=2 * 3600)

    async def story(state: State) -> None:
        phone = Phone()
        async with delivering(world, state, phone):
            await until(lambda: world.deliveries() == ["failed", "sent"])
        assert phone.texts == ["您的问题解决了。"]

    run(story)


def test_other_channels_conversations_are_left_alone(world: World) -> None:
    world.quotas.open("wechat-1", None, 3600)
    world.adds("微信的。", to="wechat-1")
    world.adds("网页的。", to="web-1")
    world.adds("微博的。")

    async def story(state: State) -> None:
        phone = Phone()
        async with delivering(world, state, phone):
            await until(lambda: world.deliveries() == ["sent"])
        assert phone.texts == ["微博的。"]

    run(story)


def test_who_comes_is_told_with_the_first_words_and_with_no_picture(world: World) -> None:
    joined = Entry("joined", "system", "小王来了。", delivery=JOINS)
    world.transcript.add(CUSTOMER, joined)
    data = io.BytesIO()
    Image.new("RGB", (4, 4), "red").save(data, "PNG")
    picture = {"id": world.pictures.keep(CUSTOMER, data.getvalue()).id, "width": 4, "height": 4}
    shown = Entry("picture", "agent", picture=picture, time=time.time() - 10)

    async def story(state: State) -> None:
        phone = Phone()
        async with delivering(world, state, phone) as box:
            assert await box.waiting(CUSTOMER) == []
            assert [each.key for each in await box.waiting(CUSTOMER, alone=True)] == ["joined"]
            world.transcript.add(CUSTOMER, shown)
            await until(lambda: world.deliveries() == ["joins", "sent"])
            phone.failures = ["never"]
            world.adds("第一句", author="agent", age=10)
            await until(lambda: world.deliveries()[-1] == "failed")
            world.adds("第二句", author="agent", age=10)
            await until(lambda: world.deliveries() == ["sent", "sent", "failed", "sent"])
        assert phone.texts[-1] == "小王来了。\n\n小王：第二句"

    run(story)


def test_account_without_an_api_tells_the_agent_that_words_wait(world: World) -> None:
    ticket = world.taken()
    world.adds("第一句", author="agent", age=10)

    async def story(state: State) -> None:
        phone = Phone()
        box = world.outbox(state, phone, silent=True)
        box.begin()
        async with state.listen(DESK) as events:
            box.poke(CUSTOMER)
            async for heard in notices(events):
                assert (heard["notice"], heard["ticket"]) == ("not_delivered", ticket.id)
                break
        await box.end()
        assert (phone.tries, world.deliveries()[-1]) == (0, "waiting")

    run(story)
