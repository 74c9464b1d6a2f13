"""The whole study, from nothing to results.json, at a size that takes seconds.

Stages are checked for what holds at any size: the contract, equal bytes, who sees
which split, physics, and the refusal of artifacts that are not their own.
"""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from repeatable import comparable
from tiny import PECLET, study_in

from evophys_lib import profiles
from evophys_lib.errors import ArtifactError, DataError, SplitError
from evophys_lib.evaluate import results
from evophys_lib.models import coefficients, registry, routes
from evophys_lib.physics import dataset
from evophys_lib.physics.files import sha256
from evophys_lib.physics.splits import Split
from evophys_lib.scoring import forecasts, home, report
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.store.tensors import load_tensors, save_tensors
from evophys_lib.study import data, training
from evophys_lib.study.scene import scene_of, truth_of
from evophys_lib.study.sight import sight
from evophys_lib.study.study import Study, open_study
from evophys_lib.worldmodel.training import TrainingConfig

SEARCHES = ("ps", "random_search", "dfs", "ps_dfs")


@pytest.fixture
def finished(finished_study):
    """The folder of one finished study, and its results."""
    return finished_study.folder, finished_study.results


@pytest.fixture
def study(finished, monkeypatch):
    """The finished study; tests may look, not touch."""
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    return study_in(finished[0])


# --- the contract --------------------------------------------------------------------


def test_the_results_follow_the_contract(finished, study):
    path = report.results_path(study)
    assert path == finished[0] / "smoke" / "seed0" / "results.json"
    document = results.read(path)  # validates
    assert document == finished[1]
    assert list(document["peclet"]) == ["0.1"]
    models = document["peclet"]["0.1"]["models"]
    assert models.keys() == forecasts.told(study).keys() > set(results.MODELS)
    layers = study.profile.predictor.blocks + 1
    for lam in document["peclet"]["0.1"]["lambda"].values():
        assert len(lam) == layers


def test_every_stage_is_timed(finished, study):
    families = {f"forecasts/source_{family}" for family in study.profile.families}
    models = {
        f"{stage}/pe0.1/{name}"
        for name in forecasts.told(study)
        for stage in ("forecasts", "scores")
    }
    assert finished[1]["timings_s"].keys() == families | models | {
        "data/train/sources",
        "data/validation/sources",
        "data/test/sources",
        "data/validation/pe0.1/target",
        "data/test/pe0.1/target",
        "models/world_model",
        "models/probe",
        "models/expert_heat",
        "models/expert_burgers",
        *(f"merges/pe0.1/{search}" for search in SEARCHES),
    }


def test_a_second_run_makes_nothing_and_gives_equal_bytes(study, monkeypatch):
    path = report.results_path(study)
    before = path.read_bytes()
    checked = refuse(disk.replacing, keep=path)
    monkeypatch.setattr(disk, "replacing", checked)
    report.make_results(study)
    assert path.read_bytes() == before  # timings included: they are the records'


def refuse(replacing, keep):
    """Let nothing be written but one file."""

    def checked(path):
        assert path == keep, f"{path} was made again"
        return replacing(path)

    return checked


def test_a_run_from_nothing_elsewhere_gives_equal_bytes(
    finished, tmp_path, monkeypatch
):
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    torch.manual_seed(1)  # nothing may depend on the global state
    torch.rand(17)
    np.random.seed(1)  # noqa: NPY002
    again = report.make_results(study_in(tmp_path))
    one, two = (comparable(d) for d in (finished[1], again))
    assert disk.canonical_json(one) == disk.canonical_json(two)
    for path in finished[0].rglob("*.safetensors"):
        twin = tmp_path / path.relative_to(finished[0])
        assert path.read_bytes() == twin.read_bytes(), path.name


def test_processes_side_by_side_give_equal_bytes(finished, copied):
    names = [f"models/expert_{family}" for family in copied.profile.families]
    for path in [artifact(copied, name) for name in names]:
        path.unlink()
        store.record_path(path).unlink()
    two = replace(copied, profile=replace(copied.profile, processes=2))
    training.make_experts(two)
    for name in names:
        path = artifact(copied, name)
        twin = finished[0] / path.relative_to(disk.outputs_root())
        assert path.read_bytes() == twin.read_bytes()


def test_an_open_study_is_checked_and_ready(monkeypatch):
    threads = torch.get_num_threads()
    opened = open_study("smoke", "3", "cpu")
    assert opened == Study(profiles.SMOKE, 3, torch.device("cpu"))
    assert torch.get_num_threads() == 1  # OMP_NUM_THREADS of the tests
    torch.set_num_threads(threads)


# --- splits --------------------------------------------------------------------------


def test_the_search_sees_the_validation_split(study):
    fitness = sight(study, PECLET).fitness()
    assert fitness.split is Split.VALIDATION
    assert len(fitness.z0) == study.profile.sizes.search
    assert fitness.steps == study.profile.horizon_steps


@pytest.mark.parametrize("split", [Split.TEST, Split.TRAIN])
def test_a_search_on_another_split_is_refused(study, monkeypatch, split):
    trajectories = data.target(study, Split.TEST, PECLET)
    other = replace(trajectories, split=split)
    monkeypatch.setattr(data, "target", lambda *arguments: other)
    with pytest.raises(SplitError, match="the search sees Split.VALIDATION only"):
        sight(study, PECLET).fitness()


def test_training_and_searches_read_no_test_data(finished, copied, monkeypatch):
    shutil.rmtree(copied.folder / "models")
    shutil.rmtree(copied.folder / "merges")
    shutil.rmtree(copied.folder / "data" / "test")
    read = []
    original = dataset.read

    def spy(folder, equation):
        read.append(folder)
        return original(folder, equation)

    monkeypatch.setattr(data.dataset, "read", spy)
    training.probe(copied)
    for name in SEARCHES:
        registry.MODELS[name].make(copied, PECLET)
    assert {folder.relative_to(copied.folder).parts[1] for folder in read} == {
        Split.TRAIN.value,
        Split.VALIDATION.value,
    }
    assert not (copied.folder / "data" / "test").exists()


# --- what the stages give ------------------------------------------------------------


def test_experts_start_from_the_base_and_keep_its_embedding(study):
    model, experts = training.world_model(study), training.experts(study)
    for weights in experts.values():
        assert weights.keys() == model.base.keys()
        for name, w in weights.items():
            assert torch.equal(w, model.base[name]) == name.startswith("embed."), name
    assert not any(p.requires_grad for p in model.encoder.parameters())


def test_a_stored_merge_is_the_sum_that_its_coefficients_say(study):
    model, experts = training.world_model(study), training.experts(study)
    found = coefficients.ps(study, PECLET)
    for name, w in found.weights.items():
        layer = training.lineage(study).layers[name]
        expected = model.base[name].double()
        for family, expert in experts.items():
            if layer is not None:
                tau = expert[name].double() - model.base[name].double()
                expected = expected + found.found.coefficients[family][layer] * tau
        torch.testing.assert_close(w.double(), expected, rtol=0, atol=1e-6)
    assert found.found.fitness == found.found.history.min()


def test_searches_of_equal_budget_evaluate_equally_often(study):
    ps, random = (
        make(study, PECLET).found
        for make in (coefficients.ps, coefficients.random_search)
    )
    assert ps.history.shape == random.history.shape
    dfs = routes.dfs(study, PECLET).found
    assert {h.shape for h in dfs.histories.values()} == {(2, 4)}
    assert dfs.fitness == min(h.min() for h in dfs.histories.values())


def test_forecasts_hold_every_model_at_every_horizon(study):
    steps, count = study.profile.horizon_steps, study.profile.sizes.target_test
    for model in forecasts.told(study).values():
        found = forecasts.forecast(study, PECLET, model)
        assert found.fields.shape == (steps, count, 128)
        assert found.latent.shape == (steps,)


def test_horizons_are_5_to_50_frames_after_the_context(study):
    trajectories = data.target(study, Split.TEST, PECLET)
    truth, initial = truth_of(study, trajectories)
    np.testing.assert_array_equal(initial, trajectories.field[:, 0])
    now = study.profile.encoder.context - 1
    np.testing.assert_array_equal(truth[0], trajectories.field[:, now + 5])
    np.testing.assert_array_equal(truth[-1], trajectories.field[:, now + 50])
    scene = scene_of(study, trajectories)
    np.testing.assert_array_equal(scene.truth.numpy(), truth)


def test_persistence_is_the_last_frame_of_the_context(study):
    trajectories = data.target(study, Split.TEST, PECLET)
    now = trajectories.field[:, study.profile.encoder.context - 1]
    still = forecasts.forecast(study, PECLET, registry.MODELS["persistence"])
    for step in still.fields:
        np.testing.assert_array_equal(step.numpy(), now)


def test_exact_heat_beats_persistence_where_diffusion_rules(finished):
    models = finished[1]["peclet"]["0.1"]["models"]
    for horizon in ("nrmse_t5", "nrmse_t50"):
        oracle, still = (models[m][horizon] for m in ("oracle_heat", "persistence"))
        assert 0 < 3 * oracle < still
    assert models["oracle_heat"]["conservation_residual"] < 1e-6
    assert models["persistence"]["conservation_residual"] < 1e-6


def test_the_recurrent_predictor_is_trained_and_merged(finished, tmp_path, monkeypatch):
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    study = study_in(tmp_path, profiles.profile("smoke-gru"))
    assert study.folder == tmp_path / "smoke-gru" / "seed0"
    shutil.copytree(finished[0] / "smoke" / "seed0" / "data", study.folder / "data")
    model = training.world_model(study)
    assert any("gru" in type(m).__name__.lower() for m in model.predictor.modules())
    found = coefficients.ps(study, PECLET)
    assert np.isfinite(found.found.fitness)
    assert found.weights.keys() == model.base.keys()


# --- artifacts that are not their own ------------------------------------------------

LOADERS = {
    "models/world_model": training.world_model,
    "models/probe": training.probe,
    "models/expert_heat": lambda study: training.expert(study, "heat"),
    "merges/pe0.1/ps": lambda study: coefficients.ps(study, PECLET),
    "merges/pe0.1/dfs": lambda study: routes.dfs(study, PECLET),
    "forecasts/source_heat": lambda s: home.source_forecasts(s, "heat"),
    "forecasts/pe0.1/ps": lambda s: forecasts.forecast(
        s, PECLET, registry.MODELS["ps"]
    ),
}
every_artifact = pytest.mark.parametrize("name", LOADERS)


def artifact(study, name):
    return study.folder / f"{name}.safetensors"


def with_matching_record(path):
    """Make the record say that the file is sound."""
    record = disk.read_json(store.record_path(path)) | {"sha256": sha256(path)}
    disk.write_text(store.record_path(path), disk.canonical_json(record))


def assert_refused(study, name, path, message):
    with pytest.raises(ArtifactError, match=message) as caught:
        LOADERS[name](study)
    told = str(caught.value)
    assert str(path) in told and "elete it" in told and "\n" not in told


@every_artifact
def test_a_flipped_byte_is_refused(copied, name):
    path = artifact(copied, name)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert_refused(copied, name, path, "is damaged")


@every_artifact
def test_a_file_cut_off_with_its_record_matching_is_refused(copied, name):
    path = artifact(copied, name)
    path.write_bytes(path.read_bytes()[:-4])
    with_matching_record(path)
    assert_refused(copied, name, path, "not a readable safetensors file")


@every_artifact
def test_foreign_weights_with_their_record_matching_are_refused(copied, name):
    path = artifact(copied, name)
    save_tensors(path, {"foreign": torch.zeros(3)})
    with_matching_record(path)
    assert_refused(copied, name, path, "not what this library stores there")


@pytest.mark.parametrize("name", [name for name in LOADERS if "models" in name])
def test_a_checkpoint_of_another_network_is_refused(copied, name):
    path = artifact(copied, name)
    tensors = load_tensors(path)
    first = min(tensors.keys() - {training.LOSSES})
    tensors[first] = tensors[first][:1].repeat(3, *[1] * (tensors[first].ndim - 1))
    save_tensors(path, tensors)
    with_matching_record(path)
    assert_refused(copied, name, path, f"not a checkpoint of this model: {first}")


def test_what_another_world_model_led_to_is_refused(copied):
    path = artifact(copied, "models/world_model")
    for old in (path, store.record_path(path)):
        old.unlink()
    shorter = replace(copied.profile.jepa, training=TrainingConfig(steps=1, batch=8))
    other = replace(copied, profile=replace(copied.profile, jepa=shorter))
    training.world_model(other)
    for name in ("models/probe", "models/expert_heat"):
        assert_refused(other, name, artifact(other, name), r"differs in: inputs\)")
    assert_refused(copied, "models/world_model", path, r"differs in: config\)")


def test_data_of_another_origin_is_refused(copied):
    folder = copied.folder / "data" / "train"
    dataset.produce(
        equation="heat", trajectories=32, seed=5, split=Split.TRAIN, directory=folder
    )
    with pytest.raises(DataError, match="not the file that sources.json") as caught:
        data.sources(copied, Split.TRAIN)
    assert str(folder / "heat.h5") in str(caught.value)


def test_missing_data_is_told_with_what_to_delete(copied):
    folder = copied.folder / "data" / "train"
    (folder / "burgers.h5").unlink()
    remedy = f"Within a study: delete the folder {folder} and run again."
    with pytest.raises(DataError) as caught:
        data.sources(copied, Split.TRAIN)
    assert "burgers.h5" in str(caught.value) and str(caught.value).endswith(remedy)
    shutil.rmtree(folder)
    assert len(data.sources(copied, Split.TRAIN)["burgers"]) == 32
    training.world_model(copied)  # the same data again: still its input


def test_a_simulation_that_fails_is_told(copied, monkeypatch):
    shutil.rmtree(copied.folder / "data" / "train")
    monkeypatch.setattr(data.sys, "executable", "/bin/false")
    with pytest.raises(DataError, match="simulating heat .* failed .*status 1"):
        data.make_sources(copied, Split.TRAIN)
    assert not list((copied.folder / "data" / "train").glob("*.json"))
