"""What every recipe for merging must satisfy, on tensors drawn to be awkward.

Entries are few and dyadic: zeros, ties in sign and equal magnitudes are common, sums
are exact, and so these are equalities, not approximations.
"""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evophys_lib.merge import consensus, sparsify
from evophys_lib.merge.parameter_space import (
    DARE_TIES,
    TASK_ARITHMETIC,
    TIES,
    Recipe,
    draw_scores,
    merge,
)

DARE = Recipe(sparsify.uniform_score, sparsify.inverse_density, consensus.total)
RECIPES = pytest.mark.parametrize(
    "recipe",
    [TASK_ARITHMETIC, TIES, DARE, DARE_TIES],
    ids=["task arithmetic", "TIES", "DARE", "DARE-TIES"],
)
EXPERTS, SIZE, LAYERS = 3, 6, {"blocks.0.w": 0, "head.w": 1}
ENTRIES = st.sampled_from([-4.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0])
BASES = arrays(np.float64, (2, SIZE), elements=ENTRIES)
TAUS = arrays(np.float64, (2, EXPERTS, SIZE), elements=ENTRIES)
LAM = arrays(
    np.float64, (EXPERTS, 2), elements=st.sampled_from([-0.5, 0.0, 0.5, 1.0, 1.5])
)
DENSITIES = st.sampled_from([0.25, 0.5, 1.0])
SEEDS = st.integers(0, 100)
FEW = settings(max_examples=25)


def named(tensors):
    """One tensor per layer."""
    return {
        name: torch.from_numpy(np.ascontiguousarray(t))
        for name, t in zip(LAYERS, tensors, strict=True)
    }


def merged(recipe, base, taus, lam, density=1.0, seed=0, scores=None):
    """θ, both tensors stacked, (2, SIZE)."""
    vectors = named(taus)
    if scores is None:
        scores = draw_scores(vectors, recipe, seed=seed)
    out = merge(
        named(base), vectors, torch.as_tensor(lam), LAYERS,
        recipe=recipe, scores=scores, density=density,
    )  # fmt: skip
    return np.stack([w.numpy() for w in out.values()])


@RECIPES
@given(BASES, TAUS, DENSITIES, SEEDS)
@FEW
def test_zero_coefficients_return_the_base(recipe, base, taus, density, seed):
    out = merged(recipe, base, taus, np.zeros((EXPERTS, 2)), density, seed)
    assert np.array_equal(out, base)


@RECIPES
@given(BASES, TAUS, st.lists(st.integers(0, EXPERTS - 1), min_size=2, max_size=2))
@FEW
def test_one_hot_coefficients_return_that_expert_layer_by_layer(
    recipe, base, taus, chosen
):
    lam = np.zeros((EXPERTS, 2))
    lam[chosen, [0, 1]] = 1.0
    expected = [base[i] + taus[i, e] for i, e in enumerate(chosen)]
    assert np.array_equal(merged(recipe, base, taus, lam), expected)


@RECIPES
@given(BASES, TAUS, LAM, SEEDS)
@FEW
def test_density_one_is_as_if_nothing_were_sparsified(recipe, base, taus, lam, seed):
    whole = Recipe(None, sparsify.no_rescale, recipe.combine)
    assert np.array_equal(
        merged(recipe, base, taus, lam, 1.0, seed), merged(whole, base, taus, lam)
    )


@RECIPES
@given(BASES, TAUS, LAM, DENSITIES, SEEDS, st.permutations(range(EXPERTS)))
@FEW
def test_experts_can_be_permuted_with_their_coefficients_and_masks(
    recipe, base, taus, lam, density, seed, order
):
    order = list(order)
    scores = draw_scores(named(taus), recipe, seed=seed)
    moved = scores and {name: s[order] for name, s in scores.items()}
    one = merged(recipe, base, taus, lam, density, scores=scores)
    other = merged(recipe, base, taus[:, order], lam[order], density, scores=moved)
    # a mean of three is a division, whose rounding knows no order but whose sum does
    assert np.allclose(one, other, rtol=0, atol=1e-12)


@RECIPES
@given(BASES, TAUS, LAM, DENSITIES, SEEDS, st.sampled_from([0.25, 2.0, 8.0]))
@FEW
def test_the_step_from_the_base_is_homogeneous(
    recipe, base, taus, lam, density, seed, factor
):
    """Of degree 1 in the task vectors and in λ; the base itself has no part in it."""
    zero = np.zeros_like(base)
    step = merged(recipe, zero, taus, lam, density, seed)
    longer = merged(recipe, zero, factor * taus, lam, density, seed)
    heavier = merged(recipe, zero, taus, factor * lam, density, seed)
    assert np.allclose(longer, factor * step, rtol=1e-12, atol=0)
    assert np.allclose(heavier, factor * step, rtol=1e-12, atol=0)
    shifted = merged(recipe, base, taus, lam, density, seed)
    assert np.allclose(shifted, base + step, rtol=0, atol=1e-12)


@RECIPES
@given(BASES, TAUS, LAM, DENSITIES, SEEDS)
@FEW
def test_reversing_everything_reverses_the_step_where_no_signs_tie(
    recipe, base, taus, lam, density, seed
):
    """An odd function, except that a tie counts as +."""
    zero = np.zeros_like(base)
    scores = draw_scores(named(taus), recipe, seed=seed)
    there = merged(recipe, zero, taus, lam, density, scores=scores)
    back = merged(recipe, zero, -taus, lam, density, scores=scores)
    summing = Recipe(recipe.score, recipe.rescale, consensus.total)
    mass = merged(summing, zero, taus, lam, density, scores=scores)
    untied = mass != 0
    assert np.array_equal(back[untied], -there[untied])


@given(TAUS, DENSITIES)
@FEW
def test_ties_of_one_expert_keeps_or_drops_but_never_changes_an_entry(taus, density):
    alone = taus[:, :1]
    base = np.zeros((2, SIZE))
    out = merged(TIES, base, alone, np.ones((1, 2)), density)
    kept = out != 0
    assert np.array_equal(out[kept], alone[:, 0][kept])
    least_kept = np.where(kept, np.abs(out), np.inf).min(axis=1)
    largest_dropped = np.where(kept, 0, np.abs(alone[:, 0])).max(axis=1)
    assert (least_kept >= largest_dropped).all()


@given(TAUS, LAM, DENSITIES)
@FEW
def test_a_ties_merge_lies_within_what_the_experts_say(taus, lam, density):
    out = merged(TIES, np.zeros((2, SIZE)), taus, lam, density)
    weighted = lam.T[:, :, None] * taus  # (2, E, SIZE)
    assert (out <= np.maximum(weighted.max(1), 0)).all()
    assert (out >= np.minimum(weighted.min(1), 0)).all()


@given(
    arrays(np.float64, (2, 3), elements=ENTRIES),
    arrays(np.float64, (2, 1), elements=st.sampled_from([-0.5, 0.5, 1.0])),
    st.sampled_from([0.25, 0.5, 0.75]),
)
@settings(max_examples=8)
def test_dare_is_unbiased_over_all_masks_and_its_election_is_not(tau, lam, density):
    """Σ over the 2^6 masks of probability × merge, exactly."""
    base = {"w": torch.zeros(3, dtype=torch.float64)}
    vectors, coefficients = {"w": torch.from_numpy(tau)}, torch.from_numpy(lam)
    masks = torch.tensor(list(itertools.product([False, True], repeat=6)))
    kept = masks.view(-1, 2, 3)
    probability = [density**n * (1 - density) ** (6 - n) for n in masks.sum(1).tolist()]
    assert math.isclose(sum(probability), 1, rel_tol=1e-12)
    means = {}
    for label, recipe in (("sum", DARE), ("election", DARE_TIES)):
        means[label] = sum(
            p
            * merge(
                base, vectors, coefficients, {"w": 0}, recipe=recipe,
                scores={"w": torch.where(m, 0.0, 2.0)}, density=density,
            )["w"].numpy()
            for p, m in zip(probability, kept, strict=True)
        )  # fmt: skip
    whole = (lam * tau).sum(0)
    assert np.allclose(means["sum"], whole, rtol=0, atol=1e-12)
    opposed = (lam * tau).prod(0) < 0
    biased = np.abs(means["election"] - whole) > 1e-12
    assert np.array_equal(biased, opposed)
