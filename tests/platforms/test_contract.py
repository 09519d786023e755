"""What every platform's channel does: the same tests on each, in one assistant that has all."""

from __future__ import annotations

from typing import Any

import pytest

from infra.channels import delivered_channels
from tests.channels.test_web import picture
from tests.platforms.account import (
    Account,
    eventually,
    hears_the_answer_although_connections_break,
)
from tests.platforms.conftest import USUAL


@pytest.fixture(params=USUAL)
def account(
    request: pytest.FixtureRequest, usual: dict[str, Account[Any, Any]]
) -> Account[Any, Any]:
    return usual[request.param]


def test_every_platform_is_held_to_the_contract() -> None:
    assert USUAL.keys() == set(delivered_channels())


def test_new_follower_is_welcomed_and_picks_a_question(user: Any) -> None:
    user.follow()
    assert "1. 找回密码" in user.waits_for("智能客服").text
    user.says("第二个")
    user.waits_for("【申请退款】第 1/5 步")


def test_procedure_is_walked_by_numbers(user: Any) -> None:
    user.says("我要申请退款")
    assert "1. 下一步" in user.waits_for("第 1/5 步").text
    for step, said in enumerate(["1", "１", "第一个", "选1"], 2):
        user.says(said)
        user.waits_for(f"第 {step}/5 步")


def test_answer_whose_connection_broke_comes_with_the_next_delivery(
    account: Account[Any, Any], user: Any
) -> None:
    hears_the_answer_although_connections_break(account, user)


def test_leading_slash_is_no_command(account: Account[Any, Any], user: Any) -> None:
    user.says("/restart")
    user.waits_for("")
    assert account.said(user, "customer") == ["／restart"]


def test_message_of_any_length_is_taken_and_recorded(account: Account[Any, Any], user: Any) -> None:
    said = "退款" * 2500
    user.says(said)
    user.waits_for("退款")
    assert account.said(user, "customer") == [said]


@pytest.mark.parametrize("said", ["", " \n"])
def test_empty_message_is_answered(user: Any, said: str) -> None:
    user.says(said)
    user.waits_for("没有看到文字")


def test_picture_is_kept_and_something_else_is_not(account: Account[Any, Any], user: Any) -> None:
    pictures = account.folder / "pictures"
    before = set(pictures.rglob("*.*"))
    user.sends_picture(picture())
    user.waits_for("图片收到了")
    assert len(set(pictures.rglob("*.*")) - before) == 1
    user.sends_picture(b"no picture at all")
    user.waits_for("打不开")
    assert len(set(pictures.rglob("*.*")) - before) == 1


def test_everything_of_who_leaves_is_deleted_and_nothing_of_who_stays(
    account: Account[Any, Any], platform: Any
) -> None:
    staying, leaving = platform.user(), platform.user()
    for each in (staying, leaving):
        each.follow()
        each.says("我要申请退款")
        each.sends_picture(picture())
        each.waits_for("图片收到了")
    kept = account.said(staying)
    assert account.traces(leaving)
    leaving.unfollow()
    eventually(lambda: account.traces(leaving) == [], "nothing is left")
    assert account.said(staying) == kept
    leaving.follow()
    leaving.says("下一步")
    leaving.waits_for("")
    assert not any("第 2/5 步" in item.text for item in leaving.inbox), "nobody remembers"
