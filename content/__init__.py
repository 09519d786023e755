"""What the assistant says: YAML files, read, checked and re-read when they change."""

from content.document import ContentError, Problem
from content.loader import ContentLibrary, library
from content.model import (
    Answer,
    Content,
    DeskSettings,
    Detail,
    Fact,
    Outside,
    Settings,
    Step,
    Topic,
    Trouble,
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
    "Problem",
    "Settings",
    "Step",
    "Topic",
    "Trouble",
    "library",
]
