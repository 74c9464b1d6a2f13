"""Players that are programs: regression, a hill climber, a random grammar.

    random grammar   q̈ or u_t = Σ_j ξ_j θ_j, terms and coefficients drawn
    hill climber     the best draw so far, changed by a term or a coefficient, where the
                     trajectory that is shown says that it is better
    regression       ξ by sparse least squares on the derivatives of what is shown, turn
                     by turn at another threshold

They share one list of terms for a vocabulary, and see what any player sees: a
trajectory, a hint, and what came of earlier turns. The hint they cannot read.
"""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from scipy.interpolate import CubicSpline

from evophys_lib.discovery.environment import Environment, Observation
from evophys_lib.discovery.hypothesis import parse
from evophys_lib.discovery.trajectories import Trajectories
from evophys_lib.discovery.units import PURE
from evophys_lib.discovery.verifier import verify
from evophys_lib.discovery.vocabulary import Vocabulary
from evophys_lib.errors import HypothesisError
from evophys_lib.evaluate import sparse_regression
from evophys_lib.evaluate.sparse_regression import THRESHOLD, WeakForm
from evophys_lib.physics.grid import Array

Law = dict[str, dict[str, float]]
"""Coefficients by term, by variable."""
Agent = Callable[[Observation, np.random.Generator], Law]
"""What to try next."""

FIELD_TERMS = ("u", "u_x", "u_xx", "u_xxx", "u*u_x", "u**2")
SIZES = (0.01, 10.0)
"""Of coefficients that are drawn, either sign."""
MOST_TERMS = 3
TRIES = 6
"""Changes that the hill climber looks at before each turn."""
TURNING = (1, 4, 0.4, 2, 8, 0.2, 12, 0.1)
"""Thresholds of the regression, turn by turn, in units of `THRESHOLD`."""


def play(
    environment: Environment, agent: Agent, *, seed: int, system: str
) -> Observation:
    """One episode; the last observation."""
    generator = np.random.default_rng([seed, 1])
    observation = environment.reset(seed, system)
    while not observation.done:
        text, values = written(agent(observation, generator))
        observation = environment.step(text, values, "proposed by a program")
    return observation


def written(law: Law) -> tuple[str, dict[str, float]]:
    """A law as a hypothesis, with parameters c0, c1 …"""
    values: dict[str, float] = {}
    lines = []
    for left, terms in law.items():
        summands = []
        for term, value in terms.items():
            name = f"c{len(values)}"
            values[name] = value
            summands.append(name if term == "1" else f"{name}*{term}")
        lines.append(f"{left} = {' + '.join(summands) or '0'}")
    return "; ".join(lines), values


def random_grammar(observation: Observation, generator: np.random.Generator) -> Law:
    """Up to three terms for each variable, sizes log-uniform."""
    vocabulary = observation.system.vocabulary
    return {left: _drawn(terms, generator) for left, terms in _lists(vocabulary)}


def hill_climber(observation: Observation, generator: np.random.Generator) -> Law:
    """The best of all changes to what was tried, judged by what is shown."""
    vocabulary, shown = observation.system.vocabulary, observation.shown
    last = observation.history[-1] if observation.history else None
    best = _read(last.text, last.parameters) if last else {}
    best = best or random_grammar(observation, generator)
    value = _worth(best, shown, vocabulary)
    for _ in range(TRIES):
        other = _changed(best, vocabulary, generator)
        worth = _worth(other, shown, vocabulary)
        if worth > value:
            best, value = other, worth
    return best


def regression(observation: Observation, generator: np.random.Generator) -> Law:
    """Sparse least squares, each turn at another threshold."""
    del generator
    threshold = THRESHOLD * TURNING[len(observation.history)]
    vocabulary, shown = observation.system.vocabulary, observation.shown
    if vocabulary.field:
        return {"u_t": _field_terms(shown, threshold)}
    states = _states(shown, vocabulary)
    rates = [v.velocity for v in vocabulary.variables]
    law = {}
    for variable, (left, terms) in zip(
        vocabulary.variables, _lists(vocabulary), strict=True
    ):
        matrix = np.stack([_value(term, states, rates) for term in terms], axis=1)
        spread = WeakForm(matrix, states[f"d{variable.velocity}"])
        chosen = sparse_regression.least_squares(spread, threshold)
        found = zip(terms, chosen, strict=True)
        law[left] = {term: float(c) for term, c in found if c}
    return law


AGENTS: Mapping[str, Agent] = {
    "regression": regression,
    "hill climber": hill_climber,
    "random grammar": random_grammar,
}
"""By the names of tables."""


def _field_terms(shown: Trajectories, threshold: float) -> dict[str, float]:
    """Of v = u − ū, written out in u."""
    fields = shown.states[:, :, 0]  # (B, T, N)
    path = sparse_regression.discover(
        fields, interval=shown.interval, thresholds=(threshold,)
    )
    mean = f"(u - {fields.mean():.6f})"
    names = {t: t.replace("²", "**2").replace(" ", "*") for t in path.terms(threshold)}
    return {
        names[term].replace("v_", "u_").replace("v", mean): value
        for term, value in path.terms(threshold).items()
    }


def _lists(vocabulary: Vocabulary) -> list[tuple[str, tuple[str, ...]]]:
    """Left side and terms that may stand on the right, for each variable."""
    if vocabulary.field:
        return [("u_t", FIELD_TERMS)]
    rates = [v.velocity for v in vocabulary.variables]
    speed = f"sqrt({'+'.join(f'{rate}**2' for rate in rates)})"
    found = []
    for v in vocabulary.variables:
        angles = (f"sin({v.name})",) if v.unit in (None, PURE) else ()
        terms = ("1", v.name, *angles, *rates, f"{v.velocity}*{speed}")
        found.append((f"d2{v.name}/dt2", terms))
    return found


def _states(shown: Trajectories, vocabulary: Vocabulary) -> dict[str, Array]:
    """Coordinates, their rates and what these do, by name, all trajectories, (B T,)."""
    states = {}
    for i, variable in enumerate(vocabulary.variables):
        curve = CubicSpline(shown.times, shown.states[:, :, i, 0], axis=1)
        states[variable.name] = curve(shown.times).ravel()
        states[variable.velocity] = curve(shown.times, 1).ravel()
        states[f"d{variable.velocity}"] = curve(shown.times, 2).ravel()
    return states


def _value(term: str, states: Mapping[str, Array], rates: Iterable[str]) -> Array:
    """A term of `_lists` at all states."""
    if term == "1":
        return np.ones_like(next(iter(states.values())))
    if term.startswith("sin("):
        return np.asarray(np.sin(states[term[4:-1]]))
    name, times, _ = term.partition("*")
    speed = np.sqrt(sum(states[rate] ** 2 for rate in rates))
    return states[name] * (speed if times else 1.0)


def _drawn(terms: tuple[str, ...], generator: np.random.Generator) -> dict[str, float]:
    count = generator.integers(1, MOST_TERMS + 1)
    return {t: _size(generator) for t in generator.permutation(terms)[:count].tolist()}


def _size(generator: np.random.Generator) -> float:
    size = np.exp(generator.uniform(*np.log(SIZES)))
    return float(generator.choice((-1.0, 1.0)) * size)


def _changed(law: Law, vocabulary: Vocabulary, generator: np.random.Generator) -> Law:
    """One term more, less, or of another size."""
    lists = dict(_lists(vocabulary))
    left = str(generator.choice(list(lists)))
    terms = dict(law[left])
    kind = generator.integers(4)
    if kind == 0 or not terms:
        terms[str(generator.choice(lists[left]))] = _size(generator)
    elif kind == 1:
        del terms[str(generator.choice(list(terms)))]
    else:
        name = str(generator.choice(list(terms)))
        terms[name] *= float(np.exp(generator.normal(0.0, 0.5)))
    return law | {left: terms}


def _worth(law: Law, shown: Trajectories, vocabulary: Vocabulary) -> float:
    """The dense match with what is shown; 0 if it cannot be read."""
    try:
        return verify(parse(*written(law), vocabulary), shown).dense_match
    except HypothesisError:
        return 0.0


def _read(text: str, values: Mapping[str, float]) -> Law:
    """What `written` wrote."""
    law: Law = {}
    for line in text.split("; "):
        left, _, right = line.partition(" = ")
        parts = (s.partition("*") for s in right.split(" + ") if s != "0")
        law[left] = {term or "1": values[name] for name, _, term in parts}
    return law
