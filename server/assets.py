"""The built pages' files, in the smallest form that a browser reads."""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from pathlib import Path

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

# What the build compresses (web/vite.config.ts), smallest first.
_ENCODINGS = {"br": ".br", "gzip": ".gz"}


class Assets:
    """The files of a folder, read once when the server starts.

    Args:
        folder: what was built; may be missing.
        entries: further paths at which files stand: `/desk` for `/desk.html`.
    """

    def __init__(self, folder: Path, entries: Mapping[str, str]) -> None:
        every = {"/" + path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}
        self._packed = {path: file for path, file in every.items() if file.suffix in {".br", ".gz"}}
        self._files = {path: file for path, file in every.items() if path not in self._packed}
        self._entries = entries

    def __contains__(self, path: str) -> bool:
        """Tell whether a file stands at that path."""
        return self._entries.get(path, path) in self._files

    async def answer(self, request: Request) -> HTTPResponse:
        """Return the file at the request's path, which must be there."""
        path = self._entries.get(request.path, request.path)
        file = self._files[path]
        # Names of built files change with what is in them.
        kept = "max-age=31536000, immutable" if "/assets/" in path else "no-cache"
        headers = {"Cache-Control": kept}
        packed = {
            coding: self._packed[path + suffix]
            for coding, suffix in _ENCODINGS.items()
            if path + suffix in self._packed
        }
        if packed:
            headers["Vary"] = "Accept-Encoding"
            taken = _taken(request.headers.get("accept-encoding", ""))
            coding = next((each for each in packed if each in taken), None)
            if coding:
                headers["Content-Encoding"] = coding
                file = packed[coding]
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return await response.file(file, mime_type=kind, headers=headers)


def _taken(header: str) -> set[str]:
    """Return the codings that an Accept-Encoding names and does not refuse (`q=0`)."""
    taken = set()
    for part in header.lower().split(","):
        coding, _, quality = part.partition(";")
        weight = quality.strip().removeprefix("q=").strip()
        if not weight or weight.strip("0.") or not set(weight) <= set("0."):
            taken.add(coding.strip())
    return taken
