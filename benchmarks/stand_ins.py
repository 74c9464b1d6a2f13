"""Searches of a profile's sizes with random weights: their time asks for no training.

Time does not depend on the values of weights or latents, as long as none of them
leaves the range of ordinary numbers; experts lie near their base so that none does.
"""

from dataclasses import dataclass

import numpy as np
import torch

from evophys_lib.merge.data_flow import Path, decode
from evophys_lib.merge.dfs import Routes, score_paths
from evophys_lib.merge.engines import CmaEs
from evophys_lib.merge.family import Family
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.parameter_space import Recipe, draw_scores, merge
from evophys_lib.merge.ps import Coefficients
from evophys_lib.merge.space import Space
from evophys_lib.physics.splits import Split
from evophys_lib.profiles import Profile
from evophys_lib.worldmodel.predictor import Predictor, PredictorConfig
from evophys_lib.worldmodel.rollout import Weights, rollout_population, weights_of


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


def family_and_fitness(size: Size, device: str) -> tuple[Family, LatentFitness]:
    """A family and a fitness of that size, with random numbers."""
    generator = torch.Generator().manual_seed(0)
    torch.manual_seed(0)
    predictor = Predictor(size.predictor).to(device)
    base = weights_of(predictor)

    def near(w: torch.Tensor) -> torch.Tensor:
        return w + 0.02 * torch.randn(w.shape, generator=generator).to(device)

    experts = {
        name: {k: w if k.startswith("embed.") else near(w) for k, w in base.items()}
        for name in ("heat", "burgers")
    }
    c = size.predictor
    shape = (size.steps + 1, size.trajectories, c.tokens, c.latent)
    latents = torch.randn(shape, generator=generator).to(device)
    fitness = LatentFitness(latents[0], latents[1:], Split.VALIDATION)
    return Family(predictor, base, experts), fitness


class ParameterSpace:
    """Merges candidates λ, rolls them out and scores them."""

    def __init__(self, family: Family, fitness: LatentFitness, recipe: Recipe) -> None:
        self.family, self.fitness, self._recipe = family, fitness, recipe
        self._scores = draw_scores(family.vectors, recipe, seed=0)
        self._box, self._layers = Coefficients(), family.blocks + 1

    @property
    def space(self) -> Space:
        """What is searched."""
        return self._box.space(self.family.names, self._layers)

    def candidates(self, count: int) -> np.ndarray:
        """Points of the box, (P, d)."""
        return np.random.default_rng(0).uniform(-0.5, 1.5, (count, len(self.space)))

    def merge(self, candidates: np.ndarray) -> Weights:
        """The stacked weights of P candidates."""
        f = self.family
        lam, density = self._box.decode(candidates, len(f.names), self._layers)
        return merge(
            f.base, f.vectors, torch.as_tensor(lam, device=self.fitness.z0.device),
            f.layers, recipe=self._recipe, scores=self._scores,
            density=torch.as_tensor(density),
        )  # fmt: skip

    @torch.no_grad()
    def __call__(self, candidates: np.ndarray) -> np.ndarray:
        """Fitness of P candidates in one pass, (P,)."""
        f, fitness = self.family, self.fitness
        stacked = self.merge(candidates)
        return fitness(
            rollout_population(f.predictor, stacked, fitness.z0, fitness.steps)
        )


class DataFlow:
    """Rolls paths out and scores them."""

    def __init__(self, family: Family, fitness: LatentFitness) -> None:
        self.family, self.fitness = family, fitness

    @property
    def space(self) -> Space:
        """What is searched."""
        return Routes().space(self.family.names, self.family.blocks)

    def candidates(self, count: int) -> np.ndarray:
        """The first generation of a search, (P, d)."""
        return CmaEs(self.space, count, 0).ask()

    def decode(self, candidate: np.ndarray) -> Path:
        """The path of a candidate."""
        f = self.family
        return decode(candidate, experts=f.names, blocks=f.blocks)

    def __call__(self, candidates: np.ndarray) -> np.ndarray:
        """Fitness of P paths in one pass, (P,)."""
        f = self.family
        paths = [self.decode(c) for c in candidates]
        return score_paths(f.predictor, f.experts, paths, self.fitness)
