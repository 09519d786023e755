"""Packs and unpacks models faster than Rasa does.

A model is numbers that hardly get smaller: gzip's best level takes 20 s of a training, its fastest
3 s, for a file that is 2 % larger. To check an archive before unpacking it, Rasa reads it twice;
Python's own filter checks each part as it comes.
"""

from __future__ import annotations

import tarfile
from typing import Any

import rasa.engine.storage.local_model_storage as storage

LEVEL = 1


class Archive(tarfile.TarFile):
    """A model's archive, in place of TarSafe: nothing in it leaves the folder that it goes to."""

    @classmethod
    def gzopen(cls, name: Any, mode: Any = "r", *given: Any, **named: Any) -> Any:
        """Open a compressed archive; what is written is packed fast."""
        return super().gzopen(name, mode, *given, **{"compresslevel": LEVEL, **named})

    def extractall(self, path: Any = ".", members: Any = None, **named: Any) -> None:
        """Unpack all, or raise `tarfile.FilterError`."""
        super().extractall(path, members, **{**named, "filter": "data"})  # noqa: S202  # filtered


def install() -> None:
    """Let Rasa pack and unpack models this way in this process."""
    storage.TarSafe = Archive
