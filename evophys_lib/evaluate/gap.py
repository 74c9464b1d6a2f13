"""Gap closed: how much of what training on plenty of target data gains, a merge gains.

    G = Σ_s (e_parent,s − e_model,s) / Σ_s (e_parent,s − e_ceiling,s)

e is the nRMSE at t+50 of one seed s on its test trajectories, √(⟨e²⟩/⟨σ₀²⟩); parent is
the expert that the validation trajectories chose, before the test split was read;
ceiling is a model fine-tuned on plenty of target data for as many steps as an expert: a
mark rather than a bound. 0 is the parent, 1 that model; below 0 a model is worse than
the parent, above 1 better than the mark.

The interval is Student's over seeds, by the jackknife (`intervals`): what varies
between trajectories of a seed is in its errors already.

nRMSE rather than MSE: its unit is that of the book's other tables, and halving an
error counts as half, not as three quarters. Sums over seeds before the division: one
seed whose parent is near its ceiling would rule a mean of ratios.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.intervals import jackknife_interval
from evophys_lib.evaluate.resampling import Interval
from evophys_lib.physics.grid import Array


@dataclass(frozen=True)
class Gap:
    """How much of a gap was closed.

    Attributes:
        closed: G; None if the ceiling is not below the parent, where there is nothing
            to close, or the parent diverged.
        interval: 95 % of G; None where the headroom is not resolved, since a ratio
            whose divisor may be zero has no interval, and over one seed.
        headroom: mean over seeds of e_parent − e_ceiling, in initial deviations.
    """

    closed: float | None
    interval: Interval | None
    headroom: float


def gap_closed(
    model: Sequence[ArrayLike],
    parent: Sequence[ArrayLike],
    ceiling: Sequence[ArrayLike],
    variance: Sequence[ArrayLike],
) -> Gap:
    """G and its interval over seeds.

    Args:
        model, parent, ceiling: squared errors at t+50 (`metrics.squared_errors`), one
            array (n,) per training seed, of the same trajectories. ∞ where diverged.
        variance: of the same trajectories' initial fields, (n,) per seed
            (`metrics.variances`), whose mean is the unit of a seed's errors.

    Raises:
        ParameterError: seeds or trajectories that differ between the four.
    """
    means = [group.mean(axis=0) for group in _paired(model, parent, ceiling, variance)]
    gains = _gains(np.stack(means))  # (S, 2)
    gain, headroom = map(float, gains.mean(axis=0))
    spread = jackknife_interval(gains, lambda mean: float(mean[1]))
    resolved = spread is not None and spread[0] > 0
    return Gap(
        closed=gain / headroom if 0 < headroom < np.inf else None,
        interval=_share_interval(gains) if resolved else None,
        headroom=headroom,
    )


def _share_interval(gains: Array) -> Interval | None:
    with np.errstate(divide="ignore", invalid="ignore"):
        return jackknife_interval(gains, lambda mean: float(mean[0] / mean[1]))


def _gains(means: Array) -> Array:
    """Of the model and of the ceiling over the parent, by seed: (S, 4) → (S, 2)."""
    rmse = np.sqrt(means[:, :3] / means[:, 3:])  # (S, 3)
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        gains: Array = rmse[:, 1:2] - rmse[:, [0, 2]]
    return np.nan_to_num(gains, nan=-np.inf, posinf=np.inf, neginf=-np.inf)


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
