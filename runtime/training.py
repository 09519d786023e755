"""Trains a version of the model and reports on it, in a process of its own: one job, then it ends.

`python runtime/quiet.py runtime.training NUMBER WORKER`, started by a server (runtime/versions.py)
that has claimed the job and renews its lease. It takes what customers leave of the processor.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import os
import shutil
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count, islice
from pathlib import Path
from types import ModuleType

from content import ContentError, ContentLibrary
from desk.database import open_database
from desk.learning import Learning
from desk.versions import Versions
from infra import settings
from infra.errors import AssistantError
from nlu.intents import OUT_OF_SCOPE
from runtime.customer import Customer
from runtime.evaluation import WATCHED, Row, hear, load, read_rows
from runtime.explain import desk_of_its_own
from studio.conversations import (
    PATTERNS,
    Conversation,
    ConversationError,
    Patterns,
    files_in,
)
from studio.conversations import load as read
from studio.playing import Played, play
from studio.report import Answered, Compare, Compared, Report, make
from studio.shelf import Shelf, open_shelf

ROOT = Path(__file__).resolve().parent.parent
LOOK = 2.0  # seconds between looks whether the server is there
LEFT_ALONE = 3  # exit code
MESSAGES = 1_000  # of customers, that both versions answer

logger = logging.getLogger(__name__)


class NotTrained(AssistantError):
    """There is no model; the text says why, in Chinese, and names no customer's words."""


def end_with(parent: int) -> None:
    """End this process when the server has died that started it: the training is not its own."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LOOK)
        os._exit(LEFT_ALONE)

    threading.Thread(target=watch, daemon=True).start()


def snapshot(work: Path) -> None:
    """Let this process see the content as it is now, whatever is edited while it trains.

    Raises:
        NotTrained: it is broken.
    """
    folder = work / "content"
    shutil.copytree(ROOT / settings.current().content_dir, folder)
    os.environ["CONTENT_DIR"] = str(folder)
    settings.current.cache_clear()
    try:
        ContentLibrary(folder).load()
    except ContentError as error:
        raise NotTrained(f"内容有误，先改好再训练：{error.problems[0]}") from None


def train(work: Path) -> Path:
    """Train from the files; return the model's.

    Raises:
        NotTrained: Rasa made none.
    """
    if importlib.util.find_spec("matplotlib") is None:  # as in the image; Rasa only tests with it
        sys.modules.setdefault("rasa.utils.plotting", ModuleType("rasa.utils.plotting"))
    from rasa.model_training import train as rasa_train

    from runtime import archive

    archive.install()
    source = ROOT / settings.current().training_dir
    try:
        made = rasa_train(
            str(source / "domain.yml"),
            str(source / "config.yml"),
            str(source / "data"),
            output=str(work),
            fixed_model_name="model",
            core_additional_arguments={"augmentation_factor": 0},
        )
    except Exception as error:  # Rasa's many; what they say of our files is worth reading
        raise NotTrained(f"{type(error).__name__}: {error}") from error
    if made.code or not made.model:
        raise NotTrained("Rasa 没有训练出模型，请工程师看日志")
    return Path(made.model)


def to_understand() -> dict[str, list[Row]]:
    """Return the sentences that both versions shall understand, by kind."""
    file = ROOT / settings.current().training_dir / "data" / "evaluation.tsv"
    content = ContentLibrary().load()
    return {
        "own": read_rows(file) if file.exists() else [],
        "taught": [Row("", intent, text) for text, intent in content.taught.items()],
        "must_stay": [Row("", intent, text) for text, intent in content.must_stay.items()],
    }


class Written:
    """The tests that are conversations; none where they are not installed.

    Those that are known to fail tell nothing of a version; a file that no longer fits the content,
    where a lead has changed it, is left out and counted.
    """

    def __init__(self) -> None:
        folder = ROOT / settings.current().training_dir / "tests" / "conversations"
        self.conversations: list[Conversation] = []
        self.unfit = 0
        if not (folder / PATTERNS).exists():
            return
        self._patterns = Patterns(folder / PATTERNS)
        for file in files_in(folder):
            try:
                found = read(file, self._patterns)
            except ConversationError:
                self.unfit += 1
            else:
                self.conversations += [each for each in found if not each.known_failure]

    def played(self, new: Callable[[], Customer]) -> list[Played]:
        """Play them, each with another customer."""
        return [play(new(), each, self._patterns) for each in self.conversations]


Said = tuple[str, str]  # the intent that a message is taken for, and what is answered


class Voice:
    """What one version makes of everything."""

    def __init__(self, model: Path) -> None:
        self._agent = load(model)

    async def hear(self, rows: Sequence[Row]) -> list[str]:
        """Return what it takes each sentence for."""
        for row in rows:
            await hear(row, self._agent)
        return [row.predicted for row in rows]

    def play(self, written: Written) -> list[Played]:
        """Play tests with it."""
        with self._customers() as new:
            return written.played(new)

    def answer(self, conversations: Sequence[Sequence[tuple[int, str]]]) -> list[Said]:
        """Answer customers' conversations again, message by message."""
        found: list[Said] = []
        with self._customers() as new:
            for conversation in conversations:
                customer = new()
                found += [customer.repeats(text) for _, text in conversation]
        return found

    @contextmanager
    def _customers(self) -> Iterator[Callable[[], Customer]]:
        """Let customers come one after the other, each to an empty queue."""
        with desk_of_its_own(staffed=True) as desk:
            numbers = count()

            def new() -> Customer:
                for ticket in desk.waiting():
                    desk.cancel(ticket)
                return Customer(self._agent, desk, f"played-{next(numbers)}")

            yield new


def report(learning: Learning, live: Path, new: Path) -> Report:
    """Return what the new version understands and says otherwise than the one that answers."""
    groups = to_understand()
    rows = [row for found in groups.values() for row in found]
    written = Written()
    real = learning.conversations(MESSAGES)
    seqs = [seq for conversation in real for seq, _ in conversation]
    heard: list[list[str]] = []
    played: list[list[Played]] = []
    said: list[list[Said]] = []
    for model in (live, new):  # one after the other: a model takes memory
        voice = Voice(model)
        heard.append(asyncio.run(voice.hear(rows)))
        played.append(voice.play(written))
        said.append(voice.answer(real))
    understood = zip(rows, *heard, strict=True)
    by_kind = {
        kind: [
            Compared(row.text, row.intent, *both) for row, *both in islice(understood, len(found))
        ]
        for kind, found in groups.items()
    }
    return make(
        **by_kind,
        real=[
            Answered(seq, old[0], now[0], old[1] == now[1])
            for seq, old, now in zip(seqs, *said, strict=True)
        ],
        conversations=[Compare(*each) for each in zip(*played, strict=True)],
        unfit=written.unfit,
        watched=WATCHED,
        outside=OUT_OF_SCOPE,
    )


def work_on(number: int, worker: str, versions: Versions, shelf: Shelf) -> None:
    """Do the job.

    Raises:
        NotTrained: there is no model.
    """
    version = versions.get(number)
    if version is None or version.worker != worker:
        return
    work = shelf.work(number, version.attempts)
    tempfile.tempdir = str(work)  # what customers said is not left behind, if this is killed
    os.environ["RASA_CACHE_DIRECTORY"] = str(work / "cache")
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    installed = shelf.installed
    snapshot(work)
    model = train(work)
    versions.note_stage(number, worker, "comparing")
    live = versions.live(installed)
    file = shelf.file(live)
    made = report(Learning(open_database()), file if file.exists() else shelf.model, model)
    made["live"] = live
    sentences = dict(ContentLibrary().load().taught)
    shelf.put(number, model)
    if versions.finish(number, worker, sentences, made):
        shelf.remove(versions.forget({number, versions.live(installed)}))
    shutil.rmtree(work, ignore_errors=True)


def main() -> int:
    """Do the job that the command line names; return the exit code."""
    number, worker = int(sys.argv[1]), sys.argv[2]
    end_with(os.getppid())
    os.nice(settings.current().training_nice)
    versions = Versions(open_database())
    try:
        work_on(number, worker, versions, open_shelf())
    except NotTrained as error:
        versions.fail(number, worker, str(error))
    except OSError as error:
        versions.fail(number, worker, f"文件写不了：{os.strerror(error.errno or 0)}")
    except Exception as error:  # what it says may hold a customer's words
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{Path(frame.filename).name}:{frame.lineno}"
        logger.error("Training failed: %s at %s", type(error).__name__, place)
        versions.fail(number, worker, f"{type(error).__name__}（{place}），请工程师看日志")
    return 0


if __name__ == "__main__":
    sys.exit(main())
