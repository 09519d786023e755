"""A developer adds a form, a story and a pause: what is kept of a conversation is enough for them.

A Rasa project of its own, trained and served by plain `rasa`, on our tracker store.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
import yaml
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered

from desk import Database
from desk.memory import Memory
from infra import processes
from infra.processes import free_ports
from run import ROOT, prepare_database
from runtime.history import FEWEST, MOST, HistoryError, check, turns_needed
from runtime.tracker_store import INTERACTIVE, RecentTrackerStore
from tests import local

SLOTS = ("shop", "order", "amount", "reason")
HISTORY = 4

CONFIG = f"""
recipe: default.v1
assistant_id: form
language: en
pipeline:
  - name: KeywordIntentClassifier
policies:
  - name: MemoizationPolicy
    max_history: {HISTORY}
  - name: RulePolicy
    core_fallback_threshold: 0.1
"""

DATA = """
version: "3.1"
nlu:
  - intent: greet
    examples: |
      - hello
  - intent: refund
    examples: |
      - refund
  - intent: bye
    examples: |
      - goodbye
  - intent: chat
    examples: |
      - weather
rules:
  - rule: begin
    steps:
      - intent: refund
      - action: refund_form
      - active_loop: refund_form
  - rule: done
    condition:
      - active_loop: refund_form
    steps:
      - action: refund_form
      - active_loop: null
      - action: utter_done
  - rule: small talk in between
    condition:
      - active_loop: refund_form
    steps:
      - intent: chat
      - action: utter_chat
      - action: refund_form
      - active_loop: refund_form
  - rule: small talk
    steps:
      - intent: chat
      - action: utter_chat
stories:
  - story: who was refunded is thanked
    steps:
      - intent: greet
      - action: utter_greet
      - intent: refund
      - action: refund_form
      - active_loop: refund_form
      - active_loop: null
      - action: utter_done
      - intent: bye
      - action: utter_thanks
  - story: who was not is not
    steps:
      - intent: greet
      - action: utter_greet
      - intent: bye
      - action: utter_bye
"""


def domain() -> dict[str, Any]:
    said = {f"utter_ask_{name}": f"{name}?" for name in SLOTS}
    said |= {f"utter_{name}": name for name in ("greet", "chat", "thanks", "bye")}
    said["utter_done"] = "done {shop} {order} {amount} {reason}"

    def mapping(name: str) -> dict[str, Any]:
        asked = {"active_loop": "refund_form", "requested_slot": name}
        return {"type": "from_text", "not_intent": ["refund", "chat"], "conditions": [asked]}

    return {
        "version": "3.1",
        "intents": ["greet", "refund", "bye", "chat"],
        "slots": {
            name: {
                "type": "text",
                "influence_conversation": False,
                "mappings": [mapping(name)],
            }
            for name in SLOTS
        },
        "forms": {"refund_form": {"required_slots": list(SLOTS)}},
        "responses": {name: [{"text": text}] for name, text in said.items()},
        "session_config": {"session_expiration_time": 60, "carry_over_slots_to_new_session": True},
    }


@dataclass
class Project:
    """A developer's own project, trained."""

    folder: Path
    environment: dict[str, str]

    def rasa(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rasa", *command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("form")
    database = f"sqlite:///{folder / 'desk.db'}"
    prepare_database(database)
    endpoints = {
        "tracker_store": {
            "type": "runtime.tracker_store.RecentTrackerStore",
            "turns": HISTORY,
        },
        "event_broker": {"type": "sql", "dialect": "sqlite", "db": str(folder / "events.db")},
        "desk": {"url": database},
    }
    files = {
        "config.yml": CONFIG,
        "domain.yml": yaml.safe_dump(domain()),
        "data.yml": DATA,
        "endpoints.yml": yaml.safe_dump(endpoints),
        "credentials.yml": "rest:\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf8")
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "ENDPOINTS": str(folder / "endpoints.yml"),
        "RASA_TELEMETRY_ENABLED": "false",
    }
    made = Project(folder, environment)
    trained = made.rasa("train", "--data", "data.yml", "--quiet", "--fixed-model-name", "form")
    assert trained.returncode == 0, trained.stderr[-3000:]
    return made


@pytest.fixture(scope="module")
def url(project: Project) -> Iterator[str]:
    (port,) = free_ports(1)
    address = f"http://127.0.0.1:{port}"
    command = ["rasa", "run", "--enable-api", "-p", str(port), "--credentials", "credentials.yml"]
    log = project.folder / "log"
    with log.open("wb") as file:
        server = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=project.folder,
            env=project.environment,
            stdout=file,
            stderr=file,
        )
    try:
        until = time.monotonic() + processes.START_SECONDS
        while not answers(address):
            assert server.poll() is None, log.read_text("utf8")[-3000:]
            assert time.monotonic() < until, log.read_text("utf8")[-3000:]
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(60)


def answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return local.get(f"{url}/status").status_code == 200
    return False


def says(url: str, who: str, text: str) -> list[str]:
    sent = {"sender": who, "message": text}
    answer = local.post(f"{url}/webhooks/rest/webhook", json=sent)
    return [each["text"] for each in answer.json()]


def happens(url: str, who: str, event: str) -> None:
    answer = local.post(f"{url}/conversations/{who}/tracker/events", json={"event": event})
    assert answer.status_code == 200


FILLED = [
    ("refund", ["shop?"]),
    ("bakery", ["order?"]),
    ("A1", ["amount?"]),
    ("30", ["reason?"]),
    ("stale", ["done bakery A1 30 stale"]),
]


def test_form_of_four_slots_is_filled_and_submitted(url: str) -> None:
    for said, answered in FILLED:
        assert says(url, "plain", said) == answered


def test_form_goes_on_after_many_other_questions(url: str) -> None:
    for said, answered in FILLED[:3]:
        assert says(url, "digresses", said) == answered
    for _ in range(2 * HISTORY):
        assert says(url, "digresses", "weather") == ["chat", "amount?"]
    for said, answered in FILLED[3:]:
        assert says(url, "digresses", said) == answered


def test_policy_that_looks_back_sees_what_was_before_the_form(url: str) -> None:
    assert says(url, "looks back", "hello") == ["greet"]
    for said, answered in FILLED:
        assert says(url, "looks back", said) == answered
    assert says(url, "looks back", "goodbye") == ["thanks"]
    assert says(url, "looks no further", "hello") == ["greet"]
    assert says(url, "looks no further", "goodbye") == ["bye"]


def test_pause_lasts_until_the_conversation_is_resumed(url: str) -> None:
    assert says(url, "paused", "hello") == ["greet"]
    happens(url, "paused", "pause")
    for _ in range(HISTORY + 2):
        assert says(url, "paused", "weather") == []
    assert local.get(f"{url}/conversations/paused/tracker").json()["paused"]
    happens(url, "paused", "resume")
    assert says(url, "paused", "weather") == ["chat"]
    assert not local.get(f"{url}/conversations/paused/tracker").json()["paused"]


def test_a_form_waits_through_a_pause(url: str) -> None:
    assert says(url, "waits", "refund") == ["shop?"]
    happens(url, "waits", "pause")
    for _ in range(HISTORY + 2):
        assert says(url, "waits", "weather") == []
    happens(url, "waits", "resume")
    assert says(url, "waits", "bakery") == ["order?"]


def test_what_is_kept_of_a_conversation_has_a_limit(url: str) -> None:
    def size() -> int:
        answer = local.get(f"{url}/conversations/long/tracker?include_events=ALL")
        return len(answer.json()["events"])

    for _ in range(2 * HISTORY):
        says(url, "long", "weather")
    before = size()
    for _ in range(HISTORY):
        says(url, "long", "weather")
    assert size() == before


def test_events_are_published_as_they_happen_and_exported(project: Project, url: str) -> None:
    for said, answered in FILLED:
        assert says(url, "exported", said) == answered
    engine = sa.create_engine(f"sqlite:///{project.folder / 'events.db'}")

    def texts(kind: str) -> list[str]:
        with engine.connect() as connection:
            rows = connection.execute(sa.text("select sender_id, data from events order by id"))
            events = [yaml.safe_load(data) for sender, data in rows if sender == "exported"]
        return [event["text"] for event in events if event["event"] == kind]

    assert texts("user") == [said for said, _ in FILLED]
    ran = project.rasa("export", "--conversation-ids", "exported")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "non existent slot" not in ran.stderr
    assert texts("user") == 2 * [said for said, _ in FILLED]
    assert texts("bot") == 2 * [text for _, answered in FILLED for text in answered]
    engine.dispose()


# ---- what cannot be kept is refused at the start


def written(folder: Path, policies: str) -> Path:
    path = folder / "config.yml"
    path.write_text("recipe: default.v1\n\n" + policies, encoding="utf8")
    return path


@pytest.mark.parametrize(
    ("policies", "line"),
    [
        ("language: zh\n", 1),
        ("policies:\n", 1),
        ("policies:\n  - name: RulePolicy\n  - name: MemoizationPolicy\n", 5),
        ("policies:\n  - name: TEDPolicy\n    max_history: null\n", 5),
        (f"policies:\n  - name: TEDPolicy\n    epochs: 1\n    max_history: {MOST + 1}\n", 6),
        ("policies:\n  - name: RulePolicy\n    restrict_rules: false\n", 5),
        ("policies:\n  - name: house.policies.Ours\n", 4),
    ],
)
def test_policy_without_a_limit_is_refused_with_its_line(
    tmp_path: Path, policies: str, line: int
) -> None:
    config = written(tmp_path, policies)
    endpoints = tmp_path / "endpoints.yml"
    store = {"type": "runtime.tracker_store.RecentTrackerStore"}
    endpoints.write_text(yaml.safe_dump({"tracker_store": store}), encoding="utf8")
    with pytest.raises(HistoryError, match=rf"^config\.yml:{line}: "):
        check(endpoints, config)
    for other in (None, {"type": "SQL"}, {**store, "turns": 8}):
        endpoints.write_text(yaml.safe_dump({"tracker_store": other}), encoding="utf8")
        check(endpoints, config)


def test_as_many_turns_are_kept_as_the_policies_need(tmp_path: Path) -> None:
    assert turns_needed(ROOT / "config.yml") == FEWEST
    policies = "policies:\n  - name: RulePolicy\n  - name: MemoizationPolicy\n    max_history: 7\n"
    assert turns_needed(written(tmp_path, policies)) == 7


def test_rasa_interactive_has_the_whole_conversation_to_write_a_story_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_database(f"sqlite:///{tmp_path / 'desk.db'}")
    memory = Memory(Database(f"sqlite:///{tmp_path / 'desk.db'}"))
    store = RecentTrackerStore(Domain.from_dict(domain()), memory=memory, turns=HISTORY)

    async def kept(messages: int) -> int:
        tracker = await store.get_or_create_tracker("story")
        for _ in range(messages):
            tracker.update(UserUttered("hello", {"name": "greet", "confidence": 1.0}))
            tracker.update(ActionExecuted("action_listen"))
            await store.save(tracker)
            tracker = await store.get_or_create_tracker("story")
        return sum(isinstance(event, UserUttered) for event in tracker.events)

    assert asyncio.run(kept(2 * HISTORY)) == HISTORY
    monkeypatch.setitem(sys.modules, INTERACTIVE, ModuleType(INTERACTIVE))
    assert asyncio.run(kept(2 * HISTORY)) == 3 * HISTORY


def test_only_rasa_interactive_imports_what_it_is_known_by() -> None:
    assert importlib.util.find_spec(INTERACTIVE)
    modules = "sys, rasa.__main__, rasa.core.run, rasa.core.train"
    code = f"import {modules}; print('{INTERACTIVE}' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
