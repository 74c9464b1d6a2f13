"""Searches of a profile's sizes with random weights: their time asks for no training.

Time does not depend on the values of weights or latents, as long as none of them
leaves the range of ordinary numbers; experts lie near their base so that none does.
"""

from dataclasses import dataclass

import numpy as np
import torch

from evophys_lib.merge import dfs, ps
from evophys_lib.merge.engines import CmaEs, Uniform
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.parameter_space import Recipe
from evophys_lib.physics.families import SOURCES
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import Profile
from evophys_lib.worldmodel.predictor import Predictor, PredictorConfig
from evophys_lib.worldmodel.rollout import weights_of

Objective = ps.Objective | dfs.Objective


@dataclass(frozen=True)
class Size:
    """What an evaluation costs: predictor, trajectories B, steps H."""

    predictor: PredictorConfig
    trajectories: int
    steps: int

    @classmethod
    def of(cls, profile: Profile) -> "Size":
        """The size of the profile's own searches."""
        return cls(profile.predictor, profile.sizes.search, profile.horizon_steps)


def lineage_and_fitness(size: Size, device: str) -> tuple[Lineage, LatentFitness]:
    """A lineage and a fitness of that size, with random numbers."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    predictor = Predictor(size.predictor).to(device)
    base = weights_of(predictor)

    def near(w: torch.Tensor) -> torch.Tensor:
        return w + 0.02 * torch.randn(w.shape, generator=generator).to(device)

    experts = {
        name: {k: w if k.startswith("embed.") else near(w) for k, w in base.items()}
        for name in SOURCES
    }
    c = size.predictor
    shape = (size.steps + 1, size.trajectories, c.tokens, c.latent)
    latents = torch.randn(shape, generator=generator).to(device)
    fitness = LatentFitness(latents[0], latents[1:], Split.VALIDATION)
    return Lineage(predictor, base, experts), fitness


def in_parameter_space(
    lineage: Lineage, fitness: LatentFitness, recipe: Recipe
) -> ps.Objective:
    """The search's objective in its usual box."""
    return ps.Objective(lineage, fitness, recipe, ps.Coefficients(), seed=0)


def over_paths(lineage: Lineage, fitness: LatentFitness) -> dfs.Objective:
    """The search's objective over its usual paths, the first expert first."""
    return dfs.Objective(
        lineage.predictor, lineage.experts, lineage.names, fitness, dfs.Routes()
    )


def candidates(objective: Objective, count: int) -> np.ndarray:
    """Points of the box, or the first paths that a search tries, (P, d)."""
    engine = Uniform if isinstance(objective, ps.Objective) else CmaEs
    return engine(objective.space, count, 0).ask()
