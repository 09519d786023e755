"""What the forms of the content need besides the data: labels, choices, examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from content import Content
from content.agreement import answers_of_acts, intents

Path = tuple[str | int, ...]
FURTHER = " › "  # between the parts of a label
EXAMPLES = 3  # sentences that say what an act is
_HEADING = re.compile(r"# -+ (.+)")
_KEY = re.compile(r"([a-z]\w*):")


def label(schema: Mapping[str, Any], path: Path, data: Any, content: Content) -> str:
    """Return how people read a path in data of that schema: `步骤 2 › 客户要做什么`."""
    definitions = schema.get("definitions", {})
    rules, found = resolve(schema, definitions), [""]
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = None
        named = data.get("title") if isinstance(data, Mapping) else None
        if isinstance(part, int):
            # Of a list, the item says it all.
            found[-1] = f"{rules.get('x-entry') or found[-1]} {part + 1}"
            rules = _form_of(rules.get("items"), data, definitions)
        elif part in rules.get("properties", {}):
            rules = _form_of(rules["properties"][part], data, definitions)
            found.append(str(rules.get("title") or part))
        else:
            keys = rules.get("x-keys")
            known = choices(content).get(keys, ()) if keys else ()
            titles = {each["name"]: each["title"] for each in known}
            rules = _form_of(rules.get("additionalProperties"), data, definitions)
            found.append(str(named or titles.get(part) or part))
    return FURTHER.join(found[1:])


def resolve(rules: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema with the definition that it refers to; its own words go first."""
    if not isinstance(rules, Mapping):
        return {}
    name = str(rules.get("$ref", "")).rpartition("/")[2]
    own = {key: value for key, value in rules.items() if key != "$ref"}
    return {**resolve(definitions[name], definitions), **own} if name else own


def _form_of(rules: Any, data: Any, definitions: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema; of several forms the one that data has, with the title of them all."""
    found = resolve(rules, definitions)
    types = {"array": list, "object": dict, "string": str}
    for each in found.get("oneOf", ()):
        form = resolve(each, definitions)
        if isinstance(data, types.get(str(form.get("type")), ())):
            return {**form, "title": found.get("title", form.get("title", ""))}
    return found


def sections(text: str) -> list[dict[str, Any]]:
    """Return the headings (`# ---- 欢迎`) among the keys of a file's root, with the keys below."""
    found: list[dict[str, Any]] = []
    for line in text.splitlines():
        if heading := _HEADING.fullmatch(line):
            found.append({"title": heading[1], "keys": []})
        elif found and (key := _KEY.match(line)):
            found[-1]["keys"].append(key[1])
    return found


def choices(content: Content) -> dict[str, list[dict[str, str]]]:
    """Return what names may be, each with its title, by `x-choices` and `x-keys` of the schema."""
    titles = {name: each.title for name, each in content.topics.items()}
    return {
        "intents": _named({name: titles.get(name, name) for name in {*titles, *intents()}}),
        "topics": _named({name: each.title for name, each in content.topics.items()}),
        "facts": _named({name: each.title for name, each in content.facts.known.items()}),
        "details": _named({name: each.title for name, each in content.details.items()}),
        "followups": _named({name: each.title for name, each in content.followups.items()}),
        "categories": _named({each.category: each.category for each in content.topics.values()}),
    }


def _named(titles: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "title": title} for name, title in sorted(titles.items())]


def examples(
    name: str, content: Content, sentences: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    """Return what customers say, for the parts of a document that answer it."""
    places = answers_of_acts(content).items()
    return [
        {"path": list(path), "sentences": sentences[act][:EXAMPLES]}
        for act, (document, path) in places
        if document == name and sentences.get(act) and not act.endswith((".done", ".at"))
    ]
