"""A support lead adds a topic, and the checks say what is missing and what is alike."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from content import ContentError, ContentLibrary
from nlu import check
from nlu.check import FEWEST, alike, examples, too_few
from nlu.intents import OUT_OF_SCOPE
from run import ROOT
from runtime import freshness
from runtime.freshness import Freshness

PLACE = "data/nlu/gift_card.yml"


def with_new(*texts: str) -> list[check.Example]:
    new = [(PLACE, 5 + at, "gift_card", f"- {text}") for at, text in enumerate(texts)]
    return [*examples(), *new]


def test_our_own_examples_are_enough_and_none_is_new() -> None:
    found = examples()
    assert too_few(found) == []
    assert alike(found) == []


def test_topic_with_few_examples_is_told_how_many_are_missing() -> None:
    (told,) = too_few(with_new("礼品卡怎么用", "礼品卡在哪买", "礼品卡过期了"))
    assert told.startswith(f"{PLACE}:5: 意图 gift_card 只有 3 句例句，还差 {FEWEST - 3} 句")


def test_new_examples_like_those_of_others_are_shown_out_of_scope_first() -> None:
    found = examples()

    def one_of(wanted: bool) -> str:
        fits = (
            text[2:]
            for _, _, intent, text in found
            if (intent == OUT_OF_SCOPE) == wanted and len(text) > 14
        )
        return next(fits) + "呢？"

    outside, inside = one_of(True), one_of(False)
    told = alike(with_new(inside, outside, "紫色的袋鼠在月亮上弹钢琴"))
    assert len(told) == 2
    assert told[0].startswith(f"{PLACE}:6: “{outside}” 很像 {OUT_OF_SCOPE} 的“")
    assert told[1].startswith(f"{PLACE}:5: “{inside}” 很像 ")
    assert OUT_OF_SCOPE not in told[1]


# ---- a topic's texts do not count its steps


@pytest.mark.parametrize("count", ["五步", "5步", "5 个步骤", "十二步", "两步"])
def test_text_that_counts_the_steps_itself_is_refused(tmp_path: Path, count: str) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "topics" / "forgot_password.yml"
    text = path.read_text(encoding="utf8")
    line = text[: text.index("{steps}步")].count("\n") + 1
    path.write_text(text.replace("{steps}步", count, 1), encoding="utf8")
    with pytest.raises(ContentError, match=rf"forgot_password\.yml:{line}: “.+”：步数请写成"):
        ContentLibrary(folder).load()


def test_number_of_steps_is_said_as_it_is(tmp_path: Path) -> None:
    topics = ContentLibrary(ROOT / "content").load().topics
    assert len(topics["request_refund"].steps) == 5
    assert "五步" in topics["request_refund"].answer
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "topics" / "request_refund.yml"
    text = path.read_text(encoding="utf8")
    more = "steps:\n  - title: 先看一眼\n    text: 请先看一眼。\n"
    path.write_text(text.replace("steps:\n", more, 1), encoding="utf8")
    assert "六步" in ContentLibrary(folder).load().topics["request_refund"].answer


def test_topic_without_steps_knows_no_number_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "content"
    shutil.copytree(ROOT / "content", folder, ignore=shutil.ignore_patterns("__pycache__"))
    path = folder / "topics" / "update_app.yml"
    text = path.read_text(encoding="utf8")
    path.write_text(text.replace("subject: ", "subject: 分{steps}步", 1), encoding="utf8")
    with pytest.raises(ContentError, match=r"update_app\.yml:\d+: 占位符 “\{steps\}”"):
        ContentLibrary(folder).load()


# ---- the model and the files


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A project with what `make train` looks at; training writes a line into a log."""
    (tmp_path / "runtime").mkdir()
    for name in (
        "Makefile",
        "requirements.lock",
        "requirements-reader.lock",
        "runtime/rasa_shims.py",
        "runtime/rasa_absent.py",
    ):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("config.yml", "domain.yml", "data/one.yml", "data/two.yml", "nlu/one.py"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}\n", encoding="utf8")
    python = tmp_path / "python"
    train = "echo trained >> log; mkdir -p models; touch models/assistant.tar.gz"
    python.write_text(f"#!/bin/sh\n{train}\n")
    python.chmod(0o755)
    (tmp_path / "log").write_text("")
    uv = tmp_path / ".tools" / "bin" / "uv"  # else make fetches it
    uv.parent.mkdir(parents=True)
    uv.touch()
    (tmp_path / "venv").mkdir()
    for path in (
        *tmp_path.glob("runtime/*"),
        *tmp_path.glob("*.lock"),
        tmp_path / "Makefile",
    ):
        os.utime(path, (1e9, 1e9))
    for name in (".ready", ".ready-reader", ".shims"):
        (tmp_path / "venv" / name).touch()
        os.utime(tmp_path / "venv" / name, (1.1e9, 1.1e9))
    for path in (*tmp_path.glob("*.yml"), *tmp_path.glob("data/*"), *tmp_path.glob("nlu/*")):
        os.utime(path, (1.2e9, 1.2e9))
    return tmp_path


def trainings(house: Path) -> int:
    command = ["make", "--no-print-directory", "train", "VENV=venv", "PY=./python"]
    ran = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return len((house / "log").read_text().splitlines())


def test_training_runs_when_a_file_was_changed_or_deleted_and_else_not(house: Path) -> None:
    assert trainings(house) == 1
    assert trainings(house) == 1
    (house / "data" / "two.yml").unlink()
    assert trainings(house) == 2
    assert trainings(house) == 2
    (house / "data" / "three.yml").write_text("{}\n")
    os.utime(house / "data" / "three.yml", (1.2e9, 1.2e9))  # an old file, copied here
    assert trainings(house) == 3
    assert trainings(house) == 3


def test_model_from_elsewhere_is_taken_as_it_is(house: Path) -> None:
    (house / "models").mkdir()
    (house / "models" / "assistant.tar.gz").touch()
    assert trainings(house) == 0


def test_running_server_says_that_a_restart_is_needed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    model = tmp_path / "model.tar.gz"
    for name in ("model.tar.gz", "config.yml", "data/one.yml", "data/two.yml"):
        (tmp_path / name).write_text("before", encoding="utf8")
    files = Freshness(model, tmp_path)
    assert files.changed() == []
    model.write_text("trained anew", encoding="utf8")
    assert files.changed() == ["model.tar.gz is newer than the model that answers: restart"]
    assert files.changed() == []
    (tmp_path / "data" / "one.yml").write_text("edited", encoding="utf8")
    (tmp_path / "data" / "two.yml").unlink()
    (told,) = files.changed()
    assert told.startswith("data/one.yml, data/two.yml: changed since the start: make train")
    model.unlink()  # while it is being replaced
    assert files.changed() == []


def test_server_logs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.freshness.EVERY", 0)
    model = tmp_path / "model.tar.gz"
    model.write_text("before", encoding="utf8")
    files = Freshness(model, tmp_path)
    model.write_text("trained anew", encoding="utf8")

    async def until_logged() -> None:
        logged = asyncio.Event()

        def warn(told: str) -> None:
            said.append(told)
            logged.set()

        monkeypatch.setattr(freshness.logger, "warning", warn)
        watching = asyncio.create_task(files.watch())
        await asyncio.wait_for(logged.wait(), 60)
        watching.cancel()

    said: list[str] = []
    asyncio.run(until_logged())
    assert said == ["model.tar.gz is newer than the model that answers: restart"]
