"""What a message can mean where the conversation stands, and which of its readings decides."""

from actions.readings.decide import ORDER, READERS, answer_rest, decide, readings
from actions.readings.reading import Reading

__all__ = ["ORDER", "READERS", "Reading", "answer_rest", "decide", "readings"]
