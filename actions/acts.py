"""The acts of a message (nlu/act_classifier.py), weighed by where the conversation stands.

The classifier does not know the conversation: 收到了 may be the code of step 2 or thanks for an
answer. Each act is weighed by how likely it is here, and what is left is what the customer does.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

LIKE = 0.38  # likeness to the nearest example from which an act's answer is one to the question
DATA = Path(__file__).resolve().parent.parent / "data"
SIBLINGS = DATA / "siblings.yml"
WORDS = DATA / "act_words.yml"
IN_DANGER = "d_"  # begins the acts that only make sense while a danger lasts
DANGERS = (
    "scam_code",
    "scam_screen",
    "scam_safe_account",
    "scam_link",
    "scam_friend",
    "scam_rent",
    "scam_loan",
    "scam_refund",
    "scam_task",
    "scam_invest",
    "scam_prize",
    "scam_romance",
    "scam_blackmail",
    "scam_trade",
    "scam_general",
    "stolen_money",
    "stolen_account",
    "lost_phone",
    "lost_sim",
    "code_unasked",
    "stranger_money",
    "child_purchase",
    "malware",
    "entered_phishing",
)
DESPAIR = ("despair_self", "despair_other")
# What an act means where it is not at hand: a kind of question about what is spoken of.
ELSEWHERE = {
    "d_if_not": "what_if",
    "d_proof": "real",
    "d_how_happened": "why",
    "d_shaken": "worried",
    "d_evidence": "need",
    "forgot_password.2.code_when": "how_long",
}


@dataclass(frozen=True)
class Standing:
    """Where the conversation stands, as far as it makes acts likely.

    `topics`: those at hand or named in the message; `keys`: the troubles of the step at hand.
    """

    topics: frozenset[str | None] = frozenset()
    procedure: str | None = None
    step: int = 1
    away: bool = False  # something else was talked about since the step was shown
    keys: frozenset[str] = frozenset()
    in_danger: bool = False
    in_despair: bool = False
    waits: bool = False
    collects: bool = False
    not_meant: frozenset[str] = frozenset()  # topics that were denied


# How much likelier an act is (a factor) where the conversation stands so.
_HERE = 4.0  # at this step, about this topic, in this danger
_NEAR = 3.0  # at a neighbouring step
_SAME = 2.0  # at another step of the procedure, or made likelier by what was asked
_OPENER = 0.5  # a step of a procedure that is not under way
_ELSEWHERE = 0.15  # a question of another topic, a step of another procedure
_DENIED = 0.02  # of a topic that the customer said not to mean
_HARDLY = 0.05  # out of a danger or despair that does not last


def _weight(act: str, standing: Standing) -> float:
    parts = act.split(".")
    if parts[0] in standing.not_meant:
        return _DENIED
    if len(parts) == 3:
        if parts[0] != standing.procedure:
            return _OPENER if standing.procedure is None else _ELSEWHERE
        if standing.away:
            return 1.0
        away = abs(int(parts[1]) - standing.step)
        if away == 0 or parts[2] in standing.keys:
            return _HERE
        return _NEAR if away == 1 else _SAME
    if len(parts) == 2:
        return _SAME if parts[0] in standing.topics else _ELSEWHERE
    if act.startswith(IN_DANGER):
        return _SAME if standing.in_danger else _HARDLY
    if act == "despair_calm":
        return _HERE if standing.in_despair else _HARDLY
    if (
        act in {"where_is_human", "where_in_queue", "ticket_number", "is_it_noted"}
        and standing.waits
    ):
        return _SAME
    if act in {"tells", "lacks", "shows", "no_questions"} and standing.collects:
        return _SAME
    return 1.0


class Acts:
    """What the customer does with the message: acts with their confidences, 0 to 1."""

    def __init__(self, found: Mapping[str, Any], standing: Standing, text: str = "") -> None:
        """Weigh what the classifier found.

        Args:
            found: `whole`, a list of [act, confidence]; `clauses`, each a `text` with its `acts`;
                both with `like`, how like the nearest example of each act is.
            standing: where the conversation stands.
            text: the whole message, normalised.
        """
        whole = _in_words(found.get("whole") or (), text)
        clauses = [
            (each["text"], _in_words(each["acts"], text)) for each in found.get("clauses") or ()
        ]
        self.raw: dict[str, float] = dict(whole)
        self._like = [found.get("like") or {}]
        self._like += [each.get("like") or {} for each in found.get("clauses") or ()]
        self.whole = _weighed(whole, standing)
        self._raw_clauses: list[dict[str, float]] = [dict(acts) for _, acts in clauses]
        self.clauses = [(str(part), _weighed(acts, standing)) for part, acts in clauses]

    def sum(self, acts: Collection[str], clauses: bool = False) -> float:
        """Return how surely the message is one of these acts; with `clauses`, or a part of it."""
        shares = [sum(self.whole.get(act, 0.0) for act in acts)]
        if clauses:
            shares += [sum(each.get(act, 0.0) for act in acts) for _, each in self.clauses]
        return max(shares)

    def unweighed(self, acts: Collection[str], clauses: bool = False) -> float:
        """Return how surely the message is one of these acts wherever the conversation stands."""
        rankings = [self.raw, *(self._raw_clauses if clauses else ())]
        return max(float(sum(each.get(act, 0.0) for act in acts)) for each in rankings)

    def best(self, acts: Iterable[str], clauses: bool = False) -> tuple[str, float]:
        """Return the likeliest of these acts with its confidence; ("", 0) when it is none."""
        rankings = [self.whole, *(each for _, each in self.clauses if clauses)]
        pairs = ((act, each.get(act, 0.0)) for act in acts for each in rankings)
        return max(pairs, key=lambda pair: pair[1], default=("", 0.0))

    def of(self, prefix: str, clauses: bool = False) -> tuple[str, float]:
        """Return the likeliest act whose name begins so."""
        rankings = [self.whole, *(each for _, each in self.clauses if clauses)]
        names = {act for each in rankings for act in each if act.startswith(prefix)}
        return self.best(names, clauses)

    def like(self, act: str) -> float:
        """Return how like an example of that act the message is, or a clause of it: 0 to 1.

        Siblings' examples count: what is said alike is one question. 1 where nothing is known.
        """
        names = {act, *siblings().get(act, ())}
        found = [each[name] for each in self._like for name in names if name in each]
        return max(found, default=1.0)

    @property
    def tops(self) -> list[tuple[str, float]]:
        """Return the likeliest act of each clause of several."""
        return [
            max(acts.items(), key=lambda pair: pair[1], default=("", 0.0))
            for _, acts in self.clauses
        ]

    @property
    def top(self) -> tuple[str, float]:
        """Return the likeliest act of all."""
        return self.best(self.whole)


@lru_cache(maxsize=1)
def siblings() -> dict[str, tuple[str, ...]]:
    """Return of each act those that are said alike elsewhere, in the order of siblings.yml."""
    groups = yaml.safe_load(SIBLINGS.read_text(encoding="utf8"))
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for act in group:
            others = tuple(each for each in group if each != act)
            found[act] = (*found.get(act, ()), *others)
    return found


@lru_cache(maxsize=1)
def _needed() -> tuple[tuple[str, re.Pattern[str]], ...]:
    found = yaml.safe_load(WORDS.read_text(encoding="utf8"))
    return tuple((name, re.compile(words)) for name, words in found.items())


@lru_cache(maxsize=1024)
def _words_of(act: str) -> re.Pattern[str] | None:
    return next((words for name, words in _needed() if fnmatchcase(act, name)), None)


def _in_words(ranking: Iterable[Any], text: str) -> list[tuple[str, float]]:
    """Return the acts without those whose words the text has not."""
    found = []
    for act, share in ranking:
        words = _words_of(act)
        if words is None or not text or words.search(text):
            found.append((act, share))
    return found


def _at_hand(act: str, standing: Standing) -> bool:
    """Tell whether the act makes sense where the conversation stands."""
    parts = act.split(".")
    if len(parts) == 3:
        return parts[0] == standing.procedure
    if len(parts) == 2:
        return parts[0] in standing.topics
    return standing.in_danger if act.startswith(IN_DANGER) else False


def _here(act: str, standing: Standing) -> str:
    """Return the act that is meant: a sibling, where that one is at hand and this one is not."""
    if _at_hand(act, standing):
        return act
    others = siblings().get(act, ())
    near = next((each for each in others if _at_hand(each, standing)), None)
    if near is None and act.count(".") == 2:
        near = next((each for each in others if "." not in each), None)
    if near is None and act.startswith(IN_DANGER):
        near = next((each for each in others if not each.startswith(IN_DANGER)), None)
    near = near or ELSEWHERE.get(act)
    return near or act


def _weighed(ranking: Iterable[Any], standing: Standing) -> dict[str, float]:
    weighed: dict[str, float] = {}
    for act, share in ranking:
        meant = _here(act, standing)
        weighed[meant] = weighed.get(meant, 0.0) + share * _weight(meant, standing)
    total = sum(weighed.values()) or 1.0
    return {act: share / total for act, share in sorted(weighed.items(), key=lambda one: -one[1])}
