"""Merging, twice over: by the library, and by loops written from the papers.

The loops know nothing of torch, of broadcasting, or of the library's split into
score, rescale and combine: every number is made from the formula that defines it.
"""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evophys_lib.merge.model_stock import model_stock
from evophys_lib.merge.parameter_space import (
    DARE_TIES,
    TIES,
    draw_scores,
    merge,
    task_arithmetic,
)
from evophys_lib.merge.slerp import slerp

# Two layers, the first of two tensors: what is done tensor by tensor (sparsifying)
# and what is done layer by layer (coefficients, angles) must not be mixed up.
SHAPES = {"blocks.0.w": (2, 3), "blocks.0.b": (4,), "head.w": (5,)}
LAYERS = {"blocks.0.w": 0, "blocks.0.b": 0, "head.w": 1}
SIZE = sum(math.prod(shape) for shape in SHAPES.values())


def split(flat, dtype=torch.float64):
    """Tensors by name from rows of SIZE numbers, (…, SIZE)."""
    weights, at = {}, 0
    for name, shape in SHAPES.items():
        end = at + math.prod(shape)
        part = np.asarray(flat)[..., at:end]
        weights[name] = torch.tensor(part).reshape(*part.shape[:-1], *shape).to(dtype)
        at = end
    return weights


def together(weights):
    """All numbers of a model in the order of SHAPES, (SIZE,)."""
    return np.concatenate([weights[n].numpy().ravel() for n in SHAPES])


def tensors():
    """(first, behind the last, layer) of every tensor in a flat row."""
    at = 0
    for name, shape in SHAPES.items():
        yield at, at + math.prod(shape), LAYERS[name]
        at += math.prod(shape)


def thinned(base, vectors, coefficients, layers, *, recipe, density, seed=0):
    """A merge by a recipe that thins, its scores drawn from a seed."""
    scores = draw_scores(vectors, recipe, seed=seed)
    return merge(
        base, vectors, coefficients, layers,
        recipe=recipe, scores=scores, density=density,
    )  # fmt: skip


# --- loops --------------------------------------------------------------------


def loop_task_arithmetic(base, taus, lam):
    merged = list(base)
    for first, end, layer in tensors():
        for p in range(first, end):
            for e in range(len(taus)):
                merged[p] += lam[e][layer] * taus[e][p]
    return np.array(merged)


def elected(column):
    """The entries of a column that have the sign with the larger mass."""
    positive = sum(v for v in column if v > 0)
    negative = -sum(v for v in column if v < 0)
    if positive >= negative:
        return [v for v in column if v > 0]
    return [v for v in column if v < 0]


def loop_ties(base, taus, lam, density):
    """Algorithm 1 of TIES, tensor by tensor, λ before the election."""
    merged = list(base)
    for first, end, layer in tensors():
        kept = []
        for e in range(len(taus)):
            k = math.ceil(density * (end - first) - 1e-12)
            places = sorted(range(first, end), key=lambda p: (-abs(taus[e][p]), p))
            kept.append(set(places[:k]))
        for p in range(first, end):
            column = [
                lam[e][layer] * taus[e][p] if p in kept[e] else 0.0
                for e in range(len(taus))
            ]
            agree = elected(column)
            if agree:
                merged[p] += sum(agree) / len(agree)
    return np.array(merged)


def loop_dare_ties(base, taus, lam, masks, density):
    """DARE's equations 2 to 4 with given masks, election, sum of those that agree."""
    merged = list(base)
    for first, end, layer in tensors():
        for p in range(first, end):
            column = []
            for e in range(len(taus)):
                dropped = taus[e][p] if masks[e][p] else 0.0
                column.append(lam[e][layer] * (dropped / density[e]))
            merged[p] += sum(elected(column))
    return np.array(merged)


def layer_places(layer):
    return [p for first, end, at in tensors() if at == layer for p in range(first, end)]


def loop_cosine(a, b):
    product = sum(x * y for x, y in zip(a, b, strict=True))
    return product / math.sqrt(sum(x * x for x in a)) / math.sqrt(sum(y * y for y in b))


def loop_slerp(a, b, t):
    """Shoemake's formula on the vector of each layer."""
    merged = [0.0] * len(a)
    for layer in set(LAYERS.values()):
        places = layer_places(layer)
        omega = math.acos(loop_cosine([a[p] for p in places], [b[p] for p in places]))
        for p in places:
            merged[p] = math.sin((1 - t[layer]) * omega) / math.sin(omega) * a[p]
            merged[p] += math.sin(t[layer] * omega) / math.sin(omega) * b[p]
    return np.array(merged)


def loop_model_stock(base, taus):
    """t = k cos θ / (1 + (k − 1) cos θ), cos θ averaged over pairs, not below 0."""
    merged, k = list(base), len(taus)
    for layer in set(LAYERS.values()):
        places = layer_places(layer)
        cosines = [
            loop_cosine([taus[i][p] for p in places], [taus[j][p] for p in places])
            for i in range(k)
            for j in range(i)
        ]
        cosine = max(0.0, sum(cosines) / len(cosines))
        t = k * cosine / (1 + (k - 1) * cosine)
        for p in places:
            mean = sum(taus[e][p] for e in range(k)) / k
            merged[p] = t * (base[p] + mean) + (1 - t) * base[p]
    return np.array(merged)


# --- the library against the loops --------------------------------------------

# few distinct values, so that zeros, ties in sign and equal magnitudes are common;
# dyadic, so that sums are exact and a tie is a tie
ENTRIES = st.sampled_from([-4.0, -2.0, -1.0, -0.25, 0.0, 0.25, 1.0, 2.0, 4.0])
LAMBDAS = st.sampled_from([-0.5, 0.0, 0.5, 1.0, 1.5])
BASES = arrays(np.float64, (SIZE,), elements=ENTRIES)
TAUS = arrays(np.float64, (3, SIZE), elements=ENTRIES)
LAM = arrays(np.float64, (3, 2), elements=LAMBDAS)
MASKS = arrays(bool, (3, SIZE))
FEW = settings(max_examples=40)


def given_masks(masks, density):
    """Scores whose comparison with the density is the given mask."""
    scores = np.where(masks, 0.0, 2.0)
    return {name: s.flatten(1) for name, s in split(scores).items()}


@given(BASES, TAUS, LAM)
@FEW
def test_task_arithmetic_is_the_loop(base, taus, lam):
    out = task_arithmetic(split(base), split(taus), torch.from_numpy(lam), LAYERS)
    assert np.array_equal(together(out), loop_task_arithmetic(base, taus, lam))


@given(BASES, TAUS, LAM, st.sampled_from([0.2, 0.25, 0.5, 0.75, 1.0]))
@FEW
def test_ties_is_the_loop(base, taus, lam, density):
    out = thinned(
        split(base), split(taus), torch.from_numpy(lam), LAYERS,
        recipe=TIES, density=density,
    )  # fmt: skip
    expected = loop_ties(base, taus, lam, density)
    assert np.allclose(together(out), expected, rtol=0, atol=1e-12)


@given(BASES, TAUS, LAM, MASKS, arrays(float, 3, elements=st.sampled_from([0.25, 1.0])))
@FEW
def test_dare_ties_with_given_masks_is_the_loop(base, taus, lam, masks, density):
    out = merge(
        split(base), split(taus), torch.from_numpy(lam), LAYERS, recipe=DARE_TIES,
        scores=given_masks(masks, density), density=torch.from_numpy(density),
    )  # fmt: skip
    expected = loop_dare_ties(base, taus, lam, masks, density)
    assert np.allclose(together(out), expected, rtol=0, atol=1e-12)


@given(BASES, TAUS, st.lists(st.floats(0, 1), min_size=2, max_size=2))
@FEW
def test_slerp_is_the_loop(base, taus, t):
    a, b = base + 0.1, base + taus[0] + np.linspace(0.1, 0.5, SIZE)
    out = slerp(split(a), split(b), torch.tensor(t, dtype=torch.float64), LAYERS)
    assert np.allclose(together(out), loop_slerp(a, b, t), rtol=0, atol=1e-6)


@given(BASES, TAUS, st.floats(0, 3))
@FEW
def test_model_stock_is_the_loop(base, taus, common):
    """`common` to all experts moves their angle from obtuse to acute."""
    taus = taus + common + 0.01 * np.arange(SIZE)
    out = model_stock(split(base), split(taus), LAYERS)
    assert np.allclose(together(out), loop_model_stock(base, taus), rtol=0, atol=1e-9)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_unequal_norms_agree_to_a_millionth_in_either_precision(dtype):
    rng = np.random.default_rng(0)
    # rounded to float32, so that both precisions are asked the same
    base = rng.normal(size=SIZE).astype(np.float32)
    taus = rng.normal(size=(3, SIZE)) + 0.3
    taus = (taus * [[1.0], [1e-3], [20.0]]).astype(np.float32)
    lam = rng.uniform(-0.5, 1.5, size=(3, 2)).astype(np.float32)
    density = np.array([0.4, 0.9, 0.6])
    weights, vectors = split(base, dtype), split(taus, dtype)
    coefficients = torch.from_numpy(lam)

    scores = draw_scores(vectors, DARE_TIES, seed=5)
    flat = np.concatenate([scores[n].numpy() for n in SHAPES], axis=1)
    masks = flat < density[:, None]
    dropped = thinned(
        weights, vectors, coefficients, LAYERS,
        recipe=DARE_TIES, density=torch.from_numpy(density), seed=5,
    )  # fmt: skip
    trimmed = thinned(weights, vectors, coefficients, LAYERS, recipe=TIES, density=0.3)
    summed = task_arithmetic(weights, vectors, coefficients, LAYERS)
    a, b = ({n: v[e] for n, v in vectors.items()} for e in (0, 2))
    arc = slerp(a, b, torch.tensor([0.3, 0.8]), LAYERS)
    stock = model_stock(weights, vectors, LAYERS)

    base, taus, lam = base.astype(float), taus.astype(float), lam.astype(float)
    for out, expected in (
        (summed, loop_task_arithmetic(base, taus, lam)),
        (trimmed, loop_ties(base, taus, lam, 0.3)),
        (dropped, loop_dare_ties(base, taus, lam, masks, density)),
        (arc, loop_slerp(taus[0], taus[2], np.float32([0.3, 0.8]).astype(float))),
        (stock, loop_model_stock(base, taus)),
    ):
        scale = np.abs(expected).max()
        assert np.allclose(together(out) / scale, expected / scale, rtol=0, atol=1e-6)


# --- by hand ------------------------------------------------------------------


def single(rows):
    """A base of zeros with one tensor in one layer."""
    vectors = {"head.w": torch.tensor(rows, dtype=torch.float64)}
    return {"head.w": torch.zeros_like(vectors["head.w"][0])}, vectors, {"head.w": 0}


def test_ties_by_hand():
    """Keep 60 %, λ = 1: [3, 0, 2, 0, −1] and [−1, 5, 4, 0, 0] are left."""
    base, vectors, layers = single([[3.0, -0.1, 2.0, 0.2, -1.0], [-1, 5, 4, 0.1, 0.3]])
    lam = torch.ones(2, 1)
    out = thinned(base, vectors, lam, layers, recipe=TIES, density=0.6)["head.w"]
    assert out.tolist() == pytest.approx([3.0, 5.0, 3.0, 0.0, -1.0])


def test_dare_ties_by_hand():
    """Masks 1011 and 0111, density 1/2, λ = (1, 1/2): δ = [2, 0, 4, −2], [0, 3, −4, 2].

    The third and fourth entries tie; a tie is +.
    """
    base, vectors, layers = single([[1.0, 9.0, 2.0, -1.0], [9.0, 3.0, -4.0, 2.0]])
    scores = {"head.w": torch.tensor([[0, 1, 0, 0], [1, 0, 0, 0]]).double()}
    lam = torch.tensor([[1.0], [0.5]])
    out = merge(
        base, vectors, lam, layers, recipe=DARE_TIES, scores=scores, density=0.5
    )["head.w"]
    assert out.tolist() == [2.0, 3.0, 4.0, 2.0]


def test_slerp_by_hand():
    """A third of the way from (2, 0) to (0, 1): 2 sin 60°, 1 sin 30°."""
    a, b = {"head.w": torch.tensor([2.0, 0])}, {"head.w": torch.tensor([0, 1.0])}
    out = slerp(a, b, 1 / 3, {"head.w": 0})["head.w"]
    assert out.tolist() == pytest.approx([math.sqrt(3), 0.5], abs=1e-6)


@pytest.mark.parametrize(
    ("rows", "ratio"),
    [
        ([[2, 0], [1, math.sqrt(3)]], 2 / 3),  # 60°: 2 · ½ / (1 + ½)
        ([[1, 0, 0], [1, 1, 0], [1, 0, 1]], 3 * 0.6380712 / (1 + 2 * 0.6380712)),
    ],
)
def test_model_stock_by_hand(rows, ratio):
    """Mean cosine of the second: (2/√2 + 1/2)/3 = 0.6380712."""
    base, vectors, layers = single(rows)
    out = model_stock(base, vectors, layers)["head.w"]
    assert out.tolist() == pytest.approx(
        (ratio * np.mean(rows, axis=0)).tolist(), abs=1e-6
    )
