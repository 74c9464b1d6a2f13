"""Paths: an expert's own layers are the expert, and a batch is its members."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lineages import assert_same, encode, lineage, start

from evophys_lib.merge.data_flow import (
    Path,
    decode,
    expert_path,
    path_along,
    random_path,
    reversed_path,
    run,
    slots,
)
from evophys_lib.merge.dfs import orders
from evophys_lib.worldmodel.rollout import rollout

NAMES = ("heat", "burgers")
THREE = (*NAMES, "third")
BLOCKS = 2
SIZE = 2 * BLOCKS


def random_paths(count: int, seed: int = 0, names=NAMES) -> list[Path]:
    rng = np.random.default_rng(seed)
    total, size = slots(len(names), BLOCKS), len(names) * BLOCKS
    return [
        decode(
            np.concatenate([rng.random(total), 1 + 0.3 * rng.normal(size=size**2)]),
            experts=names,
            blocks=BLOCKS,
        )
        for _ in range(count)
    ]


def by_definition(f, path, z0, steps):
    """The docstring's equations, for one path, with deep copies of the modules."""
    from copy import deepcopy

    modules = {}
    for name, weights in f.experts.items():
        modules[name] = deepcopy(f.predictor)
        modules[name].load_state_dict(weights)
    z, out = z0, []
    for _ in range(steps):
        h, last = modules[path.experts[0]].embed(z), None
        for s, on in enumerate(path.indicator):
            if not on:
                continue
            layer = s % path.size
            if last is not None:
                h = path.scaling[last][layer] * h
            expert = path.experts[layer // path.blocks]
            h = modules[expert].blocks[layer % path.blocks](h)
            last = layer
        z = z + modules[path.experts[last // path.blocks]].head(h)
        out.append(z)
    return torch.stack(out)


@pytest.mark.parametrize(
    ("order", "which"),
    [
        (order, which)
        for names in (NAMES, THREE)
        for order in orders(names).values()
        for which in range(len(names))
    ],
)
def test_an_experts_layers_in_order_are_that_expert(order, which):
    f, z0 = lineage(BLOCKS, sorted(order, key=THREE.index)), start()
    path = expert_path(order, BLOCKS, which=which)
    assert path.layers() == [f"{order[which]}:{b}" for b in range(BLOCKS)]
    out = run(f.predictor, f.experts, [path], z0, 4)[:, 0]
    alone = rollout(f.predictor, f.experts[order[which]], z0, 4)
    assert torch.allclose(out, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("names", [NAMES, THREE], ids=len)
def test_a_batch_of_paths_follows_the_definition(names):
    f, z0 = lineage(BLOCKS, names), start()
    paths = random_paths(9, names=names)
    together = run(f.predictor, f.experts, paths, z0, 3)
    assert together.shape == (3, 9, *z0.shape)
    for c, path in enumerate(paths):
        expected = by_definition(f, path, z0, 3)
        assert torch.allclose(together[:, c], expected, rtol=1e-12, atol=1e-12)


def test_a_batch_of_paths_equals_one_at_a_time():
    f, z0 = lineage(BLOCKS), start()
    paths = random_paths(9)
    together = run(f.predictor, f.experts, paths, z0, 3)
    for c, path in enumerate(paths):
        alone = run(f.predictor, f.experts, [path], z0, 3)[:, 0]
        assert torch.allclose(together[:, c], alone, rtol=1e-12, atol=1e-12)


def test_an_empty_path_is_nan_and_leaves_its_neighbours_alone():
    f, z0 = lineage(BLOCKS), start()
    good = expert_path(NAMES, BLOCKS)
    empty = Path(NAMES, BLOCKS, (False,) * len(good.indicator), good.scaling)
    assert empty.layers() == [] and empty.scales() == []
    out = run(f.predictor, f.experts, [empty, good], z0, 2)
    assert out[:, 0].isnan().all()
    assert torch.equal(out[:, 1], run(f.predictor, f.experts, [good], z0, 2)[:, 0])
    assert run(f.predictor, f.experts, [empty], z0, 2).isnan().all()


def test_inputs_are_never_mutated():
    f, copy, z0 = lineage(BLOCKS), lineage(BLOCKS), start()
    run(f.predictor, f.experts, random_paths(5), z0, 2)
    assert torch.equal(z0, start())
    for name in NAMES:
        assert_same(f.experts[name], copy.experts[name])


def test_the_first_layer_is_unscaled_and_transitions_are_read_by_row():
    scaling = [[10 * i + j for j in range(SIZE)] for i in range(SIZE)]
    path = path_along([1, 3, 0], NAMES, BLOCKS, scaling)
    assert path.layers() == ["heat:1", "burgers:1", "heat:0"]
    assert path.scales() == [1.0, 13.0, 30.0]


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=50, deadline=None)
def test_decode_inverts_encode(seed):
    path = random_paths(1, seed)[0]
    assert decode(encode(path), experts=NAMES, blocks=BLOCKS) == path


@given(st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=9))
@settings(max_examples=50, deadline=None)
def test_any_sequence_of_layers_is_a_path(route):
    scaling = np.arange(SIZE**2).reshape(SIZE, SIZE)
    path = path_along(route, NAMES, BLOCKS, scaling)
    assert path.route() == route
    assert reversed_path(path).route() == route[::-1]
    back = reversed_path(reversed_path(path))
    assert (back.route(), back.scaling) == (path.route(), path.scaling)
    assert sorted(reversed_path(path).scales()) == sorted(path.scales())


def test_paths_of_unequal_numbers_of_slots_run_together():
    f, z0 = lineage(BLOCKS), start()
    ones = np.ones((SIZE, SIZE))
    paths = [path_along(r, NAMES, BLOCKS, ones) for r in ([0], [3, 2, 1, 0], [2, 2])]
    together = run(f.predictor, f.experts, paths, z0, 2)
    for c, path in enumerate(paths):
        expected = by_definition(f, path, z0, 2)
        assert torch.allclose(together[:, c], expected, rtol=1e-12, atol=1e-12)


def test_random_paths_have_the_length_asked_for():
    draw = [
        random_path(NAMES, BLOCKS, length=5, rng=np.random.default_rng(s)).indicator
        for s in (0, 0, 1)
    ]
    assert [sum(d) for d in draw] == [5, 5, 5]
    assert draw[0] == draw[1] != draw[2]
