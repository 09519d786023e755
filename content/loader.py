"""Reads the YAML beside it, checks it line by line, and takes edits in while the bot runs."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

from content.build import build
from content.document import LARGEST, ContentError, Document, Problem
from content.model import Content
from content.references import problems_between
from infra import settings

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
    "sentences",
)
# What a file holds that need not be there: folders of older installations lack it.
_ABSENT = {"=sentences": "taught: {}\nmust_stay: {}\n"}
HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
LOOK_AGAIN = 0.02  # seconds; one turn asks many times


class ContentLibrary:
    """The content folder, kept fresh.

    `current()` re-reads the folder when a file changed. A change that does not pass the check is
    refused as a whole: the problem is logged once and the last good reading stays in force.

    A document's name is that of its topic, or `=` and that of a file beside topics/: `=phrases`.
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
        # By name, those that were right when last read: most are as they were at the next look.
        self._right: dict[str, Document] = {}

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

    def schema(self, name: str) -> dict[str, Any]:
        """Return the JSON schema of a document, with the definitions that it refers to."""
        kind = name.removeprefix("=") if name.startswith("=") else "topic"
        rules: dict[str, Any] = self._schema[kind]
        if kind == "phrases":
            rules = {
                "type": "object",
                "title": rules["title"],
                "properties": {
                    phrase: {"$ref": "#/definitions/text", "x-placeholders": placeholders}
                    for phrase, placeholders in self._placeholders.items()
                },
                "required": list(self._placeholders),
                "additionalProperties": False,
            }
        return {**rules, "definitions": self._schema["definitions"]}

    @property
    def _placeholders(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = self._schema["phrases"]["placeholders"]
        return found

    def paths(self) -> dict[str, Path]:
        """Return every document's file, by name."""
        topics = [path.stem for path in self.folder.glob("topics/*.yml")]
        return {name: self.folder / _place(name) for name in [*topics, *(f"={n}" for n in _FILES)]}

    def path(self, name: str) -> Path:
        """Return where a document's file is, or would be."""
        return self.folder / _place(name)

    def shown(self, name: str) -> str:
        """Return how people know a document's file: `content/topics/transfer.yml`."""
        return f"content/{_place(name)}"

    def text(self, name: str) -> str:
        """Return what a document's file holds now.

        Raises:
            ContentError: it cannot be read.
        """
        path, shown = self.folder / _place(name), self.shown(name)
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise ContentError([Problem(shown, 1, "这个文件指到了文件夹外面")])
        if name in _ABSENT and not path.exists():
            return _ABSENT[name]
        try:
            if path.stat().st_size > LARGEST:
                raise ContentError([Problem(shown, 1, f"文件太大：最多 {LARGEST} 字节")])
            return path.read_bytes().decode("utf8")
        except (OSError, UnicodeDecodeError) as error:
            reason = f"文件读不了：{type(error).__name__}"
            raise ContentError([Problem(shown, 1, reason)]) from None

    def load(self, instead: Mapping[str, str] | None = None) -> Content:
        """Read and check everything now.

        Args:
            instead: texts by documents' names, taken in place of what their files hold; "" is a
                topic that is not there.

        Raises:
            ContentError: with every problem found.
        """
        problems: list[Problem] = []
        documents: dict[str, Document] = {}
        gone = {name for name, text in (instead or {}).items() if not text}
        for name in sorted({*self.paths(), *(instead or {})} - gone):
            try:
                given = (instead or {}).get(name)
                text = self.text(name) if given is None else given
                known = self._right.get(name)
                if known is not None and known.text == text:
                    documents[name] = known
                else:
                    documents[name] = Document(text, self.shown(name))
                    found = documents[name].check(self.schema(name))
                    problems += found
                    if given is None and not found:
                        self._right[name] = documents[name]
            except ContentError as error:
                problems += error.problems
        if problems:
            raise ContentError(problems)
        problems = problems_between(documents, self._placeholders)
        if problems:
            raise ContentError(problems)
        return build(documents, tuple(self._schema["phrases"]["of_ticket"]))


def _place(name: str) -> str:
    """Return where a document's file stands in the folder."""
    return f"{name.removeprefix('=')}.yml" if name.startswith("=") else f"topics/{name}.yml"


library = ContentLibrary()
