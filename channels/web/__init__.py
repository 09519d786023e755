"""The chat page and its JSON API."""

from channels.web.adapter import WebInput

__all__ = ["WebInput"]
