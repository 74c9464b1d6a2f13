"""Evolutionary merging in parameter space (PS).

    min over λ (and density)  f( rollout of merge(θ_0, τ, λ, density) )

λ is one number per expert and layer, 2 × n_layers for two experts with n_layers
counting the head. A generation is merged and rolled out in one pass.

Source: Akiba et al., doi:10.1038/s42256-024-00975-8, "Merging in the parameter
space": per-layer density and weights by CMA-ES.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from evophys_lib import parameters
from evophys_lib.errors import ParameterError
from evophys_lib.merge.engines import CmaEs, MakeEngine
from evophys_lib.merge.fitness import LatentFitness, require_validation
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.parameter_space import DARE_TIES, Recipe, draw_scores, merge
from evophys_lib.merge.search import Budget, Journal, SearchResult, search
from evophys_lib.merge.space import Space, real
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.rollout import Weights, rollout_population

Numbers = Array | Tensor
"""Candidates: arrays as searches ask them, or tensors to differentiate in."""
N = TypeVar("N", Array, Tensor)


@dataclass(frozen=True)
class Coefficients:
    """The box of the search.

    Attributes:
        low, high: range of every λ. [−0.5, 1.5] lets an expert be subtracted or
            exaggerated by half; its middle, 0.5, is the uniform soup.
        density: share of entries kept when it is not searched. 1 drops nothing.
        lowest_density: if given, one density per expert is searched in
            [lowest_density, 1]. The search moves s in [lowest, 2 − lowest] with
            density = min(s, 1), so it starts where nothing is dropped and half of
            its first candidates drop something. Small networks lose by dropping:
            the search must be able to say no. 0.3 is a good value.
    """

    low: float = -0.5
    high: float = 1.5
    density: float = 1.0
    lowest_density: float | None = None

    def __post_init__(self) -> None:
        for name in ("density", "lowest_density"):
            value = getattr(self, name)
            if value is None and name == "lowest_density":
                continue
            if not (parameters.is_number(value) and 0 < value <= 1):
                raise ParameterError(
                    name, value, "a number in (0, 1]", "Use 1 to keep every entry."
                )

    def space(self, names: tuple[str, ...], layers: int) -> Space:
        """λ of every expert and layer, then the densities if searched."""
        middle = (self.low + self.high) / 2
        dimensions = [
            real(f"lambda_{name}_{layer}", self.low, self.high, start=middle)
            for name in names
            for layer in range(layers)
        ]
        if self.lowest_density is not None:
            low = self.lowest_density
            dimensions += [
                real(f"density_{name}", low, 2 - low, start=1.0) for name in names
            ]
        return Space(tuple(dimensions))

    def decode(self, candidates: N, experts: int, layers: int) -> tuple[N, Numbers]:
        """λ (C, E, n_layers) and density (C, E) of candidates (C, d)."""
        count = experts * layers
        lam = candidates[:, :count].reshape(-1, experts, layers)  # (C, E, n_layers)
        if self.lowest_density is None:
            return lam, np.full((len(lam), experts), self.density)
        return lam, candidates[:, count:].clip(max=1.0)


@dataclass(frozen=True, eq=False)
class Objective:
    """f of candidates (λ, density), a whole generation in one pass.

    Attributes:
        lineage: base, experts and architecture.
        fitness: from the validation split.
        recipe: how to merge.
        box: what a candidate's numbers mean.
        seed: of the masks, the same for all candidates.

    Raises:
        SplitError: the fitness is not one of the validation split.
    """

    lineage: Lineage
    fitness: LatentFitness
    recipe: Recipe
    box: Coefficients
    seed: int

    def __post_init__(self) -> None:
        require_validation(self.fitness)

    @property
    def space(self) -> Space:
        """The box of this lineage."""
        return self.box.space(self.lineage.names, self.lineage.blocks + 1)

    @cached_property
    def scores(self) -> Weights | None:
        """Scores behind the masks; None where nothing can be dropped."""
        return draw_scores(self.lineage.vectors, self.recipe, seed=self.seed)

    def models(self, candidates: N) -> Weights:
        """The merged models, every tensor (C, *shape)."""
        lineage = self.lineage
        lam, density = self.box.decode(
            candidates, len(lineage.names), lineage.blocks + 1
        )
        return merge(
            lineage.base,
            lineage.vectors,
            self._tensor(lam),
            lineage.layers,
            recipe=self.recipe,
            scores=self.scores,
            density=self._tensor(density),
        )

    def per_horizon(self, candidates: N) -> Tensor:
        """MSE_h / Var_h of candidates (C, d): (C, H), differentiable in λ."""
        return self.fitness.per_horizon(self._rolled(candidates))

    @torch.no_grad()
    def __call__(self, candidates: Array) -> Array:
        """f of candidates (C, d), (C,); inf where a rollout is not finite."""
        return self.fitness(self._rolled(candidates))

    def _rolled(self, candidates: N) -> Tensor:
        predictor, fitness = self.lineage.predictor, self.fitness
        models = self.models(candidates)
        return rollout_population(predictor, models, fitness.z0, fitness.steps)

    def _tensor(self, values: Numbers) -> Tensor:
        device = self.fitness.z0.device
        return torch.as_tensor(values, dtype=torch.float64, device=device)


@dataclass(frozen=True, eq=False)
class ParameterSpaceMerge:
    """The model that a PS search found.

    Attributes:
        weights: θ of the merged predictor.
        coefficients: λ by expert's name, n_layers numbers each.
        density: by expert's name.
        fitness: on the masks that the search used.
        rescored: fitness of the same λ and density on fresh masks, one per seed; the
            honest number where entries are dropped at random.
        search: every evaluation.
    """

    weights: Weights
    coefficients: dict[str, tuple[float, ...]]
    density: dict[str, float]
    fitness: float
    rescored: Array
    search: SearchResult


def merge_in_parameter_space(
    lineage: Lineage,
    fitness: LatentFitness,
    *,
    budget: Budget,
    recipe: Recipe = DARE_TIES,
    coefficients: Coefficients | None = None,
    engine: MakeEngine = CmaEs,
    mask_seeds: int = 5,
    journal: Journal | None = None,
    label: str = "search",
) -> ParameterSpaceMerge:
    """Search λ, and density where asked for.

    Args:
        lineage: base, experts and architecture.
        fitness: from the validation split.
        budget: generations, candidates per generation and seed. The seed also fixes
            the masks: all candidates are compared under the same random numbers.
        recipe: TASK_ARITHMETIC, TIES, DARE_TIES or your own.
        coefficients: the box; `Coefficients()` if not given.
        engine: CMA-ES; `Uniform` and `Sobol` are the baselines at equal evaluations.
        mask_seeds: how many fresh masks the winner is scored on.
        journal, label: as of `search`.

    Raises:
        SplitError: the fitness is not one of the validation split.
    """
    box = Coefficients() if coefficients is None else coefficients
    objective = Objective(lineage, fitness, recipe, box, budget.seed)
    found = search(
        objective,
        objective.space,
        budget=budget,
        engine=engine,
        journal=journal,
        label=label,
    )
    return merged(objective, found, mask_seeds=mask_seeds)


def merged(
    objective: Objective, found: SearchResult, *, mask_seeds: int
) -> ParameterSpaceMerge:
    """The model behind the best candidate, and its fitness on fresh masks."""
    lineage, winner = objective.lineage, found.best[None]
    fresh = [replace(objective, seed=objective.seed + 1 + i) for i in range(mask_seeds)]
    layers = lineage.blocks + 1
    lam, density = objective.box.decode(winner, len(lineage.names), layers)
    return ParameterSpaceMerge(
        weights={name: w[0].clone() for name, w in objective.models(winner).items()},
        coefficients={
            name: tuple(row.tolist())
            for name, row in zip(lineage.names, lam[0], strict=True)
        },
        density=dict(zip(lineage.names, density[0].tolist(), strict=True)),
        fitness=found.best_fitness,
        rescored=np.array([other(winner)[0] for other in fresh]),
        search=found,
    )
