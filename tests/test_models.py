"""Every model at a size that takes seconds: what each is by definition, what it saw,
and what it cost."""

import os
import shutil
from dataclasses import fields, replace

import numpy as np
import pytest
import torch
from lineages import norm
from tiny import PECLET, study_in

from evophys_lib import profiles
from evophys_lib.errors import ArtifactError, SplitError
from evophys_lib.evaluate import metrics
from evophys_lib.evaluate.equation import Dynamics, summary
from evophys_lib.evaluate.results import MODELS
from evophys_lib.merge.ensembles import ensemble_rollout
from evophys_lib.merge.task_vectors import task_vector
from evophys_lib.models import registry, tuning
from evophys_lib.models.model import Cost, Group
from evophys_lib.physics.files import sha256
from evophys_lib.physics.splits import Split
from evophys_lib.scoring import report
from evophys_lib.scoring.forecasts import truth
from evophys_lib.scoring.scores import cost, scores, truth_scores
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.store.tensors import load_tensors, save_tensors
from evophys_lib.study import data, training
from evophys_lib.study.scene import scene_of
from evophys_lib.study.sight import fitness_of, sight
from evophys_lib.worldmodel.rollout import rollout

SEARCHED = (
    "lambda_line", "slerp", "task_arithmetic", "ties", "dare_ties", "sobol",
    "random_vectors",
)  # fmt: skip
RIVALS = (Group.GAP, Group.BASELINES)
SCORED = (Group.MODELS, *RIVALS)
TRAINED = ("joint", "plenty", "few_shot_base", "few_shot_heat", "few_shot_burgers")


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with its rivals; searches and test data cannot be read while
    these are made."""
    folder = tmp_path_factory.mktemp("baselines")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, "")
        study = study_in(folder)
        hidden = [study.data_folder / "test", study.folder / "merges"]
        for path in hidden:
            path.rename(path.with_name(f"hidden_{path.name}"))
        for model in registry.in_groups(study.profile, RIVALS).values():
            model.make(study, PECLET)
        for path in hidden:
            assert not path.exists()
            path.with_name(f"hidden_{path.name}").rename(path)
        for model in registry.in_groups(study.profile, SCORED).values():
            scores(study, PECLET, model)
    return folder


@pytest.fixture(scope="module")
def scored(folder):
    """Scores of every model and of the truth."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, "")
        study = study_in(folder)
        return {"truth": truth_scores(study, PECLET)["metrics"]} | {
            name: scores(study, PECLET, model)["metrics"]
            for name, model in registry.in_groups(study.profile, SCORED).items()
        }


def stage(study, name):
    return registry.of(study.profile)[name].make(study, PECLET)


def fitness_here(study, weights):
    fitness = sight(study, PECLET).fitness()
    return fitness_of(training.world_model(study), weights, fitness)


def rolled(study, name, z0, steps):
    """Latents that a model rolls out, as the probe is shown them."""
    shown = scene_of(study, data.target(study, Split.VALIDATION, PECLET))
    latents = z0.expand(steps + 1, *z0.shape)
    seen = []

    def probe(latents):
        seen.append(latents)
        return latents

    frames = list(range(steps))
    scene = replace(shown, latents=latents, probe=probe, frames=frames)
    stage(study, name).predict(scene)
    return seen[0]


# --- what each is ---


def test_the_best_parent_is_the_fitter_expert(study):
    experts = training.experts(study)
    best = min(experts, key=lambda name: fitness_here(study, experts[name]))
    found = stage(study, "best_parent")
    for name, w in found.weights.items():
        assert torch.equal(w, experts[best][name])
    assert found.cost.evaluations == 2


@pytest.mark.parametrize("name", [*SEARCHED, "gradient"])
def test_the_stored_winner_has_the_lowest_fitness_of_its_history(study, name):
    found = stage(study, name)
    stored = load_tensors(found.paths[0])
    lowest = stored["history"].min().item()
    assert fitness_here(study, found.weights) == pytest.approx(lowest, rel=1e-5)
    if name == "dare_ties":
        assert stored["rescored"].shape == (5,) and stored["rescored"].isfinite().all()


def test_the_line_and_the_arc_mix_the_experts(study):
    base = training.world_model(study).base
    experts = training.experts(study)
    tau = {f: task_vector(w, base) for f, w in experts.items()}
    line = stage(study, "lambda_line")
    lam = load_tensors(line.paths[0])["coefficients"]
    assert (lam.sum(0) == 1).all() and (lam == lam[:, :1]).all()
    share = lam[0, 0].item()
    for name, w in line.weights.items():
        mixed = base[name] + share * tau["heat"][name]
        mixed = mixed + (1 - share) * tau["burgers"][name]
        torch.testing.assert_close(w, mixed, rtol=0, atol=1e-6)
    arc = task_vector(stage(study, "slerp").weights, base)
    shortest, longest = sorted(norm(v).item() for v in tau.values())
    assert 0.9 * shortest < norm(arc).item() < 1.1 * longest  # a line would cut in


def test_random_vectors_leave_the_experts(study):
    experts = training.experts(study)
    found = stage(study, "random_vectors")
    base = training.world_model(study).base
    moved = task_vector(found.weights, base)
    for expert in experts.values():
        tau = task_vector(expert, base)
        inner = sum((moved[n] * tau[n]).sum() for n in base)
        assert abs(inner) < 0.1 * norm(moved) * norm(tau)


def test_both_experts_in_turn_and_together(study):
    model, experts = training.world_model(study), training.experts(study)
    z0 = sight(study, PECLET).fitness().z0

    def step(name, z):
        return rollout(model.predictor, experts[name], z, 1)[0]

    turns = rolled(study, "heat_then_burgers", z0, 3)
    expected = step("heat", step("burgers", step("heat", z0)))
    torch.testing.assert_close(turns[2], expected)
    both = rolled(study, "burgers_after_heat", z0, 2)
    assert both.shape == (2, *z0.shape)
    torch.testing.assert_close(both[0], step("burgers", step("heat", z0)))
    other = rolled(study, "heat_after_burgers", z0, 2)
    torch.testing.assert_close(other[0], step("heat", step("burgers", z0)))


def test_the_fitted_ensemble_is_at_least_as_fit_as_the_uniform(study):
    model, fitness = training.world_model(study), sight(study, PECLET).fitness()
    experts = list(training.experts(study).values())
    with torch.no_grad():
        uniform = ensemble_rollout(model.predictor, experts, fitness.z0, fitness.steps)
        fitted = rolled(study, "fitted_ensemble", fitness.z0, fitness.steps)
    assert fitness(fitted[:, None])[0] <= fitness(uniform[:, None])[0] * (1 + 1e-6)


@pytest.mark.parametrize("name", TRAINED)
def test_training_starts_where_it_says_and_keeps_the_embedding(study, name):
    origin = name.removeprefix("few_shot_")
    starts = training.experts(study)
    start = starts.get(origin, training.world_model(study).base)
    found = stage(study, name)
    for key, w in found.weights.items():
        assert torch.equal(w, start[key]) == key.startswith("embed."), key
    if origin in starts:  # nearer to its own expert than to the other one
        near, far = (
            norm(task_vector(found.weights, w))
            for w in (start, *(w for f, w in starts.items() if f != origin))
        )
        assert near < far
    steps = load_tensors(found.paths[0])["losses"]
    assert len(steps) == {
        "joint": 12,  # twice the 6 of an expert
        "plenty": 6,
    }.get(name, 5)  # 8 evaluations of 10 steps / (3 · mean of 1, 3, 6, 10)


# --- what each saw and cost ---


def test_trajectories_of_the_test_split_cannot_be_trained_on(study):
    test = data.target(study, Split.TEST, PECLET)
    with pytest.raises(SplitError, match="nothing is trained on"):
        tuning.target_sampler(study, test)
    tuning.target_sampler(study, data.target(study, Split.VALIDATION, PECLET))


def test_no_trajectory_is_in_two_splits_of_the_target(study):
    first = [
        data.target(study, split, PECLET).field[:, 0] for split in Split
    ]  # (n, N) each
    rows = np.concatenate(first)
    assert len(np.unique(rows, axis=0)) == len(rows) == 32 + 4 + 8


def test_few_shot_tuning_spends_what_the_search_spends():
    for profile in (profiles.SMOKE, profiles.LAPTOP, profiles.PAPER):
        config = tuning.few_shot_config(profile, profile.sizes.search)
        passes = tuning.passes_of(config)
        size, k = profile.ps, profile.sizes.search
        spent = size.generations * size.popsize * k * profile.horizon_steps
        assert config.training.batch == k
        assert 0.9 * spent < passes <= 1.02 * spent
    assert tuning.few_shot_config(profiles.LAPTOP, 16).training.steps == 320


def test_costs_are_counted_in_one_unit(study):
    models = registry.in_groups(study.profile, SCORED)
    found = {n: Cost(**cost(study, PECLET, model)) for n, model in models.items()}
    assert set(MODELS) < found.keys()
    search = found["ps"]
    assert (search.evaluations, search.trajectories) == (8, 4)
    assert search.passes == 8 * 4 * 10  # E k H
    for name in (*SEARCHED, "random_search"):
        spent = found[name]
        assert spent.evaluations == 8 and spent.passes == search.passes, name
        assert spent.seconds > 0, name
    assert found["gradient"].evaluations == 2  # two steps of a single descent
    assert found["gradient"].passes == 2 * 3 * 4 * 10
    assert found["fitted_ensemble"].passes == 4 * 2 * 4 * 10
    assert found["ps_dfs"].evaluations == 8 + 2 * 8
    assert found["joint"].trajectories == 0 and found["plenty"].trajectories == 32
    for name in ("soup", "model_stock", "heat_then_burgers", "oracle_heat"):
        assert found[name] == Cost(), name


# --- scores ---


def test_scores_per_trajectory_agree_with_the_pooled_ones(study, scored):
    pooled = report.model_scores(study, PECLET, MODELS)
    _, initial = truth(study, PECLET)
    unit = metrics.variances(initial).mean()
    for name in scored.keys() - {"truth"}:
        for horizon in ("t5", "t50"):
            errors = np.array(scored[name][f"squared_error_{horizon}"])
            assert errors.shape == (8,)
            error = np.sqrt(errors.mean() / unit)
            assert scored[name][f"nrmse_{horizon}"] == pytest.approx(error)
    for name in MODELS:
        assert pooled[name].items() <= scored[name].items()


def test_the_best_parent_forecasts_as_that_parent(study, scored):
    parents = [scored[name]["squared_error_t50"] for name in study.profile.families]
    assert scored["best_parent"]["squared_error_t50"] in parents


def test_the_true_fields_obey_the_target_s_equation(study, scored):
    def fitted(name):
        columns = (np.array(scored[name][field.name]) for field in fields(Dynamics))
        return Dynamics(*columns)

    trajectories = data.target(study, Split.TEST, PECLET)
    for name in ("advection_speed", "diffusivity"):
        true = trajectories.parameters[name]
        found = getattr(fitted("truth"), name)
        np.testing.assert_allclose(found, true, rtol=0.02, atol=1e-3)
    estimate = summary([fitted("truth")])["peclet"]
    assert estimate.value == pytest.approx(PECLET, abs=0.005)
    still = summary([fitted("persistence")])
    assert still["advection_speed"].value == pytest.approx(0, abs=1e-9)


# --- artifacts ---


def test_a_second_run_makes_nothing(study, monkeypatch):
    def refuse(path):
        raise AssertionError(f"{path} was made again")

    monkeypatch.setattr(disk, "replacing", refuse)
    for model in registry.in_groups(study.profile, SCORED).values():
        scores(study, PECLET, model)
        cost(study, PECLET, model)


@pytest.mark.parametrize("name", ["ties", "slerp", "fitted_ensemble", "plenty"])
def test_a_baseline_made_again_has_equal_bytes(study, tmp_path, monkeypatch, name):
    path = stage(study, name).paths[0]
    before, outputs = path.read_bytes(), disk.outputs_root()
    shutil.copytree(outputs, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, str(tmp_path))
    twin = tmp_path / path.relative_to(outputs)
    twin.unlink()
    os.unlink(store.record_path(twin))
    torch.manual_seed(1)  # nothing may depend on the global state
    assert stage(study, name).paths == (twin,)
    assert twin.read_bytes() == before


@pytest.mark.parametrize("name", ["best_parent", "gradient", "joint"])
def test_foreign_tensors_are_refused(study, tmp_path, monkeypatch, name):
    path = stage(study, name).paths[0]
    outputs = disk.outputs_root()
    shutil.copytree(outputs, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, str(tmp_path))
    other = tmp_path / path.relative_to(outputs)
    save_tensors(other, {"foreign": torch.zeros(3)})
    record = disk.read_json(store.record_path(other))
    record["sha256"] = sha256(other)
    disk.write_text(store.record_path(other), disk.canonical_json(record))
    with pytest.raises(ArtifactError, match="not what this library stores there"):
        stage(study, name)
