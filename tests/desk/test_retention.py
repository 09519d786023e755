"""What is older than so many days is deleted; what operators do with one customer's data."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from PIL import Image

from desk import Database, Desk, Entry, TicketRequest, Transcript
from desk.customers import Customers
from desk.memory import Memory
from desk.pictures import PictureStore
from desk.quota import Quotas
from run import ROOT

NOW = time.time()
DAY = 24 * 3600.0


def wrote(
    transcript: Transcript, conversation: str, text: str, days: float, **more: object
) -> None:
    said = Entry(text[:60], "customer", text, time=NOW - days * DAY, **more)  # type: ignore[arg-type]
    transcript.add(conversation, said)


def test_old_data_goes_and_new_stays(
    database: Database, transcript: Transcript, customers: Customers, pictures: PictureStore
) -> None:
    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "PNG")
    kept = {name: pictures.keep(name, data.getvalue()).id for name in ("web-gone", "web-here")}
    old = pictures.keep("web-here", data.getvalue()).id
    wrote(transcript, "web-gone", "很久以前", 40, picture={"id": kept["web-gone"]})
    wrote(transcript, "web-here", "很久以前", 40, picture={"id": old})
    wrote(transcript, "web-here", "昨天", 1, picture={"id": kept["web-here"]})
    wrote(transcript, "web-new", "今天", 0)
    Quotas(database).open("web-gone", 5, 60)
    Memory(database).keep("web-new", {"slots": {}, "events": []})
    assert customers.expire(NOW - 30 * DAY) == 2
    assert not any(customers.export("web-gone").values())
    assert [entry.text for entry in transcript.last("web-here")] == ["昨天"]
    assert [entry.text for entry in transcript.last("web-new")] == ["今天"]
    assert pictures.find("web-gone", kept["web-gone"]) is None
    assert pictures.find("web-here", old) is None
    assert pictures.find("web-here", kept["web-here"]) is not None
    assert Memory(database).get("web-new") is not None
    assert customers.expire(NOW - 30 * DAY) == 0


def test_who_still_waits_for_a_human_keeps_everything(
    transcript: Transcript, desk: Desk, customers: Customers
) -> None:
    wrote(transcript, "web-waits", "很久以前", 40)
    ticket = desk.request(TicketRequest("web-waits", "web", "退款"))
    assert customers.expire(NOW - 30 * DAY) == 0
    desk.cancel(ticket)
    assert customers.expire(NOW - 30 * DAY) == 1
    assert transcript.last("web-waits") == []
    assert desk.get(ticket.id) is not None, "closed today"
    assert customers.expire(NOW + DAY) == 1
    assert desk.get(ticket.id) is None


def run_desk(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PYTHONWARNINGS": "ignore",
        "ENDPOINTS": "deploy/endpoints.yml",
        "DATABASE_URL": f"sqlite:///{folder / 'desk.db'}",
        "PICTURES": str(folder / "pictures"),
    }
    return subprocess.run(
        [sys.executable, "-m", "desk", *command],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_operators_export_erase_and_expire_from_the_terminal(tmp_path: Path) -> None:
    transcript = Transcript(Database(f"sqlite:///{tmp_path / 'desk.db'}"))
    wrote(transcript, "web-a", "我的退款呢", 1)
    wrote(transcript, "web-b", "很久以前", 40)
    exported = json.loads(run_desk(tmp_path, "export", "web-a").stdout)
    assert exported["messages"][0]["text"] == "我的退款呢"
    assert run_desk(tmp_path, "retention", "--days", "30").returncode == 0
    assert transcript.last("web-b") == []
    assert run_desk(tmp_path, "erase", "web-a").returncode == 0
    assert transcript.last("web-a") == []
    again = run_desk(tmp_path, "erase", "web-a")
    assert (again.returncode, "web-a" in again.stderr) == (1, True)
    assert run_desk(tmp_path, "retention", "--days", "0").returncode == 1
