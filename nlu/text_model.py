"""A classifier of short texts: n-grams decide what they are sure of, sentence vectors help beyond.

Knows nothing of Rasa or of intents.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu.encoder import Encoder, encoder, spelling
from nlu.linear_model import LinearModel, softmax
from nlu.network import Network
from nlu.vectors import known_or_encoded

SURE = 0.85  # of the n-grams: from here on the vectors change next to nothing, and cost 15 ms
WEIGHT = 0.5  # of the networks' scores beside the n-grams'
COOLING = 1.5  # divides the sum, which would be surer than it is right

Floats = npt.NDArray[np.float32]

logger = logging.getLogger(__name__)


@dataclass
class TextModel:
    """A LinearModel and, where vectors are to be had, networks on them.

    Their scores are added. Where there are no networks, or no encoder, the linear model decides.
    """

    linear: LinearModel
    networks: list[Network]
    weight: float = WEIGHT
    sure: float = SURE

    @property
    def labels(self) -> list[str]:
        """The labels, in the order of the probabilities."""
        return self.linear.labels

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        labels: Sequence[str],
        *,
        by: Encoder | None,
        networks: int = 1,
        weight: float = WEIGHT,
        sure: float = SURE,
        **linear: Any,
    ) -> TextModel:
        """Learn from labelled raw texts.

        Args:
            texts: customers' sentences as they typed them.
            labels: the label of each.
            by: what encodes; with None the n-grams stand alone.
            networks: how many networks' scores are averaged.
            weight: see the class; 0 is without vectors.
            sure: the n-grams' confidence from which the vectors are not asked; above 1 always.
            linear: see `LinearModel.fit`.

        Raises:
            ValueError: as `LinearModel.fit`.
        """
        model = cls(LinearModel.fit(texts, labels, **linear), [], weight, sure)
        if by is None or not weight or not networks:
            return model
        having, vectors = known_or_encoded(texts, by)
        index = {name: place for place, name in enumerate(model.labels)}
        wanted = np.array([index[labels[place]] for place in having], dtype=np.intp)
        model.networks = [
            Network.fit(vectors, wanted, len(index), seed) for seed in range(networks)
        ]
        return model

    def probabilities(self, text: str) -> Floats:
        """Return a probability for each label."""
        found: Floats = self.all_probabilities([text])[0]
        return found

    def all_probabilities(self, texts: Sequence[str]) -> Floats:
        """Return a row of probabilities for each text; cheaper together than one by one."""
        scores = np.array([self.linear.scores(text) for text in texts], dtype=np.float32)
        shares = softmax(scores)
        unsure = [
            place
            for place, text in enumerate(texts)
            if shares[place].max() < self.sure and spelling(text)
        ]
        by = encoder() if self.networks and unsure else None
        if by is not None:
            vectors = by.vectors([texts[place] for place in unsure])
            added = np.mean([network.scores(vectors) for network in self.networks], axis=0)
            shares[unsure] = softmax(
                (scores[unsure] + np.float32(self.weight) * added) / np.float32(COOLING)
            )
        return shares

    def save(self, folder: Path) -> None:
        """Write the model: JSON and NumPy arrays, nothing that runs code when it is read."""
        self.linear.save(folder)
        settings = {"weight": self.weight, "sure": self.sure, "networks": len(self.networks)}
        (folder / "vectors.json").write_text(json.dumps(settings), encoding="utf8")
        for number, network in enumerate(self.networks):
            np.savez_compressed(folder / f"network{number}.npz", **vars(network))

    @classmethod
    def load(cls, folder: Path) -> TextModel:
        """Read what `save` wrote, and the encoder: the first message shall not wait for it."""
        settings: Mapping[str, Any] = json.loads(
            (folder / "vectors.json").read_text(encoding="utf8")
        )
        networks = []
        for number in range(settings["networks"]):
            with np.load(folder / f"network{number}.npz", allow_pickle=False) as found:
                networks.append(Network(**found))
        if networks:
            encoder()
        return cls(LinearModel.load(folder), networks, settings["weight"], settings["sure"])
