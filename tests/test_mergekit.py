"""Merging by mergekit, whose answers on small tensors are stored beside its name.

`mergekit/make.py` makes them anew. What mergekit combines differently is combined
from the same parts here, so that the parts are compared, not the habits.
"""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from evophys_lib.merge import consensus, sparsify
from evophys_lib.merge.model_stock import mean_cosine, model_stock
from evophys_lib.merge.parameter_space import (
    TASK_ARITHMETIC,
    TIES,
    Recipe,
    draw_scores,
    merge,
)
from evophys_lib.merge.slerp import slerp


def l1_ratio(vectors, kept, density):
    """m ⊙ τ · ‖τ‖₁ / ‖m ⊙ τ‖₁: mergekit's rescaling, zero where nothing is kept."""
    dropped = vectors * kept
    left, whole = (v.abs().sum(-1, keepdim=True) for v in (dropped, vectors))
    return dropped * (whole / torch.where(left > 0, left, 1))


CASES = json.loads((Path(__file__).parent / "mergekit" / "cases.json").read_text())
RULES = {
    "task_arithmetic": TASK_ARITHMETIC,
    "ties_normalized": Recipe(
        sparsify.magnitude_score, sparsify.no_rescale, consensus.disjoint_weighted_mean
    ),
    "ties_sum": Recipe(
        sparsify.magnitude_score, sparsify.no_rescale, consensus.disjoint_sum
    ),
    "dare_ties_l1": Recipe(sparsify.uniform_score, l1_ratio, consensus.disjoint_sum),
    "dare_ties_l1_normalized": Recipe(
        sparsify.uniform_score, l1_ratio, consensus.disjoint_weighted_mean
    ),
}


def tensor(rows):
    return torch.tensor(rows, dtype=torch.float64)


def merged_as_theirs(case, recipe):
    base = {"head.w": tensor(case["base"])}
    vectors = {"head.w": tensor(case["vectors"])}
    scores = draw_scores(vectors, recipe, seed=0)
    if recipe.score is sparsify.uniform_score:
        scores = {"head.w": torch.tensor(case["masks"]).logical_not().double() * 2}
    return merge(
        base, vectors, tensor(case["weights"])[:, None], {"head.w": 0},
        recipe=recipe, scores=scores, density=tensor(case["density"]),
    )["head.w"].tolist()  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("rule", RULES)
def test_our_parts_make_mergekits_merges(name, rule):
    case = CASES[name]
    expected = case["merged"][rule]
    out = merged_as_theirs(case, RULES[rule])
    assert out == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_their_ties_is_the_papers_where_weights_are_equal():
    """Dividing by the number that agree or by their weights is then the same."""
    case = CASES["equal weights"]
    expected = case["merged"]["ties_normalized"]
    assert merged_as_theirs(case, TIES) == pytest.approx(expected, abs=1e-6)
    unequal = CASES["unequal lengths"]
    theirs = unequal["merged"]["ties_normalized"]
    assert merged_as_theirs(unequal, TIES) != pytest.approx(theirs, abs=1e-2)


@pytest.mark.parametrize("name", CASES)
def test_slerp_is_mergekits_on_one_tensor(name):
    case = CASES[name]
    base, vectors = np.array(case["base"]), np.array(case["vectors"])
    a, b = ({"head.w": torch.from_numpy(base + v)} for v in vectors[:2])
    for t, expected in zip(case["shares"], case["merged"]["slerp"], strict=True):
        out = slerp(a, b, t, {"head.w": 0})["head.w"].tolist()
        assert out == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_model_stock_is_mergekits_where_the_angle_is_acute():
    acute = []
    for case in CASES.values():
        base, vectors = tensor(case["base"]), tensor(case["vectors"])
        out = model_stock({"w": base}, {"w": vectors}, {"w": 0})["w"]
        theirs = tensor(case["merged"]["model_stock"])
        acute.append(bool(mean_cosine(vectors) > 0))
        if acute[-1]:
            assert torch.allclose(out, theirs, rtol=1e-6, atol=1e-6)
        else:  # theirs steps away from the experts, ours stays
            assert torch.equal(out, base)
            assert (theirs - base) @ vectors.mean(0) < 0
    assert set(acute) == {True, False}
