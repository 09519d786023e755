"""What `make check` says of the content, for a file that is not written yet."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from content import Content, ContentError, ContentLibrary, Problem
from content.agreement import ROOT, answers_of_acts, disagreeing_acts, intents, read_acts
from content.document import Document
from desk.masking import mask

Sentences = Mapping[str, list[str]]
SENTENCES = "=sentences"  # the document of what leads teach


class Checker:
    """Checks documents beside the files of a content folder as they are."""

    def __init__(self, library: ContentLibrary) -> None:
        self._library = library

    def now(self) -> list[Problem]:
        """Return what is wrong with the files as they are."""
        try:
            self._library.load()
        except ContentError as error:
            return error.problems
        return []

    def look(self, name: str, text: str) -> tuple[Content | None, list[Problem]]:
        """Return the content with another text of a document, and what is wrong then.

        What training data refers to must stay, and what it does not know yet is never reached; what
        they lacked of each other before is no fault of this text.
        """
        try:
            after = self._library.load({name: text})
        except ContentError as error:
            return None, error.problems
        before = self._library.current()
        known = sentences() or answers_of_acts(before)
        old = dict(disagreeing_acts(before, known))
        new = dict(disagreeing_acts(after, known))
        places = {**answers_of_acts(before), **answers_of_acts(after)}
        document = Document(text or "{}", self._library.shown(name))
        found = []
        if name == SENTENCES:
            found = _unknown_intents(after, document) + _with_secrets(before, after, document)
        if not text and (said := sum(each == name for each in after.taught.values())):
            reason = (
                f"还有 {said} 句例句教给了这个话题，所以话题还不能撤销。"
                "请先撤销教这些例句的改动（“句子”的那几条），再撤销话题"
            )
            found.append(Problem(document.shown, 1, reason))
        for act in new.keys() - old.keys():
            where, path = places[act]
            key = act.rpartition(".")[2]
            if act in known:
                said = len(sentences().get(act, ()))
                reason = f"“{key}” 不能删，也不能改名：训练数据有它的 {said} 句例句（{act}）"
            else:
                reason = f"“{key}” 还没有训练例句，客户怎么问都到不了这里：请工程师先加"
            if where == name:
                found.append(document.problem(path, reason))
            else:
                found.append(Problem(self._library.shown(where), 1, reason, path))
        return after, sorted(found, key=str)


def _unknown_intents(content: Content, document: Document) -> list[Problem]:
    """Return the sentences of leads whose intents there are not."""
    known = {*content.topics, *intents()}
    kinds = {"taught": content.taught, "must_stay": content.must_stay}
    return [
        document.problem((kind, text), f"没有 “{intent}” 这个意图")
        for kind, found in kinds.items()
        for text, intent in found.items()
        if intent not in known
    ]


def named_in(text: str) -> str | None:
    """Return why a sentence cannot be taught: it has somebody's number or password."""
    masked = mask(text).text
    if masked == text:
        return None
    return (
        f"“{masked}”里有号码或密码，没有保存：教过的句子同事都看得到，也不随客户的数据一起删。"
        "请把号码、密码去掉再教"
    )


def _with_secrets(before: Content, after: Content, document: Document) -> list[Problem]:
    """Return the new sentences of leads that have numbers of somebody."""
    kinds = {
        "taught": (before.taught, after.taught),
        "must_stay": (before.must_stay, after.must_stay),
    }
    return [
        document.problem((kind, text), reason)
        for kind, (old, new) in kinds.items()
        for text in new
        if text not in old and (reason := named_in(text))
    ]


def sentences() -> Sentences:
    """Return the examples of data/acts by act, read anew when they change.

    There are none where the training data is not installed, or broken.
    """
    files = sorted((ROOT / "data" / "acts").glob("*.yml"))
    return _sentences(tuple((path.name, path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=1)
def _sentences(stamps: tuple[tuple[str, int], ...]) -> Sentences:
    try:
        return read_acts()
    except ValueError:
        return {}
