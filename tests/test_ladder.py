"""Rungs of the ladder and their bank: what is seen, what is searched, what it costs."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import PECLET

from evophys_lib.errors import ParameterError
from evophys_lib.merge.least_squares import Budget
from evophys_lib.merge.task_vectors import task_vector
from evophys_lib.models import bank, directions, ladder, registry
from evophys_lib.models.bank import FIELDS, Part
from evophys_lib.models.model import Group
from evophys_lib.physics.initial_conditions import InitialConditions
from evophys_lib.physics.splits import Split
from evophys_lib.study import data, training
from evophys_lib.study.sight import sight
from evophys_lib.worldmodel.rollout import unstack


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """A copy of the finished study, in which rungs are made."""
    folder = tmp_path_factory.mktemp("ladder")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    return folder


@pytest.fixture
def burgers(study):
    return data.sources(study, Split.TRAIN)["burgers"]


def test_what_is_carried_alone_stands_still_for_one_who_rides(burgers):
    def carried(t):
        phase = burgers.phase - np.outer(
            2 * np.pi * burgers.mean * t, np.arange(1, burgers.phase.shape[1] + 1)
        )
        shown = InitialConditions(burgers.mean, burgers.amplitude, phase)
        return shown.cell_averages(burgers.field.shape[-1])

    moving = np.stack([carried(t) for t in burgers.t], axis=1)  # (B, T, N)
    seen = bank.riding(replace(burgers, field=moving.astype(np.float32))).numpy()
    spread = moving.std()
    assert np.abs(seen - seen[:, :1]).max() < 1e-5 * spread
    assert np.abs(moving - moving[:, :1]).max() > spread


def test_riding_keeps_the_mean_and_all_moduli(burgers):
    seen = torch.fft.rfft(bank.riding(burgers)).abs()[..., :-1]  # without Nyquist
    own = torch.fft.rfft(torch.from_numpy(burgers.field)).abs()[..., :-1]
    torch.testing.assert_close(seen, own, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    ("parts", "number"),
    [
        ((Part.STILL, Part.FAST), lambda t: np.abs(t.mean)),
        (
            (Part.WEAK, Part.STRONG),
            lambda t: np.abs(t.field[:, 0] - t.mean[:, None]).max(axis=1),
        ),
    ],
)
def test_two_parts_are_the_halves_of_burgers(burgers, parts, number):
    numbers = number(burgers)
    low, high = (
        np.concatenate(
            [
                numbers[(burgers.field == row.numpy()).all(axis=(1, 2))]
                for row in FIELDS[part](burgers)
            ]
        )
        for part in parts
    )
    assert len(low) == len(high) == len(numbers) // 2
    assert low.max() <= np.median(numbers) < high.min()


def test_weak_fluctuations_still_steepen(burgers):
    """Half as large as the largest means: none is the target in disguise."""
    first = FIELDS[Part.WEAK](burgers)[:, 0].numpy()
    assert np.abs(first - first.mean(axis=1, keepdims=True)).max(axis=1).min() > 0.45


def test_every_rung_is_a_merge_and_more_numbers_are_no_worse(study):
    group = registry.in_groups(study.profile, (Group.LADDER,))
    assert set(group) == set(ladder.rungs(study.profile.families))
    lowest, counts = {}, {}
    for name in ("per_expert", "per_layer", "r2", "of_base", "halfway", "strengths"):
        made = group[f"directions_{name}"].make(study, PECLET)
        history = made.found.history
        assert history[-1, 1] < history[0, 1]
        size = study.profile.directions
        least = 1 + made.found.x.size + Budget.trials * size.secants
        assert made.cost.evaluations <= max(size.many, least)
        lowest[name], counts[name] = made.found.fitness, made.found.x.shape[1]
    assert lowest["r2"] < lowest["per_layer"] <= lowest["per_expert"]
    layers = study.profile.predictor.blocks + 1
    assert counts["per_expert"] == 2 and counts["per_layer"] == 2 * layers
    assert counts["r2"] == len(directions.space(study, 2))


def test_all_directions_get_one_jacobian_whatever_it_takes(study):
    made = registry.of(study.profile)["directions_full"].make(study, PECLET)
    full = len(directions.space(study, 10**6))
    assert made.found.x.shape == (1, full)
    assert made.cost.evaluations > full > study.profile.directions.many


def test_the_directions_of_the_base_are_as_long_as_task_vectors(study):
    space = ladder.of_base(study).space()
    lengths = training.lineage(study).vectors
    for name, w in space.bank["base"].items():
        mean = lengths[name].flatten(1).norm(dim=1).mean()
        torch.testing.assert_close(w.norm(), mean, rtol=1e-4, atol=1e-6)


def test_halves_of_the_way_add_up_to_it(study):
    found = ladder.of_halves(study).space().bank
    whole = unstack(training.lineage(study).vectors)
    for family, tau in zip(study.profile.families, whole, strict=True):
        for name, w in tau.items():
            both = found[f"{family} first"][name] + found[f"{family} then"][name]
            torch.testing.assert_close(both, w, rtol=1e-5, atol=1e-6)


def test_a_part_of_burgers_ends_elsewhere_than_the_whole(study):
    base = training.world_model(study).base
    weak = bank.vector(study, bank.part_of_burgers(study, Part.WEAK))
    whole = task_vector(training.expert(study, "burgers").weights, base)
    name = "blocks.0.up.weight"
    assert not torch.allclose(weak[name], whole[name])
    assert torch.equal(weak["embed.weight"], torch.zeros_like(weak["embed.weight"]))


def test_draws_are_other_trajectories_of_the_validation_split(study):
    sizes = study.profile.sizes
    first, second, far = (
        sight(study, PECLET, count=2, draw=draw).trajectories()
        for draw in (0, 1, sizes.search // 2)
    )
    usual = sight(study, PECLET).trajectories()
    assert np.array_equal(first.field, usual.field[:2])
    assert np.array_equal(second.field, usual.field[2:4])
    held_out = data.held_out(study, PECLET)
    assert np.array_equal(far.field, held_out.field[:2])
    assert {t.split for t in (first, second, far)} == {Split.VALIDATION}
    with pytest.raises(ParameterError, match="earlier draw"):
        sight(study, PECLET, count=2, draw=sizes.search // 2 + sizes.validation // 2)


def test_a_draw_is_a_model_of_its_own(study):
    usual, other = (
        directions.of_peclet(study, PECLET, count=1, draw=d) for d in (0, 1)
    )
    assert usual.paths != other.paths
    assert not np.array_equal(usual.found.x, other.found.x)
