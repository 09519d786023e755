"""Readiness: what `/ready` reports, and the warm-up turn."""

from __future__ import annotations

import gc
import logging
from typing import Any

import aiohttp
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sanic import Sanic

from desk.services import Services

logger = logging.getLogger(__name__)

WARM_UP = "warm-up"  # the conversation of the warm-up turn


async def missing(app: Sanic, services: Services) -> list[str]:
    """Return what is not ready: `model`, `actions`, `desk` (database), `state` (Redis)."""
    found = []
    agent = getattr(app.ctx, "agent", None)
    if agent is None or not agent.is_ready() or not getattr(app.ctx, "warm", False):
        found.append("model")
    url = agent.action_endpoint.url.rsplit("/", 1)[0] + "/health" if agent else None
    try:
        timeout = aiohttp.ClientTimeout(total=2)
        async with (
            aiohttp.ClientSession(timeout=timeout) as client,
            client.get(url or "") as answer,
        ):
            answer.raise_for_status()
    except Exception:
        found.append("actions")
    try:
        await services.desk.waiting()
    except Exception:
        found.append("desk")
    try:
        await services.state.ping()
    except Exception:
        found.append("state")
    return found


async def warm_up(app: Sanic) -> None:
    """Run one turn that is not kept: dictionaries load now and not at the first customer.

    What is loaded stays for ever, and is taken out of the garbage collector's sight: a look through
    it, a third of a second every few turns, would find nothing.
    """
    await rehearse(app.ctx.agent.processor)
    gc.collect()
    gc.freeze()
    app.ctx.warm = True


async def rehearse(processor: Any) -> bool:
    """Let a model answer a greeting that nobody said; return whether it did."""
    message = UserMessage("你好", CollectingOutputChannel(), WARM_UP, input_channel="web")
    try:
        tracker = await processor.log_message(message, should_save_tracker=False)
        await processor.run_action_extract_slots(message.output_channel, tracker)
        await processor._run_prediction_loop(message.output_channel, tracker)
    except Exception as error:
        logger.warning("Warm-up failed: %s", type(error).__name__)
        return False
    return True
