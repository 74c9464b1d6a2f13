"""Experts as merging material, on vectors whose angles and ridges are known."""

import numpy as np
import pytest
import torch
from lineages import fitness_towards, lineage

from evophys_lib.errors import ParameterError
from evophys_lib.merge.diagnostics import (
    barrier_height,
    compare,
    compare_layers,
    losses_between,
)
from evophys_lib.merge.lineage import Lineage


def with_vectors(first, second) -> Lineage:
    """A lineage whose task vectors are these functions of θ₀."""
    f = lineage()
    layers = f.layers
    experts = {
        name: {n: w if layers[n] is None else w + change(w) for n, w in f.base.items()}
        for name, change in (("heat", first), ("burgers", second))
    }
    return Lineage(f.predictor, f.base, experts)


def test_opposed_vectors():
    f = with_vectors(lambda w: w + 3, lambda w: -0.2 * (w + 3))
    for found in (compare(f), *compare_layers(f)):
        assert found.cosine == pytest.approx(-1)
        assert found.opposed == 1.0
        lengths = found.relative_norms
        assert lengths["burgers"] == pytest.approx(0.2 * lengths["heat"])


def test_a_length_is_measured_in_that_of_the_base():
    f = with_vectors(lambda w: 0.5 * w, lambda w: 0.1 * w)
    assert len(compare_layers(f)) == f.blocks + 1
    for found in (compare(f), *compare_layers(f)):
        assert found.relative_norms == pytest.approx({"heat": 0.5, "burgers": 0.1})
        assert found.cosine == pytest.approx(1)
        assert found.opposed == 0


def test_vectors_on_disjoint_entries_are_at_right_angles():
    def half(parity: int):
        return lambda w: torch.where(torch.arange(w.shape[-1]) % 2 == parity, w, 0)

    found = compare(with_vectors(half(0), half(1)))
    assert found.cosine == 0
    assert found.opposed == 0


def test_the_embedding_does_not_count():
    f = lineage()
    moved = {
        name: w + 1 if f.layers[name] is None else w
        for name, w in f.experts["heat"].items()
    }
    experts = {"heat": moved, "burgers": f.experts["burgers"]}
    assert compare(Lineage(f.predictor, f.base, experts)) == compare(f)


def test_three_experts_are_refused():
    f = lineage()
    three = {**f.experts, "third": f.base}
    with pytest.raises(ParameterError, match="two experts"):
        compare(Lineage(f.predictor, f.base, three))


def test_the_line_runs_from_one_expert_to_the_other():
    f = lineage()
    heat, burgers = f.experts.values()
    fitness = {
        "heat": fitness_towards(f.predictor, heat),
        "burgers": fitness_towards(f.predictor, burgers),
    }
    found = losses_between(f, fitness, np.linspace(0, 1, 5))
    assert found["heat"][0] < 1e-20 < 1e-6 < found["heat"][-1]
    assert found["burgers"][-1] < 1e-20 < 1e-6 < found["burgers"][0]
    middle = {n: (heat[n] + burgers[n]) / 2 for n in heat}
    towards_middle = {"middle": fitness_towards(f.predictor, middle)}
    found = losses_between(f, towards_middle, np.linspace(0, 1, 5))["middle"]
    assert found[2] < 1e-20 < 1e-6 < found[[0, 1, 3, 4]].min()


def test_a_ridge_is_measured_from_the_chord():
    s = np.linspace(0, 1, 11)
    assert barrier_height(3 + 2 * s, s) == pytest.approx(0, abs=1e-15)
    assert barrier_height((s - 0.3) ** 2, s) < 1e-15  # convex: below its chord
    assert barrier_height(1 + s + 8 * s * (1 - s), s) == pytest.approx(2)
