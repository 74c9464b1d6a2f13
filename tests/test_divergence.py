"""Merges whose rollouts overflow: counted, never chosen, ending nothing."""

import numpy as np
import pytest
import torch
from lineages import WIDTH, TinyPredictor, fitness_towards, perturbed
from torch import Tensor, nn

from evophys_lib.merge.dfs import merge_in_data_flow
from evophys_lib.merge.directions import Directions
from evophys_lib.merge.least_squares import Budget as Evaluations
from evophys_lib.merge.least_squares import Condition, minimise
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.ps import merge_in_parameter_space
from evophys_lib.merge.search import Budget
from evophys_lib.worldmodel.rollout import rollout, rollout_population, weights_of
from evophys_lib.worldmodel.stackable import Linear

GROWTH = 1.34e154
"""Of an expert's block. Two of them are the largest double there is, half of either is
a quarter of that."""


class Growing(nn.Module):
    """x + A x, that nothing bounds."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix = Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.matrix(x)


@pytest.fixture
def lineage():
    """One expert is sound, the other grows; half of both is still finite."""
    torch.manual_seed(0)
    predictor = TinyPredictor().double()
    predictor.blocks = nn.ModuleList(Growing() for _ in range(2)).double()
    base = weights_of(predictor)
    sound, grown = perturbed(base, 1), perturbed(base, 2)
    for name in grown:
        if name.endswith("matrix.weight"):
            grown[name] = base[name] + GROWTH * torch.eye(WIDTH).double()
    return Lineage(predictor, base, {"heat": sound, "burgers": grown})


@pytest.fixture
def fitness(lineage):
    """Best for the sound expert."""
    return fitness_towards(lineage.predictor, lineage.experts["heat"])


def test_ps_goes_on_past_candidates_that_overflow(lineage, fitness):
    found = merge_in_parameter_space(lineage, fitness, budget=Budget(6, 12))
    assert found.search.diverged > 0
    assert np.isfinite(found.fitness) and found.fitness <= found.search.history[0, 0]
    rolled = rollout(lineage.predictor, found.weights, fitness.z0, fitness.steps)
    assert rolled.isfinite().all()


def test_dfs_goes_on_past_paths_that_overflow(lineage, fitness):
    found = merge_in_data_flow(
        lineage.predictor, lineage.experts, fitness, budget=Budget(4, 12)
    )
    assert sum(search.diverged for search in found.searches.values()) > 0
    assert np.isfinite(found.fitness) and "burgers" not in found.path.layers()[0]


def test_least_squares_go_on_past_directions_that_overflow(lineage, fitness):
    directions = Directions(lineage, rank=2)

    def residuals(candidates):
        models = directions.models(candidates)
        z0, steps = fitness.z0, fitness.steps
        rolled = rollout_population(lineage.predictor, models, z0, steps)
        return fitness.residuals(rolled).flatten(1)

    found = minimise(
        [Condition(residuals)], len(directions), budget=Evaluations(400, step=1.5)
    )
    assert found.diverged > 0
    assert np.isfinite(found.history).all()
    assert residuals(found.x).isfinite().all()
