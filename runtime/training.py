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
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType

from content import ContentError, ContentLibrary
from desk.database import open_database
from desk.learning import Learning
from desk.versions import Versions
from infra import settings
from infra.errors import AssistantError
from nlu.intents import OUT_OF_SCOPE
from runtime.evaluation import WATCHED, Row, hear, load, read_rows
from studio.report import Compared, Report, make
from studio.shelf import Shelf, open_shelf

ROOT = Path(__file__).resolve().parent.parent
LOOK = 2.0  # seconds between looks whether the server is there
LEFT_ALONE = 3  # exit code
MESSAGES = 1_000  # of customers, that are understood by both versions

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


def to_understand(learning: Learning) -> dict[str, list[Row]]:
    """Return what both versions shall understand, by kind.

    `real` is what customers wrote last; a row's group is then its position in the record.
    """
    file = ROOT / settings.current().training_dir / "data" / "evaluation.tsv"
    content = ContentLibrary().load()
    return {
        "own": read_rows(file) if file.exists() else [],
        "taught": [Row("", intent, text) for text, intent in content.taught.items()],
        "must_stay": [Row("", intent, text) for text, intent in content.must_stay.items()],
        "real": [Row(str(seq), "", text) for seq, text in learning.latest(MESSAGES)],
    }


async def understand(rows: Sequence[Row], model: Path) -> list[str]:
    """Return what a model takes each sentence for."""
    agent = load(model)
    for row in rows:
        await hear(row, agent)
    return [row.predicted for row in rows]


def report(groups: Mapping[str, Sequence[Row]], live: Path, new: Path) -> Report:
    """Return what the new version understands otherwise than the one that answers."""
    every = [(kind, row) for kind, found in groups.items() for row in found]
    rows = [row for _, row in every]
    before = asyncio.run(understand(rows, live))
    after = asyncio.run(understand(rows, new))
    found: dict[str, list[Compared]] = {kind: [] for kind in groups}
    for (kind, row), old, now in zip(every, before, after, strict=True):
        real = kind == "real"
        text, seq = ("", int(row.group)) if real else (row.text, 0)
        found[kind].append(Compared(text, row.intent, old, now, seq))
    return make(**found, watched=WATCHED, outside=OUT_OF_SCOPE)


def work_on(number: int, worker: str, versions: Versions, shelf: Shelf) -> None:
    """Do the job.

    Raises:
        NotTrained: there is no model.
    """
    version = versions.get(number)
    if version is None or version.worker != worker:
        return
    work = shelf.work(number, version.attempts)
    os.environ["RASA_CACHE_DIRECTORY"] = str(work / "cache")
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"
    installed = shelf.installed
    snapshot(work)
    model = train(work)
    versions.note_stage(number, worker, "comparing")
    live = versions.live(installed)
    file = shelf.file(live)
    found = to_understand(Learning(open_database()))
    made = report(found, file if file.exists() else shelf.model, model)
    made["live"] = live
    sentences = {row.text: row.intent for row in found["taught"]}
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
