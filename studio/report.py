"""What a new version understands otherwise than the one that answers: its report, as data.

Knows nothing of Rasa: it is handed what both versions took each sentence for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from studio.playing import Played, PlayedTurn

SHOWN = 60  # sentences of a list
# From which on more losses than gains are no chance (McNemar's test, 5 %).
CHANCE = 3.84

Report = dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """A sentence, and the intents that both versions take it for.

    Args:
        text: what it is.
        wanted: the intent that it has.
        live, new: what the version that answers, and the new one, make of it.
    """

    text: str
    wanted: str
    live: str
    new: str

    @property
    def lost(self) -> bool:
        """Tell whether only the version that answers is right."""
        return self.live == self.wanted != self.new

    @property
    def won(self) -> bool:
        """Tell whether only the new one is."""
        return self.new == self.wanted != self.live


@dataclass(frozen=True)
class Answered:
    """A message of the record, answered in its conversation by both versions.

    Args:
        seq: its position; what was written is nobody's to keep here.
        live, new: the intents that they take it for.
        same: whether they say the same.
    """

    seq: int
    live: str
    new: str
    same: bool


@dataclass(frozen=True)
class Compare:
    """A conversation that somebody wrote, played with both versions."""

    live: Played
    new: Played


def make(
    own: Sequence[Compared],
    taught: Sequence[Compared],
    must_stay: Sequence[Compared],
    real: Sequence[Answered],
    conversations: Sequence[Compare],
    unfit: int,
    watched: Sequence[str],
    outside: str,
) -> Report:
    """Return the report.

    Args:
        own: the evaluation set.
        taught: what leads taught.
        must_stay: what leads want to be understood by every version.
        real: the newest messages of customers.
        conversations: the tests that are conversations.
        unfit: files of them that do not fit the content.
        watched: the intents that must not be missed.
        outside: the intent of what is none of ours.
    """
    inside = [each for each in own if each.wanted != outside]
    beyond = [each for each in own if each.wanted == outside]
    report: Report = {
        "inside": _counted(inside),
        "outside": _counted(beyond),
        "watched": [
            {"intent": name, **_counted([each for each in own if each.wanted == name])}
            for name in watched
        ],
        "taught": _counted(taught),
        "must_stay": _counted(must_stay),
        "real": {
            "of": len(real),
            "changed": [
                {"seq": each.seq, "live": each.live, "new": each.new}
                for each in real
                if not each.same
            ],
        },
        "conversations": {**_played(conversations), "unfit": unfit},
    }
    report["regressions"] = _regressions(report)
    return report


def _counted(sentences: Iterable[Compared]) -> Report:
    """Return how many each version gets right, and the sentences that made the difference."""
    found = list(sentences)
    return {
        "of": len(found),
        "live": sum(each.live == each.wanted for each in found),
        "new": sum(each.new == each.wanted for each in found),
        "lost": _shown(each for each in found if each.lost),
        "won": _shown(each for each in found if each.won),
        "wrong": _shown(each for each in found if each.new != each.wanted),
        "losses": sum(each.lost for each in found),
        "gains": sum(each.won for each in found),
        "misses": sum(each.new != each.wanted for each in found),
    }


def _played(conversations: Sequence[Compare]) -> Report:
    """Return how many conversations hold with each version, and where the new one fails."""
    lost = [each for each in conversations if each.live.holds and not each.new.holds]
    won = [each for each in conversations if each.new.holds and not each.live.holds]
    return {
        "of": len(conversations),
        "live": sum(each.live.holds for each in conversations),
        "new": sum(each.new.holds for each in conversations),
        "losses": len(lost),
        "gains": len(won),
        "lost": [_failed(each.new, each.live) for each in lost][:SHOWN],
        "won": [_failed(each.live, each.new) for each in won][:SHOWN],
    }


def _failed(failing: Played, other: Played) -> Report:
    """Return the first turn of a conversation that fails, and what the other version said there."""
    place = next((at for at, turn in enumerate(failing.turns) if turn.problems), 0)
    turn = _at(failing, place)
    problems = [*turn.problems, *failing.problems] if turn else failing.problems
    right = _at(other, place)
    return {
        "name": failing.conversation.name,
        "said": [each.did for each in failing.turns[: place + 1]],
        "reason": problems[0].reason if problems else "",
        "wrong": turn.answer.seen if turn else "",
        "right": right.answer.seen if right else "",
    }


def _at(played: Played, place: int) -> PlayedTurn | None:
    return played.turns[place] if place < len(played.turns) else None


def _shown(sentences: Iterable[Compared]) -> list[dict[str, str]]:
    return [
        {"text": each.text, "wanted": each.wanted, "live": each.live, "new": each.new}
        for each in sentences
    ][:SHOWN]


def _regressions(report: Report) -> list[dict[str, Any]]:
    """Return why a version is not published as it is: each a kind, what of, and how many."""
    found: list[dict[str, Any]] = []
    if misses := report["must_stay"]["misses"]:
        found.append({"kind": "must_stay", "intent": "", "count": misses})
    found += [
        {"kind": "watched", "intent": each["intent"], "count": each["losses"] - each["gains"]}
        for each in report["watched"]
        if each["losses"] > each["gains"]
    ]
    for kind in ("inside", "outside", "conversations"):
        losses, gains = report[kind]["losses"], report[kind]["gains"]
        if losses > gains and (losses - gains) ** 2 / (losses + gains) > CHANCE:
            found.append({"kind": kind, "intent": "", "count": losses - gains})
    return found
