"""The conversations in the folders beside this file hold; and the player is strict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desk import Desk
from run import Assistant
from studio.conversations import Conversation, ConversationError, files_in
from studio.playing import Played
from tests.conversations.player import HERE, describe, load, play, report

Play = Callable[[str], list[Played]]


# The older sets of those that are played by `make converse` alone, like what is marked
# `known_failure`: of the others there are hundreds. What is about life and limb is always played.
OLDER = ("fresh_1", "fresh_2", "fresh_3", "fresh_4")
ALWAYS = ("danger", "despair")
KINDS = sorted({file.parent for file in files_in(HERE)})


def always_played(kind: Path) -> list[Conversation]:
    """Return the conversations of a folder that every run of the tests plays."""
    return [
        each
        for each in load(kind)
        if not each.known_failure and (each.kind in ALWAYS or Path(each.file).stem not in OLDER)
    ]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_conversations(assistant: Assistant, desk: Desk, kind: Path) -> None:
    played = [play(assistant.url, conversation) for conversation in always_played(kind)]
    for ticket in desk.waiting():  # the queue takes so many, and other tests want a place in it
        desk.cancel(ticket)
    wrong = [describe(each) for each in played if not each.passed]
    # A model trained on another machine may take a borderline sentence otherwise.
    if len(wrong) > round(len(played) / 10):
        pytest.fail("\n\n".join(wrong), pytrace=False)


def test_hundreds_of_all_kinds_are_played() -> None:
    played = {kind.name: len(always_played(kind)) for kind in KINDS}
    assert all(played.values()), played
    assert sum(played.values()) >= 400


# ---- the player


@pytest.fixture
def play_text(assistant: Assistant, tmp_path: Path) -> Play:
    """Play what is written there."""

    def played(text: str) -> list[Played]:
        file = tmp_path / "some.yml"
        file.write_text(text, encoding="utf8")
        return [play(assistant.url, each) for each in load(file)]

    return played


def problems(played: Played) -> dict[int, str]:
    """Return the first thing that is wrong at each line."""
    found = [problem for turn in played.turns for problem in turn.problems] + played.problems
    return {problem.line: problem.reason for problem in reversed(found)}


RIGHT_AND_WRONG = """\
- name: 对的
  turns:
    - say: 我忘记登录密码了
      see: [找回密码, '验证身份|打开']
      see_any: [没有这个词, 忘记密码]
      not_see: [没有这个词]
      step: 找回密码 1/5
      buttons: [下一步]
      no_buttons: [上一步]
      ticket: false
    - press: 下一
      step: 找回密码 2/5
    - say: 重复
      step: 找回密码2/5
      repeats: true
    - say: 转人工
      ticket: true
      step: none
  never_stored: [没有这个词]
- name: 错的
  turns:
    - say: 我忘记登录密码了
      see:
        - 找回密码
        - 没有这个词
      see_any: [没有这个词, 也没有这个]
      not_see: [找回.码]
      step: 找回密码 2/5
      buttons: [上一步]
      no_buttons: [下一]
      ticket: true
    - say: 重复
      step: none
    - say: 转人工
      ticket: false
      understood: false
  never_stored:
    - 我忘记
"""


def test_what_holds_passes_and_what_does_not_is_told_with_its_line(play_text: Play) -> None:
    right, wrong = play_text(RIGHT_AND_WRONG)
    assert right.passed, describe(right)
    assert not wrong.passed
    assert problems(wrong) == {
        25: "应该看到 “没有这个词”，没看到",
        26: "应该看到 “没有这个词” 或 “也没有这个”，没看到",
        27: "不该看到 “找回.码”，却看到了 “找回密码”",
        28: "步骤应该是 “找回密码 2/5”，却是 “找回密码 1/5”",
        29: "应该有按钮 “上一步”，没有",
        30: "不该有按钮 “下一”，却有 “下一步”",
        31: "应该登记人工（有工单），没有登记",
        33: "步骤应该是 “none”，却是 “找回密码 1/5”",
        35: problems(wrong)[35],
        36: "应该老实说没听懂，却当听懂了回答",
        38: "不该存下 “我忘记”，却存下了 “我忘记”",
    }
    assert problems(wrong)[35].startswith("不该登记人工，却说了 “")


def test_every_message_must_be_understood_unless_honesty_is_wanted(play_text: Play) -> None:
    text = "- name: 没在办什么\n  turns:\n    - say: 上一步\n"
    (played,) = play_text(text)
    assert problems(played)[3].startswith("没听懂：“")
    (played,) = play_text(text + "      understood: false\n")
    assert played.passed, describe(played)


def test_the_same_answer_is_not_given_twice(play_text: Play) -> None:
    again = "    - say: 上一步\n      understood: false\n"
    (played,) = play_text("- name: 重复\n  turns:\n" + again + again)
    assert not problems(played), "the player refuses the same words twice"


def test_picking_is_about_the_button_at_that_place(play_text: Play) -> None:
    turn = "\n  turns:\n    - say: 我要找回密码\n      picks: "
    right, wrong, outside = play_text(
        "\n".join(f"- name: 选{place}{turn}{place}" for place in (1, 2, 9))
    )
    assert right.passed, describe(right)
    assert problems(wrong) == {8: "回答的不是第 2 个按钮 “申请退款”"}
    assert problems(outside) == {12: "前面只有 6 个按钮，没有第 9 个"}


def test_missing_button_ends_the_conversation(play_text: Play) -> None:
    (played,) = play_text("- name: 按不到\n  turns:\n    - press: 没有的按钮\n    - say: 转人工\n")
    assert len(played.turns) == 1
    assert problems(played)[3].startswith("没有按钮 “没有的按钮”")


def test_known_failure_does_not_fail_and_its_end_is_told(play_text: Play) -> None:
    text = (
        "- name: 还不行\n  turns:\n    - say: 忘记密码\n      see: [没有这个词]\n"
        "  known_failure: 还没做\n"
        "- name: 已经行了\n  turns:\n    - say: 忘记密码\n  known_failure: 还没做\n"
    )
    failing, mended = play_text(text)
    assert failing.passed
    assert not failing.holds
    assert mended.mended
    told = report([failing, mended])
    assert "还不行：已知没过：还没做" in told
    assert "已经行了：现在通过了，请删掉 known_failure" in told
    assert "对话 1/2" in told


def test_unreachable_assistant_is_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "some.yml"
    file.write_text("- name: 问好\n  turns:\n    - say: 你好\n", encoding="utf8")
    played = play("http://localhost:1", load(file)[0])
    assert not played.passed
    assert "连不上" in report([played])


@pytest.mark.parametrize(
    ("text", "place", "reason"),
    [
        ("", 1, "文件是空的"),
        ("name: 问好", 1, "列表"),
        ("- name: 甲", 1, "缺少 “turns”"),
        ("- turns:\n    - say: 你好", 1, "缺少 “name”"),
        ("- name: 甲\n  turns: []", 2, "“turns” 应该是一个列表"),
        ("- name: 甲\n  turns:\n    - say：你好", 3, "名字: 值"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      sees: [您好]", 4, "不认识 “sees”"),
        ("- name: 甲\n  kind: 乙\n  turns:\n    - say: 你好", 2, "不认识 “kind”"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      press: 乙", 3, "只能有一个"),
        ("- name: 甲\n  turns:\n    - see: [您好]", 3, "只能有一个"),
        ("- name: 甲\n  turns:\n    - say:", 3, "内容是空的"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      say: 您好", 4, "写了两次"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      see: []", 4, "列表是空的"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      see: ['(您']", 4, "正则表达式有误"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      see: [<<none>>]", 4, "没有叫 <<none>>"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      see: [{甲: 乙}]", 4, "一段文字"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      ticket: 有", 4, "true 或 false"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      picks: 0", 4, "第几个按钮"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      step: 第二步", 4, "找回密码 2/5"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      step: 找回手机 2/5", 4, "没有叫"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      step: 找回密码 6/5", 4, "一共 5 步"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      step: 找回密码 2/4", 4, "一共 5 步"),
        ("- name: 甲\n  turns:\n    - say: 你好\n      see: [您好", 5, "YAML 格式有误"),
        ("- name: 甲\n  turns: &a\n    - say: 你好\n- name: 甲\n  turns: *a", 4, "第 1 行已经用过"),
    ],
)
def test_mistake_in_a_file_is_told_with_its_place(
    tmp_path: Path, text: str, place: int, reason: str
) -> None:
    file = tmp_path / "some.yml"
    file.write_text(text + "\n", encoding="utf8")
    with pytest.raises(ConversationError) as caught:
        load(file)
    first = str(caught.value).splitlines()[0]
    assert f"some.yml:{place}: " in first
    assert reason in first


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    for name in ("one.yml", "two.yml"):
        text = "- name: 甲\n  turns:\n    - say: 你好\n      sees: [您好]\n      ticket: 有\n"
        (tmp_path / name).write_text(text, encoding="utf8")
    with pytest.raises(ConversationError) as caught:
        load(tmp_path)
    assert len(str(caught.value).splitlines()) == 4


def test_folder_without_conversations_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConversationError, match="没有对话文件"):
        load(tmp_path)


def test_numbers_and_yes_are_what_the_customer_wrote(tmp_path: Path) -> None:
    file = tmp_path / "some.yml"
    words = ["2", "no", "12:30", "2026-01-01", "007"]
    turns = "".join(f"    - say: {word}\n" for word in words)
    file.write_text(f"- name: 甲\n  turns:\n{turns}", encoding="utf8")
    assert [turn.text for turn in load(file)[0].turns] == words
