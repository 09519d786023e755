"""What leads try and look up, in a process of its own that ends with the server's end of its pipe.

A server's studio starts `python runtime/quiet.py runtime.workshop` and asks by lines of JSON
(studio/workshop.py): how versions of the model answer a conversation, and which training sentences
are nearest to some sentences. So customers wait neither for another model nor for its memory.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter, OrderedDict
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from content import library
from desk import Desk
from infra import settings
from nlu.check import examples, key_of
from nlu.encoder import encoder
from nlu.intents import OUT_OF_SCOPE
from nlu.vectors import Vectors, encode, keys
from runtime.evaluation import load
from runtime.explain import Conversation, desk_of_its_own

ROOT = Path(__file__).resolve().parent.parent
NICE = 5  # behind customers; a lead waits, too
LOADED = 2  # models at a time
NEAR = 80  # sentences that are returned, and besides
OF_EACH = 3  # the nearest of each intent, of so many intents:
INTENTS = 12
LEAST = 0.25  # cosine below which sentences have nothing in common
WORDS = 3  # that are named, because so many sentences and such a share out of scope have them:
OFTEN, MOSTLY = 5, 0.6

Floats = npt.NDArray[np.float32]
Answer = dict[str, Any]


class Models:
    """The agents of some models; of those that were used longest ago the memory is freed."""

    def __init__(self) -> None:
        self._loaded: OrderedDict[str, Any] = OrderedDict()

    def of(self, file: str) -> Any:
        """Return the agent of a model's file."""
        if file not in self._loaded:
            while len(self._loaded) >= LOADED:
                self._loaded.popitem(last=False)
            self._loaded[file] = load(Path(file))
        self._loaded.move_to_end(file)
        return self._loaded[file]


class Sentences:
    """The training sentences as they count now: data/nlu, and over it what leads taught."""

    def __init__(self) -> None:
        self._known = Vectors.load()

    @lru_cache(maxsize=2)  # noqa: B019  # one instance a process
    def _shipped(self) -> tuple[list[str], list[str], Floats | None]:
        found = [
            (text[2:].strip(), intent)
            for _, _, intent, text in examples(ROOT / settings.current().training_dir)
        ]
        texts, intents = [text for text, _ in found], [intent for _, intent in found]
        return texts, intents, self._vectors(texts)

    def _vectors(self, texts: Sequence[str]) -> Floats | None:
        """Return a centred row of length 1 for each text; zeros where there is no vector."""
        by = encoder()
        if by is None or not len(self._known.keys):
            return None
        places = self._known.find(keys(texts))
        rows = np.zeros((len(texts), by.size), np.float32)
        known = np.flatnonzero(places >= 0)
        rows[known] = self._known.at(places[known]) - self._known.mean
        if len(texts) < NEAR:  # what is asked; of the shipped ones without a vector, none is made
            new = np.flatnonzero(places < 0)
            if len(new):
                rows[new] = encode([texts[int(place)] for place in new], by) - self._known.mean
        lengths: Floats = np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), np.float32(1e-9))
        unit: Floats = rows / lengths
        return unit

    def near(self, asked: Sequence[str], words: str) -> list[Answer]:
        """Return the sentences nearest to any of those asked, and those with the words."""
        texts, intents, vectors = self._shipped()
        taught = library.current().taught
        over = {key_of(text): intent for text, intent in taught.items()}
        if words:
            found = [place for place, text in enumerate(texts) if words in text]
            scores = dict.fromkeys(found[: NEAR * 10], 1.0)
        else:
            scores = self._likeness(asked, texts, intents, vectors)
        answers = [
            {
                "text": texts[place],
                "intent": over.get(key_of(texts[place]), intents[place]),
                "likeness": round(float(score), 3),
                "taught": key_of(texts[place]) in over,
            }
            for place, score in scores.items()
        ]
        mine = {key_of(text) for text in asked}
        shown = {each["text"] for each in answers}
        answers += [
            {"text": text, "intent": intent, "likeness": 1.0, "taught": True}
            for text, intent in taught.items()
            if text not in shown and (words in text if words else key_of(text) in mine)
        ]
        return answers

    def words(self, asked: Sequence[str]) -> list[Answer]:
        """Return what is common to the sentences asked and stands mostly out of scope: `word` and
        how many sentences `outside` have it. Who makes a topic of it must move those."""
        texts, intents, _ = self._shipped()
        over = {key_of(text): intent for text, intent in library.current().taught.items()}
        grams: Counter[str] = Counter()
        for text in asked:
            plain = re.sub(r"\W", " ", text)
            grams.update(
                {
                    plain[at : at + size]
                    for size in (2, 3, 4)
                    for at in range(len(plain) - size + 1)
                    if " " not in plain[at : at + size]
                }
            )
        found: list[Answer] = []
        for word in (gram for gram, times in grams.items() if 2 * times > len(asked)):
            having = [
                over.get(key_of(text), intent)
                for text, intent in zip(texts, intents, strict=True)
                if word in text
            ]
            outside = having.count(OUT_OF_SCOPE)
            if outside >= OFTEN and outside >= MOSTLY * len(having):
                found.append({"word": word, "outside": outside})
        found.sort(key=lambda each: (-each["outside"], len(each["word"])))
        kept: list[Answer] = []
        for each in found:  # of 发票, 开发票 and 开发 the first
            if not any(set(one["word"]) & set(each["word"]) for one in kept):
                kept.append(each)
        return kept[:WORDS]

    def _likeness(
        self,
        asked: Sequence[str],
        texts: Sequence[str],
        intents: Sequence[str],
        vectors: Floats | None,
    ) -> dict[int, float]:
        mine = self._vectors(asked[: NEAR - 1])
        scores: Floats
        if vectors is None or mine is None:
            from sklearn.feature_extraction.text import TfidfVectorizer

            by = TfidfVectorizer(analyzer="char", ngram_range=(1, 2)).fit(texts)
            near: Any = np.asarray(
                (by.transform(asked) @ by.transform(texts).T).max(axis=0).todense()
            )
            scores = near.ravel().astype(np.float32)
        else:
            scores = (mine @ vectors.T).max(axis=0)
        found: dict[int, float] = {}
        seen: dict[str, int] = {}
        for place in np.argsort(-scores):
            if scores[place] < LEAST:
                break
            intent = intents[int(place)]
            few = seen.get(intent, 0) < OF_EACH and (intent in seen or len(seen) < INTENTS)
            if len(found) < NEAR or few:
                found[int(place)] = float(scores[place])
                seen[intent] = seen.get(intent, 0) + 1
        return found


def converse(file: str, messages: Sequence[str], models: Models, desk: Desk, name: str) -> Answer:
    """Return how a model answers a conversation, and how it reads each message."""
    conversation = Conversation(models.of(file), desk, name)
    turns = []
    for text in messages:
        heard = conversation.heard(text)
        answers = [
            {
                "text": str(each.get("text") or each.get("response") or ""),
                "buttons": [
                    {"title": str(one["title"]), "payload": str(one["payload"])}
                    for one in each.get("buttons") or ()
                ],
            }
            for each in conversation.answer(text)
        ]
        turns.append({"said": text, "answers": answers, **heard})
    return {"turns": turns}


def main() -> int:
    """Answer questions until there are no more; return the exit code."""
    os.nice(NICE)
    out = sys.stdout
    sys.stdout = sys.stderr  # what others print is no answer
    models, sentences = Models(), Sentences()
    with desk_of_its_own() as desk:
        for line in sys.stdin:
            asked = json.loads(line)
            try:
                if asked["do"] == "near":
                    texts, words = asked["texts"], asked["words"]
                    found: Any = {
                        "near": sentences.near(texts, words),
                        "words": sentences.words(texts),
                    }
                else:
                    name = f"try-{asked['id']}"
                    found = [
                        converse(file, asked["messages"], models, desk, f"{name}-{place}")
                        for place, file in enumerate(asked["files"])
                    ]
                answer = {"id": asked["id"], "found": found}
            except Exception as error:  # its text may hold what the lead wrote
                answer = {"id": asked["id"], "failed": type(error).__name__}
            print(json.dumps(answer, ensure_ascii=False), file=out, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
