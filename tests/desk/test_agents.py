"""Agents' accounts and the audit log; on SQLite and PostgreSQL."""

from __future__ import annotations

import time

import pytest

from desk import Agents, Database


def test_only_the_right_password_opens_an_account(database: Database) -> None:
    accounts = Agents(database)
    accounts.save("li", "right password", "小李", "lead", ["退款"])
    agent = accounts.check("li", "right password")
    assert agent is not None
    assert (agent.name, agent.leads, agent.skills) == ("小李", True, ("退款",))
    assert accounts.check("li", "wrong password") is None
    assert accounts.check("nobody", "right password") is None
    assert "right password" not in agent.password


def test_saving_again_changes_the_password(accounts: Agents) -> None:
    first = accounts.save("li", "first password", "小李")
    again = accounts.save("li", "second password", "小李")
    assert again.id == first.id
    assert accounts.check("li", "first password") is None
    assert accounts.check("li", "second password") is not None


@pytest.mark.parametrize(
    ("login", "password", "role"),
    [("", "a long password", "agent"), ("李", "a long password", "agent"),
     ("li", "short", "agent"), ("li", "a long password", "king")],
)  # fmt: skip
def test_unusable_accounts_are_refused(
    accounts: Agents, login: str, password: str, role: str
) -> None:
    with pytest.raises(ValueError, match="must"):
        accounts.save(login, password, "小李", role)


def test_who_closes_the_page_is_gone(accounts: Agents) -> None:
    agent = accounts.save("li", "a long password", "小李")
    assert not agent.online
    accounts.seen(agent.id)
    assert accounts.all()[0].online
    accounts.seen(agent.id, away=True)
    assert not accounts.all()[0].online


@pytest.mark.parametrize(("away", "there"), [(200, ["小李", "小王"]), (700, [])])
def test_agents_have_not_gone_because_the_server_had(
    accounts: Agents, monkeypatch: pytest.MonkeyPatch, away: float, there: list[str]
) -> None:
    now = time.time()
    for login, name, ago in [
        ("a", "小李", 0),
        ("b", "小王", 20),
        ("c", "小赵", 60),
        ("d", "走了", None),
    ]:
        agent = accounts.save(login, "a long password", name)
        if ago is not None:
            monkeypatch.setattr("desk.agents.time.time", lambda ago=ago: now - away - ago)
            accounts.seen(agent.id)
    monkeypatch.setattr("desk.agents.time.time", lambda: now)
    assert not any(agent.online for agent in accounts.all())
    accounts.server_returned(600)
    assert [agent.name for agent in accounts.all() if agent.online] == there


def test_the_audit_log_has_the_newest_first(accounts: Agents) -> None:
    agent = accounts.save("li", "a long password", "小李")
    accounts.note(agent, "take", 7)
    accounts.note("clock", "close", 7, "x" * 1000)
    newest, oldest = accounts.audit_log()
    assert (newest.login, newest.action, len(newest.detail)) == ("clock", "close", 255)
    assert (oldest.login, oldest.ticket_id) == ("li", 7)
    assert accounts.audit_log(before=newest.id) == [oldest]


def test_a_locked_account_gets_nobody_in_until_it_is_opened_again(accounts: Agents) -> None:
    made = accounts.save("xiaoqian", "a long password", "小钱", skills=("退款",))
    assert accounts.lock("xiaoqian", True)
    assert accounts.check("xiaoqian", "a long password") is None
    assert accounts.lock("xiaoqian", False)
    found = accounts.check("xiaoqian", "a long password")
    assert found is not None
    assert (found.id, found.skills) == (made.id, ("退款",))
    assert not accounts.lock("nobody", True)
