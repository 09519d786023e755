"""The labels of the nearest known sentences, by a few principal components of their vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

COMPONENTS = 64  # as good as all 384 numbers, a sixth of the memory
NEIGHBOURS = 20
WARMTH = np.float32(0.15)  # of cosines: how much nearer ones count for more


@dataclass
class Nearest:
    """Known vectors in their principal components, scaled to length 1, and their labels."""

    mean: Floats
    axes: Floats
    known: Floats
    wanted: npt.NDArray[np.intp]
    labels: int

    def shares(self, vectors: Floats) -> Floats:
        """Return the share of each label among the nearest, a row for each vector."""
        centred: Floats = vectors - self.mean
        near = _unit(centred @ self.axes) @ self.known.T
        most = min(NEIGHBOURS, near.shape[1])
        places = np.argpartition(-near, most - 1, axis=1)[:, :most]
        cosines = np.take_along_axis(near, places, axis=1)
        weights = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / WARMTH)
        found = np.zeros((len(vectors), self.labels), np.float32)
        np.add.at(found, (np.arange(len(vectors))[:, None], self.wanted[places]), weights)
        shares: Floats = found / found.sum(axis=1, keepdims=True)
        return shares

    @classmethod
    def fit(cls, vectors: Floats, wanted: npt.NDArray[np.intp], labels: int) -> Nearest:
        """Remember the vectors and which of so many labels each has."""
        mean = vectors.mean(axis=0)
        centred = vectors - mean
        _, axes = np.linalg.eigh(centred.T @ centred)
        axes = np.ascontiguousarray(axes[:, ::-1][:, :COMPONENTS])
        known = _unit(centred @ axes)
        return cls(mean, axes, known, wanted, labels)


def _unit(vectors: Floats) -> Floats:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths: Floats = np.maximum(norms, np.float32(1e-9))
    scaled: Floats = vectors / lengths
    return scaled
