"""What an agent says at the end: whether the assistant could have answered it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add the column."""
    op.add_column("tickets", sa.Column("needless", sa.Boolean))
