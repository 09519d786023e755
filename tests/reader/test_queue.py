"""The queue of pictures: nothing is lost when processes end, nothing hostile holds it up."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from channels import pictures
from channels.pictures import ReadPictures
from content import library
from desk import Database, Transcript
from desk.originals import make_key, opened
from desk.pictures import BadPicture, PictureStore
from desk.services import Services
from desk.unread import FAILED, READ, TRIES, Job, Unread, unread
from reader import Page, is_wanted, reads_here
from reader.child import Child, Unreadable
from run import ROOT
from tests.installation import write_settings
from tests.reader.conftest import as_png, wait_until
from tests.reader.pictures import Example, examples
from tests.reader.sheet import Sheet

TOGETHER = 20  # seconds


@pytest.fixture
def receipt() -> Example:
    return next(examples("bank"))


@contextmanager
def reading(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m reader` on the queue in that folder."""
    endpoints, _ = write_settings(folder)
    environment = {**os.environ, "ENDPOINTS": str(endpoints)}
    process = subprocess.Popen([sys.executable, "-m", "reader"], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)


def put(queue: Unread, store: PictureStore, data: bytes, key: str = "1") -> str:
    kept = store.keep("web-x", data, unread=True)
    queue.add("web-x", key, "web", kept.id)
    return kept.id


def finished(queue: Unread) -> Job:
    """Wait for the queue to be done with a picture."""
    wait_until(lambda: queue.waits()[0] == 0)
    (job,) = queue.take_finished(["web"], 60, TOGETHER)
    return job


def children_of(process: subprocess.Popen[bytes]) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True
    ).stdout
    return [int(each) for each in listed.split()]


def test_a_picture_is_read_although_its_readers_are_killed(
    queue: Unread, store: PictureStore, tmp_path: Path, receipt: Example
) -> None:
    number = put(queue, store, as_png(receipt.image))
    with reading(tmp_path) as first:
        wait_until(lambda: bool(children_of(first)))
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert queue.waits()[0] == 1, "it is still in the queue"
    assert store.find("web-x", number) is None, "nobody sees it before it is covered"
    with reading(tmp_path) as second:
        wait_until(lambda: bool(children_of(second)))
        os.kill(children_of(second)[0], signal.SIGKILL)  # as the system does for want of memory
        job = finished(queue)
    assert job.status in {READ, FAILED}
    assert store.find_unread("web-x", number) is None, "the original is not kept"
    assert (store.find("web-x", number) is not None) == (job.status == READ)


def test_the_original_is_kept_sealed_where_configuration_says_so(
    queue: Unread,
    store: PictureStore,
    tmp_path: Path,
    receipt: Example,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    key = tmp_path / "key.pem"
    monkeypatch.setenv("ORIGINALS_KEY", make_key(key))
    monkeypatch.setenv("ORIGINALS_DAYS", "7")
    number = put(queue, store, as_png(receipt.image))
    with reading(tmp_path):
        assert finished(queue).status == READ
    assert store.find_unread("web-x", number) is None
    ((_, data),) = opened(store, "web-x", [number], key)
    original = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), np.int16)
    sent = np.asarray(receipt.image, np.int16)
    assert np.abs(original - sent).mean() < 3, "what was sent, with nothing covered"


def test_a_stopped_reader_gives_its_picture_back(
    queue: Unread, store: PictureStore, tmp_path: Path, receipt: Example
) -> None:
    put(queue, store, as_png(receipt.image))
    with reading(tmp_path) as process:
        wait_until(lambda: bool(children_of(process)))
        process.terminate()
        assert process.wait(30) == 0
    job = queue.claim(60)
    assert job is not None, "at once, no lease has to end first"
    assert job.tries == 1, "that it was stopped does not count"


def test_a_picture_that_ends_its_readers_is_left_alone(queue: Unread) -> None:
    queue.add("web-x", "1", "web", "abc")
    for _ in range(TRIES):
        job = queue.claim(-1)  # a reader that is gone: its lease is over
        assert job is not None
    assert queue.claim(60) is None
    (failed,) = queue.take_finished(["web"], 60, TOGETHER)
    assert failed.status == FAILED


def test_one_picture_is_read_by_one_reader(queue: Unread) -> None:
    queue.add("web-x", "1", "web", "abc")
    queue.add("web-x", "1", "web", "def")  # the same message, delivered again
    job = queue.claim(60)
    assert job is not None
    assert queue.claim(60) is None
    queue.keep(job, Page().to_json())
    queue.finish(job)
    assert queue.take_finished(["wechat"], 60, TOGETHER) == [], "another channel's worker leaves it"
    (told,) = queue.take_finished(["web"], 60, TOGETHER)
    assert queue.take_finished(["web"], 60, TOGETHER) == [], "it is told once"
    queue.remove(told)
    assert queue.waits()[0] == 0


def test_pictures_of_one_customer_are_told_together(
    queue: Unread,
) -> None:
    for key, conversation in (("1", "web-x"), ("2", "web-x"), ("3", "web-y")):
        queue.add(conversation, key, "web", "abc")
    assert queue.is_first("web-x", "1")
    assert not queue.is_first("web-x", "2"), "only the first is said to be looked at"
    first, second, other = (queue.claim(60) for _ in range(3))
    assert first is not None
    assert second is not None
    assert other is not None
    for each in (first, other):
        queue.keep(each, Page().to_json())
        queue.finish(each)
    assert [each.key for each in queue.take_finished(["web"], 60, TOGETHER)] == ["3"], (
        "nobody else waits"
    )
    assert queue.take_finished(["web"], 60, TOGETHER) == []
    queue.fail(second)
    assert [each.key for each in queue.take_finished(["web"], 60, TOGETHER)] == ["1", "2"]


def test_what_was_read_waits_for_other_pictures_only_for_a_while(
    queue: Unread, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in ("1", "2"):
        queue.add("web-x", key, "web", "abc")
    job = queue.claim(60)
    assert job is not None
    queue.keep(job, Page().to_json())
    queue.finish(job)
    assert queue.take_finished(["web"], 60, TOGETHER) == []
    later = time.time() + TOGETHER + 1
    monkeypatch.setattr(time, "time", lambda: later)
    assert [each.key for each in queue.take_finished(["web"], 60, TOGETHER)] == ["1"]


def test_who_waits_too_long_with_many_pictures_is_asked_once_to_write(
    queue: Unread, store: PictureStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    for conversation, count in (("web-x", 3), ("web-y", 1)):
        for number in range(count):
            queue.add(conversation, f"{conversation}-{number}", "web", "abc")
    monkeypatch.setattr(pictures, "_channels", {"web": None})
    with database.write() as connection:
        connection.execute(unread.update().values(created_at=0.0))
    transcript = Transcript(database)
    for _ in range(2):  # nobody is asked again
        asyncio.run(ReadPictures(Services.on(database, store))._tell_late())
        for conversation in ("web-x", "web-y"):
            (asked,) = transcript.last(conversation)
            assert asked.text == library.current().say("picture_late")


def test_hostile_pictures_are_refused_and_do_not_stop_the_reader(
    tmp_path: Path, store: PictureStore, receipt: Example
) -> None:
    whole = as_png(receipt.image)
    animated = io.BytesIO()
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue")]
    frames[0].save(animated, "GIF", save_all=True, append_images=frames[1:])
    bomb = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(bomb, "PNG")
    for data in (whole[: len(whole) // 2], animated.getvalue(), bomb.getvalue(), b"%PDF-1.7 no"):
        with pytest.raises(BadPicture):
            store.keep("web-x", data, unread=True)
    child = Child()
    try:
        # What gets past that by a fault of ours meets the reading process.
        for number, data in enumerate((whole[:500], bomb.getvalue(), b"", os.urandom(5000))):
            source = tmp_path / f"{number}.png"
            source.write_bytes(data)
            with pytest.raises(Unreadable):
                child.read(source, tmp_path / "covered.jpg", lambda: None)
        source = tmp_path / "whole.png"
        source.write_bytes(whole)
        page = Page.from_json(child.read(source, tmp_path / "covered.jpg", lambda: None))
        assert receipt.values["order_number"] in page.text
    finally:
        child.stop()


def test_a_picture_twenty_times_as_long_as_wide_is_read_to_its_end(tmp_path: Path) -> None:
    sheet = Sheet(width=400)
    while sheet.y < 400 * 20 - 300:
        sheet.space(600)
    sheet.field("错误代码", "E7788")
    sheet.field("验证码", "604217")
    source, covered = tmp_path / "long.png", tmp_path / "covered.jpg"
    sheet.done(8000).save(source)
    child = Child()
    try:
        page = Page.from_json(child.read(source, covered, lambda: None))
    finally:
        child.stop()
    assert "E7788" in page.text
    assert "604217" not in page.text
    assert page.secret
    assert page.height == 20 * page.width


def test_the_reading_process_has_none_of_our_secrets(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, receipt: Example
) -> None:
    monkeypatch.setenv("ASSISTANT_SECRET", "a secret of the tests" * 3)
    source = tmp_path / "page.png"
    receipt.image.save(source)
    child = Child()
    try:
        child.read(source, tmp_path / "covered.jpg", lambda: None)
        assert child._process is not None
        seen = Path(f"/proc/{child._process.pid}/environ")
        if not seen.exists():
            pytest.skip("no /proc on this system")
        assert b"ASSISTANT_SECRET" not in seen.read_bytes()
    finally:
        child.stop()


def test_a_container_may_leave_pictures_to_a_reader_elsewhere() -> None:
    wanted = {kind: {"READ_PICTURES": kind} for kind in ("auto", "elsewhere", "off")}
    assert [is_wanted(each) for each in wanted.values()] == [True, True, False]
    assert [reads_here(each) for each in wanted.values()] == [True, False, False]
