"""How much one customer, or one network address, may send."""

from __future__ import annotations

import logging

from channels.gate.settings import GateSettings
from content import library
from infra.errors import Refused
from infra.state import State

logger = logging.getLogger(__name__)


class Limits:
    """Counts uses, in all workers together. Without the shared state nothing is limited."""

    def __init__(self, state: State, settings: GateSettings) -> None:
        self._state = state
        self._settings = settings

    async def admit(self, conversation_id: str | None, address: str | None = None) -> None:
        """Count a message, a picture or a new session.

        Raises:
            Refused: too many; `quiet` when the customer has been told in this window.
        """
        limits = []
        if conversation_id:
            limits.append((self._settings.customer_limit, f"customer:{conversation_id}"))
        if address:
            limits.append((self._settings.address_limit, f"address:{address}"))
        for limit, key in limits:
            try:
                wait = await self._state.hit(limit, key)
                told = wait and not await self._state.claim(f"told:{key}", "1", wait)
            except Exception as error:  # better no limit than no service
                logger.error("Limits are not kept: %s", type(error).__name__)
                return
            if wait:
                sentence = library.current().say("rate_limited")
                raise Refused("rate_limited", sentence, 429, wait=wait, quiet=bool(told))

    async def spent(self, limit: str, key: str) -> bool:
        """Count a use that is dropped silently over the limit; tell whether it is over."""
        try:
            return await self._state.hit(limit, key) > 0
        except Exception as error:
            logger.error("Limits are not kept: %s", type(error).__name__)
            return False
