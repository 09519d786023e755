"""What data/act_words.yml and data/siblings.yml say of acts, checked against data/acts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

import yaml

from infra import strict_yaml

Examples = Mapping[str, Sequence[str]]  # of each act


def wrong_words(path: Path, shown: str, examples: Examples) -> list[str]:
    """Return what is wrong with the words that acts hang on, as `file:line: reason`.

    Args:
        path: act_words.yml.
        shown: its name, for people.
        examples: of data/acts.

    Raises:
        ValueError: the file is no YAML; says where.
    """
    node = strict_yaml.read(path, shown)[0]
    if not isinstance(node, yaml.MappingNode):
        return [f"{shown}:1: 要写成“行为: 字眼”，一行一个"]
    found = []
    for key, value in node.value:
        reason = _wrong_word(key.value, value, examples)
        if reason:
            found.append(f"{shown}:{key.start_mark.line + 1}: {reason}")
    return found


def _wrong_word(name: str, value: yaml.Node, examples: Examples) -> str | None:
    own = [each for act, said in examples.items() if fnmatchcase(act, name) for each in said]
    if not own:
        return f"data/acts 里没有叫“{name}”的行为"
    if not isinstance(value, yaml.ScalarNode):
        return f"“{name}” 的字眼要写成一条正则表达式"
    if not value.value.strip():
        return f"“{name}” 后面没有写字眼"
    try:
        words = re.compile(value.value)
    except re.error as error:
        return f"“{name}” 的正则表达式有误：{error}"
    if words.search(""):
        return f"“{name}” 的字眼里有一段是空的（多了一个 |），什么话都算有"
    if not any(words.search(each) for each in own):
        return f"“{name}” 的例句里没有一句有这些字眼，它永远不会被相信"
    return None


def wrong_siblings(path: Path, shown: str, examples: Examples) -> list[str]:
    """Return what is wrong with the acts that are said alike, as `file:line: reason`.

    Args:
        path: siblings.yml.
        shown: its name, for people.
        examples: of data/acts.

    Raises:
        ValueError: the file is no YAML; says where.
    """
    node = strict_yaml.read(path, shown)[0]
    if not isinstance(node, yaml.SequenceNode):
        return [f"{shown}:1: 要写成一行一组：“- [行为, 行为]”"]
    found = []
    for group in node.value:
        place = f"{shown}:{group.start_mark.line + 1}"
        acts = group.value if isinstance(group, yaml.SequenceNode) else []
        if len(acts) < 2 or not all(isinstance(each, yaml.ScalarNode) for each in acts):
            found.append(f"{place}: 一组要写成“[行为, 行为]”，至少两个")
            continue
        names = [each.value for each in acts]
        found += [
            f"{shown}:{act.start_mark.line + 1}: data/acts 里没有叫“{act.value}”的行为"
            for act in acts
            if act.value not in examples
        ]
        found += [
            f"{place}: “{name}” 在一组里写了两次"
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
    return found
