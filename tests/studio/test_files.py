"""Files and history agree whatever happens while a lead saves."""

from __future__ import annotations

import gc
import os
import resource
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import sqlalchemy as sa

from content import ContentLibrary
from desk import Database
from desk.agents import audit
from desk.edits import Edits, edits
from run import ROOT
from studio import Changed, Editor, Unwritable
from studio.checking import sentences
from studio.files import Folder

# Where a process dies: at each line of what writes, in the file and in the database.
FILES = ("/studio/editor.py", "/studio/files.py", "/desk/edits.py")
WATCHED = {"_write", "write", "begin", "finish"}
MOST = 200  # lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    copy = tmp_path / "content"
    shutil.copytree(ROOT / "content", copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def url_of(database: Database) -> str:
    return database._engine.url.render_as_string(hide_password=False)


@pytest.fixture
def library(folder: Path) -> Iterator[ContentLibrary]:
    """Read once: processes that are forked know the files that did not change.

    What is there by now is out of the garbage collector's sight, which would look through all of it
    at each fork.
    """
    made = ContentLibrary(folder, look_again=0)
    made.current()
    sentences()
    gc.collect()
    gc.freeze()
    yield made
    gc.unfreeze()


def editor_of(url: str, library: ContentLibrary) -> Editor:
    return Editor(Edits(Database(url)), library)


def saves(editor: Editor, name: str, key: str, value: Any) -> None:
    opened = editor.open(name)
    editor.save(name, opened.version, opened.data, {**opened.data, key: value}, "lead")


def in_a_process(work: Callable[[], None]) -> int:
    """Do something in a process of its own; return how it ended, as `os.waitstatus_to_exitcode`."""
    gc.collect()
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def dies_at(line: int) -> Callable[[FrameType, str, Any], Any]:
    """Return a trace that kills the process at the so-manyth of the watched lines."""
    passed = 0

    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        nonlocal passed
        code = frame.f_code
        if code.co_name not in WATCHED or not code.co_filename.endswith(FILES):
            return None
        if event == "line":
            passed += 1
            if passed == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    return trace


def recorded(database: Database) -> list[tuple[str, str]]:
    """Return text before and after of all edits, which all have their line of the audit log."""
    with database.read() as connection:
        rows = connection.execute(edits.select().order_by(edits.c.id)).all()
        logged = connection.execute(sa.select(sa.func.count()).select_from(audit)).scalar()
    assert {row.status for row in rows} <= {"written"}
    assert logged == len(rows)
    return [(row.before, row.after) for row in rows]


@pytest.fixture
def ended(folder: Path, library: ContentLibrary, database: Database) -> Callable[[], bool]:
    """Tell whether an edit was made, whoever died: the file is whole, and the history says so."""
    file = folder / "topics" / "transfer.yml"
    before = file.read_text(encoding="utf8")

    def look() -> bool:
        editor_of(url_of(database), library).repair()  # as every process does at its start
        now = file.read_text(encoding="utf8")
        made = recorded(database)
        assert list(folder.rglob(".*.new")) == []
        assert (now != before) == bool(made)
        if made:
            assert made == [(before, now)]
            assert "新的答案。" in now
            with database.write() as connection:
                connection.execute(edits.delete())
                connection.execute(audit.delete())
            file.write_text(before, encoding="utf8")
        return bool(made)

    return look


def test_killed_at_any_line_file_and_history_agree(
    folder: Path, library: ContentLibrary, database: Database, ended: Callable[[], bool]
) -> None:
    url = url_of(database)
    database.prepare()
    opened = editor_of(url, library).open("transfer")

    def save(line: int) -> None:
        editor = editor_of(url, library)
        sys.settrace(dies_at(line))
        data = {**opened.data, "answer": "新的答案。"}
        editor.save("transfer", opened.version, opened.data, data, "lead")
        sys.settrace(None)

    made = []
    for line in range(1, MOST):
        code = in_a_process(partial(save, line))
        assert code in {0, -signal.SIGKILL}
        made.append(ended())
        if code == 0:
            break
    assert code == 0, "it got to the end before there were no more lines"
    assert made[0] is False
    assert made == sorted(made), "once the file is written, it stays so"


def test_two_who_save_at_once_lose_nothing(library: ContentLibrary, database: Database) -> None:
    url = url_of(database)
    database.prepare()
    rounds = 8

    def edit(key: str) -> None:
        editor = editor_of(url, library)
        opened = editor.open("transfer")
        for turn in range(rounds):
            data = {**opened.data, key: f"{key} {turn}。"}
            while True:
                try:
                    opened = editor.save("transfer", opened.version, opened.data, data, key)
                    break
                except Changed as changed:
                    if changed.conflicts:
                        raise
                    opened, data = changed.opened, changed.merged

    children = []
    for key in ("answer", "brief"):
        child = os.fork()
        if child == 0:
            try:
                edit(key)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    data = editor_of(url, library).open("transfer").data
    assert (data["answer"], data["brief"]) == ("answer 7。", "brief 7。")
    made = recorded(database)
    assert len(made) == 2 * rounds
    assert [after for _, after in made[:-1]] == [before for before, _ in made[1:]]


def test_another_process_that_died_with_the_lock_is_not_waited_for(
    library: ContentLibrary, database: Database
) -> None:
    url = url_of(database)
    database.prepare()

    def die() -> None:
        with Folder(library).locked():
            os.kill(os.getpid(), signal.SIGKILL)

    assert in_a_process(die) == -signal.SIGKILL
    saves(editor_of(url, library), "transfer", "answer", "新的答案。")


def test_a_file_that_cannot_be_written_is_as_it_was(folder: Path) -> None:
    file = folder / "topics" / "transfer.yml"
    before = file.read_bytes()

    def write() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
        with pytest.raises(Unwritable):
            Folder(ContentLibrary(folder)).write("transfer", "title: 新的\n" * 100)

    assert in_a_process(write) == 0
    assert file.read_bytes() == before
    assert list(folder.rglob(".*.new")) == []


def test_what_a_link_leads_to_outside_is_neither_read_nor_written(
    folder: Path, library: ContentLibrary, database: Database, tmp_path: Path
) -> None:
    outside = tmp_path / "outside.yml"
    file = folder / "topics" / "transfer.yml"
    outside.write_bytes(file.read_bytes())
    file.unlink()
    file.symlink_to(outside)
    before = outside.read_bytes()
    with pytest.raises(Unwritable):
        saves(editor_of(url_of(database), library), "transfer", "answer", "新的答案。")
    assert outside.read_bytes() == before


def test_written_file_keeps_its_rights(
    folder: Path, library: ContentLibrary, database: Database
) -> None:
    file = folder / "topics" / "transfer.yml"
    file.chmod(0o640)
    saves(editor_of(url_of(database), library), "transfer", "answer", "新的答案。")
    assert file.stat().st_mode & 0o777 == 0o640
