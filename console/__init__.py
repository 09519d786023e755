"""The agents' console at /desk: its JSON API."""

from console.channel import ConsoleInput

__all__ = ["ConsoleInput"]
