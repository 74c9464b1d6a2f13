"""Controls of composition: what their parents saw, and that all else is as it was."""

import pytest
import torch
from blind import make_blind
from tiny import PECLET

from evophys_lib.merge.ensembles import soup
from evophys_lib.merge.task_vectors import task_vector
from evophys_lib.models import controls, registry, tuning
from evophys_lib.models.model import Group
from evophys_lib.physics.splits import Split
from evophys_lib.store import artifacts as store
from evophys_lib.study import data, training
from evophys_lib.study.sight import fitness_of, sight
from evophys_lib.worldmodel.rollout import unstack

PAIRS = ("heat_twice", "burgers_twice", "joint_twice", "unrelated", "long")


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with these models; test data cannot be read meanwhile."""
    return make_blind(finished_study, tmp_path_factory, group)


def group(study):
    return registry.in_groups(study.profile, (Group.CONTROLS,))


def made(study, name):
    return group(study)[name].make(study, PECLET)


def test_another_seed_s_data_are_none_of_the_experts(study):
    usual, other = data.sources(study, Split.TRAIN), data.sources_again(study)
    for family in study.profile.families:
        one, two = usual[family].field, other[family].field
        assert one.shape == two.shape and other[family].split is Split.TRAIN
        assert not {row.tobytes() for row in one} & {row.tobytes() for row in two}


def test_parents_start_from_the_same_base_and_end_elsewhere(study):
    base = training.world_model(study).base
    names = ("heat_again", "burgers_again", "joint_again", "reaction", "heat_long")
    parents = {n: made(study, n).weights for n in names}
    parents |= {f: training.expert(study, f).weights for f in study.profile.families}
    parents["joint"] = tuning.joint(study, PECLET).weights
    moved = {n: task_vector(w, base)["blocks.0.up.weight"] for n, w in parents.items()}
    assert all(
        torch.equal(w["embed.weight"], base["embed.weight"]) for w in parents.values()
    )
    rows = torch.stack([tau.flatten() for tau in moved.values()])
    assert (rows.norm(dim=1) > 0).all()
    cosines = torch.nn.functional.cosine_similarity(rows[:, None], rows[None], dim=2)
    assert (cosines.fill_diagonal_(0) < 1 - 1e-6).all()


@pytest.mark.parametrize("pair", PAIRS)
def test_every_merge_of_a_pair_starts_from_its_soup(study, pair):
    seen = sight(study, PECLET)
    model, fitness = training.world_model(study), seen.fitness()
    blend = made(study, f"soup_{pair}")
    start = fitness_of(model, blend.weights, fitness)
    ps = made(study, f"ps_{pair}")
    assert ps.found.history[0, 0] == pytest.approx(start, rel=1e-5)
    assert fitness_of(model, ps.weights, fitness) <= start * (1 + 1e-5)
    directions = made(study, f"directions_{pair}")
    history = directions.found.history
    assert history[-1, 1] < history[0, 1]
    usual = registry.MODELS["ps"].make(study, PECLET).cost
    assert (ps.cost.evaluations, ps.cost.passes) == (usual.evaluations, usual.passes)


def test_a_soup_of_controls_is_the_mean_of_both(study):
    both = [training.expert(study, "heat").weights, made(study, "heat_again").weights]
    expected = soup(both)
    found = made(study, "soup_heat_twice").weights
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_coefficients_bear_the_names_of_parents(study):
    assert [*made(study, "ps_unrelated").found.coefficients] == ["heat", "reaction"]
    assert [*made(study, "ps_long").found.coefficients] == [
        "heat_long",
        "burgers_long",
    ]


def test_the_line_has_one_number(study):
    found = made(study, "joint_line")
    base = training.world_model(study).base
    whole = task_vector(tuning.joint(study, PECLET).weights, base)
    lam = found.found.coefficients["joint"]
    assert len(set(lam)) == 1
    step = task_vector(found.weights, base)
    for name, tau in whole.items():
        torch.testing.assert_close(step[name], lam[0] * tau, rtol=1e-4, atol=1e-6)


def test_long_experts_have_four_times_the_steps(study):
    record = store.sound_record(made(study, "heat_long").paths[0])
    usual = study.profile.finetune.training.steps
    assert record["config"]["finetune"]["training"]["steps"] == 4 * usual


def test_lineages_of_controls_differ_from_the_usual_in_parents_alone(study):
    usual = training.lineage(study)
    found = controls.parents_of(study, controls.unrelated(study)).lineage()
    assert found.names == ("heat", "reaction")
    first, second = unstack(found.vectors)
    heat, burgers = unstack(usual.vectors)
    assert all(torch.equal(first[n], heat[n]) for n in heat)
    assert any(not torch.equal(second[n], burgers[n]) for n in burgers)
