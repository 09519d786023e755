"""A model's numbers stay in their files until they are looked at."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from nlu import arrays

NUMBERS = {
    "some": np.arange(12, dtype=np.float16).reshape(3, 4),
    "none": np.zeros((0, 4), np.float32),
    "one": np.array(47),
}


def test_arrays_come_back_as_they_were(tmp_path: Path) -> None:
    arrays.save(tmp_path / "numbers", NUMBERS)
    found = arrays.load(tmp_path / "numbers")
    assert found.keys() == NUMBERS.keys()
    for name, array in NUMBERS.items():
        assert found[name].dtype == array.dtype
        assert np.array_equal(found[name], array)


def test_arrays_last_when_rasa_removes_the_folder_that_it_unpacked_a_model_into(
    tmp_path: Path,
) -> None:
    arrays.save(tmp_path / "numbers", NUMBERS)
    found = arrays.load(tmp_path / "numbers")
    shutil.rmtree(tmp_path / "numbers")
    assert np.array_equal(found["some"], NUMBERS["some"])


def test_arrays_of_a_model_cannot_be_changed(tmp_path: Path) -> None:
    arrays.save(tmp_path / "numbers", NUMBERS)
    with pytest.raises(ValueError, match="read-only"):
        arrays.load(tmp_path / "numbers")["some"][0] = 1
