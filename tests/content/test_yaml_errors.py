"""A support lead's slip of the keyboard is told in Chinese, with its line."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from content import ContentError, ContentLibrary
from infra import strict_yaml
from run import ROOT

TOPIC = """\
title: 打开通知
category: 使用指导
urgency: normal
# 说明：这一行不算
answer: |
  先打开：设置。
  再打开:通知。
steps:
  - title: 第一步
    text: 打开设置
    trouble:
      - title: "打不开"
        help: 重新安装
  - title: 第二步
    text: 打开通知
related: [update_app, change_password]
"""

WRONG = [
    ("title: 打开通知", "title：打开通知", 1, "半角"),
    ("category: 使用指导", "category：使用指导", 2, "半角"),
    ("urgency: normal", "urgency：normal", 3, "半角"),
    ("answer: |", "answer： |", 5, "半角"),
    ("    text: 打开设置", "    text：打开设置", 10, "半角"),
    ("steps:", "steps：", 8, "半角"),
    ("        help: 重新安装", "        help： 重新安装", 13, "半角"),
    ("related: [", "related：[", 16, "半角"),
    ("category: 使用指导", "category:使用指导", 2, "空一格"),
    ("    text: 打开设置", "    text:打开设置", 10, "空一格"),
    ("related: [", "related:[", 16, "空一格"),
    ("    text: 打开设置", "\ttext: 打开设置", 10, "Tab"),
    ("        help: 重新安装", "    \thelp: 重新安装", 13, "Tab"),
    ('"打不开"', '"打不开', 12, "引号没有收尾"),
    ("title: 打开通知", "title: '打开通知", 1, "引号没有收尾"),
    ('"打不开"', '"打不开"了', 12, "引号"),
    ("[update_app, change_password]", "[update_app, change_password", 16, "方括号"),
    ("    text: 打开设置", "   text: 打开设置", 10, "对齐"),
    ("urgency: normal", "urgency: normal: high", 3, "冒号"),
    ("category: 使用指导", "category: @使用指导", 2, "符号"),
    ("category: 使用指导", "category: *使用指导", 2, "引"),
    ("urgency: normal", "category: 投诉", 3, "写了两次"),
    ("    text: 打开通知", "    title: 打开通知", 15, "写了两次"),
    ("urgency: normal", "urgency: normal\n好的", 4, "名字: 内容"),
]


@pytest.mark.parametrize(("right", "wrong", "line", "reason"), WRONG)
def test_slip_is_told_with_its_line(right: str, wrong: str, line: int, reason: str) -> None:
    assert TOPIC.count(right) == 1
    with pytest.raises(strict_yaml.YamlProblem) as told:
        strict_yaml.parse(TOPIC.replace(right, wrong))
    assert (told.value.line, reason in told.value.reason) == (line, True), told.value.reason
    assert re.search(r"[\u4e00-\u9fff]", told.value.reason)


def test_what_is_right_is_read_as_yaml_reads_it() -> None:
    _, data = strict_yaml.parse(TOPIC)
    assert data["answer"] == "先打开：设置。\n再打开:通知。\n"
    assert data["steps"][0]["trouble"] == [{"title": "打不开", "help": "重新安装"}]
    assert strict_yaml.parse("") == (None, None)


@pytest.mark.parametrize(
    ("right", "wrong", "line", "reason"),
    [
        # YAML takes these for text, and the name is missing
        ("category: 使用指导\n", "  category：使用指导\n", 2, "半角"),
        ("category: 使用指导\n", "  category:使用指导\n", 2, "空一格"),
        ("  - title: 第一步\n    text: 打开设置\n", "  - text：打开设置\n", 9, "半角"),
    ],
)
def test_slip_that_yaml_takes_for_text_is_told_too(
    tmp_path: Path, right: str, wrong: str, line: int, reason: str
) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder, ignore=shutil.ignore_patterns("__pycache__"))
    text = TOPIC.replace(right, wrong)
    assert text != TOPIC
    (folder / "topics" / "update_app.yml").write_text(text, encoding="utf8")
    with pytest.raises(ContentError) as refused:
        ContentLibrary(folder).load()
    assert any(
        told.startswith(f"content/topics/update_app.yml:{line}: ") and reason in told
        for told in str(refused.value).splitlines()
    ), refused.value


@pytest.mark.parametrize(
    "path", sorted(path.relative_to(ROOT) for path in (ROOT / "data").rglob("*.yml"))
)
def test_every_file_of_the_data_is_strict_yaml(path: Path) -> None:
    assert strict_yaml.read(ROOT / path, str(path))[0] is not None


def test_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_bytes("好".encode("gbk"))
    for name in ("a.yml", "none.yml"):
        with pytest.raises(ValueError, match=rf"^{name}:1: 文件读不了"):
            strict_yaml.read(tmp_path / name, name)
    (tmp_path / "b.yml").write_text("好: 1\n坏：2\n", encoding="utf8")
    with pytest.raises(ValueError, match=r"^b\.yml:2: YAML 格式有误：冒号要用半角"):
        strict_yaml.read(tmp_path / "b.yml", "b.yml")
