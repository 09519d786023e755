"""The running console keeps to openapi.yml, whatever it is sent and whatever happens in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.channel import OPENAPI
from run import Assistant
from tests.agent import ConsoleAgent, new_login
from tests.customer import Customer
from tests.security.test_routes import ROUTES

load_all_checks()
DESCRIPTION = yaml.safe_load(OPENAPI.read_text(encoding="utf8"))
# The studio's forms are made of content/schema.yml, and its pages have types of their own.
STUDIO = ("/content", "/edits", "/sentences", "/topics", "/trials", "/versions")


@schemathesis.serializer("image/jpeg", "image/png", "image/webp")
def as_it_is(context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf8", "replace")


@pytest.fixture(scope="module")
def lead(assistant: Assistant, state: Path) -> Iterator[ConsoleAgent]:
    agent = ConsoleAgent(assistant.url, new_login(state, role="lead"))
    yield agent
    agent.close()


@pytest.fixture(scope="module")
def description(assistant: Assistant) -> Any:
    made = schemathesis.openapi.from_dict(DESCRIPTION)
    made.config.update(base_url=f"{assistant.url}/desk/api")
    return made


# The stream never ends; who logs out, tries passwords, or locks themself, is not there for the
# other cases; a year of figures or trends takes a busy machine longer than a case may take.
api = schemathesis.pytest.from_fixture("description").exclude(
    operation_id=[
        *("events", "logOut", "logIn", "changeAccount", "resetPassword"),
        *("figuresTable", "trends"),
    ]
)


@api.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_as_described(
    case: Any, assistant: Assistant, lead: ConsoleAgent
) -> None:
    case.call_and_validate(
        base_url=f"{assistant.url}/desk/api",
        cookies=dict(lead.http.cookies),
        checks=(
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ),
    )


def test_a_whole_conversation_is_as_described(
    lead: ConsoleAgent, new_customer: Callable[[], Customer], description: Any
) -> None:
    customer = new_customer()
    customer.says("我要退款")
    customer.says("转人工")

    def holds(method: str, path: str, template: str = "", **given: Any) -> Any:
        answer = lead.http.request(method, path, **given)
        assert answer.status_code < 300, answer.text
        description[template or path][method].validate_response(answer)
        return answer.json() if answer.content else None

    holds("POST", "/available", json={"available": True})
    waiting = holds("GET", "/queue")["waiting"]
    assert waiting
    number = waiting[-1]["id"]
    one, place = f"/tickets/{number}", "/tickets/{number}"
    holds("POST", f"{one}/take", f"{place}/take")
    said = holds("POST", f"{one}/messages", f"{place}/messages", json={"id": "1", "text": "您好"})
    holds("POST", f"{one}/typing", f"{place}/typing", json={"on": True})
    holds("POST", f"{one}/notes", f"{place}/notes", json={"text": "等他发截图"})
    details = holds("GET", one, place)
    assert details["notes"]
    assert details["messages"][-1] == said["messages"][-1]
    holds("GET", f"{one}/messages?before={said['messages'][0]['seq']}", f"{place}/messages")
    said_of_it = {
        "summary": "等他发截图",
        "category": details["ticket"]["category"],
        "solved": False,
        "needless": True,
    }
    assert (
        holds("POST", f"{one}/close", f"{place}/close", json=said_of_it)["ticket"]["solved"]
        is False
    )
    solved = holds("POST", f"{one}/closing", f"{place}/closing", json={"solved": True})["ticket"]
    assert (solved["solved"], solved["summary"]) == (True, "等他发截图")
    assert solved["needless"] is True
    customer.http.post("/api/rating", json={"score": 5, "comment": "好"}).raise_for_status()
    assert holds("GET", one, place)["ticket"]["rating"] == {"score": 5, "comment": "好"}
    for path in (
        "/me",
        "/agents",
        "/replies",
        "/queue",
        "/tickets",
        "/figures",
        "/trends",
        "/audit",
    ):
        holds("GET", path)
    for path in ("/figures.csv", "/tickets.csv", "/agents.csv"):
        assert lead.http.get(path).status_code == 200


def test_every_route_of_the_console_is_described() -> None:
    described = {
        f"{method.upper()} /desk/api{path}"
        for path, methods in DESCRIPTION["paths"].items()
        for method in methods
    }
    routes = {route for routes in ROUTES.values() for route in routes if "/desk/api/" in route}
    plain = {re.sub(r"<(\w+):\w+>", r"{\1}", route) for route in routes}
    studio = {each for each in plain if each.split("/desk/api")[1].startswith(STUDIO)}
    assert described == plain - studio


def test_the_description_is_served_to_agents(lead: ConsoleAgent) -> None:
    assert lead.http.get("/openapi.json").json() == DESCRIPTION
