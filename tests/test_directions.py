"""Directions as a space of merges: what they contain and what they do not depend on."""

import numpy as np
import pytest
import torch
from lineages import assert_same, lineage, perturbed

from evophys_lib.errors import ParameterError
from evophys_lib.merge.directions import Directions, evenly
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.merge.random_vectors import spectrum_matched
from evophys_lib.worldmodel.rollout import unstack

THREE = ("heat", "burgers", "drift")


def only(directions, candidate):
    return unstack(directions.models(candidate[None]))[0]


def arithmetic(family, shares):
    rows = [[shares[n]] * (family.blocks + 1) for n in family.names]
    lam = torch.tensor(rows, dtype=torch.float64)
    return task_arithmetic(family.base, family.vectors, lam, family.layers)


@pytest.mark.parametrize("rank", [1, 2, 100])
@pytest.mark.parametrize("names", [THREE[:2], THREE])
def test_equal_coefficients_are_task_arithmetic(rank, names):
    family = lineage(names=names)
    directions = Directions(family, rank)
    shares = dict(zip(names, (0.3, -0.7, 0.2), strict=False))
    soup = 1 / len(names)
    expected = arithmetic(family, {n: soup + share for n, share in shares.items()})
    assert_same(only(directions, evenly(directions, shares)), expected, 1e-12)


@pytest.mark.parametrize("rank", [1, 3])
def test_minus_the_start_takes_an_expert_out(rank):
    family = lineage()
    directions = Directions(family, rank, start=(0.25, 1.0))
    alone = only(directions, evenly(directions, {"heat": -0.25}))
    assert_same(alone, family.experts["burgers"], 1e-12)


def test_nothing_is_the_start_and_the_embedding_stays():
    family = lineage()
    found = only(Directions(family, 2), np.zeros(len(Directions(family, 2))))
    assert_same(found, arithmetic(family, {"heat": 0.5, "burgers": 0.5}), 1e-12)
    for name in family.base:
        if name.startswith("embed."):
            assert torch.equal(found[name], family.base[name])


def test_full_rank_has_a_number_for_every_singular_value():
    family = lineage()
    full = Directions(family, 100)
    tensors = {n: w for n, w in family.base.items() if family.layers[n] is not None}
    ranks = [min(w.shape) if w.ndim == 2 else 1 for w in tensors.values()]
    assert len(full) == 2 * sum(ranks)
    assert len(Directions(family, 1)) == 2 * sum(1 + (r > 1) for r in ranks)
    # one triple alone moves a matrix by σ u vᵀ
    index = full.names.index(("burgers", "blocks.0.up.weight", 1))
    moved = only(full, np.eye(len(full))[index])["blocks.0.up.weight"]
    start = only(full, np.zeros(len(full)))["blocks.0.up.weight"]
    u, sigma, v = torch.linalg.svd(family.vectors["blocks.0.up.weight"][1])
    expected = sigma[1] * torch.outer(u[:, 1], v[1])
    torch.testing.assert_close(moved - start, expected, rtol=0, atol=1e-12)


def test_the_span_turns_with_the_task_vectors():
    """Rotating the output space of a matrix rotates all that its directions give."""
    family, name = lineage(), "blocks.1.up.weight"
    turn = torch.linalg.qr(torch.randn(10, 10, dtype=torch.float64))[0]
    experts = {
        e: w | {name: family.base[name] + turn @ (w[name] - family.base[name])}
        for e, w in family.experts.items()
    }
    turned = type(family)(family.predictor, family.base, experts)
    plain, other = Directions(family, 2), Directions(turned, 2)
    c = np.random.default_rng(0).normal(size=len(plain))
    moved, rotated = (only(d, c)[name] - family.base[name] for d in (plain, other))
    torch.testing.assert_close(rotated, turn @ moved, rtol=0, atol=1e-12)


def test_candidates_at_once_are_the_same_as_one_by_one():
    directions = Directions(lineage(), 2)
    candidates = np.random.default_rng(0).normal(size=(4, len(directions)))
    together = unstack(directions.models(candidates))
    for one, candidate in zip(together, candidates, strict=True):
        assert_same(one, only(directions, candidate), 1e-12)


def test_a_bank_may_hold_other_task_vectors():
    family = lineage()
    third = perturbed(family.base, 7)
    vector = {n: third[n] - family.base[n] for n in family.base}
    directions = Directions(family, 1, start=(1.0, 0.0), bank={"third": vector})
    found = only(directions, evenly(directions, {"third": 1.0}))
    expected = {n: family.experts["heat"][n] + vector[n] for n in family.base}
    assert_same(found, expected, 1e-12)


def test_random_directions_have_the_same_singular_values_and_lengths():
    family = lineage()
    (heat, _), generator = unstack(family.vectors), torch.Generator().manual_seed(0)
    drawn = spectrum_matched(heat, generator)
    for name, tau in heat.items():
        if tau.ndim == 2:
            values, wanted = (
                torch.linalg.svdvals(drawn[name]),
                torch.linalg.svdvals(tau),
            )
            torch.testing.assert_close(values, wanted, rtol=1e-10, atol=1e-12)
        else:
            torch.testing.assert_close(drawn[name].norm(), tau.norm())
        if tau.any():
            inner = (drawn[name] * tau).sum() / tau.norm() ** 2
            assert abs(inner) < 0.9
    again = spectrum_matched(heat, torch.Generator().manual_seed(0))
    assert_same(drawn, again)


def drawn(family, seed=0):
    """λ per expert and layer, (E, n_layers)."""
    shape = len(family.names), family.blocks + 1
    return np.random.default_rng(seed).normal(size=shape)


@pytest.mark.parametrize("names", [THREE[:2], THREE])
@pytest.mark.parametrize("given", [np.asarray, np.ndarray.tolist])
def test_a_start_per_layer_is_the_merge_of_parameter_space(names, given):
    family = lineage(names=names)
    lam = drawn(family)
    directions = Directions(family, 2, start=given(lam))

    def merge(coefficients):
        lam = torch.from_numpy(coefficients)
        return task_arithmetic(family.base, family.vectors, lam, family.layers)

    found = only(directions, np.zeros(len(directions)))
    assert_same(found, merge(lam), 1e-12)
    shares = dict(zip(names, (0.3, -0.7, 0.2), strict=False))
    moved = merge(lam + np.array(list(shares.values()))[:, None])
    assert_same(only(directions, evenly(directions, shares)), moved, 1e-12)


def test_equal_numbers_in_all_layers_are_one_per_expert():
    family = lineage(blocks=1)  # as many layers as experts: rows are experts
    rows = [[0.25] * 2, [1.0] * 2]
    layered, plain = (Directions(family, 2, start=s) for s in (rows, (0.25, 1.0)))
    c = np.random.default_rng(0).normal(size=len(plain))
    assert_same(only(layered, c), only(plain, c), 1e-12)


@pytest.mark.parametrize("layered", [False, True])
def test_a_filter_that_admits_nothing_leaves_the_start(layered):
    family = lineage()
    start = drawn(family) if layered else ()
    fixed = Directions(family, 2, start, tensors=lambda name: False)
    free = Directions(family, 2, start)
    assert len(fixed) == 0
    assert fixed.names == []
    together = fixed.models(np.zeros((3, 0)))
    for found in unstack(together):
        assert_same(found, only(free, np.zeros(len(free))))
    assert len(unstack(together)) == 3


@pytest.mark.parametrize("tensor", ["blocks.1.up.weight", "head.0.bias"])
def test_a_filter_on_one_tensor_moves_that_one_alone(tensor):
    family = lineage()
    free, one = Directions(family, 2), Directions(family, 2, tensors=tensor.__eq__)
    inside = np.array([name == tensor for _, name, _ in free.names])
    assert one.names == [name for name in free.names if name[1] == tensor]
    c = np.random.default_rng(0).normal(size=len(free))
    found = only(one, c[inside])
    assert_same(found, only(free, np.where(inside, c, 0.0)))
    start = only(free, np.zeros(len(free)))
    changed = [name for name in start if not torch.equal(found[name], start[name])]
    assert changed == [tensor]


def test_no_filter_moves_the_embedding():
    free = Directions(lineage(), 2)
    assert Directions(lineage(), 2, tensors=lambda name: True).names == free.names
    shared = Directions(lineage(), 2, tensors=lambda name: name.startswith("embed."))
    assert len(shared) == 0


@pytest.mark.parametrize(
    "start",
    [
        (1.0,),
        0.5,
        np.ones((2, 2)),  # without the head
        np.ones((3, 2)),  # layers first
        np.ones((1, 2, 3)),
        ((1.0, 1.0, 1.0), (1.0,)),
        ("soup", "PS"),
    ],
)
def test_a_start_of_another_shape_says_what_is_allowed(start):
    words = "start = .*2 numbers, one per expert, or 2 rows of 3, one per layer.*soup"
    with pytest.raises(ParameterError, match=f"(?s){words}"):
        Directions(lineage(), start=start)


@pytest.mark.parametrize("changes", [{"rank": 0}, {"start": (1.0,)}])
def test_a_bad_argument_is_named(changes):
    with pytest.raises(ParameterError, match=next(iter(changes))):
        Directions(lineage(), **changes)
