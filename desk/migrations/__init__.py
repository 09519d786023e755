"""The desk's tables as they change from release to release: one file of `versions/` a change.

The version that a database has stands in it. Alembic, which takes a second to import, is only
needed when that is not this program's.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from infra.errors import AssistantError

HERE = Path(__file__).resolve().parent
KNOWN = sorted(path.stem.partition("_")[0] for path in (HERE / "versions").glob("[0-9]*.py"))
HEAD = KNOWN[-1]


class NewerDatabase(AssistantError):
    """The database was brought up to date by a newer program than this; the text says so."""


def version_of(connection: sa.engine.Connection) -> str | None:
    """Return the version of a database's tables; None when nothing says it."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("select version_num from alembic_version")).scalar()
    return str(found) if found else None


def is_current(connection: sa.engine.Connection) -> bool:
    """Tell whether the tables are as this program wants them.

    Raises:
        NewerDatabase: a newer program's.
    """
    version = version_of(connection)
    if version is not None and version not in KNOWN:
        raise NewerDatabase(
            f"数据库是更新版本的程序用过的（{version}，本程序到 {HEAD}）：请启动那个版本，"
            "或者恢复升级之前的备份 / the desk's database belongs to a newer program (its version "
            f"{version}, this program's {HEAD}): start that one, or restore the backup made "
            "before the upgrade"
        )
    return version == HEAD


def bring_up(connection: sa.engine.Connection) -> None:
    """Bring the tables up to date in the transaction that is open; nothing when they are."""
    if is_current(connection):
        return
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    command.upgrade(config, "head")
