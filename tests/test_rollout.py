"""A population rolled out at once is every model rolled out alone."""

import pytest
import torch
from lineages import assert_same, lineage, start

from evophys_lib.worldmodel.predictor import Cell, Predictor, PredictorConfig
from evophys_lib.worldmodel.rollout import (
    rollout,
    rollout_population,
    stack,
    unstack,
    weights_of,
)


def test_one_step_is_the_module_itself():
    f, z0 = lineage(), start()
    assert torch.equal(rollout(f.predictor, f.base, z0, 1)[0], f.predictor(z0))


def test_rollout_feeds_its_prediction_back():
    f, z0 = lineage(), start()
    expected = f.predictor(f.predictor(f.predictor(z0)))
    assert torch.equal(rollout(f.predictor, f.base, z0, 3)[-1], expected)


def test_population_equals_one_at_a_time():
    f, z0 = lineage(), start()
    models = [f.base, *f.experts.values()]
    together = rollout_population(f.predictor, stack(models), z0, 4)
    alone = torch.stack([rollout(f.predictor, w, z0, 4) for w in models], 1)
    assert together.shape == alone.shape == (4, 3, *z0.shape)
    assert torch.allclose(together, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("cell", Cell)
def test_real_predictors_roll_out_as_a_population(cell):
    predictor = Predictor(
        PredictorConfig(tokens=4, latent=3, width=8, blocks=2, heads=2, cell=cell)
    ).double()
    generator = torch.Generator().manual_seed(1)
    models = [
        {
            name: w + 0.3 * torch.randn(w.shape, generator=generator, dtype=w.dtype)
            for name, w in weights_of(predictor).items()
        }
        for _ in range(3)
    ]
    z0 = start()
    together = rollout_population(predictor, stack(models), z0, 3)
    alone = torch.stack([rollout(predictor, w, z0, 3) for w in models], 1)
    assert torch.allclose(together, alone, rtol=0, atol=1e-12)


def test_stack_and_unstack_are_inverse():
    models = list(lineage().experts.values())
    for model, back in zip(models, unstack(stack(models)), strict=True):
        assert_same(model, back)


def test_weights_are_copies_without_gradient():
    f = lineage()
    weights = weights_of(f.predictor)
    next(iter(weights.values())).add_(1.0)
    assert_same(f.base, weights_of(f.predictor))
    assert not any(w.requires_grad for w in weights.values())


def test_gradient_passes_through_a_population():
    f, z0 = lineage(), start()
    stacked = stack([f.base, f.base])
    weight = stacked["head.1.weight"].requires_grad_()
    rollout_population(f.predictor, stacked, z0, 2)[:, 0].square().sum().backward()
    assert weight.grad[0].abs().sum() > 0
    assert weight.grad[1].abs().sum() == 0
