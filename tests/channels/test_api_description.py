"""The running server keeps to openapi.yml, whatever it is sent."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from run import Assistant
from tests.customer import Customer

load_all_checks()


@schemathesis.serializer("image/jpeg", "image/png", "image/webp")
def as_it_is(context: Any, value: Any) -> Any:
    return value if isinstance(value, bytes) else str(value).encode("utf8", "replace")


@pytest.fixture(scope="module")
def description(assistant: Assistant) -> Any:
    return schemathesis.openapi.from_url(f"{assistant.url}/api/openapi.json")


# The stream never ends; tests/channels/test_web.py listens to it.
api = schemathesis.pytest.from_fixture("description").exclude(operation_id="listen")


@api.parametrize()
@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
def test_whatever_is_sent_the_answer_is_as_described(case: Any, assistant: Assistant) -> None:
    customer = Customer(assistant.url)
    case.call_and_validate(
        base_url=assistant.url,
        cookies=dict(customer.http.cookies),
        checks=(
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
            negative_data_rejection,
        ),
    )
    customer.close()
