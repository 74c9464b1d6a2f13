"""The reaction: its solution, its averages, and what it never does."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from evophys_lib.physics import reaction
from evophys_lib.physics.grid import frame_times
from evophys_lib.physics.initial_conditions import InitialConditions, sample


def test_the_reaction_is_the_solution_of_its_equation():
    start, rate = np.array([[-1.7, -0.2, 0.0, 0.4, 1.0, 2.0]]), np.array([4.0])
    found = solve_ivp(
        lambda t, u: rate * (u - u**3), (0.0, 0.2), start[0], rtol=1e-11, atol=1e-12
    )
    expected = reaction.at(start, rate, 0.2)[0]
    assert np.allclose(found.y[:, -1], expected, rtol=0, atol=1e-9)
    assert expected[2] == 0.0 and expected[4] == pytest.approx(1.0, abs=1e-15)


def test_cells_of_the_reaction_hold_averages():
    initial = sample(np.random.default_rng(0), trajectories=16)
    rate = np.full(16, reaction.RATE_RANGE[1])  # where fronts are steepest
    field = reaction.solve(initial, rate)
    assert field.shape == (16, len(frame_times()), 128)
    finer = reaction.solve(initial, rate, nodes=2 * reaction.NODES)
    assert np.abs(field - finer).max() < 1e-10
    start = initial.cell_averages(128)
    assert np.allclose(field[:, 0], start, rtol=0, atol=1e-12)


def test_what_reacts_neither_spreads_nor_moves():
    """Where u₀ is −1, 0 or 1 it stays, whatever stands beside."""
    wave = InitialConditions(np.zeros(1), np.array([[1.5]]), np.zeros((1, 1)))
    x = np.linspace(0, 1, 1000, endpoint=False)
    u = reaction.at(wave.at(x), np.array([5.0]), 0.2)[0]
    start = wave.at(x)[0]
    assert (np.sign(u) == np.sign(start)).all()
    assert (np.sign(np.abs(u) - 1) == np.sign(np.abs(start) - 1)).all()
