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

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from evophys_lib.evaluate import equation
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.parameter_space import task_arithmetic
from evophys_lib.models import coefficients
from evophys_lib.models.model import Cost, Forecaster
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.study import training
from evophys_lib.study.scene import Forecast, Roll, Scene, by_rollout
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.rollout import rollout_each

LATTICE = (0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0)
"""Searched Péclet numbers, fixed before results: the headline's, and what the sweep
lays between them, more densely where the physics mix."""


def interpolated(study: Study, peclet: float) -> Forecaster:
    """Pe is told."""

    def peclets(scene: Scene) -> np.ndarray:
        return np.full(len(scene.fields), peclet)

    return _between(study, peclet, peclets)


def interpolated_blind(study: Study, peclet: float) -> Forecaster:
    """Pe is estimated, trajectory by trajectory, from the frames of the context."""

    def peclets(scene: Scene) -> np.ndarray:
        return estimated_peclet(scene.context.cpu().numpy())

    return _between(study, peclet, peclets)


def estimated_peclet(context: np.ndarray) -> np.ndarray:
    """Pe of trajectories from the frames of a context alone: (n, T, N) → (n,).

    Within the range of the lattice: a field at rest has no Pe of its own.
    """
    found = equation.fit(context.swapaxes(0, 1), interval=TIME_STEP)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.abs(found.advection_speed) / found.diffusivity
    usable = np.where(ratio > 0, ratio, LATTICE[0])  # false for NaN, too
    return np.clip(usable, LATTICE[0], LATTICE[-1])


def neighbours(peclet: float) -> list[float]:
    """The nearest of the lattice on either side of a Péclet number, without itself."""
    below = [pe for pe in LATTICE if pe < peclet][-1:]
    return below + [pe for pe in LATTICE if pe > peclet][:1]


def coefficients_at(
    searched: Sequence[float], rows: np.ndarray, at: np.ndarray
) -> np.ndarray:
    """λ (P, E, n_layers) of P searched Pe at others, (n,): (n, E, n_layers)."""
    logs = np.log(searched)
    columns = [
        np.interp(np.log(at), logs, column) for column in rows.reshape(len(rows), -1).T
    ]
    return np.stack(columns, axis=1).reshape(len(at), *rows.shape[1:])


def _between(
    study: Study, peclet: float, peclets: Callable[[Scene], np.ndarray]
) -> Forecaster:
    around, lineage = neighbours(peclet), training.lineage(study)
    searched = [coefficients.ps(study, pe) for pe in around]
    rows = np.array([_lambda(study, one) for one in searched])  # (P, E, n_layers)

    def predict(scene: Scene) -> Forecast:
        lam = coefficients_at(around, rows, peclets(scene))
        return by_rollout(_each_its_own(lineage, lam))(scene)

    cost = Cost()
    for one in searched:
        cost = one.cost.after(cost)
    seen = sum(one.cost.trajectories for one in searched)
    return Forecaster(
        predict=predict,
        cost=replace(cost, trajectories=seen),
        paths=tuple(path for one in searched for path in one.paths),
    )


def _lambda(study: Study, searched: Forecaster) -> list[list[float]]:
    assert searched.found is not None
    rows = searched.found.described()["lambda"]
    return [rows[family] for family in study.profile.families]


def _each_its_own(lineage: Lineage, lam: np.ndarray) -> Roll:
    """Trajectory b is forecast by the predictor that λ_b (B, E, n_layers) merges."""

    def roll(z0: Tensor, steps: int) -> Tensor:
        weights = task_arithmetic(
            lineage.base,
            lineage.vectors,
            torch.from_numpy(lam).to(z0.device),
            lineage.layers,
        )
        return rollout_each(lineage.predictor, weights, z0, steps)

    return roll
