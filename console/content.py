"""The content at the console: what leads read, check, save and take back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import unquote

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.requests import bad_request, number_of, plain_text, refuse
from console.routes import Route
from console.shown import Json
from content import Problem, library
from desk import Agent, Entry
from desk.edits import Edit
from desk.services import Services
from infra.channels import channels, preview_of
from infra.text import clean
from server.http import json_object
from studio import Busy, Changed, Editor, Invalid, Opened, Unknown, Unwritable, forms, preview
from studio.checking import sentences

LONGEST_PATH = 12  # keys and positions
LONGEST_WORDS = 100  # characters that are searched for


class ContentRoutes:
    """The leads' routes for the content. A document's name is that of `ContentLibrary`.

    `editor` is what changes it, `told` how its refusals become answers.
    """

    def __init__(self, services: Services) -> None:
        self.editor = Editor(services.edits, library)
        self._services = services

    def routes(self) -> list[Route]:
        """Return them."""
        one = "/content/<name:str>"
        return [
            Route("GET", "/content", self._documents, lead=True),
            Route("GET", one, self._open, lead=True),
            Route("POST", one, self._save, lead=True),
            Route("POST", f"{one}/preview", self._preview, lead=True),
            Route("GET", "/edits", self._edits, lead=True),
            Route("GET", "/edits/<number:int>", self._edit, lead=True),
            Route("POST", "/edits/<number:int>/undo", self._undo, lead=True),
        ]

    async def begin(self) -> None:
        """Bring record and files together after a process died while it wrote."""
        try:
            await asyncio.to_thread(self.editor.repair)
        except Unwritable:
            return  # then nothing was written here

    async def _documents(self, request: Request, agent: Agent) -> HTTPResponse:
        words = clean(request.args.get("q", "")[:LONGEST_WORDS])
        if words.strip():
            found = await asyncio.to_thread(self.editor.search, words)
            return response.json(
                {
                    "found": [
                        {
                            "document": each.document,
                            "title": each.title,
                            "path": list(each.path),
                            "label": each.label,
                            "excerpt": each.excerpt,
                        }
                        for each in found
                    ]
                }
            )
        listed = await asyncio.to_thread(self.editor.documents)
        return response.json(
            {
                "writable": self.editor.is_writable,
                "documents": [
                    {
                        "name": each.document,
                        "title": each.title,
                        "group": each.group,
                        "last": _edit_json(each.last) if each.last else None,
                        "by_hand": each.by_hand,
                        "problems": each.problems,
                    }
                    for each in listed
                ],
            }
        )

    async def _open(self, request: Request, agent: Agent, name: str) -> HTTPResponse:
        name = unquote(name)
        opened = await self.told(self.editor.open, name)
        content = library.current()
        said = await asyncio.to_thread(sentences)
        return response.json(
            {
                "document": self._document_json(opened),
                "schema": library.schema(name),
                "choices": forms.choices(content),
                "examples": forms.examples(name, content, said),
            }
        )

    async def _save(self, request: Request, agent: Agent, name: str) -> HTTPResponse:
        name, body = unquote(name), json_object(request, "desk_bad_request")
        version, base, data = (body.get(key) for key in ("version", "base", "data"))
        if not isinstance(version, str) or not isinstance(data, dict):
            raise bad_request()
        opened = await self.told(
            self.editor.save, name, version, _tidy(base), _tidy(data), agent.login
        )
        return response.json({"document": self._document_json(opened)})

    async def _undo(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        json_object(request, "desk_bad_request")
        opened = await self.told(self.editor.undo, number, agent.login)
        return response.json({"document": self._document_json(opened) if opened else None})

    async def _preview(self, request: Request, agent: Agent, name: str) -> HTTPResponse:
        name, body = unquote(name), json_object(request, "desk_bad_request")
        path, data = body.get("path"), _tidy(body.get("data"))
        parts = isinstance(path, list) and all(type(each) in {str, int} for each in path)
        if not parts or not path or len(path) > LONGEST_PATH or not isinstance(data, dict):
            path = ()
        if not isinstance(data, dict):
            raise bad_request()
        return response.json(await self.told(self._shown, name, data, tuple(path)))

    def _shown(self, name: str, data: Any, path: tuple[str | int, ...]) -> Json:
        """Return what is wrong with data, and what customers would read at a path of it."""
        content, problems = self.editor.look(name, data)
        said = preview.messages(content, name, path, data) if content else []
        platforms = [
            {
                "name": channel.name,
                "title": channel.title,
                "messages": [
                    {"text": each.text, "options": [option.title for option in each.options]}
                    for each in show(said)
                ],
            }
            for channel in channels().values()
            if said and (show := preview_of(channel)) is not None
        ]
        return {
            "problems": self._problems_json(problems),
            "page": [_entry_json(each) for each in said],
            "platforms": platforms,
        }

    async def _edits(self, request: Request, agent: Agent) -> HTTPResponse:
        document = request.args.get("document") or None
        before = number_of(request.args.get("before"))
        found = await asyncio.to_thread(self.editor.edits, document, before)
        return response.json({"edits": [_edit_json(each) for each in found]})

    async def _edit(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        edit = await self.told(self.editor.edit, number)
        differences = await asyncio.to_thread(
            self.editor.differences, edit.document, edit.before, edit.after
        )
        parts = [
            {"label": label, "before": before, "after": after}
            for label, before, after in differences
        ]
        return response.json({"edit": _edit_json(edit), "differences": parts})

    # ---- how it is said

    async def told[**P, R](self, work: Callable[P, R], *given: P.args, **named: P.kwargs) -> R:
        """Do something that blocks.

        Raises:
            Refused: it cannot be done; says why.
        """
        try:
            return await asyncio.to_thread(work, *given, **named)
        except Unknown:
            raise refuse("not_found", "desk_not_found", 404) from None
        except Busy:
            raise refuse("busy", "desk_content_busy", 503, 5) from None
        except Unwritable:
            raise refuse("read_only", "desk_content_read_only", 409) from None
        except Invalid as refused:
            problems = self._problems_json(refused.problems)
            raise refuse("invalid", "desk_content_invalid", 422, problems=problems) from None
        except Changed as refused:
            raise refuse(
                "changed",
                "desk_content_changed",
                409,
                document=self._document_json(refused.opened),
                merged=refused.merged,
                conflicts=[list(path) for path in refused.conflicts],
            ) from None

    def _document_json(self, opened: Opened) -> Json:
        return {
            "name": opened.document,
            "file": library.shown(opened.document),
            "version": opened.version,
            "data": opened.data,
            "problems": self._problems_json(opened.problems),
            "last": _edit_json(opened.last) if opened.last else None,
            "by_hand": opened.by_hand,
            "sections": opened.sections,
        }

    def _problems_json(self, problems: Sequence[Problem]) -> list[Json]:
        return [
            {
                "file": each.shown,
                "line": each.line,
                "path": list(each.path),
                "reason": each.reason,
            }
            for each in problems
        ]


def _edit_json(edit: Edit) -> Json:
    return {
        "id": edit.id,
        "document": edit.document,
        "agent": edit.login,
        "time": edit.time,
        "undoes": edit.undoes,
        "summary": edit.summary,
    }


def _entry_json(entry: Entry) -> Json:
    """Return a message as the chat page reads it; its buttons lead nowhere."""
    return {
        "id": entry.key,
        "seq": entry.seq,
        "from": entry.author,
        "name": entry.name,
        "text": entry.text,
        "buttons": [
            {"title": button["title"], "token": f"{place}"}
            for place, button in enumerate(entry.buttons)
        ],
        "step": entry.step,
        "picture": None,
        "time": entry.time,
    }


def _tidy(data: Any) -> Any:
    """Return data without what no file shall hold: odd characters, blanks at ends of lines."""
    if isinstance(data, str):
        lines = clean(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        return "\n".join(line.rstrip() for line in lines).strip("\n")
    if isinstance(data, dict):
        return {plain_text(key).strip(): _tidy(value) for key, value in data.items()}
    return [_tidy(each) for each in data] if isinstance(data, list) else data
