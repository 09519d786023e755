"""Who breaks act_words.yml or siblings.yml is told the file, the line and the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from content.acts import wrong_siblings, wrong_words
from content.agreement import read_acts
from run import ROOT

EXAMPLES = {
    "how_long": ["要多久", "几天到账"],
    "forgot_password.4.birthday": ["用生日行吗"],
    "change_password.birthday": ["密码用生日可以吗"],
    "lost_sim": ["卡丢了", "手机号没了"],
}

WORDS = [
    ("lost_simm: 卡", 2, "没有叫“lost_simm”的行为"),
    ('"*.nothing": 卡', 2, "没有叫“*.nothing”的行为"),
    ("lost_sim:", 2, "没有写字眼"),
    ("lost_sim: ''", 2, "没有写字眼"),
    ("lost_sim: [卡, 号]", 2, "一条正则表达式"),
    ("lost_sim: 卡(", 2, "正则表达式有误"),
    ("lost_sim: 卡||号", 2, "有一段是空的"),
    ("lost_sim: 卡|号|", 2, "有一段是空的"),
    ("lost_sim: 银行", 2, "没有一句有这些字眼"),
    ("- lost_sim", 1, "一行一个"),
]
SIBLINGS = [
    ("- [change_password.birthday, forgot_password.5.birthday]", 2, "没有叫“forgot_password.5."),
    ("- [how_long]", 2, "至少两个"),
    ("- how_long", 2, "至少两个"),
    ("- [how_long, [lost_sim, how_long]]", 2, "至少两个"),
    ("- [how_long, lost_sim, how_long]", 2, "写了两次"),
    ("- [lost_sim,\n   no_such_act]", 3, "没有叫“no_such_act”的行为"),
    ("how_long: [lost_sim]", 1, "一行一组"),
]


@pytest.mark.parametrize(("line", "number", "reason"), WORDS)
def test_wrong_words_are_told_with_their_line(
    tmp_path: Path, line: str, number: int, reason: str
) -> None:
    path = tmp_path / "act_words.yml"
    path.write_text(f"# 说明\n{line}\n", encoding="utf8")
    (told,) = wrong_words(path, "data/act_words.yml", EXAMPLES)
    place, _, said = told.partition(": ")
    assert (place, reason in said) == (f"data/act_words.yml:{number}", True), told


@pytest.mark.parametrize(("line", "number", "reason"), SIBLINGS)
def test_wrong_siblings_are_told_with_their_line(
    tmp_path: Path, line: str, number: int, reason: str
) -> None:
    path = tmp_path / "siblings.yml"
    path.write_text(f"# 说明\n{line}\n", encoding="utf8")
    (told,) = wrong_siblings(path, "data/siblings.yml", EXAMPLES)
    place, _, said = told.partition(": ")
    assert (place, reason in said) == (f"data/siblings.yml:{number}", True), told


def test_our_own_files_are_right() -> None:
    examples, data = read_acts(), ROOT / "data"
    assert wrong_words(data / "act_words.yml", "act_words.yml", examples) == []
    assert wrong_siblings(data / "siblings.yml", "siblings.yml", examples) == []
