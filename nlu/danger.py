"""Danger outranks doubt, and what else a message asks (我的号被盗了！怎么开启双重验证？)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from nlu import files_hash
from nlu.text import normalize

PROJECT = Path(__file__).resolve().parent.parent
_FILE = "danger.yml"
UNSURE = {"nlu_fallback", "out_of_scope"}
HUMAN = "human_handoff"
RANKED = 10  # intents of a ranking that go on, as of Rasa's own classifiers


def read_patterns(path: Path) -> dict[str, list[re.Pattern[str]]]:
    """Return the patterns of each danger intent.

    Raises:
        RasaException: the file is not intents with lists of regular expressions; names file and
            expression.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf8"))
        found = {}
        for intent, expressions in data.items():
            found[str(intent)] = [_compile(path, each) for each in expressions]
        return found
    except (AttributeError, TypeError, OSError, yaml.YAMLError) as error:
        raise RasaException(f"{path}: {error}") from error


def _compile(path: Path, expression: object) -> re.Pattern[str]:
    try:
        return re.compile(str(expression))
    except re.error as error:
        raise RasaException(f"{path}: “{expression}”: {error}") from error


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class DangerWords(IntentClassifier, GraphComponent):
    """Turns a message into a danger intent when its words or one of its sentences say so.

    Stands after FallbackClassifier. By words an unsure or out-of-scope message, by a sentence any
    but one that asks for a human. Config: `patterns`, the file of expressions; `surely_outside`,
    the confidence from which out_of_scope is believed in spite of the words; `sentence_above`, the
    confidence from which a sentence decides.
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
        self._patterns = patterns or {}

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults."""
        return {"patterns": "data/lexicon/danger.yml", "surely_outside": 0.5, "sentence_above": 0.7}

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
    ) -> DangerWords:
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
    ) -> DangerWords:
        """Load the patterns from the model."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, read_patterns(folder / _FILE))

    def process(self, messages: list[Message]) -> list[Message]:
        """Replace the intent of each message that tells of a danger and was taken for no such."""
        for message in messages:
            ranking = message.get("intent_ranking") or []
            named = self._danger(message) if message.get(TEXT) else None
            if named:
                ranking = [named, *(each for each in ranking if each["name"] != named["name"])]
                message.set(INTENT, named, add_to_output=True)
            # The rest is carried through every step of a turn, and nobody reads it.
            message.set("intent_ranking", ranking[:RANKED], add_to_output=True)
        return messages

    def _danger(self, message: Message) -> dict[str, Any] | None:
        intent = message.get(INTENT) or {}
        if intent.get("name") in {*self._patterns, HUMAN}:
            return None
        certain = intent.get("name") not in UNSURE or (
            intent["name"] == "out_of_scope"
            and intent["confidence"] >= self._config["surely_outside"]
        )
        return self._sentence(message) or (None if certain else self._named(message))

    def _sentence(self, message: Message) -> dict[str, Any] | None:
        """Return the first danger that one of several sentences surely tells of."""
        for request in message.get("requests") or ():
            if (
                request["name"] in self._patterns
                and request["confidence"] >= self._config["sentence_above"]
            ):
                found: dict[str, Any] = request
                return found
        return None

    def _named(self, message: Message) -> dict[str, Any] | None:
        """Return the likeliest of the dangers that the words name."""
        text = normalize(message.get(TEXT))
        hit = {
            intent
            for intent, patterns in self._patterns.items()
            if any(pattern.search(text) for pattern in patterns)
        }
        guesses = (each for each in message.get("intent_ranking") if each["name"] in hit)
        return next(guesses, None)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged."""
        return training_data
