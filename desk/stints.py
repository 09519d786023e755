"""Each agent's time with a customer: when it began, was first answered, and how it ended.

A ticket names only its last agent; what each of several did is here.
"""

from __future__ import annotations

import sqlalchemy as sa

from desk.database import metadata

stints = sa.Table(
    "stints",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("ticket_id", sa.Integer, nullable=False, index=True),
    sa.Column("agent_id", sa.Integer, nullable=False),
    sa.Column("began_at", sa.Float, nullable=False, index=True),
    sa.Column("answered_at", sa.Float),  # the agent's first words
    sa.Column("ended_at", sa.Float),
    sa.Column("outcome", sa.String(16)),  # the transition that ended it
)


def begin(
    connection: sa.engine.Connection, conversation_id: str, number: int, agent: int, moment: float
) -> None:
    """Note that an agent has the customer of a ticket from now on."""
    connection.execute(
        stints.insert().values(
            conversation_id=conversation_id, ticket_id=number, agent_id=agent, began_at=moment
        )
    )


def answer(connection: sa.engine.Connection, number: int, moment: float) -> None:
    """Note the first words of the agent who has a ticket's customer."""
    running = _running(number)
    connection.execute(
        stints.update().where(running, stints.c.answered_at.is_(None)).values(answered_at=moment)
    )


def end(connection: sa.engine.Connection, number: int, moment: float, outcome: str) -> None:
    """Note that the agent has the customer no longer."""
    connection.execute(
        stints.update().where(_running(number)).values(ended_at=moment, outcome=outcome)
    )


def _running(number: int) -> sa.ColumnElement[bool]:
    return sa.and_(stints.c.ticket_id == number, stints.c.ended_at.is_(None))
