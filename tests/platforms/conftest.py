"""A user of the account that a file of tests names as its `account`, and accounts to share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from standins.stand_in import Person, StandIn
from tests.platforms.account import OLD_KEY, Account, WeChatAccount, WeiboAccount

USUAL: dict[str, Callable[[], Account[Any, Any]]] = {
    "wechat": lambda: WeChatAccount("safe", previous_encoding_aes_key=OLD_KEY),
    "weibo": WeiboAccount,
}


# To start an assistant takes longer than most files: those that want nothing special of it share
# one (tests/conftest.py keeps them in one process).
@pytest.fixture(scope="session")
def usual(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Account[Any, Any]]]:
    """Accounts without special settings, of every platform, behind one assistant."""
    made = {name: make() for name, make in USUAL.items()}
    first, *others = made.values()
    first.start(tmp_path_factory.mktemp("usual"), *others)
    yield made
    first.stop()


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
