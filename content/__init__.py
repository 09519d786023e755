"""What the assistant says: YAML files, read, checked and re-read when they change."""

from content.loader import (
    Answer,
    Content,
    ContentError,
    ContentLibrary,
    DeskSettings,
    Detail,
    Fact,
    Outside,
    Settings,
    Step,
    Topic,
    Trouble,
    library,
)

__all__ = [
    "Answer",
    "Content",
    "ContentError",
    "ContentLibrary",
    "DeskSettings",
    "Detail",
    "Fact",
    "Outside",
    "Settings",
    "Step",
    "Topic",
    "Trouble",
    "library",
]
