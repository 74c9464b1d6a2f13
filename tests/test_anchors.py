"""Anchors against closed forms: zero where they aim, large at collapse."""

import math

import numpy as np
import pytest
import torch

from evophys_lib.worldmodel import anchors
from evophys_lib.worldmodel.anchors import ANCHORS, Anchor


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=generator(seed)).double()


def white(batch: int = 32, tokens: int = 8, width: int = 6) -> torch.Tensor:
    """Latents whose covariance over batch and ring is the identity."""
    rows = normal(batch * tokens, width)
    q = torch.linalg.qr(rows - rows.mean(0))[0]  # columns: unit and orthogonal
    return (q * math.sqrt(len(rows) - 1)).view(batch, tokens, width)


def test_the_covariance_anchor_is_zero_at_an_isometry_and_large_at_collapse():
    z = torch.randn(16, 8, 6, generator=generator())
    assert anchors.covariance_anchor(z, z).item() < 1e-5
    assert anchors.covariance_anchor(torch.zeros_like(z), z).item() == pytest.approx(
        2.0, rel=1e-4
    )
    rotation = torch.linalg.qr(torch.randn(6, 6, generator=generator(1)))[0]
    rows = torch.linalg.qr(z.flatten(0, 1) - z.mean((0, 1)))[0].view_as(z)
    assert anchors.covariance_anchor(rows @ rotation, rows).item() < 0.2


def test_vicreg_agrees_with_its_equations():
    z = 0.7 * normal(5, 4, 3) + normal(1, 1, 3, seed=1)
    rows = z.reshape(-1, 3).numpy()
    c = np.cov(rows, rowvar=False)
    hinge = np.mean([max(0.0, 1 - math.sqrt(c[d, d] + 1e-4)) for d in range(3)])
    off = sum(c[i, j] ** 2 for i in range(3) for j in range(3) if i != j) / 3
    assert anchors.vicreg(z).item() == pytest.approx(25 * hinge + off, rel=1e-12)


def test_vicreg_is_zero_for_white_latents_and_25_at_collapse():
    assert anchors.vicreg(white()).item() < 1e-20
    assert anchors.vicreg(torch.zeros(4, 3, 2)).item() == pytest.approx(24.75)


def closed_form(y: np.ndarray) -> float:
    """The Epps–Pulley integral over the whole line, from Gaussian integrals."""
    pairs = np.exp(-((y[:, None] - y[None, :]) ** 2) / 2).mean()
    singles = np.exp(-(y**2) / 4).mean() / math.sqrt(2)
    return math.sqrt(2 * math.pi) * (pairs - 2 * singles + 1 / math.sqrt(3))


@pytest.mark.parametrize("scale", [0.0, 0.3, 1.0])
def test_epps_pulley_agrees_with_its_closed_form(scale):
    y = scale * normal(200, 2)
    found = anchors.epps_pulley(y)
    for column in range(2):
        expected = closed_form(y[:, column].numpy())
        assert found[column].item() == pytest.approx(expected, abs=1e-4)


def test_sigreg_is_small_for_a_standard_normal_and_for_nothing_else():
    z = normal(64, 16, 8)

    def value(latents: torch.Tensor) -> float:
        return anchors.sigreg(latents, generator(1)).item()

    line = z[..., :1].expand(-1, -1, 8)  # unit variance, one direction
    signs = torch.sign(z[..., :1]) * torch.ones(8, dtype=z.dtype) / math.sqrt(8)
    others = {
        "shifted": z + 1,
        "narrow": 0.5 * z,
        "collapsed": 0 * z,
        "one direction": line,
        "two points": signs,
    }
    assert value(z) < 0.1
    for name, latents in others.items():
        assert value(latents) > 10 * value(z), name


def test_sigreg_draws_new_directions_and_repeats_by_seed():
    z, g = normal(8, 4, 5), generator(3)
    first, second = (anchors.sigreg(z, g).item() for _ in range(2))
    assert first != second
    assert anchors.sigreg(z, generator(3)).item() == first


@pytest.mark.parametrize("kind", list(Anchor))
def test_every_anchor_but_none_pushes_a_collapsed_latent_apart(kind):
    reference = normal(16, 8, 6, seed=1)
    z = (1e-2 * normal(16, 8, 6)).requires_grad_(True)
    penalty = ANCHORS[kind].penalty(z, reference, generator())
    if kind is Anchor.NONE:
        assert penalty.item() == 0
        return
    (slope,) = torch.autograd.grad(penalty, z)
    assert (slope * z).sum() < 0  # growing lowers the penalty


def test_the_unit_of_the_prediction_error_is_what_the_anchor_holds():
    reference = 3 * white()
    held = {kind: term.variance(reference).item() for kind, term in ANCHORS.items()}
    assert held[Anchor.VICREG] == held[Anchor.SIGREG] == 1.0
    deviation = (reference - reference.mean(1, keepdim=True)).square().mean().item()
    assert held[Anchor.COVARIANCE] == pytest.approx(deviation)
    assert held[Anchor.NONE] == held[Anchor.COVARIANCE]
