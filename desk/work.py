"""What agents did in a span of time: each one's customers, first answers, handling, results."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from desk.agents import agents
from desk.stints import stints
from desk.ticket import tickets_table as tickets


@dataclass(frozen=True)
class Work:
    """One agent's part. Times are seconds' medians; None: nothing to measure.

    `taken` are the customers that came to the agent in the span, each time anew, and
    `first_answer` how long these waited for a word; `handling` is of those who left the agent in
    it, `closed` those of them whose talk the agent ended, `solved` and `unsolved` what the agent
    said of these, and `rating` the average.
    """

    agent: int
    name: str
    taken: int
    closed: int
    first_answer: float | None
    handling: float | None
    solved: int
    unsolved: int
    rating: float | None


def median(values: Iterable[float | None]) -> float | None:
    """Return the median of what is known; None when nothing is."""
    known = [each for each in values if each is not None]
    return statistics.median(known) if known else None


def average(values: Iterable[float | None]) -> float | None:
    """Return the average of what is known; None when nothing is."""
    known = [each for each in values if each is not None]
    return statistics.fmean(known) if known else None


def work(connection: sa.engine.Connection, since: float, until: float) -> list[Work]:
    """Return what each agent did in a span, by name.

    A rating counts for who ended the talk.
    """
    # An agent's stints at one ticket are rated once: by the last of them.
    rows = connection.execute(
        sa.select(stints, agents.c.name, tickets.c.solved, tickets.c.score)
        .select_from(
            stints.join(agents, agents.c.id == stints.c.agent_id).join(
                tickets, tickets.c.id == stints.c.ticket_id
            )
        )
        .where(
            stints.c.began_at < until,
            sa.or_(
                stints.c.began_at >= since,
                sa.and_(stints.c.ended_at >= since, stints.c.ended_at < until),
            ),
        )
        .order_by(agents.c.name, agents.c.id)
    ).all()
    of_agent: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        of_agent[row.agent_id, row.name].append(row)
    return [_of(number, name, mine, since, until) for (number, name), mine in of_agent.items()]


def _of(number: int, name: str, mine: list[Any], since: float, until: float) -> Work:
    taken = [row for row in mine if row.began_at >= since]
    ended = [row for row in mine if row.ended_at is not None and since <= row.ended_at < until]
    closed = [row for row in ended if row.outcome == "close"]
    return Work(
        number,
        name,
        taken=len(taken),
        closed=len(closed),
        first_answer=median(_between(row.began_at, row.answered_at) for row in taken),
        handling=median(_between(row.began_at, row.ended_at) for row in ended),
        solved=sum(row.solved is True for row in closed),
        unsolved=sum(row.solved is False for row in closed),
        rating=average(row.score for row in closed),
    )


def _between(begin: float, end: float | None) -> float | None:
    # A clock that was set back gives no time below zero.
    return None if end is None else max(0.0, end - begin)
