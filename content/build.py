"""Makes the content of documents that were checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from content.document import Document
from content.model import (
    STEPS,
    Answer,
    Content,
    Danger,
    DeskSettings,
    Detail,
    Fact,
    Facts,
    Outside,
    Point,
    Settings,
    Step,
    Topic,
    Trouble,
)


def build(documents: Mapping[str, Document], of_ticket: tuple[str, ...]) -> Content:
    """Return the content of documents that are right; for `of_ticket` see `Content`."""
    contacts = {
        name: (
            entry["when_set"].format(value=entry["value"])
            if entry["value"]
            else entry["when_unset"]
        ).strip()
        for name, entry in documents["=contacts"].data.items()
    }

    def fill(text: str) -> str:
        return text.format_map(contacts).strip()

    def fill_topic(data: Mapping[str, Any]) -> Callable[[str], str]:
        known = {**contacts, STEPS: numeral(len(data.get("steps", ())))}
        return lambda text: text.format_map(known).strip()

    topics = {
        name: _topic(name, document.data, fill_topic(document.data))
        for name, document in documents.items()
        if not name.startswith("=")
    }
    details = {
        name: Detail(
            name,
            entry["title"],
            entry["ask"].strip(),
            entry["question"],
            tuple(entry.get("entities", ())),
            entry.get("free", False),
        )
        for name, entry in documents["=details"].data.items()
    }
    assistant = dict(documents["=assistant"].data)
    for name, value in assistant.items():
        if isinstance(value, list):
            assistant[name] = tuple(value)
    phrases = {name: text.strip() for name, text in documents["=phrases"].data.items()}
    desk = dict(documents["=desk"].data)
    hours = desk.get("hours") or {}
    desk["hours"] = {day: tuple(spans) for day, spans in hours.items()}
    for name in ("holidays", "replies"):
        desk[name] = tuple(desk[name])
    danger = documents["=danger"].data
    return Content(
        topics,
        details,
        Settings(**assistant),
        phrases,
        of_ticket,
        contacts,
        DeskSettings(**desk),
        _answers(documents["=followups"].data),  # filled with their topic when said
        Danger(
            _answers(danger["kinds"], fill),
            _answers(danger["followups"], fill),
            _answer(danger["more"], fill),
            _answer(danger["maybe"], fill),
            _answer(danger["hypothetical"], fill),
            re.compile(danger["denied"]),
            {key: re.compile(words) for key, words in danger["words"].items()},
            _answers(danger["asked"], fill),
        ),
        _facts(documents["=facts"].data, fill),
        {name: _answer(each, fill) for name, each in documents["=despair"].data.items()},
        _answers(documents["=manners"].data, fill),
        tuple(
            Outside(name, kind, re.compile(words))
            for kind, things in documents["=outside"].data.items()
            for name, words in things.items()
        ),
        documents["=sentences"].data["taught"],
        documents["=sentences"].data["must_stay"],
    )


def numeral(number: int) -> str:
    """Return a small number as it is said before 步."""
    return {2: "两", 10: "十"}.get(number) or dict(enumerate("零一二三四五六七八九")).get(
        number, str(number)
    )


def _facts(data: Mapping[str, Any], fill: Callable[[str], str]) -> Facts:
    known = {}
    for name, entry in data["facts"].items():
        advice = entry.get("advice")
        known[name] = Fact(
            name,
            entry["title"],
            tuple(re.compile(each) for each in entry["said"]),
            re.compile(entry.get("unless", data["unless"])),
            tuple(entry.get("acts", ())),
            re.compile(advice) if advice else None,
            fill(entry.get("done", "")),
            fill(entry.get("next", "")),
            {other: fill(text) for other, text in entry.get("instead", {}).items()},
            fill(entry.get("how", "")),
            tuple(entry.get("needless", ())),
            entry.get("followup", ""),
            entry.get("anywhere", False),
        )
    return Facts(known, _answer(data["all_done"], fill))


def _answers(
    data: Mapping[str, Mapping[str, Any]], fill: Callable[[str], str] = str.strip
) -> dict[str, Answer]:
    found = {}
    for name, entry in data.items():
        values = dict(entry)
        in_procedure = values.pop("in_procedure", ())
        talk = {key: fill(text) for key, text in values.pop("talk", {}).items()}
        found[name] = Answer(
            _wordings(values.pop("answer"), fill),
            in_procedure=_wordings(in_procedure, fill),
            talk=talk,
            never=tuple(values.pop("never", ())),
            plan=tuple(values.pop("plan", ())),
            denied=_expression(values.pop("denied", None)),
            said=_expression(values.pop("said", None)),
            unless=_expression(values.pop("unless", None)),
            if_told=tuple(values.pop("if_told", ())),
            unless_told=tuple(values.pop("unless_told", ())),
            over=fill(values.pop("over", "")),
            without_topic=fill(values.pop("answer_without_topic", "")),
            **values,
        )
    return found


def _expression(text: str | None) -> re.Pattern[str] | None:
    return re.compile(text) if text is not None else None


def _answer(wordings: str | Iterable[str], fill: Callable[[str], str]) -> Answer:
    return Answer(_wordings(wordings, fill))


def _wordings(given: str | Iterable[str], fill: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(map(fill, [given] if isinstance(given, str) else given))


def _topic(name: str, data: Mapping[str, Any], fill: Callable[[str], str]) -> Topic:
    values = dict(data)
    values["steps"] = tuple(
        Step(
            step["title"],
            fill(step["text"]),
            tuple(
                Trouble(
                    trouble["title"],
                    fill(trouble["help"]),
                    trouble.get("key", ""),
                    tuple(trouble.get("intents", ())),
                    tuple(trouble.get("words", ())),
                    trouble.get("human", False),
                    tuple(trouble.get("facts", ())),
                )
                for trouble in step.get("trouble", ())
            ),
            {key: fill(text) for key, text in step.get("asked", {}).items()},
        )
        for step in data.get("steps", ())
    )
    for key in ("answer", "done", "prepare", "brief"):
        values[key] = fill(data.get(key, ""))
    values["subject"] = data.get("subject", data["title"])
    values["points"] = tuple(
        Point(fill(point)) if isinstance(point, str) else Point(topic=point["topic"])
        for point in data.get("points", ())
    )
    for key in ("followups", "asked"):
        values[key] = {name: fill(text) for name, text in data.get(key, {}).items()}
    for key in ("collect", "related"):
        values[key] = tuple(data.get(key, ()))
    return Topic(name=name, **values)
