"""Targets that ask more: drawn and seen as declared, searched with the usual models."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import PECLET, tiny

from evophys_lib import profiles
from evophys_lib.commands.sweep import _kinds
from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import evidence
from evophys_lib.models import registry
from evophys_lib.parameters import peclet_key
from evophys_lib.physics import dataset, manifest
from evophys_lib.physics.recipe import Recipe
from evophys_lib.physics.splits import Split
from evophys_lib.scoring.forecasts import truth
from evophys_lib.store import artifacts as store
from evophys_lib.study import data, training
from evophys_lib.study.scene import scene
from evophys_lib.study.sight import sight
from evophys_lib.study.targets import TARGETS, USUAL, Target
from evophys_lib.sweep import collecting
from evophys_lib.sweep import grid as grids
from evophys_lib.sweep.grid import Grid, Task

PROFILE = tiny(profiles.SMOKE)
NOISY, COARSE = TARGETS["noise0.05"], TARGETS["coarse4"]
CENTRE = 3.0  # Péclet number about which U and α are spread


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    folder = tmp_path_factory.mktemp("asking")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    return folder


# --- what is drawn -------------------------------------------------------------------


def spread(value, peclet=CENTRE, equation="advection-diffusion", count=64):
    return Recipe(equation, count, 0, Split.TEST, peclet=peclet, spread=value)


def test_speed_and_diffusivity_are_drawn_on_their_own():
    initial, physical = spread(30.0, count=4000).draw()
    speed, diffusivity = physical["advection_speed"], physical["diffusivity"]
    numbers, logs = speed / diffusivity, np.log([speed, diffusivity])
    assert CENTRE / 30 < numbers.min() < CENTRE / 20
    assert CENTRE * 20 < numbers.max() < CENTRE * 30
    assert abs(np.corrcoef(logs)[0, 1]) < 5 / np.sqrt(4000)
    for log, centre in zip(logs, np.log([0.1 * 3**0.5, 0.1 / 3**0.5]), strict=True):
        edges = centre + np.log(30) * np.linspace(-0.5, 0.5, 5)
        assert np.histogram(log, edges)[0].tolist() == [1000] * 4  # stratified
    np.testing.assert_array_equal(initial.mean, speed)


def test_shapes_are_those_of_the_path():
    (usual, _), (varied, _) = spread(1.0).draw(), spread(30.0).draw()
    np.testing.assert_array_equal(usual.amplitude, varied.amplitude)
    np.testing.assert_array_equal(usual.phase, varied.phase)


@pytest.mark.parametrize(
    ("value", "peclet", "equation"),
    [
        (34.0, 3.0, "advection-diffusion"),
        (1.1, 100.0, "advection-diffusion"),
        (0.5, 3.0, "advection-diffusion"),
        (float("nan"), 3.0, "advection-diffusion"),
        (2.0, None, "heat"),
    ],
)
def test_what_leaves_the_sources_is_refused(value, peclet, equation):
    with pytest.raises(ParameterError, match="spread"):
        spread(value, peclet, equation)


def test_a_manifest_tells_of_a_spread_where_there_is_one(tmp_path):
    told = []
    for folder, value in (("usual", 1.0), ("varied", 30.0)):
        dataset.produce(
            equation="advection-diffusion", trajectories=4, seed=0, split=Split.TEST,
            directory=tmp_path / folder, peclet=CENTRE, spread=value, progress=False,
        )  # fmt: skip
        (entry,) = manifest.load(tmp_path / folder)["shards"].values()
        told.append(entry["parameters"].get("spread"))
        assert not dataset.verify(tmp_path / folder)
    assert told == [None, 30.0]


# --- what is seen --------------------------------------------------------------------


def test_the_usual_target_is_seen_as_it_is(study):
    true = data.target(study, Split.VALIDATION, PECLET)
    assert USUAL.seen(true) is true


def test_noise_is_white_of_the_declared_size_and_always_the_same(study):
    true = data.test(study, PECLET)
    unit = true.field[:, 0].std(axis=1)[:, None, None]
    noise = (NOISY.seen(true).field - true.field) / unit
    assert abs(noise.std() / 0.05 - 1) < 5 / np.sqrt(2 * noise.size)
    assert abs(noise.mean()) < 5 * 0.05 / np.sqrt(noise.size)
    for one, next_one in (
        (noise[:, 1:], noise[:, :-1]),
        (noise[..., 1:], noise[..., :-1]),
        (noise[1:], noise[:-1]),
    ):
        together = np.corrcoef(one.ravel(), next_one.ravel())[0, 1]
        assert abs(together) < 5 / np.sqrt(one.size)
    np.testing.assert_array_equal(NOISY.seen(true).field, NOISY.seen(true).field)
    for other in (replace(true, seed=1), replace(true, peclet=0.2)):
        assert (NOISY.seen(other).field != NOISY.seen(true).field).mean() > 0.99


def test_later_frames_are_left_alone(study):
    true = data.test(study, PECLET)
    seen = NOISY.seen(true, frames=5).field
    np.testing.assert_array_equal(seen[:, :5], NOISY.seen(true).field[:, :5])
    np.testing.assert_array_equal(seen[:, 5:], true.field[:, 5:])


@pytest.mark.parametrize("every", [2, 4, 8])
def test_a_coarse_field_is_a_straight_line_between_cells(study, every):
    true = data.test(study, PECLET).field
    seen = Target("coarse", every=every).seen(data.test(study, PECLET)).field
    cells = np.arange(true.shape[-1])
    line = np.interp(cells, cells[::every], true[3, 7, ::every], period=len(cells))
    np.testing.assert_allclose(seen[3, 7], line, atol=1e-6)
    np.testing.assert_array_equal(seen[..., ::every], true[..., ::every])


# --- who sees it ---------------------------------------------------------------------


def test_the_usual_study_lies_where_it_lay(study):
    key = f"pe{peclet_key(PECLET)}"
    for split in Split:
        expected = study.folder / "data" / split.value / key / "target.json"
        assert data.target_path(study, split, PECLET) == expected
    expected = study.folder / "models" / "expert_heat.safetensors"
    assert training.expert_path(study, "heat") == expected


def test_a_search_sees_what_a_forecast_starts_from(study):
    asked = study.of(NOISY)
    usual, noisy = sight(study, PECLET), sight(asked, PECLET)
    true, seen = usual.trajectories(), noisy.trajectories()
    np.testing.assert_array_equal(seen.field, NOISY.seen(true).field)
    assert usual.inputs["data"] != noisy.inputs["data"]
    digests = {store.digest_of(one.inputs["data"]) for one in (usual, noisy)}
    assert len(digests) == 2  # nobody takes a merge for the other's
    assert {k: v for k, v in usual.inputs.items() if k != "data"}.items() <= (
        noisy.inputs.items()
    )


def test_a_forecast_starts_from_what_is_seen_and_is_compared_with_the_truth(study):
    asked = study.of(NOISY)
    shown, usual = scene(asked, PECLET), scene(study, PECLET)
    assert torch.equal(shown.truth, usual.truth)
    assert torch.equal(shown.latents[1:], usual.latents[1:])
    assert not torch.equal(shown.latents[0], usual.latents[0])
    assert not torch.equal(shown.fields[:, shown.now], usual.fields[:, usual.now])
    for ours, theirs in zip(truth(asked, PECLET), truth(study, PECLET), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_trajectories_that_no_search_sees_are_seen_likewise(study):
    usual, seen = (data.held_out(s, PECLET) for s in (study, study.of(COARSE)))
    np.testing.assert_array_equal(seen.field, COARSE.seen(usual).field)


# --- the sweep -----------------------------------------------------------------------


def test_names_of_the_sweep_tell_model_and_target():
    kinds = _kinds(PROFILE, ["ps@varied", "soup@noise0.05", "heat@passive", "base"])
    assert {kind: [*models] for kind, models in kinds.items()} == {
        "": ["base"],
        "passive": ["heat"],
        "varied": ["ps"],
        "noise0.05": ["soup"],
    }
    with pytest.raises(ParameterError, match="coarse4"):
        _kinds(PROFILE, ["ps@nothing"])


def test_no_default_sweep_searches_on_them():
    assert not {*grids.everything(PROFILE)} & {*TARGETS}


@pytest.mark.parametrize(("kind", "peclet"), [("noise0.05", PECLET), ("varied", 3.0)])
def test_a_model_is_searched_anew_with_the_usual_experts(study, kind, peclet):
    models = registry.named(PROFILE, ("ps", "fourier_k4", "persistence"))
    grid = Grid(PROFILE, (0,), (peclet,), device="cpu", kinds={kind: models})
    before = {p: p.read_bytes() for p in study.folder.glob("models/*")}
    merge = study.folder / "merges" / f"pe{peclet_key(peclet)}" / "ps.safetensors"
    usual = merge.read_bytes() if merge.exists() else None
    for task in grids.missing(grid):
        grids.do(grid, task)
    assert grids.missing(grid) == []
    assert {p: p.read_bytes() for p in study.folder.glob("models/*")} == before
    assert (merge.read_bytes() if merge.exists() else None) == usual
    place, shown = grid.place(Task(0, peclet, "ps", kind))
    assert shown == data.USUAL and not (place.folder / "models").exists()
    assert (place.folder / merge.relative_to(study.folder)).exists()

    folder = place.folder / "evidence"
    assert collecting.collect(grid, folder) == len(models) + 1
    found = evidence.read(folder)
    assert {*found.scores["model"]} == {f"{name}@{kind}" for name in (*models, "truth")}
    assert {*found.costs["model"]} == {f"{name}@{kind}" for name in models}
    assert {*found.searches["method"]} == {f"ps@{kind}"}
