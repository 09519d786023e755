"""What leads change at the console: the content, as files that stay the truth."""

from studio.editor import Changed, Editor, Invalid, Opened, Unknown
from studio.files import Busy, Unwritable

__all__ = ["Busy", "Changed", "Editor", "Invalid", "Opened", "Unknown", "Unwritable"]
