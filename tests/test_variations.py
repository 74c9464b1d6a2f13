"""Merges that differ from the book's in one choice: what each sees, is, and costs."""

import shutil

import numpy as np
import pytest
import torch
from lineages import encode
from tiny import PECLET, study_in

from evophys_lib.merge.data_flow import decode, expert_path
from evophys_lib.merge.dfs import Routes
from evophys_lib.merge.soft_paths import Objective
from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.scoring.scores import cost, scores
from evophys_lib.store import disk
from evophys_lib.store.tensors import load_tensors
from evophys_lib.study import data, training
from evophys_lib.study.sight import fitness_of, sight


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with the scores of its variations."""
    folder = tmp_path_factory.mktemp("variations")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, "")
        study = study_in(folder)
        for model in variations(study).values():
            scores(study, PECLET, model)
    return folder


def variations(study):
    return registry.in_groups(study.profile, (Group.VARIATIONS,))


def test_few_trajectories_are_the_first_of_the_search_and_many_are_held_out(study):
    one, usual, eight = (
        sight(study, PECLET, count=k).trajectories() for k in (1, 4, 8)
    )
    assert np.array_equal(one.field, usual.field[:1])
    assert one.parameters["diffusivity"].shape == one.mean.shape == (1,)
    assert np.array_equal(eight.field, data.held_out(study, PECLET).field)
    first = np.concatenate([usual.field, eight.field])[:, 0]
    assert len(np.unique(first, axis=0)) == 4 + 8


def test_costs_follow_what_is_seen(study):
    told = {n: cost(study, PECLET, model) for n, model in variations(study).items()}
    for k in (1, 8):
        for name in (f"ps_k{k}", f"few_shot_k{k}"):
            assert told[name]["trajectories"] == k
        assert told[f"ps_k{k}"]["passes"] == 8 * k * 10  # E k H
    assert told["ps_short"]["passes"] == 8 * 4
    for name in ("dfs_r1", "dfs_r2", "dfs_unscaled"):
        assert told[name]["evaluations"] == 2 * 8  # both orders
    assert told["best_path"]["evaluations"] == 2**3
    assert told["best_path"]["passes"] == 2**3 * 4 * 10
    assert told["soft_paths"]["passes"] == told["soft_paths"]["evaluations"] * 2 * 40


def test_every_variation_is_scored_on_the_same_trajectories(study):
    for model in variations(study).values():
        told = scores(study, PECLET, model)["metrics"]
        assert len(told["squared_error_t50"]) == 8
        assert np.isfinite(told["latent_nmse_t50"])


def test_the_election_of_signs_is_that_of_ties(study):
    found = registry.MODELS["ps_elect_sum"].make(study, PECLET)
    stored = load_tensors(found.paths[0])
    base, experts = training.world_model(study).base, training.experts(study)
    name = "blocks.0.up.weight"
    lam = stored["coefficients"][:, :1, None].float()  # of the first layer
    vectors = torch.stack([expert[name] - base[name] for expert in experts.values()])
    weighted = lam * vectors
    agree = torch.sign(weighted) == torch.where(weighted.sum(0) >= 0, 1.0, -1.0)
    expected = base[name] + (weighted * agree).sum(0)
    torch.testing.assert_close(found.weights[name], expected, rtol=0, atol=1e-6)


def test_paths_that_keep_depths_are_all_tried(study):
    found = registry.MODELS["best_path"].make(study, PECLET).found
    experts, model = training.experts(study), training.world_model(study)
    fitness = sight(study, PECLET).fitness()
    own = [fitness_of(model, weights, fitness) for weights in experts.values()]
    assert found.fitness_of.shape == (2**3,)
    assert np.bincount(found.exchanged).tolist() == [2, 6]
    parents = found.fitness_of[found.exchanged == 0]
    np.testing.assert_allclose(parents, own, rtol=1e-5)
    (layers,) = found.described()["paths"].values()
    expected = {name: w for name, w in model.base.items() if name.startswith("embed.")}
    for layer in layers:
        expert, _, depth = layer.partition(":")
        start = "head." if depth == "2" else f"blocks.{depth}."
        weights = experts[expert].items()
        expected |= {name: w for name, w in weights if name.startswith(start)}
    assert found.fitness == pytest.approx(fitness_of(model, expected, fitness))


def test_a_soft_path_is_no_worse_than_the_better_parent(study):
    parent = registry.MODELS["best_parent"].make(study, PECLET).found
    own = training.lineage(study)
    fitness = sight(study, PECLET).fitness()
    found = registry.MODELS["soft_paths"].make(study, PECLET).found
    w = found.shares[found.start]
    assert found.fitness <= parent.fitness * (1 + 1e-5)
    objective = Objective(own.predictor, own.experts, fitness)
    assert found.fitness == pytest.approx(objective(w[None])[0])
    assert found.described()["lambda"] == dict(zip(own.names, w.tolist(), strict=True))


def test_without_scalings_a_candidate_is_its_bits():
    routes = Routes(reach=0.0)
    start = expert_path(("heat", "burgers"), 2)
    bits = np.array(start.indicator, float)
    space = routes.space(("heat", "burgers"), 2)
    starts = [dimension.start for dimension in space.dimensions]
    assert np.array_equal(np.greater(starts, 0.5), bits)
    path = decode(bits, experts=("heat", "burgers"), blocks=2)
    assert path == start and np.array_equal(encode(path)[: len(bits)], bits)


def test_a_short_fitness_looks_one_step_ahead(study):
    short = sight(study, PECLET, steps=1).fitness()
    usual = sight(study, PECLET).fitness()
    assert short.steps == 1 and usual.steps == 10
    assert torch.equal(short.z0, usual.z0)
