"""Functions of Pe: where they are 0 and 1, what they span, what they interpolate."""

import numpy as np
import pytest
import torch

from evophys_lib.models import bases, directions
from evophys_lib.physics.equations import peclet_path
from evophys_lib.profiles import LAPTOP
from evophys_lib.study.study import Study

LAPTOP_STUDY = Study(LAPTOP, 0, torch.device("cpu"))
HEADLINE = LAPTOP.peclets
EVERY = (bases.LINEAR, bases.CONSTANT, bases.QUADRATIC, bases.SPLINE, bases.SPEEDS)
BETWEEN = np.geomspace(min(HEADLINE), max(HEADLINE), 31)


def values(basis, peclets=BETWEEN):
    """φ (n, p)."""
    return np.array([basis.at(LAPTOP_STUDY, float(pe)) for pe in peclets])


def test_powers_of_log_pe_go_from_minus_one_to_one():
    low, middle, high = 0.1, float(np.sqrt(10.0)), 100.0
    phi = values(bases.QUADRATIC, (low, middle, high))
    np.testing.assert_allclose(phi, [[1, -1, 1], [1, 0, 0], [1, 1, 1]], atol=1e-12)
    np.testing.assert_array_equal(values(bases.LINEAR), values(bases.QUADRATIC)[:, :2])
    np.testing.assert_array_equal(values(bases.CONSTANT), np.ones((31, 1)))


def test_what_was_declared_is_linear():
    for pe in BETWEEN:
        told = directions.basis(LAPTOP_STUDY, float(pe))
        assert told == bases.LINEAR.at(LAPTOP_STUDY, float(pe))


def test_hats_are_one_at_their_own_number_and_add_up_to_one():
    np.testing.assert_allclose(
        values(bases.SPLINE, HEADLINE), np.eye(len(HEADLINE)), atol=1e-12
    )
    np.testing.assert_allclose(values(bases.SPLINE).sum(axis=1), 1.0)
    outside = values(bases.SPLINE, (0.05, 200.0))
    ends = values(bases.SPLINE, (min(HEADLINE), max(HEADLINE)))
    np.testing.assert_array_equal(outside, ends)


def test_a_spline_can_be_whatever_is_linear():
    target = values(bases.LINEAR)
    x = np.linalg.lstsq(values(bases.SPLINE), target, rcond=None)[0]
    np.testing.assert_allclose(values(bases.SPLINE) @ x, target, atol=1e-12)


def test_speeds_are_linear_in_speed_and_diffusivity_between_the_ends():
    one, *phi = values(bases.SPEEDS).T
    np.testing.assert_array_equal(one, 1.0)
    path = np.array([peclet_path(float(pe)) for pe in BETWEEN]).T
    for own, physical in zip(phi, path, strict=True):
        assert own.min() == pytest.approx(-1) and own.max() == pytest.approx(1)
        assert abs(np.corrcoef(own, physical)[0, 1]) == pytest.approx(1)
    level = values(bases.LINEAR)[:, 1]
    assert np.corrcoef(phi[0], level)[0, 1] < 0.95  # not one more of the same


def test_functions_are_independent_and_named_apart():
    for basis in EVERY:
        phi = values(basis)
        assert np.linalg.matrix_rank(phi) == phi.shape[1]
    assert len({basis.name for basis in EVERY}) == len(EVERY)
