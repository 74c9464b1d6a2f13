"""Sparsification: what the papers' formulas say, entry by entry."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evophys_lib.merge.sparsify import (
    inverse_density,
    magnitude_score,
    mask,
    no_rescale,
    uniform_score,
)

VECTORS = arrays(
    np.float64, (2, 7), elements=st.floats(-9, 9, allow_subnormal=False)
).map(torch.from_numpy)
DENSITY = st.floats(0.05, 1.0)


def both(density: float) -> torch.Tensor:
    return torch.full((2,), density, dtype=torch.float64)


def trim(tau: torch.Tensor, density: float) -> torch.Tensor:
    """TIES' trim."""
    kept = mask(magnitude_score(tau, torch.Generator()), both(density))
    return no_rescale(tau, kept, both(density))


def drop(tau: torch.Tensor, density: float, generator: torch.Generator) -> torch.Tensor:
    """DARE's drop and rescale."""
    kept = mask(uniform_score(tau, generator), both(density))
    return inverse_density(tau, kept, both(density))


def test_trim_keeps_the_largest_by_hand():
    tau = torch.tensor([[0.1, -5.0, 3.0, 0.0, -3.5], [1.0, 1.0, -1.0, 1.0, 0.5]])
    expected = torch.tensor([[0.0, -5.0, 0.0, 0.0, -3.5], [1.0, 1.0, 0.0, 0.0, 0.0]])
    assert torch.equal(trim(tau, 0.4), expected)


@given(VECTORS, DENSITY)
@settings(max_examples=60, deadline=None)
def test_trim_keeps_exactly_the_share_asked_for(tau, density):
    kept = mask(magnitude_score(tau, torch.Generator()), both(density))
    assert (kept.sum(-1) == int(np.ceil(density * 7 - 1e-12))).all()
    for row, k in zip(tau.abs(), kept, strict=True):
        if not k.all():
            assert row[k].min() >= row[~k].max()


@pytest.mark.parametrize("score", [magnitude_score, uniform_score])
@pytest.mark.parametrize("rescale", [no_rescale, inverse_density])
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
    mean = sum(drop(tau, density, generator) for _ in range(draws)) / draws
    error = (mean - tau).abs()
    assert (error <= 5 * tau.abs() * ((1 - density) / (density * draws)) ** 0.5).all()


def test_a_seed_gives_the_same_masks_and_inputs_stay():
    tau = torch.randn(2, 30)
    before = tau.clone()
    a = drop(tau, 0.5, torch.Generator().manual_seed(7))
    b = drop(tau, 0.5, torch.Generator().manual_seed(7))
    assert torch.equal(a, b) and torch.equal(tau, before)
    assert not torch.equal(a, drop(tau, 0.5, torch.Generator().manual_seed(8)))
