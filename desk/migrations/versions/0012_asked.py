"""Since when the customer's oldest unanswered message waits for the agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the column."""
    op.add_column("tickets", sa.Column("asked_at", sa.Float))
