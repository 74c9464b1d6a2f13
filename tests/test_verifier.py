"""The judge: laws have their exact solutions, and no empty answer earns a match."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import ellipj, ellipk

from evophys_lib.discovery import mechanics, rewards
from evophys_lib.discovery.flows import FIELD
from evophys_lib.discovery.hypothesis import parse
from evophys_lib.discovery.mechanics import ANGLE, HEIGHT, LENGTH, PLANE
from evophys_lib.discovery.ordinary import EVALUATIONS
from evophys_lib.discovery.simulation import simulate
from evophys_lib.discovery.systems import SYSTEMS, system_named
from evophys_lib.discovery.trajectories import Trajectories, of_fields
from evophys_lib.discovery.verifier import verify
from evophys_lib.discovery.waves import half_life, speed
from evophys_lib.errors import ParameterError

TIMES = np.linspace(0.0, 2.0, 50)


def observed(curves, rates) -> Trajectories:
    """One trajectory of coordinates given as functions of time."""
    states = np.stack([np.broadcast_to(c, TIMES.shape) for c in curves], axis=1)
    return Trajectories(
        TIMES, states[None, :, :, None], np.array(rates, dtype=float)[None, :, None]
    )


def drag(k, g=9.81):
    """y of ÿ = −g + k ẏ² from rest: −ln cosh(√(gk) t)/k."""
    return -np.log(np.cosh(np.sqrt(g * k) * TIMES)) / k


def pendulum(amplitude, w2):
    """θ of θ̈ = −w² sin θ from rest: 2 arcsin(m sn(K − wt, m²)), m = sin(θ₀/2)."""
    m = np.sin(amplitude / 2)
    sn = ellipj(ellipk(m**2) - np.sqrt(w2) * TIMES, m**2)[0]
    return 2 * np.arcsin(m * sn)


def damped(k, c):
    """x of ẍ = −k x − c ẋ from x = 1 at rest."""
    w = np.sqrt(k - c**2 / 4)
    return np.exp(-c * TIMES / 2) * (np.cos(w * TIMES) + c / 2 / w * np.sin(w * TIMES))


EXACT = [
    ("d2y/dt2 = -g", {"g": 9.81}, HEIGHT, [3 - 9.81 * TIMES**2 / 2 - TIMES], [-1]),
    ("d2y/dt2 = -9.81 + k*vy**2", {"k": 0.05}, HEIGHT, [drag(0.05)], [0]),
    ("d2theta/dt2 = -w2*sin(theta)", {"w2": 9.0}, ANGLE, [pendulum(2.0, 9.0)], [0]),
    ("d2x/dt2 = -k*x - c*vx", {"k": 9.0, "c": 0.5}, LENGTH, [damped(9.0, 0.5)], [0]),
    (
        "d2y/dt2 = -w*vx; d2x/dt2 = w*vy",
        {"w": 3.0},
        PLANE,
        [np.sin(3 * TIMES) / 3, (np.cos(3 * TIMES) - 1) / 3],
        [1, 0],
    ),
    ("dx/dt = -k*x", {"k": 2.0}, LENGTH, [np.exp(-2 * TIMES)], [-2]),
]


@pytest.mark.parametrize(("text", "values", "vocabulary", "curves", "rates"), EXACT)
def test_ordinary_equations_have_their_closed_forms(
    text, values, vocabulary, curves, rates
):
    data = observed(curves, rates)
    told = simulate(parse(text, values, vocabulary), data).states
    assert np.allclose(told, data.states, atol=1e-5)


def waves(times, modes, cells=64):
    """Cell averages of Re Σ c_k(t) e^{2πikx}, one trajectory of a field."""
    x, field = np.arange(cells) / cells, np.zeros((len(times), cells))
    for k, c in modes.items():
        average = np.sinc(k / cells) * np.exp(1j * np.pi * k / cells)
        field += (np.outer(c(times), average * np.exp(2j * np.pi * k * x))).real
    return of_fields(times, field[None, :, None])


FLOW_TIMES = np.arange(20) * 0.01


@pytest.mark.parametrize(
    ("text", "values", "rate"),
    [
        ("u_t = a*u_xx", {"a": 0.05}, lambda k: -0.05 * k**2),
        ("u_t = -U*u_x", {"U": 2.0}, lambda k: -2j * k),
        ("u_t = -d*u_xxx", {"d": 1e-3}, lambda k: 1e-3j * k**3),
        ("u_t = -b*u_xxxx + r*u", {"b": 1e-5, "r": 1.5}, lambda k: 1.5 - 1e-5 * k**4),
    ],
)
def test_linear_fields_are_advanced_exactly(text, values, rate):
    """û_k(t) = û_k(0) e^{λ_k t} for transport, diffusion, dispersion, growth."""
    modes = {k: (lambda t, k=k: np.exp(rate(2 * np.pi * k) * t) / k) for k in (1, 2, 5)}
    data = waves(FLOW_TIMES, modes)
    told = simulate(parse(text, values, FIELD), data).states
    assert np.allclose(told, data.states, atol=1e-11)


def test_a_nonlinear_source_has_its_closed_form_where_nothing_varies_in_x():
    """u_t = r u (1 − u) from a constant: the logistic curve."""
    times = np.linspace(0.0, 2.0, 40)
    curve = 1 / (1 + 9 * np.exp(-3 * times))
    data = of_fields(times, np.broadcast_to(curve[None, :, None, None], (1, 40, 1, 16)))
    told = simulate(parse("u_t = r*u*(1 - u)", {"r": 3.0}, FIELD), data).states
    assert np.allclose(told, data.states, atol=1e-8)


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_law_of_every_system_is_accepted_and_a_wrong_one_is_not(name):
    system = SYSTEMS[name]
    data, truth = system.observe(1), system.truth(1)
    verdict = verify(truth, data)
    assert verdict.match > 1 - 1e-6
    assert verdict.mismatch.startswith("agrees with the data")
    wrong = {k: 2.5 * v for k, v in truth.parameters.items()}
    other = verify(replace(truth, parameters=wrong), data)
    assert not other.solved
    assert not other.mismatch.startswith("agrees")


@pytest.mark.parametrize("name", SYSTEMS)
def test_equal_seeds_give_equal_data_and_others_do_not(name):
    one, same, other = (system_named(name).observe(s) for s in (4, 4, 5))
    assert np.array_equal(one.states, same.states)
    assert not np.array_equal(one.states, other.states)
    assert np.isfinite(one.states).all()
    assert len(one.states) == 2


def forms(system, right: str) -> str:
    """The same right side for all variables of a system, of first order."""
    left = "{0}_t = " if system.vocabulary.field else "d{0}/dt = "
    return "; ".join((left + right).format(v.name) for v in system.vocabulary.variables)


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize(
    ("right", "k"),
    [
        ("0", None),
        ("k", 1e-3),  # hardly anything
        ("k*{0}", 300.0),  # explodes
        ("k*{0}**3", 1e4),
        ("-k*{0}", 1e6),  # stiff: at rest after a moment
        ("1/({0} - {0}*k)", 0.5),
        ("log({0} - k)", 1e5),  # undefined
        ("k*sin({0}*k)", 1e6),  # stiff noise
    ],
)
def test_answers_at_rest_exploding_or_stiff_earn_no_match(name, right, k):
    system = SYSTEMS[name]
    text = forms(system, right)
    if "m" in str(system.vocabulary.variables[0].unit):
        plain = tuple(replace(v, unit=None) for v in system.vocabulary.variables)
        vocabulary = replace(system.vocabulary, variables=plain)
    else:
        vocabulary = system.vocabulary
    values = {} if k is None else {"k": k}
    verdict = verify(parse(text, values, vocabulary), system.observe(0))
    assert verdict.match < 0.2
    assert 0.0 <= verdict.dense_match <= 1.0
    assert not verdict.mismatch.startswith("agrees")


def test_a_jump_to_the_mean_is_worth_nothing():
    """A relaxation towards the mean, which it cannot see, as fast as one likes."""
    swing = observed([np.cos(7 * TIMES)], [0])
    mean = float(np.cos(7 * TIMES).mean())
    for rate in (5.0, 50.0, 500.0):
        law = parse("dx/dt = -r*(x - m)", {"r": rate, "m": mean}, LENGTH)
        assert verify(law, swing).match < 0.05


def test_r2_by_step_averages_to_the_coefficient_of_determination():
    rng = np.random.default_rng(0)
    true = rng.standard_normal((1, 30, 1, 1))
    said = true + 0.3 * rng.standard_normal(true.shape)
    steps = rewards.r2_by_step(said, true)
    residual, total = ((said - true) ** 2).sum(), ((true - true.mean()) ** 2).sum()
    assert steps.mean() == pytest.approx(1 - residual / total)
    assert rewards.r2_by_step(true, true) == pytest.approx(1.0)
    best = np.broadcast_to(true.mean(), true.shape)
    assert rewards.r2_by_step(best, true).mean() == pytest.approx(0.0, abs=1e-12)


def test_variables_count_alike_whatever_their_units():
    rng = np.random.default_rng(1)
    true = rng.standard_normal((2, 30, 2, 1))
    said = true + 0.3 * rng.standard_normal(true.shape)
    units = np.array([1.0, 1e3])[:, None]
    assert rewards.r2_by_step(said * units, true * units) == pytest.approx(
        rewards.r2_by_step(said, true)
    )


def test_what_was_not_reached_counts_as_lost():
    true = np.linspace(0, 1, 10)[None, :, None, None]
    said = true.copy()
    said[:, 7:] = np.nan
    steps = rewards.r2_by_step(said, true)
    assert np.isneginf(steps[7:]).all()
    assert rewards.match(steps) == 0.0
    assert rewards.dense_match(steps) == pytest.approx(0.7)


def test_a_stiff_law_costs_no_more_than_its_budget(monkeypatch):
    from evophys_lib.discovery import ordinary

    counted, real = [0], ordinary.numeric

    def counting(*arguments):
        function = real(*arguments)

        def counted_function(*states):
            counted[0] += 1
            return function(*states)

        return counted_function

    monkeypatch.setattr(ordinary, "numeric", counting)
    data = SYSTEMS["spring"].observe(0)
    counted[0] = 0
    verify(parse("d2x/dt2 = -k*x", {"k": 1e6}, LENGTH), data)
    assert 0 < counted[0] <= EVALUATIONS


def test_it_tells_decay_and_speed_of_a_field():
    def moving(alpha, speed):
        rate = -alpha * (2 * np.pi) ** 2 - 2j * np.pi * speed
        return waves(FLOW_TIMES, {1: lambda t: np.exp(rate * t)})

    data = moving(0.15, 1.0)
    law = "u_t = -U*u_x + a*u_xx"
    fast = verify(parse(law, {"U": 1.0, "a": 0.3}, FIELD), data).mismatch
    # ln 2 / (4π² · 0.3) and half of it
    assert "decays too fast: half gone at t = 0.059 where the data need 0.12" in fast
    slow = verify(parse(law, {"U": 0.4, "a": 0.15}, FIELD), data).mismatch
    assert "moves 60% too slowly, at 0.4 instead of 1" in slow
    back = verify(parse(law, {"U": -1.0, "a": 0.15}, FIELD), data).mismatch
    assert "moves at -1 where the data move at 1" in back


def test_half_life_and_speed_are_those_of_the_exact_wave():
    rate = -4.0 - 2j * np.pi * 0.7
    field = waves(FLOW_TIMES * 2, {1: lambda t: np.exp(rate * t)}).states[0, :, 0]
    assert half_life(FLOW_TIMES * 2, field.std(axis=1)) == pytest.approx(np.log(2) / 4)
    assert speed(FLOW_TIMES * 2, field, 1) == pytest.approx(0.7)
    assert half_life(FLOW_TIMES, np.ones(20)) is None


def test_it_tells_period_and_distance_of_a_coordinate():
    swing = observed([np.cos(8 * TIMES)], [0])
    told = verify(parse("d2x/dt2 = -k*x", {"k": 100.0}, LENGTH), swing).mismatch
    assert "x swings 20% too fast" in told  # 2π/10 against 2π/8
    assert "0.627 where the data have 0.785" in told
    still = verify(parse("dx/dt = 0", {}, LENGTH), swing).mismatch
    assert "x does not swing: the data have period 0.78" in still
    fall = observed([-(TIMES**2)], [0])
    told = verify(parse("d2y/dt2 = -g", {"g": 4.0}, HEIGHT), fall).mismatch
    assert (
        "y goes too far: it has changed by -8 at t = 2 where the data have -4" in told
    )


def test_it_tells_where_a_law_runs_away():
    fall = observed([-(TIMES**2)], [0])
    told = verify(parse("dy/dt = -k*1 - y**2*k", {"k": 2.0}, HEIGHT), fall)
    # tan: it ends at π/4
    assert "cannot be followed beyond t = 0.7" in told.mismatch
    assert told.match == 0.0


def test_a_field_must_fit_the_judge_s_grid():
    law = parse("u_t = 0", {}, FIELD)
    with pytest.raises(ParameterError, match="N a divisor of 256"):
        verify(law, of_fields(FLOW_TIMES, np.ones((1, 20, 1, 48))))


def test_every_system_tells_its_tier():
    assert {s.tier for s in SYSTEMS.values()} == {1, 2, 3, 4}
    assert [s.name for s in SYSTEMS.values() if s.held_out] == ["charge"]
    assert {s.name for s in mechanics.MECHANICS} <= set(SYSTEMS)
