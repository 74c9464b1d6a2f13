"""Coefficients that move together: ties of directions are merges one knows."""

import numpy as np
import pytest
import torch
from lineages import assert_same, lineage

from evophys_lib.merge.directions import Directions, evenly
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.merge.tied import Tied
from evophys_lib.worldmodel.rollout import unstack


@pytest.fixture(scope="module")
def family():
    return lineage()


def only(space, candidate):
    return unstack(space.models(candidate[None]))[0]


def test_one_number_per_expert_moves_all_directions_of_it_alike(family):
    directions = Directions(family, 2)
    tied = Tied(directions, lambda name: name[0])
    assert tied.names == list(family.names)
    shares = np.array([0.3, -0.2])
    even = evenly(directions, dict(zip(family.names, shares, strict=True)))
    assert_same(only(tied, shares), only(directions, even), 0.0)


def test_one_number_per_layer_is_what_parameter_space_merges(family):
    tied = Tied(Directions(family, 1), lambda n: (n[0], family.layers[n[1]]))
    layers = family.blocks + 1
    assert len(tied) == len(family.names) * layers
    y = np.random.default_rng(0).normal(size=len(tied))
    lam = torch.empty(len(family.names), layers, dtype=torch.float64)
    for number, (name, layer) in zip(y, tied.names, strict=True):
        lam[family.names.index(name), layer] = 0.5 + number
    expected = task_arithmetic(family.base, family.vectors, lam, family.layers)
    assert_same(only(tied, y), expected, 1e-12)


def test_a_direction_that_is_tied_to_itself_alone_is_free(family):
    directions = Directions(family, 2)
    y = np.random.default_rng(1).normal(size=len(directions))
    free = Tied(directions, lambda name: name)
    assert_same(only(free, y), only(directions, y), 0.0)
