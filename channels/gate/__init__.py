"""The one way in: every channel's messages pass here before Rasa sees them."""

from channels.gate.gate import Gate, GateSettings, Handler

__all__ = ["Gate", "GateSettings", "Handler"]
