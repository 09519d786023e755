"""Read by Alembic, from `bring_up` and from its command line."""

from alembic import context

from desk.database import open_database
from desk.tables import metadata

connection = context.config.attributes.get("connection")


def run(connection: object) -> None:
    """Run the steps that were asked for."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=lambda name, *_: name != "sqlite_sequence",
    )
    with context.begin_transaction():
        context.run_migrations()


if connection is not None:
    run(connection)
else:
    with open_database().write() as opened:
        run(opened)
