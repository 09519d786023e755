"""What a new version understands otherwise than the one that answers: its report, as data.

Knows nothing of Rasa: it is handed what both versions took each sentence for.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

SHOWN = 60  # sentences of a list
# From which on more losses than gains are no chance (McNemar's test, 5 %).
CHANCE = 3.84

Report = dict[str, Any]


@dataclass(frozen=True)
class Compared:
    """A sentence, and the intents that both versions take it for.

    Args:
        text: what it is; "" of a message of the record.
        wanted: the intent that it has; "" when nobody said.
        live, new: what the version that answers, and the new one, make of it.
        seq: the message's position in the record.
    """

    text: str
    wanted: str
    live: str
    new: str
    seq: int = 0

    @property
    def lost(self) -> bool:
        """Tell whether only the version that answers is right."""
        return self.live == self.wanted != self.new

    @property
    def won(self) -> bool:
        """Tell whether only the new one is."""
        return self.new == self.wanted != self.live


def make(
    own: Sequence[Compared],
    taught: Sequence[Compared],
    must_stay: Sequence[Compared],
    real: Sequence[Compared],
    watched: Sequence[str],
    outside: str,
) -> Report:
    """Return the report.

    Args:
        own: the evaluation set.
        taught: what leads taught.
        must_stay: what leads want to be understood by every version.
        real: the newest messages of customers.
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
                if each.live != each.new
            ],
        },
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
    for kind in ("inside", "outside"):
        losses, gains = report[kind]["losses"], report[kind]["gains"]
        if losses > gains and (losses - gains) ** 2 / (losses + gains) > CHANCE:
            found.append({"kind": kind, "intent": "", "count": losses - gains})
    return found
