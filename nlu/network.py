"""A small neural network on sentence vectors, in NumPy: its weights fit into a megabyte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]

HIDDEN = 256
EPOCHS = 12
BATCH = 256
RATE = 2e-3  # initial learning rate; it decays to zero along a cosine
DECAY = 1e-2  # weight decay per step at a learning rate of one (as in AdamW)
DROPPED = 0.2  # dropout of the hidden layer
_MEAN, _SQUARE, _TINY = 0.9, 0.99, 1e-8  # Adam's


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
        adam = _Adam(parameters, EPOCHS * -(-len(vectors) // BATCH))
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


class _Adam:
    """Adam with decoupled decay of the weight matrices; changes the parameters in place."""

    def __init__(self, parameters: list[Floats], steps: int) -> None:
        self._parameters = parameters
        self._means = [np.zeros_like(each) for each in parameters]
        self._squares = [np.zeros_like(each) for each in parameters]
        self._steps = steps
        self._step = 0

    def step(self, gradients: Sequence[Floats]) -> None:
        """Follow the gradients."""
        rate = RATE * (1 + np.cos(np.pi * self._step / self._steps)) / 2
        self._step += 1
        grown = 1 - _MEAN**self._step, 1 - _SQUARE**self._step
        for parameter, gradient, mean, square in zip(
            self._parameters, gradients, self._means, self._squares, strict=True
        ):
            mean += (1 - _MEAN) * (gradient - mean)
            square += (1 - _SQUARE) * (gradient * gradient - square)
            change = mean / grown[0] / (np.sqrt(square / grown[1]) + _TINY)
            if parameter.ndim > 1:
                change += DECAY * parameter
            parameter -= np.float32(rate) * change.astype(np.float32)
