"""A phone number for a call back, and what the embedding app tells of its user."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the column and the table."""
    op.add_column("tickets", sa.Column("phone", sa.String(32)))
    op.create_table(
        "profiles",
        sa.Column("conversation_id", sa.String(255), primary_key=True),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("updated_at", sa.Float, nullable=False),
    )
