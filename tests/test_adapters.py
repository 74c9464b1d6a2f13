"""What is trained of a predictor: it starts as it is, and moves where it may."""

import copy

import pytest
import torch

from evophys_lib.errors import ParameterError
from evophys_lib.profiles import LAPTOP, SMOKE
from evophys_lib.worldmodel import adapters
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.rollout import rollout, weights_of

LEVELS = torch.tensor([-1.0, 0.2, 0.2, 1.0])
ROWS = len(LEVELS)


def predictor(profile=SMOKE):
    torch.manual_seed(0)
    made = Predictor(profile.predictor)
    for p in made.parameters():
        torch.nn.init.normal_(p, std=0.1)
    return made


def low_rank(network, rank=1):
    return adapters.low_rank(network, rank, torch.Generator().manual_seed(0))


FORMS = {
    "whole": adapters.whole,
    "head": adapters.head_only,
    "low rank": low_rank,
    "core": lambda network: adapters.core_only(network, 5),
    "told": lambda network: adapters.Told(network, LEVELS),
}


def latents(network):
    config = network.config
    generator = torch.Generator().manual_seed(1)
    return torch.randn(ROWS, config.tokens, config.latent, generator=generator)


def stepped(network, z):
    """After one step of gradient descent towards persistence."""
    trained = [p for p in network.parameters() if p.requires_grad]
    grads = torch.autograd.grad((network(z) - z).square().mean(), trained)
    with torch.no_grad():
        for p, grad in zip(trained, grads, strict=True):
            p -= 0.1 * grad
    return network


@pytest.mark.parametrize("form", FORMS)
def test_it_starts_as_the_predictor(form):
    start = predictor()
    z, network = latents(start), FORMS[form](copy.deepcopy(start))
    torch.testing.assert_close(network(z), start(z), rtol=0, atol=1e-5)
    weights, slopes = adapters.parts(network)
    own = weights_of(start)
    assert weights.keys() == own.keys()
    assert all(torch.equal(weights[name], w) for name, w in own.items())
    for level in (-1.0, 0.0, 3.0):
        told = adapters.weights_at(weights, slopes, level)
        assert all(torch.equal(told[name], w) for name, w in own.items())


def test_only_what_may_move_moves():
    start = predictor()
    z, own = latents(start), weights_of(start)
    moved = {}
    for form, adapt in FORMS.items():
        weights, _ = adapters.parts(stepped(adapt(copy.deepcopy(start)), z))
        moved[form] = {n for n, w in weights.items() if not torch.equal(w, own[n])}
        assert not any(name.startswith("embed.") for name in moved[form]), form
    all_but_embed = {name for name in own if not name.startswith("embed.")}
    assert moved["whole"] == moved["told"] == moved["low rank"] == all_but_embed
    assert moved["core"] == {name for name in all_but_embed if own[name].ndim == 2}
    assert moved["head"] == {name for name in own if name.startswith("head.")}


def test_additions_have_the_rank_that_they_are_given():
    start = predictor().double()
    z, own = latents(start).double(), weights_of(start)
    for rank in (1, 3):
        network = low_rank(copy.deepcopy(start), rank)
        weights, _ = adapters.parts(stepped(stepped(network, z), z))
        change = weights["blocks.0.up.weight"] - own["blocks.0.up.weight"]
        values = torch.linalg.svdvals(change)
        assert values[rank - 1] > 1e3 * values[rank]
    with pytest.raises(ParameterError, match="rank"):
        low_rank(start, 0)


def test_a_core_stays_within_the_leading_directions_of_its_matrix():
    start = predictor().double()
    name = "blocks.0.up.weight"
    w = start.state_dict()[name].clone()
    z = latents(start).double()
    weights, _ = adapters.parts(stepped(adapters.core_only(start, 3), z))
    u, _, v = torch.linalg.svd(w, full_matrices=False)
    change = u.T @ (weights[name] - w) @ v.T
    assert change[:3, :3].norm() > 0
    change[:3, :3] = 0
    assert change.norm() < 1e-12 * w.norm()


def test_what_is_told_is_a_predictor_of_its_own_at_every_level():
    start = predictor()
    z = latents(start)
    network = stepped(FORMS["told"](copy.deepcopy(start)), z)
    together = network(z)
    weights, slopes = adapters.parts(network)
    assert any(slope.abs().max() > 0 for slope in slopes.values())
    for row, level in enumerate(LEVELS.tolist()):
        told = adapters.weights_at(weights, slopes, level)
        alone = rollout(start, told, z[row : row + 1], 1)[0, 0]
        torch.testing.assert_close(together[row], alone, rtol=1e-5, atol=1e-6)


def test_a_copy_of_what_is_trained_is_a_copy():
    start = predictor()
    z = latents(start)
    for adapt in FORMS.values():
        network = adapt(copy.deepcopy(start))
        before = copy.deepcopy(network)
        stepped(network, z)
        torch.testing.assert_close(before(z), start(z), rtol=0, atol=1e-5)
        assert not torch.allclose(network(z), start(z), atol=1e-5)


def test_numbers_are_counted():
    start = predictor(LAPTOP)
    counted = {
        form: adapters.trained_numbers(adapt(copy.deepcopy(start)))
        for form, adapt in FORMS.items()
    }
    width, latent = LAPTOP.predictor.width, LAPTOP.predictor.latent
    head = 2 * width + width * latent + latent
    norms = 2 * LAPTOP.predictor.blocks + 1
    own = weights_of(start)
    moving = {n: w for n, w in own.items() if not n.startswith("embed.")}
    whole = sum(w.numel() for w in moving.values())
    by_rank = sum(w.numel() if w.ndim == 1 else sum(w.shape) for w in moving.values())
    assert counted == {
        "whole": whole,
        "head": head,
        "low rank": by_rank,
        "core": sum(min(5, *w.shape) ** 2 for w in moving.values() if w.ndim == 2),
        "told": whole + norms * 2 * width,
    }
    assert by_rank == 6744 and counted["core"] == 441  # 392: directions at r = 8
