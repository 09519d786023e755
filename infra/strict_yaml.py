"""Reads YAML strictly, and says in Chinese what is wrong with it, and on which line.

The people who write these files type on Chinese keyboards: a full-width colon, a tab, a missing
blank. PyYAML speaks of simple keys, often at the line after.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # not in its stub's names
from yaml.resolver import Resolver

from infra.errors import AssistantError

DEEP = "一层套一层，太深了"
WRONG_COLON = "冒号要用半角的 “:”，后面空一格"
NO_BLANK = "冒号后面要空一格"
TAB = "不能用制表符（Tab）缩进，请用空格"

# What libyaml says, and what that means.
_MEANS = {
    "mapping values are not allowed": "这里多了一个冒号，或者上一行没有写完；带冒号的文字要加引号",
    "could not find expected ':'": "这一行不是“名字: 内容”",
    "did not find expected key": "和上面没有对齐，或者引号后面还有字",
    "did not find expected '-' indicator": "这一项要以“- ”开头，并和上面的对齐",
    "block sequence entries are not allowed": "“- ”不能写在这里，要另起一行",
    "found unexpected end of stream": "引号没有收尾",
    "found unexpected document indicator": "引号没有收尾，或者多了一行 ---",
    "did not find expected ',' or ']'": "方括号没有收尾，或者少了半角逗号",
    "did not find expected ',' or '}'": "花括号没有收尾，或者少了半角逗号",
    "did not find expected node content": "括号里多了一个逗号，或者少了内容",
    "found character that cannot start any token": "不能以这个符号开头，请给文字加引号",
    "found unknown escape character": "双引号里的 \\ 有特别的意思，请改用单引号",
    "did not find expected alphabetic or numeric character": "以 * 或 & 开头的文字要加引号",
    "control characters are not allowed": "有看不见的控制字符",
    "did not find expected comment or line break": "| 或 > 后面不能再写字，要另起一行",
    "found a tab character": TAB,
    "nesting depth": DEEP,
}
_NAME = r"""[^\s:：#"'\[\]{},，。！？、|>&*-][^\s:：#"'，。！？]*"""
_SUSPECTS = (
    (re.compile(r"^ *\t"), TAB),
    (re.compile(rf"^ *(?:- +)*{_NAME}："), WRONG_COLON),
    (re.compile(rf"^ *(?:- +)*{_NAME}:(?![\s/]|$)"), NO_BLANK),
)
_BLOCK = re.compile(r"(?:^|[:：\-?]\s*)[|>][+-]?\d*[+-]?\s*(?:#.*)?$")


class YamlProblem(AssistantError, ValueError):
    """A text that is not the YAML it should be; `line` counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


class _Loader(Composer, CParser, SafeConstructor, Resolver):
    """A SafeLoader that refuses two equal keys, and references; libyaml reads for it.

    PyYAML keeps the last of two equal keys without a word; an editor would lose a sentence. A few
    lines of references (`*name`) to references stand for more text than fits any memory.
    """

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        for part in (Composer, SafeConstructor, Resolver):
            part.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event: Any = self.peek_event()
            reason = f"不能用引用 “*{event.anchor}”，请把内容写出来"
            raise YamlProblem(event.start_mark.line + 1, reason)
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise YamlProblem(line, "名字要是文字")
            if key.value in seen:
                raise YamlProblem(line, f"“{key.value}” 写了两次")
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse(text: str) -> tuple[yaml.Node | None, Any]:
    """Return a text's node, which knows lines, and its data.

    Raises:
        YamlProblem: it is not strict YAML.
    """
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node else None
    except YamlProblem:
        raise
    except yaml.MarkedYAMLError as error:
        raise _explained(text, error) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: 2024-13-45 is no date
        raise YamlProblem(1, _meaning(str(error))) from None
    except RecursionError:
        raise YamlProblem(1, DEEP) from None


def read(path: Path, shown: str) -> tuple[yaml.Node | None, Any]:
    """Return what a file holds, as `parse` does.

    Raises:
        ValueError: it cannot be read; the text is `file:line: reason`.
    """
    try:
        return parse(path.read_text(encoding="utf8"))
    except YamlProblem as error:
        raise ValueError(f"{shown}:{error.line}: YAML 格式有误：{error.reason}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{shown}:1: 文件读不了：{type(error).__name__}") from None


def misspelt(text: str, name: str) -> tuple[int, str] | None:
    """Return the line where a name stands without a proper colon, and what is wrong with it."""
    wrong = re.compile(rf"^\s*(?:- +)*{re.escape(name)}(?P<colon>：|:(?!\s|$))")
    for number, line in enumerate(text.splitlines(), 1):
        if found := wrong.match(line):
            return number, WRONG_COLON if found["colon"] == "：" else NO_BLANK
    return None


def _explained(text: str, error: yaml.MarkedYAMLError) -> YamlProblem:
    mark, context = error.problem_mark or error.context_mark, error.context_mark
    last = mark.line + 1 if mark else 1
    first = context.line + 1 if context else last
    if "end of stream" in str(error.problem) or "document indicator" in str(error.problem):
        return YamlProblem(first, _meaning(str(error.problem)))  # where the quote begins
    if "flow" in str(error.context):
        last = first  # where the bracket begins
    suspects = _suspects(text)
    # The parser stumbles at the line itself or at one after it, and remembers where it began.
    near = [number for number in suspects if number <= last]
    if near and (near[-1] >= first - 1 or near[-1] >= last - 1):
        return YamlProblem(near[-1], suspects[near[-1]])
    simple_key = "simple key" in str(error.context)
    return YamlProblem(first if simple_key else last, _meaning(str(error.problem)))


def _suspects(text: str) -> dict[int, str]:
    """Return the lines that look like a slip of the keyboard; not those of `|` and `>` texts."""
    found: dict[int, str] = {}
    block: int | None = None  # the indent of the line that a text hangs on
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        indent = len(line) - len(line.lstrip(" "))
        if not bare or bare.startswith("#"):
            continue
        if block is not None and indent > block:
            continue
        block = indent if _BLOCK.search(line) else None
        for pattern, reason in _SUSPECTS:
            if pattern.match(line):
                found[number] = reason
                break
    return found


def _meaning(problem: str) -> str:
    known = (meaning for said, meaning in _MEANS.items() if said in problem)
    return next(known, f"写法不对（{problem.partition(chr(10))[0]}）")
