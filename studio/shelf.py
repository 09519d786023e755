"""Where the versions' files are: one folder, each file whole or not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Collection
from functools import cached_property, lru_cache
from pathlib import Path

from infra import settings

ROOT = Path(__file__).resolve().parent.parent
WORK = ".work-"  # begins the name of a training's folder


class Shelf:
    """The folder of versions, and the installed model beside it.

    Args:
        folder: the versions'.
        model: the installed one.
    """

    def __init__(self, folder: Path, model: Path) -> None:
        self.folder = folder
        self.model = model

    @cached_property
    def installed(self) -> str:
        """What tells the installed model from every other one, as this process first saw it."""
        try:
            with open(self.model, "rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()[:32]
        except OSError:
            return "none"

    def file(self, number: int | None) -> Path:
        """Return where a version's model is; None is the installed one."""
        return self.model if number is None else self.folder / f"{number:05d}.tar.gz"

    def work(self, number: int, attempt: int) -> Path:
        """Make an empty folder for a training; what dead ones left is taken away."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for left in self.folder.glob(f"{WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        made = self.folder / f"{WORK}{number}-{attempt}"
        made.mkdir()
        return made

    def put(self, number: int, made: Path) -> None:
        """Take a model in: whoever looks for the version finds all of it or nothing."""
        with open(made, "rb") as file:
            os.fsync(file.fileno())
        made.replace(self.file(number))
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def remove(self, numbers: Collection[int]) -> None:
        """Delete versions' files."""
        for number in numbers:
            with contextlib.suppress(OSError):
                self.file(number).unlink()


@lru_cache(maxsize=1)
def open_shelf() -> Shelf:
    """Return this process's shelf, as the settings name it."""
    found = settings.current()
    return Shelf(ROOT / found.versions, ROOT / found.model)
