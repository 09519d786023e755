"""What the assistant says: YAML files, read, checked and re-read when they change."""

from content.loader import (
    Content,
    ContentError,
    ContentLibrary,
    DeskSettings,
    Detail,
    Settings,
    Step,
    Topic,
    Trouble,
    library,
)

__all__ = [
    "Content",
    "ContentError",
    "ContentLibrary",
    "DeskSettings",
    "Detail",
    "Settings",
    "Step",
    "Topic",
    "Trouble",
    "library",
]
