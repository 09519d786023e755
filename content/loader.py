"""Reads the YAML beside it, checks it line by line, and takes edits in while the bot runs."""

from __future__ import annotations

import contextlib
import logging
import os
import re
import threading
import time
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from content.build import build
from content.model import Content
from content.references import problems_between
from infra import settings, strict_yaml
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
ROOT = HERE.parent
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
            self._node, self.data = strict_yaml.parse(text)
        except strict_yaml.YamlProblem as error:
            raise ContentError(f"{shown}:{error.line}: YAML 格式有误：{error.reason}") from None
        self.text = text

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

    def refused(self, error: jsonschema.ValidationError) -> str:
        """Return what the schema does not allow; a missing name may stand there, misspelt."""
        if error.validator == "required":
            for name in error.validator_value:
                if name not in error.instance and (slip := strict_yaml.misspelt(self.text, name)):
                    return f"{self.shown}:{slip[0]}: “{name}”：{slip[1]}"
        return self.problem(_place(error), _reason(error))


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
        """Read that folder; by default CONTENT_DIR of the environment.

        Args:
            folder: where the files are.
            look_again: seconds for which the files are taken to be unchanged.
        """
        self._look_again = look_again
        self._folder = folder
        self._lock = threading.Lock()
        self._stamp: tuple[tuple[str, int, int], ...] = ()
        self._looked = 0.0
        self._content: Content | None = None

    @property
    def folder(self) -> Path:
        """Where the files are."""
        return self._folder or ROOT / settings.current().content_dir

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
            problems += [document.refused(error) for error in found]
            if not found:
                documents[key] = document
        if problems:
            raise ContentError("\n".join(sorted(problems)))
        problems = problems_between(documents, self._schema["phrases"])
        if problems:
            raise ContentError("\n".join(sorted(problems)))
        return build(documents)


library = ContentLibrary()
