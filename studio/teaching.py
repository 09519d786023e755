"""What leads teach: sentences and topics, written into content/ as edits like every other one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pypinyin import lazy_pinyin

from content import Content, ContentLibrary, Problem
from content.agreement import intents
from infra.text import clean
from studio.checking import SENTENCES, named_in
from studio.editor import Editor, Invalid
from studio.writing import rewrite

LONGEST = 150  # characters of a sentence, as in content/schema.yml
LONGEST_NAME = 40  # characters

# Sentences with the intent that each has from now on; None takes it out again.
Changes = Mapping[str, str | None]


class Teaching:
    """Teaches by an editor. Its calls block and raise what the editor's do."""

    def __init__(self, editor: Editor, library: ContentLibrary) -> None:
        self._editor = editor
        self._library = library

    def teach(self, taught: Changes, must_stay: Changes, login: str) -> int | None:
        """Let sentences mean something; return the edit's number, None if nothing changed.

        Args:
            taught: learnt from at the next training.
            must_stay: understood so by every version that is published.
            login: whose edit it is.
        """

        def changed(data: Any) -> Any:
            return {
                **data,
                "taught": _with(data["taught"], taught),
                "must_stay": _with(data["must_stay"], must_stay),
            }

        return self._editor.change(SENTENCES, changed, login)

    def new_topic(
        self, title: str, category: str, answer: str, sentences: Sequence[str], login: str
    ) -> tuple[str, list[int]]:
        """Make a topic that answers these sentences; return its name and the edits' numbers.

        A process that dies in between leaves a topic that nobody reaches yet.

        Raises:
            Invalid: as the editor's; nothing is made then.
        """
        wrong = [reason for each in sentences if (reason := named_in(each))]
        if wrong:
            shown = self._library.shown(SENTENCES)
            raise Invalid([Problem(shown, 1, reason) for reason in wrong])
        name = self._name(title)
        text = rewrite(f"title: {name}\n", {"title": title, "category": category, "answer": answer})
        made = self._editor.create(name, text, login)
        taught = self.teach(dict.fromkeys(sentences, name), {}, login)
        return name, [number for number in (made, taught) if number is not None]

    def _name(self, title: str) -> str:
        """Return a name for a topic that no other has: 开发票 is kai_fa_piao."""
        syllables = "_".join(lazy_pinyin(title, errors="ignore"))
        plain = "".join(char for char in syllables if "a" <= char <= "z" or char == "_")
        name = plain.strip("_")[:LONGEST_NAME].strip("_") or "topic"
        known = {*self._library.paths(), *intents()}
        while name in known:
            name += "_more"
        return name


def tidy(text: Any) -> str:
    """Return a sentence as it is taught: in one line, without what no file takes."""
    return " ".join(clean(text).split())[:LONGEST].lstrip("/") if isinstance(text, str) else ""


def titles(content: Content) -> list[dict[str, str]]:
    """Return all intents by name and, where it is a topic, title."""
    return [
        {"name": name, "title": content.topics[name].title if name in content.topics else ""}
        for name in dict.fromkeys([*content.topics, *intents()])
    ]


def _with(before: Mapping[str, str], changes: Changes) -> dict[str, str]:
    after = {**before, **changes}
    return {text: intent for text, intent in after.items() if intent is not None}
