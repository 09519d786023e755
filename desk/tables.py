"""All tables: for whoever reads or deletes what stands in any of them."""

from desk import (  # noqa: F401
    agents,
    edits,
    entry,
    feedback,
    figures,
    memory,
    profiles,
    quota,
    stints,
    ticket,
    unread,
    versions,
)
from desk.database import metadata

__all__ = ["metadata"]
