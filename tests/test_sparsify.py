"""Sparsification: what the papers' formulas say, entry by entry."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evophys_lib.merge.sparsify import (
    drop,
    inverse_density,
    l1_ratio,
    magnitude_score,
    mask,
    no_rescale,
    trim,
    uniform_score,
)

VECTORS = arrays(
    np.float64, (2, 7), elements=st.floats(-9, 9, allow_subnormal=False)
).map(torch.from_numpy)
DENSITY = st.floats(0.05, 1.0)


def both(density: float) -> torch.Tensor:
    return torch.full((2,), density, dtype=torch.float64)


def test_trim_keeps_the_largest_by_hand():
    tau = torch.tensor([[0.1, -5.0, 3.0, 0.0, -3.5], [1.0, 1.0, -1.0, 1.0, 0.5]])
    expected = torch.tensor([[0.0, -5.0, 0.0, 0.0, -3.5], [1.0, 1.0, 0.0, 0.0, 0.0]])
    assert torch.equal(trim(tau, both(0.4)), expected)


@given(VECTORS, DENSITY)
@settings(max_examples=60, deadline=None)
def test_trim_keeps_exactly_the_share_asked_for(tau, density):
    kept = mask(magnitude_score(tau, torch.Generator()), both(density))
    assert (kept.sum(-1) == int(np.ceil(density * 7 - 1e-12))).all()
    for row, k in zip(tau.abs(), kept, strict=True):
        if not k.all():
            assert row[k].min() >= row[~k].max()


@pytest.mark.parametrize("score", [magnitude_score, uniform_score])
@pytest.mark.parametrize("rescale", [no_rescale, inverse_density, l1_ratio])
def test_density_one_is_the_identity(score, rescale):
    tau = torch.randn(2, 50, dtype=torch.float64)
    kept = mask(score(tau, torch.Generator().manual_seed(0)), both(1.0))
    assert torch.allclose(rescale(tau, kept, both(1.0)), tau, rtol=1e-15)


def test_masks_of_rising_density_are_nested():
    score = uniform_score(torch.zeros(2, 1000), torch.Generator().manual_seed(0))
    assert (mask(score, both(0.3)) <= mask(score, both(0.5))).all()


def test_one_comparison_gives_the_masks_of_all_candidates():
    score = uniform_score(torch.zeros(2, 20), torch.Generator().manual_seed(0))
    densities = torch.rand(5, 2, dtype=torch.float64)
    together = mask(score, densities)
    assert together.shape == (5, 2, 20)
    for c in range(5):
        assert torch.equal(together[c], mask(score, densities[c]))


def test_dare_divides_what_is_left_by_the_density():
    tau = torch.tensor([[1.0, -2.0, 3.0, 4.0]])
    kept = torch.tensor([[True, False, True, False]])
    out = inverse_density(tau, kept, torch.tensor([0.5]))
    assert torch.equal(out, torch.tensor([[2.0, 0.0, 6.0, 0.0]]))


def test_dare_is_unbiased():
    """Mean of n draws within five standard errors, τ sqrt((1−p)/(p n))."""
    tau, density, draws = torch.tensor([[1.0, -2.0, 0.5], [0.1, 4.0, 0.0]]), 0.3, 4000
    generator = torch.Generator().manual_seed(0)
    mean = sum(drop(tau, both(density), generator) for _ in range(draws)) / draws
    error = (mean - tau).abs()
    assert (error <= 5 * tau.abs() * ((1 - density) / (density * draws)) ** 0.5).all()


@given(VECTORS, DENSITY)
@settings(max_examples=60, deadline=None)
def test_l1_rescaling_keeps_the_sum_of_magnitudes(tau, density):
    generator = torch.Generator().manual_seed(0)
    kept = mask(uniform_score(tau, generator), both(density))
    out = l1_ratio(tau, kept, both(density))
    assert torch.isfinite(out).all()
    survives = (tau * kept).abs().sum(-1) > 0
    whole = tau.abs().sum(-1)
    assert torch.allclose(out.abs().sum(-1)[survives], whole[survives], rtol=1e-9)


def test_a_seed_gives_the_same_masks_and_inputs_stay():
    tau = torch.randn(2, 30)
    before = tau.clone()
    a = drop(tau, both(0.5), torch.Generator().manual_seed(7))
    b = drop(tau, both(0.5), torch.Generator().manual_seed(7))
    assert torch.equal(a, b) and torch.equal(tau, before)
    assert not torch.equal(a, drop(tau, both(0.5), torch.Generator().manual_seed(8)))
