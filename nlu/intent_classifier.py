"""The intent classifier as a Rasa component: trains, persists, reloads and is cached by Rasa."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
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
from nlu.dictionary import teach_jieba
from nlu.encoder import encoder
from nlu.features import WORDS, Words
from nlu.naming import asked_apart
from nlu.text import MOST_CLAUSES, Frames, clauses, read_frames
from nlu.text_model import SURE, WEIGHT, TextModel
from nlu.vectors import PATH as VECTORS

PROJECT = Path(__file__).resolve().parent.parent
_DICTIONARY_FILE = "dictionary.txt"
OF_CLAUSE = 5  # intents of each clause that go on
_MODULES = (  # a trained model depends on
    "text",
    "features",
    "linear_model",
    "dictionary",
    "encoder",
    "e5",
    "vectors",
    "arrays",
    "adam",
    "network",
    "nearest",
    "text_model",
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class WalletIntentClassifier(IntentClassifier, GraphComponent):
    """Sorts a message into an intent by its characters, sounds and words, and by its meaning.

    Reads the raw text and the tokenizer's words, and makes its features itself. Sets `intent` and
    the whole `intent_ranking`, both with calibrated confidences between 0 and 1.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: TextModel | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults; see `LinearModel.fit` and `TextModel.fit`; `frames` is a file of
        polite words, and `dictionary` one of words for jieba."""
        return {
            "min_count": 2,
            "regularization": 0.3,
            "temperature": None,
            "frames": "data/lexicon/frames.yml",
            "dictionary": "data/lexicon/jieba/wallet.txt",
            "bias": {},
            "networks": 1,
            "weight": WEIGHT,
            "sure": SURE,
            "firm": {},
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Return the packages that must be importable."""
        return ["sklearn", "jieba", "pypinyin", "opencc"]

    @staticmethod
    def supported_languages() -> list[str]:
        """Return the languages: Chinese."""
        return ["zh"]

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return a hash of what is learnt from besides the examples: our modules, jieba's words,
        the sentence vectors; and whether there is an encoder."""
        here = Path(__file__).parent
        modules = (here / f"{name}.py" for name in _MODULES)
        lexicon = (PROJECT / "data" / "lexicon").rglob("*")
        files = files_hash([*modules, *lexicon, VECTORS])
        return files if encoder() else f"{files} without vectors"

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WalletIntentClassifier:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn from every example that has a text and an intent, and persist the model."""
        dictionary = PROJECT / self._config["dictionary"]
        teach_jieba(dictionary)
        examples = [
            (example.get(TEXT), example.get(INTENT))
            for example in training_data.intent_examples
            if example.get(TEXT)
        ]
        self._model = TextModel.fit(
            [text for text, _ in examples],
            [intent for _, intent in examples],
            by=encoder(),
            networks=self._config["networks"],
            weight=self._config["weight"],
            sure=self._config["sure"],
            firm=self._config["firm"],
            min_count=self._config["min_count"],
            regularization=self._config["regularization"],
            temperature=self._config["temperature"],
            frames=self._frames(),
            bias=self._config["bias"],
        )
        with self._model_storage.write_to(self._resource) as folder:
            self._model.save(folder)
            shutil.copyfile(dictionary, folder / _DICTIONARY_FILE)
        return self._resource

    def _frames(self) -> Frames:
        """Read the file of polite words.

        Raises:
            RasaException: it cannot be used; says which file and why.
        """
        path = PROJECT / self._config["frames"]
        try:
            return read_frames(strict_yaml.read(path, path.name)[1])
        except (ValueError, AttributeError) as error:
            raise RasaException(f"{path.name}: {error}") from error

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WalletIntentClassifier:
        """Load the model that `train` persisted."""
        with model_storage.read_from(resource) as folder:
            teach_jieba(folder / _DICTIONARY_FILE)
            return cls(config, model_storage, resource, TextModel.load(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set intent and ranking of each message; of several sentences also each one's intent, and
        of several clauses (`pieces`) each one's ranking."""
        for message in messages:
            text = message.get(TEXT)
            if self._model is None or text is None:
                continue
            scope = message.get("scope") or {}
            said = scope.get("said") or text  # what is denied is not wanted
            parts, denied = asked_apart(said), list(scope.get("denied", ()))
            pieces = clauses(text)[:MOST_CLAUSES]
            pieces = pieces if len(pieces) > 1 else []
            texts = [said, *parts, *denied, *pieces]
            whole, *rest = _rankings(self._model, texts, message.get(WORDS))
            message.set("intent", whole[0], add_to_output=True)
            message.set("intent_ranking", whole, add_to_output=True)
            if parts:
                likeliest = [
                    {**ranking[0], "text": part} for part, ranking in zip(parts, rest, strict=False)
                ]
                message.set("requests", likeliest, add_to_output=True)
            if denied:
                unwanted = [ranking[0] for ranking in rest[len(parts) :][: len(denied)]]
                message.set("denied", unwanted, add_to_output=True)
            if pieces:
                found = [
                    {"text": piece, "ranking": ranking[:OF_CLAUSE]}
                    for piece, ranking in zip(pieces, rest[-len(pieces) :], strict=True)
                ]
                message.set("pieces", found, add_to_output=True)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged; later components learn nothing from the intents found."""
        return training_data


def _rankings(model: TextModel, texts: list[str], cut: Words | None) -> list[list[dict[str, Any]]]:
    """Return Rasa's `intent_ranking` of each text: every intent, its confidence, best first."""
    return [
        [
            {"name": model.labels[place], "confidence": float(shares[place])}
            for place in np.argsort(-shares)
        ]
        for shares in model.all_probabilities(texts, cut)
    ]
