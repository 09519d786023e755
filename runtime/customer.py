"""A customer who talks with a model in this process, as customers do through the gate.

What a page, a platform or an agent adds is not there; everything that the assistant says is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from channels.gate.faces import without_faces
from channels.gate.options import picked
from content import library
from desk import Button, Desk
from desk.masking import is_code_expected, mask
from infra.text import clean
from runtime.explain import Conversation
from studio.conversations import Turn
from studio.playing import Answer, NothingHappened

KEPT = 3  # of the customer's own messages, which tell whether digits are a code


_TICKET = re.compile(r"K\d{6}|第 \d+ 位")


class Customer:
    """One conversation.

    Args:
        agent: Rasa's, of the model that answers.
        desk: where tickets go.
        name: of the conversation; no other has it.
    """

    def __init__(self, agent: Any, desk: Desk, name: str) -> None:
        self._conversation = Conversation(agent, desk, name)
        self._responses: Mapping[str, Any] = agent.domain.responses
        self._buttons: list[Button] = []  # all that were shown, the newest last
        self._shown: list[Button] = []  # with the last answer that had any
        self._said: list[str] = []
        self._answer = ""
        self.visible: tuple[str, ...] = ()

    def do(self, turn: Turn) -> tuple[str, Answer]:
        """Say or press it; return what was done and what is seen.

        Raises:
            NothingHappened: no such button, no answer.
        """
        if turn.presses:
            button = next((b for b in reversed(self._buttons) if turn.text in b["title"]), None)
            if button is None:
                raise NothingHappened(f"没有按钮 “{turn.text}”")
            return f"[{button['title']}]", Answer.of(self.hears(button["payload"]))
        return turn.text, Answer.of(self.says(turn.text))

    def says(self, text: str) -> Sequence[Mapping[str, Any]]:
        """Write a message; return what is answered.

        Raises:
            NothingHappened: nothing is.
        """
        before = "".join(self._said[-1:])
        expected = is_code_expected(text, self._said[-KEPT:], self._answer)
        masked = mask(clean(text), expected, before)
        self._said.append(masked.text)
        words = without_faces(masked.text)
        pressed = picked(words, self._shown)
        answered = self.hears(pressed["payload"] if pressed else words)
        if masked.secret:
            warned = library.current().say("never_share") + "\n\n" + answered[0]["text"]
            answered[0] = {**answered[0], "text": warned}
        return answered

    def repeats(self, heard: str) -> tuple[str, str]:
        """Let the assistant hear again what is in the record; return the intent that it takes it
        for, and all that it says, without a ticket's number and place."""
        try:
            said = self.hears(heard)
        except NothingHappened:
            said = []
        words: list[str] = [_TICKET.sub("", each["text"]) for each in said]
        words += [button["title"] for each in said for button in each["buttons"]]
        return self._conversation.intent, "\n".join(words)

    def hears(self, words: str) -> list[Mapping[str, Any]]:
        """Let the assistant hear a button's payload, or words as they are; return what it says.

        Raises:
            NothingHappened: it says nothing.
        """
        said = [self._whole(each) for each in self._conversation.answer(words)]
        if not said:
            raise NothingHappened("没有回答")
        for each in said:
            self._shown = list(each.get("buttons") or ()) or self._shown
            self._buttons += each.get("buttons") or ()
        self._answer = said[-1]["text"]
        return said

    def _whole(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a message with the words of the response of domain.yml that it names."""
        words: Mapping[str, Any] = next(
            iter(self._responses.get(message.get("response") or "", ())), {}
        )
        buttons = [*(message.get("buttons") or ()), *(words.get("buttons") or ())]
        return {**message, "text": message.get("text") or words.get("text", ""), "buttons": buttons}
