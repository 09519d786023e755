"""The examples of acts that are most like a text, by its n-grams and its sentence vector together.

The networks of nlu/act_model.py learn what the examples of an act have in common. What one example
says in other words than the rest is forgotten there, and found here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nlu import arrays
from nlu.act_model import all_gram_weights, gram_weights
from nlu.features import Words

BUCKETS = 2**16  # that n-grams share; fits into 16 bits
VECTOR_SHARE = np.float32(0.5)  # of the likeness; the n-grams' cosine is the rest
KEPT = 40  # n-grams of an example: its heaviest
NEIGHBOURS = 24
WARMTH = np.float32(0.06)  # of likenesses: how much nearer ones count for more
_SCALE = np.float32(400)  # of the vectors' numbers, which are kept in 8 bits
_TINY = np.float32(1e-9)

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]


@dataclass
class ActNeighbours:
    """The examples, those of one act together.

    `first` has the place of each act's first example, and the end; `starts` the same of each
    example's n-grams in `buckets` and `weights`. `vectors` has no columns where there are none.
    """

    first: Places
    starts: Places
    buckets: npt.NDArray[np.uint16]
    weights: npt.NDArray[np.float16]
    rarity: Floats
    vectors: npt.NDArray[np.int8]
    mean: Floats

    @classmethod
    def fit(
        cls, texts: Sequence[str], wanted: Places, acts: int, vectors: Floats | None
    ) -> ActNeighbours:
        """Remember the texts.

        Args:
            texts: raw examples.
            wanted: the place of each one's act; below 0 it is passed over.
            acts: how many there are.
            vectors: a row for each text; rows of zeros have none. None: n-grams alone.
        """
        order = np.argsort(wanted, kind="stable")
        order = order[wanted[order] >= 0]
        grams = all_gram_weights(texts, BUCKETS)
        found = [grams[place] for place in order]
        seen = np.bincount(np.concatenate([buckets for buckets, _ in found]), minlength=BUCKETS)
        rarity = np.maximum(np.log((1 + len(found)) / (1 + seen)), 0).astype(np.float32)
        rows = [_heaviest(buckets, weights * rarity[buckets]) for buckets, weights in found]
        if vectors is None:
            vectors = np.zeros((len(texts), 0), np.float32)
        has = vectors.any(axis=1)
        mean = vectors[has].mean(axis=0) if has.any() else np.zeros(vectors.shape[1], np.float32)
        centred = np.where(has[:, None], vectors - mean, 0)[order]
        lengths = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), _TINY)
        return cls(
            first=np.searchsorted(wanted[order], np.arange(acts + 1)),
            starts=np.cumsum([0, *(len(buckets) for buckets, _ in rows)]),
            buckets=np.concatenate([buckets for buckets, _ in rows]).astype(np.uint16),
            weights=np.concatenate([weights for _, weights in rows]).astype(np.float16),
            rarity=rarity,
            vectors=np.clip(np.round(centred / lengths * _SCALE), -127, 127).astype(np.int8),
            mean=mean.astype(np.float32),
        )

    def shares(
        self, text: str, vector: Floats | None, acts: Places, cut: Words | None = None
    ) -> tuple[Floats, Floats]:
        """Return the share of each of these acts among the examples nearest to a text, and how
        like the text the act's nearest one is, at most 1.

        Args:
            text: as the customer typed it.
            vector: its sentence vector, where it is to be had.
            acts: places of the acts whose examples are looked at.
            cut: the words of a message that this may be the text of.
        """
        slices = [slice(self.first[act], self.first[act + 1]) for act in acts]
        of = np.repeat(np.arange(len(acts)), [each.stop - each.start for each in slices])
        if not len(of):
            return np.zeros(len(acts), np.float32), np.zeros(len(acts), np.float32)
        like = self._gram_cosines(text, slices, cut)
        if vector is not None and len(self.mean):
            own = _unit(vector - self.mean) / _SCALE
            # Act by act: what is made of one fits into a processor's cache.
            near = np.concatenate([self.vectors[each].astype(np.float32) @ own for each in slices])
            like = VECTOR_SHARE * near + (1 - VECTOR_SHARE) * like
        most = min(NEIGHBOURS, len(like))
        nearest = np.argpartition(-like, most - 1)[:most]
        weights = np.exp((like[nearest] - like[nearest].max()) / WARMTH)
        found = np.bincount(of[nearest], weights, minlength=len(acts))
        shares: Floats = (found / found.sum()).astype(np.float32)
        likest = np.zeros(len(acts), np.float32)
        np.maximum.at(likest, of, like.astype(np.float32))
        return shares, likest

    def _gram_cosines(self, text: str, slices: Sequence[slice], cut: Words | None) -> Floats:
        buckets, weights = gram_weights(text, BUCKETS, cut)
        own = np.zeros(BUCKETS, np.float32)
        np.add.at(own, buckets, _unit(weights * self.rarity[buckets]))
        parts = []
        for each in slices:
            if each.start == each.stop:
                continue
            starts = self.starts[each.start : each.stop + 1]
            grams = slice(starts[0], starts[-1])
            products = own.take(self.buckets[grams]) * self.weights[grams].astype(np.float32)
            parts.append(np.add.reduceat(products, starts[:-1] - starts[0]))
        return np.concatenate(parts)

    def save(self, folder: Path) -> None:
        """Write NumPy arrays, nothing that runs code when it is read."""
        arrays.save(folder / "neighbours", vars(self))

    @classmethod
    def load(cls, folder: Path) -> ActNeighbours:
        """Read what `save` wrote."""
        return cls(**arrays.load(folder / "neighbours"))


def _unit(vector: Floats) -> Floats:
    scaled: Floats = vector / np.maximum(np.linalg.norm(vector), _TINY)
    return scaled


def _heaviest(buckets: Places, weights: Floats) -> tuple[Places, Floats]:
    """Return the heaviest n-grams of an example, at least one; the weights of all have length 1."""
    if not len(buckets):
        return np.zeros(1, np.intp), np.zeros(1, np.float32)
    kept = np.argsort(-weights, kind="stable")[:KEPT]
    return buckets[kept], _unit(weights)[kept]
