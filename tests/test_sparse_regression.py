"""Terms and coefficients of fields whose equation is known, with noise; of none."""

from dataclasses import replace

import numpy as np
import pytest

from evophys_lib.errors import EvoPhysError, ParameterError
from evophys_lib.evaluate import sparse_regression as sparse
from evophys_lib.evaluate.sparse_regression import (
    DIFFUSION,
    STEEPENING,
    TERMS,
    THRESHOLD,
    THRESHOLDS,
    TRANSPORT,
    Path,
    WeakForm,
    discover,
    middle,
    with_noise,
)
from evophys_lib.physics.equations import (
    AdvectionDiffusion,
    Burgers,
    Heat,
    peclet_path,
)
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.physics.initial_conditions import sample

INTERVAL, COUNT, NOISE, MEAN = 5 * TIME_STEP, 32, 0.01, 0.5
TARGET = {pe: peclet_path(pe) for pe in (0.1, 1.0, 10.0, 100.0)}


def drawn(equation, seed, noise=NOISE, **parameters):
    """Exact states (n, 10, N) as forecasts have them, with noise."""
    generator = np.random.default_rng(seed)
    initial = sample(generator, trajectories=COUNT)
    initial = replace(initial, mean=np.full(COUNT, MEAN))
    values = {k: np.full(COUNT, v) for k, v in parameters.items()}
    field = equation.solve(initial, values)[:, 9:55:5]
    return with_noise(field, noise, generator)


def heat(seed, alpha):
    return drawn(Heat(), seed, diffusivity=alpha), {DIFFUSION: alpha}


def burgers(seed, viscosity):
    terms = {TRANSPORT: -MEAN, STEEPENING: -1.0, DIFFUSION: viscosity}
    return drawn(Burgers(), seed, viscosity=viscosity), terms


def target(seed, peclet):
    speed, alpha = TARGET[peclet]
    law = AdvectionDiffusion()
    field = drawn(law, seed, advection_speed=speed, diffusivity=alpha)
    return field, {TRANSPORT: -speed, DIFFUSION: alpha}


IDENTIFIABLE = (
    *((heat, alpha) for alpha in (0.03, 0.1, 0.3)),
    *((burgers, viscosity) for viscosity in (0.01, 0.03, 0.1)),
    *((target, peclet) for peclet in (1.0, 10.0, 100.0)),
)


def test_the_threshold_is_what_its_rule_gives():
    cases = [make(1000, value) for make, value in IDENTIFIABLE]
    paths = [discover(field, interval=INTERVAL) for field, _ in cases]
    assert middle(paths, [terms.keys() for _, terms in cases]) == THRESHOLD


@pytest.mark.parametrize(("make", "value"), IDENTIFIABLE)
def test_terms_and_coefficients_are_found_within_one_percent(make, value):
    field, terms = make(1, value)
    found = discover(field, interval=INTERVAL, thresholds=(THRESHOLD,)).terms()
    assert found == pytest.approx(terms, rel=0.01)


def test_at_the_lowest_peclet_number_transport_is_lost_beside_diffusion():
    """Its share, 1/60 where mode 1 rules, is that of the noise; α is found."""
    field, terms = target(1, 0.1)
    path = discover(field, interval=INTERVAL)
    assert path.terms() == pytest.approx({DIFFUSION: terms[DIFFUSION]}, rel=0.01)
    lower = [path.terms(tau) for tau in THRESHOLDS if tau < THRESHOLD]
    kept = [found[TRANSPORT] for found in lower if TRANSPORT in found]
    assert kept[-1] == pytest.approx(terms[TRANSPORT], rel=0.1)


def test_without_noise_it_is_found_at_the_lowest_peclet_number_too():
    speed, alpha = TARGET[0.1]
    law = AdvectionDiffusion()
    field = drawn(law, 1, 0.0, advection_speed=speed, diffusivity=alpha)
    path = discover(field[:8], interval=INTERVAL, thresholds=(0.01,))
    wanted = {TRANSPORT: -speed, DIFFUSION: alpha}
    assert path.terms(0.01) == pytest.approx(wanted, rel=0.01)


def test_lengths_and_times_have_units():
    """x in units of 1/L: U grows with L, α with its square."""
    field, terms = target(1, 10.0)
    found = discover(field, interval=2 * INTERVAL, length=3.0).terms()
    wanted = {
        TRANSPORT: terms[TRANSPORT] * 3 / 2,
        DIFFUSION: terms[DIFFUSION] * 9 / 2,
    }
    assert found == pytest.approx(wanted, rel=0.01)


def test_nothing_that_moves_by_an_equation_explains_nothing():
    """Fields drawn anew at every time."""
    generator = np.random.default_rng(0)
    initial = sample(generator, trajectories=COUNT * 10)
    field = initial.cell_averages(128).reshape(COUNT, 10, 128)  # (n T, N)
    path = discover(field, interval=INTERVAL, thresholds=(0.002,))
    assert path.explained.max() < 0.1


def test_a_field_at_rest_has_no_terms_and_one_that_diverged_none_that_are_known():
    initial = sample(np.random.default_rng(0), trajectories=4).cell_averages(64)
    still = np.repeat(initial[:, None], 10, axis=1)  # (n, T, N)
    assert discover(still, interval=INTERVAL).terms() == {}
    assert discover(np.ones((2, 10, 64)), interval=INTERVAL).terms() == {}
    still[0, 3] = np.inf
    assert np.isnan(discover(still, interval=INTERVAL).coefficients).all()


def test_equal_fields_give_equal_terms_and_leave_the_generator_alone():
    field, _ = target(1, 10.0)
    np.random.seed(7)  # noqa: NPY002
    one, other = (discover(field[:2], interval=INTERVAL) for _ in range(2))
    np.testing.assert_array_equal(one.coefficients, other.coefficients)
    after = np.random.random()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    assert after == np.random.random()  # noqa: NPY002


def test_terms_are_those_of_the_library():
    names = "v, v^2, v_1, v_11, v_111, vv_1, v^2v_1, vv_11, v^2v_11, vv_111, v^2v_111"
    pysindy = pytest.importorskip("pysindy")
    grid = np.zeros((16, 16, 2))
    grid[..., 0], grid[..., 1] = np.mgrid[:16, :16]
    library = pysindy.WeakPDELibrary(
        pysindy.PolynomialLibrary(2, include_bias=False),
        derivative_order=3,
        spatiotemporal_grid=grid,
        K=2,
        H_xt=[4, 4],
    )
    axes = {"ax_spatial": [0], "ax_time": 1, "ax_coord": 2}
    library.fit([pysindy.AxesArray(np.ones((16, 16, 1)), axes)])
    assert library.get_feature_names(["v"]) == names.split(", ")
    subscripts = [name.replace(" ", "").replace("x", "1") for name in TERMS]
    assert [s.replace("²", "^2") for s in subscripts] == names.split(", ")


def test_thresholded_least_squares_against_a_solver_of_its_own():
    """Two strong terms among orthogonal ones, one weak: shares are known."""
    generator = np.random.default_rng(0)
    matrix, _ = np.linalg.qr(generator.standard_normal((60, len(TERMS))))
    shares = np.zeros(len(TERMS))
    shares[[2, 3, 7]] = 0.8, -0.6, 0.02
    path = sparse.path(WeakForm(3 * matrix, 5 * matrix @ shares), (0.01, 0.1, 0.7))
    sizes = [np.flatnonzero(row).tolist() for row in path.coefficients]
    assert sizes == [[2, 3, 7], [2, 3], [2]]
    np.testing.assert_allclose(path.coefficients[0], 5 / 3 * shares, atol=1e-6)
    np.testing.assert_allclose(path.explained[1], 1 - 0.02**2 / 1.0004, atol=1e-6)


def of_supports(*supports):
    """A path with these terms, each 1, at thresholds 0.1, 0.2 …"""
    rows = np.array([np.isin(TERMS, list(s)) for s in supports], dtype=float)
    taus = 0.1 * np.arange(1, len(rows) + 1)
    return Path(taus, rows, np.ones(len(rows)))


def test_the_middle_is_that_of_the_longest_run():
    both, one = {"v_x", "v_xx"}, {"v_xx"}
    path = of_supports(both, one, both, both, both, one)
    assert middle([path], [both]) == pytest.approx(0.4)
    other = of_supports(one, one, both, one, one, one)
    assert middle([path, other], [both, one]) == pytest.approx(0.5)
    with pytest.raises(ParameterError, match="find all terms"):
        middle([path], [{"v"}])


def test_terms_are_read_off_at_the_threshold_below():
    path = of_supports({"v", "v_x"}, {"v_x"}, {"v_xx"})
    assert path.terms(0.1) == {"v": 1.0, "v_x": 1.0}
    assert path.terms(0.25) == {"v_x": 1.0}
    assert path.terms(5.0) == {"v_xx": 1.0}


def test_noise_has_its_share():
    field, _ = target(1, 10.0)
    noisy = with_noise(field, 0.5, np.random.default_rng(0))
    size = (field - field.mean(axis=-1, keepdims=True)).std(axis=(1, 2))
    np.testing.assert_allclose((noisy - field).std(axis=(1, 2)), size / 2, rtol=0.1)


@pytest.mark.parametrize("shape", [(2, 9, 64), (2, 10, 8), (10, 64)])
def test_short_trajectories_are_refused(shape):
    with pytest.raises(ParameterError, match="ten times"):
        discover(np.zeros(shape), interval=INTERVAL)


@pytest.mark.parametrize("thresholds", [(), (0.2, 0.1), (0.0, 0.1)])
def test_thresholds_that_fall_are_refused(thresholds):
    with pytest.raises(ParameterError, match="thresholds"):
        discover(np.zeros((2, 10, 64)), interval=INTERVAL, thresholds=thresholds)


def test_a_missing_package_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pysindy", None)
    with pytest.raises(EvoPhysError, match="pysindy"):
        discover(np.ones((2, 10, 64)), interval=INTERVAL)
