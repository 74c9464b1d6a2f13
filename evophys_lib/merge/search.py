"""The search loop: one batched evaluation per generation.

    repeat G times:  candidates ← ask();  fitness ← evaluate(candidates);  tell(fitness)

Who proposes is an engine (`engines`, `optuna_engine`), what is evaluated is a
function of the whole generation; neither knows the other.

An engine depends on its seed and on what it was told, nothing else. So a search that
was killed goes on by asking again and telling what the journal holds.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from tqdm import tqdm

from evophys_lib import parameters
from evophys_lib.errors import ArtifactError, EvoPhysError
from evophys_lib.merge.engines import CmaEs, MakeEngine
from evophys_lib.merge.space import Space
from evophys_lib.physics.grid import Array

Evaluate = Callable[[Array], Array]
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
            parameters.whole(name, value, least, "Raise the budget.")
        parameters.whole("seed", self.seed, 0, "Use 0.")


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

    best: Array
    best_fitness: float
    candidates: Array
    history: Array
    seconds: float = field(repr=False)

    @classmethod
    def of(
        cls,
        candidates: Array,
        history: Array,
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

    @property
    def diverged(self) -> int:
        """How many candidates were infinitely bad: their rollouts overflowed."""
        return int(np.isinf(self.history).sum())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SearchResult) and all(
            np.array_equal(getattr(self, name), getattr(other, name))
            for name in ("best", "best_fitness", "candidates", "history")
        )


@dataclass(frozen=True, eq=False)
class Generations:
    """Evaluated generations: candidates (g, P, d), and their fitness (g, P)."""

    candidates: Array
    fitness: Array


class Journal(Protocol):
    """Where evaluated generations are kept, whole or not at all.

    Attributes:
        path: the file, to be named in messages.
    """

    path: Path

    def load(self) -> Generations | None:
        """What was saved last, or None."""

    def save(self, done: Generations) -> None:
        """Keep these in place of what was saved before."""


def search(
    evaluate: Evaluate,
    space: Space,
    *,
    budget: Budget,
    engine: MakeEngine = CmaEs,
    journal: Journal | None = None,
    label: str = "search",
) -> SearchResult:
    """Search a space; the same seed gives the same bytes.

    Args:
        evaluate: called once per generation with (P, d) candidates.
        space: what is searched.
        budget: generations, candidates per generation, seed.
        engine: CmaEs, Uniform (random search), Sobol or one of `optuna_engine`.
        journal: saved to after each generation. What a killed search with the same
            arguments has left there is replayed, not evaluated.
        label: shown by the progress bar.

    Raises:
        EvoPhysError: no candidate had a finite fitness.
        ArtifactError: the journal is damaged, or another search's.
    """
    done = None if journal is None else journal.load()
    source = engine(space, budget.popsize, budget.seed)
    shape = (budget.generations, budget.popsize)
    candidates, history = np.empty((*shape, len(space))), np.empty(shape)
    began = time.perf_counter()
    with tqdm(total=budget.generations, desc=label, unit="gen") as bar:
        for g in range(budget.generations):
            candidates[g] = source.ask()
            if journal is not None and done is not None and g < len(done.fitness):
                history[g] = _replayed(done, g, candidates[g], journal.path)
            else:
                value = np.asarray(evaluate(candidates[g]), dtype=float)
                history[g] = np.where(np.isfinite(value), value, np.inf)
                if journal is not None:
                    journal.save(Generations(candidates[: g + 1], history[: g + 1]))
            source.tell(history[g])
            bar.set_postfix(best=f"{history[: g + 1].min():.4g}", refresh=False)
            bar.update()
    seconds = time.perf_counter() - began
    return SearchResult.of(candidates, history, seconds, label=label)


def _replayed(done: Generations, g: int, asked: Array, path: Path) -> Array:
    """The journaled fitness of a generation, if it is that of these candidates."""
    if not np.array_equal(done.candidates[g], asked):
        raise ArtifactError(
            f"{path} was left by another search: its candidates of generation {g} are "
            "not those that are asked for now. Delete it to start anew, or go on with "
            "the versions of numpy, cmaes and optuna that it was begun with."
        )
    fitness: Array = done.fitness[g]
    return fitness
