"""What the assistant says, as the rest of the program reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from content.hours import describe

STEPS = "steps"  # in a topic's texts: how many steps it has, as a Chinese numeral


@dataclass(frozen=True)
class Trouble:
    """Something that goes wrong at a step, and what then helps."""

    title: str
    help: str
    key: str = ""
    intents: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    human: bool = False
    facts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a procedure; `asked` are the answers to what customers ask at it, by key."""

    title: str
    text: str
    trouble: tuple[Trouble, ...] = ()
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Point:
    """An item of an answer's list: a text that explains it, or the topic that does."""

    text: str = ""
    topic: str | None = None


@dataclass(frozen=True)
class Answer:
    """One thing to say, in several wordings; what else follows from it, as its file says."""

    wordings: tuple[str, ...]
    title: str = ""
    topic: str | None = None
    offer_human: bool = False
    ticket: bool = False
    ends: bool = False
    then: str | None = None
    in_procedure: tuple[str, ...] = ()
    without_topic: str = ""
    talk: Mapping[str, str] = field(default_factory=dict)
    never: tuple[str, ...] = ()  # acts that make no sense in this danger
    denied: re.Pattern[str] | None = None  # words that say there is no such danger
    over: str = ""  # what is said then
    plan: tuple[str, ...] = ()  # what is to be done in this danger: names of facts, in order
    said: re.Pattern[str] | None = None  # words that ask for it in any danger
    unless: re.Pattern[str] | None = None  # words that say it is something else
    if_told: tuple[str, ...] = ()  # facts without which this answer is not right
    unless_told: tuple[str, ...] = ()  # facts with which another answer is right


@dataclass(frozen=True)
class Fact:
    """Something customers tell of themselves or have done: `said` in a clause without `unless`.

    `advice` matches the clauses of answers that tell to do it; `next` is said when it is to be
    done, `instead` in its place where another fact was told, `needless` are facts that spare it.
    Where no danger lasts, only facts that count `anywhere` are looked at in answers.
    """

    name: str
    title: str
    said: tuple[re.Pattern[str], ...]
    unless: re.Pattern[str]
    acts: tuple[str, ...] = ()
    advice: re.Pattern[str] | None = None
    done: str = ""
    next: str = ""
    instead: Mapping[str, str] = field(default_factory=dict)
    how: str = ""
    needless: tuple[str, ...] = ()
    followup: str = ""
    anywhere: bool = False


@dataclass(frozen=True)
class Outside:
    """A thing that we know nothing of: `kind` is that of outside.yml."""

    name: str
    kind: str
    words: re.Pattern[str]


@dataclass(frozen=True)
class Facts:
    """`facts.yml`: what is remembered of the customer's words."""

    known: Mapping[str, Fact]
    all_done: Answer


@dataclass(frozen=True)
class Danger:
    """`danger.yml`: dangers by name, what is asked while one lasts, and the rest."""

    kinds: Mapping[str, Answer]
    followups: Mapping[str, Answer]
    more: Answer
    maybe: Answer
    hypothetical: Answer
    denied: re.Pattern[str]  # where the danger has none of its own
    words: Mapping[str, re.Pattern[str]]  # that ask for a part of `talk`
    asked: Mapping[str, Answer]  # what is asked in any danger, by its words


@dataclass(frozen=True)
class Topic:
    """Everything about one topic but its training examples; `name` is its intent."""

    name: str
    title: str
    category: str
    answer: str
    urgency: str = "normal"
    walkthrough: str | None = None
    steps: tuple[Step, ...] = ()
    done: str = ""
    needs_human: bool = False
    offer_human: bool = False
    collect: tuple[str, ...] = ()
    prepare: str = ""
    related: tuple[str, ...] = ()
    subject: str = ""  # how an honest sentence names the topic
    brief: str = ""
    points: tuple[Point, ...] = ()
    followups: Mapping[str, str] = field(default_factory=dict)  # by kind of question
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Detail:
    """A question asked before the hand-off; the entities that already answer it.

    `free`: the answer is a story in the customer's own words, so whatever it is about is an answer.
    """

    name: str
    title: str
    ask: str  # a part of the one question that asks for several
    question: str
    entities: tuple[str, ...] = ()
    free: bool = False


@dataclass(frozen=True)
class Settings:
    """`assistant.yml`: how sure is sure, how often is too often."""

    common_questions: tuple[str, ...]
    suggest_above: float
    suggestions: int
    sure_above: float
    several_above: float
    misses_before_human: int
    failures_before_human: int
    done_words: tuple[str, ...]
    question_words: tuple[str, ...]
    waiting_words: tuple[str, ...]
    enough_words: tuple[str, ...]
    mistaken_words: tuple[str, ...]
    last_step_words: tuple[str, ...]
    stuck_words: tuple[str, ...]
    queue_words: tuple[str, ...]
    hardship_words: tuple[str, ...]
    agreeing_words: tuple[str, ...]


@dataclass(frozen=True)
class DeskSettings:
    """`desk.yml`: when humans are there, how many may wait, how long silence lasts.

    Minutes, but for the seconds of `agent_absent_…` and the hours of `rate_within`.
    """

    hours: Mapping[str, tuple[str, ...]]
    timezone: str
    holidays: tuple[str, ...]
    most_waiting: int
    customer_reminded_after: float
    customer_closed_after: float
    agent_reminded_after: float
    agent_released_after: float
    agent_absent_after: float
    agent_absent_after_urgent: float
    message_queued_within: float
    rate_within: float
    replies: tuple[Mapping[str, str], ...]
    distribution: str = "manual"  # or automatic
    most_customers: int = 5  # of one agent, where they are given


@dataclass(frozen=True)
class Content:
    """One consistent reading of all files."""

    topics: Mapping[str, Topic]
    details: Mapping[str, Detail]
    settings: Settings
    phrases: Mapping[str, str]
    of_ticket: tuple[str, ...]  # those that tell of a ticket or the queue of our own desk
    contacts: Mapping[str, str]
    desk: DeskSettings
    followups: Mapping[str, Answer]  # kinds of questions
    danger: Danger
    facts: Facts
    despair: Mapping[str, Answer]
    manners: Mapping[str, Answer]
    outside: tuple[Outside, ...]
    # What leads taught: intents by sentences.
    taught: Mapping[str, str]
    must_stay: Mapping[str, str]

    def say(self, name: str, **values: Any) -> str:
        """Return the phrase of that name with its placeholders filled.

        Raises:
            KeyError: no such phrase, or a placeholder without a value.
        """
        phrase = self.phrases[name]
        if "{hours}" in phrase:
            values = {"hours": self.hours, **values}
        return phrase.format_map({**self.contacts, **values})

    @property
    def hours(self) -> str:
        """When humans are there, as customers read it; empty when that is always."""
        today = datetime.now(ZoneInfo(self.desk.timezone)).date()
        return describe(self.desk.hours, self.desk.holidays, self.phrases, today)
