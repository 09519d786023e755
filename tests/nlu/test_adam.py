"""Networks learn by following gradients; of a large array only the rows that have one."""

from __future__ import annotations

import numpy as np

from nlu.adam import AT_A_TIME, Adam, RowAdam

STEPS = 400


def test_parameters_get_where_the_gradients_lead() -> None:
    wanted = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
    found = np.zeros_like(wanted)
    adam = Adam([found], [0.0], 0.1, STEPS)
    for _ in range(STEPS):
        adam.step([found - wanted])
    assert np.allclose(found, wanted, atol=1e-2)


def test_rows_get_where_the_gradients_lead_and_the_others_stay() -> None:
    wanted = np.random.default_rng(1).standard_normal((3 * AT_A_TIME, 4)).astype(np.float32)
    found = np.zeros_like(wanted)
    rows = np.arange(0, len(found), 2)  # more than are changed at once
    adam = RowAdam(found, 0.0, 0.1, STEPS)
    for _ in range(STEPS):
        adam.step((found - wanted)[rows], rows)
    assert np.allclose(found[rows], wanted[rows], atol=1e-2)
    assert (found[1::2] == 0).all()


def test_rows_decay_only_when_they_are_looked_at() -> None:
    weights = np.ones((3, 2), np.float32)
    adam = RowAdam(weights, 0.5, 0.1, STEPS)
    adam.step(np.zeros((1, 2), np.float32), np.array([1]))
    assert np.allclose(weights, [[1, 1], [0.95, 0.95], [1, 1]])


def test_what_no_gradient_moves_decays_unless_it_is_not_to() -> None:
    weights, bias = np.ones((2, 2), np.float32), np.ones(2, np.float32)
    adam = Adam([weights, bias], [0.5, 0.0], 0.1, STEPS)
    adam.step([np.zeros_like(weights), np.zeros_like(bias)])
    assert np.allclose(weights, 0.95)
    assert (bias == 1).all()
