"""What content/ and the training data say of each other: one without the other is of no use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from content.model import Content
from infra import strict_yaml

ROOT = Path(__file__).resolve().parent.parent

Place = tuple[str, tuple[str | int, ...]]  # a document's name, and the path in it


def disagreements(
    topics: Iterable[str],
    domain: Iterable[str],
    trained: Iterable[str],
    taught: Iterable[str] = (),
) -> list[str]:
    """Return what the three places lack of each other, as sentences that name the file to edit.

    Args:
        topics, domain, trained: the intents that content, domain.yml and data/nlu know.
        taught: those of sentences.yml; a topic that is taught there needs no other place.
    """
    topics, domain, trained, taught = set(topics), set(domain), set(trained), set(taught)
    nobodys = taught - domain - topics
    topics -= taught - domain
    found = [
        f"domain.yml: 缺少意图 {name}（有 content/topics/{name}.yml）" for name in topics - domain
    ]
    found += [f"data/nlu: 意图 {name} 没有训练例句" for name in (domain | topics) - trained]
    found += [f"domain.yml: 缺少意图 {name}（data/nlu 里有它的例句）" for name in trained - domain]
    found += [f"content/sentences.yml: 没有 “{name}” 这个意图" for name in nobodys]
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


# Acts that actions/ itself answers (actions/readings/); every other one has its answer here.
OF_THE_CODE = {
    "plain",
    "outside",
    "harmless",
    "tells",
    "refuses_topic",
    "go_on_other",
    "wants_human",
    "refuses_human",
    "about_human",
    "where_is_human",
    "where_in_queue",
    "is_it_noted",
    "stranger_called",
    "ticket_number",
    "despair_self",
    "despair_other",
    "despair_calm",
}


def answers_of_acts(content: Content) -> dict[str, Place]:
    """Return where the answer to each act of data/acts stands."""
    danger = content.danger
    found: dict[str, Place] = {}
    for name, keys in (("=followups", content.followups), ("=manners", content.manners)):
        found |= {key: (name, (key,)) for key in keys}
    found |= {key: ("=danger", ("kinds", key)) for key in danger.kinds}
    found |= {key: ("=danger", ("followups", key)) for key in danger.followups}
    for topic in content.topics.values():
        found |= {f"{topic.name}.{key}": (topic.name, ("asked", key)) for key in topic.asked}
        for at, step in enumerate(topic.steps):
            act = f"{topic.name}.{at + 1}"
            found |= {f"{act}.{key}": (topic.name, ("steps", at)) for key in ("done", "at")}
            found |= {
                f"{act}.{key}": (topic.name, ("steps", at, "asked", key)) for key in step.asked
            }
            found |= {
                f"{act}.{trouble.key}": (topic.name, ("steps", at, "trouble", place))
                for place, trouble in enumerate(step.trouble)
                if trouble.key
            }
    return found


def disagreeing_acts(content: Content, examples: Iterable[str]) -> list[tuple[str, str]]:
    """Return the acts that only one of data/acts and the content knows, each with the reason.

    Of what is asked at a step, examples for any step of the topic are enough; of what is asked of
    a topic, words in data/naming.yml.
    """
    answers, known = answers_of_acts(content), set(examples)
    worded = _asked_by_words()
    steps = {
        (name, key)
        for name, _, rest in (act.partition(".") for act in known)
        if "." in rest and (key := rest.partition(".")[2])
    }
    found = [
        (act, f"“{act}” 有例句，content 里没有它的回答") for act in known - {*answers, *OF_THE_CODE}
    ]
    found += [
        (act, f"data/naming.yml 里有 “{act}” 的字眼，content 里没有它的回答")
        for act in worded - answers.keys()
    ]
    for act in answers.keys() - known - worded:
        name, _, rest = act.partition(".")
        key = rest.partition(".")[2]
        if not key:
            found.append((act, f"“{act}” 有回答，没有例句"))
        elif key not in {"done", "at"} and (name, key) not in steps:
            found.append((act, f"{name} 的 “{key}” 没有例句"))
    return sorted(found)


def _asked_by_words() -> set[str]:
    """Return the particular questions whose words stand in data/naming.yml, as `topic.key`."""
    _, data = strict_yaml.read(ROOT / "data" / "naming.yml", "data/naming.yml")
    return {name for name in data if "." in name}


def acts_without_answer(content: Content, examples: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what data/acts and the content lack of each other, as sentences."""
    reasons = {reason for _, reason in disagreeing_acts(content, examples)}
    found = [f"data/acts: {reason}" for reason in reasons]
    seen: dict[str, str] = {}
    for act, sentences in examples.items():
        for sentence in sentences:
            if sentence in seen:
                found.append(f"data/acts: “{sentence}” 写了两次（{seen[sentence]}、{act}）")
            seen[sentence] = act
    return sorted(found)


def read(path: Path) -> dict[str, Any]:
    """Return what a YAML file of the project holds.

    Raises:
        ValueError: it is broken; the text is `file:line: reason`.
    """
    return strict_yaml.read(path, str(path.relative_to(ROOT)))[1] or {}


def _answered_by_topics() -> set[str]:
    """Return the intents whose rule runs action_answer."""
    intents: set[str] = set()
    for rule in read(ROOT / "data" / "rules.yml")["rules"]:
        steps = rule["steps"]
        if {"action": "action_answer"} in steps:
            for step in steps:
                choices = step.get("or", [step])
                intents |= {choice["intent"] for choice in choices if "intent" in choice}
    return intents


def trained() -> set[str]:
    """Return the intents that have examples."""
    files = [ROOT / "data" / "nlu.yml", *sorted((ROOT / "data" / "nlu").glob("*.yml"))]
    return {block["intent"] for path in files for block in read(path)["nlu"] if "intent" in block}


def intents() -> list[str]:
    """Return the intents of domain.yml; none where it is broken or missing."""
    try:
        return [str(each) for each in read(ROOT / "domain.yml")["intents"]]
    except (ValueError, KeyError, OSError):
        return []


def read_acts() -> dict[str, list[str]]:
    """Return the sentences of data/acts by the act that they are examples of.

    Raises:
        ValueError: a file is broken.
    """
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "acts").glob("*.yml")):
        for act, sentences in read(path).items():
            found.setdefault(act, []).extend(sentences)
    return found
