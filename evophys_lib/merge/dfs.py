"""Evolutionary merging in data-flow space (DFS).

    min over I in {0,1}^T and W in R^(M×M)  f( rollout along the path (I, W) )

by CMA-ES with margin. The search starts at expert A, so it runs once from every expert
at the same budget and the best is kept: what the path says about order is then not
planted by where it began.

Source: Akiba et al., doi:10.1038/s42256-024-00975-8, "Merging in the data flow
space"; Hamano et al., CMA-ES with margin, arXiv 2205.13482.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import torch
from torch import Tensor

from evophys_lib import parameters
from evophys_lib.errors import ArtifactError, ParameterError
from evophys_lib.merge.data_flow import REPETITIONS, Path, decode, expert_path, run
from evophys_lib.merge.engines import CmaEs, MakeEngine
from evophys_lib.merge.fitness import LatentFitness, require_validation
from evophys_lib.merge.search import Budget, Journal, SearchResult, search
from evophys_lib.merge.space import Space, bit, real
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.predictor import Layered
from evophys_lib.worldmodel.rollout import Weights


@dataclass(frozen=True)
class Routes:
    """The space of the search.

    Attributes:
        repetitions: r; the layers are offered r times over.
        reach: W_ij lies in [1 − reach, 1 + reach]. At 0.5 the first generation
            spreads by a sixth around 1, enough to matter and not to destroy. At 0
            there is no W, and a candidate is its T bits.
    """

    repetitions: int = REPETITIONS
    reach: float = 0.5

    def __post_init__(self) -> None:
        parameters.whole("repetitions", self.repetitions, 1, "Use 3.")
        if not (parameters.is_number(self.reach) and self.reach >= 0):
            raise ParameterError("reach", self.reach, "zero or positive", "Use 0.5.")

    def space(self, experts: tuple[str, ...], blocks: int) -> Space:
        """T bits that start as expert A, then W from 1."""
        start = expert_path(experts, blocks, repetitions=self.repetitions)
        size = range(start.size)
        bits = [bit(f"slot_{s}", on=on) for s, on in enumerate(start.indicator)]
        if self.reach == 0:
            return Space(tuple(bits))
        low, high = 1 - self.reach, 1 + self.reach
        scalings = [
            real(f"scale_{i}_{j}", low, high, start=1.0) for i in size for j in size
        ]
        return Space((*bits, *scalings))


@dataclass(frozen=True, eq=False)
class Objective:
    """f of candidates (I, W), a whole generation in one pass.

    Attributes:
        predictor: the architecture.
        experts: models by name.
        names: their order; paths start as the first.
        fitness: from the validation split.
        routes: what a candidate's numbers mean.

    Raises:
        SplitError: the fitness is not one of the validation split.
    """

    predictor: Layered
    experts: Mapping[str, Weights]
    names: tuple[str, ...]
    fitness: LatentFitness
    routes: Routes

    def __post_init__(self) -> None:
        require_validation(self.fitness)

    @property
    def space(self) -> Space:
        """T bits and M² scalings."""
        return self.routes.space(self.names, len(self.predictor.blocks))

    def path(self, candidate: Array) -> Path:
        """The path that a candidate (d,) stands for."""
        return decode(
            candidate,
            experts=self.names,
            blocks=len(self.predictor.blocks),
            repetitions=self.routes.repetitions,
        )

    @torch.no_grad()
    def per_horizon(self, candidates: Array) -> Tensor:
        """MSE_h / Var_h of candidates (C, d): (C, H); not finite for an empty path."""
        paths = [self.path(candidate) for candidate in candidates]
        fitness = self.fitness
        rolled = run(self.predictor, self.experts, paths, fitness.z0, fitness.steps)
        return fitness.per_horizon(rolled)

    def __call__(self, candidates: Array) -> Array:
        """f of candidates (C, d), (C,); inf for an empty path."""
        paths = [self.path(candidate) for candidate in candidates]
        return score_paths(self.predictor, self.experts, paths, self.fitness)


@dataclass(frozen=True, eq=False)
class DataFlowMerge:
    """The path that a DFS search found.

    Attributes:
        path: the best path of all orders.
        order: which order of the experts it came from (`orders`).
        fitness: its fitness.
        searches: every evaluation, by order.
    """

    path: Path
    order: str
    fitness: float
    searches: dict[str, SearchResult]


def orders(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """The experts in turn, each first once, by letters: AB and BA, or ABC, BCA, CAB."""
    letters = ascii_uppercase[: len(names)]
    turns = [letters[i:] + letters[:i] for i in range(len(names))]
    return {turn: tuple(names[letters.index(x)] for x in turn) for turn in turns}


def merge_in_data_flow(
    predictor: Layered,
    experts: Mapping[str, Weights],
    fitness: LatentFitness,
    *,
    budget: Budget,
    routes: Routes | None = None,
    engine: MakeEngine = CmaEs,
    journals: Mapping[str, Journal] | None = None,
) -> DataFlowMerge:
    """Search paths from every expert, `budget` for each.

    Args:
        predictor: the architecture.
        experts: two models or more by name, A first. Their `embed` must be equal.
        fitness: from the validation split.
        budget: of each order.
        routes: the space; `Routes()` if not given.
        engine: CMA-ES with margin; `Uniform` and `Sobol` are the baselines.
        journals: of the searches, by order.

    Raises:
        SplitError: the fitness is not one of the validation split.
        ArtifactError: a single expert, or their `embed` differs.
    """
    require_validation(fitness)
    require_shared_embedding(experts)
    routes = Routes() if routes is None else routes
    paths, searches = {}, {}
    for order, names in orders(list(experts)).items():
        objective = Objective(predictor, experts, names, fitness, routes)
        found = search(
            objective,
            objective.space,
            budget=budget,
            engine=engine,
            journal=None if journals is None else journals[order],
            label=f"DFS {'→'.join(names)}",
        )
        paths[order], searches[order] = objective.path(found.best), found
    best = min(searches, key=lambda order: searches[order].best_fitness)
    return DataFlowMerge(paths[best], best, searches[best].best_fitness, searches)


@torch.no_grad()
def score_paths(
    predictor: Layered,
    experts: Mapping[str, Weights],
    paths: list[Path],
    fitness: LatentFitness,
) -> Array:
    """Fitness of C paths in one pass, (C,); inf for an empty path."""
    require_validation(fitness)
    return fitness(run(predictor, experts, paths, fitness.z0, fitness.steps))


def require_shared_embedding(experts: Mapping[str, Weights]) -> None:
    """ArtifactError for a single expert, or where their `embed` differs."""
    if len(experts) < 2:
        raise ArtifactError(
            f"a path needs at least two experts, not {list(experts)}. Add another."
        )
    first, *others = experts.values()
    for name, tensor in first.items():
        if name.startswith("embed.") and not all(
            torch.equal(tensor, other[name]) for other in others
        ):
            raise ArtifactError(
                f"{name} differs between {' and '.join(experts)}: paths share one "
                "embedding. Fine-tune with the embedding frozen at the base's value."
            )
