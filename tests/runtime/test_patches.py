"""What runtime/patches.py puts in the place of Rasa's own decides as Rasa's own does."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from hypothesis import given, settings
from hypothesis import strategies as some
from jsonschema import ValidationError
from rasa.core.actions.action import RemoteAction
from rasa.shared.core.events import Event
from rasa.shared.exceptions import YamlException
from rasa.shared.utils.common import all_subclasses
from rasa.shared.utils.schemas.events import EVENTS_SCHEMA
from rasa.utils.endpoints import EndpointConfig

from run import ROOT
from runtime import patches


def test_rules_remembered_decide_as_rules_looked_up() -> None:
    seed = str(random.randrange(10**6))
    ran = subprocess.run(
        [sys.executable, "runtime/quiet.py", "tests.runtime.compare_rules", seed],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, f"seed {seed}: {ran.stderr[-3000:]}"
    compared, remembered = map(int, ran.stdout.split()[-2:])
    assert compared > 500
    assert remembered > 50, "nothing was remembered, so nothing was compared"


# ---- what the action server answers

KINDS = [each["properties"]["event"]["const"] for each in EVENTS_SCHEMA["items"]["oneOf"]]
ANYTHING = some.sampled_from([None, True, 0, 1.5, "", "x", [], {}, [{}], {"name": "x"}])
OPTIONAL = ("timestamp", "metadata", "name", "value", "entities", "text", "parse_data")
EVENTS = some.fixed_dictionaries(
    {},
    optional={
        "event": some.sampled_from([*KINDS, "slto", "SLOT", 3, None]),
        **dict.fromkeys(
            ("timestamp", "metadata", "name", "value", "entities", "text", "parse_data"), ANYTHING
        ),
    },
)
RESULTS = some.one_of(
    ANYTHING,
    some.fixed_dictionaries(
        {},
        optional={
            "events": some.one_of(ANYTHING, some.lists(some.one_of(EVENTS, ANYTHING), max_size=3)),
            "responses": some.one_of(ANYTHING, some.lists(ANYTHING, max_size=2)),
            "error": ANYTHING,
        },
    ),
)


def verdict(check: Any, result: Any) -> str:
    try:
        return str(check(RemoteAction("action_answer", None), result))
    except ValidationError as error:
        return error.message


@settings(deadline=None, max_examples=60)
@given(RESULTS)
def test_answer_of_the_action_server_is_taken_and_refused_as_by_rasa(result: Any) -> None:
    theirs = verdict(patches._own_validate, result)
    assert verdict(patches._validate, result) == theirs


@pytest.mark.parametrize(
    ("result", "taken"),
    [
        ({"events": []}, True),
        ({}, True),
        ({"events": [{"event": "slto"}], "responses": []}, False),
        ({"events": [{"event": "slot", "name": "topic"}]}, False),
        ({"events": [{"event": "slot", "name": "topic", "value": None}]}, True),
    ],
)
def test_answers_that_were_once_judged_wrongly(result: Any, taken: bool) -> None:
    assert (verdict(patches._validate, result) == "True") is taken


def test_ordinary_answer_is_taken_without_the_schemas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "_own_validate", lambda *given: pytest.fail("schemas"))
    event = {"event": "slot", "timestamp": None, "name": "topic", "value": "x"}
    answer = {"events": [event, {"event": "restart"}], "responses": [{"text": "x"}]}
    assert patches._validate(RemoteAction("action_answer", None), answer)


# ---- events, endpoints, sessions, garbage


def test_events_are_found_by_name_as_by_rasa() -> None:
    for kind in [*all_subclasses(Event), Event]:
        try:
            theirs = patches._own_event_type(kind.type_name)
        except ValueError:
            with pytest.raises(ValueError, match="Unknown event"):
                patches._event_type(kind.type_name)
        else:
            assert patches._event_type(kind.type_name) is theirs
    assert patches._event_type("topic") is None
    assert patches._event_type("unheard_of", Event) is Event
    with pytest.raises(ValueError, match="Unknown event"):
        patches._event_type("unheard_of")


def test_changed_endpoints_are_read_again(tmp_path: Path) -> None:
    file = tmp_path / "endpoints.yml"
    file.write_text("action_endpoint:\n  url: http://one\n")
    first = patches._config(file)
    first["action_endpoint"]["url"] = "changed by who got it"
    assert patches._config(file) == patches._own_read_config(file)
    file.write_text("action_endpoint:\n  url: http://two-and-longer\n")
    assert patches._config(file)["action_endpoint"]["url"] == "http://two-and-longer"
    file.write_text("- a list\n")
    with pytest.raises(YamlException):
        patches._config(file)


def test_connection_is_kept_and_cookies_are_not() -> None:
    seen: list[tuple[object, str | None]] = []

    async def webhook(request: web.Request) -> web.Response:
        seen.append((request.transport, request.headers.get("Cookie")))
        answer = web.json_response({"events": []})
        answer.set_cookie("who", "another customer")
        return answer

    async def talk() -> None:
        app = web.Application()
        app.router.add_post("/webhook", webhook)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/webhook"
        endpoint = EndpointConfig(url)
        for _ in range(2):
            async with (
                patches._session(endpoint) as session,
                session.post(url, json={}) as answer,
            ):
                assert await answer.json() == {"events": []}
        await session.close()
        await runner.cleanup()

    asyncio.run(talk())
    assert seen[0][0] is seen[1][0]
    assert [cookie for _, cookie in seen] == [None, None]


@pytest.mark.parametrize(
    ("command", "collects"),
    [("rasa run actions", True), ("rasa train", True), ("rasa run", False), ("rasa shell", False)],
)
def test_garbage_waits_only_for_a_model_to_be_loaded(command: str, collects: bool) -> None:
    code = f"""
import gc, sys
sys.argv = ["runtime/quiet.py", *{command.split()!r}]
from runtime import quiet
print(gc.isenabled())
"""
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert ran.stdout.strip() == str(collects)
