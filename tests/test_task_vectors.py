"""Task vectors: an exact algebra of differences."""

import pytest
import torch
from lineages import assert_same, cosine, lineage, norm

from evophys_lib.errors import ArtifactError
from evophys_lib.merge.lineage import Lineage, layer_index
from evophys_lib.merge.task_vectors import apply, task_vector, task_vectors


def test_applying_a_task_vector_gives_the_expert():
    f = lineage()
    for expert in f.experts.values():
        assert_same(apply(f.base, task_vector(expert, f.base)), expert, 1e-14)


def test_scale_zero_gives_the_base():
    f = lineage()
    tau = task_vector(f.experts["heat"], f.base)
    assert_same(apply(f.base, tau, scale=0.0), f.base)


def test_stacked_vectors_are_the_single_ones():
    f = lineage()
    stacked = task_vectors(list(f.experts.values()), f.base)
    for e, expert in enumerate(f.experts.values()):
        assert_same({n: v[e] for n, v in stacked.items()}, task_vector(expert, f.base))


def test_norm_and_cosine_over_all_tensors():
    a = {"x": torch.tensor([3.0]), "y": torch.tensor([0.0, 4.0])}
    b = {"x": torch.tensor([0.0]), "y": torch.tensor([5.0, 0.0])}
    assert norm(a).item() == pytest.approx(5.0)
    assert cosine(a, a).item() == pytest.approx(1.0)
    assert cosine(a, b).item() == pytest.approx(0.0)


def test_foreign_models_are_refused_by_name():
    f = lineage()
    other = dict(f.base, extra=torch.zeros(1))
    with pytest.raises(ArtifactError, match="extra"):
        task_vector(other, f.base)
    other = dict(f.base)
    other["head.1.bias"] = torch.zeros(99)
    with pytest.raises(ArtifactError, match=r"head\.1\.bias is \(99,\)"):
        task_vector(other, f.base)


def test_a_lineage_needs_two_experts_of_one_base():
    f = lineage()
    with pytest.raises(ArtifactError, match="two experts"):
        Lineage(f.predictor, f.base, {"heat": f.experts["heat"]})
    foreign = dict(f.base, extra=torch.zeros(1))
    with pytest.raises(ArtifactError, match="extra"):
        Lineage(f.predictor, f.base, {"heat": f.base, "burgers": foreign})


def test_every_parameter_has_its_layer():
    f = lineage(blocks=2)
    assert {f.layers[n] for n in f.base if n.startswith("embed.")} == {None}
    assert {f.layers[n] for n in f.base if n.startswith("blocks.1.")} == {1}
    assert {f.layers[n] for n in f.base if n.startswith("head.")} == {2}
    for name in ("decoder.weight", "blocks.2.up.weight", "blocks.x.weight"):
        with pytest.raises(ArtifactError, match="belongs to no layer"):
            layer_index(name, 2)
