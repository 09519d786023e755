"""Which agent a waiting customer is given to, where desk.yml says that this goes by itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from desk.agents import Agent
from desk.ticket import Ticket


def choose(
    ticket: Ticket, agents: Iterable[Agent], held: Mapping[int, int], most: int
) -> Agent | None:
    """Return the least busy agent who is there, has the skill and room; None when nobody has.

    Args:
        ticket: who was passed on to an agent goes to that one alone.
        agents: all of them.
        held: how many customers each has, by the agent's id.
        most: how many one may have.
    """
    able = [
        agent
        for agent in agents
        if agent.online and agent.available and held.get(agent.id, 0) < most
        if (
            agent.id == ticket.wanted_id
            if ticket.wanted_id
            else not agent.skills or ticket.category in agent.skills
        )
    ]
    # Who has fewer skills comes first: the others can take what these cannot.
    return min(
        able, key=lambda each: (held.get(each.id, 0), len(each.skills) or 99, each.id), default=None
    )
