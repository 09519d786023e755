"""`python -m content`: checks the content, and that topics, domain and training data agree."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from content.acts import wrong_siblings, wrong_words
from content.loader import ContentError, library
from content.model import Content
from infra import strict_yaml
from infra.settings import SettingError

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


def acts_without_answer(content: Content, examples: Mapping[str, Sequence[str]]) -> list[str]:
    """Return what data/acts and the content lack of each other, as sentences."""
    answers = {*content.followups, *content.manners, *content.danger.kinds}
    answers |= {*content.danger.followups, *OF_THE_CODE}
    wanted = set(answers)
    shared: dict[str, set[str]] = {}  # keys that any step of a topic answers
    for topic in content.topics.values():
        wanted |= {f"{topic.name}.{key}" for key in topic.asked}
        answers |= {f"{topic.name}.{key}" for key in topic.asked}
        for number, step in enumerate(topic.steps, 1):
            keys = {*step.asked, *(trouble.key for trouble in step.trouble if trouble.key)}
            shared[topic.name] = shared.get(topic.name, set()) | keys
            answers |= {f"{topic.name}.{number}.{key}" for key in {*keys, "done", "at"}}
    found = [
        f"data/acts: “{act}” 有例句，content 里没有它的回答" for act in set(examples) - answers
    ]
    found += [f"data/acts: “{act}” 有回答，没有例句" for act in wanted - set(examples)]
    for name, keys in shared.items():
        has = {
            act.split(".")[2]
            for act in examples
            if act.startswith(f"{name}.") and act.count(".") == 2
        }
        found += [f"data/acts: {name} 的 “{key}” 没有例句" for key in keys - has]
    seen: dict[str, str] = {}
    for act, sentences in examples.items():
        for sentence in sentences:
            if sentence in seen:
                found.append(f"data/acts: “{sentence}” 写了两次（{seen[sentence]}、{act}）")
            seen[sentence] = act
    return sorted(found)


def _read(path: Path) -> dict[str, Any]:
    return strict_yaml.read(path, str(path.relative_to(ROOT)))[1] or {}


def unreadable() -> list[str]:
    """Return what is wrong with the YAML of the data and of domain.yml, as `file:line: reason`."""
    found = []
    for path in [ROOT / "domain.yml", ROOT / "config.yml", *sorted((ROOT / "data").rglob("*.yml"))]:
        try:
            _read(path)
        except ValueError as error:
            found.append(str(error))
    return found


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


def read_acts() -> dict[str, list[str]]:
    """Return the examples of every act of data/acts."""
    acts: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "acts").glob("*.yml")):
        for act, sentences in _read(path).items():
            acts.setdefault(act, []).extend(sentences)
    return acts


def main() -> int:
    """Check and report; return the exit code."""
    try:
        content: Content = library.load()
    except (ContentError, SettingError) as error:
        print(error, file=sys.stderr)
        return 1
    found = unreadable()
    if not found:
        found = disagreements(content.topics, _read(ROOT / "domain.yml")["intents"], _trained())
        acts, data = read_acts(), ROOT / "data"
        found += acts_without_answer(content, acts)
        found += wrong_words(data / "act_words.yml", "data/act_words.yml", acts)
        found += wrong_siblings(data / "siblings.yml", "data/siblings.yml", acts)
    print("\n".join(found), file=sys.stderr, end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
