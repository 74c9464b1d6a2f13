"""Optuna's CMA-ES as an engine, to compare `engines.CmaEs` with.

What it costs beside the book's own is told in `optuna_engine`.
"""

import warnings

import numpy as np

from evophys_lib.errors import ParameterError
from evophys_lib.merge.optuna_engine import OptunaEngine, distributions
from evophys_lib.merge.space import Space

# isort: split
import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning
from optuna.samplers import CmaEsSampler
from optuna.trial import FrozenTrial


class _CmaEsOverSpace(CmaEsSampler):
    """Optuna's CMA-ES, told its space instead of inferring it from past trials."""

    def __init__(
        self, space: Space, popsize: int, seed: int, *, margin: bool = False
    ) -> None:
        with warnings.catch_warnings():  # of an argument that may still change
            warnings.simplefilter("ignore", ExperimentalWarning)
            super().__init__(
                seed=seed, popsize=popsize, n_startup_trials=0, with_margin=margin
            )
        self._distributions = distributions(space)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return self._distributions


def optuna_cma_es(space: Space, popsize: int, seed: int) -> OptunaEngine:
    """Optuna's CMA-ES: mean at the middle of the box, σ₀ a sixth of its range.

    Raises:
        ParameterError: a dimension starts elsewhere than in the middle or is a
            bit; `engines.CmaEs` takes any start and bits.
    """
    middle = (space.column("low") + space.column("high")) / 2
    if space.binary.any() or not np.allclose(space.start, middle):
        raise ParameterError(
            "space",
            [d.name for d in space.dimensions],
            "continuous dimensions that start in the middle of their range",
            "Use engines.CmaEs for other starts and for bits.",
        )
    return OptunaEngine(space, popsize, _CmaEsOverSpace(space, popsize, seed))


def optuna_cma_es_with_margin(space: Space, popsize: int, seed: int) -> OptunaEngine:
    """Optuna's CMA-ES with margin, for spaces with bits, as a rival to compare with.

    Optuna lets one choose neither mean nor spread: numbers begin in the middle of
    their range, bits at even odds, wherever the space says they start. The start is
    the first candidate all the same, but Optuna credits its fitness to the point it
    had drawn in its place. `engines.CmaEs` does neither.
    """
    sampler = _CmaEsOverSpace(space, popsize, seed, margin=True)
    return OptunaEngine(space, popsize, sampler)
