"""A trained model's numbers as files that are mapped into memory, not read into it.

What no message looks at stays on the disk, and the system takes the rest back when memory is short.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


def save(folder: Path, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
    """Write each array to a file of its name, into a folder that is made."""
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array, allow_pickle=False)


def load(folder: Path) -> dict[str, Any]:
    """Return the arrays that `save` wrote, by their names; they cannot be changed."""
    return {
        path.stem: np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))
        for path in sorted(folder.glob("*.npy"))
    }
