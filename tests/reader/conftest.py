"""An assistant that reads pictures, and the engine; left out where they cannot be installed."""

from __future__ import annotations

import io
import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from desk import Database
from desk.pictures import PictureStore
from desk.unread import Unread
from reader import PACKAGES, is_installed
from run import Assistant
from standins.stand_in import Person, StandIn
from tests.customer import Customer
from tests.platforms.account import Account, WeChatAccount, WeiboAccount
from tests.reader.pictures import Example, examples
from tests.reader.sheet import font_file

AnyAccount = Account[StandIn[Any], Person]
ACCOUNTS: dict[str, Callable[..., AnyAccount]] = {
    "wechat": lambda **more: WeChatAccount("safe", **more),
    "weibo": lambda **more: WeiboAccount(**more),
}
LONGEST = 900.0  # seconds that pictures may take on a machine with much else to do


def _left_out(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def what_reading_needs() -> None:
    if not is_installed():
        _left_out(
            f"{', '.join(PACKAGES)} are not installed (make setup): no wheels for this system"
        )
    if font_file() is None:
        _left_out("no Chinese font (Debian/Ubuntu: sudo apt-get install fonts-noto-cjk)")


@pytest.fixture(scope="session")
def engine() -> Any:
    from reader.engine import Engine

    return Engine()


def started(folder: Path, **more: Any) -> Iterator[dict[str, AnyAccount]]:
    """Start an assistant that reads pictures, with an account of each platform.

    `more` are settings of these.
    """
    made = {name: make(**more) for name, make in ACCOUNTS.items()}
    first, *others = made.values()
    first.start(folder, *others, reads_pictures=True)
    yield made
    first.stop()


@pytest.fixture(scope="session")
def accounts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, AnyAccount]]:
    """Of the reading assistant, which has the page, too."""
    yield from started(tmp_path_factory.mktemp("reading"))


@pytest.fixture(scope="session")
def folder(accounts: dict[str, AnyAccount]) -> Path:
    """Where the reading assistant keeps everything."""
    return accounts["wechat"].folder


@pytest.fixture(scope="session")
def assistant(accounts: dict[str, AnyAccount]) -> Assistant:
    return accounts["wechat"].assistant


@pytest.fixture
def queue(tmp_path: Path) -> Unread:
    return Unread(Database(f"sqlite:///{tmp_path / 'desk.db'}"))


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


def as_png(image: Image.Image) -> bytes:
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def example(name: str) -> Example:
    """Return one picture of the set."""
    return next(each for each in examples(name.partition("-")[0]) if each.name == name)


def stored_words(engine: Any, data: bytes) -> str:
    """Read what is legible in a stored picture."""
    from reader.layout import read_pieces

    pixels = np.ascontiguousarray(
        np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))[:, :, ::-1]
    )
    pieces, _ = read_pieces(engine, pixels)
    return "".join(piece.words.text for piece in pieces).replace(" ", "")


def sends(customer: Customer, image: Image.Image) -> list[dict[str, Any]]:
    """Send a picture from the page; return what comes back at once."""
    answer = customer.http.post(
        f"/api/pictures?id={uuid.uuid4()}",
        content=as_png(image),
        headers={"Content-Type": "image/png"},
    )
    assert answer.status_code == 200, answer.text
    messages: list[dict[str, Any]] = answer.json()["messages"]
    return messages


def hears(customer: Customer, after: list[dict[str, Any]]) -> str:
    """Wait for what is said after some messages; return its text, its buttons are pressed next."""

    def answered() -> bool:
        seq = after[-1]["seq"]
        customer.messages = customer.http.get("/api/messages", params={"after": seq}).json()[
            "messages"
        ]
        return bool(customer.messages)

    wait_until(answered)
    return customer.said


def wait_until(true: Callable[[], bool]) -> None:
    """Return when it is so; it may take as long as pictures may."""
    end = time.monotonic() + LONGEST
    while not true():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.05)
