"""The search loop: one batched evaluation per generation.

    repeat G times:  candidates ← ask();  fitness ← evaluate(candidates);  tell(fitness)

Who proposes is an engine (`engines`, `optuna_engine`), what is evaluated is a
function of the whole generation; neither knows the other.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

from evophys_lib.errors import EvoPhysError, ParameterError
from evophys_lib.merge.engines import CmaEs, MakeEngine
from evophys_lib.merge.space import Space

Evaluate = Callable[[np.ndarray], np.ndarray]
"""(P, d) candidates -> (P,) fitness, lower is better, inf or NaN if invalid."""


@dataclass(frozen=True)
class Budget:
    """G generations of P candidates, from one seed.

    60 × 16 is where per-layer merging of two five-layer experts had converged in
    trials; P = 16 is CMA-ES' 4 + 3 ln d at 88 numbers, rounded to a power of two.
    """

    generations: int = 60
    popsize: int = 16
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, least in (
            ("generations", self.generations, 1),
            ("popsize", self.popsize, 4),
        ):
            if value < least:
                raise ParameterError(
                    name, value, f"a whole number from {least}", "Raise the budget."
                )


@dataclass(frozen=True, eq=False)
class SearchResult:
    """What a search found, and every value on the way.

    Attributes:
        best: the best candidate, (d,).
        best_fitness: its fitness.
        candidates: (G, P, d).
        history: fitness of each, (G, P); inf where invalid.
        seconds: wall time; not part of equality.
    """

    best: np.ndarray
    best_fitness: float
    candidates: np.ndarray
    history: np.ndarray
    seconds: float = field(repr=False)

    @classmethod
    def of(
        cls,
        candidates: np.ndarray,
        history: np.ndarray,
        seconds: float,
        *,
        label: str,
    ) -> "SearchResult":
        """The result of all evaluations; EvoPhysError if none was finite."""
        winner = np.unravel_index(np.argmin(history), history.shape)
        if not np.isfinite(history[winner]):
            raise EvoPhysError(
                f"{label}: none of {history.size} candidates had a finite fitness. "
                "Check that the experts roll out without diverging."
            )
        best, fitness = candidates[winner].copy(), float(history[winner])
        return cls(best, fitness, candidates, history, seconds)

    @property
    def evaluations(self) -> int:
        """G · P."""
        return self.history.size

    def best_so_far(self) -> np.ndarray:
        """Best fitness up to and including each generation, (G,)."""
        return np.minimum.accumulate(self.history.min(axis=1))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SearchResult) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("best", "best_fitness", "candidates", "history")
        )


def search(
    evaluate: Evaluate,
    space: Space,
    *,
    budget: Budget,
    engine: MakeEngine = CmaEs,
    journaled: np.ndarray | None = None,
    record: Callable[[int, np.ndarray], None] | None = None,
    label: str = "search",
) -> SearchResult:
    """Search a space; the same seed gives the same bytes.

    Args:
        evaluate: called once per generation with (P, d) candidates.
        space: what is searched.
        budget: generations, candidates per generation, seed.
        engine: CmaEs, Uniform (random search), Sobol or one of `optuna_engine`.
        journaled: fitness (g, P) of generations that an interrupted search with
            the same arguments has evaluated; they are replayed, not evaluated.
        record: called with (generation, its fitness (P,)) after each evaluation;
            what it stores is what `journaled` takes.
        label: shown by the progress bar.

    Raises:
        EvoPhysError: no candidate had a finite fitness.
        ParameterError: `journaled` does not fit the budget.
    """
    done = _check_journal(journaled, budget)
    source = engine(space, budget.popsize, budget.seed)
    shape = (budget.generations, budget.popsize)
    candidates, history = np.empty((*shape, len(space))), np.empty(shape)
    began = time.perf_counter()
    with tqdm(total=budget.generations, desc=label, unit="gen") as bar:
        for g in range(budget.generations):
            candidates[g] = source.ask()
            if g < len(done):
                history[g] = done[g]
            else:
                value = np.asarray(evaluate(candidates[g]), dtype=float)
                history[g] = np.where(np.isfinite(value), value, np.inf)
                if record is not None:
                    record(g, history[g])
            source.tell(history[g])
            bar.set_postfix(best=f"{history[: g + 1].min():.4g}", refresh=False)
            bar.update()
    seconds = time.perf_counter() - began
    return SearchResult.of(candidates, history, seconds, label=label)


def _check_journal(journaled: np.ndarray | None, budget: Budget) -> np.ndarray:
    if journaled is None:
        return np.empty((0, budget.popsize))
    fits = journaled.ndim == 2 and journaled.shape[1] == budget.popsize
    if not fits or len(journaled) > budget.generations:
        raise ParameterError(
            "journaled",
            journaled.shape,
            f"shape (g, {budget.popsize}) with g up to {budget.generations}",
            "Resume with the budget the journal was written with.",
        )
    return journaled
