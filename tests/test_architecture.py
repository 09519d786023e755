"""docs/architecture.md and README.md show the project as it is."""

from __future__ import annotations

import re

import pytest

from infra.channels import channels
from run import ROOT
from tests import rooms
from tests.repository import tracked

PAGE = rooms.PAGE.read_text(encoding="utf8")
README = (ROOT / "README.md").read_text(encoding="utf8")
CHANGES = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.partition("| To change |")[2].splitlines()[2:]
    if line.startswith("|")
]


@pytest.fixture(scope="module")
def imports() -> dict[tuple[str, str], set[str]]:
    return rooms.imports()


def test_no_room_imports_one_above_or_beside_it(imports: dict[tuple[str, str], set[str]]) -> None:
    assert imports
    up = {
        pair: files
        for pair, files in imports.items()
        if rooms.LEVEL[pair[1]] <= rooms.LEVEL[pair[0]]
    }
    assert up == {}


def test_channels_console_and_actions_are_imported_by_what_starts_them(
    imports: dict[tuple[str, str], set[str]],
) -> None:
    into = {pair: files for pair, files in imports.items() if pair[1] in rooms.DOORS}
    assert {pair for pair in into if pair[0] not in rooms.STARTS} == set()


def test_the_picture_is_that_of_the_code() -> None:
    assert rooms.drawn(PAGE) == rooms.picture(), "python -m tests.rooms draws it anew"


def test_there_are_twelve_changes() -> None:
    assert len(CHANGES) == 12


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
def test_what_a_change_touches_is_there(change: list[str]) -> None:
    _, touched, before, now = change
    paths = re.findall(r"`([^`]+)`", touched)
    assert (len(paths), before.isdigit()) == (int(now), True)
    for path in paths:
        assert list(ROOT.glob(re.sub(r"<\w+>", "*", path))), path


def test_readme_shows_every_entry_of_the_root() -> None:
    map_ = README.partition("## 房子的地图")[2].partition("\n## ")[0]
    entries = {path.relative_to(ROOT).parts[0] for path in tracked()} - {"README.md"}
    assert [name for name in sorted(entries) if f"`{name}" not in map_] == []


def test_documents_name_only_files_that_exist() -> None:
    rooms_ = {path.relative_to(ROOT).parts[0] for path in tracked(".py")} | {"web", "data", "docs"}
    file = re.compile(rf"(?<![\w./-])(?:{'|'.join(sorted(rooms_))})/[\w./-]+\.[a-z]{{2,4}}\b")
    missing = {
        f"{page.relative_to(ROOT)}: {name}"
        for page in tracked(".md")
        for name in file.findall(page.read_text(encoding="utf8"))
        if not (ROOT / name).exists()
    }
    assert missing == set()


@pytest.mark.parametrize("name", channels())
def test_every_channel_stands_where_people_look_for_it(name: str) -> None:
    channel = channels()[name]
    module = channel.source.rpartition(".")[0]
    assert module == f"channels.{name}"
    credentials = (ROOT / "credentials.yml").read_text(encoding="utf8")
    assert re.search(rf"(?m)^(# )?{re.escape(channel.source)}:", credentials)
    assert f"{name}/" in README
    if channel.delivered:  # nginx passes what is named, and nothing else
        nginx = (ROOT / "deploy" / "nginx.conf").read_text(encoding="utf8")
        assert f"location /webhooks/{name}/" in nginx
        assert (ROOT / "docs" / f"{name}.md").is_file()
