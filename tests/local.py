"""HTTP to servers on this machine: as httpx, but patient on a busy one.

And without the world's certificates, which cost each client 50 ms to read.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import httpx

PATIENCE = 60.0  # seconds for an answer


class Client(httpx.Client):
    """httpx's, with other defaults."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"timeout": PATIENCE, "verify": False, **options})


def request(method: str, url: str, **options: Any) -> httpx.Response:
    """Ask once; options are those of httpx.request."""
    return httpx.request(method, url, **{"timeout": PATIENCE, "verify": False, **options})


get, post, put = partial(request, "GET"), partial(request, "POST"), partial(request, "PUT")
