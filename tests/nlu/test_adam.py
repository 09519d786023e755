"""Networks learn by following gradients; of a large array only the rows that have one."""

from __future__ import annotations

import numpy as np

from nlu.adam import AT_A_TIME, Adam

STEPS = 400


def test_parameters_get_where_the_gradients_lead() -> None:
    wanted = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
    found = np.zeros_like(wanted)
    adam = Adam([found], [0.0], 0.1, STEPS)
    for _ in range(STEPS):
        adam.step([found - wanted])
    assert np.allclose(found, wanted, atol=1e-2)


def test_rows_without_a_gradient_stay() -> None:
    found, other = np.ones((3 * AT_A_TIME, 2), np.float32), np.ones(2, np.float32)
    rows = np.arange(0, len(found), 2)  # more than are changed at once
    adam = Adam([found, other], [0.1, 0.0], 0.1, STEPS)
    adam.step([np.ones((len(rows), 2), np.float32), np.ones(2, np.float32)], rows)
    assert (found[rows] < 1).all()
    assert (found[rows] == found[0]).all()
    assert (found[1::2] == 1).all()
    assert (other < 1).all()


def test_what_no_gradient_moves_decays_unless_it_is_not_to() -> None:
    weights, bias = np.ones((2, 2), np.float32), np.ones(2, np.float32)
    adam = Adam([weights, bias], [0.5, 0.0], 0.1, STEPS)
    adam.step([np.zeros_like(weights), np.zeros_like(bias)])
    assert np.allclose(weights, 0.95)
    assert (bias == 1).all()
