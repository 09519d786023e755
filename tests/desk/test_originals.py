"""Originals of pictures: kept sealed where configuration says so, opened by leads with the key."""

from __future__ import annotations

import asyncio
import base64
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from PIL import Image

from desk import Agents, Database, Desk, Entry, TicketRequest, Transcript, originals
from desk.clock import Watch
from desk.customers import Customers
from desk.originals import DAY, Seal, WrongKey, make_key, opened
from desk.pictures import PictureStore
from desk.services import Services
from infra import settings
from infra.settings import SettingError
from run import ROOT
from tests.agent import PASSWORD, new_login

FROM = "web-x"


def a_picture(colour: str = "teal") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(written, "PNG")
    return written.getvalue()


def sealed_with(key: Path) -> Seal:
    raw = base64.b64decode(make_key(key))
    return Seal(X25519PublicKey.from_public_bytes(raw))


def covers(store: PictureStore, conversation: str, seal: Seal | None) -> str:
    """Keep a picture and cover it, as the reader does; return its id."""
    kept = store.keep(conversation, a_picture(), unread=True)
    if seal is not None:
        seal.keep(store, conversation, kept.id)
    unread = store.find_unread(conversation, kept.id)
    assert unread is not None
    covered = unread.with_name(f"{kept.id}.covered.part")
    Image.new("RGB", (40, 30), "grey").save(covered, "JPEG")
    store.replace_unread(conversation, kept.id, covered)
    return kept.id


def clears(database: Database, store: PictureStore) -> None:
    """Let the clock look at what is kept."""
    asyncio.run(Watch(Services.on(database, store)).clear())


@pytest.fixture
def store(tmp_path: Path) -> PictureStore:
    return PictureStore(tmp_path / "pictures")


def test_only_the_private_key_opens_what_is_kept(store: PictureStore, tmp_path: Path) -> None:
    seal = sealed_with(tmp_path / "key.pem")
    picture = covers(store, FROM, seal)
    path = store.find_original(FROM, picture)
    assert path is not None
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(path)
    ((found, data),) = opened(store, FROM, [picture], tmp_path / "key.pem")
    assert found == picture
    colour = Image.open(io.BytesIO(data)).getpixel((5, 5))
    assert colour == pytest.approx((0, 128, 128), abs=4), "as it was before it was covered"
    sealed_with(tmp_path / "other.pem")
    with pytest.raises(WrongKey):
        list(opened(store, FROM, [picture], tmp_path / "other.pem"))
    (tmp_path / "none.pem").write_text("no key", encoding="utf8")
    with pytest.raises(WrongKey):
        list(opened(store, FROM, [picture], tmp_path / "none.pem"))
    assert (tmp_path / "key.pem").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        make_key(tmp_path / "key.pem")


def test_an_original_in_anothers_place_does_not_open(store: PictureStore, tmp_path: Path) -> None:
    seal = sealed_with(tmp_path / "key.pem")
    mine, theirs = covers(store, FROM, seal), covers(store, "web-y", seal)
    one, other = store.find_original(FROM, mine), store.find_original("web-y", theirs)
    assert one is not None
    assert other is not None
    other.write_bytes(one.read_bytes())
    with pytest.raises(WrongKey):
        list(opened(store, "web-y", [theirs], tmp_path / "key.pem"))


def test_by_default_none_is_kept(store: PictureStore) -> None:
    assert settings.read({}).originals_days == 0
    assert originals.seal() is None
    picture = covers(store, FROM, originals.seal())
    assert store.find_original(FROM, picture) is None


def test_who_keeps_them_needs_a_key(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="ORIGINALS_KEY"):
        settings.check({"ORIGINALS_DAYS": "7"})
    public = make_key(tmp_path / "key.pem")
    assert settings.check({"ORIGINALS_DAYS": "7", "ORIGINALS_KEY": public}).originals_days == 7
    for wrong in (public[:-2], "x" * 44, public + "A"):
        with pytest.raises(SettingError, match="ORIGINALS_KEY"):
            settings.read({"ORIGINALS_KEY": wrong})


def test_they_go_after_their_days_with_the_message_and_with_the_customer(
    store: PictureStore,
    database: Database,
    transcript: Transcript,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    public = make_key(tmp_path / "key.pem")
    monkeypatch.setenv("ORIGINALS_DAYS", "7")
    monkeypatch.setenv("ORIGINALS_KEY", public)
    settings.current.cache_clear()
    seal = originals.seal()
    old, new = covers(store, FROM, seal), covers(store, FROM, seal)
    path = store.find_original(FROM, old)
    assert path is not None
    eight = time.time() - 8 * DAY
    os.utime(path, (eight, eight))
    clears(database, store)
    assert store.find_original(FROM, old) is None
    assert store.find(FROM, old) is not None, "the covered one stays"
    assert store.find_original(FROM, new) is not None

    said = Entry("k", "customer", "很久以前", time=time.time() - 40 * DAY, picture={"id": new})
    transcript.add(FROM, said, Entry("now", "customer", "今天"))
    customers = Customers(database, store)
    customers.expire(time.time() - 30 * DAY)
    assert store.find_original(FROM, new) is None

    last = covers(store, "web-z", seal)
    customers.erase("web-z")
    assert store.find_original("web-z", last) is None

    unwanted = covers(store, FROM, seal)
    monkeypatch.delenv("ORIGINALS_DAYS")
    settings.current.cache_clear()
    clears(database, store)
    assert store.find_original(FROM, unwanted) is None, "who keeps none any more has none"


def opens(folder: Path, ticket: str, login: str, password: str = PASSWORD, **more: str) -> str:
    """Open a ticket's originals at the terminal; return what is wrong, "" when nothing is."""
    options = {"key": str(folder / "key.pem"), "why": "客户报警要用", "to": str(folder / "out")}
    command = [f"--{name}={value}" for name, value in {**options, **more}.items()]
    ran = subprocess.run(
        [sys.executable, "-m", "desk", "originals", ticket, f"--login={login}", *command],
        cwd=ROOT,
        env={
            **os.environ,
            "PYTHONWARNINGS": "ignore",
            "ENDPOINTS": "deploy/endpoints.yml",
            "DATABASE_URL": f"sqlite:///{folder / 'desk.db'}",
            "PICTURES": str(folder / "pictures"),
        },
        input=password,
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if ran.returncode == 0 else ran.stderr


def test_a_lead_opens_them_and_the_audit_log_says_so(store: PictureStore, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'desk.db'}")
    picture = covers(store, FROM, sealed_with(tmp_path / "key.pem"))
    Transcript(database).add(FROM, Entry("k", "customer", "图", picture={"id": picture}))
    ticket = Desk(database).request(TicketRequest(FROM, "web", "退款")).number
    lead, agent = new_login(database, role="lead"), new_login(database)
    assert "组长" in opens(tmp_path, ticket, agent)
    assert "组长" in opens(tmp_path, ticket, lead, "not the password")
    assert "原因" in opens(tmp_path, ticket, lead, why=" ")
    assert "原因" in opens(tmp_path, "K999999", lead)
    sealed_with(tmp_path / "other.pem")
    assert "另一把" in opens(tmp_path, ticket, lead, key=str(tmp_path / "other.pem"))
    assert not (tmp_path / "out").exists()
    audit = Agents(database)
    assert audit.audit_log(action="open originals") == []

    assert opens(tmp_path, ticket, lead) == ""
    (written,) = (tmp_path / "out").iterdir()
    assert Image.open(written).size == (40, 30)
    (entry,) = audit.audit_log(action="open originals")
    assert (entry.login, entry.detail) == (lead, "1: 客户报警要用")
    assert f"K{entry.ticket_id:06}" == ticket
