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


@pytest.mark.parametrize("changes", [{"rank": 0}, {"start": (1.0,)}])
def test_a_bad_argument_is_named(changes):
    with pytest.raises(ParameterError, match=next(iter(changes))):
        Directions(lineage(), **changes)
