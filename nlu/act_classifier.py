"""Tells what a customer does with a message, whatever it is about: its *act*, as a Rasa component.

An intent says which topic a message names; 那要几天, 试过了没用 and 该不该给他 name none. Acts are
learnt from `data/acts/*.yml`, apart from the intents, so that domain.yml keeps to topics and moves.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
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
from nlu.act_model import ActModel
from nlu.act_neighbours import ActNeighbours
from nlu.dictionary import teach_jieba
from nlu.encoder import encoder
from nlu.features import WORDS, Words
from nlu.intents import HUMAN_HANDOFF, MOVES, SMALL_TALK, STEP_FAILED
from nlu.text import MOST_CLAUSES, clauses, normalize
from nlu.vectors import PATH as OF_INTENTS
from nlu.vectors import known_or_encoded

PROJECT = Path(__file__).resolve().parent.parent
VECTORS = PROJECT / "data" / "act_vectors.npz"  # of the examples, made by nlu/vectors.py
_MODULES = (  # a trained model depends on
    "text",
    "features",
    "dictionary",
    "encoder",
    "e5",
    "vectors",
    "arrays",
    "adam",
    "act_model",
    "act_neighbours",
)
RANKED = 25  # acts of a message that go on
OF_CLAUSE = 8  # acts of each clause
DESPAIR = "despair_"  # how the acts of somebody who may harm themself begin
MODELS = 2  # networks whose scores are averaged
LOOKED_AT = 12  # acts whose examples are compared with a text: the networks' likeliest
NEAREST = 1.1  # of the log of the nearest examples' shares, relative to the networks' scores
FLOOR = 3e-3  # smallest share: none among the nearest does not rule an act out
COOLING = 1.45  # divides the sum, which would be overconfident; the more acts the less
AFFIRMED = 0.75  # weight of what a message affirms, where it contrasts it with something
OF_MOVE = 60  # examples of each move or small talk
OF_TOPIC = 150  # and of each topic
MOST_NEW = 1_500  # sentences that a training encodes
DANGEROUS = {"account_compromised", "abnormal_transaction", "suspected_scam", HUMAN_HANDOFF}
# Prefixes of acts that a sentence about a topic never is.
ALARMING = (
    "scam_",
    "stolen_",
    "lost_",
    "code_",
    "stranger_",
    "child_",
    "malware",
    "entered_",
    "despair_",
    "d_",
)
_DICTIONARY_FILE = "dictionary.txt"
_TINY = 1e-9


def read_acts(folder: Path) -> dict[str, list[str]]:
    """Return the examples of each act.

    Args:
        folder: of YAML files, each a mapping from acts to lists of sentences; an act may stand in
            several files.

    Raises:
        RasaException: a file is not of that form; names file and act.
    """
    acts: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.yml")):
        try:
            _, data = strict_yaml.read(path, str(path))
        except ValueError as error:
            raise RasaException(str(error)) from error
        for name, examples in data.items():
            if not isinstance(examples, list) or not all(
                isinstance(each, str) for each in examples
            ):
                raise RasaException(f"{path}: “{name}” 要是句子的列表")
            acts.setdefault(str(name), []).extend(examples)
    return acts


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ActClassifier(IntentClassifier, GraphComponent):
    """Sets `acts` of a message: the likeliest acts of the whole and of each of its clauses.

    Config: `acts`, the folder of examples; `dictionary`, words for jieba.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        ranker: ActRanker | None = None,
    ) -> None:
        self._config = config
        self._model_storage = model_storage
        self._resource = resource
        self._ranker = ranker

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Return the defaults."""
        return {
            "acts": "data/acts",
            "dictionary": "data/lexicon/jieba/wallet.txt",
        }

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str | None:
        """Return a hash of the examples and of what the features come from."""
        here = Path(__file__).parent
        modules = (here / f"{name}.py" for name in _MODULES)
        folder = PROJECT / {**cls.get_default_config(), **config}["acts"]
        lexicon = (PROJECT / "data" / "lexicon").rglob("*")
        files = files_hash([*modules, *folder.glob("*.yml"), *lexicon, VECTORS])
        return files if encoder() else f"{files} without vectors"

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ActClassifier:
        """Create an untrained component."""
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the acts and persist the model."""
        dictionary = PROJECT / self._config["dictionary"]
        teach_jieba(dictionary)
        acts = read_acts(PROJECT / self._config["acts"])
        self._ranker = ActRanker.fit(acts, _intents(training_data))
        with self._model_storage.write_to(self._resource) as folder:
            self._ranker.save(folder)
            shutil.copyfile(dictionary, folder / _DICTIONARY_FILE)
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ActClassifier:
        """Load the model that `train` persisted."""
        with model_storage.read_from(resource) as folder:
            teach_jieba(folder / _DICTIONARY_FILE)
            return cls(config, model_storage, resource, ActRanker.load(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the acts of each message."""
        for message in messages:
            text = message.get(TEXT)
            if self._ranker is None or not text or text.startswith("/"):
                continue
            if not any(char.isalnum() for char in normalize(text)):
                continue  # emoji alone (😭😭) tell nothing
            parts = clauses(text)[:MOST_CLAUSES]
            parts = parts if len(parts) > 1 else []
            requests = message.get("requests") or []
            scope = message.get("scope") or {}
            said = scope.get("said", "") if scope.get("contrast") else ""
            texts = [text, *parts, *(asked["text"] for asked in requests), *filter(None, [said])]
            whole, *rest = self._ranker.rank(texts, message.get(WORDS))
            acts, like = _together(whole, rest[-1]) if said else whole
            found = {
                "whole": acts,
                "like": like,
                "clauses": [
                    {"text": part, "acts": acts[:OF_CLAUSE], "like": like}
                    for part, (acts, like) in zip(parts, rest, strict=False)
                ],
            }
            message.set("acts", found, add_to_output=True)
            # 退款要几天 of 怎么绑卡，还有退款要几天
            for asked, (acts, _) in zip(requests, rest[len(parts) :], strict=False):
                asked["kind"], asked["sure"] = acts[0]
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Return the data unchanged."""
        return training_data


def _together(whole: Ranking, said: Ranking) -> Ranking:
    """Return the acts of a message that contrasts two things: 不是进度 是申请的按钮.

    Args:
        whole: those of all of it.
        said: those of what it affirms.
    """
    shares: dict[str, float] = {}
    like: dict[str, float] = {}
    for (acts, near), part in ((whole, 1 - AFFIRMED), (said, AFFIRMED)):
        for act, share in acts:
            shares[act] = shares.get(act, 0.0) + share * part
        like = {act: max(like.get(act, 0.0), near.get(act, 0.0)) for act in {*like, *near}}
    ranked = sorted(shares.items(), key=lambda pair: -pair[1])[:RANKED]
    return [[act, round(share, 4)] for act, share in ranked], like


def _intents(training_data: TrainingData) -> dict[str, list[str]]:
    """Return the training examples of each intent."""
    found: dict[str, list[str]] = {}
    for example in training_data.intent_examples:
        if example.get(TEXT):
            found.setdefault(example.get(INTENT), []).append(example.get(TEXT))
    return found


# Acts with their confidences, and how like each one's nearest example is.
Ranking = tuple[list[list[Any]], dict[str, float]]


@dataclass(frozen=True)
class ActRanker:
    """Networks and the nearest examples, whose scores for a text are added."""

    models: Sequence[ActModel]
    neighbours: ActNeighbours

    @classmethod
    def fit(cls, acts: Mapping[str, list[str]], intents: Mapping[str, list[str]]) -> ActRanker:
        """Learn the acts.

        Args:
            acts: the examples of each.
            intents: those of each intent. Moves and small talk are acts, too (`intent:greet`); what
                is said of a topic is no danger, unless the topic is one.
        """
        pairs = _examples(acts, intents)
        texts, labels = [text for text, _ in pairs], [act for _, act in pairs]
        vectors = _vectors(texts)
        never = {act for act in acts if act.startswith(ALARMING)}
        models = ActModel.fit(texts, labels, vectors, never, range(MODELS))
        index = {name: place for place, name in enumerate(models[0].labels)}
        wanted = np.array([index.get(act or "", -1) for act in labels], dtype=np.intp)
        return cls(models, ActNeighbours.fit(texts, wanted, len(index), vectors))

    def rank(self, texts: list[str], cut: Words | None = None) -> list[Ranking]:
        """Return the likeliest acts of each text as [name, confidence], best first, and of each how
        like its nearest example is, 0 to 1: a text that is like none asks something new.

        Args:
            texts: as the customer typed them.
            cut: the words of a message that one of them may be.
        """
        by = encoder()
        vectors: Any = by.vectors(texts) if by else [None] * len(texts)
        labels, despair = self.models[0].labels, self.models[0].tells_of(DESPAIR)
        found = []
        for text, vector in zip(texts, vectors, strict=True):
            opinions = np.array([model.probabilities(text, vector, cut) for model in self.models])
            scores = np.log(opinions + _TINY).mean(axis=0)  # only what all agree on is sure
            likely = np.argsort(-scores)[:LOOKED_AT]
            near, likest = np.zeros((2, len(labels)), np.float32)
            near[likely], likest[likely] = self.neighbours.shares(text, vector, likely, cut)
            scores = (scores + NEAREST * np.log(near + FLOOR)) / COOLING
            agreed = np.exp(scores - scores.max())
            agreed /= agreed.sum()
            # Despair is kept even when they disagree.
            shares = np.where(despair, np.maximum(agreed, opinions.mean(axis=0)), agreed)
            places = [int(each) for each in np.argsort(-shares)[:RANKED]]
            acts = [[labels[place], round(float(shares[place]), 4)] for place in places]
            like = {
                labels[place]: round(float(likest[place]), 3) for place in places if likest[place]
            }
            found.append((acts, like))
        return found

    def save(self, folder: Path) -> None:
        """Write everything into a folder."""
        for number, model in enumerate(self.models):
            (folder / str(number)).mkdir(exist_ok=True)
            model.save(folder / str(number))
        self.neighbours.save(folder)

    @classmethod
    def load(cls, folder: Path) -> ActRanker:
        """Read what `save` wrote."""
        models = [ActModel.load(folder / str(number)) for number in range(MODELS)]
        return cls(models, ActNeighbours.load(folder))


def _examples(
    acts: Mapping[str, list[str]], intents: Mapping[str, list[str]]
) -> list[tuple[str, str | None]]:
    """Return sentences with their acts; None for what is only known to be no danger."""
    chance = random.Random(0)  # noqa: S311  # no secret
    pairs: list[tuple[str, str | None]] = []
    for act, examples in acts.items():
        pairs += [(text, act) for text in examples]
    for intent in sorted(MOVES | SMALL_TALK | {STEP_FAILED}):
        examples = sorted(intents.get(intent, ()))
        some = chance.sample(examples, min(len(examples), OF_MOVE))
        pairs += [(text, f"intent:{intent}") for text in some]
    calm = sorted(set(intents) - DANGEROUS - MOVES - SMALL_TALK)
    for intent in calm:
        examples = sorted(intents[intent])
        some = chance.sample(examples, min(len(examples), OF_TOPIC))
        pairs += [(text, None) for text in some]
    return pairs


def _vectors(texts: Sequence[str]) -> npt.NDArray[np.float32] | None:
    """Return a row for each text, of zeros where none is known; None without an encoder."""
    by = encoder()
    if by is None:
        return None
    vectors = np.zeros((len(texts), by.size), np.float32)
    for path, most_new in ((OF_INTENTS, 0), (VECTORS, MOST_NEW)):
        missing = np.flatnonzero(~vectors.any(axis=1))
        places, known = known_or_encoded([texts[int(each)] for each in missing], by, most_new, path)
        vectors[missing[places]] = known
    return vectors
