"""What Sanic refuses by itself is answered in our own words."""

from __future__ import annotations

import json

import pytest
from sanic.compat import Header
from sanic.exceptions import (
    InvalidUsage,
    MethodNotSupported,
    NotFound,
    PayloadTooLarge,
    RequestTimeout,
    SanicException,
    ServiceUnavailable,
)
from sanic.request import Request

from channels.http import explain
from content import library


@pytest.mark.parametrize(
    ("failure", "status", "code", "phrase"),
    [
        (RequestTimeout("Request Timeout"), 408, "failed", "failed"),
        (ServiceUnavailable("Response Timeout"), 503, "failed", "failed"),
        (InvalidUsage("Bad Request"), 400, "bad_request", "bad_request"),
        (MethodNotSupported("Not allowed", "PUT", ["GET"]), 405, "bad_request", "bad_request"),
        (NotFound("Not Found"), 404, "not_found", "not_found"),
        (PayloadTooLarge("Too large"), 413, "too_large", "picture_too_large"),
    ],
)
@pytest.mark.parametrize("path", ["/api/messages", "/desk/api/tickets"])
def test_refusal_says_whether_the_message_or_the_server_was_at_fault(
    path: str, failure: SanicException, status: int, code: str, phrase: str
) -> None:
    request = Request(path.encode(), Header(), "1.1", "POST", None, None)
    answer = explain(request, failure)
    assert answer.status == status
    if phrase == "failed" and path.startswith("/desk/"):
        phrase = "desk_failed"
    said = {"code": code, "message": library.current().say(phrase)}
    assert json.loads(answer.body or b"") == {"error": said}
