"""Soft paths: at every depth the layers of all experts, each with a weight.

    h_0 = embed(z)
    h_{l+1} = h_l + Σ_e w_{e,l} (B_{e,l}(h_l) − h_l),   l = 0 … L−1
    ẑ_next = z + Σ_e w_{e,L} head_e(h_L)

What is weighted is what a layer changes, so w is to layers what λ is to their
parameters: 0 everywhere leaves the state, 1 for one expert is that expert, and weights
need not add up to one. Where each depth has a single 1 and zeros else, one expert's
layer is taken: these corners are the hard paths that keep every layer at its depth,
E^(L+1) of them. Those that end with the head of the last block's expert are paths of
`data_flow`. So few are tried one by one; weights are found by least squares on the
rollout's residuals, from every expert and from equal weights.

A step costs all E experts, where a hard path costs one.

Hard paths: Akiba et al., doi:10.1038/s42256-024-00975-8, "Merging in the data flow
space". Outputs of layers under learned weights are a mixture of experts without its
gate: Jacobs et al. 1991, doi:10.1162/neco.1991.3.1.79.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evophys_lib.merge.data_flow import batched, parts_of
from evophys_lib.merge.dfs import require_shared_embedding
from evophys_lib.merge.fitness import LatentFitness, require_validation
from evophys_lib.merge.least_squares import Budget, Condition, minimise
from evophys_lib.physics.grid import Array
from evophys_lib.worldmodel.predictor import Layered
from evophys_lib.worldmodel.resuming import Journal
from evophys_lib.worldmodel.rollout import Weights

UNIFORM = "uniform"
"""The start of equal weights."""


def run_soft(
    predictor: Layered,
    experts: Mapping[str, Weights],
    shares: Tensor,
    z0: Tensor,
    steps: int,
) -> Tensor:
    """Roll out C soft paths together.

    Args:
        predictor: the architecture; its parameters are not used.
        experts: weights by expert's name; `embed` is the same in all of them.
        shares: w, (C, E, L + 1); the last column weights the heads.
        z0: (B, S, D).
        steps: H.

    Returns:
        (H, C, B, S, D).
    """
    count, depth = len(shares), len(predictor.blocks)
    parts = list(parts_of(predictor, experts).values())
    w = shares.to(z0).permute(2, 1, 0)[..., None, None, None]  # (L + 1, E, C, 1, 1, 1)
    left = 1 - w.sum(1)  # (L + 1, C, 1, 1, 1)
    z, trajectory = z0.expand(count, *z0.shape), []  # (C, B, S, D)
    for _ in range(steps):
        h = batched(predictor.embed, parts[0]["embed"], z)  # (C, B, S, W)
        for layer, block in enumerate(predictor.blocks):
            mixed = left[layer] * h
            for part, share in zip(parts, w[layer], strict=True):
                mixed = mixed + share * batched(block, part[layer], h)
            h = mixed
        for part, share in zip(parts, w[depth], strict=True):
            z = z + share * batched(predictor.head, part["head"], h)
        trajectory.append(z)
    return torch.stack(trajectory)  # (H, C, B, S, D)


def hard_paths(experts: int, layers: int) -> NDArray[np.int_]:
    """The expert at each of n depths, of all hard paths: (E^n, n); the first is 0."""
    return np.array(list(product(range(experts), repeat=layers)))


def corners(paths: NDArray[np.int_], experts: int) -> Array:
    """w of hard paths (C, n): (C, E, n) of 0 and 1."""
    return np.eye(experts)[paths].transpose(0, 2, 1)  # (C, n, E) -> (C, E, n)


@dataclass(frozen=True, eq=False)
class Objective:
    """f of candidates w (C, E, L + 1), a whole batch in one pass.

    Attributes:
        predictor: the architecture.
        experts: models by name.
        fitness: from the validation split.

    Raises:
        SplitError: the fitness is not one of the validation split.
        ArtifactError: a single expert, or their `embed` differs.
    """

    predictor: Layered
    experts: Mapping[str, Weights]
    fitness: LatentFitness

    def __post_init__(self) -> None:
        require_validation(self.fitness)
        require_shared_embedding(self.experts)

    def __call__(self, shares: Array) -> Array:
        """f, (C,); inf where a rollout is not finite."""
        return self.fitness(self._rolled(shares))

    def residuals(self, shares: Array) -> Tensor:
        """ρ, whose squares f sums: (C, M)."""
        return self.fitness.residuals(self._rolled(shares)).flatten(1)

    @torch.no_grad()
    def _rolled(self, shares: Array) -> Tensor:
        w, fitness = torch.from_numpy(shares), self.fitness
        return run_soft(self.predictor, self.experts, w, fitness.z0, fitness.steps)


@dataclass(frozen=True, eq=False)
class SoftPathMerge:
    """The soft path that least squares found, from several starts.

    Attributes:
        start: the one that it came from: an expert's name, or `UNIFORM`.
        shares: w by start, (E, L + 1) each.
        histories: evaluations spent and the lowest f then, (K, 2), by start.
        evaluations: in all.
    """

    start: str
    shares: dict[str, Array]
    histories: dict[str, Array]
    evaluations: int


def starts(names: Sequence[str], layers: int) -> dict[str, Array]:
    """w of every expert, and of equal weights: (E, layers) each."""
    alone = np.eye(len(names))[:, :, None].repeat(layers, axis=2)  # (E, E, layers)
    named = dict(zip(names, alone, strict=True))
    return named | {UNIFORM: alone.mean(axis=0)}


def merge_softly(
    objective: Objective,
    *,
    budget: Budget,
    journals: Mapping[str, Journal] | None = None,
) -> SoftPathMerge:
    """Search w from every expert and from equal weights, `budget` for each.

    Args:
        objective: what is searched.
        budget: of each start.
        journals: of the searches, by start.
    """
    layers, shares, histories, spent = len(objective.predictor.blocks) + 1, {}, {}, 0
    for name, w in starts(list(objective.experts), layers).items():

        def residuals(moved: Array, w: Array = w) -> Tensor:
            return objective.residuals(w + moved.reshape(-1, *w.shape))  # (C, E, n)

        found = minimise(
            [Condition(residuals)],
            w.size,
            budget=budget,
            journal=None if journals is None else journals[name],
            label=f"soft paths from {name}",
        )
        shares[name] = w + found.x.reshape(w.shape)
        histories[name] = found.history
        spent += found.evaluations
    best = min(histories, key=lambda name: float(histories[name][-1, 1]))
    return SoftPathMerge(best, shares, histories, spent)
