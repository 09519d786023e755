"""A classifier of short texts: n-grams decide what they are sure of, sentence vectors help beyond.

Knows nothing of Rasa or of intents.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu import arrays
from nlu.encoder import Encoder, encoder, spelling
from nlu.features import Words
from nlu.linear_model import LinearModel, softmax
from nlu.nearest import Nearest
from nlu.network import Network
from nlu.vectors import known_or_encoded

SURE = 0.85  # confidence of the n-grams from which on the vectors hardly matter, and cost 15 ms
WEIGHT = 0.5  # weight of the networks' scores relative to the n-grams'
NEAREST = 1.3  # weight of the nearest sentences' shares
COOLING = 1.6  # divides the sum, which would be overconfident

Floats = npt.NDArray[np.float32]

logger = logging.getLogger(__name__)


@dataclass
class TextModel:
    """A LinearModel and, where vectors are to be had, networks on them and the nearest ones.

    Their scores are added where the linear model is not `sure`, or, of some labels, not as sure as
    `firm` says: what must not be missed is not talked away. Where there are no networks, or no
    encoder, the linear model decides.
    """

    linear: LinearModel
    networks: list[Network]
    weight: float = WEIGHT
    sure: float = SURE
    nearest: Nearest | None = None
    firm: Mapping[str, float] = field(default_factory=dict)

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
        firm: Mapping[str, float] | None = None,
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
            firm: the same for single labels.
            linear: see `LinearModel.fit`.

        Raises:
            ValueError: as `LinearModel.fit`.
        """
        model = cls(
            LinearModel.fit(texts, labels, **linear), [], weight, sure, firm=dict(firm or {})
        )
        if by is None or not weight or not networks:
            return model
        having, vectors = known_or_encoded(texts, by)
        index = {name: place for place, name in enumerate(model.labels)}
        wanted = np.array([index[labels[place]] for place in having], dtype=np.intp)
        model.networks = [
            Network.fit(vectors, wanted, len(index), seed) for seed in range(networks)
        ]
        model.nearest = Nearest.fit(vectors, wanted, len(index))
        return model

    def probabilities(self, text: str) -> Floats:
        """Return a probability for each label."""
        found: Floats = self.all_probabilities([text])[0]
        return found

    def all_probabilities(self, texts: Sequence[str], cut: Words | None = None) -> Floats:
        """Return a row of probabilities for each text; cheaper together than one by one.

        Args:
            texts: as the customer typed them.
            cut: the words of a message that one of them may be.
        """
        scores = np.array([self.linear.scores(text, cut) for text in texts], dtype=np.float32)
        shares = softmax(scores)
        unsure = [
            place
            for place, text in enumerate(texts)
            if not self._is_sure(shares[place]) and spelling(text)
        ]
        by = encoder() if self.networks and unsure else None
        if by is not None:
            vectors = by.vectors([texts[place] for place in unsure])
            added = np.mean([network.scores(vectors) for network in self.networks], axis=0)
            added = np.float32(self.weight) * added
            if self.nearest is not None:
                added = added + np.float32(NEAREST) * self.nearest.shares(vectors)
            shares[unsure] = softmax((scores[unsure] + added) / np.float32(COOLING))
        return shares

    def _is_sure(self, shares: Floats) -> bool:
        best = int(shares.argmax())
        return bool(shares[best] >= min(self.sure, self.firm.get(self.labels[best], self.sure)))

    def save(self, folder: Path) -> None:
        """Write the model: JSON and NumPy arrays, nothing that runs code when it is read."""
        self.linear.save(folder)
        settings = {
            "weight": self.weight,
            "sure": self.sure,
            "firm": self.firm,
            "networks": len(self.networks),
        }
        (folder / "vectors.json").write_text(json.dumps(settings), encoding="utf8")
        for number, network in enumerate(self.networks):
            arrays.save(folder / f"network{number}", vars(network))
        if self.nearest is not None:
            arrays.save(folder / "nearest", vars(self.nearest))

    @classmethod
    def load(cls, folder: Path) -> TextModel:
        """Read what `save` wrote, and the encoder: the first message shall not wait for it."""
        settings: Mapping[str, Any] = json.loads(
            (folder / "vectors.json").read_text(encoding="utf8")
        )
        networks = [
            Network(**arrays.load(folder / f"network{number}"))
            for number in range(settings["networks"])
        ]
        nearest = Nearest(**arrays.load(folder / "nearest")) if networks else None
        if networks:
            encoder()
        linear = LinearModel.load(folder)
        weight, sure, firm = (settings[name] for name in ("weight", "sure", "firm"))
        return cls(linear, networks, weight, sure, nearest, firm)
