"""Forecasts at Péclet numbers never searched, and of targets of another kind."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import PECLET, study_in

from evophys_lib.models import coefficients, interpolation, registry
from evophys_lib.physics.layout import joined
from evophys_lib.physics.splits import Split
from evophys_lib.scoring.forecasts import forecast, truth
from evophys_lib.scoring.scores import scores, truth_scores
from evophys_lib.store import disk
from evophys_lib.study import data, training
from evophys_lib.study.scene import scene_of
from evophys_lib.study.sight import fitness_of, sight, sight_of_all
from evophys_lib.worldmodel.rollout import rollout

NAMES = ("interpolated", "interpolated_blind")
ABOVE = 0.3  # the neighbour of PECLET, which lies at the end of the lattice


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with its interpolated and shifted forecasts."""
    folder = tmp_path_factory.mktemp("others")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, "")
        study = study_in(folder)
        for name in NAMES:
            scores(study, PECLET, registry.MODELS[name])
        scores(study, PECLET, registry.MODELS["persistence"], "passive")
    return folder


def test_neighbours_leave_out_the_number_itself():
    assert interpolation.neighbours(10.0) == [5.0, 30.0]
    assert interpolation.neighbours(20.0) == [10.0, 30.0]
    assert interpolation.neighbours(0.1) == [0.3]
    assert interpolation.neighbours(100.0) == [30.0]


def test_coefficients_lie_between_those_of_the_neighbours(study):
    low, high = (
        np.array(list(coefficients.ps(study, pe).found.coefficients.values()))
        for pe in (PECLET, ABOVE)
    )
    at = np.array([PECLET, np.sqrt(PECLET * ABOVE), ABOVE, 7.0])
    rows = np.stack([low, high])
    found = interpolation.coefficients_at([PECLET, ABOVE], rows, at)
    assert np.allclose(found, [low, (low + high) / 2, high, high], atol=1e-12)


def test_the_number_is_read_from_the_first_frames(study):
    fields = data.target(study, Split.TEST, PECLET).field
    context = fields[:, : study.profile.encoder.context]
    told = interpolation.estimated_peclet(context)
    assert np.allclose(told, PECLET, rtol=0.05)
    at_rest = np.ones_like(context)
    assert (interpolation.estimated_peclet(at_rest) == PECLET).all()


def test_the_blind_merge_looks_at_nothing_after_the_context(study):
    shown = scene_of(study, data.test(study, PECLET))
    later = shown.trajectories.field.copy()
    later[:, study.profile.encoder.context :] = np.nan
    hidden = replace(shown, trajectories=replace(shown.trajectories, field=later))
    made = interpolation.interpolated_blind(study, PECLET)
    whole, blind = made.predict(shown), made.predict(hidden)
    assert torch.equal(whole.fields, blind.fields)


def test_one_neighbour_alone_gives_its_own_merge(study):
    found = {n: forecast(study, PECLET, registry.MODELS[n]).fields for n in NAMES}
    model, (probe, _) = training.world_model(study), training.probe(study)
    latents = model.encoder.windows(
        data.fields(data.target(study, Split.TEST, PECLET), study.device), [0]
    )
    weights = coefficients.ps(study, ABOVE).weights
    with torch.no_grad():
        rolled = rollout(model.predictor, weights, latents[0], 10)
        expected = probe(rolled)
    for name in NAMES:
        torch.testing.assert_close(found[name], expected, rtol=1e-4, atol=1e-4)


def test_passive_means_are_not_the_speed(study):
    passive = data.test(study, PECLET, "passive")
    usual = data.target(study, Split.TEST, PECLET)
    speed = usual.parameters["advection_speed"]
    assert np.allclose(usual.mean, speed)
    assert np.array_equal(passive.parameters["advection_speed"], speed)
    assert abs(passive.mean - speed).max() > 0.1


def test_marked_scores_have_a_truth_of_their_own(study):
    usual, passive = (truth_scores(study, PECLET, kind) for kind in ("", "passive"))
    assert passive["metrics"].keys() == usual["metrics"].keys()
    assert passive["metrics"] != usual["metrics"]
    true, _ = truth(study, PECLET, "passive")
    told = scores(study, PECLET, registry.MODELS["persistence"], "passive")
    still = told["metrics"]["squared_error_t50"]
    assert len(still) == true.shape[1] and min(still) > 0


def test_all_headline_numbers_have_equal_shares_of_one_sight(study):
    seen = sight_of_all(study)
    lots = [data.target(study, Split.VALIDATION, pe) for pe in study.profile.peclets]
    expected = joined([lot.take(slice(4)) for lot in lots])
    assert np.array_equal(seen.trajectories().field, expected.field)
    assert seen.count == len(expected) == study.profile.sizes.search
    assert seen.lots == seen.fitness().lots == len(study.profile.peclets)


def test_one_merge_for_all_counts_every_number_the_same(study):
    """With two Péclet numbers, the mean of the two fitnesses of two trajectories."""
    both = replace(study, profile=replace(study.profile, peclets=(PECLET, 30.0)))
    seen = sight_of_all(both)
    base = training.world_model(study).base
    model = training.world_model(study)
    apart = [
        fitness_of(model, base, sight(both, pe, count=2).fitness())
        for pe in both.profile.peclets
    ]
    assert fitness_of(model, base, seen.fitness()) == pytest.approx(
        np.mean(apart), rel=1e-5
    )
    assert seen.config["lots"] == 2 and "lots" not in sight(both, PECLET).config
