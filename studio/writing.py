"""Changes parts of a YAML text and leaves every other character as it is.

Comments, order and style of what did not change stay, so that a change is small in git, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

import yaml

from infra import strict_yaml
from infra.errors import AssistantError

STEP = 2  # columns by which a part is indented
WIDTH = 100  # columns up to which short texts stand in one line
_SHORT = 24  # characters


class NotWritten(AssistantError):
    """The text cannot be changed so; it is a mistake of this module, and nothing was written."""


def rewrite(text: str, data: Any) -> str:
    """Return a YAML text that holds that data, changed where its own data differs.

    Args:
        text: strict YAML with a mapping at its root.
        data: what it shall hold: mappings, lists, texts, numbers, booleans, None.

    Raises:
        YamlProblem: the text is no strict YAML.
        NotWritten: what was made of it does not hold the data.
    """
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    node, before = strict_yaml.parse(body)
    if before == data and _same_kinds(before, data):
        return text
    if node is None or not isinstance(node, yaml.MappingNode) or not isinstance(data, Mapping):
        raise NotWritten("no mapping at the root")
    changes = _Changes(body)
    changes.change(node, before, data, 0)
    made = changes.made()
    try:
        after = strict_yaml.parse(made)[1]
    except strict_yaml.YamlProblem as error:
        raise NotWritten(f"line {error.line}: {error.reason}") from None
    if after != data or not _same_kinds(after, data):
        raise NotWritten("the text does not hold the data")
    return mark + made


def _same_kinds(one: Any, other: Any) -> bool:
    """Tell whether equal data is of the same types: 1, 1.0 and true are equal in Python."""
    if isinstance(one, Mapping):
        return all(_same_kinds(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return all(_same_kinds(*pair) for pair in zip(one, other, strict=True))
    return isinstance(one, bool) == isinstance(other, bool)


class _Changes:
    """Pieces of a text that others take the place of."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._pieces: list[tuple[int, int, str]] = []

    def made(self) -> str:
        """Return the text with all changes."""
        found = self._text
        # Of two at the same place, what was added first stands first.
        for begin, end, instead in sorted(self._pieces, key=lambda each: each[:2])[::-1]:
            found = found[:begin] + instead + found[end:]
        return found

    def _replace(self, begin: int, end: int, instead: str) -> None:
        self._pieces.append((begin, end, instead))

    def change(
        self, node: yaml.Node, before: Any, data: Any, indent: int, item: bool = False
    ) -> None:
        """Let a node hold other data.

        Args:
            node, before: what stands there, and its data.
            data: what shall stand there.
            indent: the column of the key or hyphen that the node belongs to.
            item: whether it is a hyphen.
        """
        if before == data and _same_kinds(before, data):
            return
        flow = bool(getattr(node, "flow_style", False))
        common = isinstance(data, Mapping) and isinstance(before, Mapping) and data.keys() & before
        if isinstance(node, yaml.MappingNode) and common and not flow:
            self._change_mapping(node, before, data)
        elif isinstance(node, yaml.SequenceNode) and isinstance(data, list) and data and not flow:
            self._change_sequence(node, before, data)
        else:
            self._change_value(node, data, indent, item)

    def _change_value(self, node: yaml.Node, data: Any, indent: int, item: bool) -> None:
        begin, end = node.start_mark.index, self._end(node)
        style = node.style if isinstance(node, yaml.ScalarNode) else None
        if isinstance(node, yaml.SequenceNode) and node.flow_style and _is_flat(data):
            self._replace(begin, end, _flow(data, self._column(begin), indent + STEP))
            return
        written = _value(data, indent, style, item)
        if begin == end:  # nothing stood after the colon
            end += len(self._text[end:]) - len(self._text[end:].lstrip(" "))
        block = isinstance(node, yaml.CollectionNode) and not node.flow_style
        if begin == node.end_mark.index or written[:1] in ("", "\n") or block:
            # From the colon or hyphen on.
            begin = len(self._text[:begin].rstrip(" \n"))
            written = _after_colon(written.lstrip(" "))
        self._replace(begin, end, written)

    def _change_mapping(
        self, node: yaml.MappingNode, before: Mapping[str, Any], data: Mapping[str, Any]
    ) -> None:
        pairs = {key.value: (key, value) for key, value in node.value}
        column = node.value[0][0].start_mark.column
        kept = [name for name in pairs if name in data]
        for name in kept:
            self.change(pairs[name][1], before[name], data[name], column)
        for name in pairs.keys() - data.keys():
            self._remove(pairs[name][0].start_mark.index, self._end_of(*pairs[name]), column)
        after: str | None = None
        for name in data:
            if name in pairs:
                after = name
                continue
            line = f"{_key(name)}:{_after_colon(_value(data[name], column))}"
            if after is None:
                first = node.value[0][0].start_mark.index
                self._replace(first, first, f"{line}\n{' ' * column}")
            else:
                end = self._end_of(*pairs[after])
                self._replace(end, end, f"\n{' ' * column}{line}")

    def _change_sequence(
        self, node: yaml.SequenceNode, before: Sequence[Any], data: Sequence[Any]
    ) -> None:
        items = node.value
        column = self._hyphen(items[0])
        told = [json.dumps(each, ensure_ascii=False, sort_keys=True) for each in before]
        wanted = [json.dumps(each, ensure_ascii=False, sort_keys=True) for each in data]
        texts = dict(zip(told, items, strict=True))
        for kind, a, b, c, d in SequenceMatcher(None, told, wanted, False).get_opcodes():
            if kind == "equal":
                continue
            paired = min(b - a, d - c)
            for step in range(paired):
                self._change_item(
                    items[a + step],
                    before[a + step],
                    data[c + step],
                    wanted[c + step],
                    texts,
                    column,
                )
            for place in range(a + paired, b):
                self._remove(self._start(items[place]), self._end(items[place]), column)
            added = [
                f"{' ' * column}- {self._item(data[place], wanted[place], texts, column)}"
                for place in range(c + paired, d)
            ]
            if added and a + paired == 0:
                first = self._line_start(self._start(items[0]))
                self._replace(first, first, "\n".join(added) + "\n")
            elif added:
                end = self._end(items[a + paired - 1])
                self._replace(end, end, "\n" + "\n".join(added))

    def _change_item(
        self,
        node: yaml.Node,
        before: Any,
        data: Any,
        told: str,
        texts: Mapping[str, yaml.Node],
        column: int,
    ) -> None:
        """Let an item become another; one that stood elsewhere brings its text along."""
        if told in texts:
            self._replace(
                node.start_mark.index, self._end(node), self._item(data, told, texts, column)
            )
        else:
            self.change(node, before, data, column, item=True)

    def _item(self, data: Any, told: str, texts: Mapping[str, yaml.Node], column: int) -> str:
        """Return an item's text without its hyphen: as it stood elsewhere in the list, or new."""
        if told in texts:
            return self._text[texts[told].start_mark.index : self._end(texts[told])]
        return _value(data, column, item=True)

    # ---- where things are

    def _end(self, node: yaml.Node) -> int:
        """Return where a node ends, without the comments and blank lines that follow it."""
        if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
            last = node.value[-1]
            return self._end_of(*last) if isinstance(last, tuple) else self._end(last)
        begin, end = node.start_mark.index, node.end_mark.index
        return begin + len(self._text[begin:end].rstrip())

    def _end_of(self, key: yaml.Node, value: yaml.Node) -> int:
        """Return where a key with its value ends; a value that is not written ends at the colon."""
        end = self._end(value)
        if value.start_mark.index == value.end_mark.index:
            end = self._text.index(":", key.end_mark.index) + 1
        return end

    def _start(self, item: yaml.Node) -> int:
        """Return where the hyphen of an item stands."""
        return self._text.rindex("-", 0, item.start_mark.index)

    def _hyphen(self, item: yaml.Node) -> int:
        return self._column(self._start(item))

    def _line_start(self, index: int) -> int:
        return self._text.rfind("\n", 0, index) + 1

    def _column(self, index: int) -> int:
        return index - self._line_start(index)

    def _remove(self, begin: int, end: int, column: int) -> None:
        """Take away whole lines; what shares its line with a hyphen leaves that to what follows."""
        newline = self._text.find("\n", end)
        end = len(self._text) if newline < 0 else newline + 1
        start = self._line_start(begin)
        if self._text[start:begin].strip():  # `- key: value`, where other keys follow
            gap = len(self._text[end:]) - len(self._text[end:].lstrip(" "))
            self._replace(begin, end + gap, "")
        else:
            self._replace(start, end, "")


# ---- how new data is written


def _after_colon(value: str) -> str:
    return value if value.startswith("\n") or not value else f" {value}"


def _value(data: Any, indent: int, style: str | None = None, item: bool = False) -> str:
    """Return a value as it stands after a colon or a hyphen at that column."""
    inner = " " * (indent + STEP)
    if isinstance(data, Mapping):
        if not data:
            return "{}"
        lines = [
            f"{_key(name)}:{_after_colon(_value(each, indent + STEP))}"
            for name, each in data.items()
        ]
        joined = f"\n{inner}".join(lines)
        return joined if item else f"\n{inner}{joined}"
    if isinstance(data, list):
        if not data:
            return "[]"
        if _is_flat(data) and not item:
            return _flow(data, indent, indent + STEP)
        lines = [f"- {_value(each, indent + STEP, item=True)}" for each in data]
        return "\n" + "\n".join(f"{inner}{line}" for line in lines)
    return _scalar(data, indent, style)


def _is_flat(data: Any) -> bool:
    """Tell whether data stands in brackets: a list of short texts."""
    return isinstance(data, list) and all(
        isinstance(each, str) and len(each) <= _SHORT and "\n" not in each for each in data
    )


def _flow(data: Sequence[str], column: int, indent: int) -> str:
    """Return a list in brackets, in several lines if it is long."""
    lines, line = [], ""
    for place, each in enumerate(data):
        written = _scalar(each, 0, None, flow=True) + (", " if place < len(data) - 1 else "")
        if line and column + len(line) + len(written) > WIDTH:
            lines.append(line.rstrip())
            line, column = "", indent
        line += written
    return "[" + f"\n{' ' * indent}".join([*lines, line]) + "]"


def _key(name: str) -> str:
    return _scalar(name, 0, None, flow=True)


def _scalar(data: Any, indent: int, style: str | None, flow: bool = False) -> str:
    if data is None:
        return "null" if flow else ""
    if not isinstance(data, str):
        return json.dumps(data)
    if "\n" in data and not flow and (block := _block(data, indent)) is not None:
        return block
    single = "'" + data.replace("'", "''") + "'"
    double = json.dumps(data, ensure_ascii=False)
    order = {"'": [single, data, double], '"': [double, data, single]}
    for written in order.get(style or "", [data, single, double]):
        if _reads_as(written, data, flow):
            return written
    return json.dumps(data)


def _reads_as(written: str, data: str, flow: bool) -> bool:
    """Tell whether a scalar is read as that text where it is to stand."""
    if "\n" in written or not written:
        return False
    try:
        if flow:
            return bool(strict_yaml.parse(f"[{written}]")[1] == [data]) and bool(
                strict_yaml.parse(f"{written}: 1")[1] == {data: 1}
            )
        return bool(strict_yaml.parse(f"a: {written}\nb: 1\n")[1] == {"a": data, "b": 1})
    except strict_yaml.YamlProblem:
        return False


def _block(data: str, indent: int) -> str | None:
    """Return a text of several lines as a block; None when a block cannot hold it."""
    if re.search(
        r"^[ \t\n]|[^\n\t -~\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\x85\u2028\u2029]",
        data,
    ):
        return None
    body = data.removesuffix("\n")
    if body.endswith("\n") or not body.strip():
        return None
    inner = " " * (indent + STEP)
    lines = [f"{inner}{line}" if line else "" for line in body.split("\n")]
    return "\n".join(["|" if data.endswith("\n") else "|-", *lines])
