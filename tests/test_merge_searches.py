"""PS and DFS end to end on a lineage whose best merge is known."""

import numpy as np
import pytest
import torch
from lineages import assert_same, fitness_towards, lineage, perturbed

from evophys_lib.errors import ArtifactError, ParameterError
from evophys_lib.merge.data_flow import expert_path, path_along, run
from evophys_lib.merge.dfs import Routes, merge_in_data_flow, orders, score_paths
from evophys_lib.merge.engines import CmaEs, Uniform
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.parameter_space import (
    DARE_TIES,
    TASK_ARITHMETIC,
    TIES,
    task_arithmetic,
)
from evophys_lib.merge.ps import Coefficients, merge_in_parameter_space
from evophys_lib.merge.search import Budget
from evophys_lib.physics.splits import Split
from evophys_lib.worldmodel.rollout import rollout

THREE = ("heat", "burgers", "third")
LAMBDA = torch.tensor([[0.9, 0.4, 0.7], [0.1, 0.6, 0.2]], dtype=torch.float64)


def known():
    f = lineage()
    best = task_arithmetic(f.base, f.vectors, LAMBDA, f.layers)
    return f, fitness_towards(f.predictor, best)


def test_ps_recovers_the_coefficients_behind_the_target():
    f, fitness = known()
    found = merge_in_parameter_space(
        f, fitness, budget=Budget(80, 12), recipe=TASK_ARITHMETIC
    )
    assert found.fitness < 1e-5
    for e, name in enumerate(f.names):
        assert found.coefficients[name] == pytest.approx(LAMBDA[e].tolist(), abs=0.05)


@pytest.mark.parametrize("recipe", [TASK_ARITHMETIC, TIES, DARE_TIES])
def test_the_weights_returned_are_those_that_were_scored(recipe):
    f, fitness = known()
    found = merge_in_parameter_space(
        f, fitness, budget=Budget(4, 8), recipe=recipe,
        coefficients=Coefficients(lowest_density=0.3), engine=CmaEs,
    )  # fmt: skip
    again = rollout(f.predictor, found.weights, fitness.z0, fitness.steps)
    assert fitness(again[:, None])[0] == pytest.approx(found.fitness, rel=1e-10)
    assert found.rescored.shape == (5,)
    for name in f.names:
        assert 0.3 <= found.density[name] <= 1.0
        assert len(found.coefficients[name]) == f.blocks + 1
    assert_same(
        {n: w for n, w in found.weights.items() if f.layers[n] is None},
        {n: w for n, w in f.base.items() if f.layers[n] is None},
    )


def test_rescoring_sees_fresh_masks_only_where_something_is_dropped():
    f, fitness = known()
    kept, dropped = (
        merge_in_parameter_space(
            f, fitness, budget=Budget(2, 8),
            coefficients=Coefficients(density=density), mask_seeds=6,
        )
        for density in (1.0, 0.6)
    )  # fmt: skip
    assert kept.rescored == pytest.approx([kept.fitness] * 6, rel=1e-10)
    assert len(np.unique(dropped.rescored)) == 6


def test_searched_density_starts_where_nothing_is_dropped():
    box = Coefficients(lowest_density=0.3)
    space = box.space(("heat", "burgers"), 3)
    lam, density = box.decode(space.start[None], 2, 3)
    assert (lam == 0.5).all() and (density == 1.0).all()
    corners = np.stack([space.column("low"), space.column("high")])
    assert box.decode(corners, 2, 3)[1].tolist() == [[0.3, 0.3], [1.0, 1.0]]


def test_ps_repeats_to_the_byte_and_differs_by_engine():
    f, fitness = known()
    a, b, c = (
        merge_in_parameter_space(f, fitness, budget=Budget(4, 8), engine=engine)
        for engine in (CmaEs, CmaEs, Uniform)
    )
    assert a.search == b.search and a.search != c.search
    assert_same(a.weights, b.weights)
    assert a.search.evaluations == c.search.evaluations


def test_dfs_keeps_the_better_of_both_orders():
    """The target is expert B itself: order BA starts at the optimum."""
    f = lineage()
    fitness = fitness_towards(f.predictor, f.experts["burgers"])
    found = merge_in_data_flow(f.predictor, f.experts, fitness, budget=Budget(3, 8))
    assert found.order == "BA" and found.fitness < 1e-20
    assert found.path.layers() == ["burgers:0", "burgers:1"]
    assert set(found.searches) == {"AB", "BA"}
    start = score_paths(
        f.predictor, f.experts, [expert_path(("heat", "burgers"), 2)], fitness
    )
    assert found.searches["AB"].history[0, 0] == pytest.approx(start[0])


def test_dfs_improves_on_both_experts_where_a_path_does():
    """The target is a path through both experts, so neither end is best."""
    f = lineage()
    z0 = fitness_towards(f.predictor, f.base).z0
    goal = path_along([0, 3], ("heat", "burgers"), 2, np.ones((4, 4)))
    targets = run(f.predictor, f.experts, [goal], z0, 3)[:, 0]
    fitness = LatentFitness(z0, targets, Split.VALIDATION)
    found = merge_in_data_flow(f.predictor, f.experts, fitness, budget=Budget(60, 16))
    starts = [s.history[0, 0] for s in found.searches.values()]
    assert found.fitness < 0.5 * min(starts)
    rescored = score_paths(f.predictor, f.experts, [found.path], fitness)[0]
    assert rescored == pytest.approx(found.fitness, rel=1e-10)


def test_dfs_repeats_to_the_byte():
    f, fitness = known()
    a, b = (
        merge_in_data_flow(f.predictor, f.experts, fitness, budget=Budget(3, 8))
        for _ in range(2)
    )
    assert a.path == b.path and a.searches == b.searches


def test_every_expert_is_first_in_one_order():
    assert orders(("x", "y")) == {"AB": ("x", "y"), "BA": ("y", "x")}
    assert orders(("x", "y", "z")) == {
        "ABC": ("x", "y", "z"),
        "BCA": ("y", "z", "x"),
        "CAB": ("z", "x", "y"),
    }


def expert_scores(f, fitness):
    """f of the path of each expert's own layers."""
    paths = [expert_path(f.names, f.blocks, which=e) for e in range(len(f.names))]
    return score_paths(f.predictor, f.experts, paths, fitness)


@pytest.mark.parametrize(("which", "order"), list(enumerate(("ABC", "BCA", "CAB"))))
def test_dfs_over_three_experts_finds_the_one_that_is_best(which, order):
    f = lineage(names=THREE)
    fitness = fitness_towards(f.predictor, f.experts[THREE[which]])
    found = merge_in_data_flow(f.predictor, f.experts, fitness, budget=Budget(2, 6))
    assert (found.order, set(found.searches)) == (order, {"ABC", "BCA", "CAB"})
    assert found.fitness < 1e-20 < 1e-6 < np.sort(expert_scores(f, fitness))[1]
    assert found.path.layers() == [f"{THREE[which]}:{b}" for b in range(f.blocks)]


@pytest.mark.parametrize("seed", range(3))
def test_dfs_over_three_experts_is_never_worse_than_the_best_of_them(seed):
    f = lineage(names=THREE)
    share = torch.rand(3, 3, generator=torch.Generator().manual_seed(seed)).double()
    between = task_arithmetic(f.base, f.vectors, share / share.sum(0), f.layers)
    fitness = fitness_towards(f.predictor, between)
    budget = Budget(3, 8, seed)
    found = merge_in_data_flow(f.predictor, f.experts, fitness, budget=budget)
    alone = expert_scores(f, fitness)
    starts = [s.history[0, 0] for s in found.searches.values()]
    assert starts == pytest.approx(alone.tolist(), rel=1e-10)
    assert found.fitness <= min(starts)
    assert found.fitness == min(s.best_fitness for s in found.searches.values())
    again = score_paths(f.predictor, f.experts, [found.path], fitness)[0]
    assert again == pytest.approx(found.fitness, rel=1e-10)


def test_experts_must_share_the_embedding_of_a_path():
    f, fitness = known()
    other = perturbed(f.base, 5)
    other["embed.bias"] = other["embed.bias"] + 1
    with pytest.raises(ArtifactError, match=r"embed\.bias differs"):
        merge_in_data_flow(
            f.predictor, {"heat": f.base, "burgers": other}, fitness, budget=Budget(1)
        )
    three = {"heat": f.base, "burgers": f.experts["burgers"], "third": other}
    with pytest.raises(ArtifactError, match=r"embed\.bias differs"):
        merge_in_data_flow(f.predictor, three, fitness, budget=Budget(1))
    with pytest.raises(ArtifactError, match="two experts"):
        merge_in_data_flow(f.predictor, {"heat": f.base}, fitness, budget=Budget(1))


def test_bad_options_are_refused():
    for bad in ({"density": 0.0}, {"lowest_density": 1.5}, {"low": 1.0, "high": 1.0}):
        with pytest.raises(ParameterError):
            Coefficients(**bad).space(("a", "b"), 2)
    for bad in ({"repetitions": 0}, {"reach": -0.1}):
        with pytest.raises(ParameterError):
            Routes(**bad)


@pytest.mark.parametrize("name", ["density", "lowest_density"])
@pytest.mark.parametrize("value", [-0.5, 0.0, 1.5, "half"])
def test_a_share_that_is_none_is_refused(name, value):
    with pytest.raises(ParameterError, match=name):
        Coefficients(**{name: value})
