"""WeChat's own 客服: who wants a human can be passed on to it, and talks there without the bot."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace

from sanic.response import HTTPResponse

from channels.gate import Gate
from channels.gate.elsewhere import Elsewhere, is_talking, talk_entry
from channels.platforms.outbox import Outbox
from channels.platforms.platform import Incoming, NotSent
from channels.wechat.api import Api
from channels.wechat.settings import WeChatSettings
from content import library
from desk import Entry, reply_key
from desk.entry import FAILED, SENT
from desk.services import Services
from infra.client import Unreachable

logger = logging.getLogger(__name__)

# Kinds of messages whose answer may pass the customer on; an event's may not.
_PASSED_ON = {"text", "picked", "picture", "other"}
PATIENCE = 2.0  # seconds to wait for whether `kf_account` is online
GIVEN = 60.0  # seconds for which a repeated delivery is transferred again


class WeChatService:
    """The account's 客服; see `CustomerService`.

    Args:
        settings: the account's.
        services: what lasts and is shared.
        api: WeChat's.
        transfer: makes the answer that passes a customer on, to an account of 客服 or to any.
        elsewhere: who wants a human; None: customers are not passed on, but may talk there anyway.
        gate, outbox: the channel's.
    """

    def __init__(
        self,
        settings: WeChatSettings,
        services: Services,
        api: Api,
        transfer: Callable[[Incoming, str | None], HTTPResponse],
        elsewhere: Elsewhere | None,
        gate: Gate,
        outbox: Outbox,
    ) -> None:
        self._account = settings.kf_account
        self._closed = settings.reply_mode == "passive_only"
        self._services = services
        self._api = api
        self._transfer = transfer
        self._elsewhere = elsewhere
        self._gate = gate
        self._outbox = outbox

    async def has(self, incoming: Incoming) -> bool:
        """Tell whether a human there has the customer, or soon will."""
        conversation = incoming.conversation_id
        try:
            if await is_talking(self._services.transcript, conversation):
                return True
        except Exception as error:
            logger.error("The record failed: %s", type(error).__name__)
        return incoming.kind in _PASSED_ON and await self._wants_human(conversation)

    async def pass_on(self, incoming: Incoming) -> HTTPResponse | None:
        """Pass a customer who wants a human on, if so configured."""
        if self._elsewhere is None:
            return None
        state, conversation = self._services.state, incoming.conversation_id
        mark = f"kf:{conversation}:{incoming.key}"  # delivered again, it is passed on again
        with contextlib.suppress(Exception):
            account = await state.get(mark)
            if account is not None:
                return self._transfer(incoming, account or None)
        if not await self._wants_human(conversation):
            return None
        # The answer to an event cannot transfer. Without the API it is needed for the text.
        if incoming.kind not in _PASSED_ON or (
            self._closed and await self._outbox.waiting(conversation)
        ):
            await self.turn_ended(incoming)
            return None
        await self._elsewhere.passed_on(conversation)
        said = library.current().say("kf_transferred")
        moved = Entry(reply_key(incoming.key, "kf"), "system", said)
        await self._gate.announce(
            conversation, replace(moved, delivery=FAILED if self._closed else None)
        )
        account = self._account if await self._is_online() else None
        with contextlib.suppress(Exception):
            await state.put(mark, account or "", GIVEN)
        return self._transfer(incoming, account)

    async def turn_ended(self, incoming: Incoming) -> None:
        """Ask who wants a human for one more message: only its answer can pass them on."""
        conversation = incoming.conversation_id
        if await self._wants_human(conversation):
            said = library.current().say("kf_once_more")
            entry = Entry(reply_key(incoming.key, "kf once more"), "system", said)
            with contextlib.suppress(Exception):
                await self._gate.announce(conversation, entry)

    async def noted(self, incoming: Incoming) -> None:
        """Record when a talk there begins and ends."""
        opened = incoming.text in {"kf_create_session", "kf_switch_session"}
        said = library.current().say("kf_began" if opened else "closed")
        # WeChat itself shows the customer that it begins.
        entry = talk_entry(incoming.key, said, opened, SENT if opened else None)
        await self._gate.announce(incoming.conversation_id, entry)

    async def _wants_human(self, conversation: str) -> bool:
        try:
            return self._elsewhere is not None and await self._elsewhere.wanted(conversation)
        except Exception as error:
            logger.error("The shared state failed: %s", type(error).__name__)
            return False

    async def _is_online(self) -> bool:
        """Tell whether `kf_account` is there: a customer passed to one who is away is stuck."""
        if not self._account:
            return False
        asked = self._api.get("/cgi-bin/customservice/getonlinekflist")
        try:
            given = await asyncio.wait_for(asked, PATIENCE)
        except (TimeoutError, Unreachable, NotSent):
            return False
        found = given.get("kf_online_list")
        return isinstance(found, list) and any(
            isinstance(each, dict) and each.get("kf_account") == self._account for each in found
        )
