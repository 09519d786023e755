"""When an agent saw a customer who was given to them, and since when agents are on a break."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Add the columns; who is with an agent already was seen."""
    op.add_column("tickets", sa.Column("seen_at", sa.Float))
    op.add_column("agents", sa.Column("away_at", sa.Float))
    op.execute("update tickets set seen_at = taken_at")
