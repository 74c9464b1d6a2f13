"""Solvers against exact solutions, one another, and what the equations conserve."""

import numpy as np
import pytest
from scipy.integrate import quad
from threadpoolctl import threadpool_info

from evophys_lib.errors import ParameterError
from evophys_lib.physics.grid import frame_times
from evophys_lib.physics.initial_conditions import InitialConditions, sample
from evophys_lib.physics.solvers import cole_hopf, etdrk4, fourier

TIMES = frame_times()


def burgers(initial, viscosity, *, times=TIMES, cells=128, refinement=1):
    return cole_hopf.solve(
        mean=initial.mean,
        amplitude=initial.amplitude,
        phase=initial.phase,
        viscosity=np.broadcast_to(np.asarray(viscosity, float), initial.mean.shape),
        times=times,
        cells=cells,
        refinement=refinement,
    )


def drawn(count, seed=5, fluctuation=1.0):
    generator = np.random.default_rng(seed)
    return sample(generator, trajectories=count, fluctuation=fluctuation)


# --- Fourier ---------------------------------------------------------------------


def test_fourier_sine_travels_and_decays_as_by_hand():
    alpha, speed, k, mean = 0.07, 0.6, 3, 0.2
    symbol = -alpha * (2 * np.pi * np.arange(1, 6)) ** 2 - 2j * np.pi * speed * (
        np.arange(1, 6)
    )
    modes = np.zeros((1, 5), complex)
    modes[0, k - 1] = -1j  # sin
    field = fourier.solve(
        mean=np.array([mean]),
        modes=modes,
        symbol=symbol[None],
        times=TIMES,
        cells=128,
    )
    t = TIMES[:, None]
    edges = np.arange(129) / 128
    wave = 2 * np.pi * k
    primitive = -np.cos(wave * (edges - speed * t)) / wave  # (T, N + 1)
    by_hand = mean + np.exp(-alpha * wave**2 * t) * 128 * np.diff(primitive)
    np.testing.assert_allclose(field[0], by_hand, atol=2e-14)


def test_fourier_initial_frame_is_the_average_of_the_initial_condition():
    u0 = drawn(5)
    field = fourier.solve(
        mean=u0.mean,
        modes=u0.modes(),
        symbol=-np.ones((5, 5)) + 0j,
        times=np.zeros(1),
        cells=128,
    )
    np.testing.assert_allclose(field[:, 0], u0.cell_averages(128), atol=1e-14)


def test_fourier_on_finer_cells_averages_down_to_coarse_ones():
    u0 = drawn(4)
    rate = -0.05 * (2 * np.pi * np.arange(1, 6)) ** 2 - 2j * np.pi * np.arange(1, 6)
    coarse, fine = (
        fourier.solve(
            mean=u0.mean,
            modes=u0.modes(),
            symbol=np.broadcast_to(rate, (4, 5)),
            times=TIMES,
            cells=cells,
        )
        for cells in (128, 512)
    )
    down = fine.reshape(4, len(TIMES), 128, 4).mean(axis=-1)
    np.testing.assert_allclose(down, coarse, atol=1e-13)


# --- Cole–Hopf -------------------------------------------------------------------


def test_cole_hopf_matches_a_closed_form_solution():
    """φ = 1 + q e^{−4π²νt} cos 2πx solves the heat equation, so u is known.

    Its potential −V/2ν = ln(1 + q cos 2πx) is expanded in cosines:
    ln(1 + q cos θ) = const + Σ_k 2 (−1)^{k+1} r^k/k cos kθ, q = 2r/(1 + r²).
    """
    nu, r = 0.05, 0.03
    q = 2 * r / (1 + r * r)
    k = np.arange(1, 11)
    exponent = 2 * (-1.0) ** (k + 1) * r**k / k  # cut off at r¹¹ = 2e-17
    initial = InitialConditions(
        np.array([0.4]),
        (exponent * 4 * np.pi * k * nu)[None],
        np.zeros((1, 10)),
    )
    edges = np.arange(129) / 128 - 0.4 * TIMES[:, None]
    decay = np.exp(-4 * np.pi**2 * nu * TIMES)[:, None]
    phi = 1 + q * decay * np.cos(2 * np.pi * edges)
    by_hand = 0.4 - 2 * nu * 128 * np.diff(np.log(phi), axis=1)
    np.testing.assert_allclose(burgers(initial, nu)[0], by_hand, atol=1e-13)


@pytest.mark.parametrize("viscosity", [0.001, 0.1])
def test_cole_hopf_matches_etdrk4_written_out_in_the_laboratory_frame(viscosity):
    u0, points = drawn(1), 4096
    wave = 2 * np.pi * np.arange(points // 2 + 1)
    spectra = etdrk4.solve(
        initial=u0.at(np.arange(points) / points),
        linear=-viscosity * wave[None] ** 2,
        nonlinear=lambda u: -0.5 * u * u,
        derivative=1,
        frames=100,
        frame_step=0.002,
        substeps=20,
    )
    other = etdrk4.cell_averages(spectra, 128)
    error = np.linalg.norm(burgers(u0, viscosity) - other) / np.linalg.norm(other)
    assert error < 1e-9


@pytest.mark.parametrize("viscosity", [0.001, 0.004, 0.02, 0.1])
def test_cole_hopf_quadrature_has_converged(viscosity):
    u0 = drawn(16)
    once = burgers(u0, viscosity)
    twice = burgers(u0, viscosity, refinement=2)
    np.testing.assert_allclose(once, twice, atol=1e-12)


def test_cole_hopf_stays_exact_at_twice_the_amplitude():
    u0 = drawn(16, fluctuation=2.0)
    once = burgers(u0, 0.001)
    np.testing.assert_allclose(once, burgers(u0, 0.001, refinement=2), atol=1e-12)


@pytest.mark.parametrize("viscosity", [0.001, 0.1])
def test_cole_hopf_keeps_mass_to_rounding(viscosity):
    u0 = drawn(16)
    mass = burgers(u0, viscosity).mean(axis=-1)
    np.testing.assert_allclose(
        mass, np.broadcast_to(u0.mean[:, None], mass.shape), atol=1e-12
    )


def test_cole_hopf_obeys_the_maximum_principle():
    u0 = drawn(32)
    field = burgers(u0, 0.001)
    low, high = u0.extrema()
    assert (field.min(axis=(1, 2)) >= low - 1e-12).all()
    assert (field.max(axis=(1, 2)) <= high + 1e-12).all()


def test_cole_hopf_is_galilean_invariant():
    """u(x, t) + c at x + ct, c one cell per frame, is the flow with mean m + c."""
    u0, c = drawn(8), 1 / (128 * 0.002)
    faster = InitialConditions(u0.mean + c, u0.amplitude, u0.phase)
    still, moving = burgers(u0, 0.003), burgers(faster, 0.003)
    for j in (0, 1, 50, 99):
        np.testing.assert_allclose(
            moving[:, j], np.roll(still[:, j], j, axis=1) + c, atol=1e-10
        )


def test_cole_hopf_mirrors():
    """u(x, t) → −u(−x, t): sin(−2πkx + φ) = −sin(2πkx − φ)."""
    u0 = drawn(4)
    mirrored = InitialConditions(-u0.mean, u0.amplitude, -u0.phase)
    np.testing.assert_allclose(
        burgers(mirrored, 0.002), -burgers(u0, 0.002)[:, :, ::-1], atol=1e-11
    )


def test_cole_hopf_averages_are_integrals_of_the_point_solution():
    """Point values by scipy's adaptive quadrature of the textbook formula."""
    u0, nu, t = drawn(1), 0.02, 0.1
    k = np.arange(1, 6)

    def potential(y):
        return -np.sum(
            u0.amplitude[0] * np.cos(2 * np.pi * k * y + u0.phase[0]) / (2 * np.pi * k)
        )

    def weight(y, xi):
        return np.exp(-((xi - y) ** 2) / (4 * nu * t) - potential(y) / (2 * nu))

    def value(x):
        xi = x - u0.mean[0] * t
        span = (xi - 0.8, xi + 0.8)  # twelve standard deviations
        below = quad(weight, *span, args=(xi,), epsrel=1e-12, limit=200)[0]
        above = quad(
            lambda y: (xi - y) / t * weight(y, xi), *span, epsrel=1e-12, limit=200
        )[0]
        return u0.mean[0] + above / below

    field = burgers(u0, nu, times=np.array([t]))[0, 0]
    nodes, weights = np.polynomial.legendre.leggauss(4)
    for i in (3, 64, 100):
        points = (i + 0.5 + 0.5 * nodes) / 128
        average = 0.5 * sum(w * value(x) for w, x in zip(weights, points, strict=True))
        assert field[i] == pytest.approx(average, abs=1e-9)


def test_cole_hopf_on_finer_cells_averages_down_to_coarse_ones():
    u0 = drawn(4)
    fine = burgers(u0, 0.001, cells=512).reshape(4, 100, 128, 4).mean(axis=-1)
    np.testing.assert_allclose(fine, burgers(u0, 0.001), atol=1e-12)


def test_cole_hopf_does_not_depend_on_how_trajectories_are_grouped():
    u0 = drawn(6)
    nu = np.array([0.001, 0.05, 0.001, 0.01, 0.05, 0.001])
    together = burgers(u0, nu)
    for b in range(6):
        alone = burgers(u0.take(slice(b, b + 1)), nu[b])
        np.testing.assert_allclose(together[b], alone[0], atol=1e-12)


def test_cole_hopf_refuses_grids_whose_edges_miss_its_nodes():
    with pytest.raises(ParameterError, match="cells = 100 .* a power of two"):
        burgers(drawn(1), 0.1, cells=100)


def test_cole_hopf_gives_the_thread_pools_back():
    before = [pool["num_threads"] for pool in threadpool_info()]
    burgers(drawn(2), 0.1)
    assert [pool["num_threads"] for pool in threadpool_info()] == before


# --- ETDRK4 ----------------------------------------------------------------------


def test_etdrk4_coefficients_match_closed_forms_away_from_zero():
    z = np.array([-30.0, -2.0, -0.7])
    w = etdrk4.coefficients(z, 1.0)
    e = np.exp(z)
    np.testing.assert_allclose(w.stage, (np.exp(z / 2) - 1) / z, rtol=1e-12)
    np.testing.assert_allclose(
        w.first, (-4 - z + e * (4 - 3 * z + z**2)) / z**3, rtol=1e-11
    )
    np.testing.assert_allclose(w.middle, 2 * (2 + z + e * (z - 2)) / z**3, rtol=1e-11)
    np.testing.assert_allclose(
        w.last, (-4 - 3 * z - z**2 + e * (4 - z)) / z**3, rtol=1e-11
    )


def test_etdrk4_coefficients_become_those_of_classical_rk4_at_zero():
    w = etdrk4.coefficients(np.array([0.0]), 0.1)
    np.testing.assert_allclose(
        [w.stage[0], w.first[0], w.middle[0], w.last[0]],
        [0.05, 0.1 / 6, 0.1 / 3, 0.1 / 6],
        rtol=1e-13,
    )


def test_etdrk4_is_of_fourth_order():
    u0, points, nu = drawn(1), 256, 0.03
    wave = 2 * np.pi * np.arange(points // 2 + 1)
    exact = burgers(u0, nu)
    errors = []
    for substeps in (1, 2, 4):
        spectra = etdrk4.solve(
            initial=u0.at(np.arange(points) / points),
            linear=-nu * wave[None] ** 2,
            nonlinear=lambda u: -0.5 * u * u,
            derivative=1,
            frames=100,
            frame_step=0.002,
            substeps=substeps,
        )
        errors.append(np.abs(etdrk4.cell_averages(spectra, 128) - exact).max())
    orders = np.log2(np.array(errors[:-1]) / errors[1:])
    assert ((orders > 3.7) & (orders < 4.3)).all(), orders


def test_etdrk4_solves_a_linear_problem_exactly():
    u0, points = drawn(2), 64
    wave = 2 * np.pi * np.arange(points // 2 + 1)
    spectra = etdrk4.solve(
        initial=u0.at(np.arange(points) / points),
        linear=-0.05 * wave[None] ** 2 - 0.3j * wave[None],
        nonlinear=np.zeros_like,
        derivative=0,
        frames=11,
        frame_step=0.02,
        substeps=1,
    )
    k = np.arange(1, 6)
    expected = fourier.solve(
        mean=u0.mean,
        modes=u0.modes(),
        symbol=np.broadcast_to(
            -0.05 * (2 * np.pi * k) ** 2 - 0.3j * 2 * np.pi * k, (2, 5)
        ),
        times=0.02 * np.arange(11),
        cells=32,
    )
    np.testing.assert_allclose(etdrk4.cell_averages(spectra, 32), expected, atol=1e-13)


def test_etdrk4_source_term_grows_as_the_logistic_curve():
    """∂u/∂t = u(1 − u), uniform in x, has u = 1/(1 + e^{−t}(1/u₀ − 1))."""
    spectra = etdrk4.solve(
        initial=np.full((1, 16), 0.2),
        linear=np.ones((1, 9)),
        nonlinear=lambda u: -u * u,
        derivative=0,
        frames=5,
        frame_step=0.5,
        substeps=100,
    )
    t = 0.5 * np.arange(5)
    np.testing.assert_allclose(
        spectra[0, :, 0].real, 1 / (1 + np.exp(-t) * 4.0), atol=1e-9
    )
