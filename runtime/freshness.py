"""Tells the running server's log when it answers with an older state than the files on the disk.

The model and what it was trained from are read once, at the start; content/ is read anew by itself.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("config.yml", "domain.yml", "data/**/*")  # of a training, beside the code
EVERY = 30.0  # seconds between looks

logger = logging.getLogger(__name__)

Stamps = Mapping[Path, tuple[int, int]]


def stamps(paths: Iterable[Path]) -> Stamps:
    """Return when each file was changed and how large it is; of those that are there."""
    found = {}
    for path in paths:
        try:
            about = path.stat()
        except OSError:
            continue
        if path.is_file():
            found[path] = about.st_mtime_ns, about.st_size
    return found


class Freshness:
    """The state of the files when the server started, and what changed since it was last told."""

    def __init__(self, model: Path, root: Path = ROOT) -> None:
        self._model, self._root = model, root
        self._known = self._look()

    def _look(self) -> Stamps:
        sources = (path for pattern in SOURCES for path in self._root.glob(pattern))
        return stamps([self._model, *sources])

    def changed(self) -> list[str]:
        """Return what to do about files that changed since the last call, each change once."""
        now, before = self._look(), self._known
        self._known = now
        different = {path for path in {*now, *before} if now.get(path) != before.get(path)}
        told = []
        if self._model in different and self._model in now:
            told.append(f"{self._model.name} is newer than the model that answers: restart")
        sources = sorted(different - {self._model})
        if sources:
            shown = ", ".join(str(path.relative_to(self._root)) for path in sources[:3])
            more = f" and {len(sources) - 3} more" if len(sources) > 3 else ""
            told.append(f"{shown}{more}: changed since the start: make train, then restart")
        return told

    async def watch(self) -> None:
        """Check the files periodically, for ever, and log what to do."""
        while True:
            await asyncio.sleep(EVERY)
            for told in await asyncio.to_thread(self.changed):
                logger.warning(told)
