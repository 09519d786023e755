"""How much may still be said to a customer of a platform; on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from desk import Database, Quota
from desk import quota as module
from desk.quota import Quotas

DAYS_2 = 48 * 3600.0


class Clock:
    """The moment that quotas go by."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def time(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(module, "time", found)
    return found


@pytest.fixture
def quotas(database: Database) -> Quotas:
    return Quotas(database)


def test_nothing_may_be_said_to_who_never_wrote(quotas: Quotas) -> None:
    assert quotas.of("wechat-a") == Quota(0, 0)
    assert not quotas.spend("wechat-a")
    quotas.close("wechat-a")
    assert quotas.of("wechat-a").left == 0


def test_messages_are_spent_until_none_is_left(quotas: Quotas, clock: Clock) -> None:
    quotas.open("wechat-a", 5, DAYS_2)
    quotas.open("wechat-b", 5, DAYS_2)
    assert quotas.of("wechat-a") == Quota(5, clock.now + DAYS_2)
    assert [quotas.spend("wechat-a") for _ in range(7)] == [True] * 5 + [False] * 2
    assert quotas.of("wechat-a").left == 0
    assert quotas.of("wechat-b").left == 5, "everyone has their own"


def test_writing_again_opens_a_new_window_in_place_of_the_old(quotas: Quotas, clock: Clock) -> None:
    quotas.open("wechat-a", 5, DAYS_2)
    quotas.spend("wechat-a")
    clock.now += 3600
    quotas.open("wechat-a", 5, DAYS_2)
    assert quotas.of("wechat-a") == Quota(5, clock.now + DAYS_2), "5 again, not 9"


def test_window_ends(quotas: Quotas, clock: Clock) -> None:
    quotas.open("wechat-a", 5, DAYS_2)
    quotas.open("weibo-a", None, DAYS_2)
    clock.now += DAYS_2 - 1
    assert (quotas.of("wechat-a").left, quotas.of("weibo-a").left) == (5, None)
    clock.now += 1
    for conversation in ("wechat-a", "weibo-a"):
        assert quotas.of(conversation).left == 0
        assert not quotas.spend(conversation)


def test_window_without_a_count_is_never_spent(quotas: Quotas) -> None:
    quotas.open("weibo-a", None, DAYS_2)
    assert all(quotas.spend("weibo-a") for _ in range(50))
    assert quotas.of("weibo-a").left is None


def test_short_window_comes_on_top_and_is_spent_first(quotas: Quotas, clock: Clock) -> None:
    quotas.open("wechat-a", 5, DAYS_2)
    quotas.open("wechat-a", 3, 60, short=True)
    assert quotas.of("wechat-a").left == 8
    for _ in range(4):
        assert quotas.spend("wechat-a")
    clock.now += 60
    assert quotas.of("wechat-a").left == 4, "three of the short one, one of the long one"


def test_what_is_left_of_the_short_window_ends_with_it(quotas: Quotas, clock: Clock) -> None:
    quotas.open("wechat-a", 3, 60, short=True)
    assert quotas.of("wechat-a") == Quota(3, clock.now + 60)
    assert quotas.spend("wechat-a")
    clock.now += 60
    assert quotas.of("wechat-a").left == 0
    assert not quotas.spend("wechat-a")


def test_mention_allows_one_message_and_no_more(quotas: Quotas) -> None:
    quotas.open("weibo-a", 1, DAYS_2, short=True)
    assert [quotas.spend("weibo-a") for _ in range(2)] == [True, False]
    quotas.open("weibo-a", None, DAYS_2)
    assert quotas.of("weibo-a").left is None, "who writes is answered as often as needed"


def test_platform_that_takes_nothing_closes_all_windows(quotas: Quotas) -> None:
    quotas.open("wechat-a", 5, DAYS_2)
    quotas.open("wechat-a", 3, 60, short=True)
    quotas.open("wechat-b", 5, DAYS_2)
    quotas.close("wechat-a")
    assert quotas.of("wechat-a").left == 0
    assert not quotas.spend("wechat-a")
    assert quotas.of("wechat-b").left == 5
    quotas.open("wechat-a", 5, DAYS_2)
    assert quotas.of("wechat-a").left == 5, "until the customer writes"


def test_no_message_is_spent_twice_by_workers_at_the_same_time(quotas: Quotas) -> None:
    quotas.open("wechat-a", 5, DAYS_2)
    with ThreadPoolExecutor(8) as pool:
        spent = list(pool.map(lambda _: quotas.spend("wechat-a"), range(16)))
    assert sum(spent) == 5


def test_first_window_opened_by_workers_at_the_same_time(quotas: Quotas) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: quotas.open("wechat-a", 5, DAYS_2), range(16)))
    assert quotas.of("wechat-a").left == 5
