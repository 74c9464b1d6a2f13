"""Soup and ensembles by their definitions."""

import pytest
import torch
from lineages import assert_same, lineage, start

from evophys_lib.merge.ensembles import (
    alternating_rollout,
    ensemble_rollout,
    soup,
    weighted_ensemble_rollout,
)
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.worldmodel.rollout import rollout


def test_the_soup_is_task_arithmetic_with_equal_shares():
    f = lineage()
    half = torch.full((2, 3), 0.5)
    expected = task_arithmetic(f.base, f.vectors, half, f.layers)
    assert_same(soup(list(f.experts.values())), expected, 1e-14)


def test_the_soup_of_one_model_is_that_model():
    f = lineage()
    assert_same(soup([f.base, f.base]), f.base)


def test_the_ensemble_feeds_the_mean_of_predictions_back():
    f, z = lineage(), start()
    out = ensemble_rollout(f.predictor, list(f.experts.values()), z, 3)
    for h in range(3):
        one = [rollout(f.predictor, w, z, 1)[0] for w in f.experts.values()]
        z = (one[0] + one[1]) / 2
        assert torch.allclose(out[h], z, rtol=0, atol=1e-12)


@pytest.mark.parametrize("name", ["heat", "burgers"])
def test_an_ensemble_of_copies_is_the_model(name):
    f, z0 = lineage(), start()
    expert = f.experts[name]
    out = ensemble_rollout(f.predictor, [expert, expert, expert], z0, 3)
    expected = rollout(f.predictor, expert, z0, 3)
    assert torch.allclose(out, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("expert", [0, 1])
def test_one_weight_is_the_expert_and_none_stands_still(expert):
    f, z0 = lineage(), start()
    experts = list(f.experts.values())
    weights = torch.zeros(2, 2)
    weights[0, expert] = 1.0
    out = weighted_ensemble_rollout(f.predictor, experts, weights, z0, 3)
    expected = rollout(f.predictor, experts[expert], z0, 3)
    assert torch.allclose(out[:, 0], expected, rtol=0, atol=1e-12)
    assert torch.equal(out[:, 1], z0.expand(3, *z0.shape))


def test_equal_weights_are_the_uniform_ensemble_whoever_stands_beside():
    f, z0 = lineage(), start()
    experts = list(f.experts.values())
    weights = torch.tensor([[0.5, 0.5], [3.0, -1.0]], dtype=torch.float64)
    out = weighted_ensemble_rollout(f.predictor, experts, weights, z0, 3)
    expected = ensemble_rollout(f.predictor, experts, z0, 3)
    assert torch.allclose(out[:, 0], expected, rtol=0, atol=1e-12)
    alone = weighted_ensemble_rollout(f.predictor, experts, weights[1:], z0, 3)
    assert torch.allclose(out[:, 1], alone[:, 0], rtol=1e-12, atol=1e-12)


def test_alternating_experts_compose():
    f, z0 = lineage(), start()
    a, b = f.experts.values()
    out = alternating_rollout(f.predictor, [a, b], z0, 4)
    z = z0
    for h, w in enumerate((a, b, a, b)):
        z = rollout(f.predictor, w, z, 1)[0]
        assert torch.equal(out[h], z)
    other = alternating_rollout(f.predictor, [b, a], z0, 4)
    assert not torch.allclose(other[1], out[1])
    assert torch.equal(
        alternating_rollout(f.predictor, [a], z0, 4), rollout(f.predictor, a, z0, 4)
    )
