"""Brings the database up to date before the processes start that use it."""

from __future__ import annotations

import sys

from sqlalchemy.exc import SQLAlchemyError

from desk.database import Database
from desk.migrations import NewerDatabase
from infra.processes import StartError


def prepare_database(url: str) -> None:
    """Bring the tables up to date; a database that is away is waited for elsewhere.

    Raises:
        StartError: a newer program did so already.
    """
    database = Database(url)
    try:
        database.prepare()
    except NewerDatabase as error:
        raise StartError(str(error)) from None
    except SQLAlchemyError as error:
        print(f"数据库 / the database: {type(error).__name__}", file=sys.stderr)
    finally:
        database.close()
