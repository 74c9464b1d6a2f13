"""Least squares on residuals, against exact solutions and scipy's."""

import numpy as np
import pytest
import torch
from lineages import fitness_towards, lineage
from mortal import Killed, MortalJournal
from scipy import optimize

from evophys_lib.errors import ArtifactError, EvoPhysError, ParameterError
from evophys_lib.merge.directions import Directions, evenly
from evophys_lib.merge.least_squares import Budget, Condition, _Model, minimise
from evophys_lib.worldmodel.rollout import rollout_population

RNG = np.random.default_rng(0)
MATRIX, SHIFT = RNG.normal(size=(30, 6)), RNG.normal(size=30)


def linear(candidates):
    return torch.from_numpy(candidates @ MATRIX.T - SHIFT)


def curved(candidates):
    """A chain of Rosenbrock's valleys: 10 (x_{i+1} − x_i²), 1 − x_i."""
    x = torch.from_numpy(candidates)
    return torch.cat([10 * (x[:, 1:] - x[:, :-1] ** 2), 1 - x[:, :-1]], dim=1)


def counted(residuals):
    calls = []

    def call(candidates):
        calls.append(len(candidates))
        return residuals(candidates)

    return call, calls


def test_a_linear_problem_is_solved_as_numpy_solves_it():
    found = minimise([Condition(linear)], 6, budget=Budget(evaluations=100))
    exact, (squares,), *_ = np.linalg.lstsq(MATRIX, SHIFT, rcond=None)
    np.testing.assert_allclose(found.x[0], exact, rtol=1e-6, atol=1e-8)
    assert found.fitness == pytest.approx(squares, rel=1e-10)


def test_a_ridge_is_that_of_the_normal_equations():
    found = minimise([Condition(linear)], 6, budget=Budget(200), ridge=(2.0,))
    exact = np.linalg.solve(MATRIX.T @ MATRIX + 2 * np.eye(6), MATRIX.T @ SHIFT)
    np.testing.assert_allclose(found.x[0], exact, rtol=1e-6, atol=1e-8)


def test_a_curved_problem_ends_where_scipy_s_does():
    found = minimise([Condition(curved)], 4, budget=Budget(3000, step=1e-4))
    scipy = optimize.least_squares(
        lambda x: curved(x[None])[0].numpy(), np.zeros(4), method="lm"
    )
    np.testing.assert_allclose(found.x[0], scipy.x, atol=1e-3)
    assert found.fitness < 1e-6


def test_a_secant_update_makes_the_model_true_to_the_last_step():
    """J'ᵀ δ is the change that was seen, J' = J across δ, and the Gram follows."""
    slope = torch.from_numpy(RNG.normal(size=(6, 30)))
    model = _Model([slope.clone()], [(slope @ slope.T).numpy()])
    step, change = RNG.normal(size=6), torch.from_numpy(RNG.normal(size=30))
    model.updated(0, step, change)
    (new,), (gram,) = model.slopes, model.grams
    torch.testing.assert_close(torch.from_numpy(step) @ new, change)
    across = RNG.normal(size=6)
    across -= (across @ step) / (step @ step) * step
    torch.testing.assert_close(*(torch.from_numpy(across) @ j for j in (new, slope)))
    np.testing.assert_allclose(gram, (new @ new.T).numpy(), rtol=1e-10, atol=1e-10)


def test_one_jacobian_serves_several_steps():
    call, calls = counted(curved)
    found = minimise([Condition(call)], 4, budget=Budget(200, secants=5, step=1e-4))
    jacobians = calls[1:].count(4)
    assert jacobians < len(found.history) - 1 <= 5 * jacobians


def test_coefficients_of_a_function_are_found_from_several_conditions():
    """c_q = x_0 + q x_1 with q = −1, 0, 2 known: linear in x, exact."""
    truth = RNG.normal(size=(2, 6))

    def at(q):
        wanted = truth[0] + q * truth[1]
        return lambda c: torch.from_numpy((c - wanted) @ MATRIX.T)

    conditions = [Condition(at(q), (1.0, q), weight=1 + q**2) for q in (-1.0, 0.0, 2.0)]
    found = minimise(conditions, 6, budget=Budget(400))
    np.testing.assert_allclose(found.x, truth, rtol=1e-5, atol=1e-7)


def test_every_evaluation_is_counted_and_the_budget_is_kept():
    call, calls = counted(curved)
    found = minimise([Condition(call)], 4, budget=Budget(100, trials=5, chunk=3))
    assert sum(calls) == found.evaluations <= 100
    assert max(calls) <= 5
    assert (np.diff(found.history, axis=0) * [1, -1] > 0).all()
    with pytest.raises(ParameterError, match="evaluations"):
        Budget(0)


@pytest.mark.parametrize("evaluations", range(6, 30))
def test_no_step_is_begun_that_the_budget_cannot_end(evaluations):
    budget = Budget(evaluations, trials=5, secants=3)
    found = minimise([Condition(curved)], 4, budget=budget)
    assert found.evaluations <= evaluations


def test_a_candidate_that_diverges_is_never_taken():
    def cliff(candidates):
        x = torch.from_numpy(candidates)
        return torch.where(x > 0.5, torch.inf, x - 1)

    found = minimise([Condition(cliff)], 3, budget=Budget(300))
    assert np.isfinite(found.fitness) and (found.x <= 0.5).all()
    assert found.fitness < 3.0
    with pytest.raises(EvoPhysError, match="not finite at the start"):
        minimise([Condition(lambda c: linear(c) / 0)], 6, budget=Budget(50))


def test_a_search_that_was_killed_ends_with_the_same_bytes(tmp_path):
    budget = Budget(400, secants=2, step=1e-4)
    whole = minimise([Condition(curved)], 4, budget=budget)
    with pytest.raises(Killed):
        journal = MortalJournal(tmp_path, saves=3)
        minimise([Condition(curved)], 4, budget=budget, journal=journal)
    call, calls = counted(curved)
    journal = MortalJournal(tmp_path, saves=None)
    again = minimise([Condition(call)], 4, budget=budget, journal=journal)
    assert np.array_equal(again.x, whole.x)
    assert np.array_equal(again.history, whole.history)
    assert again.evaluations == whole.evaluations > sum(calls)
    with pytest.raises(ArtifactError, match="left by another search"):
        minimise([Condition(curved)], 5, budget=budget, journal=journal)


def test_conditions_and_ridge_must_agree():
    with pytest.raises(ParameterError, match="conditions"):
        minimise(
            [Condition(linear), Condition(linear, (1.0, 2.0))], 6, budget=Budget(50)
        )
    with pytest.raises(ParameterError, match="conditions"):
        minimise([Condition(linear)], 6, budget=Budget(50), ridge=(1.0, 1.0))


def test_residuals_are_what_the_fitness_sums():
    family = lineage()
    directions = Directions(family, 2)
    fitness = fitness_towards(family.predictor, family.experts["burgers"])
    candidates = np.random.default_rng(1).normal(size=(3, len(directions)))
    rolled = rollout_population(
        family.predictor, directions.models(candidates), fitness.z0, fitness.steps
    )
    squares = fitness.residuals(rolled).square().sum((1, 2)).numpy()
    np.testing.assert_allclose(squares, fitness(rolled), rtol=1e-12)


def test_directions_find_the_expert_that_made_the_truth():
    family = lineage()
    directions = Directions(family, 100)
    fitness = fitness_towards(family.predictor, family.experts["burgers"])

    def residuals(candidates):
        models = directions.models(candidates)
        rolled = rollout_population(family.predictor, models, fitness.z0, fitness.steps)
        return fitness.residuals(rolled).flatten(1)

    found = minimise([Condition(residuals)], len(directions), budget=Budget(2500))
    start = found.history[0, 1]
    assert found.fitness < 1e-6 * start
    expert = evenly(directions, {"heat": -0.5, "burgers": 0.5})
    assert residuals(expert[None]).square().sum() < 1e-20


@pytest.mark.parametrize("bad", [np.inf, np.nan, 1e30, 3e38])
def test_candidates_that_overflow_are_counted_and_never_chosen(bad):
    def residuals(candidates):
        rho = (candidates @ MATRIX.T - SHIFT).astype(np.float32)
        rho[candidates[:, 2] > 0.01] = bad
        rho[np.abs(candidates).max(1) > 0.4] = bad
        return torch.from_numpy(rho)

    found = minimise([Condition(residuals)], 6, budget=Budget(evaluations=200))
    start = float(np.square(SHIFT).sum())
    assert np.isfinite(found.history).all() and found.fitness < start
    assert found.x[0, 2] <= 0.01 and np.abs(found.x).max() <= 0.4
    assert found.diverged > 0 or np.isfinite(np.float32(bad))
    assert float(residuals(found.x).double().square().sum()) == pytest.approx(
        found.fitness
    )


def test_a_problem_that_overflows_all_around_ends_at_its_start():
    def residuals(candidates):
        rho = np.where(candidates.any(1, keepdims=True), np.nan, np.ones((1, 4)))
        return torch.from_numpy(rho)

    found = minimise([Condition(residuals)], 3, budget=Budget(evaluations=100))
    assert not found.x.any() and found.fitness == 4.0
    assert found.diverged == 3
