"""Which topics the words of a message name: 那邮箱呢 names the mailbox, 那要几天 names none."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

import yaml

from nlu.text import normalize

FILE = Path(__file__).resolve().parent.parent / "data" / "naming.yml"


@lru_cache(maxsize=1)
def _words() -> dict[str, list[re.Pattern[str]]]:
    data = yaml.safe_load(FILE.read_text(encoding="utf8"))
    return {topic: [re.compile(each) for each in words] for topic, words in data.items()}


def named_topics(text: str) -> list[str]:
    """Return the topics that the text names, those of the longest words first."""
    plain = normalize(text)
    found: dict[str, int] = {}
    for topic, patterns in _words().items():
        hits = [len(hit[0]) for pattern in patterns if (hit := pattern.search(plain))]
        if hits:
            found[topic] = max(hits)
    return sorted(found, key=lambda topic: -found[topic])
