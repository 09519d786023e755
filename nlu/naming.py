"""Which topics the words of a message name: 那邮箱呢 names the mailbox, 那要几天 names none."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from infra import strict_yaml
from nlu.text import clauses, normalize, requests

_ASKS = re.compile(
    r"[?？]|吗|呢|怎么|咋|如何|多少|多久|几|哪|啥|什么|要不要|能不能|在不在|办|[^行了好]不$|(?P<either>.)不(?P=either)"
)

_ANNOUNCES = re.compile(r"[两二三俩仨几\d](?:个|件|样)(?:事|问题|情况)|一个.{2,20}一个")

FILE = Path(__file__).resolve().parent.parent / "data" / "naming.yml"


@lru_cache(maxsize=1)
def _words() -> dict[str, list[re.Pattern[str]]]:
    _, data = strict_yaml.read(FILE, f"data/{FILE.name}")
    return {topic: [re.compile(each) for each in words] for topic, words in data.items()}


def named_topics(text: str) -> list[str]:
    """Return the topics that the text names, longest words first."""
    plain = normalize(text)
    found: dict[str, int] = {}
    for topic, patterns in _words().items():
        hits = [len(hit[0]) for pattern in patterns if (hit := pattern.search(plain))]
        if hits:
            found[topic] = max(hits)
    return sorted(found, key=lambda topic: -found[topic])


def asked_apart(text: str) -> list[str]:
    """Return the parts of a raw message that each ask for something.

    Sentences do; clauses between commas where at least two ask, each of a topic of its own.
    """
    parts = requests(text)
    if parts:
        return parts
    found = [part for part in clauses(text.replace("、", "，")) if len(part) > 2]
    named = [named_topics(part)[:1] for part in found]
    asking = [bool(_ASKS.search(part)) for part in found]
    if _ANNOUNCES.search(text):  # 两个事啊 一个密码忘了 一个锅漏水要退
        listed = [part for part, topics in zip(found, named, strict=True) if topics]
        return listed if len({topics[0] for topics in named if topics}) > 1 else []
    different = {topics[0] for topics, asks in zip(named, asking, strict=True) if topics and asks}
    return found if sum(asking) > 1 and len(different) > 1 else []
