"""A change of the data is a small change of the text."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra import strict_yaml
from run import ROOT
from studio.merging import changed, merge
from studio.writing import NotWritten, rewrite

FILES = sorted(path for path in (ROOT / "content").rglob("*.yml") if path.name != "schema.yml")
TEXT = """\
# 开头的说明
title: 旧的   # 名称
empty:
words: [甲, 乙,
  丙]
said: 'it''s'
block: |-
  一
  二

# ---- 下一段
list:
  # 第一个
  - name: 一
    text: 旧
  - name: 二
    text: 旧
last: "x"
"""


def parsed(text: str) -> Any:
    return strict_yaml.parse(text)[1]


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (["title"], "新的", "title: 旧的   #", "title: 新的   #"),
        (["title"], "有: 冒号", "title: 旧的", "title: '有: 冒号'"),
        (["title"], "# 井号", "title: 旧的", "title: '# 井号'"),
        (["title"], "true", "title: 旧的", "title: 'true'"),
        (["empty"], "有了", "empty:\n", "empty: 有了\n"),
        (["empty"], 5, "empty:\n", "empty: 5\n"),
        (["words"], ["甲"], "[甲, 乙,\n  丙]", "[甲]"),
        (["said"], "he's", "'it''s'", "'he''s'"),
        (["block"], "一\n三", "  二\n", "  三\n"),
        (["block"], "一行", "|-\n  一\n  二", "一行"),
        (["list", 1, "text"], "新", "二\n    text: 旧", "二\n    text: 新"),
        (["last"], 'a"b', '"x"', '"a\\"b"'),
    ],
)
def test_only_what_changed_is_written(path: list[Any], value: Any, old: str, new: str) -> None:
    data = parsed(TEXT)
    part = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    assert rewrite(TEXT, data) == TEXT.replace(old, new, 1)


def test_items_come_go_and_move_with_their_comments_left_in_place() -> None:
    data = parsed(TEXT)
    data["list"].append({"name": "三", "text": "新"})
    longer = rewrite(TEXT, data)
    assert longer == TEXT.replace("last:", "  - name: 三\n    text: 新\nlast:")
    del data["list"][0]
    assert "# 第一个" in rewrite(longer, data)
    assert "# ---- 下一段" in rewrite(longer, data)
    data["list"].reverse()
    assert parsed(rewrite(longer, data)) == data


def test_keys_are_added_where_they_belong_and_taken_away_whole() -> None:
    data = parsed(TEXT)
    with_new = {}
    for key, value in data.items():
        with_new[key] = value
        if key == "said":
            with_new["new"] = "新的"
    assert rewrite(TEXT, with_new) == TEXT.replace("block:", "new: 新的\nblock:")
    del data["block"]
    assert rewrite(TEXT, data) == TEXT.replace("block: |-\n  一\n  二\n", "")


def test_a_text_that_cannot_be_changed_so_is_left_alone() -> None:
    with pytest.raises(NotWritten):  # the comment behind it would become part of the text
        rewrite(TEXT, {**parsed(TEXT), "title": "两\n行"})
    for data in ([], "x", None):
        with pytest.raises(NotWritten):
            rewrite(TEXT, data)
    assert rewrite("\ufeff" + TEXT, {**parsed(TEXT), "title": "新"}).startswith("\ufeff# 开头")


SAID = [
    *(
        "新的话。",
        "带: 冒号",
        "# 井号",
        "两行\n第二行",
        "a\n\n  缩进\n尾",
        "*星",
        "true",
        "3",
        "null",
    ),
    *("- 横", "~", "：全角", "a #b", "[x", "x]y, z", '"x"', "2024-01-01", "!x", "&x", "%x", "`x"),
    *("|x", "> x", "? x", "@x", "{hotline}开头", "说“好”'s", "空格 ", "制\t表", "😀", "\u2028行"),
]


def parts(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in pairs:
        yield (*path, key)
        if isinstance(value, dict | list):
            yield from parts(value, (*path, key))


def change_somewhere(data: Any, chance: random.Random) -> None:
    path = chance.choice(list(parts(data)))
    holder = data
    for key in path[:-1]:
        holder = holder[key]
    value: Any = chance.choice([*SAID, ["甲", "乙"], {"k": "v", "l": ["长" * 30]}, 5, True, {}, []])
    match chance.choice(["set", "take", "add", "move"]):
        case "set":
            holder[path[-1]] = value
        case "take" if len(holder) > 1:
            del holder[path[-1]]
        case "add" if isinstance(holder, list):
            holder.insert(path[-1], value)
        case "add":
            holder[f"new_{chance.randrange(99)}"] = value
        case "move" if isinstance(holder, list):
            holder.insert(chance.randrange(len(holder)), holder.pop(path[-1]))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_any_change_of_any_file_is_written_or_refused_whole(file: Path) -> None:
    """What is refused are wholes that become of another kind with comments inside: no form does."""
    text = file.read_text(encoding="utf8")
    there = parsed(text)
    chance = random.Random(file.stem)
    refused = 0
    for _ in range(40):
        data = copy.deepcopy(there)
        for _ in range(chance.choice([1, 1, 2, 3])):
            change_somewhere(data, chance)
        before = copy.deepcopy(data)
        try:
            made = rewrite(text, data)
            assert parsed(made) == data == before
            assert parsed(rewrite(made, there)) == there, "and back"
        except NotWritten:
            refused += 1
    assert refused <= 2


# ---- two changes


BASE = {"a": "1", "b": ["x", "y"], "c": {"d": "1", "e": "1"}}


@pytest.mark.parametrize(
    ("ours", "theirs", "merged", "conflicts"),
    [
        ({"a": "2"}, {"c": {"d": "1", "e": "2"}}, {"a": "2", "c": {"d": "1", "e": "2"}}, []),
        ({"a": "2"}, {"a": "3"}, {"a": "3"}, [("a",)]),
        ({"a": "2"}, {"a": "2"}, {"a": "2"}, []),
        ({"b": ["x", "z"]}, {"b": ["w", "y"]}, {"b": ["w", "z"]}, []),
        ({"b": ["x"]}, {"b": ["x", "y", "z"]}, {"b": ["x", "y", "z"]}, [("b",)]),
        ({"f": "1"}, {"g": "1"}, {"f": "1", "g": "1"}, []),
        ({"f": "1"}, {"f": "2"}, {"f": "2"}, [("f",)]),
    ],
)
def test_two_changes_are_brought_together(
    ours: Any, theirs: Any, merged: Any, conflicts: list[Any]
) -> None:
    assert merge(BASE, {**BASE, **ours}, {**BASE, **theirs}) == ({**BASE, **merged}, conflicts)


def test_what_one_took_away_and_the_other_changed_is_a_conflict() -> None:
    without = {"b": BASE["b"], "c": BASE["c"]}
    assert merge(BASE, without, {**BASE, "a": "2"}) == ({**BASE, "a": "2"}, [("a",)])
    assert merge(BASE, without, BASE) == (without, [])
    assert [path for path, _, _ in changed(BASE, without)] == [("a",)]
