"""λ that is linear in a told number: PS where it does not depend on it."""

import numpy as np
import pytest
from lineages import assert_same, fitness_towards, lineage

from evophys_lib.errors import ParameterError
from evophys_lib.merge.affine import AffineObjective, at
from evophys_lib.merge.parameter_space import TASK_ARITHMETIC
from evophys_lib.merge.ps import Coefficients, Objective
from evophys_lib.merge.search import Budget, search


def part(towards):
    f = lineage()
    fitness = fitness_towards(f.predictor, f.experts[towards])
    return Objective(f, fitness, TASK_ARITHMETIC, Coefficients(), seed=0)


@pytest.fixture
def objective():
    """Heat is wanted at −1, Burgers at 1."""
    return AffineObjective([part("heat"), part("burgers")], (-1.0, 1.0))


def test_without_slopes_it_is_ps_with_one_lambda(objective):
    lam = np.random.default_rng(0).uniform(-0.5, 1.5, (3, len(objective.space) // 2))
    flat = np.hstack([lam, 0 * lam])
    for level in (-1.0, 0.3, 1.0):
        assert np.array_equal(at(flat, level), lam)
    soup = objective.parts[0].space.start[None]
    expected = np.mean([p(lam) / p(soup) for p in objective.parts], axis=0)
    assert np.allclose(objective(flat), expected, rtol=1e-12)


def test_one_condition_is_ps(objective):
    alone = AffineObjective(objective.parts[:1], (0.0,))
    lam = np.full((1, len(alone.space) // 2), 0.2)
    slopes = np.ones_like(lam)  # without effect at 0
    unit = alone.parts[0](alone.parts[0].space.start[None])
    found = alone(np.hstack([lam, slopes])) * unit
    assert np.allclose(found, alone.parts[0](lam), rtol=1e-12)


def test_slopes_lead_from_one_expert_to_the_other(objective):
    experts = objective.parts[0].lineage.experts
    half = len(objective.space) // 4
    x = np.array([[0.5] * 2 * half + [-0.5] * half + [0.5] * half])
    for level, name in ((-1.0, "heat"), (1.0, "burgers")):
        merged = objective.parts[0].models(at(x, level))
        assert_same({n: w[0] for n, w in merged.items()}, experts[name], 1e-12)
    assert objective(x)[0] < 1e-20
    assert objective(objective.space.start[None])[0] == pytest.approx(1.0)


def test_the_search_finds_slopes(objective):
    found = search(objective, objective.space, budget=Budget(60, 12, seed=0))
    assert found.best_fitness < 0.05
    constant = found.best.copy()
    constant[len(constant) // 2 :] = 0
    assert objective(constant[None])[0] > 10 * found.best_fitness


def test_every_condition_has_a_level():
    with pytest.raises(ParameterError, match="levels"):
        AffineObjective([part("heat")], (0.0, 1.0))
    with pytest.raises(ParameterError, match="levels"):
        AffineObjective([], ())
