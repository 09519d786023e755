"""The one way in: every channel's messages pass here before Rasa sees them."""

from channels.gate.gate import Gate
from channels.gate.settings import GateSettings
from channels.gate.turn import Handler

__all__ = ["Gate", "GateSettings", "Handler"]
