"""A worker's right to something for a while."""

from __future__ import annotations

import contextlib
import logging
import uuid

from infra.state.state import State

logger = logging.getLogger(__name__)


class Lease:
    """One worker's right to something, for a while: to deliver a conversation, to answer it."""

    def __init__(self, state: State, key: str, seconds: float) -> None:
        self._state, self._key, self._seconds = state, key, seconds
        self._mark = uuid.uuid4().hex
        self.mine = False

    async def claim(self) -> bool:
        """Try to get it; return whether it is ours."""
        if not self.mine:
            try:
                self.mine = await self._state.claim(self._key, self._mark, self._seconds)
            except Exception as error:  # answering twice is better than not at all
                logger.error("The shared state failed: %s", type(error).__name__)
                self.mine = True
        return self.mine

    async def renew(self) -> bool:
        """Extend it by its full time; return whether it is still ours."""
        if self.mine:
            with contextlib.suppress(Exception):
                self.mine = await self._state.renew(self._key, self._mark, self._seconds)
        return self.mine

    async def release(self) -> None:
        """Give it up."""
        if self.mine:
            self.mine = False
            with contextlib.suppress(Exception):  # it expires by itself
                await self._state.drop(self._key, self._mark)
