"""Opens, checks, saves and takes back edits of content files.

The files are the truth: an edit is a file that was written anew, whole or not at all, after the
check that every edit by hand goes through, too. The database keeps who changed what; where it and
a file disagree, the file is right.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from content import Content, ContentError, ContentLibrary, Problem
from content.document import Document
from desk.edits import Edit, Edits, version_of
from infra.errors import AssistantError
from studio import forms
from studio.checking import Checker
from studio.files import Folder, Unwritable
from studio.merging import Path, changed, merge
from studio.writing import rewrite

logger = logging.getLogger(__name__)

FOUND = 100  # places at which a search ends
NEW_TOPIC = "整个话题"  # what an edit changes that makes a topic or takes it away
EXCERPT = 40  # characters before and after what was searched for


class Unknown(AssistantError):
    """There is no such document or edit."""


class Invalid(AssistantError):
    """What the check refuses; `problems` says where and why."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


class Changed(AssistantError):
    """The file is no longer what the edit began with.

    Args:
        opened: the file as it is now.
        merged: both changes together; where they contradict, the edit's.
        conflicts: the paths where they do.
    """

    def __init__(self, opened: Opened, merged: Any, conflicts: list[Path]) -> None:
        super().__init__(f"{opened.document} changed")
        self.opened = opened
        self.merged = merged
        self.conflicts = conflicts


@dataclass(frozen=True)
class Opened:
    """A document as its file holds it now.

    Args:
        document: its name.
        version: tells this text from every other one.
        data: what it holds; None when it is no YAML.
        problems: what is wrong with the content as it stands.
        last: the newest edit made here, without its texts.
        by_hand: whether the file was changed since that.
        sections: the headings among its keys; see `forms.sections`.
    """

    document: str
    version: str
    data: Any
    problems: list[Problem]
    last: Edit | None
    by_hand: bool
    sections: list[dict[str, Any]]


@dataclass(frozen=True)
class Listed:
    """A document in the list of all; `group` is its topic's category, "" of the others."""

    document: str
    title: str
    group: str
    last: Edit | None
    by_hand: bool
    problems: int


@dataclass(frozen=True)
class Found:
    """A place of the content that has the words looked for."""

    document: str
    title: str
    path: Path
    label: str
    excerpt: str


class Editor:
    """Edits of one content folder. Its calls block; several processes may have one each.

    A broken database raises `sqlalchemy.exc.SQLAlchemyError`.
    """

    def __init__(self, edits: Edits, library: ContentLibrary) -> None:
        self._edits = edits
        self._library = library
        self._folder = Folder(library)
        self._checker = Checker(library)

    # ---- looking

    def documents(self) -> list[Listed]:
        """Return every document: the topics by category, then the other files."""
        self._settle()
        newest = self._edits.newest()
        wrong = [problem.shown for problem in self._checker.now()]
        found = []
        for name in self._library.paths():
            text, data = self._read(name)
            last = newest.get(name)
            group = data.get("category", "") if not name.startswith("=") else ""
            title = self._title(name, data)
            by_hand = last is not None and last.after != text
            problems = wrong.count(self._library.shown(name))
            found.append(Listed(name, title, str(group), last, by_hand, problems))
        return found

    def search(self, words: str) -> list[Found]:
        """Return the places whose text has the words, in the order of the list."""
        found: list[Found] = []
        wanted = words.strip().lower()
        for name in self._library.paths() if wanted else ():
            data = self._read(name)[1]
            schema = self._library.schema(name)
            for path, text in _texts(data):
                at = text.lower().find(wanted)
                if at >= 0:
                    excerpt = text[max(at - EXCERPT, 0) : at + len(wanted) + EXCERPT]
                    names = forms.label(schema, path, data, self._library.current()).split(
                        forms.FURTHER
                    )
                    # A key without a title says nothing to who looks for a sentence.
                    label = forms.FURTHER.join(each for each in names if not each.isascii())
                    found.append(Found(name, self._title(name, data), path, label, excerpt))
                if len(found) == FOUND:
                    return found
        return found

    def open(self, name: str) -> Opened:
        """Return a document as it is now.

        Raises:
            Unknown: there is none of that name.
        """
        self._known(name)
        self._settle()
        text = self._text(name)
        newest = self._edits.last(name, limit=1)
        last = self._edits.get(newest[0].id) if newest else None
        by_hand = last is not None and last.after != text
        return Opened(
            name,
            version_of(text),
            self._data(name, text),
            self._checker.now(),
            last,
            by_hand,
            forms.sections(text),
        )

    def look(self, name: str, data: Any) -> tuple[Content | None, list[Problem]]:
        """Return the content as it would be with that data in a document, and what is wrong then.

        There is none when it would be refused as a whole.

        Raises:
            Unknown: there is no document of that name.
            Invalid: the file cannot be changed.
        """
        self._known(name)
        return self._checker.look(name, self._rewritten(name, self._text(name), data))

    @property
    def is_writable(self) -> bool:
        """Whether anything can be saved here."""
        return self._folder.is_writable

    def edits(self, name: str | None = None, before: int | None = None) -> list[Edit]:
        """Return the edits, newest first, without their texts."""
        return self._edits.last(name, before)

    def edit(self, number: int) -> Edit:
        """Return one edit.

        Raises:
            Unknown: there is none of that number.
        """
        found = self._edits.get(number)
        if found is None:
            raise Unknown(f"edit {number}")
        return found

    def differences(self, name: str, before: str, after: str) -> list[tuple[str, Any, Any]]:
        """Return what differs between two texts of a document: label, before and after."""
        old, new = self._data(name, before), self._data(name, after)
        schema, content = self._library.schema(name), self._library.current()
        return [
            (forms.label(schema, path, new if then is not None else old, content), now, then)
            for path, now, then in changed(old, new)
        ]

    # ---- changing

    def save(self, name: str, version: str, base: Any, data: Any, login: str) -> Opened:
        """Let a document hold that data.

        Args:
            name: the document's.
            version: of the text that the edit began with.
            base: what it held.
            data: what it shall hold.
            login: whose edit it is.

        Raises:
            Unknown: there is no document of that name.
            Changed: it was changed since.
            Invalid: the check refuses it.
            Busy, Unwritable: the file cannot be written.
        """
        self._known(name)
        with self._folder.locked():
            self._repair()
            text = self._text(name)
            if version_of(text) != version:
                opened = self.open(name)
                raise Changed(opened, *merge(base, opened.data, data))
            self._write(name, text, self._rewritten(name, text, data), login)
        return self.open(name)

    def change(self, name: str, how: Callable[[Any], Any], login: str) -> int | None:
        """Change a document's data as it is now; return the edit's number, None if nothing differs.

        Args:
            name: the document's.
            how: returns what its data shall be.
            login: whose edit it is.

        Raises:
            Unknown, Invalid, Busy, Unwritable: as `save`.
        """
        self._known(name)
        with self._folder.locked():
            self._repair()
            text = self._text(name)
            data = self._data(name, text)
            return self._write(name, text, self._rewritten(name, text, how(data)), login)

    def create(self, name: str, text: str, login: str) -> int | None:
        """Make a topic; return the edit's number.

        Raises:
            Unknown: there is one of that name already.
            Invalid, Busy, Unwritable: as `save`.
        """
        with self._folder.locked():
            self._repair()
            if name in self._library.paths():
                raise Unknown(name)
            return self._write(name, "", text, login)

    def undo(self, number: int, login: str) -> Opened | None:
        """Take an edit back, as a new edit; what was changed since elsewhere stays.

        Returns:
            The document; None when there is none any more, because it was made by that edit.

        Raises:
            Unknown: there is no such edit.
            Changed: the same parts were changed since.
            Invalid: the check refuses what that would bring back.
            Busy, Unwritable: the file cannot be written.
        """
        edit = self.edit(number)
        name = edit.document
        if edit.after:  # else it took the topic away
            self._known(name)
        with self._folder.locked():
            self._repair()
            text = self._text(name) if name in self._library.paths() else ""
            if text == edit.after:
                wanted = edit.before
            else:
                old, new = self._data(name, edit.before), self._data(name, edit.after)
                merged, conflicts = merge(new, self._data(name, text), old)
                if conflicts:
                    raise Changed(self.open(name), merged, conflicts)
                wanted = self._rewritten(name, text, merged)
            self._write(name, text, wanted, login, number)
        return self.open(name) if wanted else None

    def _write(
        self, name: str, before: str, after: str, login: str, undoes: int | None = None
    ) -> int | None:
        if before == after:
            return None
        if problems := self._checker.look(name, after)[1]:
            raise Invalid(problems)
        if before and after:
            parts = [label for label, _, _ in self.differences(name, before, after)]
        else:
            parts = [NEW_TOPIC]
        number = self._edits.begin(name, login, before, after, _listed(parts), undoes)
        try:
            self._folder.write(name, after)
        except Unwritable:
            self._edits.drop(number)
            raise
        self._edits.finish(number)
        return number

    # ---- after a death

    def repair(self) -> None:
        """Bring the record and the files together after a process died while it wrote."""
        with self._folder.locked():
            self._repair()

    def _settle(self) -> None:
        """Repair, unless somebody writes now or nothing can be written here."""
        if self._edits.unfinished():
            with contextlib.suppress(Unwritable):
                self.repair()

    def _repair(self) -> None:
        """Decide by its file whether an edit was made; who has the lock knows its maker dead."""
        self._folder.clean()
        for edit in self._edits.unfinished():
            with contextlib.suppress(ContentError):
                there = edit.document in self._library.paths()
                if (self._library.text(edit.document) if there else "") == edit.after:
                    self._edits.finish(edit.id)
                    continue
            self._edits.drop(edit.id)
            logger.warning("An edit of %s was not made: its process died", edit.document)

    # ---- reading

    def _known(self, name: str) -> None:
        if name not in self._library.paths():
            raise Unknown(name)

    def _text(self, name: str) -> str:
        try:
            return self._library.text(name)
        except ContentError as error:
            raise Unwritable(str(error)) from None

    def _data(self, name: str, text: str) -> Any:
        try:
            return Document(text, self._library.shown(name)).data
        except ContentError:
            return None

    def _read(self, name: str) -> tuple[str, Mapping[str, Any]]:
        """Return a document's text and data; a broken one's are empty."""
        try:
            text = self._library.text(name)
            data = self._data(name, text)
        except ContentError:
            return "", {}
        return text, data if isinstance(data, dict) else {}

    def _title(self, name: str, data: Mapping[str, Any]) -> str:
        if name.startswith("="):
            return str(self._library.schema(name)["title"])
        return str(data.get("title") or name)

    def _rewritten(self, name: str, text: str, data: Any) -> str:
        """Return a document's text with other data.

        Raises:
            Invalid: the text cannot be changed part by part, as it is broken.
        """
        try:
            return rewrite(text, data)
        except AssistantError as error:
            reason = f"这个文件改不了，请工程师看看：{error}"
            raise Invalid([Problem(self._library.shown(name), 1, reason)]) from None


def _listed(parts: list[str]) -> str:
    """Return the parts that changed, for people; of many the first."""
    more = f" 等 {len(parts)} 处" if len(parts) > 3 else ""
    return "、".join(dict.fromkeys(parts[:3])) + more


def _texts(data: Any, path: Path = ()) -> list[tuple[Path, str]]:
    """Return every text with its path."""
    if isinstance(data, str):
        return [(path, data)]
    pairs = (
        data.items()
        if isinstance(data, dict)
        else enumerate(data or ())
        if isinstance(data, list)
        else ()
    )
    return [each for key, value in pairs for each in _texts(value, (*path, key))]
