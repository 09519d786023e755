"""The process that reads: `python -m reader.job`, one picture at a time, within limits.

Each line it gets names a picture and where to write the covered one; each line it answers is the
page as JSON, or why there is none. Hostile pictures meet a process without secrets in its
environment, which the system ends when it takes too much memory or time.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path
from typing import TextIO

MEMORY = 2 * 2**30  # bytes of address space; a usual picture takes a third of that
SECONDS = 90  # of the processor, for one picture
LARGEST_FILE = 64 * 2**20  # bytes that it may write


def limit_process() -> None:
    """Set the limits that hold as long as the process does."""
    os.nice(10)  # customers who write come first
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most, hard if kind == resource.RLIMIT_AS else most))


def limit_time() -> None:
    """Let the system end the process when the next picture takes too long."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (spent + SECONDS, hard))


def main() -> None:
    """Read the pictures that stdin names, until it ends."""
    # Whatever a library prints must not stand among the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)
    limit_process()

    import cv2

    from reader.engine import Engine
    from reader.reading import read_picture

    cv2.setNumThreads(1)
    engine = Engine()
    _say(answers, {"ready": True})
    for line in sys.stdin:
        asked = json.loads(line)
        limit_time()
        try:
            page = read_picture(engine, Path(asked["source"]), Path(asked["target"]))
            _say(answers, {"page": page.to_json()})
        except Exception as error:  # a broken file; the next one may be whole
            _say(answers, {"failed": type(error).__name__})


def _say(answers: TextIO, said: dict[str, object]) -> None:
    answers.write(json.dumps(said, ensure_ascii=False) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
