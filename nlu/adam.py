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

    def step(self, gradients: Sequence[Floats], rows: Places | None = None) -> None:
        """Follow the gradients by the parameters.

        Args:
            gradients: one for each parameter.
            rows: those of the first parameter that its gradient is of; the others stay.
        """
        rate = self._rate * (1 + np.cos(np.pi * self._step / self._steps)) / 2
        self._step += 1
        length = rate * np.sqrt(1 - _SQUARE**self._step) / (1 - _MEAN**self._step)
        for gradient, moving, decay in zip(gradients, self._moving, self._decays, strict=True):
            kept = np.float32(1 - rate * decay)
            if rows is None:
                self._follow(gradient, moving, length, kept)
                continue
            for first in range(0, len(rows), AT_A_TIME):
                some = rows[first : first + AT_A_TIME]
                parts = [each.take(some, axis=0) for each in moving]
                self._follow(gradient[first : first + AT_A_TIME], parts, length, kept)
                for each, changed in zip(moving, parts, strict=True):
                    each[some] = changed
            rows = None

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
