"""A support lead adds training sentences."""

from __future__ import annotations

import pytest

from nlu.check import examples, problems


def test_our_own_examples_pass() -> None:
    found = examples()
    assert len(found) > 10_000
    assert problems(found) == []


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ("- 我的登录密码忘记了", "已经有了"),
        ("- 我的登录密码忘记了！！", "已经有了"),
        ("- 我的登录密码忘记了呀", "已经有了"),
        ("- ", "不能空着"),
        ("登录密码", "不能空着"),
        ("- " + "长" * 151, "超过"),
        ("- /restart", "不能以 / 开头"),
        ("- 退[100](amount)", "实体标注"),
    ],
)
def test_bad_example_is_refused_with_file_line_and_reason(other: str, reason: str) -> None:
    found = [
        ("data/nlu/a.yml", 7, "forgot_password", "- 我的登录密码忘记了"),
        ("data/nlu/b.yml", 9, "change_password", other),
    ]
    (report,) = problems(found)
    assert report.startswith("data/nlu/b.yml:9: ")
    assert reason in report


def test_lines_are_those_of_the_file() -> None:
    for file, line, _, text in examples()[::997]:
        from nlu.check import ROOT

        assert (ROOT / file).read_text(encoding="utf8").splitlines()[line - 1].strip() == text
