"""Versions of the model at the console: train, read the report, publish, go back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from sanic import response
from sanic.request import Request
from sanic.response import HTTPResponse

from console.requests import bad_request, is_number, plain_text, refuse
from console.routes import Route
from console.shown import Json
from content import library
from desk import Agent
from desk.services import Services
from desk.versions import Release, Version
from server.http import json_object
from studio import Shelf, titles

SHORTEST_REASON = 4  # characters of why a version is published in spite of its report


class VersionRoutes:
    """The leads' routes for versions; number 0 is the installed model."""

    def __init__(self, services: Services, shelf: Shelf) -> None:
        self._services = services
        self._versions = services.versions
        self._shelf = shelf

    def routes(self) -> list[Route]:
        """Return them."""
        return [
            Route("GET", "/versions", self._all, lead=True),
            Route("POST", "/versions", self._train, lead=True),
            Route("GET", "/versions/<number:int>", self._one, lead=True),
            Route("POST", "/versions/<number:int>/cancel", self._cancel, lead=True),
            Route("POST", "/versions/<number:int>/publish", self._publish, lead=True),
        ]

    async def _all(self, request: Request, agent: Agent) -> HTTPResponse:
        found, newest, live, made = await asyncio.to_thread(self._look)
        releases = [
            {
                "version": each.version or 0,
                "agent": each.login,
                "time": each.time,
                "reason": each.reason,
            }
            for each in made
        ]
        return response.json(
            {
                "versions": [_listed(each) for each in found],
                "live": live or 0,
                "releases": releases,
                # What was taught since the newest version.
                "waiting": _differences(newest.sentences if newest else {}),
                "intents": titles(library.current()),
            }
        )

    def _look(self) -> tuple[list[Version], Version | None, int | None, list[Release]]:
        """Return the versions, the newest that was trained, the one that answers, the releases."""
        installed = self._shelf.installed
        found = self._versions.last()
        trained = next((each.id for each in found if each.status in ("ready", "gone")), None)
        newest = self._versions.get(trained) if trained else None
        live, made = self._versions.live(installed), self._versions.releases(installed)
        return found, newest, live, made

    async def _train(self, request: Request, agent: Agent) -> HTTPResponse:
        json_object(request, "desk_bad_request")
        number = await asyncio.to_thread(self._versions.ask, agent.login)
        if number is None:
            raise refuse("taken", "desk_trains_already", 409)
        return response.json({"version": number})

    async def _one(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        version = await self._known(number)
        report: Json = dict(version.report)
        if report:
            changed = report["real"]["changed"]
            leading = await self._services.learning.leading([each["seq"] for each in changed])
            # What was deleted since is no longer shown.
            known = [
                {**each, "text": said[-1][0], "leading": [heard for _, heard in said]}
                for each in changed
                if (said := leading.get(each["seq"]))
            ]
            report["real"] = {**report["real"], "changed": known}
        return response.json({"version": _listed(version), "report": report or None})

    async def _cancel(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        json_object(request, "desk_bad_request")
        if not await asyncio.to_thread(self._versions.cancel, number, agent.login):
            raise refuse("taken", "desk_not_training", 409)
        return response.empty()

    async def _publish(self, request: Request, agent: Agent, number: int) -> HTTPResponse:
        """Let a version answer. `before` is the one that the lead saw answering; `reason` is needed
        where the report is worse than that."""
        body = json_object(request, "desk_bad_request")
        reason, before = plain_text(body.get("reason")).strip(), body.get("before")
        if before != 0 and not is_number(before):
            raise bad_request()
        if number:
            version = await self._known(number)
            if version.status != "ready" or not self._shelf.file(number).exists():
                raise refuse("not_found", "desk_version_gone", 404)
            # Whoever goes back to what answered before has seen it answering.
            if not await self._was_live(number) and version.summary.get("regressions"):
                if len(reason) < SHORTEST_REASON:
                    raise refuse(
                        "regression",
                        "desk_version_worse",
                        409,
                        regressions=version.summary["regressions"],
                    )
            else:
                reason = ""
        done = await asyncio.to_thread(
            self._versions.publish,
            number or None,
            self._shelf.installed,
            agent.login,
            reason,
            before or None,
        )
        if not done:
            raise refuse("changed", "desk_version_changed", 409)
        return response.json({"live": number})

    async def _was_live(self, number: int) -> bool:
        made = await asyncio.to_thread(self._versions.releases, self._shelf.installed)
        return any(each.version == number for each in made)

    async def _known(self, number: int) -> Version:
        version = await asyncio.to_thread(self._versions.get, number)
        if version is None:
            raise refuse("not_found", "desk_not_found", 404)
        return version


def _listed(version: Version) -> Json:
    """Return a version without its report."""
    return {
        "id": version.id,
        "agent": version.login,
        "time": version.time,
        "status": version.status,
        "stage": version.stage,
        "finished": version.finished_at,
        "reason": version.reason,
        "cancelled_by": version.summary.get("cancelled_by", ""),
        "sentences": version.summary.get("sentences", 0),
        "regressions": version.summary.get("regressions", []),
    }


def _differences(before: Mapping[str, Any]) -> list[Json]:
    """Return the sentences that are taught otherwise than a version knows them; "" is no more."""
    now = library.current().taught
    return [
        {"text": text, "intent": now.get(text, "")}
        for text in {**before, **now}
        if before.get(text) != now.get(text)
    ]
