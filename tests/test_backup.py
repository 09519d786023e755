"""Backup and restore bring back what was said and shown, on SQLite and on PostgreSQL."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from desk import Database, Entry, Transcript
from run import ROOT
from tests.conftest import program


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_backup_brings_back_words_and_pictures(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'desk.db'}"
    else:
        program("pg_dump", "postgresql-client", *Path("/usr/lib/postgresql").glob("*/bin"))
        url = request.getfixturevalue("postgres_server").new_database()
    places = map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1:])
    environment = {
        **os.environ,
        "PATH": os.pathsep.join([*places, os.environ["PATH"]]),
        "ENDPOINTS": "deploy/endpoints.yml",
        "DATABASE_URL": url,
        "PICTURES": str(tmp_path / "pictures"),
    }

    def run(*command: str) -> str:
        ran = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        return ran.stdout.strip()

    picture = tmp_path / "pictures" / "ab" / "c.jpg"
    picture.parent.mkdir(parents=True)
    picture.write_bytes(b"a picture")
    database = Database(url)
    Transcript(database).add("web-a", Entry("1", "customer", "我的退款呢"))
    saved = run("deploy/backup.sh", str(tmp_path / "backups"))
    Transcript(database).add("web-a", Entry("2", "customer", "之后说的"))
    picture.write_bytes(b"broken")
    database.close()
    run("deploy/restore.sh", saved)
    again = Database(url)
    assert [entry.text for entry in Transcript(again).last("web-a")] == ["我的退款呢"]
    (added,) = Transcript(again).add("web-a", Entry("3", "bot", "您好"))
    assert added.seq > 1
    again.close()
    assert picture.read_bytes() == b"a picture"
    assert Path(saved).stat().st_mode & 0o077 == 0
