"""Classical rows: exact where they should be, blind, of the budget they claim."""

import numpy as np
import pytest
import torch
from blind import make_blind
from tiny import PECLET

from evophys_lib.comparators import propagator
from evophys_lib.evaluate.metrics import nrmse
from evophys_lib.models import classical, operators, registry
from evophys_lib.models.model import Group
from evophys_lib.models.tuning import few_shot_config, passes_of
from evophys_lib.physics.equations import AdvectionDiffusion
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.physics.initial_conditions import InitialConditions, sample
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import LAPTOP, PAPER
from evophys_lib.scoring.forecasts import truth
from evophys_lib.store.tensors import load_tensors
from evophys_lib.study import data
from evophys_lib.study.scene import scene

SPEED, DIFFUSIVITY = np.array([0.9, -0.3, 0.05]), np.array([0.01, 0.1, 0.4])
MEAN = np.array([0.2, -0.3, 0.7])
CONTEXT = 5


def flows(mean=MEAN):
    initial = sample(np.random.default_rng(3), trajectories=3)
    initial = InitialConditions(mean, initial.amplitude, initial.phase)
    numbers = {"advection_speed": SPEED, "diffusivity": DIFFUSIVITY}
    return AdvectionDiffusion().solve(initial, numbers)


# --- the propagator ------------------------------------------------------------------


def test_both_numbers_are_read_off_and_the_rest_follows():
    field = flows()
    read = propagator.fit(field[:, :CONTEXT], interval=TIME_STEP)
    np.testing.assert_allclose(read.speed, SPEED, atol=1e-7)
    np.testing.assert_allclose(read.diffusivity, DIFFUSIVITY, atol=1e-7)
    times = TIME_STEP * np.arange(1, 96)
    told = propagator.forecast(read, times)
    np.testing.assert_allclose(told, field[:, CONTEXT:].swapaxes(0, 1), atol=1e-6)


def test_a_flow_that_carries_itself_tells_its_speed_by_its_mean():
    read = propagator.fit(flows(SPEED)[:, :2], interval=TIME_STEP, riding=True)
    np.testing.assert_allclose(read.speed, SPEED, atol=1e-12)
    np.testing.assert_allclose(read.diffusivity, DIFFUSIVITY, atol=1e-7)
    wrong = propagator.fit(flows()[:, :2], interval=TIME_STEP, riding=True)
    np.testing.assert_allclose(wrong.speed, MEAN, atol=1e-12)


def test_a_field_at_rest_stays():
    still = np.full((1, CONTEXT, 32), 0.7)
    read = propagator.fit(still, interval=TIME_STEP)
    np.testing.assert_allclose(propagator.forecast(read, [0.1, 0.2]), 0.7, atol=1e-12)


def test_noise_spreads_the_numbers_as_little_as_it_must():
    """The variance is the Cramér–Rao bound, from the slope of the frames themselves."""
    field, noise, draws = flows()[1:2, :CONTEXT], 1e-3, 400
    rng = np.random.default_rng(0)
    seen = field + noise * rng.standard_normal((draws, *field.shape[1:]))
    read = propagator.fit(seen, interval=TIME_STEP)
    found = np.var([read.speed, read.diffusivity], axis=1, ddof=1)

    def frames(numbers):
        """All of them from U, α and both parts of modes 0 … K of the first."""
        speed, diffusivity, *parts = numbers
        half = len(parts) // 2
        first = np.array(parts[:half]) + 1j * np.array(parts[half:])
        wave = 2 * np.pi * np.arange(half)
        rate = -diffusivity * wave**2 - 1j * speed * wave
        times = TIME_STEP * np.arange(CONTEXT)[:, None]
        return np.fft.irfft(first * np.exp(rate * times), n=field.shape[-1]).ravel()

    first = np.fft.rfft(field[0, 0])[: propagator.MODES + 1]
    at = np.concatenate([[SPEED[1], DIFFUSIVITY[1]], first.real, first.imag])
    steps = 1e-5 * np.eye(len(at))
    slope = np.stack([(frames(at + s) - frames(at - s)) / 2e-5 for s in steps], axis=1)
    information = slope.T @ slope / noise**2
    bound = np.diag(np.linalg.pinv(information, rcond=1e-12))[:2]
    np.testing.assert_allclose(found, bound, rtol=5 * np.sqrt(2 / draws))


# --- models --------------------------------------------------------------------------


def group(study):
    wanted = ("fourier_k1", "fourier_k4", "dmd_k1", "dmd_k4", "read_off", "operator")
    return registry.named(study.profile, [*wanted, "read_off_riding"])


@pytest.fixture(scope="module")
def folder(finished_study, tmp_path_factory):
    """The finished study with the classical rows, made without its test split."""
    return make_blind(finished_study, tmp_path_factory, group)


def errors(study, name):
    """nRMSE after one predictor step and after all."""
    told = group(study)[name].make(study, PECLET).predict(scene(study, PECLET))
    true, initial = truth(study, PECLET)
    assert told.latent is None and told.fields.dtype == torch.float32
    return [nrmse(told.fields[s].numpy(), true[s], initial) for s in (0, -1)]


@pytest.mark.parametrize("name", ["fourier_k1", "fourier_k4", "read_off"])
def test_on_a_linear_target_they_have_the_answer(study, name):
    assert max(errors(study, name)) < 1e-5


def test_the_mean_is_the_speed_of_the_usual_target(study):
    assert max(errors(study, "read_off_riding")) < 1e-5


def test_dmd_needs_more_trajectories_than_multipliers(study):
    few, more = errors(study, "dmd_k1"), errors(study, "dmd_k4")
    assert more[-1] < 0.1 * few[-1]


def test_the_rank_is_that_of_the_least_wrong_rollout_left_out(study):
    """Every rank fitted to three of four trajectories, rolled out on the fourth."""
    from evophys_lib.comparators import dmd

    kept = group(study)["dmd_k4"].make(study, PECLET).paths[0]
    rank = load_tensors(kept)["basis"].shape[1]
    field = data.target(study, Split.VALIDATION, PECLET).field
    stride, frames = study.profile.stride, field.shape[1]

    def stacked(lot, start):
        first = range(start, frames - CONTEXT + 1, stride)
        return np.stack([lot[:, f : f + CONTEXT].reshape(len(lot), -1) for f in first])

    starts = [stacked(field[:3], start)[:19] for start in range(stride)]
    fitted = dmd.fit(np.concatenate(starts, axis=1))
    true = stacked(field[3:], 0)[: study.profile.horizon_steps + 1]
    ranks = sorted({*(r for r in classical.RANKS if r < fitted.rank), fitted.rank})
    wrong = [
        np.square(dmd.forecast(fitted.cut(r), true[0], len(true) - 1) - true[1:]).sum()
        for r in ranks
    ]
    assert rank == ranks[int(np.argmin(wrong))]


def test_the_operator_is_trained_and_told_honestly(study):
    model = group(study)["operator"].make(study, PECLET)
    told = model.predict(scene(study, PECLET))
    assert torch.isfinite(told.fields).all() and told.latent is None
    assert model.cost.trajectories == study.profile.sizes.search
    assert model.cost.evaluations == 6  # trials
    steps = operators.config_of(study.profile).training.steps
    assert model.cost.passes > 3 * study.profile.sizes.search * steps
    kept = load_tensors(model.paths[0])
    start = operators._network(study, operators.config_of(study.profile))
    moved = {
        name: not torch.equal(w, kept[operators.NETWORK + name])
        for name, w in start.state_dict().items()
    }
    assert all(moved.values())


@pytest.mark.parametrize("profile", [LAPTOP, PAPER], ids=lambda p: p.name)
def test_the_operator_has_the_passes_of_few_shot_tuning(profile):
    k, config = profile.sizes.search, operators.config_of(profile)
    unrolls = sum(config.unroll_at(s) for s in range(config.training.steps))
    ours, theirs = 3 * k * unrolls, passes_of(few_shot_config(profile, k))
    assert 0.99 * theirs < ours < 1.01 * theirs


def test_costs_tell_what_was_seen(study):
    models = group(study)
    seen = {n: m.make(study, PECLET).cost.trajectories for n, m in models.items()}
    assert seen["fourier_k1"] == seen["dmd_k1"] == 1
    assert seen["fourier_k4"] == seen["dmd_k4"] == 4
    assert seen["read_off"] == seen["read_off_riding"] == 0


def test_rows_of_any_number_of_trajectories_are_understood():
    for name in ("fourier_k7", "dmd_k7"):
        model = registry.entry(name)
        assert model.group is Group.CLASSICAL and model.label.endswith("k = 7")
