"""Student's interval: by hand, and by how often it holds the mean."""

import numpy as np
import pytest

from evophys_lib.evaluate.intervals import t_interval


def test_an_interval_by_hand():
    mean, half = t_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3.0
    assert half == pytest.approx(2.776445 * np.sqrt(2.5 / 5), rel=1e-6)  # t of tables


def test_one_value_has_no_interval():
    assert t_interval([0.3]) == (0.3, None)


def test_nineteen_in_twenty_intervals_of_five_seeds_hold_the_mean():
    rng, trials = np.random.default_rng(0), 4000
    found = [t_interval(row) for row in rng.normal(7.0, 2.0, (trials, 5))]
    held = np.mean([abs(mean - 7.0) <= half for mean, half in found])
    assert abs(held - 0.95) < 4 * np.sqrt(0.95 * 0.05 / trials)
