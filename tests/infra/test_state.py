"""What workers share: the same tests on the process's own memory and on a real Redis."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from desk import turns
from infra.state import Lease, MemoryState, RedisState, State, make_state
from tests import local
from tests.conftest import RedisServer

Story = Callable[[State, State], Awaitable[None]]

NO_RECORD: Any = None  # nobody looks into it for a message that is not in there


@pytest.fixture(params=["memory", "redis"])
def tell(request: pytest.FixtureRequest) -> Callable[[Story], None]:
    """Run a story with the state as two workers see it (in memory there is only one)."""
    url = "memory://" if request.param == "memory" else request.getfixturevalue("redis_url")

    async def run(story: Story) -> None:
        async with workers(url) as (one, other):
            await story(one, other)

    return lambda story: asyncio.run(run(story))


@asynccontextmanager
async def workers(url: str) -> AsyncIterator[tuple[State, State]]:
    one = make_state(url)
    other = make_state(url) if isinstance(one, RedisState) else one
    yield one, other
    for state in {one, other}:
        await state.close()


def test_a_claim_is_won_once(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        won = await asyncio.gather(*(each.claim("a", "1", 60) for each in (one, other) * 10))
        assert sum(won) == 1
        assert await other.claim("b", "1", 60)

    tell(story)


def test_a_value_is_forgotten_when_its_time_is_over(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        await one.put("long", "secret", 3600)
        await one.put("short", "secret", 0.01)
        for _ in range(600):
            if await other.get("short") is None:
                break
            await asyncio.sleep(0.1)
        assert await other.claim("short", "new", 3600)
        assert await other.get("long") == "secret"

    tell(story)


def test_several_values_come_in_the_order_of_their_keys(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        await one.put("b", "2", 60)
        await one.put("a", "1", 60)
        assert await other.get_all(["a", "nothing", "b"]) == ["1", None, "2"]
        assert await other.get_all([]) == []

    tell(story)


def test_only_the_value_that_failed_is_dropped(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        await one.put("token", "new", 60)
        await other.drop("token", "old")
        assert await one.get("token") == "new"
        await other.drop("token", "new")
        assert await one.get("token") is None
        await one.put("token", "third", 60)
        await one.drop("token")
        assert await one.get("token") is None

    tell(story)


def test_who_was_silent_too_long_takes_nothing_back(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        assert await one.claim("answer", "one", 0.01)
        await asyncio.sleep(0.05)
        assert await other.claim("answer", "other", 60)
        assert not await one.renew("answer", "one", 60)
        assert await other.renew("answer", "other", 60)
        assert await one.get("answer") == "other"
        await other.drop("answer", "other")
        assert await one.renew("answer", "one", 60), "nobody else has it"

    tell(story)


def test_two_who_renew_at_once_do_not_both_hold(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        for number in range(50):
            key = f"answer-{number}"
            held = await asyncio.gather(
                *(each.renew(key, name, 60) for each, name in ((one, "one"), (other, "other")))
            )
            assert sum(held) == 1

    tell(story)


def test_a_renewed_hold_lasts_as_long_again(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        assert await one.claim("answer", "one", 0.2)
        assert await one.renew("answer", "one", 60)
        await asyncio.sleep(0.3)
        assert not await other.claim("answer", "other", 60)

    tell(story)


def test_a_hold_that_was_lost_is_not_renewed_behind_the_other(
    tell: Callable[[Story], None],
) -> None:
    async def story(one: State, other: State) -> None:
        mine, theirs = Lease(one, "answer", 0.01), Lease(other, "answer", 60)
        assert await mine.claim()
        await asyncio.sleep(0.05)
        assert await theirs.claim()
        assert not await mine.renew()
        await theirs.release()
        assert not await mine.renew()
        assert await one.get("answer") is None

    tell(story)


def test_a_message_that_another_worker_took_over_stays_its_own(
    tell: Callable[[Story], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "RENEWED", 0.001)

    async def story(one: State, other: State) -> None:
        order = turns.Turns(one, NO_RECORD)
        await other.put("turn:web-1:m", "another worker", 60)
        async with order.answering("web-1", "m"):
            await asyncio.sleep(0.1)
            assert await other.get("turn:web-1:m") == "another worker"

    tell(story)


def test_limits_count_over_all_workers(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        assert await one.hit("2/minute", "web-1") == 0
        assert await other.hit("2/minute", "web-1") == 0
        assert 0 < await one.hit("2/minute", "web-1") <= 60
        assert 0 < await other.spent("2/minute", "web-1") <= 60
        assert await one.spent("2/minute", "web-2") == 0
        assert await one.hit("2/minute", "web-2") == 0

    tell(story)


def test_news_reach_every_listener_of_the_topic_in_order(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        mine = one.listen("web-1"), other.listen("web-1"), one.listen("web-2")
        async with mine[0] as first, mine[1] as second, mine[2] as stranger:
            for number in range(20):
                await other.publish("web-1", str(number))
            for listener in (first, second):
                heard = [await listener.next(local.PATIENCE) for _ in range(20)]
                assert heard == [str(number) for number in range(20)]
            assert await stranger.next(0.01) is None
        await one.publish("web-1", "nobody listens")

    tell(story)


def test_a_channels_name_stands_for_all_its_conversations(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        async with one.listen("wechat-") as channel, other.listen("wechat-2") as customer:
            for topic in ("wechat-1", "weibo-1", "wechat-2-b", "desk", "wechat-2"):
                await other.publish(topic, topic)
            heard = [await channel.next(local.PATIENCE) for _ in range(3)]
            assert heard == ["wechat-1", "wechat-2-b", "wechat-2"]
            assert await channel.next(0.01) is None
            assert await customer.next(local.PATIENCE) == "wechat-2"
            assert await customer.next(0.01) is None

    tell(story)


def test_state_answers_a_ping(tell: Callable[[Story], None]) -> None:
    async def story(one: State, other: State) -> None:
        await one.ping()

    tell(story)


def test_redis_that_is_away_is_noticed() -> None:
    async def story() -> None:
        state = make_state("redis://127.0.0.1:1/0")
        with pytest.raises(Exception, match=r"(?i)connect"):
            await state.ping()
        await state.close()

    asyncio.run(story())


@pytest.mark.parametrize("there_first", [True, False], ids=["there before", "away at first"])
def test_listeners_hear_again_after_redis_was_restarted(
    redis_server: RedisServer, there_first: bool
) -> None:
    async def story() -> None:
        state = make_state(redis_server.url)
        if not there_first:
            redis_server.stop()
            asyncio.get_running_loop().call_later(1.5, redis_server.start)
        async with state.listen("web-1") as listener:
            if there_first:
                redis_server.restart()
                began = time.monotonic()
                assert await listener.next(60) is None, "some news may be lost: look for yourself"
                assert time.monotonic() - began < 50
            for _ in range(600):
                try:
                    await state.publish("web-1", "back")
                except Exception:
                    await asyncio.sleep(0.1)
                if await listener.next(0.1):
                    break
            else:
                raise AssertionError("nothing was heard after the restart")
        await state.close()

    asyncio.run(story())


def test_an_unknown_kind_of_state_is_refused() -> None:
    with pytest.raises(ValueError, match="redis://"):
        make_state("mysql://localhost")


def test_nobody_holds_a_conversation_after_its_last_answer(
    tell: Callable[[Story], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Signs of life are being given the moment they must end: some would once have gone on."""
    monkeypatch.setattr(turns, "RENEWED", 0.0002)

    async def story(one: State, other: State) -> None:
        async def talk(worker: State, name: str) -> None:
            order = turns.Turns(worker, NO_RECORD)
            for number in range(20):
                key = f"{name}-{number}"
                assert await order.claim(name, key)
                async with order.answering(name, key), order.alone(name, 0):
                    await asyncio.sleep(random.uniform(0, 0.01))

        talks = (talk((one, other)[number % 2], f"web-{number}") for number in range(20))
        await asyncio.wait_for(asyncio.gather(*talks), 60)
        await asyncio.sleep(0.1)
        assert [n for n in range(20) if await one.get(f"answer:web-{n}")] == []

    tell(story)


def test_who_stops_listening_when_news_come_has_stopped() -> None:
    async def story(state: State) -> None:
        async with state.listen("web-1") as news:
            listening = asyncio.create_task(news.next(60))
            await asyncio.sleep(0)
            await state.publish("web-1", "1")
            await asyncio.sleep(0)
            listening.cancel()
            with pytest.raises(asyncio.CancelledError):
                await listening

    asyncio.run(story(MemoryState()))


def test_a_clock_set_back_by_an_hour_prolongs_no_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(state: State) -> None:
        for _ in range(3):
            assert not await state.hit("3/minute", "web-1")
        assert 0 < await state.hit("3/minute", "web-1") <= 60
        before = time.time()
        monkeypatch.setattr("time.time", lambda: before - 3600)
        assert not await state.hit("3/minute", "web-1")

    asyncio.run(story(MemoryState()))


def test_what_is_over_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    async def story() -> None:
        state = MemoryState()
        await state.put("long", "secret", 3600)
        for number in range(1000):  # keys that nobody asks for again, as of answered messages
            await state.put(f"turn:{number}", "done", 0)
        monkeypatch.setattr("infra.state.memory.SWEPT", -1)
        await state.put("last", "x", 3600)
        assert set(state._values) == {"long", "last"}

    asyncio.run(story())
