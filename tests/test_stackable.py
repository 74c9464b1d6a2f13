"""C stacked models through a layer are the C models one by one."""

import pytest
import torch
from torch import nn
from torch.func import functional_call, vmap

from evophys_lib.worldmodel.rollout import stack, unstack, weights_of
from evophys_lib.worldmodel.stackable import LayerNorm, Linear

MODELS, SHAPE = 3, (4, 5, 6)  # C and (B, S, W)
LAYERS = [Linear(6, 7), LayerNorm(6)]


def population(layer: nn.Module) -> dict[str, torch.Tensor]:
    """C sets of random weights in double precision, stacked."""
    generator = torch.Generator().manual_seed(1)
    return {
        name: torch.randn(MODELS, *w.shape, generator=generator, dtype=torch.float64)
        for name, w in layer.named_parameters()
    }


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_stacked_weights_act_as_each_model_alone(layer):
    weights = population(layer)
    x = torch.randn(MODELS, *SHAPE, dtype=torch.float64)
    together = functional_call(layer, weights, (x,))
    for y, w, own in zip(together, unstack(weights), x, strict=True):
        alone = functional_call(layer, w, (own,))
        torch.testing.assert_close(y, alone, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_agrees_with_vmap_over_the_plain_torch_layer(layer):
    weights = population(layer)
    x = torch.randn(MODELS, *SHAPE, dtype=torch.float64)
    plain = nn.Linear(6, 7) if isinstance(layer, nn.Linear) else nn.LayerNorm(6)
    wanted = vmap(lambda w, own: functional_call(plain, w, (own,)))(weights, x)
    found = functional_call(layer, weights, (x,))
    torch.testing.assert_close(found, wanted, rtol=1e-13, atol=1e-13)


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_gradients_reach_each_model_alone(layer):
    weights = {n: w.requires_grad_() for n, w in population(layer).items()}
    x = torch.randn(MODELS, *SHAPE, dtype=torch.float64)
    functional_call(layer, weights, (x,))[1].square().sum().backward()
    for w in weights.values():
        assert w.grad[1].abs().sum() > 0
        assert w.grad[0].abs().sum() == w.grad[2].abs().sum() == 0


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: type(layer).__name__)
def test_is_the_torch_layer_for_one_model(layer):
    plain = nn.Linear(6, 7) if isinstance(layer, nn.Linear) else nn.LayerNorm(6)
    plain.load_state_dict(layer.state_dict())
    x = torch.randn(SHAPE)
    assert torch.equal(layer(x), plain(x))
    assert stack([weights_of(layer)]).keys() == weights_of(plain).keys()
