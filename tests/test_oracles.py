"""The oracles against closed forms and against Galilean invariance."""

import numpy as np
import pytest

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.oracles import exists, solve
from evophys_lib.physics.equations import Burgers, equation_named
from evophys_lib.physics.families import SOURCES, TARGET
from evophys_lib.physics.initial_conditions import InitialConditions
from evophys_lib.physics.layout import Trajectories
from evophys_lib.physics.splits import Split

FRAMES = (0, 5, 50, 99)


def target(speed, diffusivity, amplitude, mean=None, n=3):
    """Advection–diffusion trajectories that carry the flow as their mean."""
    generator = np.random.default_rng(0)
    initial = InitialConditions(
        mean=np.full(n, speed if mean is None else mean),
        amplitude=amplitude * generator.uniform(0.1, 1.0, (n, 5)),
        phase=generator.uniform(0, 2 * np.pi, (n, 5)),
    )
    physical = {
        "advection_speed": np.full(n, speed),
        "diffusivity": np.full(n, diffusivity),
    }
    field = equation_named("advection-diffusion").solve(initial, physical)
    return Trajectories.of(
        "advection-diffusion", Split.TEST, 0, 10.0, field, initial, physical
    )


def test_both_start_from_the_true_initial_condition():
    truth = target(0.3, 0.03, 0.5)
    for equation in SOURCES:
        start = solve(equation, truth)[:, 0]
        np.testing.assert_allclose(start, truth.field[:, 0], atol=1e-12)


def test_without_flow_the_heat_is_the_target():
    truth = target(0.0, 0.1, 0.5)
    np.testing.assert_allclose(solve("heat", truth), truth.field, atol=1e-12)


def test_heat_is_the_target_that_did_not_move():
    truth = target(1.0, 0.03, 0.5)
    k, result = np.arange(65), solve("heat", truth)
    # moving the target back by U t undoes the advection, mode by mode
    for frame in FRAMES:
        spectrum = np.fft.rfft(truth.field[:, frame])
        spectrum = spectrum * np.exp(2j * np.pi * k * 1.0 * 0.002 * frame)
        still = np.fft.irfft(spectrum, 128)
        np.testing.assert_allclose(result[:, frame], still, atol=1e-12)


def test_burgers_tends_to_the_target_as_the_fluctuation_vanishes():
    # v v_x is quadratic: a tenth of the amplitude leaves a hundredth of the error
    errors = []
    for amplitude in (1e-2, 1e-3):
        truth = target(1.0, 0.01, amplitude)
        error = solve("burgers", truth)[:, 50] - truth.field[:, 50]
        errors.append(np.abs(error).max())
    assert errors[0] / errors[1] == pytest.approx(100, rel=0.1)


def test_burgers_agrees_with_etdrk4():
    truth = target(1.0, 0.05, 0.5)
    reference = Burgers().reference(
        truth.initial, {"viscosity": truth.parameters["diffusivity"]}, points=512
    )
    np.testing.assert_allclose(solve("burgers", truth), reference, atol=1e-8)


def test_oracles_use_the_fields_own_mean_not_the_flow():
    passive = target(1.0, 0.03, 0.5, mean=-0.4)
    for equation in SOURCES:
        means = solve(equation, passive).mean(axis=-1)
        np.testing.assert_allclose(means, -0.4, atol=1e-12)


def test_data_without_a_diffusivity_are_refused():
    truth = target(1.0, 0.03, 0.5)
    physical = {"viscosity": np.full(3, 0.1)}
    other = Trajectories.of(
        "burgers", Split.TEST, 0, None, truth.field, truth.initial, physical
    )
    with pytest.raises(ParameterError, match="burgers"):
        solve("heat", other)


def test_one_parameter_is_all_that_a_diffusivity_can_tell():
    assert all(exists(equation) for equation in SOURCES) and not exists(TARGET)
    with pytest.raises(ParameterError, match="a single parameter"):
        solve(TARGET, target(1.0, 0.03, 0.5))
