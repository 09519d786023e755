"""${message}."""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}


def upgrade() -> None:
    """Change the tables; both databases, and the program before this one, must bear it."""
    ${upgrades if upgrades else "pass"}
