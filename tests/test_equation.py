"""The equation that a rollout obeys, on fields whose equation is known."""

import numpy as np
import pytest

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.equation import Dynamics, fit, summary
from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.physics.equations import AdvectionDiffusion, Burgers, Heat
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.physics.initial_conditions import sample

STRIDE = 5
COUNT = 6


def states(equation, **parameters):
    """Exact states five frames apart, (11, n, N), of n drawn initial conditions."""
    initial = sample(np.random.default_rng(0), trajectories=COUNT)
    values = {k: np.broadcast_to(v, (COUNT,)) for k, v in parameters.items()}
    field = equation.solve(initial, values)  # (n, T, N)
    return field[:, : 10 * STRIDE + 1 : STRIDE].swapaxes(0, 1), initial


def found(states):
    return fit(states, interval=STRIDE * TIME_STEP)


@pytest.mark.parametrize(("speed", "alpha"), [(0.05, 0.4), (0.3, 0.1), (1.6, 0.012)])
def test_advection_diffusion_is_recovered(speed, alpha):
    speeds = speed * np.linspace(0.8, 1.2, COUNT)
    field, _ = states(AdvectionDiffusion(), advection_speed=speeds, diffusivity=alpha)
    dynamics = found(field)
    np.testing.assert_allclose(dynamics.advection_speed, speeds, rtol=0, atol=1e-6)
    np.testing.assert_allclose(dynamics.diffusivity, alpha, rtol=0, atol=1e-6)
    np.testing.assert_allclose(dynamics.steepening, 0, rtol=0, atol=1e-6)


def test_heat_stands_still_and_backward_motion_is_negative():
    field, _ = states(Heat(), diffusivity=0.05)
    np.testing.assert_allclose(found(field).advection_speed, 0, atol=1e-6)
    field, _ = states(AdvectionDiffusion(), advection_speed=-1.0, diffusivity=0.05)
    np.testing.assert_allclose(found(field).advection_speed, -1, rtol=1e-6)


@pytest.mark.parametrize("viscosity", [0.01, 0.03, 0.1])
def test_burgers_moves_with_its_mean_and_steepens_with_coefficient_one(viscosity):
    field, initial = states(Burgers(), viscosity=viscosity)
    dynamics = found(field)
    np.testing.assert_allclose(dynamics.steepening, 1, rtol=0, atol=0.08)
    np.testing.assert_allclose(dynamics.advection_speed, initial.mean, atol=0.02)
    np.testing.assert_allclose(dynamics.diffusivity, viscosity, atol=0.003)
    assert summary([dynamics])["steepening"].value == pytest.approx(1, abs=0.03)


def test_the_error_on_burgers_is_that_of_the_trapezoidal_rule():
    """Half the interval: a quarter of the error."""
    initial = sample(np.random.default_rng(1), trajectories=COUNT)
    viscosity = np.full(COUNT, 0.05)
    field = Burgers().solve(initial, {"viscosity": viscosity}).swapaxes(0, 1)
    errors = [
        np.abs(fit(field[:41:step], interval=step * TIME_STEP).steepening - 1).max()
        for step in (4, 2)
    ]
    assert errors[1] < 0.4 * errors[0]


def test_cell_averages_and_aliases_do_not_bias_the_coefficient():
    """A coarse mean of cells is the same equation."""
    field, _ = states(Burgers(), viscosity=0.05)
    coarse = field.reshape(*field.shape[:2], 32, 4).mean(axis=-1)
    np.testing.assert_allclose(
        found(coarse).steepening, found(field).steepening, atol=2e-3
    )


def test_persistence_is_at_rest_and_divergence_is_nan():
    field, _ = states(Heat(), diffusivity=0.05)
    still = np.broadcast_to(field[:1], field.shape).copy()
    still[3, 0] = np.inf
    dynamics = found(still)
    for name in ("advection_speed", "diffusivity", "steepening"):
        values = getattr(dynamics, name)
        assert np.isnan(values[0])
        np.testing.assert_allclose(values[1:], 0, atol=1e-9)
    flat = found(np.ones((4, 2, 64)))
    assert (flat.steepening == 0).all() and (flat.information == 0).all()


def test_the_summary_weighs_means():
    one = Dynamics(*np.array([[1.0, 3.0], [0.1, 0.3], [0.0, 5.0], [1.0, 0.0]]))
    estimates = summary([one, one])
    assert estimates["advection_speed"].value == pytest.approx(2)
    assert estimates["diffusivity"].value == pytest.approx(0.2)
    assert estimates["peclet"].value == pytest.approx(10)
    assert estimates["peclet"].interval == pytest.approx((10, 10))  # U_i = 10 α_i
    assert estimates["steepening"].value == pytest.approx(0)  # the other says nothing
    assert estimates["advection_speed"].interval == pytest.approx((2, 2))  # same seeds


def test_the_interval_of_a_coefficient_is_students_over_seeds():
    seeds = [Dynamics(*np.full((4, 3), 1.0) * scale) for scale in (1.0, 2.0, 4.0)]
    mean, half = t_interval([1.0, 2.0, 4.0])
    assert summary(seeds)["advection_speed"].interval == pytest.approx(
        (mean - half, mean + half)
    )
    assert summary(seeds[:1])["advection_speed"].interval is None


def test_a_field_at_rest_has_no_peclet_number():
    zero = np.zeros(3)
    estimates = summary([Dynamics(zero, zero, zero, zero)])
    assert estimates["peclet"].value is None and estimates["peclet"].interval is None
    assert estimates["advection_speed"].value == 0


def test_what_cannot_be_fitted_is_refused():
    with pytest.raises(ParameterError, match="at least two times"):
        fit(np.zeros((1, 3, 64)), interval=0.01)
    with pytest.raises(ParameterError, match="from 1 to 7"):
        fit(np.zeros((3, 3, 16)), interval=0.01)
