"""How long tickets waited and were with agents, added up over all agents."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the columns, and reckon them from what is known: the last agent's times."""
    op.add_column("tickets", sa.Column("changed_at", sa.Float))
    for name in ("waited", "handled"):
        op.add_column("tickets", sa.Column(name, sa.Float, nullable=False, server_default="0"))
    op.execute(
        "update tickets set"
        " changed_at = case when status = 'with_agent' then coalesce(taken_at, created_at)"
        " else coalesce(closed_at, taken_at, created_at) end,"
        " waited = case when taken_at > created_at then taken_at - created_at else 0 end,"
        " handled = case when closed_at > taken_at then closed_at - taken_at else 0 end"
    )
