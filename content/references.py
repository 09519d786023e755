"""Checks what no schema can: what one file names of another, placeholders, expressions."""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from content.document import Document, Problem
from content.hours import WEEKDAYS
from content.model import STEPS

_NO_TEXT = {
    "intents",
    "words",
    "related",
    "collect",
    "topic",
    "key",
    "then",
    "denied",
    "said",
    "unless",
}
# What a file's sentences may hold besides the contacts.
_PLACEHOLDERS: Mapping[str, set[str]] = {
    "=followups": {"subject", "brief", "title"},
    "=danger": set(),
    "=despair": set(),
    "=manners": set(),
}
_COUNTED_STEPS = re.compile(
    r"(?<![第前后这那几两二三四五六七八九十\d])(?:[两二三四五六七八九十]+|\d+) ?个?步"
)


def problems_between(
    documents: Mapping[str, Document], placeholders: Mapping[str, Iterable[str]]
) -> list[Problem]:
    """Return what is wrong between files that are each right.

    Args:
        documents: by their names, the topics' without `=`.
        placeholders: what each sentence of phrases.yml may name.
    """
    problems: list[Problem] = []
    zone = documents["=desk"].data["timezone"]
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        reason = f"没有 “{zone}” 这个时区，如 Asia/Shanghai"
        problems.append(documents["=desk"].problem(["timezone"], reason))
    contacts = documents["=contacts"].data
    details = documents["=details"].data
    topics = {name for name in documents if not name.startswith("=")}
    for name, entry in contacts.items():
        for key, allowed in (("when_set", {"value"}), ("when_unset", set())):
            for unknown in _unknown(entry[key], allowed):
                problems.append(documents["=contacts"].problem([name, key], unknown))
    for name in sorted(topics):
        document, data = documents[name], documents[name].data
        steps = {STEPS} if data.get("steps") else set()
        for path, text in _texts(data):
            problems += [
                document.problem(path, reason) for reason in _unknown(text, {*contacts, *steps})
            ]
            if steps and (counted := _COUNTED_STEPS.search(text)):
                reason = f"“{counted[0]}”：步数请写成 “{{{STEPS}}}步”，加一步时不会说错"
                problems.append(document.problem(path, reason))
        points: list[tuple[list[Any], str]] = [
            (["points", place, "topic"], point["topic"])
            for place, point in enumerate(data.get("points", []))
            if isinstance(point, dict)
        ]
        related = [(["related", place], to) for place, to in enumerate(data.get("related", []))]
        for part, other in (*points, *related):
            if other not in topics or other == name:
                problems.append(document.problem(part, f"没有 “{other}” 这个主题可以关联"))
        for kind in data.get("followups", {}):
            if kind not in documents["=followups"].data:
                problems.append(
                    document.problem(["followups", kind], f"followups.yml 里没有 “{kind}”")
                )
        for at, step in enumerate(data.get("steps", [])):
            for place, trouble in enumerate(step.get("trouble", [])):
                for fact in trouble.get("facts", []):
                    if fact not in documents["=facts"].data["facts"]:
                        part = ["steps", at, "trouble", place, "facts"]
                        reason = f"facts.yml 里没有 “{fact}”"
                        problems.append(document.problem(part, reason))
        for place, detail in enumerate(data.get("collect", [])):
            if detail not in details:
                problems.append(
                    document.problem(["collect", place], f"details.yml 里没有 “{detail}”")
                )
        if bool(data.get("steps")) != bool(data.get("walkthrough")):
            problems.append(document.problem([], "“steps” 和 “walkthrough” 要么都写，要么都不写"))
        if data.get("needs_human") and data.get("steps"):
            problems.append(document.problem(["needs_human"], "有步骤的主题不能同时要求转人工"))
    assistant = documents["=assistant"]
    for place, other in enumerate(assistant.data["common_questions"]):
        if other not in topics:
            problems.append(
                assistant.problem(["common_questions", place], f"没有 “{other}” 这个主题")
            )
    for name, extra in _PLACEHOLDERS.items():
        for path, text in _texts(documents[name].data):
            allowed = {*contacts, *extra}
            problems += [
                documents[name].problem(path, reason) for reason in _unknown(text, allowed)
            ]
    if (wrong := _bad_expression(documents["=danger"].data["denied"])) is not None:
        problems.append(documents["=danger"].problem(["denied"], wrong))
    problems += [
        documents["=danger"].problem(["words", key], wrong)
        for key, words in documents["=danger"].data["words"].items()
        if (wrong := _bad_expression(words)) is not None
    ]
    problems += [
        documents["=danger"].problem(["asked", name, key], wrong)
        for name, entry in documents["=danger"].data["asked"].items()
        for key in ("said", "unless")
        if (wrong := _bad_expression(entry.get(key, ""))) is not None
    ]
    measures = documents["=facts"].data["facts"]
    asked = documents["=danger"].data["asked"]
    problems += [
        documents["=danger"].problem(["asked", name], f"facts.yml 里没有 “{fact}”")
        for name, entry in asked.items()
        for fact in (*entry.get("if_told", ()), *entry.get("unless_told", ()))
        if fact not in measures
    ]
    for kind, entry in documents["=danger"].data["kinds"].items():
        if documents.get(entry["topic"]) is None:
            reason = f"没有 “{entry['topic']}” 这个主题"
            problems.append(documents["=danger"].problem(["kinds", kind, "topic"], reason))
        if (wrong := _bad_expression(entry.get("denied", ""))) is not None:
            problems.append(documents["=danger"].problem(["kinds", kind, "denied"], wrong))
        for place, name in enumerate(entry["plan"]):
            if "next" not in measures.get(name, {}):
                reason = f"facts.yml 里没有 “{name}” 要做的事"
                problems.append(
                    documents["=danger"].problem(["kinds", kind, "plan", place], reason)
                )
    problems += _fact_problems(documents["=facts"])
    for name, entry in measures.items():
        if entry.get("followup", "d_over") not in documents["=danger"].data["followups"]:
            reason = f"danger.yml 的 followups 里没有 “{entry['followup']}”"
            problems.append(documents["=facts"].problem(["facts", name, "followup"], reason))
    for kind, things in documents["=outside"].data.items():
        problems += [
            documents["=outside"].problem([kind, name], wrong)
            for name, words in things.items()
            if (wrong := _bad_expression(words)) is not None
        ]
    phrases = documents["=phrases"]
    for name, text in phrases.data.items():
        allowed = {*placeholders[name], *contacts, "hours"}
        problems += [phrases.problem([name], reason) for reason in _unknown(text, allowed)]
    if phrases.data["hours_days"].count("、") != len(WEEKDAYS) - 1:
        problems.append(phrases.problem(["hours_days"], "要写七天，用“、”分开"))
    return problems


def _unknown(text: str, allowed: set[str]) -> list[str]:
    try:
        unknown = sorted(_placeholders(text) - allowed)
    except ValueError as error:
        return [f"花括号不配对：{error}"]
    return [f"占位符 “{{{name}}}” 没有对应的内容" for name in unknown]


def _fact_problems(document: Document) -> list[Problem]:
    """Return what is wrong with the expressions and the references of facts.yml."""
    problems = []
    facts = document.data["facts"]
    patterns: list[tuple[list[Any], str]] = [(["unless"], document.data["unless"])]
    for name, entry in facts.items():
        path = ["facts", name]
        patterns += [([*path, "said", at], each) for at, each in enumerate(entry["said"])]
        patterns += [([*path, key], entry[key]) for key in ("unless", "advice") if key in entry]
        for other in (*entry.get("needless", ()), *entry.get("instead", {})):
            if other not in facts:
                problems.append(document.problem(path, f"没有 “{other}” 这种情况"))
    for path, pattern in patterns:
        if (wrong := _bad_expression(pattern)) is not None:
            problems.append(document.problem(path, wrong))
    return problems


def _bad_expression(pattern: str) -> str | None:
    try:
        re.compile(pattern)
    except re.error as error:
        return f"正则表达式有误：{error}"
    return None


def _texts(data: Any, path: tuple[Any, ...] = ()) -> Iterable[tuple[tuple[Any, ...], str]]:
    """Yield every string of a parsed file that a customer may read, with its path."""
    if isinstance(data, Mapping):
        for key, value in data.items():
            if key not in _NO_TEXT:
                yield from _texts(value, (*path, key))
    elif isinstance(data, list):
        for place, value in enumerate(data):
            yield from _texts(value, (*path, place))
    elif isinstance(data, str):
        yield path, data


def _placeholders(text: str) -> set[str]:
    found = set()
    for _, name, form, conversion in string.Formatter().parse(text):
        if form or conversion:  # {hotline:>1000000000} would exhaust the memory
            raise ValueError(f"“{name}” 后面只能是 “}}”")
        if name is not None:
            found.add(name)
    return found
