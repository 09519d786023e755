"""A user of the account that a file of tests sets up as its `account`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from standins.stand_in import Person, StandIn
from tests.platforms.account import Account


@pytest.fixture
def platform(account: Account[StandIn[Any], Person]) -> Iterator[StandIn[Any]]:
    yield account.platform
    account.heal()
    # The next test is judged by what it does itself.
    faults, account.platform.faults = account.platform.faults, []
    assert faults == []


@pytest.fixture
def user(platform: StandIn[Any]) -> Any:
    return platform.user()
