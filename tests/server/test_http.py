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

from content import library
from server.app import same_host
from server.http import explain, network_of


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


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:51234", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("[::ffff:192.0.2.7]:443", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("[2001:DB8:1:2::a]:51234", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("_hidden", "_hidden"),
        ("", ""),
    ],
)
def test_who_changes_port_or_ipv6_address_is_counted_as_the_same(
    address: str, network: str
) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("https://chat.example", "chat.example", True),
        ("https://chat.example", "chat.example:443", True),
        ("https://chat.example:443", "chat.example", True),
        ("http://Chat.Example:80", "chat.example", True),
        ("http://[::1]", "[::1]:80", True),
        ("http://localhost:5005", "localhost:5005", True),
        ("http://localhost:5005", "localhost", False),
        ("https://chat.example:80", "chat.example", False),
        ("https://chat.example.evil.example", "chat.example", False),
        ("https://evil@chat.example", "chat.example", False),
        ("null", "chat.example", False),
        ("https://", "", False),
    ],
)
def test_the_page_may_write_whether_or_not_the_default_port_is_named(
    origin: str, host: str, same: bool
) -> None:
    assert same_host(origin, host) is same
