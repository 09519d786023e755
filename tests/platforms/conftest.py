"""A user of the WeChat account that a file of tests sets up as its `account`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.platforms.wechat import WeChatPlatform, WeChatUser
from tests.platforms.wechat_account import Account


@pytest.fixture
def platform(account: Account) -> Iterator[WeChatPlatform]:
    yield account.platform
    assert account.platform.faults == []


@pytest.fixture
def user(platform: WeChatPlatform) -> WeChatUser:
    return platform.user()
