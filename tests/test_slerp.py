"""SLERP: a great circle, layer by layer."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lineages import assert_same, lineage

from evophys_lib.errors import ArtifactError, ParameterError
from evophys_lib.merge.by_layer import joined, members
from evophys_lib.merge.slerp import PARALLEL, angle, slerp
from evophys_lib.merge.task_vectors import task_vector

LAYERS = {"head.w": 0, "head.b": 0}
SEEDS = st.integers(0, 10**6)
FEW = settings(max_examples=30)
SHARES = st.floats(0, 1)


def model(seed: int, norm: float | None = None) -> dict[str, torch.Tensor]:
    """One layer of two tensors, of the given length as one vector."""
    generator = torch.Generator().manual_seed(seed)
    flat = torch.randn(8, generator=generator, dtype=torch.float64)
    if norm is not None:
        flat = norm * flat / flat.norm()
    return {"head.w": flat[:6].reshape(2, 3), "head.b": flat[6:]}


def whole(weights):
    return joined(weights, members(LAYERS)[0])


@given(SEEDS, SEEDS)
@FEW
def test_the_ends_are_the_two_models(p, q):
    a, b = model(p), model(q)
    assert_same(slerp(a, b, 0.0, LAYERS), a, 1e-14)
    assert_same(slerp(a, b, 1.0, LAYERS), b, 1e-14)


@given(SEEDS, SEEDS, SHARES)
@FEW
def test_the_way_back_is_the_way_there(p, q, t):
    a, b = model(p), model(q)
    assert_same(slerp(a, b, t, LAYERS), slerp(b, a, 1 - t, LAYERS), 1e-12)


@given(SEEDS, SEEDS, SHARES, st.floats(0.1, 10))
@FEW
def test_on_the_sphere_length_is_kept_and_the_angle_is_shared_out(p, q, t, radius):
    if p == q:
        return
    a, b = model(p, radius), model(q, radius)
    c = whole(slerp(a, b, t, LAYERS))
    omega = angle(whole(a), whole(b))
    assert float(c.norm()) == pytest.approx(radius, rel=1e-12)
    assert float(angle(whole(a), c)) == pytest.approx(t * float(omega), abs=1e-9)


@given(SEEDS, SEEDS, SHARES)
@FEW
def test_lengths_turn_nothing(p, q, t):
    """slerp(a, 3b) + slerp(3a, b) = 4 slerp(a, b): the arc knows directions only."""
    a, b = model(p), model(q)
    a3, b3 = ({n: 3 * w for n, w in weights.items()} for weights in (a, b))
    long_b, long_a = slerp(a, b3, t, LAYERS), slerp(a3, b, t, LAYERS)
    both = {n: long_a[n] + long_b[n] for n in a}
    four = {n: 4 * w for n, w in slerp(a, b, t, LAYERS).items()}
    assert_same(both, four, 1e-12)


@given(SEEDS, SHARES, st.sampled_from([1.0, 2.5, -1.0]))
@FEW
def test_parallel_opposite_and_absent_vectors_take_the_line(seed, t, factor):
    a = model(seed)
    b = {name: factor * w for name, w in a.items()}
    line = {name: (1 - t) * a[name] + t * b[name] for name in a}
    assert_same(slerp(a, b, t, LAYERS), line, 1e-12)
    nothing = {name: 0 * w for name, w in a.items()}
    half = {name: (1 - t) * w for name, w in a.items()}
    assert_same(slerp(a, nothing, t, LAYERS), half, 1e-12)


@pytest.mark.parametrize("omega", [PARALLEL / 3, 3 * PARALLEL])
def test_the_arc_becomes_the_line_without_a_jump(omega):
    """The two differ by O(Ω²), far below what the threshold could show."""
    a = {"head.w": torch.tensor([1.0, 0.0], dtype=torch.float64)}
    b = {"head.w": torch.tensor([math.cos(omega), math.sin(omega)]).double()}
    out = slerp(a, b, 0.25, {"head.w": 0})["head.w"]
    line = 0.75 * a["head.w"] + 0.25 * b["head.w"]
    assert torch.allclose(out, line, rtol=0, atol=1e-11)


def test_angles_near_zero_keep_their_digits():
    a = torch.tensor([1.0, 0.0], dtype=torch.float64)
    b = torch.tensor([1.0, 1e-9], dtype=torch.float64)
    assert float(angle(a, b)) == pytest.approx(1e-9, rel=1e-9)
    assert float(angle(a, -b)) == pytest.approx(math.pi, abs=1e-8)


def test_every_layer_has_its_own_arc_and_candidates_are_merged_together():
    f = lineage()
    a, b = (task_vector(e, f.base) for e in f.experts.values())
    t = torch.tensor([[0.0, 1.0, 0.5], [0.2, 0.4, 1.0]])
    out = slerp(a, b, t, f.layers)
    for c in range(2):
        alone = slerp(a, b, t[c], f.layers)
        assert_same({n: w[c] for n, w in out.items()}, alone, 1e-14)
        for name, layer in f.layers.items():
            if layer is not None and t[c, layer] in (0, 1):
                end = (a, b)[int(t[c, layer])]
                assert torch.allclose(out[name][c], end[name], atol=1e-14)
            elif layer is None:
                assert torch.equal(out[name][c], a[name])


def test_types_stay_and_inputs_are_not_mutated():
    f = lineage()
    a, b = ({n: w.float() for n, w in e.items()} for e in f.experts.values())
    before = {n: w.clone() for n, w in a.items()}
    out = slerp(a, b, 0.3, f.layers)
    for tensor in out.values():
        assert tensor.dtype == torch.float32
        tensor.zero_()
    assert_same(a, before)


def test_what_does_not_fit_is_refused():
    a, b = model(0), model(1)
    with pytest.raises(ParameterError, match="n_layers = 1"):
        slerp(a, b, torch.zeros(2), LAYERS)
    with pytest.raises(ArtifactError, match=r"head\.b"):
        slerp(a, {"head.w": b["head.w"]}, 0.5, LAYERS)
