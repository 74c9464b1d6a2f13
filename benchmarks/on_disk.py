"""One candidate as general tools evaluate it: written, read back, run.

The merged state dict goes to a safetensors file, a module is built and reads it, and
the module is rolled out. In two things this is easier than for those tools: base and
experts stay in memory, and everything stays in one process.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from evophys_lib.merge import dfs, ps
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.worldmodel.predictor import Predictor, PredictorConfig
from evophys_lib.worldmodel.rollout import Weights

OnDisk = Callable[[np.ndarray], float]


def merged(objective: ps.Objective, folder: Path) -> OnDisk:
    """The way of a candidate λ over the disk."""
    config, fitness = objective.lineage.predictor.config, objective.fitness

    def evaluate(candidate: np.ndarray) -> float:
        weights = {n: w[0] for n, w in objective.models(candidate[None]).items()}
        model = _reread(weights, config, folder / "merged.safetensors", fitness)
        return _score(model, fitness)

    return evaluate


def rerouted(objective: dfs.Objective, folder: Path) -> OnDisk:
    """The way of a path over the disk: as many blocks as it has layers."""
    experts, fitness = objective.experts, objective.fitness

    def evaluate(candidate: np.ndarray) -> float:
        path = objective.path(candidate)
        route = path.route()
        if not route:
            return np.inf
        config = replace(objective.predictor.config, blocks=len(route))
        owners = [path.experts[layer // path.blocks] for layer in route]
        weights = _part("embed", experts[path.experts[0]], "embed")
        weights |= _part("head", experts[owners[-1]], "head")
        for at, (owner, layer) in enumerate(zip(owners, route, strict=True)):
            block = f"blocks.{layer % path.blocks}"
            weights |= _part(block, experts[owner], f"blocks.{at}")
        model = _reread(weights, config, folder / "path.safetensors", fitness)
        return _score(model, fitness, path.scales())

    return evaluate


def _part(prefix: str, weights: Weights, renamed: str) -> Weights:
    """The tensors of one part of a model, under another prefix."""
    return {
        renamed + name.removeprefix(prefix): w
        for name, w in weights.items()
        if name.startswith(f"{prefix}.")
    }


def _reread(
    weights: Weights, config: PredictorConfig, path: Path, fitness: LatentFitness
) -> Predictor:
    device = fitness.z0.device
    save_file({name: w.clone() for name, w in weights.items()}, path)
    model = Predictor(config).to(device)
    model.load_state_dict(load_file(path, device=str(device)))
    return model


@torch.no_grad()
def _score(
    model: Predictor, fitness: LatentFitness, scales: Sequence[float] | None = None
) -> float:
    """Fitness of a module's rollout; scales: on the input of every block."""
    z, trajectory = fitness.z0, []
    for _ in range(fitness.steps):
        z = model(z) if scales is None else _scaled_step(model, z, scales)
        trajectory.append(z)
    return float(fitness(torch.stack(trajectory)[:, None])[0])


def _scaled_step(model: Predictor, z: Tensor, scales: Sequence[float]) -> Tensor:
    h = model.embed(z)
    for block, scale in zip(model.blocks, scales, strict=True):
        h = block(scale * h)
    return z + model.head(h)
