"""The network pieces: symmetries, starting points, gradients that flow."""

from dataclasses import replace

import pytest
import torch

from evophys_lib.errors import ParameterError
from evophys_lib.worldmodel.blocks import (
    Geometry,
    GRUBlock,
    Positions,
    RingAttention,
    TransformerBlock,
    neighbourhood,
)
from evophys_lib.worldmodel.encoder import Encoder, EncoderConfig, isometry
from evophys_lib.worldmodel.predictor import Cell, Predictor, PredictorConfig
from evophys_lib.worldmodel.rollout import (
    rollout,
    rollout_population,
    stack,
    weights_of,
)

SMALL = EncoderConfig(grid=32, context=3, patch=4, latent=12, width=16, blocks=1)
STEP = PredictorConfig(tokens=8, latent=12, width=16, blocks=2)
ABSOLUTE = Geometry(positions=Positions.ABSOLUTE)
ALONE = Geometry(neighbours=False)
GEOMETRIES = (Geometry(), ABSOLUTE, ALONE)


def scrambled(module: torch.nn.Module) -> torch.nn.Module:
    """The module with random weights where it would start at zero."""
    generator = torch.Generator().manual_seed(1)
    for parameter in module.parameters():
        noise = torch.randn(parameter.shape, generator=generator)
        parameter.data = parameter.data + 0.2 * noise
    return module.double()


def rings(batch: int = 3, tokens: int = 8, width: int = 16) -> torch.Tensor:
    generator = torch.Generator().manual_seed(2)
    return torch.randn(batch, tokens, width, generator=generator).double()


@pytest.mark.parametrize("block", [RingAttention, TransformerBlock, GRUBlock])
def test_blocks_commute_with_a_shift_along_the_ring(block):
    layer, x = scrambled(block(16, 8, 4)), rings()
    torch.testing.assert_close(
        layer(x.roll(3, 1)), layer(x).roll(3, 1), atol=1e-12, rtol=0
    )


def test_a_transformer_block_starts_as_the_identity():
    torch.manual_seed(0)
    block, x = TransformerBlock(16, 8, 4), rings().float()
    assert torch.allclose(block(x), x + block.attention.out.bias + block.down.bias)


def test_ring_attention_agrees_with_torch_on_the_same_bias():
    layer, x = scrambled(RingAttention(16, 8, 4)), rings()
    q, k, v = layer.qkv(x).view(3, 8, 3, 4, 4).permute(2, 0, 3, 1, 4)
    bias = layer.bias[:, layer.distance]
    for i in range(8):
        for j in range(8):
            assert torch.equal(bias[:, i, j], layer.bias[:, (j - i) % 8])
    mixed = torch.nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
    expected = layer.out(mixed.transpose(1, 2).reshape(3, 8, 16))
    torch.testing.assert_close(layer(x), expected, atol=1e-12, rtol=0)


def test_neighbourhood_is_left_self_right():
    x = torch.arange(5.0).view(1, 5, 1)
    assert neighbourhood(x)[0].tolist() == [
        [4.0, 0.0, 1.0],
        [0.0, 1.0, 2.0],
        [1.0, 2.0, 3.0],
        [2.0, 3.0, 4.0],
        [3.0, 4.0, 0.0],
    ]


def test_the_encoder_starts_as_an_isometry_and_keeps_patches_apart():
    torch.manual_seed(0)
    encoder = Encoder(SMALL).double()
    u = torch.randn(5, 3, 32).double()
    z = encoder(u)
    assert z.shape == (5, 8, 12)
    torch.testing.assert_close(z.square().sum(), u.square().sum())
    moved = encoder(u.roll(8, 2))  # two whole patches
    torch.testing.assert_close(moved, z.roll(2, 1), atol=1e-12, rtol=0)


@pytest.mark.parametrize("geometry", GEOMETRIES)
def test_only_absolute_positions_tell_places_apart(geometry):
    encoder = scrambled(Encoder(replace(SMALL, geometry=geometry)))
    predictor = scrambled(Predictor(replace(STEP, geometry=geometry)))
    u = torch.randn(3, 3, 32, generator=torch.Generator().manual_seed(3)).double()
    for model, x, axis, token in (
        (encoder, u, 2, 4),
        (predictor, rings(width=12), 1, 1),
    ):
        moved = model(x.roll(3 * token, axis)) - model(x).roll(3, 1)
        told_apart = moved.abs().max() > 1e-2
        assert told_apart == (geometry is ABSOLUTE)
        assert told_apart or moved.abs().max() < 1e-12


def test_without_bias_attention_does_not_see_the_order_of_tokens():
    order, x = torch.tensor([3, 0, 7, 1, 2, 6, 5, 4]), rings()
    for geometry in (ABSOLUTE, Geometry()):
        layer = scrambled(RingAttention(16, 8, 4, geometry))
        difference = (layer(x[:, order]) - layer(x)[:, order]).abs().max()
        assert (difference < 1e-12) == (geometry is ABSOLUTE)


def test_without_neighbours_an_mlp_reads_its_own_token():
    for geometry in GEOMETRIES:
        block, x = scrambled(TransformerBlock(16, 8, 4, geometry)), rings()
        torch.nn.init.zeros_(block.attention.out.weight)  # leave the MLP alone
        changed = x.clone()
        changed[:, 2] *= -1
        touched = (block(changed) - block(x)).abs().amax((0, 2)) > 1e-12
        reach = {2} if geometry is ALONE else {1, 2, 3}
        assert set(touched.nonzero().flatten().tolist()) == reach


def test_a_recurrent_cell_without_neighbours_is_refused():
    with pytest.raises(ParameterError, match="tokens meet in no other way"):
        GRUBlock(16, 8, 4, ALONE)


@pytest.mark.parametrize("geometry", [ABSOLUTE, ALONE])
def test_a_population_of_any_geometry_rolls_out_as_its_members(geometry):
    predictor = Predictor(replace(STEP, geometry=geometry)).double()
    models = [weights_of(scrambled(predictor)) for _ in range(2)]
    z = rings(width=12)
    together = rollout_population(predictor, stack(models), z, 2)
    for c, weights in enumerate(models):
        alone = rollout(predictor, weights, z, 2)
        torch.testing.assert_close(together[:, c], alone, atol=1e-12, rtol=1e-12)


@pytest.mark.parametrize("latent", [5, 12, 20])
def test_an_isometry_keeps_lengths_as_far_as_its_width_allows(latent):
    q = isometry(replace(SMALL, latent=latent)).double()
    assert q.shape == (latent, 12)
    product = q @ q.mT if latent <= 12 else q.mT @ q
    torch.testing.assert_close(
        product, torch.eye(len(product)).double(), atol=1e-6, rtol=0
    )


def test_without_skip_the_encoder_starts_as_a_random_transformer():
    torch.manual_seed(0)
    encoder = Encoder(replace(SMALL, skip=False))
    assert not [name for name, _ in encoder.named_parameters() if "skip" in name]
    z = encoder(torch.randn(5, 3, 32))
    assert z.shape == (5, 8, 12) and z.std() > 0.1


def test_encoder_names_the_shape_it_reads():
    with pytest.raises(ValueError, match=r"\(B, 3, 32\)"):
        Encoder(SMALL)(torch.zeros(2, 3, 33))


def test_windows_encode_the_frames_they_start_at():
    encoder = Encoder(SMALL)
    field = torch.randn(4, 12, 32)
    latents = encoder.windows(field, [0, 5])
    assert torch.equal(latents[1], encoder(field[:, 5:8]))


@pytest.mark.parametrize("cell", list(Cell))
def test_a_predictor_starts_as_persistence_and_can_learn(cell):
    torch.manual_seed(0)
    predictor = Predictor(PredictorConfig(8, 12, 16, 2, cell=cell))
    z = rings(width=12).float()
    assert torch.equal(predictor(z), z)
    assert predictor.layers == 3
    target = 0.9 * z
    optimiser = torch.optim.Adam(predictor.parameters(), 1e-2)
    losses = []
    for _ in range(80):
        loss = (predictor(z) - target).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.1 * losses[0]


@pytest.mark.parametrize("geometry", GEOMETRIES)
@pytest.mark.parametrize("cell", list(Cell))
def test_every_parameter_of_a_predictor_takes_part(cell, geometry):
    if cell is Cell.GRU and geometry is ALONE:
        return  # refused
    predictor = scrambled(Predictor(replace(STEP, cell=cell, geometry=geometry)))
    predictor(rings(width=12)).square().sum().backward()
    silent = [
        name
        for name, p in predictor.named_parameters()
        if p.grad is None or p.grad.abs().max() == 0
    ]
    assert silent == []
