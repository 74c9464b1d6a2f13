"""λ at a Péclet number that was never searched: read off between its neighbours.

    λ(Pe) = (1 − s) λ(Pe₋) + s λ(Pe₊),   s = ln(Pe/Pe₋) / ln(Pe₊/Pe₋)

layer by layer, where Pe₋ and Pe₊ are the nearest searched ones below and above. What
was searched at Pe itself is left out. At either end of the lattice, where one
neighbour is missing, λ is that of the other.

`interpolated` is told Pe. `interpolated_blind` is not: it fits the equation
(`evaluate.equation`) to the frames of the encoder's context, trajectory by trajectory,
and merges a predictor for each. Neither sees a trajectory of the target before it is
asked for a forecast.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from evophys_lib import store
from evophys_lib.evaluate import equation
from evophys_lib.merge.family import Family
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, forecasting, searching, training
from evophys_lib.pipeline.study import Study
from evophys_lib.worldmodel.rollout import rollout

LATTICE = (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
"""Searched Péclet numbers, fixed before results: the headline's, and what the sweep
lays between them, more densely where the physics mix."""
NAMES = ("interpolated", "interpolated_blind")


def coefficients(study: Study, searched: list[float], at: np.ndarray) -> np.ndarray:
    """λ at Péclet numbers (n,), from searches at others: (n, E, n_layers)."""
    rows = [searching.ps(study, pe).coefficients for pe in searched]
    known = np.array([[row[f] for f in data.FAMILIES] for row in rows])  # (P, E, L)
    flat = known.reshape(len(searched), -1)
    logs = np.log(searched)
    columns = [np.interp(np.log(at), logs, column) for column in flat.T]
    return np.stack(columns, axis=1).reshape(len(at), *known.shape[1:])


def estimated_peclet(study: Study, fields: np.ndarray) -> np.ndarray:
    """Pe of trajectories from the context's frames alone: (n, T, N) → (n,).

    Within the range of the lattice: a field at rest has no Pe of its own.
    """
    context = fields[:, : study.profile.encoder.context].swapaxes(0, 1)
    found = equation.fit(context, interval=TIME_STEP)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(found.advection_speed) / found.diffusivity
    usable = np.where(ratio > 0, ratio, LATTICE[0])  # false for NaN, too
    return np.clip(usable, LATTICE[0], LATTICE[-1])


def forecasts_path(study: Study, peclet: float) -> Path:
    """Where the forecasts lie."""
    name = f"interpolated_pe{peclet_key(peclet)}.safetensors"
    return study.folder / "forecasts" / name


def forecasts(study: Study, peclet: float) -> dict[str, Tensor]:
    """Test forecasts of both, as `target_scores.target_forecasts`. Made if missing."""
    around = neighbours(peclet)
    searching.make_all(study, around)
    model, (probe, _) = training.world_model(study), training.probe(study)
    path = forecasts_path(study, peclet)

    def make() -> store.Tensors:
        trajectories = data.target(study, Split.TEST, peclet)
        scene = forecasting.scene(study, model, trajectories)
        family = searching.family(study)
        told = np.full(len(trajectories.field), peclet)
        guessed = estimated_peclet(study, trajectories.field)
        rolls = {
            name: _each_its_own(family, coefficients(study, around, at))
            for name, at in zip(NAMES, (told, guessed), strict=True)
        }
        return forecasting.forecast(scene, probe, rolls) | {
            "estimated_peclet": torch.from_numpy(guessed)
        }

    provenance = study.provenance(
        "interpolated forecasts",
        {
            "peclet": peclet,
            "searched": around,
            "horizon_steps": study.profile.horizon_steps,
        },
        data=data.make_target(study, Split.TEST, peclet),
        probe=training.probe_path(study),
        **{
            f"ps_{peclet_key(pe)}": searching.merge_path(study, "ps", pe)
            for pe in around
        },
    )
    stored = store.obtain_tensors(path, provenance, make)
    store.require(stored, (*NAMES, "estimated_peclet"), path)
    return {name: t for name, t in stored.items() if name != "estimated_peclet"}


def neighbours(peclet: float) -> list[float]:
    """The nearest of the lattice on either side of a Péclet number, without itself."""
    below = [pe for pe in LATTICE if pe < peclet][-1:]
    return below + [pe for pe in LATTICE if pe > peclet][:1]


def _each_its_own(family: Family, lam: np.ndarray) -> forecasting.Roll:
    """Trajectory b is forecast by the predictor that λ_b (B, E, n_layers) merges."""

    def roll(z0: Tensor, steps: int) -> Tensor:
        coefficients = torch.from_numpy(lam).to(z0.device)
        weights = task_arithmetic(
            family.base, family.vectors, coefficients, family.layers
        )
        rolled = rollout(family.predictor, weights, z0[:, None], steps)
        return rolled[:, :, 0]  # (H, B, 1, S, D) -> (H, B, S, D)

    return roll
