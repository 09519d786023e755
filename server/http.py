"""What all routes of our own have in common: JSON in, JSON out, errors as JSON."""

from __future__ import annotations

import ipaddress
import json
import logging
from typing import Any

from sanic import response
from sanic.exceptions import InvalidUsage, SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from content import library
from desk.services import AsyncPictures
from infra import metrics
from infra.errors import Code, Refused
from infra.text import clean

logger = logging.getLogger(__name__)

LONGEST_ID = 64  # characters of the id a client gives a message
LARGEST_JSON = 256 * 1024  # bytes; pictures come as themselves, and may be larger
LARGEST_NUMBER = 2**31 - 1  # of a row, in every database


def _without_port(address: str) -> str:
    """Return `::1` of `[::1]:80` and `[::1]`, `192.0.2.1` of `192.0.2.1:80`."""
    if address.startswith("["):
        inner, closed, port = address[1:].partition("]")
        tidy = closed and (not port or (port[0] == ":" and port[1:].isdecimal()))
        return inner if tidy else address
    host, colon, port = address.rpartition(":")
    return host if colon and ":" not in host and port.isdecimal() else address


def network_of(address: str) -> str:
    """Return whom a limit counts: an IPv4 address, or an IPv6 /64, which one connection gets whole.

    Args:
        address: as the socket or a proxy names it, with or without a port; what is no address
            counts as it is written.
    """
    plain = _without_port(address.strip())
    try:
        known = ipaddress.ip_address(plain.partition("%")[0])
    except ValueError:
        return plain.lower()
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))


def error(status: int, code: Code, sentence: str, **more: Any) -> HTTPResponse:
    """Return an error as all our routes do: a code for programs, a sentence for people.

    `more` stands beside it.
    """
    return response.json({"error": {"code": code, "message": sentence}, **more}, status=status)


def json_object(request: Request, refusal: str = "bad_request") -> dict[str, Any]:
    """Return a request's JSON object.

    Args:
        request: what came.
        refusal: the phrase that is said when it is none.

    Raises:
        Refused: it is none, or too large. A form of another site cannot send this content type
            unasked (CSRF).
    """
    if len(request.body) > LARGEST_JSON:
        raise Refused("too_large", library.current().say(refusal), 413)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        body = json.loads(request.body) if kind == "application/json" else None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise Refused("bad_request", library.current().say(refusal))
    return body


def picture_of(request: Request, types: set[str], limit: int) -> tuple[str, bytes]:
    """Return the id and the bytes of a picture that a client sends.

    Raises:
        Refused: another type, too large, or an id that is too long.
    """
    content = library.current()
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in types:
        phrase = "picture_pdf" if kind == "application/pdf" else "bad_picture"
        raise Refused("picture_type", content.say(phrase), 415)
    if len(request.body) > limit:
        raise Refused("picture_too_large", content.say("picture_too_large"), 413)
    number = request.args.get("id", "")
    if len(number) > LONGEST_ID:
        raise Refused("bad_request", content.say("bad_request"))
    return clean(number), request.body


async def stored_picture(
    pictures: AsyncPictures,
    conversation_id: str,
    picture_id: str,
    missing: str,
    unread: bool = False,
) -> HTTPResponse:
    """Return a stored picture.

    Args:
        pictures: the store.
        conversation_id: whose it must be.
        picture_id: the picture's.
        missing: the phrase that is said when it is not there.
        unread: whether one that is not covered yet may be seen, too: by the customer alone.

    Raises:
        Refused: it is not there, or another conversation's.
    """
    path = await pictures.find(conversation_id, picture_id)
    age = "private, max-age=86400, immutable"
    if path is None and unread:
        path = await pictures.find_unread(conversation_id, picture_id)
        age = "no-store"
    if path is None:
        raise Refused("not_found", library.current().say(missing), 404)
    kind = "image/png" if path.suffix == ".png" else "image/jpeg"
    kept = {"Cache-Control": age}
    return await response.file(path, mime_type=kind, headers=kept)


async def refuse_odd_lengths(request: Request) -> None:
    """Refuse a request whose body has no one clear length, before the body is read.

    Sanic 21.12 would read one of length -1 forever, and serve nobody else; and of two lengths take
    another than a proxy does (request smuggling).

    Raises:
        InvalidUsage: it has none.
    """
    lengths = request.headers.getall("content-length", [])
    codings = request.headers.getall("transfer-encoding", [])
    plain = all(each.isascii() and each.isdigit() and len(each) < 16 for each in lengths)
    if not plain or len(lengths) + len(codings) > 1 or codings not in ([], ["chunked"]):
        raise InvalidUsage("Bad Request")


def _failed(request: Request, status: int) -> HTTPResponse:
    """Answer an internal error in the words of the customer's page or of the agents'."""
    phrase = "desk_failed" if request.path.startswith("/desk/") else "failed"
    return error(status, "failed", library.current().say(phrase))


def answers_refusals(route: Any) -> Any:
    """Let a route's refusals, and its failures, be answered as JSON."""

    async def answered(request: Request, *args: Any, **named: Any) -> HTTPResponse:
        try:
            found: HTTPResponse = await route(request, *args, **named)
            return found
        except Refused as refusal:
            where = "desk" if request.path.startswith("/desk/") else "web"
            metrics.refused(where, refusal.code)
            answer = error(refusal.status, refusal.code, str(refusal), **refusal.more)
            if refusal.wait:
                answer.headers["Retry-After"] = str(int(refusal.wait) + 1)
            return answer
        except SanicException:
            raise
        except Exception as failure:  # its message may quote the customer
            logger.error("%s %s failed: %s", request.method, request.path, type(failure).__name__)
            return _failed(request, 500)

    answered.__name__ = route.__name__
    return answered


def explain(request: Request, failure: SanicException) -> HTTPResponse:
    """Answer what Sanic itself refuses (no such route, too large, too slow) in our own form."""
    status = getattr(failure, "status_code", 500)
    content = library.current()
    if not request or "/api/" not in request.path:
        return response.text(f"{status}\n", status=status)
    if status == 413:
        return error(413, "too_large", content.say("picture_too_large"))
    if status == 404:
        return error(404, "not_found", content.say("not_found"))
    if status == 408 or status >= 500:  # the request was fine, but took too long
        return _failed(request, status)
    answer = error(status, "bad_request", content.say("bad_request"))
    answer.headers.update(getattr(failure, "headers", None) or {})
    return answer
