"""Which reading of a message decides: danger before a human, a human and topics before small talk.

A message may say several things (我的号被盗了！怎么开启双重验证？), and a danger may be told in
words that leave the classifier in doubt.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from infra import strict_yaml
from nlu import files_hash
from nlu.intents import (
    FALLBACK,
    HUMAN_HANDOFF,
    MOVES,
    OUT_OF_SCOPE,
    SMALL_TALK,
    STEP_FAILED,
)
from nlu.text import normalize

PROJECT = Path(__file__).resolve().parent.parent
_FILE = "danger.yml"
_HARMLESS = "harmless"  # the file's list of what is no danger, or none any more
UNSURE = {FALLBACK, OUT_OF_SCOPE}
RANKED = 10  # intents of a ranking that go on, as of Rasa's own classifiers


def read_patterns(path: Path) -> dict[str, list[re.Pattern[str]]]:
    """Return the patterns of each danger intent.

    Raises:
        RasaException: the file is not intents with lists of regular expressions; names file and
            expression.
    """
    try:
        _, data = strict_yaml.read(path, path.name)
        found = {}
        for intent, expressions in data.items():
            found[str(intent)] = [_compile(path, each) for each in expressions]
        return found
    except (AttributeError, TypeError, ValueError) as error:
        raise RasaException(f"{path}: {error}") from error


def _compile(path: Path, expression: object) -> re.Pattern[str]:
    try:
        return re.compile(str(expression))
    except re.error as error:
        raise RasaException(f"{path}: “{expression}”: {error}") from error


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class Precedence(IntentClassifier, GraphComponent):
    """Replaces the intent where something else in the message comes first.

    Stands after FallbackClassifier. Config: `patterns`, the file of expressions that tell of a
    danger when the classifier is in doubt; `surely_outside`, the confidence from which out_of_scope
    is believed in spite of them; `sentence_above`, the confidence from which one of several
    sentences counts; `whole_above`, the one from which no sentence's danger outranks the whole;
    `topic_above`, the one from which a sentence's topic outranks a whole that names none.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        patterns: dict[str, list[re.Pattern[str]]] | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._patterns = dict(patterns or {})
        self._harmless = self._patterns.pop(_HARMLESS, [])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults."""
        return {
            "patterns": "data/lexicon/danger.yml",
            "surely_outside": 0.5,
            "sentence_above": 0.6,
            "whole_above": 0.95,
            "topic_above": 0.75,
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return the file's hash, so that an edit of it is noticed."""
        return files_hash([PROJECT / {**cls.get_default_config(), **config}["patterns"]])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Precedence:
        """Create a component without patterns."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Check the patterns and copy them into the model."""
        path = PROJECT / self._config["patterns"]
        read_patterns(path)
        with self._model_storage.write_to(self._resource) as folder:
            (folder / _FILE).write_bytes(path.read_bytes())
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> Precedence:
        """Load the patterns from the model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, read_patterns(folder / _FILE))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent that decides, and shorten the ranking."""
        for message in messages:
            ranking = message.get("intent_ranking") or []
            if message.get(TEXT) and (alarms := self._hit(_affirmed(message))):
                message.set("alarms", alarms, add_to_output=True)
            first = self._first(message) if _affirmed(message) else None
            if first:
                ranking = [first, *(each for each in ranking if each["name"] != first["name"])]
                message.set(INTENT, first, add_to_output=True)
            # The rest would be copied through every step of a turn, and nothing reads it.
            message.set("intent_ranking", ranking[:RANKED], add_to_output=True)
        return messages

    def _first(self, message: Message) -> dict[str, Any] | None:
        """Return what comes before the message's intent; None when nothing does."""
        intent = message.get(INTENT) or {}
        name, confidence = intent.get("name"), intent.get("confidence", 0)
        moves = MOVES | {STEP_FAILED}
        asked = self._asked(message)
        dangers = [each for each in asked if each["name"] in self._patterns]
        humans = [each for each in asked if each["name"] == HUMAN_HANDOFF]
        topics = [
            each
            for each in asked
            if each["name"]
            not in {*self._patterns, *SMALL_TALK, *moves, HUMAN_HANDOFF, OUT_OF_SCOPE}
        ]
        if name == HUMAN_HANDOFF:  # its action sees the danger, too (actions/actions.py)
            return None
        if name in self._patterns:  # 我没有被盗。就是想改个密码
            harmless = not dangers and self._is_harmless(message.get(TEXT))
            return next(iter(topics), None) if harmless else None
        if dangers and (name == FALLBACK or confidence < self._config["whole_above"]):
            return dangers[0]
        if name in SMALL_TALK | moves and humans:
            return humans[0]
        if name in SMALL_TALK and topics:
            return topics[0]
        surest = max(topics, key=lambda each: float(each["confidence"]), default=None)
        if name in UNSURE and surest and surest["confidence"] >= self._config["topic_above"]:
            return surest  # one sure sentence is enough: 我在外地。另外怎么改密码
        sure = name == OUT_OF_SCOPE and confidence >= self._config["surely_outside"]
        return self._named(message) if name in UNSURE and not sure else None

    def _asked(self, message: Message) -> list[dict[str, Any]]:
        """Return the sure intents of single sentences, without harmless dangers."""
        found: list[dict[str, Any]] = message.get("requests") or []
        sentences = [each["text"] for each in found]
        least = self._config["sentence_above"]
        asked = []
        for place, each in enumerate(found):
            if each["confidence"] < least and (hit := self._hit(sentences[place])):
                each = {**each, "name": hit[0], "confidence": least}
            around = "。".join(sentences[max(place - 1, 0) : place + 2])
            if each["name"] not in self._patterns or not self._is_harmless(around):
                asked.append(each)
        if found:
            message.set("requests", asked, add_to_output=True)
        return [each for each in asked if each["confidence"] >= least]

    def _is_harmless(self, text: str) -> bool:
        plain = normalize(text)
        return any(pattern.search(plain) for pattern in self._harmless)

    def _named(self, message: Message) -> dict[str, Any] | None:
        """Return the likeliest of the dangers that the words name."""
        hit = self._hit(_affirmed(message))
        guesses = (each for each in message.get("intent_ranking") if each["name"] in hit)
        return next(guesses, None)

    def _hit(self, text: str) -> list[str]:
        """Return the dangers whose words a text has."""
        plain = normalize(text)
        return [
            intent
            for intent, patterns in self._patterns.items()
            if any(pattern.search(plain) for pattern in patterns)
        ]

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged."""
        return training_data


def _affirmed(message: Message) -> str:
    """Return what the message says without what it denies."""
    return str((message.get("scope") or {}).get("said", message.get(TEXT)) or "")
