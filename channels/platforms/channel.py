"""Rasa's channel for a platform that pushes messages to a webhook and takes answers by its API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from channels import pictures
from channels.gate import Gate, Handler
from channels.gate.elsewhere import Elsewhere
from channels.platforms.at_once import AtOnce
from channels.platforms.compose import compose
from channels.platforms.inbox import Inbox
from channels.platforms.outbox import Outbox
from channels.platforms.platform import CustomerService, Platform, PlatformSettings, Rejected
from desk.services import Services, open_services
from infra.channels import channels, preview_with, send_no_pictures
from infra.secret import load_secret
from server.app import Needs

logger = logging.getLogger(__name__)

LARGEST_BODY = 64 * 1024  # bytes of a pushed message; texts have at most a few thousand


class PlatformInput(InputChannel):
    """A channel put together from an adapter and what all platforms have in common.

    Args:
        settings: its part of credentials.yml.
        platform: the adapter.
        services: what lasts and is shared; by default where endpoints.yml says.
        elsewhere: where its humans are, if not at our desk.
        humans: makes the platform's own customer service, where it has one.
    """

    def __init__(
        self,
        settings: PlatformSettings,
        platform: Platform,
        services: Services | None = None,
        elsewhere: Elsewhere | None = None,
        humans: Callable[[Gate, Outbox], CustomerService] | None = None,
    ) -> None:
        services = services or open_services()
        channel = channels()[self.name()]
        silent = settings.reply_mode == "passive_only"
        self._gate = gate = Gate(self.name(), load_secret(), settings, services, elsewhere)
        self.platform = platform
        preview_with(self.name(), lambda entries: compose(entries, platform, {}))
        self.outbox = Outbox(channel, services, platform, silent)
        made = humans(gate, self.outbox) if humans else None
        self.inbox = Inbox(channel, services, gate, self.outbox, platform, made, silent)
        self._at_once = AtOnce(channel, services, settings, platform, self.inbox, self.outbox, made)
        self._answers: set[asyncio.Task[str | HTTPResponse]] = set()
        if silent:
            send_no_pictures(self.name())

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> PlatformInput:
        """Create the channel from its part of credentials.yml.

        Raises:
            ValueError: a setting is missing, unknown or wrong; says which.
        """
        given = {key: value for key, value in (credentials or {}).items() if value != ""}
        try:
            return cls(**given)
        except TypeError as error:
            problem = str(error).partition("__init__() ")[2] or str(error)
        except ValueError as error:
            problem = str(error).removeprefix("credentials.yml: ")
        raise ValueError(f"credentials.yml: {channels()[cls.name()].source}: {problem}")

    def needs(self) -> Needs:
        """Return what a webhook needs of the server."""
        return Needs(LARGEST_BODY)

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """Return the webhook."""
        self.inbox.handler = on_new_message
        pictures.serve(self._gate, on_new_message)
        blueprint = Blueprint(f"{self.name()}_channel")

        @blueprint.listener("after_server_start")
        async def begin(app: Any) -> None:
            self.outbox.begin()

        @blueprint.listener("before_server_stop")
        async def end(app: Any) -> None:
            await self.outbox.end()
            await self.platform.close()

        @blueprint.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.get("/webhook")
        async def verify(request: Request) -> HTTPResponse:
            try:
                self.platform.verify(request)
            except Rejected as error:
                return self._refuse(error)
            return response.text(request.args.get("echostr", "")[:1000])

        @blueprint.post("/webhook")
        async def deliver(request: Request) -> HTTPResponse:
            return await self._deliver(request)

        return blueprint

    async def _deliver(self, request: Request) -> HTTPResponse:
        try:
            if len(request.body) > LARGEST_BODY:
                raise Rejected(413, "the body is too large")
            self.platform.verify(request)
            incoming = self.platform.read(request)
        except Rejected as error:
            return self._refuse(error)
        if incoming is None:
            return self.platform.acknowledge()
        # In a task of its own: the platform hangs up after five seconds, which cancels this one.
        task = asyncio.create_task(self._at_once.answer(incoming))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)
        try:
            said = await asyncio.shield(task)
            if isinstance(said, HTTPResponse):
                return said
            if said:
                return self.platform.reply(incoming, said)
        except Exception as error:  # an error's text would be shown to the customer
            logger.error("%s: a delivery failed: %s", self.name(), type(error).__name__)
        return self.platform.acknowledge()

    def _refuse(self, error: Rejected) -> HTTPResponse:
        logger.warning("%s: refused: %s", self.name(), error)
        return response.text("", status=error.status)
