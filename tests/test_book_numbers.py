"""Numbers that the book's pages repeat are those of the code."""

from operator import attrgetter
from pathlib import Path

import pytest

from evophys_lib.evaluate.resampling import RESAMPLES
from evophys_lib.merge.data_flow import REPETITIONS
from evophys_lib.parameters import DEVICES
from evophys_lib.parameters import PROFILES as NAMES
from evophys_lib.profiles import PROFILES

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "book/running.md").read_text("utf-8")
ROWS = {
    "trajectories to train on, of each source": "sizes.train",
    "target trajectories that a search sees, $k$": "sizes.search",
    "target trajectories to test on": "sizes.target_test",
    "cells in a patch, $p$": "encoder.patch",
    "frames of context, $T_c$": "encoder.context",
    "numbers per token, $D$": "encoder.latent",
    "encoder: width": "encoder.width",
    "encoder: blocks": "encoder.blocks",
    "predictor: width, $W$": "predictor.width",
    "predictor: blocks, $L$": "predictor.blocks",
    "frames that a step spans, $\\Delta$": "predictor.stride",
    "steps of the longest rollout, $H$": "horizon_steps",
    "pretraining: steps": "jepa.training.steps",
    "pretraining: windows per step": "jepa.training.batch",
    "fine-tuning: steps": "finetune.training.steps",
    "neural operator: width": "neural_operator.width",
    "neural operator: steps": "neural_operator.training.steps",
    "search in parameter space: generations": "ps.generations",
    "search in parameter space: candidates in each": "ps.popsize",
    "search of paths, each order: generations": "dfs.generations",
    "search of paths, each order: candidates in each": "dfs.popsize",
    "Péclet numbers": "peclets",
    "processes side by side": "processes",
}
"""Rows of the table of profiles, and the setting that each shows."""


def cells(first, page=PAGE):
    """The other cells of the table row that begins with `first`."""
    (line,) = [line for line in page.splitlines() if line.startswith(f"| {first} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def shown(setting):
    """A setting as the table writes it: of several values, how many."""
    return f"{len(setting) if isinstance(setting, tuple) else setting:,}"


@pytest.mark.parametrize("row", ROWS)
def test_the_table_of_profiles_is_true(row):
    profiles = [PROFILES[name] for name in ("smoke", "laptop", "paper")]
    assert cells(row) == [shown(attrgetter(ROWS[row])(p)) for p in profiles]


def test_the_table_of_profiles_has_no_other_rows():
    table = PAGE.partition("| | smoke | laptop | paper |")[2].partition("\n\n")[0]
    assert table.count("\n") == 1 + len(ROWS)


def test_all_profiles_and_devices_are_named():
    assert all(f"`{name}`" in cells("`device`")[0] for name in DEVICES)
    plain = [name for name in NAMES if not name.endswith("-gru")]
    assert all(f"`{name}`" in cells("`profile`")[0] for name in plain)
    assert {f"{name}-gru" for name in plain} == set(NAMES) - set(plain)


METHOD = (ROOT / "book/method.md").read_text("utf-8")
TRAININGS = {
    "pretraining": (
        PROFILES["laptop"].jepa.training,
        (PROFILES["laptop"].jepa.unroll,),
    ),
    "fine-tuning": (
        PROFILES["laptop"].finetune.training,
        PROFILES["laptop"].finetune.unrolls,
    ),
    "probe": (PROFILES["laptop"].probe, ("–",)),
}


@pytest.mark.parametrize("row", TRAININGS)
def test_the_table_of_trainings_is_true(row):
    config, unrolls = TRAININGS[row]
    rate = f"{config.learning_rate:g}"
    told = [f"{config.steps:,}", str(config.batch), rate, ", ".join(map(str, unrolls))]
    assert cells(row, METHOD) == told
    assert (config.warmup, config.clip) == (50, 1.0)


def test_what_the_method_says_of_pretraining_paths_and_intervals_is_true():
    jepa, predictor = PROFILES["laptop"].jepa, PROFILES["laptop"].predictor
    assert f"$\\kappa = {jepa.prediction_weight:g}$" in METHOD
    assert f"d_0 = {jepa.ema_start:g}" in METHOD and f"$H = {jepa.unroll}$" in METHOD
    slots, layers = 2 * predictor.blocks * REPETITIONS, 2 * predictor.blocks
    assert f"listed $r = {REPETITIONS}$ times" in METHOD
    assert f"are bits: {slots + layers**2} at" in METHOD
    resamples = f"{RESAMPLES:,}".replace(",", "{,}")
    assert f"$R = {resamples}$ resamples" in METHOD
    assert f"$1/{RESAMPLES + 1}$" in METHOD
