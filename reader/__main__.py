"""`python -m reader`: has the pictures of the queue read, one a core, until it is stopped."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from pathlib import Path

from desk.database import open_database
from desk.originals import Seal, seal
from desk.pictures import PictureStore
from desk.unread import TRIES, Job, Unread
from infra import logs, settings
from infra.processes import end_like_ctrl_c
from infra.settings import SettingError, endpoint
from reader import is_installed
from reader.child import Child, Ended, Unreadable

logger = logging.getLogger(__name__)

EVERY = 0.5  # seconds between looks at an empty queue
LEASE = 15.0  # seconds of the lease on a picture, renewed while it is read
IDLE = 120.0  # idle seconds after which the models are unloaded
PAUSE = 5.0  # seconds before a database that is away is tried again
MOST = 4  # pictures at once, where nothing is set: each takes the memory of the models
ENDING = 8.0  # seconds until the readers have given their pictures back


class Reader:
    """Takes pictures from the queue, one at a time, and puts the covered ones in their place.

    Args:
        queue, pictures: where they are.
        seal: keeps the originals, where configuration says so.
        ending: set when no more is to be read; a picture that is being read goes back.
    """

    def __init__(
        self, queue: Unread, pictures: PictureStore, seal: Seal | None, ending: threading.Event
    ) -> None:
        self._queue, self._pictures, self._seal, self._ending = queue, pictures, seal, ending
        self._child = Child()
        self._used = 0.0

    def run(self) -> None:
        """Read until the end."""
        try:
            while not self._ending.is_set():
                try:
                    if not self.step():
                        self._ending.wait(EVERY)
                except Exception as error:  # the database may come back
                    logger.error("The queue of pictures failed: %s", type(error).__name__)
                    self._ending.wait(PAUSE)
        finally:
            self._child.stop()

    def step(self) -> bool:
        """Read one picture; False when there is none."""
        job = self._queue.claim(LEASE)
        if job is None:
            if self._child.is_running and time.monotonic() - self._used > IDLE:
                self._child.stop()
            return False
        self._read(job)
        self._used = time.monotonic()
        return True

    def _read(self, job: Job) -> None:
        conversation, picture = job.conversation_id, job.picture_id
        source = self._pictures.find_unread(conversation, picture)
        if source is None:  # read already, when a process was ended; or deleted
            (self._queue.finish if job.page else self._queue.fail)(job)
            return
        target = source.with_name(f"{picture}.covered.part")
        renewed = time.monotonic()

        def alive() -> None:
            nonlocal renewed
            if self._ending.is_set():
                raise Ended("no more is to be read")
            if time.monotonic() - renewed > LEASE / 3:
                self._queue.renew(job, LEASE)
                renewed = time.monotonic()

        try:
            page = self._child.read(source, target, alive)
        except Unreadable as error:
            if self._ending.is_set():
                target.unlink(missing_ok=True)
                self._queue.release(job)
                return
            logger.warning("A picture was not read: %s", error)
            target.unlink(missing_ok=True)
            if isinstance(error, Ended) and job.tries < TRIES:
                self._queue.retry(job)
                return
            self._pictures.replace_unread(conversation, picture, None)
            self._queue.fail(job)
            return
        # In this order nothing is lost where this process may be ended in between.
        self._queue.keep(job, page)
        if self._seal is not None:
            self._seal.keep(self._pictures, conversation, picture)
        self._pictures.replace_unread(conversation, picture, target)
        self._queue.finish(job)


def at_once() -> int:
    """Return how many pictures are read at the same time: READERS, or one a core."""
    return settings.current().readers or min(os.process_cpu_count() or 1, MOST)


def main() -> int:
    """Read until SIGTERM or Ctrl-C; return the exit code."""
    try:
        logs.install()
        count = at_once()
    except SettingError as error:
        print(error, file=sys.stderr)
        return 1
    if not is_installed():
        print("没有安装读图的组件 / the packages that read are not installed", file=sys.stderr)
        return 1
    end_like_ctrl_c()
    queue, pictures = Unread(open_database()), PictureStore(Path(endpoint("pictures")))
    ending = threading.Event()
    readers = [
        threading.Thread(target=Reader(queue, pictures, seal(), ending).run) for _ in range(count)
    ]
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    except KeyboardInterrupt:
        return 0
    finally:
        ending.set()
        until = time.monotonic() + ENDING
        for reader in readers:
            if reader.ident is not None:
                reader.join(max(until - time.monotonic(), 0))
    return 1  # they do not end by themselves


if __name__ == "__main__":
    sys.exit(main())
