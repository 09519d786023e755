"""A small neural network that tells acts by n-grams and sentence vectors together.

There are hundreds of acts with a few dozen short examples each. A row of weights for every n-gram
and act would fill the memory, so n-grams share buckets and a hidden layer; the vectors bring what
the examples do not say. Where there are no vectors the network works without: it has learnt that.
"""

from __future__ import annotations

import json
import multiprocessing
import os
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nlu import arrays
from nlu.adam import Adam, RowAdam
from nlu.features import KINDS, Numbers, Words, features
from nlu.text import Frames

BUCKETS = 2**15  # number of hash buckets for n-grams
HIDDEN = 256
EPOCHS = 14
BATCH = 256
RATE = 4.2e-3  # initial learning rate; it decays to zero along a cosine
RATE_OF_GRAMS = 6.3e-3
DECAY = 2e-3  # weight decay per step at a learning rate of one (as in AdamW)
DECAY_OF_GRAMS = (
    6e-3  # the same for a bucket's weights, which only change when one of its n-grams occurs
)
DROPPED = 0.3  # dropout of the hidden layer
WITHOUT = 0.25  # share of the examples that are learnt without their vector

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]
_NO_FRAMES = Frames()


@lru_cache(maxsize=128)  # the models of one message look at the same text
def _grams(text: str, cut: Words | None = None) -> tuple[Numbers, Floats]:
    numbers, kinds = features(text, _NO_FRAMES, cut)
    lengths = np.sqrt(np.bincount(kinds, minlength=len(KINDS)))
    return numbers, (1 / lengths[kinds]).astype(np.float32)


@lru_cache(maxsize=1)  # networks and neighbours learn from the same texts
def _all_grams(texts: tuple[str, ...]) -> list[tuple[Numbers, Floats]]:
    return [_grams(text) for text in texts]


def all_gram_weights(texts: Sequence[str], buckets: int) -> list[tuple[Places, Floats]]:
    """Return `gram_weights` of many texts; those of the last ones are remembered."""
    return [_in_buckets(grams, buckets) for grams in _all_grams(tuple(texts))]


def gram_weights(text: str, buckets: int, cut: Words | None = None) -> tuple[Places, Floats]:
    """Return which of so many buckets a text's n-grams fall into, and the weight of each.

    The weights of each kind of n-gram have the length 1; a text without letters has none. `cut`:
    the words of a message that this may be the text of.
    """
    return _in_buckets(_grams(text, cut), buckets)


def _in_buckets(grams: tuple[Numbers, Floats], buckets: int) -> tuple[Places, Floats]:
    numbers, weights = grams
    return (numbers % np.uint64(buckets)).astype(np.intp), weights


def _table(texts: Sequence[str]) -> tuple[Any, Floats]:
    """Return the weights of the texts' buckets, a sparse row each, and each bucket's rarity."""
    from scipy.sparse import csr_matrix

    found = all_gram_weights(texts, BUCKETS)
    starts = np.cumsum([0, *(len(buckets) for buckets, _ in found)])
    columns = np.concatenate([buckets for buckets, _ in found])
    seen = np.bincount(
        np.concatenate([np.unique(buckets) for buckets, _ in found]), minlength=BUCKETS
    )
    rarity = (np.log((1 + len(texts)) / (1 + seen)) / np.log(1 + len(texts))).astype(np.float32)
    values = np.concatenate([weights for _, weights in found]) * rarity[columns]
    shape = (len(texts), BUCKETS)
    return csr_matrix((values, columns, starts), shape=shape, dtype=np.float32), rarity


@dataclass
class ActModel:
    """`grams` has a row a bucket, `vector` one a number of the sentence vector; both end in the
    hidden layer, from which `out` makes a score of each label."""

    labels: list[str]
    rarity: Floats  # of each bucket, a weight: n-grams that occur everywhere say little
    grams: npt.NDArray[np.float16]
    vector: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats
    mean: Floats
    deviation: Floats

    def probabilities(
        self, text: str, vector: Floats | None = None, cut: Words | None = None
    ) -> Floats:
        """Return a probability for each label.

        Args:
            text: as the customer typed it.
            vector: the sentence's vector, where it is to be had.
            cut: the words of a message that this may be the text of.
        """
        buckets, weights = gram_weights(text, BUCKETS, cut)
        hidden = (weights * self.rarity[buckets]) @ self.grams[buckets].astype(np.float32)
        if vector is not None and len(self.vector):
            hidden = hidden + ((vector - self.mean) / self.deviation) @ self.vector
        scores = np.maximum(hidden + self.hidden_bias, 0) @ self.out + self.out_bias
        shares = np.exp(scores - scores.max())
        found: Floats = shares / shares.sum()
        return found

    def tells_of(self, prefix: str) -> npt.NDArray[np.bool_]:
        """Return which labels begin so."""
        return np.array([label.startswith(prefix) for label in self.labels])

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        labels: Sequence[str | None],
        vectors: Floats | None = None,
        never: Collection[str] = (),
        seeds: Sequence[int] = (0,),
    ) -> list[ActModel]:
        """Learn from labelled raw texts; the same ones give the same models.

        Args:
            texts: customers' sentences.
            labels: the act of each; None where all that is known is what it is not.
            vectors: a row for each text; rows of zeros have none. None: n-grams alone.
            never: the acts that a text without a label is not.
            seeds: of chance, one for each model; models of two seeds err in different places.
                They learn side by side, a processor each.
        """
        names = sorted({label for label in labels if label is not None})
        index = {name: place for place, name in enumerate(names)}
        grams, rarity = _table(texts)
        if vectors is None:
            vectors = np.zeros((len(texts), 0), np.float32)
        lesson = _Lesson(
            names,
            np.array([index.get(label or "", -1) for label in labels], dtype=np.intp),
            np.array([name in never for name in names]),
            grams,
            rarity,
            vectors,
        )
        workers = min(len(seeds), os.cpu_count() or 1)
        if workers < 2:
            return [_learn(lesson, seed) for seed in seeds]
        context = multiprocessing.get_context("spawn")  # forking a process with threads may hang
        with ProcessPoolExecutor(workers, mp_context=context) as pool:
            return list(pool.map(_learn, [lesson] * len(seeds), seeds))

    def save(self, folder: Path) -> None:
        """Write the model: JSON and NumPy arrays, nothing that runs code when it is read."""
        numbers = {name: value for name, value in vars(self).items() if name != "labels"}
        (folder / "acts.json").write_text(json.dumps(self.labels), encoding="utf8")
        arrays.save(folder / "acts", numbers)

    @classmethod
    def load(cls, folder: Path) -> ActModel:
        """Read what `save` wrote."""
        labels = json.loads((folder / "acts.json").read_text(encoding="utf8"))
        return cls(labels, **arrays.load(folder / "acts"))


@dataclass(frozen=True)
class _Lesson:
    """What models of any seed learn from; `wanted` is each text's label, below 0 none."""

    names: list[str]
    wanted: Places
    unwanted: npt.NDArray[np.bool_]
    grams: Any  # a sparse row a text
    rarity: Floats
    vectors: Floats


def _learn(lesson: _Lesson, seed: int) -> ActModel:
    from scipy.sparse import csr_matrix

    names, wanted, vectors = lesson.names, lesson.wanted, lesson.vectors
    texts = len(wanted)
    has = np.abs(vectors).sum(axis=1) > 0
    mean = vectors[has].mean(axis=0) if has.any() else np.zeros(vectors.shape[1], np.float32)
    spread = vectors[has].std(axis=0) if has.any() else np.ones(vectors.shape[1], np.float32)
    deviation = (spread + np.float32(1e-6)) * np.float32(np.sqrt(max(vectors.shape[1], 1)) / 2)
    dense = np.where(has[:, None], (vectors - mean) / deviation, 0).astype(np.float32)

    chance = np.random.default_rng(seed)
    parameters = [
        _start(chance, BUCKETS, HIDDEN, 0.05),
        _start(chance, dense.shape[1], HIDDEN, 0.1),
        np.zeros(HIDDEN, np.float32),
        _start(chance, HIDDEN, len(names), np.sqrt(1 / HIDDEN)),
        np.zeros(len(names), np.float32),
    ]
    steps = EPOCHS * -(-texts // BATCH)
    grams = RowAdam(parameters[0], DECAY_OF_GRAMS, RATE_OF_GRAMS, steps)
    adam = Adam(parameters[1:], (DECAY, 0.0, DECAY, 0.0), RATE, steps)
    counts = np.bincount(wanted[wanted >= 0], minlength=len(names))
    weight = (counts.sum() / (len(names) * counts)) ** 0.3
    for _ in range(EPOCHS):
        order = chance.permutation(texts)
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            part, right = lesson.grams[batch], wanted[batch]
            told = dense[batch] * (chance.random((len(batch), 1)) >= WITHOUT).astype(np.float32)
            awake = (chance.random((len(batch), HIDDEN), dtype=np.float32) >= DROPPED) / (
                np.float32(1 - DROPPED)
            )
            hidden = part @ parameters[0] + told @ parameters[1] + parameters[2]
            active = np.maximum(hidden, 0) * awake
            scores = active @ parameters[3] + parameters[4]
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            error = _error(shares, right, weight, lesson.unwanted)
            back = error @ parameters[3].T * (active > 0) * awake
            rows, columns = _used(part.indices)
            part = csr_matrix((part.data, columns, part.indptr), shape=(len(batch), len(rows)))
            grams.step(np.asarray(part.T @ back), rows)
            adam.step(
                [
                    told.T @ back,
                    back.sum(axis=0),
                    active.T @ error,
                    error.sum(axis=0),
                ],
            )
    gram_weights, vector_weights, hidden_bias, out, out_bias = parameters
    return ActModel(
        names,
        lesson.rarity,
        gram_weights.astype(np.float16),
        vector_weights,
        hidden_bias,
        out,
        out_bias,
        mean,
        deviation,
    )


def _used(buckets: Places) -> tuple[Places, Places]:
    """Return each bucket once, and the place in there of all (as `np.unique`, which sorts)."""
    used = np.zeros(BUCKETS, np.bool_)
    used[buckets] = True
    return np.flatnonzero(used), (np.cumsum(used) - 1)[buckets]


def _error(shares: Floats, right: Places, weight: Any, unwanted: npt.NDArray[np.bool_]) -> Floats:
    """Return the gradient of the loss by each score.

    The loss of a text with a label is the logarithm of its share; of one without, that of what is
    left beside the acts that it is not.
    """
    labelled = right >= 0
    error = shares.copy()
    error[np.flatnonzero(labelled), right[labelled]] -= 1
    error[labelled] *= weight[right[labelled]][:, None]
    wrong = (shares * unwanted).sum(axis=1, keepdims=True)
    pushed = shares * (unwanted - wrong) / np.maximum(1 - wrong, 0.05)
    error[~labelled] = pushed[~labelled]
    return (error / len(right)).astype(np.float32)


def _start(chance: np.random.Generator, rows: int, columns: int, size: float) -> Floats:
    return chance.standard_normal((rows, columns), dtype=np.float32) * np.float32(size)
