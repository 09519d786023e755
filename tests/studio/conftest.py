"""An assistant whose content may be changed, and leads who change it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from run import Assistant
from tests.agent import new_login
from tests.conftest import start_assistant
from tests.customer import Customer
from tests.studio.lead import Lead


@pytest.fixture(scope="package")
def own_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the assistant's database, content and log."""
    return tmp_path_factory.mktemp("studio")


@pytest.fixture(scope="package")
def running(own_state: Path) -> Iterator[Assistant]:
    """An assistant of these tests' own."""
    started = start_assistant(own_state)
    yield started
    started.stop()


@pytest.fixture
def content(own_state: Path, running: Assistant, tmp_path: Path) -> Iterator[Path]:
    """Its content folder, which is afterwards as before."""
    folder = own_state / "content"
    shutil.copytree(folder, tmp_path / "content")
    yield folder
    for file in folder.rglob("*.yml"):
        if not (tmp_path / "content" / file.relative_to(folder)).exists():
            file.unlink()
    for kept in (tmp_path / "content").rglob("*.yml"):
        file = folder / kept.relative_to(tmp_path / "content")
        if not file.exists() or file.read_bytes() != kept.read_bytes():
            file.write_bytes(kept.read_bytes())


@pytest.fixture
def new_lead(running: Assistant, own_state: Path, content: Path) -> Iterator[Callable[[], Lead]]:
    """Make leads, each with an account of their own."""
    made: list[Lead] = []

    def make() -> Lead:
        made.append(Lead(running.url, new_login(own_state, "组长", "lead")))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def lead(new_lead: Callable[[], Lead]) -> Lead:
    return new_lead()


@pytest.fixture
def customer(running: Assistant) -> Iterator[Customer]:
    made = Customer(running.url)
    yield made
    made.close()
