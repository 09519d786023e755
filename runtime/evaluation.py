"""How a model understands sentences: what `make evaluate` and a version's report are made of."""

from __future__ import annotations

import logging
import math
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from actions.fallback import suggestions
from content import library
from nlu.intents import FALLBACK, OUT_OF_SCOPE

ROOT = Path(__file__).resolve().parent.parent
MODEL = ROOT / "models" / "assistant.tar.gz"
# What must not be missed: dangers, and who wants a human.
WATCHED = ("account_compromised", "abnormal_transaction", "suspected_scam", "human_handoff")


@dataclass
class Row:
    """A sentence, what it means, and what the assistant makes of it."""

    group: str
    intent: str
    text: str
    predicted: str = ""  # the intent that is acted on; nlu_fallback when none
    best: str = ""  # the likeliest intent, whatever its confidence
    confidence: float = 0.0
    suggested: tuple[str, ...] = ()
    top: tuple[str, ...] = ()  # the three likeliest besides out_of_scope

    @property
    def answered(self) -> bool:
        """Tell whether some topic or move is acted on."""
        return self.predicted not in {FALLBACK, OUT_OF_SCOPE}


def read_rows(path: Path) -> list[Row]:
    """Read a file of sentences.

    Raises:
        ValueError: a line has neither two nor three columns; names file and line.
    """
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf8").splitlines(), 1):
        parts = line.split("\t")
        if not line.strip() or "intent" in parts[:2]:
            continue
        if len(parts) not in {2, 3}:
            raise ValueError(f"{path}:{number}: expected intent<TAB>text")
        group, intent, text = parts if len(parts) == 3 else ["all", *parts]
        rows.append(Row(group, intent, text))
    return rows


def load(model: Path) -> Any:
    """Return Rasa's agent of a model, as it is served: understanding, without actions."""
    import structlog
    from rasa.core.agent import Agent

    from runtime.patches import install

    install()  # as `make run` does
    # Rasa prints every text it parses until it is told not to.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    return Agent.load(str(model))


async def predict(rows: Sequence[Row], model: Path = MODEL) -> None:
    """Let the served model parse every sentence, and show how far it is."""
    agent = load(model)
    for number, row in enumerate(rows, 1):
        await hear(row, agent)
        if number % 100 == 0 or number == len(rows):
            print(f"\r{number}/{len(rows)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


async def hear(row: Row, agent: Any) -> None:
    """Let an agent parse a sentence, and note what it makes of it."""
    parsed = await agent.parse_message(row.text)
    ranking = [each for each in parsed["intent_ranking"] if each["name"] != FALLBACK]
    row.predicted = parsed["intent"]["name"] or FALLBACK
    row.best, row.confidence = ranking[0]["name"], ranking[0]["confidence"]
    row.top = tuple([g["name"] for g in ranking if g["name"] != OUT_OF_SCOPE][:3])
    answered = row.predicted if row.answered else None
    row.suggested = tuple(suggestions(ranking, library.current(), answered))


def share(hits: Iterable[bool]) -> dict[str, float]:
    """Return the share of hits with its 95 % Wilson interval."""
    seen = list(hits)
    count = len(seen)
    if not count:
        return {"share": math.nan, "low": math.nan, "high": math.nan, "of": 0}
    p, z = sum(seen) / count, 1.96
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z * math.sqrt(p * (1 - p) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return {"share": p, "low": middle - half, "high": middle + half, "of": count}


def figures(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return the figures that count, each with its interval."""
    inside = [row for row in rows if row.intent != OUT_OF_SCOPE]
    outside = [row for row in rows if row.intent == OUT_OF_SCOPE]
    found = {
        "in scope: right at once": share(row.predicted == row.intent for row in inside),
        "in scope: wrong answer": share(
            row.answered and row.predicted != row.intent for row in inside
        ),
        "in scope: right in answer or suggestions": share(
            row.intent in (row.predicted, *row.suggested) for row in inside
        ),
        "in scope: right one in top 3": share(row.intent in row.top for row in inside),
        "out of scope: answered wrongly": share(row.answered for row in outside),
        "likeliest intent is right (all)": share(row.best == row.intent for row in rows),
    }
    for name in WATCHED:
        found[f"recall: {name}"] = share(
            row.predicted == name for row in inside if row.intent == name
        )
    return found
