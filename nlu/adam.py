"""Adam with decoupled decay of the weights (AdamW); changes the parameters in place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

AT_A_TIME = 256  # rows that are changed at once: as many as fit into a processor's cache
_MEAN, _SQUARE, _TINY = 0.9, 0.99, 1e-8

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]


class Adam:
    """Follows gradients for so many steps.

    Args:
        parameters: arrays that are changed.
        decays: how much of each decays in a step of length one.
        rate: the length of the first step; it falls to nothing along a cosine.
        steps: how many there will be.
    """

    def __init__(
        self, parameters: Sequence[Floats], decays: Sequence[float], rate: float, steps: int
    ) -> None:
        from thinc.api import NumpyOps  # spaCy's; one pass over the memory where NumPy needs ten

        self._ops = NumpyOps()
        self._moving = [(each, np.zeros_like(each), np.zeros_like(each)) for each in parameters]
        self._decays = decays
        self._rate = rate
        self._steps = steps
        self._step = 0

    def step(self, gradients: Sequence[Floats]) -> None:
        """Follow the gradients by the parameters, one for each."""
        rate = _falling(self._rate, self._step, self._steps)
        self._step += 1
        length = rate * np.sqrt(1 - _SQUARE**self._step) / (1 - _MEAN**self._step)
        for gradient, moving, decay in zip(gradients, self._moving, self._decays, strict=True):
            self._follow(gradient, moving, length, np.float32(1 - rate * decay))

    def _follow(
        self, gradient: Floats, moving: Sequence[Floats], length: float, kept: np.float32
    ) -> None:
        parameter, mean, square = moving
        parameter *= kept
        self._ops.adam(
            parameter.reshape(-1),
            np.ascontiguousarray(gradient, np.float32).reshape(-1),
            mean.reshape(-1),
            square.reshape(-1),
            _MEAN,
            _SQUARE,
            _TINY,
            float(length),
        )


class RowAdam:
    """Follows gradients of some rows of a large array; the others stay, and do not decay.

    A row has one length of its steps and no momentum: one number is remembered of it, where Adam
    remembers two of each of its own.

    Args:
        parameter: is changed; rates and steps as in `Adam`.
    """

    def __init__(self, parameter: Floats, decay: float, rate: float, steps: int) -> None:
        self._parameter = parameter
        self._square = np.zeros(len(parameter))
        self._seen = np.zeros(len(parameter), np.intp)
        self._decay = decay
        self._rate = rate
        self._steps = steps
        self._step = 0

    def step(self, gradient: Floats, rows: Places) -> None:
        """Follow the gradient of these rows, each of which is named once."""
        rate = _falling(self._rate, self._step, self._steps)
        self._step += 1
        kept = np.float32(1 - rate * self._decay)
        self._seen[rows] += 1
        for first in range(0, len(rows), AT_A_TIME):
            some, down = rows[first : first + AT_A_TIME], gradient[first : first + AT_A_TIME]
            square = np.einsum("ij,ij->i", down, down) / down.shape[1]
            self._square[some] = _SQUARE * self._square[some] + (1 - _SQUARE) * square
            usual = np.sqrt(self._square[some] / (1 - _SQUARE ** self._seen[some]))
            lengths = (rate / (usual + _TINY)).astype(np.float32)
            self._parameter[some] = self._parameter[some] * kept - down * lengths[:, None]


def _falling(rate: float, step: int, steps: int) -> float:
    return float(rate * (1 + np.cos(np.pi * step / steps)) / 2)
