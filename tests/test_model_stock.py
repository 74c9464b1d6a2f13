"""Model stock: the centre that noisy experts surround."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lineages import assert_same, lineage

from evophys_lib.errors import ParameterError
from evophys_lib.merge.ensembles import soup
from evophys_lib.merge.model_stock import mean_cosine, model_stock, ratio
from evophys_lib.merge.task_vectors import task_vectors

LAYERS = {"head.w": 0}
SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=30)


def orthonormal(seed: int, count: int, size: int = 9) -> torch.Tensor:
    """`count` perpendicular unit vectors, (count, size)."""
    drawn = np.random.default_rng(seed).normal(size=(size, count))
    return torch.from_numpy(np.linalg.qr(drawn)[0].T.copy())


@given(SEEDS, st.integers(2, 6))
@FEW
def test_perpendicular_experts_leave_the_base(seed, k):
    vectors = 3 * orthonormal(seed, k)
    base = {"head.w": torch.ones(9, dtype=torch.float64)}
    merged = model_stock(base, {"head.w": vectors}, LAYERS)
    assert_same(merged, base, 1e-12)


@given(st.lists(st.floats(0.1, 10), min_size=2, max_size=5), SEEDS)
def test_parallel_experts_give_the_soup(lengths, seed):
    direction = orthonormal(seed, 1)
    vectors = torch.tensor(lengths, dtype=torch.float64)[:, None] * direction
    base = {"head.w": torch.ones(9, dtype=torch.float64)}
    merged = model_stock(base, {"head.w": vectors}, LAYERS)["head.w"]
    assert torch.allclose(merged, base["head.w"] + vectors.mean(0), atol=1e-12)


@given(SEEDS, st.integers(2, 6), st.floats(0.1, 5), st.floats(0.1, 5))
@FEW
def test_it_is_the_point_on_the_line_to_the_mean_that_is_nearest_to_the_centre(
    seed, k, distance, noise
):
    """τ_e = μ + n_e, all n_e perpendicular, to μ too: what the paper derives."""
    axes = orthonormal(seed, k + 1)
    centre = distance * axes[0]
    vectors = centre + noise * axes[1:]
    mean = vectors.mean(0)
    nearest = (centre @ mean) / (mean @ mean) * mean
    base = {"head.w": torch.zeros(9, dtype=torch.float64)}
    merged = model_stock(base, {"head.w": vectors}, LAYERS)["head.w"]
    assert torch.allclose(merged, nearest, rtol=0, atol=1e-12)


@given(SEEDS, st.integers(2, 5))
@FEW
def test_the_ratio_knows_angles_only(seed, k):
    rng = np.random.default_rng(seed)
    vectors = torch.from_numpy(rng.normal(size=(k, 7)) + 0.5)
    lengths = torch.from_numpy(rng.uniform(0.1, 10, size=(k, 1)))
    order = torch.from_numpy(rng.permutation(k))
    assert float(ratio(lengths * vectors[order])) == pytest.approx(
        float(ratio(vectors)), abs=1e-12
    )
    assert 0 <= float(ratio(vectors)) <= 1


def test_opposed_experts_leave_the_base_too():
    vectors = torch.tensor([[1.0, 0.2], [-1.0, 0.2]], dtype=torch.float64)
    assert float(mean_cosine(vectors)) < 0
    assert float(ratio(vectors)) == 0


def test_an_expert_that_did_not_move_agrees_with_nobody():
    vectors = torch.tensor([[1.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    assert float(ratio(vectors)) == 0


def test_every_layer_has_its_own_ratio_and_the_embedding_stays():
    f = lineage()
    same = task_vectors([f.experts["heat"]] * 2, f.base)
    mixed = {n: same[n] if f.layers[n] == 1 else v for n, v in f.vectors.items()}
    merged = model_stock(f.base, mixed, f.layers)
    mean = soup(list(f.experts.values()))
    for name, layer in f.layers.items():
        if layer is None:
            assert torch.equal(merged[name], f.base[name])
        elif layer == 1:
            assert torch.allclose(merged[name], f.experts["heat"][name], atol=1e-14)
        else:
            assert not torch.allclose(merged[name], mean[name], atol=1e-3)


def test_a_single_expert_is_refused():
    with pytest.raises(ParameterError, match="two task vectors"):
        ratio(torch.ones(1, 3))
