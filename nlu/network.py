"""A small neural network on sentence vectors, in NumPy: what it learns fits into a megabyte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nlu.adam import Adam

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

HIDDEN = 256
EPOCHS = 12
BATCH = 256
RATE = 2e-3  # of learning, at the start; it falls to nothing along a cosine
DECAY = 1e-2  # of the weights, a step of length one (as in AdamW)
DROPPED = 0.2  # share of the hidden layer that is silent at a step
_TINY = 1e-8


@dataclass
class Network:
    """One hidden layer on standardised vectors; its scores are logarithms of shares."""

    mean: Floats
    deviation: Floats
    hidden: Floats
    hidden_bias: Floats
    out: Floats
    out_bias: Floats

    def scores(self, vectors: Floats) -> Floats:
        """Return the score of each label, a row for each vector; softmax makes shares of them."""
        standard = (vectors - self.mean) / self.deviation
        found: Floats = np.maximum(standard @ self.hidden + self.hidden_bias, 0) @ self.out
        return found + self.out_bias

    @classmethod
    def fit(cls, vectors: Floats, wanted: Places, labels: int, seed: int = 0) -> Network:
        """Learn which of so many labels each vector has; the same seed learns the same."""
        chance = np.random.default_rng(seed)
        mean, deviation = vectors.mean(axis=0), vectors.std(axis=0) + np.float32(_TINY)
        standard = (vectors - mean) / deviation
        size = vectors.shape[1]
        parameters = [
            _start(chance, size, HIDDEN, 2),
            np.zeros(HIDDEN, np.float32),
            _start(chance, HIDDEN, labels, 1),
            np.zeros(labels, np.float32),
        ]
        steps = EPOCHS * -(-len(vectors) // BATCH)
        adam = Adam(parameters, (DECAY, 0.0, DECAY, 0.0), RATE, steps)
        for _ in range(EPOCHS):
            order = chance.permutation(len(vectors))
            for first in range(0, len(order), BATCH):
                batch = order[first : first + BATCH]
                awake = chance.random((len(batch), HIDDEN), dtype=np.float32) >= DROPPED
                adam.step(_gradients(parameters, standard[batch], wanted[batch], awake))
        return cls(mean, deviation, *parameters)


def _start(chance: np.random.Generator, rows: int, columns: int, gain: int) -> Floats:
    return chance.standard_normal((rows, columns), dtype=np.float32) * np.float32(
        np.sqrt(gain / rows)
    )


def _gradients(
    parameters: Sequence[Floats], inputs: Floats, wanted: Places, awake: npt.NDArray[np.bool_]
) -> list[Floats]:
    """Return the gradient of the log loss by each parameter."""
    hidden, hidden_bias, out, out_bias = parameters
    active = np.maximum(inputs @ hidden + hidden_bias, 0) * awake / np.float32(1 - DROPPED)
    scores = active @ out + out_bias
    error = np.exp(scores - scores.max(axis=1, keepdims=True))
    error /= error.sum(axis=1, keepdims=True)
    error[np.arange(len(wanted)), wanted] -= 1
    error /= len(wanted)
    back = error @ out.T * (active > 0) / np.float32(1 - DROPPED)
    return [inputs.T @ back, back.sum(axis=0), active.T @ error, error.sum(axis=0)]
