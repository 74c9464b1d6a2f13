"""Where candidates come from: ask for a generation, tell its fitness.

    ask() -> (P, d) candidates      tell((P,) fitness), lower is better

An engine is a pure function of its seed and of the fitness it was told. So a search
is resumed bit for bit by telling a fresh engine the journaled fitness of earlier
generations; no random state needs to be stored (and `cmaes` loses it in pickles).

The first candidate of every engine is the start, so a search never ends worse than
where it began and engines differ only in how they go on.

Sources: Hansen, The CMA evolution strategy: a tutorial, arXiv 1604.00772; Hamano et
al., CMA-ES with margin, arXiv 2205.13482; injecting a known solution: Hansen,
arXiv 1110.4181. Implementation: `cmaes`, the library behind Optuna's CMA-ES, here
without Optuna's bookkeeping per parameter; see `optuna_engine` for when that matters.
"""

import warnings
from collections.abc import Callable
from functools import partial
from typing import Protocol

import numpy as np
from cmaes import CMA, CMAwM
from scipy.stats import qmc

from evophys_lib.merge.space import Space
from evophys_lib.physics.grid import Array

INVALID = 1e30
"""Told for a candidate without finite fitness; CMA-ES uses ranks only."""


class Engine(Protocol):
    """A source of candidates."""

    def ask(self) -> Array:
        """The next generation, (P, d)."""

    def tell(self, fitness: Array) -> None:
        """Fitness of the generation last asked for, (P,); inf is allowed."""


MakeEngine = Callable[[Space, int, int], Engine]
"""(space, popsize, seed) -> engine."""


def name_of(engine: MakeEngine) -> str:
    """The name of its class, or of the one that a `functools.partial` completes."""
    return (engine.func if isinstance(engine, partial) else engine).__name__


class CmaEs:
    """CMA-ES; with margin where the space holds bits.

    Works on x̃ = (x − start)/spread, from mean 0 with σ = 1, within the bounds.
    """

    def __init__(self, space: Space, popsize: int, seed: int) -> None:
        self._space = space
        self._origin, self._scale = space.column("start"), space.column("spread")
        low, high = space.column("low"), space.column("high")
        bounds = np.stack([self._unit(low), self._unit(high)], axis=1)  # (d, 2)
        common = dict(
            mean=np.zeros(len(space)),
            sigma=1.0,
            bounds=bounds,
            seed=seed,
            population_size=popsize,
            n_max_resampling=10 * len(space),  # as Optuna's sampler
        )
        self._margin = bool(space.binary.any())
        if self._margin:
            steps = np.where(space.binary, 1 / self._scale, 0.0)
            self._optimizer = CMAwM(steps=steps, **common)
        else:
            self._optimizer = CMA(**common)
        self._asked: list[Array] = []

    def ask(self) -> Array:
        """The next generation, (P, d)."""
        first = self._optimizer.generation == 0
        count = self._optimizer.population_size - first
        if self._margin:
            drawn = [self._optimizer.ask() for _ in range(count)]
            evaluated = [x for x, _ in drawn]
            self._asked = [x for _, x in drawn]
        else:
            evaluated = [self._optimizer.ask() for _ in range(count)]
            self._asked = evaluated
        if first:
            origin = np.zeros(len(self._space))
            evaluated, self._asked = [origin, *evaluated], [origin, *self._asked]
        candidates: Array = self._origin + self._scale * np.stack(evaluated)  # (P, d)
        low, high = self._space.column("low"), self._space.column("high")
        return self._space.rounded(np.clip(candidates, low, high))

    def tell(self, fitness: Array) -> None:
        """Update mean, σ and C by the ranks of the generation."""
        finite = np.where(np.isfinite(fitness), fitness, INVALID)
        self._optimizer.tell(list(zip(self._asked, finite.tolist(), strict=True)))

    def _unit(self, x: Array) -> Array:
        return (x - self._origin) / self._scale


class Uniform:
    """Random search: independent uniform candidates, fair bits."""

    def __init__(self, space: Space, popsize: int, seed: int) -> None:
        self._space, self._popsize = space, popsize
        self._rng = np.random.default_rng(seed)
        self._first = True

    def ask(self) -> Array:
        """The next generation, (P, d)."""
        unit = self._rng.random((self._popsize, len(self._space)))
        candidates = _into_box(unit, self._space)
        if self._first:
            candidates[0], self._first = self._space.start, False
        return candidates

    def tell(self, fitness: Array) -> None:
        """Nothing is learned."""


class Sobol:
    """Scrambled Sobol points: candidates that fill the box evenly."""

    def __init__(self, space: Space, popsize: int, seed: int) -> None:
        self._space, self._popsize = space, popsize
        self._points = qmc.Sobol(len(space), seed=np.random.default_rng(seed))
        self._first = True

    def ask(self) -> Array:
        """The next generation, (P, d)."""
        with warnings.catch_warnings():
            # Balance needs 2^m points; a budget cut elsewhere is still a search.
            warnings.filterwarnings("ignore", message="The balance properties")
            unit = self._points.random(self._popsize)
        candidates = _into_box(unit, self._space)
        if self._first:
            candidates[0], self._first = self._space.start, False
        return candidates

    def tell(self, fitness: Array) -> None:
        """Nothing is learned."""


def _into_box(unit: Array, space: Space) -> Array:
    low, high = space.column("low"), space.column("high")
    return space.rounded(low + unit * (high - low))
