"""The equations: parameters, symbols, exact against reference, Galilean boosts."""

from dataclasses import dataclass

import numpy as np
import pytest

from evophys_lib.errors import ParameterError
from evophys_lib.physics.conservation_law import Equation
from evophys_lib.physics.equations import (
    DIFFUSIVITY_RANGE,
    EQUATIONS,
    VISCOSITY_RANGE,
    AdvectionDiffusion,
    Burgers,
    Heat,
    equation_named,
    log_uniform,
    peclet_path,
)
from evophys_lib.physics.grid import FRAMES, GRID, TIME_STEP, cell_centres
from evophys_lib.physics.initial_conditions import InitialConditions, sample

HEADLINE = (0.1, 1.0, 10.0, 100.0)


def drawn(count, seed=11):
    return sample(np.random.default_rng(seed), trajectories=count)


def parameters_of(law, count, peclet=10.0):
    speed, diffusivity = peclet_path(peclet)
    path = {"advection_speed": speed, "diffusivity": diffusivity}
    return law.draw(np.random.default_rng(2), count, path)


@pytest.mark.parametrize("scale", [0.1, 0.13, 0.158])
@pytest.mark.parametrize("peclet", HEADLINE)
def test_peclet_path_has_its_peclet_number_and_stays_in_range(peclet, scale):
    speed, diffusivity = peclet_path(peclet, scale=scale)
    assert speed / diffusivity == pytest.approx(peclet, rel=1e-14)
    assert speed * diffusivity == pytest.approx(scale**2, rel=1e-14)
    low, high = DIFFUSIVITY_RANGE
    assert low * (1 - 1e-12) <= diffusivity <= high


def test_peclet_path_at_ten_is_as_by_hand():
    assert peclet_path(10) == pytest.approx((0.316227766016838, 0.0316227766016838))


@pytest.mark.parametrize("value", [0, -1, float("nan"), "ten", 1e9, None])
def test_peclet_outside_its_range_is_refused(value):
    with pytest.raises(ParameterError, match="pe = "):
        peclet_path(value)


@pytest.mark.parametrize("scale", [0.05, 0.2, float("nan")])
def test_scale_outside_its_range_is_refused(scale):
    with pytest.raises(ParameterError, match="scale = "):
        peclet_path(1.0, scale=scale)


def test_unknown_equation_is_refused_with_the_known_names():
    with pytest.raises(ParameterError, match="heat, burgers, advection-diffusion"):
        equation_named("wave")


def test_log_uniform_has_one_value_in_each_stratum():
    values = log_uniform(np.random.default_rng(0), 0.001, 0.1, 50)
    stratum = np.floor(50 * np.log(values / 0.001) / np.log(100.0))
    np.testing.assert_array_equal(np.sort(stratum), np.arange(50))
    assert (np.diff(values) < 0).any()  # shuffled


def test_sources_draw_their_whole_range():
    alpha = parameters_of(Heat(), 500)["diffusivity"]
    nu = parameters_of(Burgers(), 1600)["viscosity"]
    for values, (low, high) in ((alpha, DIFFUSIVITY_RANGE), (nu, VISCOSITY_RANGE)):
        assert low <= values.min() < 1.1 * low
        assert high / 1.1 < values.max() <= high
        assert np.median(values) == pytest.approx(np.sqrt(low * high), rel=0.05)


def test_any_prefix_of_burgers_covers_the_viscosities():
    nu = parameters_of(Burgers(), 1600)["viscosity"]
    assert len(np.unique(nu)) == 100
    assert len(np.unique(nu[:100])) == 100


def test_symbol_of_heat_is_the_second_derivative():
    lam = Heat().symbol(np.array([3.0]), {"diffusivity": np.array([0.2])})
    assert lam[0, 0] == pytest.approx(-0.2 * (6 * np.pi) ** 2)


@pytest.mark.parametrize("name", EQUATIONS)
def test_exact_solution_satisfies_its_equation(name):
    """d/dt of cell averages is minus the difference of f(u) − D u_x at the edges.

    Edge values come from cell averages by high-order reconstruction, the time
    derivative from central differences of eighth order, at mild parameters.
    """
    law = EQUATIONS[name]
    u0 = drawn(3)
    physical = {
        "diffusivity": np.full(3, 0.02),
        "viscosity": np.full(3, 0.05),
        "advection_speed": np.full(3, 0.4),
    }
    field = law.solve(u0, physical)  # (B, T, N)
    weights = np.array([1 / 280, -4 / 105, 1 / 5, -4 / 5, 0, 4 / 5, -1 / 5, 4 / 105])
    weights = np.append(weights, -1 / 280)
    rate = sum(w * field[:, 46 + s] for s, w in enumerate(weights)) / TIME_STEP
    wave = 2j * np.pi * np.fft.rfftfreq(GRID, 1 / GRID)
    spectrum = np.fft.rfft(field[:, 50])  # of averages; divided below to point values
    k = np.fft.rfftfreq(GRID, 1 / GRID)
    shift = np.sinc(k / GRID) * np.exp(1j * np.pi * k / GRID)
    u = np.fft.irfft(spectrum / shift, GRID)  # values at left edges
    slope = np.fft.irfft(wave * spectrum / shift, GRID)
    total = law.flux(u, physical) - law.diffusion(physical)[:, None] * slope
    divergence = GRID * (np.roll(total, -1, axis=1) - total)
    np.testing.assert_allclose(rate, -divergence, atol=1e-5 * np.abs(rate).max())


@pytest.mark.parametrize("name", EQUATIONS)
def test_solution_and_reference_agree_on_a_modest_grid(name):
    law = EQUATIONS[name]
    u0 = drawn(2)
    physical = {
        "diffusivity": np.array([0.01, 0.1]),
        "viscosity": np.array([0.02, 0.1]),
        "advection_speed": np.array([0.9, 0.1]),
    }
    other = law.reference(u0, physical, points=512, substeps=4)
    np.testing.assert_allclose(law.solve(u0, physical), other, atol=2e-8)


@pytest.mark.parametrize("name", EQUATIONS)
def test_boost_by_one_cell_per_frame_moves_one_cell_per_frame(name):
    law = EQUATIONS[name]
    u0 = drawn(2)
    physical = parameters_of(law, 2)
    boosted, start, changed = law.boost(u0, physical, 1 / (GRID * TIME_STEP))
    seen = boosted.solve(start, changed) - start.mean[:, None, None]
    field = law.solve(u0, physical) - u0.mean[:, None, None]
    for j in (0, 1, 33, FRAMES - 1):
        np.testing.assert_allclose(
            seen[:, j], np.roll(field[:, j], j, axis=1), atol=1e-10
        )


def test_advection_diffusion_without_flow_is_heat():
    u0, alpha = drawn(4), np.full(4, 0.05)
    still = {"diffusivity": alpha, "advection_speed": np.zeros(4)}
    np.testing.assert_array_equal(
        AdvectionDiffusion().solve(u0, still), Heat().solve(u0, {"diffusivity": alpha})
    )


def test_faint_burgers_about_a_mean_is_advection_diffusion():
    """u = U + εv: v_t + U v_x = ν v_xx − ε v v_x, so the difference is O(ε²)."""
    base = drawn(1)
    gaps = []
    for fluctuation in (0.02, 0.01):
        u0 = InitialConditions(base.mean, fluctuation * base.amplitude, base.phase)
        nonlinear = Burgers().solve(u0, {"viscosity": np.array([0.05])})
        linear = AdvectionDiffusion().solve(
            u0, {"diffusivity": np.array([0.05]), "advection_speed": u0.mean}
        )
        gaps.append(np.abs(nonlinear - linear).max())
    assert gaps[0] / gaps[1] == pytest.approx(4.0, rel=0.05)


def test_an_equation_without_exact_solution_needs_only_flux_and_diffusion():
    """∂u/∂t + u²∂u/∂x = D ∂²u/∂x² by inheritance alone; mass kept, u → −u kept."""

    @dataclass(frozen=True)
    class Cubic(Equation):
        name: str = "cubic"

        def diffusion(self, parameters):
            return parameters["viscosity"]

        def flux(self, u, parameters):
            return u**3 / 3

    u0 = drawn(1)
    mirrored = InitialConditions(-u0.mean, -u0.amplitude, u0.phase)
    physical = {"viscosity": np.array([0.05])}
    field = Cubic().reference(u0, physical, points=256, substeps=8)
    other = Cubic().reference(mirrored, physical, points=256, substeps=8)
    np.testing.assert_allclose(field.mean(axis=-1), u0.mean[0], atol=1e-12)
    np.testing.assert_allclose(other, -field, atol=1e-7)
    low, high = u0.extrema()
    assert field.min() >= low[0] and field.max() <= high[0]


def test_refinement_multiplies_the_substeps_where_there_is_no_exact_solution():
    class Told(Heat):
        def reference(self, initial, parameters, *, cells, substeps):
            return np.array([cells, substeps])

    law, u0 = Told(), drawn(1)
    for refinement in (1, 2, 3):
        told = Equation.solve(law, u0, {}, cells=32, refinement=refinement)
        assert told.tolist() == [32, refinement * law.reference_substeps]


def test_cells_are_half_a_width_from_the_ends_and_a_width_apart():
    x = cell_centres()
    assert (x[0], x[-1]) == (0.5 / GRID, 1 - 0.5 / GRID)
    np.testing.assert_allclose(np.diff(x), 1 / GRID, rtol=1e-12)
