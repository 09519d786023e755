"""A company without the web page: WeChat alone, with the agents' console or without it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standins.wechat import WeChatUser
from tests import local
from tests.channels.test_web import picture
from tests.platforms.account import WeChatAccount, eventually

PAGE, CONSOLE = "channels.web.WebInput", "console.ConsoleInput"


@pytest.fixture(scope="module", params=[(PAGE,), (PAGE, CONSOLE)], ids=["console", "bare"])
def account(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WeChatAccount]:
    made = WeChatAccount("safe").start(tmp_path_factory.mktemp("wechat"), closed=request.param)
    yield made
    made.stop()


@pytest.fixture
def has_console(request: pytest.FixtureRequest) -> bool:
    return "console" in request.node.callspec.id


def test_the_server_is_ready_healthy_and_measured(account: WeChatAccount) -> None:
    url = account.assistant.url
    for path in ("/health", "/ready"):
        assert local.get(url + path).status_code == 200
        assert local.Client(base_url=url).head(path).status_code == 200
    assert local.get(f"{url}/ready").json() == {"status": "ready", "missing": []}
    told = local.get(f"{url}/metrics").text
    assert 'assistant_ready{part="model"} 1.0' in told
    assert 'assistant_turns_total{channel="wechat"' in told


def test_a_user_is_answered(account: WeChatAccount, user: WeChatUser) -> None:
    user.says("怎么开启双重验证")
    user.waits_for("新设备")


def test_nothing_of_the_page_is_there(account: WeChatAccount, has_console: bool) -> None:
    url = account.assistant.url
    for path in ("/", "/index.html", "/embed.js", "/api/session", "/api/messages"):
        answer = local.get(url + path)
        assert answer.status_code == 404, path
        assert "Rasa" not in answer.text
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert account.assistant.greeting.endswith("/desk" if has_console else url)
    desk = local.get(f"{url}/desk")
    assert desk.status_code == (200 if has_console else 404)


def test_what_is_too_large_or_of_a_foreign_page_is_refused(account: WeChatAccount) -> None:
    url = account.assistant.url
    answer = local.Client(base_url=url).post("/webhooks/wechat/webhook", content=b"x" * 12_000_000)
    assert answer.status_code == 413
    foreign = local.Client(base_url=url, headers={"Origin": "https://evil.example"})
    assert foreign.post("/desk/api/login", json={}).status_code == 403


def test_agents_work_at_the_console(
    account: WeChatAccount, user: WeChatUser, has_console: bool
) -> None:
    if not has_console:
        login = local.Client(base_url=account.assistant.url).post("/desk/api/login", json={})
        assert login.status_code == 404
        return
    agent = account.agent()
    ticket = account.takes(agent, user)
    assert agent.says(ticket, "您好").status_code == 200
    user.waits_for("您好")
    user.sends_picture(picture())
    eventually(lambda: agent.look(ticket)["messages"][-1]["picture"], "the picture")
