"""A content file that still knows its lines, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema
import yaml

from infra import strict_yaml
from infra.errors import AssistantError

LARGEST = 500_000  # bytes of a file


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is wrong with a file; as text it is `file:line: reason`.

    Args:
        shown: the file as people know it: `content/topics/transfer.yml`.
        line: from 1.
        reason: why, in Chinese.
        path: the keys and positions that lead to the part of the file.
    """

    shown: str
    line: int
    reason: str
    path: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        return f"{self.shown}:{self.line}: {self.reason}"


class ContentError(AssistantError):
    """Content files that cannot be used; the text has one problem a line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=str)
        super().__init__("\n".join(map(str, self.problems)))


class Document:
    """A parsed YAML file that still knows on which line each part stands.

    Args:
        text: what the file holds.
        shown: the file as people know it.

    Raises:
        ContentError: it is too large, or no strict YAML.
    """

    def __init__(self, text: str, shown: str) -> None:
        self.shown = shown
        self.text = text
        if len(text.encode("utf8", "replace")) > LARGEST:
            raise ContentError([Problem(shown, 1, f"文件太大：最多 {LARGEST} 字节")])
        try:
            self.node, self.data = strict_yaml.parse(text)
        except strict_yaml.YamlProblem as error:
            reason = f"YAML 格式有误：{error.reason}"
            raise ContentError([Problem(shown, error.line, reason)]) from None

    def line(self, path: Iterable[Any]) -> int:
        """Return the line (from 1) of the part at that path, or of its nearest parent."""
        node = self.node
        line = node.start_mark.line + 1 if node else 1
        for part in path:
            if isinstance(node, yaml.MappingNode):
                pairs = [pair for pair in node.value if pair[0].value == str(part)]
                if not pairs:
                    break
                line = int(pairs[0][0].start_mark.line) + 1
                node = pairs[0][1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                if part >= len(node.value):
                    break
                node = node.value[part]
                line = int(node.start_mark.line) + 1
            else:
                break
        return line

    def problem(self, path: Iterable[Any], reason: str) -> Problem:
        """Return what is wrong at a path."""
        path = tuple(path)
        return Problem(self.shown, self.line(path), reason, path)

    def check(self, schema: Mapping[str, Any]) -> list[Problem]:
        """Return what a JSON schema does not allow."""
        errors = jsonschema.Draft7Validator(schema).iter_errors(self.data)
        return [self._refused(_decisive(error)) for error in errors]

    def _refused(self, error: jsonschema.ValidationError) -> Problem:
        """Return what the schema does not allow; a missing name may stand there, misspelt."""
        path, reason = _place(error), _reason(error)
        if error.validator == "required":
            for name in error.validator_value:
                if name not in error.instance and (slip := strict_yaml.misspelt(self.text, name)):
                    return Problem(self.shown, slip[0], f"“{name}”：{slip[1]}", tuple(path))
        return self.problem(path, reason)


def _decisive(error: jsonschema.ValidationError) -> jsonschema.ValidationError:
    """Return why the fitting one of several forms does not fit: that of the same type."""
    if error.validator == "oneOf" and error.context:
        of_type = [each for each in error.context if each.validator != "type"]
        if of_type:
            return of_type[0]
    return error


def _reason(error: jsonschema.ValidationError) -> str:
    """Say in plain words what the schema does not allow."""
    kind, value = error.validator, error.validator_value
    if kind == "required":
        missing = [name for name in value if name not in error.instance]
        return f"缺少 “{'”、“'.join(missing)}”"
    if kind == "additionalProperties":
        known = sorted(error.schema.get("properties", {}))
        return f"不认识的项目 “{'”、“'.join(_unknown_keys(error))}”（可用：{'、'.join(known)}）"
    if kind == "type":
        colon = isinstance(error.instance, str) and re.match(r"[\w-]{1,60}[:：]", error.instance)
        hint = f"；{strict_yaml.WRONG_COLON}" if colon else ""
        return f"这里应是 {value}，却是 {type(error.instance).__name__}{hint}"
    if kind == "enum":
        return f"“{error.instance}” 不在可选值 {'、'.join(map(str, value))} 之中"
    if kind in {"minLength", "minItems", "minProperties"}:
        return "内容是空的或太少"
    if kind == "maxItems":
        return f"最多 {value} 项"
    if kind in {"minimum", "exclusiveMinimum"}:
        return f"要{'大于' if kind == 'exclusiveMinimum' else '不小于'} {value}"
    if kind == "maximum":
        return f"要不大于 {value}"
    if kind == "pattern":
        about = error.schema.get("x-pattern") or f"要符合 {value}"
        return f"“{error.instance}” 写法不对：{about}"
    return str(error.message)


def _unknown_keys(error: jsonschema.ValidationError) -> list[str]:
    known = error.schema.get("properties", {})
    return [str(name) for name in error.instance if name not in known]


def _place(error: jsonschema.ValidationError) -> list[Any]:
    """Return the path of what is wrong: of an unknown key itself, not of what holds it."""
    path = list(error.absolute_path)
    return path + _unknown_keys(error)[:1] if error.validator == "additionalProperties" else path
