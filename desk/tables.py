"""All tables: for whoever reads or deletes what stands in any of them."""

from desk import agents, edits, entry, figures, memory, quota, ticket, unread, versions  # noqa: F401
from desk.database import metadata

__all__ = ["metadata"]
