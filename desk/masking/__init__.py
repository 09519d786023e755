"""Hides secrets and personal data in what people write, knowing what was said before."""

from __future__ import annotations

import asyncio
import logging
from itertools import takewhile

from desk.masking.masking import Masked, find_hidden, is_code_expected, mask, may_depend
from desk.masking.text import Hidden
from desk.services import AsyncTranscript

__all__ = [
    "Hidden",
    "Masked",
    "find_hidden",
    "is_code_expected",
    "mask",
    "mask_in_conversation",
    "may_depend",
]

logger = logging.getLogger(__name__)

_CONTEXT = 8  # messages of the record that tell whether a bare number is a code
_READING = 1.0  # seconds for them


async def mask_in_conversation(
    transcript: AsyncTranscript,
    conversation_id: str,
    text: str,
    author: str = "customer",
    key: str = "",
) -> Masked:
    """Hide what `mask` hides, knowing what was said before; without a record, rather too much.

    Args:
        transcript: the record, which is read if what was said before may matter.
        conversation_id: whose.
        text: what is written.
        author: who writes; their last message may end in 我的密码是.
        key: of the message, which may be in the record already.
    """
    if not may_depend(text):
        return mask(text)
    try:
        last = await asyncio.wait_for(transcript.last(conversation_id, _CONTEXT), _READING)
    except Exception as error:
        logger.error("The record failed: %s", type(error).__name__)
        return mask(text, code_expected=True)
    earlier = list(takewhile(lambda entry: entry.key != key, last))
    said = [entry.text for entry in earlier if entry.author == "customer"][-3:]
    answers = [entry.text for entry in earlier if entry.author != "customer" and entry.text]
    own = [entry.text for entry in earlier if entry.author == author]
    expected = is_code_expected(text, said, "".join(answers[-1:]))
    return mask(text, expected, "".join(own[-1:]))
