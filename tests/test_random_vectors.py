"""Random task vectors: as long as the real ones, and pointing nowhere."""

import torch
from lineages import assert_same, cosine, lineage
from torch import Generator

from evophys_lib.merge.random_vectors import norm_matched, random_lineage
from evophys_lib.worldmodel.rollout import unstack


def test_every_tensor_has_the_length_of_its_expert():
    vectors = lineage().vectors
    drawn = norm_matched(vectors, Generator().manual_seed(0))
    assert drawn.keys() == vectors.keys()
    for name, tau in vectors.items():
        expected, found = (v.flatten(1).norm(dim=1) for v in (tau, drawn[name]))
        assert torch.allclose(found, expected, rtol=1e-12, atol=0), name


def test_directions_are_unrelated_to_the_experts_and_to_one_another():
    large = {"blocks.0.w": torch.randn(2, 100, 100, generator=Generator())}
    drawn = norm_matched(large, Generator().manual_seed(1))
    models = [*unstack(large), *unstack(drawn)]
    for i in range(4):
        for j in range(max(2, i + 1), 4):
            assert abs(cosine(models[i], models[j])) < 0.05, (i, j)  # 5 deviations


def test_the_lineage_keeps_the_base_and_its_embedding_and_follows_the_seed():
    f = lineage()
    a, b, c = (random_lineage(f, Generator().manual_seed(s)) for s in (0, 0, 1))
    assert a.names == f.names
    assert_same(a.base, f.base)
    for name in f.names:
        assert_same(a.experts[name], b.experts[name])
        for key, w in a.experts[name].items():
            same = torch.equal(w, f.base[key])
            assert same == key.startswith("embed."), key
            assert torch.equal(w, c.experts[name][key]) == same
