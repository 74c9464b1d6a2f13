"""Soft paths: their corners are hard paths, and what mixes them is found."""

import numpy as np
import pytest
import torch
from lineages import fitness_towards, lineage, start
from torch import nn

from evophys_lib.errors import ArtifactError, SplitError
from evophys_lib.merge.data_flow import path_along, run
from evophys_lib.merge.ensembles import weighted_ensemble_rollout
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.least_squares import Budget
from evophys_lib.merge.soft_paths import (
    UNIFORM,
    Objective,
    corners,
    hard_paths,
    merge_softly,
    run_soft,
    starts,
)
from evophys_lib.physics.splits import Split
from evophys_lib.store.artifacts import Provenance
from evophys_lib.store.journal import Journal, parts
from evophys_lib.worldmodel.predictor import Layered
from evophys_lib.worldmodel.rollout import rollout, weights_of

BLOCKS = 2
NAMES = ("heat", "burgers")
THREE = (*NAMES, "third")
EXPERTS = pytest.mark.parametrize("names", [NAMES, THREE], ids=len)


class Killed(Exception):
    """In place of a signal."""


def mixed(f, shares, steps=3):
    return run_soft(f.predictor, f.experts, shares, start(), steps)


def drawn(count, experts, seed=0):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(0.5, 0.4, (count, experts, BLOCKS + 1)))


def mixture(f, shares, steps=3):
    """The fitness that one soft path, and no other, brings to zero."""
    truth = mixed(f, shares[None], steps)[:, 0]
    return LatentFitness(start(), truth, Split.VALIDATION)


@EXPERTS
def test_an_expert_alone_is_that_expert(names):
    f = lineage(BLOCKS, names)
    begun = starts(names, BLOCKS + 1)
    assert list(begun) == [*names, UNIFORM]
    together = mixed(f, torch.from_numpy(np.stack([begun[n] for n in names])))
    for c, name in enumerate(names):
        alone = rollout(f.predictor, f.experts[name], start(), 3)
        torch.testing.assert_close(together[:, c], alone, rtol=0, atol=1e-12)


@EXPERTS
def test_corners_are_paths_of_data_flow(names):
    f, size = lineage(BLOCKS, names), len(names) * BLOCKS
    paths = hard_paths(len(names), BLOCKS + 1)
    assert len(np.unique(paths, axis=0)) == len(names) ** (BLOCKS + 1)
    together = mixed(f, torch.from_numpy(corners(paths, len(names))))
    compared = 0
    for c, (*blocks, head) in enumerate(paths):
        if head != blocks[-1]:
            continue
        route = [int(e) * BLOCKS + depth for depth, e in enumerate(blocks)]
        path = path_along(route, names, BLOCKS, np.ones((size, size)))
        hard = run(f.predictor, f.experts, [path], start(), 3)[:, 0]
        torch.testing.assert_close(together[:, c], hard, rtol=0, atol=1e-12)
        compared += 1
    assert compared == len(names) ** BLOCKS


def test_a_foreign_head_is_that_of_its_expert():
    f = lineage(BLOCKS)
    heat, burgers = (f.experts[n] for n in NAMES)
    head = {n: w for n, w in burgers.items() if n.startswith("head.")}
    other = mixed(f, torch.from_numpy(corners(np.array([[0, 0, 1]]), 2)))[:, 0]
    crossed = rollout(f.predictor, heat | head, start(), 3)
    torch.testing.assert_close(other, crossed, rtol=0, atol=1e-12)


def test_no_weight_leaves_the_state():
    f = lineage(BLOCKS)
    still = mixed(f, torch.zeros(1, 2, BLOCKS + 1))
    assert torch.equal(still[:, 0], start().expand(3, -1, -1, -1))


def test_without_blocks_it_is_the_ensemble_of_outputs():
    f, shares = lineage(0), drawn(4, 2)[..., :1]
    soft = mixed(f, shares)
    outputs = weighted_ensemble_rollout(
        f.predictor, list(f.experts.values()), shares[..., 0], start(), 3
    )
    torch.testing.assert_close(soft, outputs, rtol=0, atol=1e-12)


def test_one_linear_block_by_hand():
    """z + Σ_e v_e H_e (I + Σ_e w_e (A_e − I)) z."""

    class Line(Layered):
        def __init__(self):
            super().__init__()
            self.embed = nn.Identity()
            self.blocks = nn.ModuleList([nn.Linear(3, 3, bias=False)])
            self.head = nn.Linear(3, 3, bias=False)

    torch.manual_seed(1)
    predictor = Line().double()
    experts = {n: weights_of(Line().double()) for n in THREE}
    shares, z0 = drawn(5, 3)[..., :2], start()
    soft = run_soft(predictor, experts, shares, z0, 1)[0]
    a = torch.stack([w["blocks.0.weight"] for w in experts.values()])
    h = torch.stack([w["head.weight"] for w in experts.values()])
    one = torch.eye(3).double()
    for c in range(len(shares)):
        w, v = shares[c, :, 0], shares[c, :, 1]
        inner = one + torch.einsum("e,eij->ij", w, a - one)
        step = torch.einsum("e,eij->ij", v, h) @ inner
        torch.testing.assert_close(soft[c], z0 + z0 @ step.T, rtol=0, atol=1e-12)


@EXPERTS
def test_stacked_candidates_are_one_by_one(names):
    f, shares = lineage(BLOCKS, names), drawn(5, len(names))
    together = mixed(f, shares)
    for c in range(len(shares)):
        alone = mixed(f, shares[c : c + 1])[:, 0]
        torch.testing.assert_close(together[:, c], alone, rtol=0, atol=1e-12)


def test_residuals_sum_up_to_the_fitness():
    f = lineage(BLOCKS)
    objective = Objective(f.predictor, f.experts, mixture(f, drawn(1, 2)[0]))
    shares = drawn(4, 2, seed=1).numpy()
    squares = objective.residuals(shares).square().sum(1).numpy()
    assert np.allclose(squares, objective(shares), rtol=1e-12)


@EXPERTS
def test_what_was_mixed_is_found_from_every_start(names):
    f, truth = lineage(BLOCKS, names), drawn(1, len(names), seed=4)[0]
    objective = Objective(f.predictor, f.experts, mixture(f, truth))
    found = merge_softly(objective, budget=Budget(400, trials=4, secants=6))
    assert list(found.histories) == [*names, UNIFORM]
    hard = objective(corners(hard_paths(len(names), BLOCKS + 1), len(names)))
    for name, history in found.histories.items():
        assert np.isclose(history[-1, 1], objective(found.shares[name][None])[0])
        assert history[-1, 1] < 1e-6 * hard.min()
    best = found.shares[found.start]
    assert np.allclose(best, truth.numpy(), atol=1e-3)


def test_an_expert_that_is_right_already_is_kept():
    f = lineage(BLOCKS)
    fitness = fitness_towards(f.predictor, f.experts["burgers"])
    found = merge_softly(
        Objective(f.predictor, f.experts, fitness), budget=Budget(40, trials=4)
    )
    assert found.start == "burgers"
    assert np.allclose(found.shares["burgers"], [[0] * 3, [1] * 3], atol=1e-6)


def test_a_killed_search_ends_with_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr("evophys_lib.merge.least_squares.EVERY", 0.0)
    f = lineage(BLOCKS)
    objective = Objective(f.predictor, f.experts, mixture(f, drawn(1, 2)[0]))
    budget = Budget(60, trials=4, secants=2)
    whole = merge_softly(objective, budget=budget)
    journal = Journal(tmp_path / "soft", Provenance("test", {}, {}))
    rolled, calls = Objective.residuals, []

    def mortal(self, shares):
        calls.append(len(shares))
        if len(calls) == 18:
            raise Killed
        return rolled(self, shares)

    def search():
        return merge_softly(objective, budget=budget, journals=parts(journal, begun))

    begun = starts(NAMES, BLOCKS + 1)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Objective, "residuals", mortal)
        search()
    kept = parts(journal, begun)
    assert kept["heat"].load() and kept["burgers"].load() and not kept[UNIFORM].load()
    again = search()
    assert again.start == whole.start and again.evaluations == whole.evaluations
    for name in begun:
        assert np.array_equal(again.shares[name], whole.shares[name])
        assert np.array_equal(again.histories[name], whole.histories[name])


def test_what_cannot_be_mixed_is_refused():
    f = lineage(BLOCKS)
    fitness = mixture(f, drawn(1, 2)[0])
    with pytest.raises(SplitError):
        Objective(f.predictor, f.experts, lambda rolled: rolled)
    with pytest.raises(ArtifactError, match="at least two experts"):
        Objective(f.predictor, {"heat": f.experts["heat"]}, fitness)
    embed = {n: w + 1 for n, w in f.experts["heat"].items()}
    with pytest.raises(ArtifactError, match="differs between"):
        Objective(f.predictor, f.experts | {"third": embed}, fitness)
