"""Calls to a platform's API: with time-outs, without redirects, and nothing of them in logs."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp

from infra.errors import AssistantError

TIMEOUT = aiohttp.ClientTimeout(total=10, sock_connect=3)
LARGEST_ANSWER = 12_000_000  # bytes; a picture is the largest
TRIES = 3  # of calls that may be repeated without harm


class Unreachable(AssistantError):
    """No answer of the platform, or none that makes sense; `sent`: it may have acted all the same.

    The text never quotes the URL, in whose query platforms want secrets.
    """

    def __init__(self, reason: str, sent: bool) -> None:
        super().__init__(reason)
        self.sent = sent


class Answer:
    """What a platform answered."""

    def __init__(self, status: int, kind: str, body: bytes) -> None:
        self.status = status
        self.kind = kind
        self.body = body

    def json_object(self) -> dict[str, Any]:
        """Return the body as an object.

        Raises:
            Unreachable: it is none.
        """
        try:
            found = json.loads(self.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Unreachable(f"HTTP {self.status} without a JSON object", sent=True)
        return found


class Client:
    """One platform's API.

    Args:
        base_url: where it is, without a path.
    """

    def __init__(self, base_url: str) -> None:
        self._base = base_url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, path: str, repeatable: bool = False, **request: Any
    ) -> Answer:
        """Call the API; `request` is aiohttp's (params, data, headers).

        Args:
            method, path: the call.
            repeatable: whether it may be made again when the answer is lost.

        Raises:
            Unreachable: refused, cut, too slow, too large, or a server error.
        """
        tries = TRIES if repeatable else 1
        for turn in range(tries):
            try:
                return await self._call(method, path, **request)
            except Unreachable:
                if turn == tries - 1:
                    raise
                await asyncio.sleep(0.2 * 2**turn)
        raise AssertionError("unreachable")

    async def _call(self, method: str, path: str, **request: Any) -> Answer:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=TIMEOUT)
        try:
            async with self._session.request(
                method, self._base + path, allow_redirects=False, **request
            ) as answer:
                body = b"".join([part async for part in _limited(answer)])
                if answer.status >= 500:
                    raise Unreachable(f"HTTP {answer.status}", sent=True)
                kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
                return Answer(answer.status, kind, body)
        except aiohttp.ClientConnectorError as error:
            raise Unreachable(type(error).__name__, sent=False) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unreachable(type(error).__name__, sent=True) from None

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None


async def _limited(answer: aiohttp.ClientResponse) -> Any:
    size = 0
    async for part in answer.content.iter_chunked(65536):
        size += len(part)
        if size > LARGEST_ANSWER:
            raise Unreachable("the answer is too large", sent=True)
        yield part
