"""u₀ = m + Σ A_k sin(2πkx + φ_k): what is drawn, evaluated and averaged."""

import numpy as np
import pytest
from scipy.integrate import quad

from evophys_lib.physics.initial_conditions import InitialConditions, sample


def drawn(count=200, fluctuation=1.0, seed=3):
    generator = np.random.default_rng(seed)
    return sample(generator, trajectories=count, fluctuation=fluctuation)


def test_point_values_follow_the_formula():
    u0 = drawn(3)
    x = np.array([0.0, 0.1234, 0.987])
    k = np.arange(1, 6)
    waves = np.sin(2 * np.pi * k[:, None] * x + u0.phase[:, :, None])  # (B, K, P)
    by_hand = u0.mean[:, None] + np.einsum("bk,bkp->bp", u0.amplitude, waves)
    np.testing.assert_allclose(u0.at(x), by_hand, atol=1e-14)


def test_derivative_matches_central_differences():
    u0, x, h = drawn(4), np.linspace(0.0, 1.0, 7), 1e-5
    numeric = (u0.at(x + h) - u0.at(x - h)) / (2 * h)
    np.testing.assert_allclose(u0.at(x, derivative=1), numeric, atol=1e-6)


def test_cell_averages_match_adaptive_quadrature_of_point_values():
    u0 = drawn(2)
    averages = u0.cell_averages(128)
    for b in range(2):
        one = u0.take(slice(b, b + 1))
        for i in (0, 17, 127):
            integral, _ = quad(
                lambda x, one=one: one.at(np.array([x]))[0, 0],
                i / 128,
                (i + 1) / 128,
                epsabs=1e-15,
            )
            assert averages[b, i] == pytest.approx(128 * integral, abs=1e-13)


def test_peaks_lie_in_half_to_one_times_the_fluctuation():
    for fluctuation in (0.1, 1.0):
        u0 = drawn(fluctuation=fluctuation)
        low, high = u0.extrema()
        peak = np.maximum(high - u0.mean, u0.mean - low) / fluctuation
        assert peak.min() >= 0.5 - 1e-12
        assert peak.max() <= 1.0 + 1e-12
        assert peak.max() - peak.min() > 0.4  # drawn, not fixed


def test_extrema_are_bounds_and_are_attained():
    u0 = drawn(50)
    low, high = u0.extrema()
    values = u0.at(np.arange(2**16) / 2**16)
    above = high - values.max(axis=1)
    below = values.min(axis=1) - low
    assert above.min() >= -1e-14 and below.min() >= -1e-14
    assert above.max() < 1e-6 and below.max() < 1e-6  # curvature times spacing²


def test_extrema_of_a_sine_are_exact():
    sine = InitialConditions(np.array([0.25]), np.array([[0.7]]), np.array([[1.2345]]))
    low, high = sine.extrema()
    assert low[0] == pytest.approx(-0.45, abs=1e-15)
    assert high[0] == pytest.approx(0.95, abs=1e-15)


def test_means_and_phases_fill_their_ranges():
    u0 = drawn(2000)
    assert -1.0 <= u0.mean.min() < -0.99 and 0.99 < u0.mean.max() <= 1.0
    assert abs(u0.mean.mean()) < 4 * np.sqrt(1 / 3 / 2000)
    assert u0.phase.min() >= 0.0 and u0.phase.max() <= 2 * np.pi
    assert abs(np.exp(1j * u0.phase).mean()) < 4 / np.sqrt(10000)


def test_amplitudes_fall_as_one_over_k():
    """k A_k and A_1 are the same number times uniform ones: each is larger as often."""
    amplitude = drawn(2000).amplitude
    for k in range(2, amplitude.shape[1] + 1):
        sign = np.sign(k * amplitude[:, k - 1] - amplitude[:, 0])
        assert abs(sign.mean()) < 4 / np.sqrt(2000)


def test_one_seed_gives_one_shape_at_every_fluctuation():
    large, small = drawn(fluctuation=1.0), drawn(fluctuation=0.3)
    np.testing.assert_allclose(small.amplitude, 0.3 * large.amplitude, rtol=1e-13)
    np.testing.assert_array_equal(small.phase, large.phase)
    np.testing.assert_array_equal(small.mean, large.mean)
