"""The tables of the first release.

Databases older than migrations have some of them: what they lack is added, what they hold is kept.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# As they were then: never edited with the program's own.
first = sa.MetaData()
sa.Table(
    "agents",
    first,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("login", sa.String(64), nullable=False, unique=True),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("skills", sa.JSON, nullable=False),
    sa.Column("password", sa.String(255), nullable=False),
    sa.Column("available", sa.Boolean, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
)
sa.Table(
    "audit",
    first,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("time", sa.Float, nullable=False),
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("action", sa.String(32), nullable=False),
    sa.Column("ticket_id", sa.Integer, index=True),
    sa.Column("detail", sa.String(255), nullable=False),
)
sa.Table(
    "labels",
    first,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("intent", sa.String(64)),
    sa.Column("login", sa.String(64), nullable=False),
    sa.Column("time", sa.Float, nullable=False),
)
sa.Table(
    "memories",
    first,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("data", sa.Text, nullable=False),
    sa.Column("saved_at", sa.Float, nullable=False, index=True),
)
messages = sa.Table(
    "messages",
    first,
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("author", sa.String(16), nullable=False),
    sa.Column("name", sa.String(64)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("extra", sa.JSON, nullable=False),
    sa.Column("intent", sa.String(64)),
    sa.Column("reply_to", sa.String(64)),
    sa.Column("answered", sa.Boolean, nullable=False),
    sa.Column("delivery", sa.String(16)),
    sa.Column("time", sa.Float, nullable=False, index=True),
    sa.UniqueConstraint("conversation_id", "key"),
    sa.Index("messages_of_a_conversation", "conversation_id", "seq"),
    sqlite_autoincrement=True,
)
sa.Index(
    "messages_to_carry",
    messages.c.conversation_id,
    messages.c.seq,
    sqlite_where=messages.c.delivery == "waiting",
    postgresql_where=messages.c.delivery == "waiting",
)
sa.Index(
    "messages_unanswered",
    messages.c.time,
    sqlite_where=sa.and_(messages.c.author == "customer", messages.c.answered == sa.false()),
    postgresql_where=sa.and_(messages.c.author == "customer", messages.c.answered == sa.false()),
)
sa.Table(
    "notes",
    first,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("ticket_id", sa.Integer, nullable=False, index=True),
    sa.Column("agent_id", sa.Integer, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
)
sa.Table(
    "ratings",
    first,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("ticket_id", sa.Integer),
    sa.Column("score", sa.Integer, nullable=False),
    sa.Column("comment", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
)
sa.Table(
    "tickets",
    first,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation_id", sa.String(255), nullable=False, index=True),
    sa.Column("open_for", sa.String(255), unique=True),
    sa.Column("channel", sa.String(64), nullable=False),
    sa.Column("status", sa.String(32), nullable=False, index=True),
    sa.Column("topic", sa.String(64)),
    sa.Column("category", sa.String(64), nullable=False),
    sa.Column("urgency", sa.Integer, nullable=False),
    sa.Column("words", sa.JSON, nullable=False),
    sa.Column("procedure", sa.String(64)),
    sa.Column("step", sa.Integer),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False, index=True),
    sa.Column("agent_id", sa.Integer, index=True),
    sa.Column("wanted_id", sa.Integer),
    sa.Column("taken_at", sa.Float),
    sa.Column("closed_at", sa.Float),
    sa.Column("customer_at", sa.Float),
    sa.Column("agent_at", sa.Float),
    sa.Column("reminded_at", sa.Float),
    sa.Column("score", sa.Integer),
    sa.Column("comment", sa.Text),
    sqlite_autoincrement=True,
)
sa.Table(
    "windows",
    first,
    sa.Column("conversation_id", sa.String(255), primary_key=True),
    sa.Column("left", sa.Integer),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("short_left", sa.Integer, nullable=False),
    sa.Column("short_until", sa.Float, nullable=False),
)


def upgrade() -> None:
    """Make what is missing."""
    connection = op.get_bind()
    known = sa.inspect(connection).get_table_names()
    for table in first.sorted_tables:
        if table.name not in known:
            table.create(connection)
        elif connection.dialect.name == "sqlite":
            _make_anew(connection, table)
        else:
            _complete(connection, table)


def _make_anew(connection: sa.engine.Connection, table: sa.Table) -> None:
    """Make a table of SQLite's anew with its rows: it cannot be changed in its place."""
    inspector = sa.inspect(connection)
    for index in inspector.get_indexes(table.name):
        if not index["name"].startswith("sqlite_autoindex"):
            op.drop_index(index["name"], table.name)
    columns = {each["name"]: each["type"] for each in inspector.get_columns(table.name)}
    old = f"old_{table.name}"
    op.rename_table(table.name, old)
    table.create(connection)
    kept = [name for name in columns if name in table.c]
    names = ", ".join(f'"{name}"' for name in kept)
    values = ", ".join(
        # The first tickets' times were dates.
        f"strftime('%s', \"{name}\") + 0.0"
        if isinstance(columns[name], sa.DateTime)
        else f'"{name}"'
        for name in kept
    )
    connection.exec_driver_sql(f"insert into {table.name} ({names}) select {values} from {old}")  # noqa: S608
    op.drop_table(old)


def _complete(connection: sa.engine.Connection, table: sa.Table) -> None:
    """Give a table of PostgreSQL's the columns and indexes that it lacks."""
    inspector = sa.inspect(connection)
    columns = {each["name"]: each["type"] for each in inspector.get_columns(table.name)}
    for column in table.c:
        if column.name not in columns:
            op.add_column(table.name, sa.Column(column.name, column.type))
        elif isinstance(columns[column.name], sa.DateTime):
            op.alter_column(
                table.name,
                column.name,
                type_=column.type,
                postgresql_using=f"extract(epoch from {column.name})",
            )
    for name in columns:
        if name not in table.c:
            op.drop_column(table.name, name)
    for index in table.indexes:
        index.create(connection, checkfirst=True)
