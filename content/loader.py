"""Reads the YAML beside it, checks it line by line, and takes edits in while the bot runs."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema
import yaml
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined]  # not in its stub's names
from yaml.resolver import Resolver

from content.build import build
from content.model import Content
from content.references import problems_between
from infra.errors import AssistantError

logger = logging.getLogger(__name__)

# The files beside topics/.
_FILES = (
    "contacts",
    "details",
    "phrases",
    "assistant",
    "desk",
    "followups",
    "danger",
    "despair",
    "facts",
    "manners",
    "outside",
)
HERE = Path(__file__).resolve().parent
LOOK_AGAIN = 0.02  # seconds; one turn asks many times
LARGEST = 500_000  # bytes of a file


class ContentError(AssistantError):
    """A content file that cannot be used; the text is `file:line: reason`, one problem a line."""


# --------------------------------------------------------------------------------------------
# Reading with line numbers


class _Document:
    """A parsed YAML file that still knows on which line each part stands."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        try:
            if path.stat().st_size > LARGEST:
                raise ContentError(f"{shown}:1: 文件太大：最多 {LARGEST} 字节")
            text = path.read_text(encoding="utf8")
        except (OSError, UnicodeDecodeError) as error:
            raise ContentError(f"{shown}:1: 文件读不了：{type(error).__name__}") from None
        try:
            loader = _StrictLoader(text)
            self._node = loader.get_single_node()
            self.data: Any = loader.construct_document(self._node) if self._node else None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            raise ContentError(f"{shown}:{line}: YAML 格式有误：{_plain(error.problem)}") from None
        except (yaml.YAMLError, ValueError) as error:  # ValueError: 2024-13-45 is no date
            raise ContentError(f"{shown}:1: YAML 格式有误：{_plain(error)}") from None
        except RecursionError:
            raise ContentError(f"{shown}:1: YAML 格式有误：{DEEP}") from None

    def line(self, path: Iterable[Any]) -> int:
        """Return the line (from 1) of the part at that path, or of its nearest parent."""
        node = self._node
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

    def problem(self, path: Iterable[Any], reason: str) -> str:
        return f"{self.shown}:{self.line(path)}: {reason}"


DEEP = "一层套一层，太深了"


def _plain(reason: object) -> str:
    """Return a reason of PyYAML's; that of too many lists in each other in our words."""
    return DEEP if "nesting depth" in str(reason) else str(reason)


class _StrictLoader(Composer, CParser, SafeConstructor, Resolver):
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
            raise yaml.MarkedYAMLError(
                problem=f"不能用引用 “*{event.anchor}”，请把内容写出来",
                problem_mark=event.start_mark,
            )
        node: yaml.Node | None = super().compose_node(parent, index)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.MarkedYAMLError(problem="名字要是文字", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"“{key.value}” 写了两次", problem_mark=key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


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
        return f"这里应是 {value}，却是 {type(error.instance).__name__}"
    if kind == "enum":
        return f"“{error.instance}” 不在可选值 {'、'.join(map(str, value))} 之中"
    if kind in {"minLength", "minItems", "minProperties"}:
        return "内容是空的或太少"
    if kind == "maxItems":
        return f"最多 {value} 项"
    return str(error.message)


def _unknown_keys(error: jsonschema.ValidationError) -> list[str]:
    known = error.schema.get("properties", {})
    return [str(name) for name in error.instance if name not in known]


def _place(error: jsonschema.ValidationError) -> list[Any]:
    """Return the path of what is wrong: of an unknown key itself, not of what holds it."""
    path = list(error.absolute_path)
    return path + _unknown_keys(error)[:1] if error.validator == "additionalProperties" else path


# --------------------------------------------------------------------------------------------
# The whole folder


class ContentLibrary:
    """The content folder, kept fresh.

    `current()` re-reads the folder when a file changed. A change that does not pass the check is
    refused as a whole: the problem is logged once and the last good reading stays in force.
    """

    def __init__(self, folder: Path | None = None, look_again: float = LOOK_AGAIN) -> None:
        """Read that folder; by default CONTENT_DIR of the environment, or the one of this file.

        Args:
            folder: where the files are.
            look_again: seconds for which the files are taken to be unchanged.
        """
        self._look_again = look_again
        self.folder = folder or Path(os.environ.get("CONTENT_DIR") or HERE)
        self._lock = threading.Lock()
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._looked = 0.0
        self._content: Content | None = None

    def current(self) -> Content:
        """Return the newest good reading.

        Raises:
            ContentError: the files are broken and there was never a good reading.
        """
        with self._lock:
            if self._content is not None and time.monotonic() - self._looked < self._look_again:
                return self._content
            self._looked = time.monotonic()
            stamp = self._stamp_now()
            if self._content is None or stamp != self._stamp:
                self._stamp = stamp
                try:
                    self._content = self.load()
                except ContentError as error:
                    if self._content is None:
                        self._stamp = ()
                        raise
                    logger.error("Edit refused, the last good content stays in force:\n%s", error)
            return self._content

    def _stamp_now(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for folder in (self.folder, self.folder / "topics"):
            with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.endswith(".yml"):
                        about = entry.stat()
                        found.append((entry.path, about.st_mtime_ns, about.st_size))
        return tuple(sorted(found))

    @cached_property
    def _schema(self) -> dict[str, Any]:
        text = (HERE / "schema.yml").read_text(encoding="utf8")
        schema: dict[str, Any] = yaml.load(text, yaml.CSafeLoader)
        return schema

    def _rules(self, kind: str) -> dict[str, Any]:
        rules: dict[str, Any] = self._schema[kind]
        if kind != "phrases":
            return rules
        text = {"$ref": "#/definitions/text"}
        return {
            "type": "object",
            "properties": dict.fromkeys(rules, text),
            "required": list(rules),
            "additionalProperties": False,
        }

    def load(self) -> Content:
        """Read and check everything now.

        Raises:
            ContentError: with every problem found, as `file:line: reason`, one a line.
        """
        problems: list[str] = []
        documents: dict[str, _Document] = {}
        paths = {path.stem: path for path in self.folder.glob("topics/*.yml")}
        kinds = {name: ("topic", path) for name, path in paths.items()}
        for name in _FILES:
            kinds["=" + name] = (name, self.folder / f"{name}.yml")
        for key, (kind, path) in sorted(kinds.items()):
            shown = f"{self.folder.name}/{path.relative_to(self.folder)}"
            if not path.resolve().is_relative_to(self.folder.resolve()):
                problems.append(f"{shown}:1: 这个文件指到了文件夹外面")
                continue
            try:
                document = _Document(path, shown)
            except ContentError as error:
                problems.append(str(error))
                continue
            schema = {**self._rules(kind), "definitions": self._schema["definitions"]}
            found = list(jsonschema.Draft7Validator(schema).iter_errors(document.data))
            problems += [document.problem(_place(error), _reason(error)) for error in found]
            if not found:
                documents[key] = document
        if problems:
            raise ContentError("\n".join(sorted(problems)))
        problems = problems_between(documents, self._schema["phrases"])
        if problems:
            raise ContentError("\n".join(sorted(problems)))
        return build(documents)


library = ContentLibrary()
