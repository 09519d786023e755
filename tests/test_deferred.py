"""What a server does not need is not in its memory, and is there for who uses it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from run import ROOT, Assistant


def run(code: str) -> str:
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_server_that_answers_holds_no_package_for_training(assistant: Assistant) -> None:
    maps = Path(f"/proc/{assistant.processes['server'].pid}/maps").read_text(encoding="utf8")
    assert "/numpy/" in maps
    for package in ("sklearn", "scipy", "spacy/pipeline", "pymongo"):
        assert f"/{package}/" not in maps


@pytest.mark.parametrize(
    "use",
    [
        "assert LinearSVC(C=3).get_params()['C'] == 3",
        "class Own(LinearSVC): pass\nassert Own(C=3).C == 3",
        "assert isinstance(svm.LinearSVC(), LinearSVC)",
        "assert not isinstance(3, LinearSVC)",
        "import sklearn\nassert sklearn.clone(LinearSVC(C=3)).C == 3",
    ],
)
def test_package_is_imported_when_it_is_used(use: str) -> None:
    code = f"""
import sys
import deferred
deferred.install()
from sklearn import svm
from sklearn.svm import LinearSVC
def imported():
    return "sklearn.svm._classes" in sys.modules
assert not imported()
{use}
assert imported()
"""
    run(code)


def test_package_that_does_not_exist_is_missed_when_it_is_imported() -> None:
    code = """
import deferred
deferred.install()
try:
    import sklearn_crfsuite_that_is_not_there
except ImportError:
    pass
else:
    raise SystemExit("not missed")
"""
    run(code)


def test_every_deferred_package_is_there_for_who_uses_it() -> None:
    code = """
import sys
import deferred
deferred.install()
from importlib import import_module
for name in deferred.PACKAGES:
    assert import_module(name).__spec__.origin is None, name
for name in deferred.PACKAGES:
    assert deferred._import(name).__spec__.origin, name
"""
    run(code)


def test_channel_that_is_deferred_has_its_name_and_opens() -> None:
    names = "from rasa.core.channels import BUILTIN_CHANNELS\nprint(sorted(BUILTIN_CHANNELS))"
    deferring = "import deferred, sys\ndeferred.install()\n"
    opening = """
assert "aiogram" not in sys.modules
settings = {"access_token": "1:a", "verify": "b", "webhook_url": "c"}
channel = BUILTIN_CHANNELS["telegram"].from_credentials(settings)
assert channel.name() == "telegram"
assert "aiogram" in sys.modules
"""
    assert run(deferring + names + opening) == run(names)


def test_exception_of_a_deferred_package_is_caught() -> None:
    code = """
import deferred
deferred.install()
import requests
import pymongo.errors
from requests import RequestException
assert issubclass(pymongo.errors.ConnectionFailure, Exception)
try:
    requests.get("nowhere://")
except RequestException:
    print("caught")
"""
    assert run(code) == "caught\n"


def test_spacy_that_is_deferred_but_for_its_matcher_makes_a_pipeline() -> None:
    code = """
import deferred
deferred.install()
import spacy
from spacy.matcher import Matcher
print([token.text for token in spacy.blank("en")("two words")])
"""
    assert run(code) == "['two', 'words']\n"


STORES = """
import asyncio
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.utils.endpoints import EndpointConfig
nowhere = {"url": "127.0.0.1", "port": 1, "username": "a", "password": "b", "topic": "c"}
nowhere |= {"connection_attempts": 1, "retry_delay_in_seconds": 0.1, "db": 0, "region": "d"}
async def main():
    for kind in ("pika", "kafka"):
        try:
            made = await EventBroker.create(EndpointConfig(type=kind, **nowhere))
            print(kind, type(made))
        except Exception as error:
            print(kind, type(error))
    for kind in ("mongod", "dynamo", "redis"):
        there = {**nowhere, "url": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=300"}
        there |= {"db": "e", "tablename": "f"} if kind != "redis" else {}
        try:
            made = TrackerStore.create(EndpointConfig(type=kind, **there), Domain.empty())
            print(kind, type(made))
        except Exception as error:
            print(kind, type(error))
asyncio.run(main())
"""


def test_stores_and_brokers_of_others_are_made_and_missed_as_without_deferring() -> None:
    found = run("import deferred\ndeferred.install()\n" + STORES)
    assert found == run(STORES)
    assert found.count("ConnectionException") == 3
