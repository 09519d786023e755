"""What leads change at the console: the content, as files that stay the truth; what the assistant
learns from; and the versions of its model."""

from studio.editor import Changed, Editor, Invalid, Opened, Unknown
from studio.files import Busy, Unwritable
from studio.shelf import Shelf, open_shelf
from studio.teaching import Teaching, tidy, titles
from studio.workshop import Unanswered, Workshop

__all__ = [
    "Busy",
    "Changed",
    "Editor",
    "Invalid",
    "Opened",
    "Shelf",
    "Teaching",
    "Unanswered",
    "Unknown",
    "Unwritable",
    "Workshop",
    "open_shelf",
    "tidy",
    "titles",
]
