"""What every pair of λ gives: one coefficient for heat, one for Burgers, on a grid.

    θ = θ₀ + λ_heat τ_heat + λ_Burgers τ_Burgers,   λ in the box of the search

Fitness is that of the search, on the k trajectories that it sees; fields and their
errors are of trajectories that it does not.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from evophys_lib.evaluate.metrics import nrmse
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.models import registry
from evophys_lib.physics.grid import Array
from evophys_lib.store import artifacts as store
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import data, training
from evophys_lib.study.scene import Scene
from evophys_lib.study.sight import sight
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.device import one_thread
from evophys_lib.worldmodel.rollout import rollout_population
from viewers import source
from viewers.packing import pack

LOW, HIGH, STEPS = -0.5, 1.5, 21
"""The box of the search, in tenths."""


def values() -> Array:
    """The coefficients of the grid."""
    return np.linspace(LOW, HIGH, STEPS).round(3)


def make(study: Study) -> dict[str, Any]:
    """By Pe of the headline: fitness and error (P, B, H) of λ_Burgers and λ_heat.

    Fields (2 + C, P, H + 1, N) of one trajectory: truth, PS, then the grid row by row.
    """
    peclets, models = study.profile.peclets, registry.of(study.profile)
    grids = [_grid(study, peclet) for peclet in peclets]
    found, fields, paths = [], [], []
    for peclet, grid in zip(peclets, grids, strict=True):
        seen, ps = source.held_out(study, peclet), models["ps"].make(study, peclet)
        told = ps.predict(seen).fields
        found.append(ps.found.described() | {"error": _error(seen, told[-1])})
        tried = grid["fields"].numpy()[:, :, None]  # (C, H, 1, N)
        shown = np.concatenate([torch.stack([seen.truth, told])[:, :, :1], tried])
        fields.append(source.from_now(seen, shown)[:, 0])  # (2 + C, H + 1, N)
        paths += [_path(study, peclet), *ps.paths]
    square = (len(peclets), STEPS, STEPS)
    return {
        **source.axes(study, peclets),
        "provenance": source.provenance(study, paths),
        "models": source.looks(("truth", "heat", "burgers", "soup", "ps")),
        "lambda": values().tolist(),
        "fitness": _square(grids, "fitness", square),
        "error": _square(grids, "error", square),
        "ps": source.rounded(found),
        "fields": pack(np.stack(fields, axis=1), bytes_each=1),
    }


def _square(grids: list[Tensors], name: str, shape: tuple[int, ...]) -> Any:
    return source.rounded(np.reshape([grid[name] for grid in grids], shape))


def _path(study: Study, peclet: float) -> Path:
    return study.folder / "look" / f"landscape_pe{peclet:g}.safetensors"


def _grid(study: Study, peclet: float) -> Tensors:
    """Fitness, error and one trajectory's fields for every λ, made if missing."""
    seen = sight(study, peclet)
    provenance = study.provenance(
        "landscape",
        {"peclet": peclet, "grid": [LOW, HIGH, STEPS], "trajectories": source.HELD_OUT},
        world_model=training.world_model_path(study),
        probe=training.probe_path(study),
        held_out=data.make_held_out(study, peclet),
        **seen.inputs,
    )

    def make() -> Tensors:
        with one_thread(), torch.no_grad():
            return _evaluated(study, peclet, seen.fitness())

    return store.obtain_tensors(_path(study, peclet), provenance, make)


def _evaluated(study: Study, peclet: float, fitness: LatentFitness) -> Tensors:
    lineage, shown = training.lineage(study), source.held_out(study, peclet)
    rows = []
    for burgers in tqdm(values(), desc=f"landscape at Pe {peclet:g}"):
        pairs = torch.tensor([[heat, burgers] for heat in values()])  # (C, E)
        lam = pairs[..., None].expand(-1, -1, lineage.blocks + 1)
        models = task_arithmetic(lineage.base, lineage.vectors, lam, lineage.layers)

        def rolled(z0: Any, models: Any = models) -> Any:
            return rollout_population(lineage.predictor, models, z0, shown.steps)

        latents = rolled(shown.latents[0])  # (H, C, K, S, D)
        last = shown.probe(latents[-1].flatten(0, 1)).unflatten(0, latents.shape[1:3])
        first = shown.probe(latents[:, :, 0].flatten(0, 1))
        found = torch.from_numpy(fitness(rolled(fitness.z0)))
        error = torch.tensor([_error(shown, field) for field in last])
        field = first.unflatten(0, latents.shape[:2]).transpose(0, 1)  # (C, H, N)
        rows.append((found, error, field))
    parts = zip(("fitness", "error", "fields"), zip(*rows, strict=True), strict=True)
    return {name: torch.cat(part) for name, part in parts}


def _error(scene: Scene, last: Any) -> float:
    """nRMSE at the last step, of fields (K, N)."""
    start = scene.fields[:, 0].numpy()
    return nrmse(last.numpy(), scene.truth[-1].numpy(), start)
