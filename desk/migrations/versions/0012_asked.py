"""Since when a customer waits for an answer, and since when for a certain agent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("tickets", sa.Column("asked_at", sa.Float))
    op.add_column("tickets", sa.Column("wanted_at", sa.Float))
