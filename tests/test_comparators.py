"""Comparators: exact on linear dynamics, equivariant, of equal size, sound on disk."""

import shutil
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import study_in

from evophys_lib.comparators import dmd, fourier_multipliers, neural_operator
from evophys_lib.comparators.neural_operator import (
    NeuralOperator,
    NeuralOperatorConfig,
    parameter_count,
)
from evophys_lib.diagnosis import comparators
from evophys_lib.errors import ArtifactError, EvoPhysError
from evophys_lib.evaluate.metrics import nrmse
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import TRANSFORMER
from evophys_lib.scoring import home
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import data, training
from evophys_lib.study.study import Stream
from evophys_lib.worldmodel.encoder import Encoder
from evophys_lib.worldmodel.predictor import Predictor
from evophys_lib.worldmodel.training import TrainingConfig

GRID, FRAMES, STRIDE, TIME_STEP = 32, 30, 5, 0.002
MODES = np.arange(1, 6)


def waves(alpha, speed=0.0, count=20, seed=0):
    """Advection–diffusion solved exactly, five modes and a mean: (n, T, N)."""
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(size=(count, 5)) + 1j * rng.normal(size=(count, 5))
    angular = 2 * np.pi * MODES
    rate = np.broadcast_to(alpha, count)[:, None] * angular**2 + 1j * angular * speed
    time = TIME_STEP * np.arange(FRAMES)
    modes = np.zeros((count, FRAMES, GRID // 2 + 1), complex)
    modes[..., 1:6] = coefficients[:, None] * np.exp(-rate[:, None] * time[:, None])
    modes[..., 0] = rng.normal(size=(count, 1))
    return np.fft.irfft(modes, n=GRID, axis=-1)


# --- multipliers ---------------------------------------------------------------------


@pytest.mark.parametrize(("alpha", "speed"), [(0.05, 0.0), (0.01, 0.8)])
def test_multipliers_of_one_equation_are_its_propagator(alpha, speed):
    fitted = fourier_multipliers.fit(waves(alpha, speed), first=4, stride=STRIDE)
    angular = 2 * np.pi * MODES
    rate = alpha * angular**2 + 1j * angular * speed
    expected = np.exp(-rate * STRIDE * TIME_STEP)
    np.testing.assert_allclose(fitted[1:6], expected, atol=1e-10, rtol=0)
    np.testing.assert_allclose(fitted[0], 1.0, atol=1e-12)


def test_multipliers_forecast_fields_of_their_equation_exactly():
    fitted = fourier_multipliers.fit(waves(0.05, 0.8), first=4, stride=STRIDE)
    new = waves(0.05, 0.8, seed=1)
    rolled = fourier_multipliers.forecast(fitted, new[:, 4], 5)
    truth = new[:, 4 + STRIDE :: STRIDE].swapaxes(0, 1)
    np.testing.assert_allclose(rolled, truth, atol=1e-10)


def test_the_multiplier_of_a_family_minimises_its_squared_error():
    fields = waves(np.linspace(0.01, 0.5, 20))
    fitted = fourier_multipliers.fit(fields, first=0, stride=STRIDE)
    frames = fields[:, ::STRIDE]

    def error(multipliers):
        rolled = fourier_multipliers.forecast(
            multipliers, frames[:, :-1].reshape(-1, GRID), 1
        )
        return ((rolled[0] - frames[:, 1:].reshape(-1, GRID)) ** 2).mean()

    least = error(fitted)
    for change in (1e-3, -1e-3, 1e-3j, -1e-3j):
        for mode in MODES:
            other = fitted.copy()
            other[mode] += change
            assert error(other) > least


def test_a_mode_that_is_never_there_is_forecast_as_nothing():
    fitted = fourier_multipliers.fit(np.zeros((2, 12, GRID)), first=0, stride=STRIDE)
    np.testing.assert_array_equal(fitted, 0.0)


# --- DMD -----------------------------------------------------------------------------


def linear_system(count=12, frames=10):
    """x_{t+1} = A x_t in six dimensions: A's eigenvalues, trajectories (n, T, 6)."""
    rng = np.random.default_rng(0)
    values = np.array([0.95, 0.7, -0.5, 0.3, 0.8 * np.exp(0.6j), 0.8 * np.exp(-0.6j)])
    block = 0.8 * np.array([[np.cos(0.6), -np.sin(0.6)], [np.sin(0.6), np.cos(0.6)]])
    diagonal = np.diag([0.95, 0.7, -0.5, 0.3, 0.0, 0.0])
    diagonal[4:, 4:] = block
    basis = rng.normal(size=(6, 6))
    matrix = basis @ diagonal @ np.linalg.inv(basis)
    states = [rng.normal(size=(count, 6))]
    for _ in range(frames - 1):
        states.append(states[-1] @ matrix.T)
    return values, np.stack(states, axis=1)


def in_order(values):
    return values[np.lexsort((values.imag, values.real.round(6)))]


def test_dmd_finds_the_eigenvalues_of_a_linear_system():
    values, fields = linear_system()
    fitted = dmd.fit(dmd.windows(fields, context=1, stride=1))
    assert fitted.rank == 6
    found = np.linalg.eigvals(fitted.reduced)
    np.testing.assert_allclose(in_order(found), in_order(values), atol=1e-8)


def test_dmd_forecasts_a_linear_system_exactly():
    _, fields = linear_system()
    fitted = dmd.fit(dmd.windows(fields, context=1, stride=1))
    rolled = dmd.forecast(fitted, fields[:, 0], 9)
    np.testing.assert_allclose(rolled, fields[:, 1:].swapaxes(0, 1), atol=1e-8)


def test_dmd_reads_from_a_window_what_no_single_frame_shows():
    time, phase = np.arange(40), np.linspace(0, 6, 15)[:, None]
    observed = 0.9**time * np.cos(0.5 * time + phase)  # one number of a turning pair
    window = dmd.fit(dmd.windows(observed[..., None], context=2, stride=1))
    found = np.linalg.eigvals(window.reduced)
    expected = 0.9 * np.exp(0.5j * np.array([1, -1]))
    np.testing.assert_allclose(in_order(found), in_order(expected), atol=1e-8)
    frame = dmd.fit(dmd.windows(observed[..., None], context=1, stride=1))
    assert np.abs(dmd.forecast(window, observed[:, :2], 1)[0, :, 1] - observed[:, 2]
                  ).max() < 1e-8  # fmt: skip
    assert np.abs(dmd.forecast(frame, observed[:, 1:2], 1)[0, :, 0] - observed[:, 2]
                  ).max() > 0.1  # fmt: skip


def test_dmd_of_many_heat_equations_is_better_than_one_multiplier_per_mode():
    fields, new = (waves(np.geomspace(0.01, 0.5, 40), count=40, seed=s) for s in (0, 1))
    truth = new[:, 4 + STRIDE :: STRIDE].swapaxes(0, 1)
    fitted = dmd.fit(dmd.windows(fields, context=5, stride=STRIDE))
    rolled = dmd.forecast(fitted, new[:, :5].reshape(40, -1), len(truth))[..., -GRID:]
    single = fourier_multipliers.fit(fields, first=4, stride=STRIDE)
    averaged = fourier_multipliers.forecast(single, new[:, 4], len(truth))
    first = new[:, 0]
    assert nrmse(rolled[0], truth[0], first) < nrmse(averaged[0], truth[0], first) / 10


def test_the_rank_is_the_best_on_the_windows_it_is_chosen_on():
    rng = np.random.default_rng(0)
    _, fields = linear_system(count=24)
    noisy = fields + 0.05 * rng.normal(size=fields.shape)
    fitted = dmd.fit(dmd.windows(noisy[:12], context=2, stride=1))
    held_out = dmd.windows(noisy[12:], context=2, stride=1)
    chosen = dmd.choose_rank(fitted, held_out, (2, 4, 6, 8))

    def error(rank):
        rolled = dmd.forecast(fitted.cut(rank), held_out[0], len(held_out) - 1)
        return ((rolled - held_out[1:]) ** 2).mean()

    errors = {rank: error(rank) for rank in (2, 4, 6, 8, fitted.rank)}
    assert chosen.rank == min(errors, key=errors.get)


def test_a_decomposition_that_grows_without_bound_is_not_chosen():
    basis = np.eye(2)
    growing = dmd.DMD(basis, np.diag([0.5, 1e200]))
    held_out = 0.5 ** np.arange(4)[:, None, None] * np.array([[1.0, 1e-3]])
    assert dmd.choose_rank(growing, held_out, (1,)).rank == 1


# --- the neural operator -------------------------------------------------------------

TINY = NeuralOperatorConfig(
    TrainingConfig(steps=8, batch=4), width=6, modes=8, layers=2, unrolls=(1, 3)
)


def operator(seed=0):
    torch.manual_seed(seed)
    return NeuralOperator(TINY, context=3)


def test_the_operator_commutes_with_shifts_of_the_periodic_domain():
    window = torch.randn(2, 3, GRID)
    module = operator()
    shifted = module(window.roll(7, -1))
    torch.testing.assert_close(shifted, module(window).roll(7, -1), atol=1e-5, rtol=0)
    assert not torch.allclose(shifted, module(window), atol=1e-2)


def test_a_forecast_is_the_last_frames_of_repeated_steps():
    window, module = torch.randn(2, 3, GRID), operator()
    rolled = neural_operator.forecast(module, window, 3)
    assert rolled.shape == (3, 2, GRID)
    torch.testing.assert_close(rolled[2], module(module(module(window)))[:, -1])


def test_parameters_are_counted_as_the_formula_says():
    width, context, kept = TINY.width, 3, TINY.modes // 2 + 1
    layer = (
        2 * width * width * kept + width  # R complex, its bias
        + width * width  # W
        + 2 * width * (width // 2) + width + width // 2  # network between channels
        + width  # its skip
    )  # fmt: skip
    lifting = 2 * width * context + 2 * width + 2 * width * width + width
    projection = 2 * width * width + 2 * width + 2 * width * context + context
    expected = TINY.layers * layer + lifting + projection
    assert parameter_count(operator()) == expected


@pytest.mark.parametrize("profile", TRANSFORMER, ids=lambda p: p.name)
def test_operator_and_world_model_are_of_one_size(profile):
    module = NeuralOperator(profile.neural_operator, profile.encoder.context)
    ours = parameter_count(Encoder(profile.encoder)) + parameter_count(
        Predictor(profile.predictor)
    )
    assert parameter_count(module) == pytest.approx(ours, rel=0.02)


def test_unrolls_follow_the_schedule():
    assert [TINY.unroll_at(step) for step in range(8)] == [1] * 4 + [3] * 4


def test_a_missing_library_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "neuralop.models", None)
    with pytest.raises(EvoPhysError, match="neuraloperator"):
        NeuralOperator(TINY, context=3)


# --- in the pipeline -----------------------------------------------------------------


@pytest.fixture(scope="module")
def study(finished_study, tmp_path_factory):
    """The tiny study with its comparators."""
    folder = tmp_path_factory.mktemp("comparators")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(disk.OUTPUTS_VARIABLE, "")
        made = study_in(folder)
        for family in made.profile.families:
            comparators.forecasts(made, family)
        yield made


def test_forecasts_are_those_of_the_stored_comparators(study):
    field = data.sources(study, Split.TEST)["heat"].field
    stored = comparators.forecasts(study, "heat")
    truth, _ = home.source_truth(study, "heat")
    assert {name: t.shape for name, t in stored.items()} == dict.fromkeys(
        comparators.COMPARATORS, torch.Size(truth.shape)
    )
    modes = comparators.multipliers(study, "heat")
    one = fourier_multipliers.forecast(modes, field[:, 4], 1)[0]
    np.testing.assert_allclose(stored["fourier"][0], one, atol=1e-6)
    linear = comparators.decomposition(study, "heat")
    window = field[:, :5].reshape(len(field), -1)
    rolled = dmd.forecast(linear, window, 2)[1, :, -field.shape[-1] :]
    np.testing.assert_allclose(stored["dmd"][1], rolled, atol=1e-5)
    module, losses = comparators.operator(study, "heat")
    twice = neural_operator.forecast(module, torch.from_numpy(field[:, :5]), 2)
    torch.testing.assert_close(stored["fno"][1], twice[1], atol=1e-5, rtol=0)
    assert len(losses) == study.profile.neural_operator.training.steps


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(
    study, tmp_path, monkeypatch
):
    first = comparators.path(study, comparators.OPERATOR, "heat").read_bytes()
    shutil.copytree(study.data_folder, tmp_path / "smoke" / "seed0" / "data")
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, str(tmp_path))
    comparators.operator(study, "heat")
    path = comparators.path(study, comparators.OPERATOR, "heat")
    assert path.is_relative_to(tmp_path)
    assert path.read_bytes() == first
    made = {}
    for seed in (0, 1):
        with training.initialised(replace(study, seed=seed), Stream.NEURAL_OPERATOR):
            made[seed] = NeuralOperator(study.profile.neural_operator, context=5)
    window = torch.randn(1, 5, 128)
    assert not torch.equal(made[0](window), made[1](window))


def test_the_two_families_have_operators_of_their_own(study):
    heat, burgers = (comparators.operator(study, f)[0] for f in study.profile.families)
    window = torch.randn(1, 5, 128)
    assert not torch.equal(heat(window), burgers(window))


def test_rows_state_what_each_way_took(study):
    rows = comparators.rows(study, "burgers")
    assert list(rows) == ["persistence", "fourier", "dmd", "fno", "expert"]
    assert (rows["persistence"].parameters, rows["persistence"].seconds) == (0, 0.0)
    linear = comparators.decomposition(study, "burgers")
    assert rows["fourier"].parameters == 2 * 65
    assert rows["dmd"].parameters == 2 * 640 * linear.rank
    model = training.world_model(study)
    both = [*model.encoder.parameters(), *model.predictor.parameters()]
    assert rows["expert"].parameters == sum(p.numel() for p in both)
    spent = store.read_record(training.world_model_path(study))["seconds"] / 2
    spent += store.read_record(training.expert_path(study, "burgers"))["seconds"]
    assert rows["expert"].seconds == pytest.approx(spent)
    curve = comparators.nrmse_by_step(study, "burgers")["dmd"]
    assert rows["dmd"].nrmse == {"nrmse_t5": curve[0], "nrmse_t50": curve[-1]}


@pytest.mark.parametrize(
    ("name", "load"),
    [
        ("fourier", comparators.multipliers),
        ("dmd", comparators.decomposition),
        ("fno", comparators.operator),
    ],
)
def test_a_damaged_comparator_is_refused(study, name, load):
    stored = comparators.path(study, name, "burgers")
    whole = stored.read_bytes()
    try:
        stored.write_bytes(whole[:-8] + b"\0\1\2\3\4\5\6\7")
        with pytest.raises(ArtifactError, match=stored.name):
            load(study, "burgers")
    finally:
        stored.write_bytes(whole)
