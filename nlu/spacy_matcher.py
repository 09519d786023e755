"""spaCy's Matcher as a Rasa component: entities, by patterns over the tokens that are data."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.nlu.tokenizers.tokenizer import Token
from rasa.shared.nlu.constants import ENTITIES, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from spacy.lang.lex_attrs import LEX_ATTRS
from spacy.matcher import Matcher
from spacy.tokens import Doc
from spacy.vocab import Vocab

from nlu import files_hash
from nlu.grammar import Grammar, Pattern
from nlu.tokenizer import DIGITS, TENS, WalletJiebaTokenizer

_PROJECT = Path(__file__).resolve().parent.parent
_PATTERNS_FILE = "patterns.jsonl"
# A customer's every new word stays in spaCy's vocabulary; past so many of them it is made anew,
# so that a process that runs for months neither grows nor remembers.
_MOST_STRINGS = 20_000
_NUMBER = re.compile(rf"\d+|[{''.join(DIGITS)}{''.join(TENS)}万]+")


def integer(text: str) -> int | None:
    """Return the integer that digits or Chinese numerals spell (12, 十二, 一二), else None."""
    if re.fullmatch(r"\d+", text):
        return int(text)
    if not _NUMBER.fullmatch(text):
        return None
    if all(sign in DIGITS for sign in text):
        return int("".join(str(DIGITS[sign]) for sign in text))
    whole = part = digit = 0
    for sign in text:
        if sign in DIGITS:
            digit = DIGITS[sign]
        elif sign in TENS:
            part += (digit or 1) * TENS[sign]
            digit = 0
        else:  # 万
            whole, part, digit = (whole + part + digit) * 10_000, 0, 0
    return whole + part + digit


class Anchors:
    """Says whether a word could belong to an entity: most messages have none, and need no matcher.

    Each pattern has at least one token that must be there; by it the pattern is known. An
    expression is taken before a list of words, since numbers are rarer than measure words.
    """

    def __init__(self, patterns: list[Pattern]) -> None:
        """Take one required token of each pattern."""
        words: set[str] = set()
        expressions: set[str] = set()
        for pattern in patterns:
            needed = [token for token in pattern.tokens if token.get("OP", "+") in {"+", "1"}]
            tests = [token[name] for token in needed for name in ("LOWER", "TEXT") if name in token]
            found = [test["REGEX"] for test in tests if isinstance(test, dict) and "REGEX" in test]
            if found:
                expressions.add(found[0])
                continue
            if not tests:  # no test on the letters: any word may belong to it
                expressions.add("")
                continue
            lists = [set(test["IN"]) if isinstance(test, dict) else {test} for test in tests]
            words.update(sorted(lists, key=len)[0])
        self._words = words
        self._expression = re.compile("|".join(f"(?:{one})" for one in sorted(expressions)), re.I)
        # a word costs 20 µs, and frequent words repeat
        self.holds = lru_cache(maxsize=20_000)(self._holds)

    def _holds(self, word: str) -> bool:
        """Return whether some pattern contains a word like this one."""
        return word.lower() in self._words or bool(self._expression.search(word))


class Finder:
    """Finds entities in a message's tokens by a grammar; no Rasa around it."""

    def __init__(self, grammar: Grammar) -> None:
        """Build spaCy's matcher from the grammar."""
        self._grammar = grammar
        self._build()

    def _build(self) -> None:
        self._vocabulary = Vocab(lex_attr_getters=LEX_ATTRS)
        self._matcher = Matcher(self._vocabulary, validate=False)  # Grammar.read did
        self._by_key: dict[int, Pattern] = {}
        for pattern in self._grammar.patterns:
            key = f"line {pattern.line}"
            self._matcher.add(key, [pattern.tokens])
            self._by_key[self._vocabulary.strings[key]] = pattern
        self._most = len(self._vocabulary.strings) + _MOST_STRINGS
        self._anchors = Anchors(self._grammar.patterns)

    def find(self, text: str, tokens: Sequence[Token]) -> list[dict[str, Any]]:
        """Return the entities of a text, first to last, without the extractor's name.

        Where two overlap the one of more characters stays; of equally long ones the earlier line
        of the grammar.
        """
        if not any(self._anchors.holds(token.text) for token in tokens):
            return []
        if len(self._vocabulary.strings) > self._most:
            self._build()
        gaps = [token.end < following.start for token, following in pairwise(tokens)]
        # with the gaps a pattern can refuse one: {"SPACY": false}
        doc = Doc(self._vocabulary, words=[token.text for token in tokens], spaces=[*gaps, False])
        found = set()
        for key, begin, _, aligned in self._matcher(doc, with_alignments=True):
            pattern = self._by_key[key]
            inside = [
                begin + place
                for place, token in enumerate(aligned)
                if pattern.first <= token < pattern.last
            ]
            first, last = inside[0], inside[-1]
            size = sum(len(token.text) for token in tokens[first : last + 1])
            found.add((-size, pattern.line, first, last, key))
        taken: list[tuple[int, int]] = []
        entities: list[dict[str, Any]] = []
        for _, _, first, last, key in sorted(found):
            if any(first <= other_last and last >= other for other, other_last in taken):
                continue
            taken.append((first, last))
            pattern = self._by_key[key]
            start, end = tokens[first].start, tokens[last].end
            words = [token.text for token in tokens[first : last + 1]]
            value = _value(pattern.value, text[start:end], words)
            if pattern.label and value:
                entities.append(
                    {"entity": pattern.label, "start": start, "end": end, "value": value}
                )
        return sorted(entities, key=lambda entity: int(entity["start"]))


def _value(kind: str, typed: str, words: Sequence[str]) -> str:
    """Return an entity's value, or "" when there is none (第几步)."""
    if kind == "code":
        return "".join(words)
    if kind == "number":
        found = next((hit for word in words if (hit := _NUMBER.search(word))), None)
        number = integer(found[0]) if found else None
        return "" if number is None else str(number)
    return typed


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class SpacyMatcher(GraphComponent, EntityExtractorMixin):
    """Finds amounts, dates, order numbers, steps and the like, by spaCy's patterns.

    Reads the tokens of WalletJiebaTokenizer and appends to `entities`. The patterns are copied into
    the model, which needs the data folder no more.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        finder: Finder | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._finder = finder

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults: the file of patterns."""
        return {"patterns": "data/lexicon/entities.jsonl"}

    @classmethod
    def required_components(cls) -> list[type[GraphComponent]]:
        """Return what must stand before it: the tokenizer that its patterns were written for."""
        return [WalletJiebaTokenizer]

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be importable."""
        return ["spacy"]

    @staticmethod
    def supported_languages() -> list[str]:
        """Return the languages: Chinese."""
        return ["zh"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the file's hash: without it `rasa train` would not notice that it was edited."""
        return files_hash([_PROJECT / {**cls.get_default_config(), **config}["patterns"]])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SpacyMatcher:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Check the patterns, and copy them into the model.

        Raises:
            LexiconError: a line of them is broken.
        """
        patterns = _PROJECT / self._config["patterns"]
        Grammar.read(patterns)
        with self._model_storage.write_to(self._resource) as folder:
            shutil.copyfile(patterns, folder / _PATTERNS_FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> SpacyMatcher:
        """Load what `train` copied into the model."""
        with model_storage.read_from(resource) as folder:
            finder = Finder(Grammar.read(folder / _PATTERNS_FILE, trained=True))
        return cls(config, model_storage, resource, finder)

    def process(self, messages: list[Message]) -> list[Message]:
        """Append the entities of each message to those that it has."""
        for message in messages:
            text, tokens = message.get(TEXT), message.get(TOKENS_NAMES[TEXT])
            if self._finder is None or tokens is None:
                continue
            entities = self.add_extractor_name(self._finder.find(text, tokens))
            message.set(ENTITIES, message.get(ENTITIES, []) + entities, add_to_output=True)
        return messages
