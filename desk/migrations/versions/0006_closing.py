"""How a ticket ended, and each agent's time with a customer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the columns and the table."""
    op.add_column("tickets", sa.Column("summary", sa.Text))
    op.add_column("tickets", sa.Column("solved", sa.Boolean))
    op.create_table(
        "stints",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("conversation_id", sa.String(255), nullable=False),
        sa.Column("ticket_id", sa.Integer, nullable=False),
        sa.Column("agent_id", sa.Integer, nullable=False),
        sa.Column("began_at", sa.Float, nullable=False),
        sa.Column("answered_at", sa.Float),
        sa.Column("ended_at", sa.Float),
        sa.Column("outcome", sa.String(16)),
    )
    for name in ("conversation_id", "ticket_id", "began_at"):
        op.create_index(f"ix_stints_{name}", "stints", [name])
    # Those who are with an agent while the program is exchanged.
    op.execute(
        "insert into stints (conversation_id, ticket_id, agent_id, began_at)"
        " select conversation_id, id, agent_id, coalesce(taken_at, created_at) from tickets"
        " where status = 'with_agent' and agent_id is not null"
    )
