"""Merges by directions and pooled tuning as models: what each saw, is and costs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from blind import make_blind
from tiny import PECLET

from evophys_lib.merge.task_vectors import task_vector
from evophys_lib.models import directions, registry, tuning
from evophys_lib.models.bases import Basis
from evophys_lib.models.model import Group
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import LAPTOP
from evophys_lib.scoring.scores import cost, scores
from evophys_lib.study import data, training
from evophys_lib.study.scene import scene_of
from evophys_lib.study.sight import fitness_of, fitness_on, sight

NAMES = ("directions_few", "directions", "directions_random")
STEEP = Basis("steep", lambda _, peclet: (1.0, np.log10(peclet)))


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with these models; test data cannot be read meanwhile."""
    return make_blind(finished_study, tmp_path_factory, group)


def group(study):
    return registry.in_groups(study.profile, (Group.DIRECTIONS,))


def test_a_stored_merge_is_what_its_coefficients_say(study):
    for name in NAMES:
        made = registry.MODELS[name].make(study, PECLET)
        space = directions.space(study, 1, random=name == "directions_random")
        expected = space.models(made.found.x)
        for key, w in made.weights.items():
            torch.testing.assert_close(w, expected[key][0], rtol=0, atol=1e-6)


def test_a_search_is_never_worse_than_the_soup_and_more_is_no_worse(study):
    model, fitness = training.world_model(study), sight(study, PECLET).fitness()
    few, many = (registry.MODELS[n].make(study, PECLET) for n in NAMES[:2])
    history = few.found.history
    assert few.found.fitness < history[0, 1]
    assert many.found.fitness <= few.found.fitness
    assert history[-1, 0] <= few.cost.evaluations <= study.profile.directions.few
    soup = registry.MODELS["soup"].make(study, PECLET).weights
    assert fitness_of(model, few.weights, fitness) < fitness_of(model, soup, fitness)


def test_the_random_control_leaves_the_experts_directions(study):
    base = training.world_model(study).base
    soup = registry.MODELS["soup"].make(study, PECLET).weights
    moved = task_vector(registry.MODELS[NAMES[2]].make(study, PECLET).weights, soup)
    own = directions.space(study, 1)
    tau = own.lineage.vectors["blocks.0.up.weight"]
    step = moved["blocks.0.up.weight"]
    assert step.norm() > 0
    inside = torch.linalg.lstsq(tau.flatten(1).T, step.flatten()[:, None]).solution
    left = step.flatten() - (tau.flatten(1).T @ inside)[:, 0]
    assert left.norm() > 0.9 * step.norm()
    assert torch.equal(soup["embed.weight"], base["embed.weight"])


def test_one_artifact_serves_all_peclet_numbers(study):
    k = study.profile.sizes.search
    one, other = (directions.of_peclet(study, pe, count=k) for pe in (PECLET, 30.0))
    assert one.paths == other.paths and np.array_equal(one.found.x, other.found.x)
    assert one.cost.trajectories == k * len(study.profile.peclets)


def test_told_and_estimated_numbers_agree_where_the_estimate_is_right(
    study, monkeypatch
):
    found = directions.shelf.baseline
    directions.of_peclet(study, PECLET, count=4, functions=STEEP)  # made as it is

    def steep(*arguments):
        """What was found, with coefficients that are not 0."""
        kept = found(*arguments)
        x = torch.full_like(kept.tensors["x"], 0.1)
        return replace(kept, tensors={**kept.tensors, "x": x})

    monkeypatch.setattr(directions.shelf, "baseline", steep)
    shown = scene_of(study, data.target(study, Split.VALIDATION, PECLET))

    def forecast(peclet, *, blind):
        merge = directions.of_peclet(
            study, peclet, count=4, blind=blind, functions=STEEP
        )
        return merge.predict(shown).fields

    told, blind = (forecast(PECLET, blind=blind) for blind in (False, True))
    torch.testing.assert_close(blind, told, rtol=0.05, atol=0.05)
    assert torch.equal(forecast(10 * PECLET, blind=True), blind)
    assert not torch.equal(forecast(10 * PECLET, blind=False), told)


def test_few_trajectories_are_looked_at_more_often(study):
    assert directions.shifts_of(LAPTOP, 1) == 8
    assert directions.shifts_of(LAPTOP, 4) == 2
    assert directions.shifts_of(LAPTOP, 16) == 1
    seen = sight(study, PECLET, count=1)
    looks = fitness_on(study, seen.trajectories(), seen.steps, shifts=4)
    assert looks.z0.shape[0] == 4
    usual = seen.fitness()
    assert torch.equal(looks.z0[0], usual.z0[0])
    whole = np.roll(seen.trajectories().field, study.profile.encoder.patch, axis=-1)
    encoder = training.world_model(study).encoder
    moved = encoder.windows(torch.from_numpy(whole), [0])[0]
    torch.testing.assert_close(moved, usual.z0.roll(1, -2), rtol=1e-4, atol=1e-5)


def test_later_looks_begin_at_later_frames_and_are_as_many(study):
    seen = sight(study, PECLET, count=1)
    trajectories, steps = seen.trajectories(), seen.steps
    looks = fitness_on(study, trajectories, steps, shifts=2, starts=3)
    usual = fitness_on(study, trajectories, steps, shifts=2)
    assert looks.z0.shape[0] == 6 and looks.truth.shape[1] == 6
    assert torch.equal(looks.z0[:2], usual.z0)
    assert torch.equal(looks.truth[:, :2], usual.truth)
    frames = trajectories.field.shape[1]
    room = frames - study.profile.encoder.context - steps * study.profile.stride
    late = replace(
        trajectories, field=trajectories.field[:, room:], t=trajectories.t[room:]
    )
    last = fitness_on(study, late, steps, shifts=2)
    assert room > 0
    torch.testing.assert_close(looks.z0[4:], last.z0, rtol=1e-5, atol=1e-6)


def test_pooled_tuning_spends_what_the_merge_may_spend():
    for k in (1, 4, 16):
        config = tuning.pooled_config(LAPTOP, k)
        looks = k * directions.shifts_of(LAPTOP, k)
        size = LAPTOP.directions
        passes = size.together * len(LAPTOP.peclets) * looks * LAPTOP.horizon_steps
        assert 0.95 * passes < tuning.passes_of(config) <= 1.02 * passes


def test_costs_say_what_was_seen(study):
    for name, model in group(study).items():
        told = cost(study, PECLET, model)
        k = name.rpartition("_k")[2]
        seen = int(k) if k.isdecimal() else study.profile.sizes.search
        assert told["trajectories"] == seen * len(study.profile.peclets), name
        assert told["passes"] > 0 and told["seconds"] > 0
        assert (told["evaluations"] == 0) == name.startswith("pooled_")


def test_all_are_scored(study):
    for model in group(study).values():
        told = scores(study, PECLET, model)["metrics"]
        assert np.isfinite(told["squared_error_t50"]).all()
