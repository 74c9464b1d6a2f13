"""The rivals of `search_quality`: how each spends a budget on one objective.

An engine asks for generations and is told their fitness. Two rivals are more than an
engine: descent along ∂f/∂λ, and CMA-ES that rejects candidates early.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from optuna.samplers import TPESampler
from scipy.stats import spearmanr

from catcma import CatCma
from evophys_lib.merge import dfs, ps
from evophys_lib.merge.engines import CmaEs, Engine, MakeEngine, Sobol, Uniform
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.gradient import GRADIENT_COST, descend
from evophys_lib.merge.optuna_engine import optuna_engine
from evophys_lib.merge.search import Budget, SearchResult, search
from evophys_lib.merge.space import Space
from optuna_cma_es import optuna_cma_es, optuna_cma_es_with_margin

Objective = ps.Objective | dfs.Objective
SHORT = (2, 3)  # horizons, in predictor steps, that might foretell the whole
REJECTING = 3  # the one after which early rejection drops the worse half


@dataclass(frozen=True)
class Run:
    """What one rival did.

    found: every evaluation; stride: evaluations that each of them counts as; seconds:
    of the processor, for the whole search, and evaluating for evaluation alone, so that
    what else runs on the machine does not count; foretold: see `foretelling`.
    """

    found: SearchResult
    stride: int
    seconds: float
    evaluating: float
    foretold: dict[int, dict[str, float]]


@dataclass(frozen=True)
class Rival:
    """A way to search.

    label: in tables and figures; run: spends a budget on an objective; paths: whether
    it can search paths too; engine: whether it may become a default.
    """

    label: str
    run: Callable[[Objective, Budget], Run]
    paths: bool = True
    engine: bool = True


class Evaluating:
    """f of generations in full, with its seconds and its values at every horizon."""

    def __init__(self, objective: Objective) -> None:
        self.objective, self.seconds = objective, 0.0
        self.by_horizon: list[NDArray] = []

    def __call__(self, candidates: NDArray) -> NDArray:
        """(P, d) -> (P,)."""
        began = time.process_time()
        value = self.objective.per_horizon(candidates).cpu()  # (P, H)
        self.seconds += time.process_time() - began
        self.by_horizon.append(value.numpy())
        return value.mean(1).numpy()


class Rejecting(Evaluating):
    """f of the half that is better over a short horizon; the rest rank behind it.

    What is rejected keeps the order of its short horizon, so CMA-ES, which uses ranks
    alone, is told as much as is known.
    """

    def __call__(self, candidates: NDArray) -> NDArray:
        """(P, d) -> (P,)."""
        began = time.process_time()
        early = shortened(self.objective, REJECTING).per_horizon(candidates)
        early = finite(early.mean(1).cpu().numpy())
        order = np.argsort(early, kind="stable")
        kept, rejected = np.split(order, [(len(order) + 1) // 2])
        told = np.empty(len(order))
        whole = self.objective.per_horizon(candidates[kept]).mean(1).cpu().numpy()
        told[kept] = whole = finite(whole)
        told[rejected] = whole[np.isfinite(whole)].max(initial=0.0) + early[rejected]
        self.seconds += time.process_time() - began
        return finite(told)


def finite(values: NDArray) -> NDArray:
    """NaN as ∞, which sorts last."""
    return np.where(np.isfinite(values), values, np.inf)


def shortened(objective: Objective, steps: int) -> Objective:
    """The same objective over the first predictor steps."""
    whole = objective.fitness
    few = LatentFitness(whole.z0, whole.truth[:steps], whole.split)
    return replace(objective, fitness=few)


def steps_share(steps: int) -> float:
    """Predictor steps that early rejection leaves, were rollouts gone on with."""
    return (REJECTING + (steps - REJECTING) / 2) / steps


def foretelling(by_horizon: list[NDArray]) -> dict[int, dict[str, float]]:
    """How short horizons rank the candidates that the whole horizon ranks.

    by_horizon: (P, H) of every generation. By horizon h < H: `spearman`, the median
    over generations of the rank correlation between the means over h and H steps;
    `best_kept`, the share of generations whose best is in the better half after h.
    """
    told = {}
    for h in SHORT:
        correlations, kept = [], []
        for values in by_horizon:
            valid = values[np.isfinite(values).all(axis=1)]
            early, whole = valid[:, :h].mean(axis=1), valid.mean(axis=1)
            if len(np.unique(early)) < 3:
                continue
            correlations.append(float(spearmanr(early, whole).statistic))
            better = np.argsort(early)[: (len(values) + 1) // 2]
            kept.append(bool(np.isin(whole.argmin(), better)))
        if correlations:
            told[h] = {
                "spearman": float(np.median(correlations)),
                "best_kept": float(np.mean(kept)),
            }
    return told


def by_engine(
    engine: MakeEngine, evaluating: type[Evaluating] = Evaluating
) -> Callable[[Objective, Budget], Run]:
    """A rival that is an engine."""

    def run(objective: Objective, budget: Budget) -> Run:
        began, evaluate = time.process_time(), evaluating(objective)
        found = search(evaluate, objective.space, budget=budget, engine=engine)
        spent = time.process_time() - began
        return Run(found, 1, spent, evaluate.seconds, foretelling(evaluate.by_horizon))

    return run


def by_gradient(objective: Objective, budget: Budget, *, cost: int) -> Run:
    """Descent on λ; all of its time is evaluating."""
    began = time.process_time()
    learned = descend(
        objective.lineage,
        objective.fitness,
        budget=budget,
        recipe=objective.recipe,
        coefficients=objective.box,
        cost=cost,
        mask_seeds=0,
    ).search
    spent = time.process_time() - began
    return Run(learned, cost, spent, spent, {})


def optunas(space: Space, popsize: int, seed: int) -> Engine:
    """Optuna's CMA-ES, with margin where there are bits."""
    make = optuna_cma_es_with_margin if space.binary.any() else optuna_cma_es
    return make(space, popsize, seed)


RIVALS = {
    "cma-es": Rival("CMA-ES (with margin for bits)", by_engine(CmaEs)),
    "catcma": Rival("CatCMA with margin", by_engine(CatCma)),
    "optuna-cma-es": Rival("Optuna's CMA-ES", by_engine(optunas)),
    "tpe": Rival(
        "Optuna's TPE", by_engine(optuna_engine(lambda seed: TPESampler(seed=seed)))
    ),
    "sobol": Rival("Sobol points", by_engine(Sobol)),
    "uniform": Rival("random search", by_engine(Uniform)),
    "gradient": Rival(
        f"gradient, counted as {GRADIENT_COST}",
        partial(by_gradient, cost=GRADIENT_COST),
        paths=False,
        engine=False,
    ),
    "gradient-free-of-charge": Rival(
        "gradient, counted as 1",
        partial(by_gradient, cost=1),
        paths=False,
        engine=False,
    ),
}
EARLY = {
    "cma-es-rejecting": Rival(
        "CMA-ES, rejecting early", by_engine(CmaEs, Rejecting), engine=False
    )
}
DEFAULT = {"PS": "cma-es", "DFS": "cma-es"}
"""What the library uses now, and others are compared with."""
