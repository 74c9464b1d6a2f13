"""The metrics against fields whose scores are known on paper."""

import numpy as np
import pytest

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import equation, metrics, scores
from evophys_lib.evaluate.horizons import Horizon

N = 128
X = (np.arange(N) + 0.5) / N


def sine(k=1, amplitude=1.0, phase=0.0, mean=0.0):
    return mean + amplitude * np.sin(2 * np.pi * k * X + phase)


@pytest.fixture
def fields():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(7, N)).cumsum(axis=1) for _ in range(3)]


def test_constant_offset_has_known_scores():
    truth = np.stack([sine(1, 2.0), sine(3, 4.0)])  # variances 2 and 8
    predicted = truth + np.array([[0.3], [-0.5]])
    error = (0.3**2 + 0.5**2) / 2
    assert metrics.mse(predicted, truth) == pytest.approx(error, rel=1e-13)
    assert metrics.nrmse(predicted, truth, truth) == pytest.approx(
        np.sqrt(error / 5), rel=1e-13
    )
    assert metrics.conservation_residual(predicted, truth) == pytest.approx(0.4)
    np.testing.assert_allclose(
        metrics.squared_errors(predicted, truth), [0.09, 0.25], rtol=1e-13
    )


def test_vrmse_of_the_mean_is_one_and_eta_bounds_it_when_the_field_is_dead():
    initial = sine()[None]
    mean = np.zeros((1, N))
    # √(1/2 / (1/2 + 1e-6/2)) differs from 1 by 5e-7
    assert metrics.vrmse(mean, initial, initial) == pytest.approx(
        (1 + 1e-6) ** -0.5, rel=1e-12
    )
    dead = np.zeros((1, N))
    assert metrics.vrmse(dead + 1e-3, dead, initial) == pytest.approx(
        1e-3 / np.sqrt(0.5e-6), rel=1e-12
    )


def test_nrmse_is_invariant_to_scale_shift_of_mean_and_translation(fields):
    predicted, truth, initial = fields
    reference = metrics.nrmse(predicted, truth, initial)
    for change in (
        lambda u: 37.0 * u,
        lambda u: u - 5.0,
        lambda u: np.roll(u, 17, axis=-1),
    ):
        changed = metrics.nrmse(*(change(u) for u in fields))
        assert changed == pytest.approx(reference, rel=1e-12)
    assert metrics.mse(3 * predicted, 3 * truth) == pytest.approx(
        9 * metrics.mse(predicted, truth), rel=1e-12
    )


def test_pooled_scores_are_ratios_of_means(fields):
    predicted, truth, initial = fields
    total = np.sqrt(
        ((predicted - truth) ** 2).sum()
        / ((initial - initial.mean(1, keepdims=True)) ** 2).sum()
    )
    assert metrics.nrmse(predicted, truth, initial) == pytest.approx(total, rel=1e-12)
    per_trajectory = metrics.squared_errors(predicted, truth)
    assert metrics.mse(predicted, truth) == pytest.approx(per_trajectory.mean())


@pytest.mark.parametrize("cells", [128, 127])
def test_parseval(cells):
    field = np.random.default_rng(1).normal(size=(5, cells)) + 3.0
    np.testing.assert_allclose(
        metrics.spectrum(field).sum(axis=-1), field.var(axis=-1), rtol=1e-12
    )


def test_spectrum_of_a_sine_is_one_line_of_half_its_squared_amplitude():
    energy = metrics.spectrum(sine(k=9, amplitude=0.8, phase=0.4, mean=-2.0))
    expected = np.zeros(N // 2)
    expected[9 - 1] = 0.8**2 / 2
    np.testing.assert_allclose(energy, expected, atol=1e-15)
    nyquist = metrics.spectrum(0.5 * (-1.0) ** np.arange(N))
    assert nyquist[-1] == pytest.approx(0.25)


@pytest.mark.parametrize("factor", [0.3, 1.1, 2.5])
def test_spectrum_error_is_blind_to_phase_and_knows_a_scaled_amplitude(factor):
    truth = np.stack([sine(2), sine(5, 0.3)])
    scaled = factor * np.roll(truth, 31, axis=-1)  # every energy times factor²
    assert metrics.spectrum_error(scaled / factor, truth) < 1e-12
    assert metrics.spectrum_error(scaled, truth) == pytest.approx(abs(factor**2 - 1))
    assert metrics.log_spectrum_error(scaled, truth) == pytest.approx(
        2 * abs(np.log10(factor)), rel=1e-9
    )


def test_spectrum_errors_of_opposite_sign_do_not_cancel():
    truth = np.stack([sine(2), sine(2)])
    predicted = np.stack([np.sqrt(0.5) * sine(2), np.sqrt(1.5) * sine(2)])
    assert metrics.spectrum_error(predicted, truth) == pytest.approx(0.5)


def test_log_spectrum_error_ignores_rounding_and_bounds_an_empty_mode():
    truth = (sine(1) + 1e-7 * sine(6))[None]  # 1e-14 of the energy: below the floor
    assert metrics.log_spectrum_error(sine(1)[None], truth) < 1e-12
    truth = (sine(1) + sine(6))[None]
    assert metrics.log_spectrum_error(sine(1)[None], truth) == pytest.approx(5.0)


TIME = np.arange(100) * 0.002


def drifting(speed):
    """A wave whose phase grows as speed · t, (100, 1, N)."""
    return np.stack([sine(phase=speed * t) for t in TIME])[:, None]


def correlation_time(*predicted):
    """Of these trajectories, where the truth is a wave that stands still."""
    truth = np.broadcast_to(sine(), (len(TIME), len(predicted), N))
    return metrics.correlation_time(np.concatenate(predicted, axis=1), truth, TIME)


@pytest.mark.parametrize("speed", [5.0, 10.0, 40.0])
def test_correlation_time_of_a_drifting_wave(speed):
    # correlation of sin(θ + φ) with sin θ is cos φ; it passes 0.9 at φ = 0.45103
    expected = TIME[np.argmax(speed * TIME > np.arccos(0.9))]
    assert 0 < expected < TIME[-1]
    assert correlation_time(drifting(speed)) == expected


def test_staying_correlated_to_the_end_counts_as_the_last_time():
    scaled = 5 + 2 * drifting(0.0)  # scale and offset leave the correlation at 1
    assert correlation_time(drifting(0.0)) == TIME[-1]
    assert correlation_time(scaled) == TIME[-1]
    assert correlation_time(drifting(2.0)) == TIME[-1]  # φ = 0.396 at the end


def test_correlation_time_is_the_mean_over_trajectories():
    apart = [drifting(speed) for speed in (0.0, 5.0, 10.0, 40.0)]
    expected = np.mean([correlation_time(one) for one in apart])
    assert correlation_time(*apart) == pytest.approx(expected, rel=1e-14)


def test_a_correlation_that_comes_back_was_lost_when_it_first_fell():
    turning = drifting(2 * np.pi / TIME[50])  # in phase again at the middle
    assert metrics.correlation(turning[50], sine()[None]) == pytest.approx(1.0)
    assert correlation_time(turning) == TIME[4]  # cos(2π · 4/50) = 0.876


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_forecast_that_diverges_loses_its_correlation_there(bad):
    diverged = drifting(0.0)
    diverged[30:] = bad
    assert correlation_time(diverged) == TIME[30]
    assert correlation_time(diverged, drifting(0.0)) == (TIME[30] + TIME[-1]) / 2


def test_correlation_of_constant_fields():
    flat = np.ones((1, N))
    assert metrics.correlation(flat, sine()[None]) == 0.0
    assert np.isnan(metrics.correlation(sine()[None], flat)).all()


def test_latent_nmse_of_the_mean_is_one():
    target = np.random.default_rng(2).normal(size=(9, 4, 3)) * 5 + 2
    mean = np.broadcast_to(target.mean(axis=0), target.shape)
    assert metrics.latent_nmse(mean, target) == pytest.approx(1.0, rel=1e-13)
    assert metrics.latent_nmse(target, target) == 0.0
    with pytest.raises(ParameterError):
        metrics.latent_nmse(target[:1], target[:1])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e300])
def test_a_diverged_prediction_is_the_worst(fields, bad):
    predicted, truth, initial = fields
    predicted = predicted.copy()
    predicted[2, 5] = bad
    with np.errstate(all="raise"):
        values = [
            metrics.mse(predicted, truth),
            metrics.vrmse(predicted, truth, initial),
            metrics.nrmse(predicted, truth, initial),
            metrics.spectrum_error(predicted, truth),
        ]
    assert set(values) == {np.inf}
    assert np.isfinite(metrics.squared_errors(predicted, truth)).sum() == 6


HORIZONS = (Horizon(frames=5, step=0), Horizon(frames=50, step=2))


def case(fields, *predicted):
    """Forecasts of as many steps, all of the same truth."""
    _, truth, initial = fields
    steps = len(predicted)
    return scores.Case(
        predicted=np.stack(predicted),
        truth=np.broadcast_to(truth, (steps, *truth.shape)),
        initial=initial,
        latent=np.arange(steps) / 7,
        interval=0.01,
        fitted=3,
    )


def test_scores_agree_with_the_single_functions(fields):
    predicted, truth, initial = fields
    other = predicted[::-1]
    made = case(fields, predicted, 2 * predicted, other)
    values = scores.measured(made, HORIZONS, truth=False)
    for horizon, at in (("t5", predicted), ("t50", other)):
        assert values[f"mse_{horizon}"] == metrics.mse(at, truth)
        assert values[f"nrmse_{horizon}"] == metrics.nrmse(at, truth, initial)
        assert values[f"vrmse_{horizon}"] == metrics.vrmse(at, truth, initial)
        errors = metrics.squared_errors(at, truth)
        assert values[f"squared_error_{horizon}"] == errors.tolist()
    assert (values["latent_nmse_t5"], values["latent_nmse_t50"]) == (0.0, 2 / 7)
    for name in ("spectrum_error", "log_spectrum_error", "conservation_residual"):
        assert values[name] == getattr(metrics, name)(other, truth)
    times = np.array([0.01, 0.02, 0.03])
    np.testing.assert_allclose(made.times, times, rtol=1e-15)
    assert values["correlation_time"] == metrics.correlation_time(
        made.predicted, made.truth, made.times
    )
    fitted = equation.fit(made.predicted[:, :3], interval=0.01)
    assert values["steepening"] == fitted.steepening.tolist()


def test_scores_of_what_diverged_are_null(fields):
    predicted = fields[0].copy()
    predicted[2, 5] = np.nan
    values = scores.measured(case(fields, *[predicted] * 3), HORIZONS, truth=False)
    for name in ("mse_t5", "nrmse_t50", "vrmse_t50", "spectrum_error"):
        assert values[name] is None
    assert [error is None for error in values["squared_error_t50"]] == [
        i == 2 for i in range(7)
    ]


def test_the_truth_is_measured_in_its_own_place(fields):
    _, truth, initial = fields
    values = scores.measured(case(fields, *[truth] * 3), HORIZONS, truth=True)
    assert set(values) == {scores.INITIAL_VARIANCE, *scores.EQUATION}
    assert values[scores.INITIAL_VARIANCE] == metrics.variances(initial).tolist()


def test_bad_arguments_are_refused(fields):
    predicted, truth, _ = fields
    with pytest.raises(ParameterError, match="shape"):
        metrics.mse(predicted[:3], truth)
    with pytest.raises(ParameterError, match="truth"):
        metrics.mse(predicted, truth * np.nan)
    with pytest.raises(ParameterError, match="initial"):
        metrics.nrmse(predicted, truth, np.ones((3, N)))
    with pytest.raises(ParameterError, match="varies in x"):
        metrics.spectrum_error(predicted, np.ones_like(truth))
