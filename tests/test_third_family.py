"""A third family is named once: data, encoder, three experts, all merges, results."""

import importlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from tiny import PECLET, study_in

from evophys_lib import extensions, parameters, profiles
from evophys_lib.__main__ import main
from evophys_lib.errors import DataError, ParameterError
from evophys_lib.evaluate import results
from evophys_lib.models import coefficients, registry, routes
from evophys_lib.physics.equations import EQUATIONS
from evophys_lib.physics.splits import Split
from evophys_lib.scoring import report
from evophys_lib.store import disk
from evophys_lib.study import data, training
from evophys_lib.study.study import Study

FAMILIES = ("heat", "burgers", "drift")
FOLDER = str(Path(__file__).parent)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """A smoke study of three families, with its results."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(EQUATIONS, "drift", None)  # to be taken away again
        EQUATIONS["drift"] = importlib.import_module("drift").Drift()
        there = os.environ.get("PYTHONPATH", "")
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [FOLDER, there])))
        patch.setenv(extensions.VARIABLE, "drift")
        folder = tmp_path_factory.mktemp("three")
        patch.setenv(disk.OUTPUTS_VARIABLE, str(folder))
        three = replace(profiles.SMOKE, families=FAMILIES, peclets=(PECLET,))
        made = Study(three, seed=0, device=torch.device("cpu"))
        report.make_results(made)
        yield made


def test_results_tell_of_three_experts(study):
    document = results.read(report.results_path(study))
    entry = document["peclet"]["0.1"]
    assert entry["lambda"].keys() == set(FAMILIES)
    assert set(FAMILIES) < entry["models"].keys()
    assert "oracle_drift" not in entry["models"]  # α alone does not determine it
    assert document["world_model"]["drift"].keys() == {"nrmse_t5", "nrmse_t50"}
    told = document["world_model"]["linear_probe_r2"]
    assert told.keys() == {"diffusivity", "viscosity", "drift_diffusivity", "mean"}
    worst = min(entry["models"][family]["mse_t50"] for family in FAMILIES)
    primary = document["verdicts"]["primary"]["peclet"]["0.1"]
    assert primary["mse_best_parent"] == pytest.approx(worst)
    assert document["verdicts"]["tertiary"]["verdict"] == "undecided"  # needs two


def test_three_experts_start_from_one_base(study):
    base, experts = training.world_model(study).base, training.experts(study)
    assert tuple(experts) == FAMILIES
    moved = {
        family: sum((w[name] - base[name]).square().sum().item() for name in base)
        for family, w in experts.items()
    }
    assert min(moved.values()) > 0 and len(set(moved.values())) == 3
    assert set(data.sources(study, Split.TRAIN)) == set(FAMILIES)


def test_merges_take_of_all_three(study):
    blocks = study.profile.predictor.blocks
    ps = coefficients.ps(study, PECLET)
    assert ps.found.coefficients.keys() == set(FAMILIES)
    assert ps.found.history[0, 0] >= ps.found.fitness  # from the soup
    found = routes.dfs(study, PECLET).found
    assert list(found.paths) == ["ABC", "BCA", "CAB"]
    assert all(path.size == 3 * blocks for path in found.paths.values())
    firsts = [history[0, 0] for history in found.histories.values()]
    assert found.fitness <= min(firsts) and len(set(firsts)) == 3
    both = routes.ps_dfs(study, PECLET).found
    assert both.paths["ABC"].experts == ("merged", "burgers", "drift")
    assert both.fitness <= ps.found.fitness * (1 + 1e-3)


def test_what_needs_two_is_left_out_and_the_rest_is_there(study):
    models = registry.of(study.profile)
    assert not {"slerp", "lambda_line"} & models.keys()
    assert {"few_shot_drift", "heat_then_burgers_then_drift"} <= models.keys()
    found = models["drift_after_burgers_after_heat"].make(study, PECLET)
    assert found.paths == ()
    ensemble = models["fitted_ensemble"].make(study, PECLET)
    assert ensemble.cost.evaluations == 8  # a third of 5 generations, of 8 candidates


def test_data_of_other_families_are_not_taken_for_these(study, monkeypatch):
    two = replace(study, profile=replace(study.profile, families=FAMILIES[:2]))
    with pytest.raises(
        DataError, match="made for burgers, drift, heat, not for heat, burgers"
    ):
        data.sources(two, Split.TRAIN)


@pytest.mark.parametrize("families", [("heat",), ("heat", "advection-diffusion")])
def test_a_profile_needs_two_sources_that_are_not_the_target(families):
    with pytest.raises(ParameterError, match="families"):
        replace(profiles.SMOKE, families=families)


def test_the_usual_study_has_two(tmp_path, monkeypatch):
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    usual = study_in(tmp_path).profile
    assert usual.families == FAMILIES[:2]
    assert np.all([name in registry.of(usual) for name in results.MODELS])


@pytest.mark.parametrize("name", ["nowhere", "json.nowhere", "no name", "../drift"])
def test_an_extension_that_is_not_there_is_one_line(name, monkeypatch, capsys):
    monkeypatch.setenv(extensions.VARIABLE, f"json, {name}")
    assert main(["search", "status"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: EVOPHYS_EXTENSIONS = '{name}' is not allowed: ")


def test_a_profile_that_is_added_again_is_another_of_the_same_name(monkeypatch):
    monkeypatch.setattr(profiles, "PROFILES", dict(profiles.PROFILES))
    monkeypatch.setattr(parameters, "PROFILES", [*parameters.PROFILES])
    for processes in (1, 2):
        profiles.add(replace(profiles.SMOKE, name="mine", processes=processes))
    assert profiles.profile("mine").processes == 2
    assert parameters.PROFILES.count("mine") == 1


@pytest.mark.parametrize("frames", [(), (7,), (5, 55)])
def test_forecasts_are_scored_where_predictor_steps_end(frames):
    with pytest.raises(ParameterError, match="where predictor steps end"):
        replace(profiles.SMOKE, horizon_frames=frames)
