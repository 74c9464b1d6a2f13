"""Merging in parameter space: identities and hand-computed values.

What holds for any tensors is in `test_merge_properties`, agreement with the papers'
formulas in `test_merge_reference`, with mergekit in `test_mergekit`.
"""

import pytest
import torch
from lineages import assert_same, lineage

from evophys_lib.errors import ParameterError
from evophys_lib.merge.consensus import (
    disjoint_mean,
    disjoint_sum,
    disjoint_weighted_mean,
    elect,
    total,
)
from evophys_lib.merge.parameter_space import (
    DARE_TIES,
    TASK_ARITHMETIC,
    TIES,
    draw_scores,
    merge,
    task_arithmetic,
)
from evophys_lib.merge.task_vectors import apply

RECIPES = pytest.mark.parametrize("recipe", [TASK_ARITHMETIC, TIES, DARE_TIES])


def merged(f, coefficients, recipe, density=1.0, seed=0):
    scores = draw_scores(f.vectors, recipe, seed=seed)
    return merge(
        f.base, f.vectors, coefficients, f.layers,
        recipe=recipe, scores=scores, density=density,
    )  # fmt: skip


# --- identities ---------------------------------------------------------------


@RECIPES
def test_zero_coefficients_return_the_base(recipe):
    f = lineage()
    assert_same(merged(f, torch.zeros(2, 3), recipe, density=0.5), f.base)


@RECIPES
@pytest.mark.parametrize("which", [0, 1])
def test_one_hot_coefficients_return_that_expert(recipe, which):
    f = lineage()
    coefficients = torch.zeros(2, 3)
    coefficients[which] = 1.0
    expert = f.experts[f.names[which]]
    assert_same(merged(f, coefficients, recipe), expert, 1e-14)


@RECIPES
def test_a_coefficient_moves_its_own_layer_only(recipe):
    f = lineage()
    coefficients = torch.zeros(2, 3)
    coefficients[0, 1] = 1.0
    out = merged(f, coefficients, recipe)
    for name, layer in f.layers.items():
        moved = not torch.equal(out[name], f.base[name])
        assert moved == (layer == 1), name


def test_task_arithmetic_is_linear_in_the_coefficients():
    f = lineage()
    lam = torch.tensor([[0.3] * 3, [0.8] * 3], dtype=torch.float64)
    one = apply(f.base, {n: v[0] for n, v in f.vectors.items()}, scale=0.3)
    both = apply(one, {n: v[1] for n, v in f.vectors.items()}, scale=0.8)
    assert_same(task_arithmetic(f.base, f.vectors, lam, f.layers), both, 1e-14)


@RECIPES
def test_a_generation_equals_one_candidate_at_a_time(recipe):
    f = lineage()
    lam = torch.randn(7, 2, 3, dtype=torch.float64)
    density = 0.3 + 0.7 * torch.rand(7, 2, dtype=torch.float64)
    together = merged(f, lam, recipe, density)
    for c in range(7):
        alone = merged(f, lam[c], recipe, density[c])
        assert_same({n: w[c] for n, w in together.items()}, alone, 1e-14)


@RECIPES
def test_inputs_are_never_mutated(recipe):
    f, copy = lineage(), lineage()
    out = merged(f, torch.rand(4, 2, 3), recipe, density=0.6)
    for tensor in out.values():
        tensor.zero_()
    assert_same(f.base, copy.base)
    for name in f.names:
        assert_same(f.experts[name], copy.experts[name])
    assert_same(f.vectors, copy.vectors)


def test_coefficients_can_be_learned_by_gradient():
    f = lineage()
    lam = torch.full((2, 3), 0.5, requires_grad=True)
    out = merged(f, lam, DARE_TIES, density=0.8)
    sum(w.square().sum() for w in out.values()).backward()
    assert (lam.grad != 0).all()


# --- by hand ------------------------------------------------------------------

DELTA = torch.tensor(
    [
        [2.0, -1.0, 1.0, 0.0, 0.0, -3.0],
        [1.0, 4.0, -1.0, -2.0, 0.0, -1.0],
    ]
)
LAM = torch.tensor([0.5, 2.0])


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (total, [3.0, 3.0, 0.0, -2.0, 0.0, -4.0]),
        # the tie of column 3 counts as +: expert 0 alone agrees
        (disjoint_sum, [3.0, 4.0, 1.0, -2.0, 0.0, -4.0]),
        (disjoint_mean, [1.5, 4.0, 1.0, -2.0, 0.0, -2.0]),
        # divided by λ kept: 2.5, 2, 0.5, 2, none, 2.5
        (disjoint_weighted_mean, [1.2, 2.0, 2.0, -1.0, 0.0, -1.6]),
    ],
)
def test_consensus_by_hand(rule, expected):
    assert rule(DELTA, LAM).tolist() == pytest.approx(expected, abs=1e-7)


def test_elect_counts_mass_not_votes():
    weighted = torch.tensor([[5.0], [-1.0], [-1.0]])
    assert elect(weighted).item() == 1.0


def test_a_common_factor_cancels_only_under_normalisation():
    assert torch.allclose(
        disjoint_weighted_mean(3 * DELTA, 3 * LAM), disjoint_weighted_mean(DELTA, LAM)
    )
    for rule in (disjoint_sum, disjoint_mean):
        assert torch.allclose(rule(3 * DELTA, 3 * LAM), 3 * rule(DELTA, LAM))


# --- refusals -----------------------------------------------------------------


@pytest.mark.parametrize("density", [0.0, -1.0, 1.5, float("nan")])
def test_a_density_outside_its_range_is_refused(density):
    f = lineage()
    with pytest.raises(ParameterError, match="density"):
        merged(f, torch.zeros(2, 3), TIES, density=density)


def test_coefficients_of_too_few_experts_and_missing_scores_are_refused():
    f = lineage()
    with pytest.raises(ParameterError, match="coefficients"):
        merged(f, torch.zeros(1, 3), TASK_ARITHMETIC)
    with pytest.raises(ParameterError, match="draw_scores"):
        merge(f.base, f.vectors, torch.zeros(2, 3), f.layers, recipe=DARE_TIES)
