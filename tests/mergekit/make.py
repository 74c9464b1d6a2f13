"""What mergekit gives on small tensors, as numbers for `test_mergekit.py`.

    python tests/mergekit/make.py

Needs mergekit 0.1.5, in an environment of its own: it asks for other versions of what
this book pins. Only its answers are kept, in `cases.json` beside this file.
"""

import json
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from mergekit.merge_methods.base import TensorGroup
from mergekit.merge_methods.generalized_task_arithmetic import (
    ConsensusMethod,
    GeneralizedTaskArithmeticMerge,
    SparsificationMethod,
)
from mergekit.merge_methods.model_stock import model_stock_merge_method
from mergekit.merge_methods.slerp import slerp

SHARES = (0.0, 0.25, 0.5, 0.9, 1.0)


def method(consensus, sparsification, *, normalize, rescale):
    return GeneralizedTaskArithmeticMerge(
        consensus_method=consensus,
        sparsification_method=sparsification,
        default_normalize=normalize,
        default_rescale=rescale,
        method_name="",
        method_pretty_name=None,
        method_reference_url=None,
    )


SUM, TOP = ConsensusMethod.sum, SparsificationMethod.magnitude
DROP = SparsificationMethod.random
METHODS = {
    "task_arithmetic": method(None, None, normalize=False, rescale=False),
    "ties_normalized": method(SUM, TOP, normalize=True, rescale=False),
    "ties_sum": method(SUM, TOP, normalize=False, rescale=False),
    "dare_ties_l1": method(SUM, DROP, normalize=False, rescale=True),
    "dare_ties_l1_normalized": method(SUM, DROP, normalize=True, rescale=True),
}


def answers(base, experts, weights, density, masks):
    """Every method's merge of one tensor; random masks are the given ones."""
    group = TensorGroup.from_tensors([base, *experts], base_index=0)
    merged = {}
    for name, rule in METHODS.items():
        given = iter(masks)
        with patch("torch.bernoulli", lambda p, given=given: next(given).to(p)):
            merged[name] = rule.merge_group(
                group,
                weight=dict(enumerate(weights, start=1)),
                density=dict(enumerate(density, start=1)),
                normalize=rule.default_normalize,
                rescale=rule.default_rescale,
                int8_mask=False,
                **{"lambda": 1.0},
            ).tolist()
    merged["model_stock"] = model_stock_merge_method.merge_group(group).tolist()
    a, b = experts[0][None], experts[1][None]
    merged["slerp"] = [slerp(torch.tensor([t]), a, b)[0].tolist() for t in SHARES]
    return merged


def case(base, vectors, weights, density, masks):
    """The inputs of a case and what mergekit makes of them."""
    base, vectors = torch.tensor(base).double(), torch.tensor(vectors).double()
    masks = torch.tensor(masks)
    return {
        "base": base.tolist(),
        "vectors": vectors.tolist(),
        "weights": weights,
        "density": density,
        "masks": masks.int().tolist(),
        "shares": SHARES,
        "merged": answers(base, list(base + vectors), weights, density, masks),
    }


def cases():
    """Ties in sign and zeros; three experts of very different length; float noise."""
    yield (
        "ties and zeros",
        case(
            [1.0, -2.0, 0.5, 0.0, 4.0, -0.25, 3.0, 1.0],
            [
                [4.0, -2.0, 0.0, 1.0, -0.5, 0.25, 3.0, 0.125],
                [-2.0, 1.0, 0.0, -4.0, 0.5, 0.25, -3.5, 0.0625],
            ],
            [0.5, 1.0],
            [0.75, 0.5],
            [[1, 0, 1, 1, 1, 0, 1, 1], [1, 1, 0, 0, 1, 1, 1, 0]],
        ),
    )
    rng = np.random.default_rng(0)
    lengths = np.array([[1.0], [1e-2], [30.0]])
    yield (
        "unequal lengths",
        case(
            rng.normal(size=10).round(4),
            (rng.normal(size=(3, 10)).round(4) + 0.3) * lengths,
            [0.7, -0.3, 1.2],
            [0.3, 0.6, 0.9],
            rng.random((3, 10)) < 0.6,
        ),
    )
    yield (
        "equal weights",
        case(
            rng.normal(size=10).round(4),
            rng.normal(size=(4, 10)).round(4),
            [1.0, 1.0, 1.0, 1.0],
            [0.5, 0.5, 0.5, 0.5],
            rng.random((4, 10)) < 0.5,
        ),
    )


if __name__ == "__main__":
    path = Path(__file__).with_name("cases.json")
    path.write_text(json.dumps(dict(cases())) + "\n")
