"""The metrics against fields whose scores are known on paper."""

import numpy as np
import pytest

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import metrics

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


def test_spectrum_error_is_blind_to_phase_and_knows_a_scaled_amplitude():
    truth = np.stack([sine(2), sine(5, 0.3)])
    shifted = np.roll(truth, 31, axis=-1)
    assert metrics.spectrum_error(shifted, truth) < 1e-12
    # amplitude × 1.1 multiplies every energy by 1.21
    assert metrics.spectrum_error(1.1 * truth, truth) == pytest.approx(0.21)
    assert metrics.log_spectrum_error(1.1 * truth, truth) == pytest.approx(
        2 * np.log10(1.1), rel=1e-9
    )


def test_spectrum_errors_of_opposite_sign_do_not_cancel():
    truth = np.stack([sine(2), sine(2)])
    predicted = np.stack([np.sqrt(0.5) * sine(2), np.sqrt(1.5) * sine(2)])
    assert metrics.spectrum_error(predicted, truth) == pytest.approx(0.5)


def test_bands_see_only_their_wavenumbers():
    truth = (sine(2) + sine(7) + sine(20))[None]
    predicted = (sine(2) + np.sqrt(2) * sine(7) + 0.0 * sine(20))[None]
    errors = metrics.band_errors(predicted, truth)
    assert errors["large"] < 1e-12
    assert errors["middle"] == pytest.approx(1.0)
    assert errors["small"] == pytest.approx(1.0)


def test_log_spectrum_error_ignores_rounding_and_bounds_an_empty_mode():
    truth = (sine(1) + 1e-7 * sine(6))[None]  # 1e-14 of the energy: below the floor
    assert metrics.log_spectrum_error(sine(1)[None], truth) < 1e-12
    truth = (sine(1) + sine(6))[None]
    assert metrics.log_spectrum_error(sine(1)[None], truth) == pytest.approx(5.0)


def test_correlation_time_of_a_drifting_wave():
    time = np.arange(100) * 0.002
    # correlation of sin(θ + φ) with sin θ is cos φ; it passes 0.9 at φ = 0.45103
    phase = 10.0 * time
    truth = np.broadcast_to(sine(), (100, 2, N))
    predicted = np.stack([np.stack([sine(phase=p), 5 + 2 * sine()]) for p in phase])
    result = metrics.correlation_time(predicted, truth, time)
    assert result[0] == time[np.argmax(phase > np.arccos(0.9))]
    assert result[1] == np.inf  # scale and offset leave the correlation at 1


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
        values = metrics.scores(
            predicted_t5=predicted,
            predicted_t50=predicted,
            truth_t5=truth,
            truth_t50=truth,
            initial=initial,
        )
    values.pop("conservation_residual")
    assert set(values.values()) == {np.inf}
    assert np.isfinite(metrics.squared_errors(predicted, truth)).sum() == 6


def test_scores_agree_with_the_single_functions(fields):
    predicted, truth, initial = fields
    other = predicted[::-1]
    values = metrics.scores(
        predicted_t5=predicted,
        predicted_t50=other,
        truth_t5=truth,
        truth_t50=truth,
        initial=initial,
    )
    assert values["nrmse_t5"] == metrics.nrmse(predicted, truth, initial)
    assert values["vrmse_t50"] == metrics.vrmse(other, truth, initial)
    assert values["spectrum_error"] == metrics.spectrum_error(other, truth)
    assert values["conservation_residual"] == metrics.conservation_residual(
        other, truth
    )


def test_bad_arguments_are_refused(fields):
    predicted, truth, _ = fields
    with pytest.raises(ParameterError, match="shape"):
        metrics.mse(predicted[:3], truth)
    with pytest.raises(ParameterError, match="truth"):
        metrics.mse(predicted, truth * np.nan)
    with pytest.raises(ParameterError, match="initial"):
        metrics.nrmse(predicted, truth, np.ones((3, N)))
    with pytest.raises(ParameterError, match="energy"):
        metrics.spectrum_error(predicted, np.ones_like(truth))
