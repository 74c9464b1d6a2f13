"""Smaller boxes are the large one with numbers tied, and a grid is a grid."""

from functools import partial

import numpy as np
import pytest
import torch
from lineages import assert_same, fitness_towards, lineage

from evophys_lib.errors import ParameterError
from evophys_lib.merge.ensembles import soup
from evophys_lib.merge.fewer_numbers import Grid, Line, OnePerExpert
from evophys_lib.merge.gradient import descend
from evophys_lib.merge.parameter_space import DARE_TIES, TASK_ARITHMETIC
from evophys_lib.merge.ps import Coefficients, Objective, merge_in_parameter_space
from evophys_lib.merge.search import Budget
from evophys_lib.merge.space import Space, real
from evophys_lib.worldmodel.rollout import unstack


def objective(box, recipe=TASK_ARITHMETIC):
    f = lineage()
    return Objective(f, fitness_towards(f.predictor, f.base), recipe, box, seed=0)


def test_one_number_per_expert_is_the_large_box_with_layers_tied():
    few = objective(OnePerExpert(lowest_density=0.3), DARE_TIES)
    many = objective(Coefficients(lowest_density=0.3), DARE_TIES)
    assert [d.name for d in few.space.dimensions] == [
        "lambda_heat_0", "lambda_burgers_0", "density_heat", "density_burgers",
    ]  # fmt: skip
    tied = many.models(np.array([[0.3] * 3 + [1.1] * 3 + [0.8, 0.5]]))
    assert_same(few.models(np.array([[0.3, 1.1, 0.8, 0.5]])), tied)


def test_the_line_runs_from_one_expert_to_the_other_through_the_soup():
    line = objective(Line())
    models = unstack(line.models(np.array([[0.0], [0.5], [1.0]])))
    experts = line.lineage.experts
    assert_same(models[0], experts["burgers"], 1e-14)
    assert_same(models[1], soup(list(experts.values())), 1e-14)
    assert_same(models[2], experts["heat"], 1e-14)


def test_decoding_leaves_candidates_alone_and_tensors_differentiable():
    candidates = np.array([[0.2], [0.7]])
    Line().decode(candidates, 2, 3)
    assert candidates.tolist() == [[0.2], [0.7]]
    x = torch.tensor([[0.2]], dtype=torch.float64, requires_grad=True)
    lam, _ = Line().decode(x, 2, 3)
    (slope,) = torch.autograd.grad((lam * torch.tensor([[[1.0], [10.0]]])).sum(), x)
    assert slope.item() == pytest.approx(3 * (1 - 10))


def test_a_grid_search_finds_the_nearest_point_of_the_grid():
    f = lineage()
    fitness = fitness_towards(f.predictor, f.experts["heat"])  # λ = 1
    budget = Budget(generations=3, popsize=7)
    found = merge_in_parameter_space(
        f,
        fitness,
        budget=budget,
        recipe=TASK_ARITHMETIC,
        coefficients=Line(),
        engine=partial(Grid, points=21),
    )
    asked = found.search.candidates.ravel()
    assert asked[0] == 0.5
    np.testing.assert_allclose(asked[1:], np.linspace(-0.5, 1.5, 20))
    nearest = asked[np.abs(asked - 1).argmin()]
    assert found.coefficients["heat"] == pytest.approx((nearest,) * 3)
    assert found.coefficients["burgers"] == pytest.approx((1 - nearest,) * 3)


def test_descent_on_one_number_per_expert_reaches_the_optimum():
    f = lineage()
    fitness = fitness_towards(f.predictor, f.experts["burgers"])
    found = descend(f, fitness, budget=Budget(60, 4), coefficients=OnePerExpert())
    assert found.coefficients["heat"] == pytest.approx((0,) * 3, abs=0.05)
    assert found.coefficients["burgers"] == pytest.approx((1,) * 3, abs=0.05)


def test_what_does_not_fit_is_refused():
    with pytest.raises(ParameterError, match="lowest_density"):
        Line(lowest_density=0.5)
    with pytest.raises(ParameterError, match="two experts"):
        Line().space(("a", "b", "c"), 3)
    two = Space((real("a", 0, 1, start=0.5), real("b", 0, 1, start=0.5)))
    with pytest.raises(ParameterError, match="one number"):
        Grid(two, 4, 0, points=8)
