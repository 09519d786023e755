"""Sentences at the console: what went wrong, what it means, topics that are new, and trying out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.content import ContentRoutes
from console.login import AuditLog
from console.requests import bad_request, is_number, number_of, plain_text, refuse
from console.routes import Route
from console.shown import Json
from content import library
from desk import Agent
from desk.learning import Sentence
from desk.services import Services
from server.http import json_object
from studio import Shelf, Teaching, Unanswered, Workshop, tidy, titles

MOST_GROUPS = 100
MOST_SENTENCES = 1_000  # of one change
MOST_MESSAGES = 20  # of a conversation that is tried
LONGEST_ANSWER = 4_000  # characters of a new topic's
LIKELY = 0.1  # confidence from which on an intent is worth guessing at


class TeachingRoutes:
    """The leads' routes for sentences. What they change are content files (`ContentRoutes`)."""

    def __init__(
        self, services: Services, content: ContentRoutes, shelf: Shelf, audit: AuditLog
    ) -> None:
        self._services = services
        self._content = content
        self._teaching = Teaching(content.editor, library)
        self._shelf = shelf
        self._audit = audit
        self._workshop = Workshop()

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("GET", "/sentences", self._groups, lead=True),
            Route("POST", "/sentences", self._teach, lead=True),
            Route("POST", "/sentences/undo", self._undo, lead=True),
            Route("POST", "/sentences/near", self._near, lead=True),
            Route("GET", "/sentences/taught", self._taught, lead=True),
            Route("POST", "/topics", self._new_topic, lead=True),
            Route("POST", "/trials", self._try, lead=True),
        ]

    async def end(self) -> None:
        """End what was started."""
        await self._workshop.end()

    async def _groups(self, request: Request, agent: Agent) -> HTTPResponse:
        days = min(number_of(request.args.get("days")) or 7, 366)
        groups = await self._services.learning.groups(days)
        waits = await asyncio.to_thread(self._waits)
        found: list[Json] = []
        for all_of in groups:
            group = [one for one in all_of if not waits(one)]
            if not group or len(found) == MOST_GROUPS:
                continue
            parsed = await request.app.ctx.agent.parse_message(group[0].text)
            found.append(
                {
                    "sentences": [asdict(one) for one in group],
                    "guesses": _guesses(group, parsed),
                }
            )
        return response.json({"groups": found, "intents": titles(library.current())})

    def _waits(self) -> Callable[[Sentence], bool]:
        """Return what tells whether a sentence is taught and waits for a version that knows it."""
        versions, taught = self._services.versions, library.current().taught
        live = versions.live(self._shelf.installed)
        version = versions.get(live) if live is not None else None
        since = next(iter(versions.releases(self._shelf.installed, 1)), None)

        def waits(one: Sentence) -> bool:
            intent = taught.get(tidy(one.text))
            if intent is None:
                return False
            known = version is not None and version.sentences.get(tidy(one.text)) == intent
            return not known or since is None or one.time < since.time

        return waits

    async def _taught(self, request: Request, agent: Agent) -> HTTPResponse:
        content = library.current()
        return response.json(
            {
                "taught": _listed(content.taught),
                "must_stay": _listed(content.must_stay),
                "intents": titles(content),
                "categories": sorted({each.category for each in content.topics.values()}),
            }
        )

    async def _teach(self, request: Request, agent: Agent) -> HTTPResponse:
        """Say what sentences mean: `taught` and `must_stay` map texts to intents, null takes one
        out; `seqs` are those of the record that are dealt with by it, as `intent`."""
        body = json_object(request, "desk_bad_request")
        seqs, intent = _positions(body), body.get("intent")
        taught, must_stay = _changes(body.get("taught")), _changes(body.get("must_stay"))
        if intent is not None and intent not in _names():
            raise bad_request()
        if not (taught or must_stay or seqs):
            raise bad_request()
        edit = await self._content.told(self._teaching.teach, taught, must_stay, agent.login)
        await self._label(agent, seqs, intent)
        return response.json({"edits": [edit] if edit is not None else []})

    async def _new_topic(self, request: Request, agent: Agent) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        title, category = tidy(body.get("title")), tidy(body.get("category"))
        answer = plain_text(body.get("answer")).strip()[:LONGEST_ANSWER]
        texts = body.get("sentences")
        seqs = _positions(body)
        if not isinstance(texts, list) or len(texts) > MOST_SENTENCES:
            raise bad_request()
        sentences = list(dict.fromkeys(text for each in texts if (text := tidy(each))))
        if not title or not category or not answer or not sentences:
            raise refuse("empty", "desk_topic_incomplete", 400)
        name, edits = await self._content.told(
            self._teaching.new_topic, title, category, answer, sentences, agent.login
        )
        await self._label(agent, seqs, name)
        return response.json({"name": name, "edits": edits})

    async def _undo(self, request: Request, agent: Agent) -> HTTPResponse:
        """Take back what was taught; the sentences of the record are to be dealt with again."""
        body = json_object(request, "desk_bad_request")
        edits, seqs = body.get("edits"), _positions(body)
        if not isinstance(edits, list) or not all(is_number(each) for each in edits):
            raise bad_request()
        for number in reversed(edits[:10]):
            await self._content.told(self._content.editor.undo, number, agent.login)
        if seqs:
            await self._services.learning.forget_labels(seqs)
            await self._audit.add(agent, "undo label", None, f"{len(seqs)} sentences")
        return response.json({"edits": []})

    async def _label(self, agent: Agent, seqs: list[int], intent: str | None) -> None:
        if seqs:
            await self._services.figures.label(seqs, intent, agent.login)
            await self._audit.add(agent, "label", None, f"{len(seqs)} sentences: {intent}")

    async def _near(self, request: Request, agent: Agent) -> HTTPResponse:
        body = json_object(request, "desk_bad_request")
        texts, words = body.get("texts"), tidy(body.get("words"))
        if not isinstance(texts, list) or len(texts) > MOST_SENTENCES:
            raise bad_request()
        asked = [text for each in texts if (text := tidy(each))]
        if not asked and not words:
            raise bad_request()
        return response.json(await self._asked(self._workshop.near(asked, words)))

    async def _try(self, request: Request, agent: Agent) -> HTTPResponse:
        """Answer a conversation by the version that answers customers, and by another one; 0 is the
        installed model."""
        body = json_object(request, "desk_bad_request")
        messages, number = body.get("messages"), body.get("version")
        whole = isinstance(messages, list) and 0 < len(messages) <= MOST_MESSAGES
        if not whole or not all(isinstance(each, str) for each in messages or ()):
            raise bad_request()
        if number != 0 and not is_number(number):
            raise bad_request()
        versions = self._services.versions
        live = await asyncio.to_thread(versions.live, self._shelf.installed)
        asked = list(dict.fromkeys([live, number or None]))
        files = [self._shelf.file(each) for each in asked]
        if not all(file.exists() for file in files):
            raise refuse("not_found", "desk_not_found", 404)
        said = [_said(each) for each in messages or ()]
        found = await self._asked(self._workshop.converse(files, said))
        versions_json = [
            {"version": each or 0, **answer} for each, answer in zip(asked, found, strict=True)
        ]
        return response.json({"versions": versions_json})

    async def _asked(self, answer: Any) -> Any:
        try:
            return await answer
        except Unanswered:
            raise refuse("busy", "desk_workshop_busy", 503, 5) from None


def _names() -> set[str]:
    return {each["name"] for each in titles(library.current())}


def _said(text: str) -> str:
    """Return a message as it is tried: a button's payload as it is, what is written cleaned."""
    plain = plain_text(text).strip()[:1_000]
    return plain if plain.startswith("/") and plain[1:2].islower() else tidy(plain)


def _guesses(group: list[Sentence], parsed: Mapping[str, Any]) -> list[Json]:
    """Return what a group may mean: what customers chose, and what is likeliest."""
    topics = library.current().topics
    chosen = [one.guess for one in group if one.guess]
    ranking = parsed.get("intent_ranking", [])
    likely = [each["name"] for each in ranking if each["confidence"] >= LIKELY]
    names = [name for name in dict.fromkeys([*chosen, *likely]) if name in topics]
    return [{"name": name, "title": topics[name].title} for name in names[:3]]


def _listed(sentences: Mapping[str, str]) -> list[Json]:
    return [{"text": text, "intent": intent} for text, intent in sentences.items()]


def _positions(body: Mapping[str, Any]) -> list[int]:
    """Return the positions in the record that a request names.

    Raises:
        Refused: they are none.
    """
    seqs = body.get("seqs") or []
    if not isinstance(seqs, list) or len(seqs) > MOST_SENTENCES or not all(map(is_number, seqs)):
        raise bad_request()
    return seqs


def _changes(given: Any) -> dict[str, str | None]:
    """Return sentences and their intents as a request has them.

    Raises:
        Refused: they are none.
    """
    given = given or {}
    if not isinstance(given, dict) or len(given) > MOST_SENTENCES:
        raise bad_request()
    found: dict[str, str | None] = {}
    for text, intent in given.items():
        if intent is not None and not isinstance(intent, str):
            raise bad_request()
        # What is taken out is named as it stands in the file.
        name = plain_text(text) if intent is None else tidy(text)
        if name:
            found[name] = intent
    return found
