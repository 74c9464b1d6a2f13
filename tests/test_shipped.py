"""Models that come with the repository: sound, taken where nothing is, proved."""

import shutil
from dataclasses import replace

import pytest
import torch
from tiny import PECLET, study_in

from evophys_lib import notebooks, profiles, receipts
from evophys_lib.__main__ import main
from evophys_lib.errors import ArtifactError
from evophys_lib.models import references
from evophys_lib.physics.splits import Split
from evophys_lib.scoring import agreement
from evophys_lib.store import artifacts as store
from evophys_lib.store import shipped
from evophys_lib.store.tensors import load_tensors
from evophys_lib.study import data, training
from evophys_lib.study.scene import scene_of
from evophys_lib.study.study import folder_of, open_study

FLAG = "--from-scratch"


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An outputs folder in which nothing is."""
    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path))
    monkeypatch.delenv(shipped.SCRATCH_VARIABLE, raising=False)
    return tmp_path


@pytest.fixture
def tiny(finished_study, tmp_path, monkeypatch):
    """A tiny study, and as many of its artifacts in the place of shipped models."""
    monkeypatch.setattr(shipped, "FOLDER", tmp_path / "models")
    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path / "outputs"))
    shutil.copytree(finished_study.folder, tmp_path / "outputs")
    own = study_in(tmp_path / "outputs")
    agreement.ship(own)
    return own, replace(own, part=shipped.PART)


def refuse(*arguments, **options):
    pytest.fail("something was simulated or trained")


# --- those of the repository ---------------------------------------------------------


def test_they_are_what_a_laptop_study_would_have_made(empty, monkeypatch, capsys):
    """Kind, settings, seed and inputs of every one, from the data on."""
    monkeypatch.setattr(data, "_run", refuse)
    monkeypatch.setattr(training, "pretrain", refuse)
    monkeypatch.setattr(training.finetune, "finetune", refuse)
    monkeypatch.setattr(training.probes, "fit", refuse)
    study = open_study("laptop", 0, "cpu")
    training.probe(study)
    assert set(training.experts(study)) == set(profiles.LAPTOP.families)
    (line,) = capsys.readouterr().err.splitlines()
    assert "models/laptop/seed0" in line and FLAG in line
    assert study.folder == empty / "laptop" / "shipped" / "seed0"
    for path in agreement.checkpoints(study)[1:]:
        assert store.digest_of(path) == store.digest_of(study.shipped(path))


def test_an_expert_forecasts_its_own_family(empty):
    """Against the exact solution, far below what persistence errs."""
    study = open_study("laptop", 0, "cpu")
    few = replace(study.profile.sizes, test=8)
    study = replace(study, profile=replace(study.profile, sizes=few))
    errors = agreement.errors(study, study)
    for family in study.profile.families:
        assert errors[f"{family} on {family}, nrmse_t50"] < 0.06


# --- when they are taken -------------------------------------------------------------


def test_a_study_that_has_trained_keeps_its_own(empty):
    assert open_study("laptop", 0, "cpu").is_shipped
    assert not open_study("laptop", 1, "cpu").is_shipped
    assert not open_study("laptop", 0, "cpu", train=True).is_shipped
    own = empty / "laptop" / "seed0" / "models"
    store.obtain_json(own / "x.json", store.Provenance("kind", {}, {}), lambda: 1)
    assert not open_study("laptop", 0, "cpu").is_shipped


@pytest.mark.parametrize(("value", "taken"), [("", True), ("0", True), ("1", False)])
def test_the_variable_asks_for_training(empty, monkeypatch, value, taken):
    monkeypatch.setenv(shipped.SCRATCH_VARIABLE, value)
    assert open_study("laptop", 0, "cpu").is_shipped is taken
    part = shipped.PART if taken else ""
    assert folder_of("laptop", 0) == empty / "laptop" / part / "seed0"


def test_the_flag_sets_it_and_the_notebook_lies_with_its_study(empty, monkeypatch):
    places = []
    monkeypatch.setattr(
        notebooks, "_execute", lambda source, given, target, bars: places.append(target)
    )
    monkeypatch.setattr(receipts, "write", lambda source, executed: None)
    monkeypatch.setenv(shipped.SCRATCH_VARIABLE, "")
    assert main(["run", "05_dfs", "-p", "pe", "3.7"]) == 0
    assert main(["run", "05_dfs", "-p", "pe", "3.7", FLAG]) == 0
    taken, trained = (p.relative_to(empty).as_posix() for p in places)
    assert taken == "laptop/shipped/seed0/notebooks/05_dfs_pe3.7.ipynb"
    assert trained == "laptop/seed0/notebooks/05_dfs_pe3.7.ipynb"


def test_they_forecast_what_the_trained_ones_do(tiny):
    own, other = tiny
    trajectories = data.target(own, Split.VALIDATION, PECLET)
    for name in ("heat", "burgers"):
        told = [
            references.expert(s, PECLET, family=name).predict(scene_of(s, trajectories))
            for s in (own, other)
        ]
        assert torch.equal(told[0].fields, told[1].fields)


# --- what is refused -----------------------------------------------------------------


@pytest.mark.parametrize("position", range(5))
def test_damage_is_refused_and_nothing_is_copied(tiny, position):
    own, other = tiny
    path = agreement.checkpoints(own)[position].relative_to(own.folder)
    source = other.shipped(other.folder / path)
    content = bytearray(source.read_bytes())
    content[len(content) // 2] ^= 1
    source.write_bytes(content)
    with pytest.raises(ArtifactError, match="git checkout models.*from-scratch"):
        training.probe(other)
        training.experts(other)
    assert not store.exists(other.folder / path)


def test_models_of_other_settings_are_refused(tiny):
    _, other = tiny
    longer = replace(other.profile.jepa.training, steps=7)
    jepa = replace(other.profile.jepa, training=longer)
    other = replace(other, profile=replace(other.profile, jepa=jepa))
    with pytest.raises(ArtifactError, match=r"differs in: config\).*from-scratch"):
        training.world_model(other)
    assert not store.exists(training.world_model_path(other))


# --- the proof -----------------------------------------------------------------------


def test_the_same_training_agrees_to_the_bit(tiny):
    found = agreement.agreement(tiny[0])
    assert found.equal and found.holds
    assert set(found.ratios.values()) == {1.0}
    assert len(found.ratios) == 2 * 3 * 2  # families, models, horizons


def test_another_expert_is_not_equal(tiny):
    own, _ = tiny
    path = training.expert_path(own, "heat")
    record = store.read_record(path)
    provenance = store.Provenance(record["kind"], record["config"], record["inputs"])
    weights = {n: 1.01 * w for n, w in load_tensors(path).items()}
    store.discard(path)
    store.obtain_tensors(path, provenance, lambda: weights)
    found = agreement.agreement(own)
    assert not found.equal
    assert found.ratios["heat on heat, nrmse_t50"] != 1.0
    assert found.ratios["burgers on heat, nrmse_t50"] == 1.0


def test_the_command_tells_whether_they_agree_and_can_renew_them(
    tiny, monkeypatch, capsys
):
    own, other = tiny
    monkeypatch.setitem(profiles.PROFILES, "smoke", own.profile)
    monkeypatch.setattr(agreement, "TOLERANCE", 0.01)  # so little training says little
    line = ["shipped", "--profile", "smoke"]
    assert main(line) == 0
    told = capsys.readouterr().out
    assert "heat on heat, nrmse_t50: 1.0000 ×" in told and "to the bit" in told
    path = training.expert_path(own, "heat").relative_to(own.folder)
    source = other.shipped(other.folder / path)
    record = store.read_record(source)
    provenance = store.Provenance(record["kind"], record["config"], record["inputs"])
    weights = load_tensors(source)
    for factor, status, words in ((1 + 1e-6, 0, "differ in"), (3.0, 1, "disagree")):
        changed = {name: factor * w for name, w in weights.items()}
        store.discard(source)
        store.obtain_tensors(source, provenance, lambda made=changed: made)
        shutil.rmtree(other.folder, ignore_errors=True)
        assert main(line) == status
        assert f"They {words}" in capsys.readouterr().out
    assert main([*line, "--renew"]) == 0
    assert "to the bit" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("equal", "ratio", "holds"), [(False, 1.1, True), (False, 1.2, False)]
)
def test_the_tolerance_decides_where_digits_differ(equal, ratio, holds):
    assert agreement.Agreement(equal, {"a": 1.0, "b": ratio}).holds is holds
    assert agreement.Agreement(equal, {"a": 1.0, "b": 2 - ratio}).holds is holds
