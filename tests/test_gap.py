"""The gap closed, against values worked out by hand."""

import numpy as np
import pytest

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.gap import gap_closed
from evophys_lib.evaluate.intervals import t_interval


def constant(*errors, n=5):
    """One seed per number, every trajectory with the same squared error."""
    return [np.full(n, e) for e in errors]


def test_the_gap_is_a_share_of_nrmse_not_of_its_square():
    # errors 0.4, 0.3, 0.2 in units of the initial deviation, which is 3
    errors = (9 * np.array([[e, e] for e in (0.09, 0.16, 0.04, 1.0)])).tolist()
    gap = gap_closed(*(constant(*seeds) for seeds in errors))
    assert gap.closed == pytest.approx(0.5)
    assert gap.interval == pytest.approx((0.5, 0.5))
    assert gap.headroom == pytest.approx(0.2)


def test_parent_and_ceiling_are_0_and_1_on_any_errors():
    rng = np.random.default_rng(0)
    parent = list(rng.uniform(1, 2, size=(3, 20)))
    ceiling = [0.1 * p for p in parent]
    unit = list(rng.uniform(1, 2, size=(3, 20)))
    for model, expected in ((parent, 0.0), (ceiling, 1.0)):
        gap = gap_closed(model, parent, ceiling, unit)
        assert gap.closed == pytest.approx(expected, abs=1e-12)
        assert gap.interval == pytest.approx((expected, expected), abs=1e-12)


def test_seeds_are_summed_before_the_division():
    one = constant(1.0, 1.0)
    gap = gap_closed(constant(0.25, 0.81), one, constant(0.0, 0.64), one)
    assert gap.closed == pytest.approx((0.5 + 0.1) / (1.0 + 0.2))  # not 1/2 of each
    unequal = constant(0.0, 0.01, 0.04), constant(0.25, 0.3025, 0.36)
    one = constant(1.0, 1.0, 1.0)
    gap = gap_closed(unequal[1], one, unequal[0], one)  # 1/2 of 1, 0.9 and 0.8
    assert gap.interval == pytest.approx((0.5, 0.5))


def test_the_interval_is_students_over_seeds():
    one = constant(1.0, 1.0, 1.0)
    gap = gap_closed(constant(0.81, 0.64, 0.49), one, constant(0.0, 0.0, 0.0), one)
    mean, half = t_interval([0.1, 0.2, 0.3])
    assert gap.closed == pytest.approx(mean)
    assert gap.interval == pytest.approx((mean - half, mean + half))


def test_one_seed_has_a_gap_and_no_interval():
    gap = gap_closed(constant(0.09), constant(0.16), constant(0.04), constant(1.0))
    assert gap.closed == pytest.approx(0.5) and gap.interval is None


def test_errors_are_in_the_unit_of_their_own_seed():
    """Errors in proportion to each seed's variance: nRMSE never varies."""
    unit = [np.array([1.0, 10.0, 100.0]), np.array([2.0, 3.0, 4.0])]
    model, parent, ceiling = ([e * u for u in unit] for e in (0.09, 0.16, 0.04))
    gap = gap_closed(model, parent, ceiling, unit)
    assert gap.interval == pytest.approx((0.5, 0.5))


def test_worse_than_the_parent_is_negative_and_diverged_is_minus_infinity():
    one, zero = constant(1.0), constant(0.0)
    assert gap_closed(constant(4.0), one, zero, one).closed == pytest.approx(-1)
    gap = gap_closed(constant(np.inf), one, zero, one)
    assert gap.closed == -np.inf and gap.interval is None
    gap = gap_closed(one, constant(np.inf), zero, one)
    assert gap.closed is None and gap.interval is None  # whatever closes infinity?


def test_no_headroom_has_no_gap_and_an_unresolved_one_no_interval():
    one = constant(1.0)
    gap = gap_closed(constant(0.5), one, constant(1.21), one)
    assert gap.closed is None and gap.interval is None
    assert gap.headroom == pytest.approx(-0.1)
    mixed = constant(1.0, 1.0)
    gap = gap_closed(constant(0.25, 0.25), mixed, constant(0.0, 1.21), mixed)
    assert gap.closed == pytest.approx(1.0 / 0.9) and gap.interval is None


def test_unpaired_errors_are_refused():
    one = constant(1.0)
    with pytest.raises(ParameterError, match="same test trajectories"):
        gap_closed(one, constant(1.0, n=4), one, one)
    with pytest.raises(ParameterError, match="same test trajectories"):
        gap_closed(one, one, constant(1.0, 1.0), one)
