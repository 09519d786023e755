"""`python -m content`: checks the content, and that topics, domain and training data agree."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from content.loader import Content, ContentError, library

ROOT = Path(__file__).resolve().parent.parent


def disagreements(
    topics: Iterable[str], domain: Iterable[str], trained: Iterable[str]
) -> list[str]:
    """Return what the three places lack of each other, as sentences that name the file to edit."""
    topics, domain, trained = set(topics), set(domain), set(trained)
    found = [
        f"domain.yml: 缺少意图 {name}（有 content/topics/{name}.yml）" for name in topics - domain
    ]
    found += [f"data/nlu: 意图 {name} 没有训练例句" for name in (domain | topics) - trained]
    found += [f"domain.yml: 缺少意图 {name}（data/nlu 里有它的例句）" for name in trained - domain]
    answered = _answered_by_topics()
    found += [
        f"content/topics/{name}.yml: 没有这个文件（data/rules.yml 用 action_answer 回答它）"
        for name in answered - topics
    ]
    found += [
        f"data/rules.yml: 意图 {name} 没有交给 action_answer，content/topics/{name}.yml 用不上"
        for name in topics - answered
    ]
    return sorted(found)


def _read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf8")) or {}


def _answered_by_topics() -> set[str]:
    """Return the intents whose rule runs action_answer."""
    intents: set[str] = set()
    for rule in _read(ROOT / "data" / "rules.yml")["rules"]:
        steps = rule["steps"]
        if {"action": "action_answer"} in steps:
            for step in steps:
                choices = step.get("or", [step])
                intents |= {choice["intent"] for choice in choices if "intent" in choice}
    return intents


def _trained() -> set[str]:
    files = [ROOT / "data" / "nlu.yml", *sorted((ROOT / "data" / "nlu").glob("*.yml"))]
    return {block["intent"] for path in files for block in _read(path)["nlu"] if "intent" in block}


def main() -> int:
    """Check and report; return the exit code."""
    try:
        content: Content = library.load()
    except ContentError as error:
        print(error, file=sys.stderr)
        return 1
    found = disagreements(content.topics, _read(ROOT / "domain.yml")["intents"], _trained())
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
