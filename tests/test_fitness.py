"""Fitness: normalised by the target's spread, and shut to the test split."""

import numpy as np
import pytest
import torch
from lineages import lineage, start

from evophys_lib.errors import ParameterError, SplitError
from evophys_lib.merge.dfs import merge_in_data_flow, score_paths
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.ps import merge_in_parameter_space
from evophys_lib.merge.search import Budget
from evophys_lib.physics.splits import Split


def targets(steps=3, seed=5):
    generator = torch.Generator().manual_seed(seed)
    shape = (steps, *start().shape)
    return torch.randn(shape, generator=generator, dtype=torch.float64) + 2.0


def test_the_truth_scores_zero_and_the_mean_scores_one():
    truth = targets()
    fitness = LatentFitness(start(), truth, Split.VALIDATION)
    mean = truth.mean(1, keepdim=True).expand_as(truth)
    value = fitness(torch.stack([truth, mean], 1))
    assert value == pytest.approx([0.0, 1.0], abs=1e-14)


def test_agrees_with_plain_numpy():
    truth, predicted = targets(), targets(seed=6)
    t, p = truth.numpy(), predicted.numpy()
    ratio = [
        ((p[h] - t[h]) ** 2).mean() / ((t[h] - t[h].mean(0)) ** 2).mean()
        for h in range(3)
    ]
    fitness = LatentFitness(start(), truth, Split.VALIDATION)
    assert fitness(predicted[:, None])[0] == pytest.approx(np.mean(ratio), rel=1e-13)


def test_every_horizon_counts_the_same_however_much_fields_decay():
    truth, predicted = targets(), targets(seed=6)
    decay = torch.tensor([1.0, 1e-2, 1e-4], dtype=torch.float64)[:, None, None, None]
    plain = LatentFitness(start(), truth, Split.VALIDATION)
    decayed = LatentFitness(start(), truth * decay, Split.VALIDATION)
    a, b = plain(predicted[:, None]), decayed((predicted * decay)[:, None])
    assert b == pytest.approx(a, rel=1e-10)


def test_lots_are_averaged_by_hand():
    """Two lots of two numbers each; the second has a hundred times the spread.

    Lot 1: truth −1, 1 (variance 1), both off by 1: f = 1. Lot 2: truth −10, 10
    (variance 100), off by 5 and 0: f = 12.5/100. The mean is 0.5625. Pooled, the
    variance is 50.5 and the MSE 6.75.
    """
    truth = torch.tensor([-1.0, 1.0, -10.0, 10.0]).view(1, 4, 1, 1).double()
    off = torch.tensor([1.0, 1.0, 5.0, 0.0]).view(1, 4, 1, 1).double()
    predicted = (truth + off)[:, None]
    apart = LatentFitness(truth[0], truth, Split.VALIDATION, lots=2)
    pooled = LatentFitness(truth[0], truth, Split.VALIDATION)
    assert apart(predicted)[0] == pytest.approx((1 + 12.5 / 100) / 2, rel=1e-14)
    assert pooled(predicted)[0] == pytest.approx(6.75 / 50.5, rel=1e-14)


def test_lots_are_the_mean_of_their_own_fitnesses_and_residuals_add_up():
    z0, truth, predicted = start(), targets(), targets(seed=6)
    whole = LatentFitness(z0, truth, Split.VALIDATION, lots=len(z0))
    each = [
        LatentFitness(z0[i : i + 1], truth[:, i : i + 1], Split.VALIDATION)
        for i in range(len(z0))
    ]
    found = [one(predicted[:, i : i + 1][:, None])[0] for i, one in enumerate(each)]
    value = whole(predicted[:, None])[0]
    assert value == pytest.approx(np.mean(found), rel=1e-12)
    rho = whole.residuals(predicted[:, None])
    assert rho.square().sum().item() == pytest.approx(value, rel=1e-12)


def test_lots_are_equal():
    with pytest.raises(ParameterError, match="lots = 2"):
        LatentFitness(start()[:3], targets()[:, :3], Split.VALIDATION, lots=2)


def test_what_is_not_finite_is_infinite():
    truth = targets()
    bad, worse = truth.clone(), truth.clone()
    bad[1, 0, 0, 0], worse[2, 0, 0, 0] = torch.nan, torch.inf
    fitness = LatentFitness(start(), truth, Split.VALIDATION)
    value = fitness(torch.stack([bad, truth, worse], 1))
    assert value.tolist() == [np.inf, 0.0, np.inf]


def test_fitness_is_differentiable_per_horizon():
    fitness = LatentFitness(start(), targets(), Split.VALIDATION)
    predicted = targets(seed=6)[:, None].requires_grad_()
    fitness.per_horizon(predicted).mean().backward()
    assert torch.isfinite(predicted.grad).all() and predicted.grad.abs().sum() > 0


@pytest.mark.parametrize("split", [Split.TEST, Split.TRAIN, "validation", None])
def test_only_the_validation_split_makes_a_fitness(split):
    with pytest.raises(SplitError, match="VALIDATION only"):
        LatentFitness(start(), targets(), split)


def test_searches_take_nothing_but_a_validation_fitness():
    f, budget = lineage(), Budget(generations=1, popsize=4)

    def smuggled(predicted):
        raise AssertionError("never called")

    with pytest.raises(SplitError, match="LatentFitness"):
        merge_in_parameter_space(f, smuggled, budget=budget)
    with pytest.raises(SplitError, match="LatentFitness"):
        merge_in_data_flow(f.predictor, f.experts, smuggled, budget=budget)
    with pytest.raises(SplitError, match="LatentFitness"):
        score_paths(f.predictor, f.experts, [], smuggled)


def test_shapes_are_checked():
    with pytest.raises(ParameterError, match="truth"):
        LatentFitness(start(), targets()[0], Split.VALIDATION)
    with pytest.raises(ParameterError, match="at least one trajectory"):
        LatentFitness(start()[:0], targets()[:, :0], Split.VALIDATION)


def test_the_unit_of_one_trajectory_is_its_spread_over_the_ring():
    one = LatentFitness(start()[:1], targets()[:, :1], Split.VALIDATION)
    ring_mean = one.truth.mean(2, keepdim=True).expand_as(one.truth)
    assert one(ring_mean[:, None])[0] == pytest.approx(1.0, rel=1e-6)
