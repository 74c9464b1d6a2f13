"""Models that take or mix, at every depth, the layers of the experts.

`best_path` is the best of all hard choices, tried one by one: what order-preserving
paths can give, whatever searches them. `soft_paths` mixes; it has the evaluations of
the search in parameter space, shared by its starts, and each costs every expert.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evophys_lib.merge.least_squares import Budget
from evophys_lib.merge.soft_paths import (
    Objective,
    corners,
    hard_paths,
    merge_softly,
    run_soft,
    starts,
)
from evophys_lib.models import shelf
from evophys_lib.models.model import Forecaster
from evophys_lib.models.shelf import HISTORY
from evophys_lib.physics.grid import Array
from evophys_lib.store.journal import Journal, parts
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import Roll, by_rollout
from evophys_lib.study.sight import Sight, sight
from evophys_lib.study.study import Study, plain

PARTS = ("shares", HISTORY)
TRIALS, SECANTS = 4, 6
"""Of a step, and of a Jacobian: ten numbers need few of both."""


@dataclass(frozen=True, eq=False)
class FoundShares:
    """What searches over soft paths found, one from every start.

    names: of the experts; shares: w by start, (E, L + 1) each; histories: evaluations
    spent and the lowest f then, (K, 2), by start.
    """

    names: tuple[str, ...]
    shares: dict[str, Array]
    histories: dict[str, Array]

    @cached_property
    def start(self) -> str:
        """Whence the best came."""
        return min(self.histories, key=lambda s: float(self.histories[s][-1, 1]))

    @property
    def fitness(self) -> float:
        """The lowest of all."""
        return float(self.histories[self.start][-1, 1])

    def described(self) -> dict[str, Any]:
        """JSON-able; w is to layers what λ is to parameters."""
        rows = self.shares[self.start].tolist()
        return {
            "fitness": self.fitness,
            "lambda": dict(zip(self.names, rows, strict=True)),
        }


@dataclass(frozen=True, eq=False)
class FoundPaths:
    """The fitness of every hard path that keeps layers at their depth.

    names: of the experts; paths (E^n, n): the expert at each of the n = L + 1 depths;
    fitness_of (E^n,): of each.
    """

    names: tuple[str, ...]
    paths: NDArray[np.int_]
    fitness_of: Array

    @property
    def best(self) -> NDArray[np.int_]:
        """The expert at every depth, (n,)."""
        best: NDArray[np.int_] = self.paths[int(np.argmin(self.fitness_of))]
        return best

    @property
    def fitness(self) -> float:
        """The lowest."""
        return float(self.fitness_of.min())

    @property
    def exchanged(self) -> NDArray[np.int_]:
        """Layers that are not the nearest parent's, (E^n,); 0 for a parent."""
        depth = self.paths.shape[1]
        experts = np.arange(len(self.names))
        own = (self.paths[:, :, None] == experts).sum(axis=1)  # (E^n, E)
        fewest: NDArray[np.int_] = depth - own.max(axis=1)
        return fewest

    def described(self) -> dict[str, Any]:
        """JSON-able."""
        layers = [f"{self.names[e]}:{depth}" for depth, e in enumerate(self.best)]
        return {"fitness": self.fitness, "paths": {"best": layers}}


def soft_paths(study: Study, peclet: float) -> Forecaster:
    """w of every expert and layer, by least squares from every expert and the mean."""
    seen, names = sight(study, peclet), study.profile.families
    begun = starts(names, study.profile.predictor.layers)
    each = max(1, study.profile.ps.evaluations // len(begun))
    budget = Budget(each, trials=TRIALS, secants=SECANTS)

    def make(journal: Journal) -> Tensors:
        found = merge_softly(
            _objective(study, seen), budget=budget, journals=parts(journal, begun)
        )
        kept = {f"shares.{s}": torch.from_numpy(w) for s, w in found.shares.items()}
        kept |= {
            f"{HISTORY}.{s}": torch.from_numpy(h) for s, h in found.histories.items()
        }
        return kept | {"evaluations": torch.tensor(found.evaluations)}

    config = {"budget": plain(budget)}
    kept = shelf.search(study, "soft_paths", peclet, seen, config, make)
    kept.require("evaluations", *(f"{p}.{s}" for p in PARTS for s in begun))
    shares, histories = (
        {s: kept.tensors[f"{part}.{s}"].numpy() for s in begun} for part in PARTS
    )
    found = FoundShares(names, shares, histories)
    spent = int(kept.tensors["evaluations"])
    return Forecaster(
        predict=by_rollout(by_shares(study, shares[found.start])),
        cost=shelf.searched(seen, spent, kept.path, rollouts=len(names)),
        paths=(kept.path,),
        found=found,
    )


def best_path(study: Study, peclet: float) -> Forecaster:
    """Of all hard paths that keep every layer at its depth, that of lowest fitness."""
    seen, names = sight(study, peclet), study.profile.families
    paths = hard_paths(len(names), study.profile.predictor.layers)

    def make(journal: Journal) -> Tensors:
        objective = _objective(study, seen)
        batches = np.array_split(paths, -(-len(paths) // Budget.chunk))
        found = [objective(corners(batch, len(names))) for batch in batches]
        return {HISTORY: torch.from_numpy(np.concatenate(found))}

    kept = shelf.search(study, "best_path", peclet, seen, {}, make).require(HISTORY)
    found = FoundPaths(names, paths, kept.tensors[HISTORY].numpy())
    shares = corners(found.best[None], len(names))[0]
    return Forecaster(
        predict=by_rollout(by_shares(study, shares)),
        cost=shelf.searched(seen, len(paths), kept.path),
        paths=(kept.path,),
        found=found,
    )


def by_shares(study: Study, shares: Array) -> Roll:
    """The rollout of one soft path, w (E, L + 1)."""
    predictor, experts = training.world_model(study).predictor, training.experts(study)
    w = torch.from_numpy(shares)[None]

    def roll(z0: Tensor, steps: int) -> Tensor:
        return run_soft(predictor, experts, w, z0, steps)[:, 0]

    return roll


def _objective(study: Study, seen: Sight) -> Objective:
    predictor = training.world_model(study).predictor
    return Objective(predictor, training.experts(study), seen.fitness())
