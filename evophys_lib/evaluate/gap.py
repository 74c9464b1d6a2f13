"""Gap closed: how much of what training on plenty of target data gains, a merge gains.

    G = Σ_s (e_parent,s − e_model,s) / Σ_s (e_parent,s − e_ceiling,s)

e is the nRMSE at t+50 of one seed s on its test trajectories, √(⟨e²⟩/⟨σ₀²⟩); parent is
the expert that the validation trajectories chose, before the test split was read;
ceiling is a model fine-tuned on plenty of target data. 0 is the parent, 1 the
ceiling; below 0 the model is worse than the parent, above 1 better than the ceiling.

nRMSE rather than MSE: its unit is that of the book's other tables, and halving an
error counts as half, not as three quarters. Sums over seeds before the division: one
seed whose parent is near its ceiling would rule a mean of ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import resampling
from evophys_lib.physics.grid import Array


@dataclass(frozen=True)
class Gap:
    """How much of a gap was closed.

    Attributes:
        closed: G; None if the ceiling is not below the parent, where there is nothing
            to close, or the parent diverged.
        interval: 95 % of G; None where the headroom is not resolved, since a ratio
            whose divisor may be zero has no interval.
        headroom: mean over seeds of e_parent − e_ceiling, in initial deviations.
    """

    closed: float | None
    interval: resampling.Interval | None
    headroom: float


def gap_closed(
    model: Sequence[ArrayLike],
    parent: Sequence[ArrayLike],
    ceiling: Sequence[ArrayLike],
    variance: Sequence[ArrayLike],
    *,
    seed: int = 0,
) -> Gap:
    """G with a paired bootstrap of seeds and, within a seed, of trajectories.

    Args:
        model, parent, ceiling: squared errors at t+50 (`metrics.squared_errors`), one
            array (n,) per training seed, of the same trajectories. ∞ where diverged.
        variance: of the same trajectories' initial fields, (n,) per seed
            (`metrics.variances`); resampled with the errors, as the unit is theirs.
        seed: of the bootstrap.

    Raises:
        ParameterError: seeds or trajectories that differ between the four.
    """
    groups = _paired(model, parent, ceiling, variance)
    observed = np.stack([group.mean(axis=0) for group in groups])[None]  # (1, S, 4)
    gain, headroom = _gains(observed)
    rng = np.random.default_rng(seed)
    gains, headrooms = _gains(resampling.hierarchical_means(groups, rng))  # (R,)
    spread = resampling.interval(headrooms)
    kept = headrooms > 0
    return Gap(
        closed=float(gain[0] / headroom[0]) if 0 < headroom[0] < np.inf else None,
        interval=(
            resampling.interval(gains[kept] / headrooms[kept])
            if spread[0] > 0 and spread[1] < np.inf
            else None
        ),
        headroom=float(headroom[0]),
    )


def _gains(means: Array) -> tuple[Array, Array]:
    """Of the model and of the ceiling over the parent: (R, S, 4) → (R,) twice."""
    rmse = np.sqrt(means[..., :3] / means[..., 3:])  # (R, S, 3)
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        gains = (rmse[..., 1:2] - rmse[..., [0, 2]]).mean(axis=1)  # (R, 2)
    gains = np.nan_to_num(gains, nan=-np.inf, posinf=np.inf, neginf=-np.inf)
    return gains[:, 0], gains[:, 1]


def _paired(*quantities: Sequence[ArrayLike]) -> list[Array]:
    """Per seed, the quantities side by side: (n, 4) each."""
    counts = [[np.size(values) for values in quantity] for quantity in quantities]
    if not counts[0] or 0 in counts[0] or any(c != counts[0] for c in counts):
        raise ParameterError(
            "model, parent, ceiling, variance",
            counts,
            "the same test trajectories for the same seeds",
            "Score every model on one test split.",
        )
    return [
        np.stack([np.asarray(q[s], dtype=np.float64) for q in quantities], axis=-1)
        for s in range(len(counts[0]))
    ]
