"""Networks and λ(Pe) given their best chance: what each saw, is and costs."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from blind import make_blind
from tiny import PECLET, study_in

from evophys_lib.errors import SplitError
from evophys_lib.models import registry, rivals, tuning
from evophys_lib.models.lambda_of_peclet import ps_of_peclet
from evophys_lib.models.model import Group
from evophys_lib.models.rivals import POOLED_SHARES, Rival
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import LAPTOP
from evophys_lib.scoring.scores import cost, scores
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.store.tensors import load_tensors
from evophys_lib.study import data, training
from evophys_lib.study.sight import sight

SEEN = (PECLET, 1.0, 10.0)


def spread(study):
    """The same study with more of a headline, so that Péclet numbers can be told."""
    return replace(study, profile=replace(study.profile, peclets=SEEN))


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with these models; test data cannot be read meanwhile."""
    return make_blind(finished_study, tmp_path_factory, group)


@pytest.fixture(scope="module")
def spread_folder(finished_study, tmp_path_factory):
    """A copy of the finished study, for a longer headline."""
    folder = tmp_path_factory.mktemp("spread")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def other(spread_folder, monkeypatch):
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    return spread(study_in(spread_folder))


def group(study):
    """Those of the group that see as many trajectories as a search, or one."""
    found = registry.in_groups(study.profile, (Group.RIVALS,))
    assert {"pooled_told_k8", "ps_of_pe_k8"} < found.keys()
    more = [f"{name}_k1" for name in ("pooled_told", "pooled_low_rank", "ps_of_pe")]
    return {n: m for n, m in found.items() if "_k8" not in n and n not in more}


def rival(study, name, form, seen):
    config = tuning.pooled_config(study.profile, 4)
    return Rival(study, name, PECLET, form, seen, config, POOLED_SHARES)


def test_what_is_seen_is_named_and_counted(study):
    for name, model in group(study).items():
        told = cost(study, PECLET, model)
        k = name.rpartition("_k")[2]
        seen = int(k) if k.isdecimal() else study.profile.sizes.search
        assert told["trajectories"] == seen * len(study.profile.peclets), name
        assert told["passes"] > 0 and told["seconds"] > 0, name


def test_all_are_scored(study):
    for model in group(study).values():
        told = scores(study, PECLET, model)["metrics"]
        assert np.isfinite(told["squared_error_t50"]).all()


def test_trials_are_paid_for_and_final_training_spends_no_more_than_it_may(study):
    k = study.profile.sizes.search
    made = rivals.pooled(study, PECLET, form=rivals.TUNED, count=k)
    may = tuning.passes_of(tuning.pooled_config(study.profile, k))
    record = store.sound_record(made.paths[0])
    config = record["config"]["finetune"]
    spent = tuning.passes_of(
        replace(
            tuning.pooled_config(study.profile, k),
            training=tuning.TrainingConfig(**config["training"]),
        )
    )
    assert spent <= may
    trials = sorted(
        (study.folder / "baselines" / "trials").glob(f"pooled_tuned_k{k}_*")
    )
    paid = [load_tensors(p)["cost"] for p in trials if p.suffix != ".json"]
    assert len(paid) == 3 + 4 == made.cost.evaluations  # one stands in two rounds
    assert made.cost.passes == spent + sum(int(one[1]) for one in paid)


def test_the_winner_of_the_trials_is_what_is_trained(study):
    k = study.profile.sizes.search
    made = rivals.pooled(study, PECLET, form=rivals.LOW_RANK, count=k)
    config = store.sound_record(made.paths[0])["config"]
    usual = study.profile.few_shot.learning_rate
    rate = config["finetune"]["training"]["learning_rate"]
    assert rate / usual in rivals.FASTER
    later = {}
    for path in (study.folder / "baselines" / "trials").glob(
        f"pooled_low_rank_k{k}_*.safetensors"
    ):
        told = store.sound_record(path)["config"]
        steps = told["finetune"]["training"]["steps"]
        later[path.name] = steps, load_tensors(path)["errors"].mean().item()
    shortest = min(steps for steps, _ in later.values())
    name = min(
        (n for n, (steps, _) in later.items() if steps > shortest),
        key=lambda n: later[n][1],
    )
    assert f"_{config['origin']}_x{rate / usual:.2g}_" in name


def test_only_what_the_form_names_has_changed(study):
    starts = training.experts(study) | {tuning.BASE: training.world_model(study).base}
    for form, moves in ((rivals.HEAD, "head."), (rivals.LOW_RANK, "")):
        made = rivals.few_shot(study, PECLET, form=form)
        origin = store.sound_record(made.paths[0])["config"]["origin"]
        for key, w in made.weights.items():
            may = key.startswith(moves) and not key.startswith("embed.")
            assert torch.equal(w, starts[origin][key]) != may, key


def test_a_network_that_is_told_differs_between_peclet_numbers(other):
    seen = {pe: sight(other, pe, count=2) for pe in SEEN}
    told = rival(other, "told", rivals.TOLD, seen)
    low, middle, high = (told.at(pe) for pe in (SEEN[0], SEEN[1], SEEN[2]))
    assert low.paths == middle.paths == high.paths
    name = "head.0.weight"
    mean = (low.weights[name] + high.weights[name]) / 2
    torch.testing.assert_close(mean, middle.weights[name], rtol=1e-5, atol=1e-6)
    assert not torch.equal(low.weights[name], high.weights[name])
    same = "head.1.weight"
    assert torch.equal(low.weights[same], high.weights[same])


def test_one_trajectory_is_judged_at_peclet_numbers_left_out(other):
    seen = {pe: sight(other, pe, count=1) for pe in SEEN}
    _, trials = rival(other, "one", rivals.TUNED, seen).chosen
    assert len(trials) == 3 + 4
    assert all(len(trial.tensors["errors"]) == 1 for trial in trials)  # at Pe 1
    alone = {PECLET: sight(other, PECLET, count=1)}
    setting, none = rival(other, "alone", rivals.TUNED, alone).chosen
    assert none == [] and setting.origin == "heat" and setting.factor == 1.0


@pytest.mark.parametrize("split", [Split.TEST, Split.TRAIN])
def test_nothing_but_validation_trajectories_is_seen(other, split):
    shown = data.target(other, split, PECLET)
    seen = replace(sight(other, PECLET), trajectories=lambda: shown)
    with pytest.raises(SplitError):
        rival(other, "refused", rivals.TUNED, {PECLET: seen}).at(PECLET)
    assert not store.exists(
        other.folder / "baselines" / "pe0.1" / "refused.safetensors"
    )


def test_lambda_is_linear_in_log_peclet(other):
    at = {pe: ps_of_peclet(other, pe, count=2) for pe in SEEN}
    low, middle, high = (
        np.array(list(one.found.coefficients.values())) for one in at.values()
    )
    assert np.allclose((low + high) / 2, middle, atol=1e-12)
    assert not np.allclose(low, high)
    made = at[PECLET]
    per = other.profile.directions.together // other.profile.ps.popsize
    evaluations = per * other.profile.ps.popsize * len(SEEN)
    assert made.cost.evaluations == evaluations
    assert made.found.fitness <= made.found.history[0, 0]


def test_the_neighbour_is_the_nearest_in_log_peclet(other):
    for peclet, nearest in ((0.3, 0.1), (0.33, 1.0), (3.0, 1.0), (30.0, 10.0)):
        made = tuning.nearest(other, peclet)
        assert made.paths == tuning.few_shot_of(other, nearest, count=4).paths


def test_trials_cost_about_what_training_costs():
    for k in (1, 4, 16):
        whole = tuning.pooled_config(LAPTOP, k).training.steps
        first, second, third = (whole // s for s in POOLED_SHARES)
        assert first == second  # the origin's trial at the middle rate is both
        assert 2.2 < (3 * first + 2 * second + 2 * third) / whole < 2.3
