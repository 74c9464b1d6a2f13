"""Optuna as an engine: any of its samplers proposes a generation at a time.

The study lives in memory. The space is told to the sampler from the start, since
Optuna would infer it from finished trials and draw the whole first generation
uniformly.

When to use which; overhead of 60 generations of 16, measured on one shared core:

| engine | 10 numbers (PS) | 88 numbers, 24 of them bits (DFS) |
|---|---|---|
| Optuna's CmaEsSampler | 2.5 s | 10.7 s |
| Optuna's bookkeeping alone (RandomSampler) | 0.7 s | 5.4 s |
| `engines.CmaEs`, the same `cmaes` library held in memory | 0.1 s | 0.4 s |

The sampler restores its optimizer from a pickle, updates the covariance and stores
it again for every trial of a generation, not once; and the study checks and copies
every parameter of every trial. Hence the book's searches are driven by `engines.CmaEs`,
which finds as good merges, and Optuna by whoever wants its samplers and dashboard.
"""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from tqdm import TqdmWarning

from evophys_lib.merge.engines import INVALID
from evophys_lib.merge.space import Space
from evophys_lib.physics.grid import Array

with warnings.catch_warnings():  # of widgets for a progress bar that is not used
    warnings.simplefilter("ignore", TqdmWarning)
    import optuna
    from optuna.distributions import (
        BaseDistribution,
        FloatDistribution,
        IntDistribution,
    )
    from optuna.samplers import BaseSampler


class OptunaEngine:
    """An Optuna study behind the ask/tell of a generation.

    Attributes:
        study: the study, for Optuna's own analysis and plots.
    """

    def __init__(self, space: Space, popsize: int, sampler: BaseSampler) -> None:
        self._space, self._popsize = space, popsize
        self._distributions = distributions(space)
        with quiet():
            self.study = optuna.create_study(sampler=sampler)
        self.study.enqueue_trial(trial_parameters(space.start, space))
        self._trials: list[optuna.Trial] = []

    def ask(self) -> Array:
        """The next generation, (P, d)."""
        self._trials = [
            self.study.ask(self._distributions) for _ in range(self._popsize)
        ]
        return np.array([list(t.params.values()) for t in self._trials], dtype=float)

    def tell(self, fitness: Array) -> None:
        """Hand the fitness of the generation to the study."""
        for trial, value in zip(self._trials, fitness.tolist(), strict=True):
            self.study.tell(trial, value if np.isfinite(value) else INVALID)


def optuna_engine(
    make_sampler: Callable[[int], BaseSampler],
) -> Callable[[Space, int, int], OptunaEngine]:
    """An engine from any Optuna sampler, given as a function of the seed.

    For example `optuna_engine(lambda seed: TPESampler(seed=seed))`.
    """
    return lambda space, popsize, seed: OptunaEngine(space, popsize, make_sampler(seed))


def distributions(space: Space) -> dict[str, BaseDistribution]:
    """A space in Optuna's terms, in order."""
    return {
        d.name: IntDistribution(0, 1) if d.binary else FloatDistribution(d.low, d.high)
        for d in space.dimensions
    }


def trial_parameters(candidate: Array, space: Space) -> dict[str, int | float]:
    """A candidate (d,) in Optuna's terms, by name."""
    return {
        d.name: int(value) if d.binary else float(value)
        for value, d in zip(candidate, space.dimensions, strict=True)
    }


@contextmanager
def quiet() -> Iterator[None]:
    """Warnings only from Optuna, and the user's own level afterwards."""
    level = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(level)
