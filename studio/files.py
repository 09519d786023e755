"""Writes content files: one writer at a time, each file whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from content import ContentLibrary
from infra.errors import AssistantError

LOCK = ".editing"  # beside the files
NEW = ".new"  # ends the name of a file that is being written
PATIENCE = 10.0  # seconds that a writer waits for another
LOOK = 0.02  # seconds between looks


class Unwritable(AssistantError):
    """The folder cannot be written, or a file cannot be read; the text says why."""


class Busy(Unwritable):
    """Others were writing all the time."""


class Folder:
    """The files of one content folder. The lock ends with the process that has it."""

    def __init__(self, library: ContentLibrary) -> None:
        self._library = library

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one who writes.

        Raises:
            Busy: others were writing all the time.
            Unwritable: nobody can write here.
        """
        try:
            lock = os.open(self._library.folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise Unwritable(os.strerror(error.errno or 0)) from None
        try:
            until = time.monotonic() + PATIENCE
            while not _take(lock):
                if time.monotonic() > until:
                    raise Busy("others are writing")
                time.sleep(LOOK)
            yield
        finally:
            os.close(lock)

    def write(self, name: str, text: str) -> None:
        """Write a document's file, or delete it if the text is "".

        Whoever reads sees the old text or the new.

        Raises:
            Unwritable: it cannot be written; the file is as it was.
        """
        path = self._library.path(name).resolve()
        new = path.with_name(f".{path.name}{NEW}")
        try:
            if not text:
                path.unlink()
                return
            mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
            with open(new, "wb") as file:
                os.fchmod(file.fileno(), mode)
                file.write(text.encode("utf8"))
                file.flush()
                os.fsync(file.fileno())
            new.replace(path)
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            new.unlink(missing_ok=True)
            raise Unwritable(os.strerror(error.errno or 0)) from None

    def clean(self) -> None:
        """Take away what a process left that died while it wrote."""
        for folder in {path.parent for path in self._library.paths().values()}:
            for left in folder.glob(f".*.yml{NEW}"):
                left.unlink(missing_ok=True)

    @property
    def is_writable(self) -> bool:
        """Whether files can be written here."""
        return all(
            os.access(folder, os.W_OK)
            for folder in {path.parent for path in self._library.paths().values()}
        )


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False
