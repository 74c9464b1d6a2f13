"""Descent through the rollout has the right slope and ends where theory says."""

import numpy as np
import pytest
import torch
from lineages import (
    LATENT,
    TOKENS,
    assert_same,
    fitness_towards,
    lineage,
    perturbed,
    start,
)
from mortal import Killed, MortalJournal
from torch import nn

from evophys_lib.errors import ParameterError, SplitError
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.gradient import GRADIENT_COST, descend
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.parameter_space import DARE_TIES, TASK_ARITHMETIC
from evophys_lib.merge.ps import Coefficients, Objective
from evophys_lib.merge.search import Budget
from evophys_lib.physics.splits import Split
from evophys_lib.worldmodel.predictor import Cell, Layered, Predictor, PredictorConfig
from evophys_lib.worldmodel.rollout import rollout, weights_of
from evophys_lib.worldmodel.stackable import Linear


def known():
    f = lineage()
    return f, fitness_towards(f.predictor, f.experts["burgers"])


def real(cell):
    """A lineage of the predictor that the book uses."""
    torch.manual_seed(0)
    sizes = PredictorConfig(
        tokens=TOKENS, latent=LATENT, width=8, blocks=2, heads=2, cell=cell
    )
    predictor = Predictor(sizes).double()
    base = perturbed(weights_of(predictor), 0)  # its head starts at zero
    experts = {"heat": perturbed(base, 1), "burgers": perturbed(base, 2)}
    return Lineage(predictor, base, experts)


@pytest.mark.parametrize(
    ("make", "recipe"),
    [
        (lineage, TASK_ARITHMETIC),
        (lineage, DARE_TIES),
        (lambda: real(Cell.TRANSFORMER), TASK_ARITHMETIC),
        (lambda: real(Cell.GRU), TASK_ARITHMETIC),
    ],
    ids=["tiny", "DARE-TIES", "transformer", "GRU"],
)
def test_the_slope_at_every_horizon_is_that_of_finite_differences(make, recipe):
    f = make()
    fitness = fitness_towards(f.predictor, f.experts["burgers"])
    objective = Objective(f, fitness, recipe, Coefficients(density=0.8), seed=0)
    x = torch.tensor([[0.3, 0.6, 0.4, 0.8, 0.5, 0.2]] * 2, dtype=torch.float64)
    x[1] += 0.15
    value = torch.autograd.functional.jacobian(objective.per_horizon, x)
    step = 1e-5
    for i in range(x.shape[1]):
        moved = torch.zeros_like(x)
        moved[:, i] = step
        up, down = objective.per_horizon(x + moved), objective.per_horizon(x - moved)
        expected = (up - down) / (2 * step)  # (C, H)
        for c in range(len(x)):
            slope = value[c, :, c, i]
            assert torch.allclose(slope, expected[c], rtol=1e-6, atol=1e-8)
            assert (value[c, :, 1 - c] == 0).all()  # candidates do not mix


class LinearPredictor(Layered):
    """ẑ = z + A z + b: one layer, so that f is a parabola in λ for one step."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.blocks = nn.Identity(), nn.ModuleList()
        self.head = Linear(3, 3)

    def forward(self, z):
        return z + self.head(z)


def test_descent_ends_at_the_vertex_of_a_parabola():
    torch.manual_seed(0)
    predictor = LinearPredictor().double()
    base = weights_of(predictor)
    experts = {
        name: {key: w + 0.3 * torch.randn_like(w) for key, w in base.items()}
        for name in ("heat", "burgers")
    }
    z0 = start()
    steps = {n: rollout(predictor, w, z0, 1)[0] for n, w in experts.items()}
    origin = rollout(predictor, base, z0, 1)[0]
    targets = origin + 0.7 * (steps["heat"] - origin) + 0.2 * torch.randn_like(z0)
    f = Lineage(predictor, base, experts)
    fitness = LatentFitness(z0, targets[None], Split.VALIDATION)
    columns = torch.stack([(steps[n] - origin).flatten() for n in f.names], dim=1)
    vertex = torch.linalg.lstsq(columns, (targets - origin).flatten()[:, None])
    found = descend(f, fitness, budget=Budget(250, 4))
    reached = [*found.coefficients["heat"], *found.coefficients["burgers"]]
    assert vertex.solution[:, 0].tolist() == pytest.approx(reached, abs=1e-3)


def test_a_budget_pays_for_a_third_of_the_descents():
    f, fitness = known()
    for popsize, cost, count in ((12, GRADIENT_COST, 4), (12, 1, 12), (4, 9, 1)):
        found = descend(f, fitness, budget=Budget(3, popsize), cost=cost).search
        assert found.history.shape == (3, count)
        assert found.candidates.shape == (3, count, 6)
        assert (found.candidates[0, 0] == 0.5).all()


def test_descents_improve_stay_in_the_box_and_repeat_to_the_byte():
    f, fitness = known()  # the optimum, λ_heat = 0 and λ_burgers = 1, is inside
    a, b, c = (
        descend(f, fitness, budget=Budget(30, 12, seed), coefficients=box)
        for seed, box in ((1, None), (1, None), (1, Coefficients(low=0.4, high=0.6)))
    )
    assert a.search == b.search
    assert_same(a.weights, b.weights)
    assert (a.search.history[-1] < 0.5 * a.search.history[0]).all()
    assert c.search.candidates.min() >= 0.4 and c.search.candidates.max() <= 0.6
    again = rollout(f.predictor, a.weights, fitness.z0, fitness.steps)
    assert fitness(again[:, None])[0] == pytest.approx(a.fitness, rel=1e-10)


@pytest.mark.parametrize("saves", [1, 4, 6])
def test_a_descent_killed_after_any_save_ends_with_the_same_bytes(tmp_path, saves):
    f, fitness = known()

    def descended(journal):
        return descend(f, fitness, budget=Budget(6, 12), journal=journal)

    whole = descended(None)
    with pytest.raises(Killed):
        descended(MortalJournal(tmp_path, saves=saves))
    resumed = descended(MortalJournal(tmp_path, saves=None))
    assert resumed.search == whole.search
    assert_same(resumed.weights, whole.weights)


def test_a_descent_that_diverged_leaves_the_others_alone():
    """Opposite, enormous experts: their soup is the base, all else overflows."""
    f = lineage()
    size = {n: 0.0 if n.startswith("embed.") else 1e200 for n in f.base}
    experts = {
        name: {n: w + sign * size[n] for n, w in f.base.items()}
        for name, sign in (("heat", 1), ("burgers", -1))
    }
    fitness = fitness_towards(f.predictor, f.experts["heat"])
    found = descend(
        Lineage(f.predictor, f.base, experts), fitness, budget=Budget(4, 9)
    ).search
    assert np.isfinite(found.candidates).all()
    assert np.isfinite(found.history[:, 0]).all()
    assert np.isinf(found.history[:, 1:]).all()


def test_what_cannot_be_descended_is_refused():
    f, fitness = known()
    budget = Budget(2, 6)
    with pytest.raises(ParameterError, match="lowest_density"):
        descend(
            f, fitness, budget=budget, coefficients=Coefficients(lowest_density=0.3)
        )
    with pytest.raises(ParameterError, match="rate"):
        descend(f, fitness, budget=budget, rate=0.0)
    with pytest.raises(ParameterError, match="cost"):
        descend(f, fitness, budget=budget, cost=0)
    with pytest.raises(SplitError):
        descend(f, object(), budget=budget)
