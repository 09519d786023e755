"""A route of the console: for agents who are logged in, some for leads alone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sanic.response import HTTPResponse


@dataclass(frozen=True)
class Route:
    """One route.

    Args:
        method, path: of HTTP.
        handle: gets the request, the agent and what the path names.
        lead: whether only leads may.
    """

    method: str
    path: str
    handle: Callable[..., Awaitable[HTTPResponse]]
    lead: bool = False
