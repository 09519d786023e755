"""Events between workers: that something happened, and where. What happened is in the record."""

from __future__ import annotations

import json
import logging
from typing import Any

from content import library
from desk.ticket import Ticket
from infra.state import State

logger = logging.getLogger(__name__)

DESK = "desk"  # the topic of events for agents; every other topic is a conversation


async def publish(state: State, topic: str, **event: Any) -> None:
    """Tell everybody who listens to a topic; an event that is lost does no harm."""
    try:
        await state.publish(topic, json.dumps({"topic": topic, **event}))
    except Exception as error:
        logger.error("The shared state failed: %s", type(error).__name__)


async def publish_messages(state: State, conversation_id: str) -> None:
    """Tell the customer's side and the agents that the record of a conversation grew."""
    await publish(state, conversation_id, kind="messages")
    await publish(state, DESK, kind="messages", conversation=conversation_id)


async def notify_agents(
    state: State, notice: str, ticket: Ticket | None, agent_id: int | None = None, **values: Any
) -> None:
    """Tell one agent, or all (None), something in a sentence: `desk_<notice>` of phrases.yml."""
    if ticket is not None:
        values = {"number": ticket.number, **values}
    await publish(
        state,
        DESK,
        kind="notice",
        notice=notice,
        ticket=ticket.id if ticket else None,
        agent=agent_id,
        text=library.current().say(f"desk_{notice}", **values),
    )


async def publish_queue(state: State) -> None:
    """Tell all agents that tickets changed."""
    await publish(state, DESK, kind="queue")
