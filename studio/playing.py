"""Plays conversations that somebody wrote, and says where an answer is not what was expected.

Who answers is handed in: an assistant over HTTP, or a model in this process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol

from content import library
from studio.conversations import NO_STEP, Conversation, Expectation, Patterns, Turn

# Phrases of content/phrases.yml: what is said instead of an answer, and when something broke.
# Nobody knows what the customer meant; or it is said honestly that there is no answer.
NOT_UNDERSTOOD = ("did_you_mean", "what_failed", "nothing_under_way", "not_known_again")
HONEST = (
    "not_known",
    "not_known_about",
    "not_known_again",
    "outside",
    "outside_again",
    "outside_feature",
    "outside_other",
    "outside_life",
    "outside_life_again",
    "outside_cannot",
)
BROKEN = ("failed", "failed_human", "slow", "bad_request", "button_expired", "session_expired")

# Buttons by their names in content/phrases.yml: what is seen when one of them was picked.
HUMAN_BUTTONS = ("button_human", "button_human_now")
STEP_BUTTONS = ("button_next", "button_previous", "button_retry", "button_walk", "button_back")


@dataclass(frozen=True)
class Answer:
    """What a customer sees after a turn; `cards` are step cards as `找回密码 2/5`."""

    text: str = ""
    buttons: tuple[str, ...] = ()
    cards: tuple[str, ...] = ()
    card_titles: tuple[str, ...] = ()

    @classmethod
    def of(cls, messages: Sequence[Mapping[str, Any]]) -> Answer:
        """Return what is seen of messages as channels get them."""
        steps = [step for message in messages if (step := message.get("step"))]
        return cls(
            text="\n".join(message["text"] for message in messages),
            buttons=tuple(
                each["title"] for message in messages for each in message.get("buttons") or ()
            ),
            cards=tuple(f"{step['procedure']} {step['index']}/{step['total']}" for step in steps),
            card_titles=tuple(step["title"] for step in steps),
        )

    @property
    def seen(self) -> str:
        """Texts and step cards, without the buttons."""
        cards = zip(self.cards, self.card_titles, strict=True)
        return "\n".join([*(f"〔{card} {title}〕" for card, title in cards), self.text])


@dataclass(frozen=True)
class Problem:
    """An expectation that does not hold, and where it is written."""

    line: int
    reason: str


@dataclass
class PlayedTurn:
    """What was done, what was seen, and what is wrong with it."""

    did: str
    answer: Answer
    problems: list[Problem] = field(default_factory=list)


@dataclass
class Played:
    """A conversation that was played.

    Args:
        conversation: which.
        turns: those that were done, and the one that could not be.
        problems: those of no single turn.
        stuck: whether a turn could not be done.
    """

    conversation: Conversation
    turns: list[PlayedTurn] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    stuck: bool = False

    @property
    def holds(self) -> bool:
        """Whether every expectation holds."""
        return not self.problems and not any(turn.problems for turn in self.turns)

    @property
    def passed(self) -> bool:
        """Whether there is nothing new to mend."""
        return self.holds or bool(self.conversation.known_failure)

    @property
    def mended(self) -> bool:
        """Whether a known failure is none any more."""
        return self.holds and bool(self.conversation.known_failure)


class NothingHappened(Exception):
    """A turn that could not be done; the text says why."""


class Customer(Protocol):
    """Who talks with an assistant; `visible` are the buttons shown last."""

    visible: tuple[str, ...]

    def do(self, turn: Turn) -> tuple[str, Answer]:
        """Say or press it; return what was done and what is seen.

        Raises:
            NothingHappened: no such button, no answer.
        """


def play(customer: Customer, conversation: Conversation, patterns: Patterns) -> Played:
    """Play a conversation, as far as its turns can be done."""
    played = Played(conversation)
    previous = ""
    for turn in conversation.turns:
        before = customer.visible
        try:
            did, answer = customer.do(turn)
        except NothingHappened as error:
            problems = [Problem(turn.line, str(error))]
            played.turns.append(PlayedTurn(turn.text, Answer(), problems))
            played.stuck = True
            return played
        problems = list(_always(turn, answer, previous))
        for expectation in turn.expectations:
            reason = _check(expectation, answer, before, patterns)
            if reason:
                problems.append(Problem(expectation.line, reason))
        played.turns.append(PlayedTurn(did, answer, problems))
        previous = answer.text
        customer.visible = answer.buttons or before
    return played


# ---- what is expected of an answer


@cache
def _phrase(name: str) -> re.Pattern[str]:
    """Return what that phrase looks like when it is said."""
    parts = re.split(r"\{\w+\}", library.current().phrases[name])
    return re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)


def said_of(names: Sequence[str], text: str) -> str:
    """Return the phrase that the text holds, or nothing."""
    found = (_phrase(name).search(text) for name in names)
    return next((match[0] for match in found if match), "")


def _pairs(title: str) -> set[str]:
    letters = re.sub(r"\W", "", title)
    return {letters[start : start + 2] for start in range(len(letters) - 1)}


@cache
def _first_sentences(title: str) -> tuple[str, ...]:
    """Return how the topics and the troubles of that title begin to speak."""
    topics = library.current().topics.values()
    texts = [topic.answer for topic in topics if topic.title == title]
    texts += [
        trouble.help
        for topic in topics
        for step in topic.steps
        for trouble in step.trouble
        if trouble.title == title
    ]
    return tuple(re.split(r"[。！？：\n]", text)[0] for text in texts)


def _button_phrases() -> list[str]:
    return [name for name in library.current().phrases if name.startswith("button_")]


def _picked(place: int, before: Sequence[str], answer: Answer, patterns: Patterns) -> str:
    """Say why the answer is not about that button of those; empty when it is."""
    index = place - 1 if place > 0 else place
    if not -len(before) <= index < len(before):
        return f"前面只有 {len(before)} 个按钮，没有第 {place} 个"
    title = before[index]
    if any(_phrase(name).fullmatch(title) for name in HUMAN_BUTTONS):
        about = bool(patterns["human"].search(answer.text))
    elif any(_phrase(name).fullmatch(title) for name in STEP_BUTTONS):
        about = bool(answer.cards)
    elif any(_phrase(name).fullmatch(title) for name in _button_phrases()):
        return f"“{title}” 这样的按钮，picks 看不出回答对不对，请用 see"
    else:
        others = [each for each in before if each != title]
        own = _pairs(title) - {pair for each in others for pair in _pairs(each)}
        about = any(each in answer.text for each in _first_sentences(title))
        about = about or any(pair in answer.seen for pair in own)
    return "" if about else f"回答的不是第 {place} 个按钮 “{title}”"


def _check(
    expectation: Expectation, answer: Answer, before: Sequence[str], patterns: Patterns
) -> str:
    """Say what is wrong; empty when the expectation holds."""
    key, text = expectation.key, expectation.text
    if key in ("see", "see_any"):
        if not any(regex.search(answer.seen) for regex in expectation.regexes):
            return f"应该看到 {' 或 '.join(f'“{each}”' for each in expectation.texts)}，没看到"
    elif key == "not_see":
        match = expectation.regexes[0].search(answer.seen)
        if match:
            return f"不该看到 “{text}”，却看到了 “{match[0][:60]}”"
    elif key == "step":
        shown = "、".join(answer.cards) or "没有步骤"
        if answer.cards if text == NO_STEP else _squeezed(text) not in map(_squeezed, answer.cards):
            return f"步骤应该是 “{text}”，却是 “{shown}”"
    elif key == "buttons":
        if not any(text in title for title in answer.buttons):
            return f"应该有按钮 “{text}”，没有"
    elif key == "no_buttons":
        found = [title for title in answer.buttons if text in title]
        if found:
            return f"不该有按钮 “{text}”，却有 “{found[0]}”"
    elif key == "ticket":
        match = patterns["ticket"].search(answer.text)
        if expectation.wanted and not match:
            return "应该登记人工（有工单），没有登记"
        if match and not expectation.wanted:
            return f"不该登记人工，却说了 “{match[0]}”"
    elif key == "picks":
        return _picked(int(text), before, answer, patterns)
    return ""


def _squeezed(text: str) -> str:
    return text.replace(" ", "")


def _always(turn: Turn, answer: Answer, previous: str) -> Iterator[Problem]:
    """Find what is wrong in any turn that does not say otherwise."""
    broken = said_of(BROKEN, answer.text)
    if broken:
        yield Problem(turn.line, f"出错了：“{broken}”")
    missed = said_of(NOT_UNDERSTOOD, answer.text)
    honest = missed or said_of(HONEST, answer.text)
    understood = turn.value("understood")
    if understood is None and not turn.presses:
        understood = True
    if understood and missed:
        yield Problem(turn.line_of("understood"), f"没听懂：“{missed}”")
    if understood is False and not honest:
        yield Problem(turn.line_of("understood"), "应该老实说没听懂，却当听懂了回答")
    if answer.text == previous and not turn.value("repeats"):
        yield Problem(turn.line_of("repeats"), "和上一句回答一字不差")
