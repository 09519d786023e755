"""An account with msgmenu, in compatible mode, whose humans are WeChat's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from standins.stand_in import Json
from standins.wechat import WeChatPlatform, WeChatUser
from tests.platforms.account import WeChatAccount, actions_stopped, eventually, shown

HUMAN = "kf2001@account"


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeChatAccount]:
    folder = tmp_path_factory.mktemp("wechat")
    more = {"buttons": "menu", "kf_account": HUMAN, "transfer_customer_service": True}
    made = WeChatAccount("compat", **more).start(folder)
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def humans(platform: WeChatPlatform) -> None:
    platform.agents = {HUMAN: True}


def test_options_are_a_menu_in_the_name_of_the_account(user: WeChatUser) -> None:
    user.says("我要退款")
    item = user.waits_for("第 1/5 步")
    assert (item.kind, item.options[0], item.kf_account) == ("msgmenu", "下一步", HUMAN)
    user.picks("下一步")
    user.waits_for("第 2/5 步")
    user.says("1")
    user.waits_for("第 3/5 步")
    user.picks("遇到问题")
    assert "转人工" in user.waits_for("遇到了什么情况").options


def passed_on(platform: WeChatPlatform, user: WeChatUser, words: str) -> tuple[Json, str]:
    """Let the user write until an answer at once passes them on: on a busy machine not the first.

    Returns:
        The message, and its answer.
    """
    asked: list[tuple[Json, str]] = []

    def passes() -> bool:
        message = user.message("text", Content="在吗" if asked else words)
        asked.append((message, platform.deliver(user, message).attempts[-1].body))
        return "transfer_customer_service" in asked[-1][1]

    eventually(passes, "passed on")
    return asked[-1]


def knows_no_desk(account: WeChatAccount, user: WeChatUser) -> None:
    """Check that nothing tells of our desk, and that what counts as said was seen."""
    eventually(lambda: not account.kept(user), "all is said")
    said = account.kept(user, "sent")
    seen = "\n".join(item.text for item in user.inbox)
    assert "工单" not in seen + "".join(account.said(user))
    assert "排" not in seen
    assert [text for text in said if text and text.split("\n")[0] not in seen] == []


@pytest.mark.parametrize("there", [True, False])
def test_who_wants_a_human_goes_to_wechats_own(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser, there: bool
) -> None:
    platform.agents = {HUMAN: there}
    message, answer = passed_on(platform, user, "转人工")
    assert (HUMAN in answer) == there, "who is away would keep the customer waiting for ever"
    assert user.kf_account == ""
    user.waits_for("转接微信客服")
    knows_no_desk(account, user)
    query = "select status from tickets where conversation_id = ?"
    assert account.rows(query, f"wechat-{user.openid}") == [("cancelled",)]
    again = platform.deliver(user, message)
    assert "transfer_customer_service" in again.attempts[-1].body, "the first answer was lost"
    user.kf_opens(HUMAN)
    user.kf_closes()
    eventually(lambda: "人工服务结束" in str(account.said(user, "system")), "the end is recorded")
    user.says("怎么开启双重验证")
    user.waits_for("新设备")


def test_a_human_asked_for_in_a_slow_turn_is_there_with_the_next_message(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    with actions_stopped(account.assistant):
        assert user.says("转人工").attempts[-1].body == "success"
    user.waits_for("请再回复任意一句")
    passed_on(platform, user, "在吗")
    assert user.kf_account == ""
    user.waits_for("转接微信客服")
    knows_no_desk(account, user)


def test_the_menu_cannot_pass_on_and_asks_for_one_more_message(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    user.clicks_menu("HUMAN")
    user.waits_for("请再回复任意一句")
    passed_on(platform, user, "好")
    assert user.kf_account == ""
    knows_no_desk(account, user)


def test_who_is_in_danger_hears_what_to_do_and_goes_to_wechats_own(
    account: WeChatAccount, platform: WeChatPlatform, user: WeChatUser
) -> None:
    passed_on(platform, user, "我不想活了")
    assert "120" in user.waits_for("110").text
    knows_no_desk(account, user)


def test_an_account_that_may_not_send_menus_gets_numbers(
    platform: WeChatPlatform, user: WeChatUser
) -> None:
    platform.menus = False
    user.says("我要退款")
    item = user.waits_for("第 1/5 步")
    assert (item.kind, item.via) == ("text", "api")
    assert "1. 下一步" in item.text
    user.says("1")
    user.waits_for("1. 下一步")
    assert shown(user, "第 1/5 步") == 1


# ---- without the API


@pytest.fixture(scope="module")
def speechless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WeChatAccount]:
    made = WeChatAccount("plain", reply_mode="passive_only", transfer_customer_service=True)
    made.start(tmp_path_factory.mktemp("speechless"))
    yield made
    made.stop()
    assert made.platform.faults == []


def test_without_the_api_who_wants_a_human_is_passed_on_at_once(speechless: WeChatAccount) -> None:
    user = speechless.platform.user()
    passed_on(speechless.platform, user, "转人工")
    assert user.kf_account == ""
    knows_no_desk(speechless, user)


def test_without_the_api_who_is_in_danger_hears_first_what_to_do(speechless: WeChatAccount) -> None:
    user = speechless.platform.user()
    user.says("我不想活了")
    heard = user.waits_for("110")
    assert "请再回复任意一句" in heard.text
    passed_on(speechless.platform, user, "好")
    assert user.kf_account == ""
    knows_no_desk(speechless, user)
