"""The agents' console at /desk: its JSON API."""

from console.console import ConsoleInput

__all__ = ["ConsoleInput"]
