"""Whether a customer's page is open: shared by the workers for a while, kept nowhere."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from desk.events import DESK, publish
from infra.channels import is_delivered
from infra.state import State

logger = logging.getLogger(__name__)

LASTS = 40.0  # seconds; a page's stream says so more often


async def is_here(state: State, conversation_id: str) -> None:
    """Note that a customer's page is open."""
    try:
        if await state.get(_key(conversation_id)) is None:
            await publish(state, DESK, kind="presence", conversation=conversation_id)
        await state.put(_key(conversation_id), "1", LASTS)
    except Exception as error:  # agents then see nobody as gone or there
        logger.error("The shared state failed: %s", type(error).__name__)


async def is_gone(state: State, conversation_id: str) -> None:
    """Note that a customer's last page was closed; one that another worker serves says so again."""
    try:
        await state.drop(_key(conversation_id))
    except Exception as error:
        logger.error("The shared state failed: %s", type(error).__name__)
    await publish(state, DESK, kind="presence", conversation=conversation_id)


async def who_is_here(state: State, conversations: Sequence[str]) -> dict[str, bool]:
    """Tell of conversations whether the customer's page is open; of a platform's nobody knows."""
    pages = [each for each in conversations if not is_delivered(each)]
    try:
        found = await state.get_all([_key(each) for each in pages])
    except Exception as error:
        logger.error("The shared state failed: %s", type(error).__name__)
        return {}
    return {each: value is not None for each, value in zip(pages, found, strict=True)}


def _key(conversation_id: str) -> str:
    return f"page:{conversation_id}"
