"""The primary claim: the merged model beats both of its parents at every Pe."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import resampling
from evophys_lib.evaluate.verdicts.verdict import (
    FAILS,
    HOLDS,
    UNDECIDED,
    Verdict,
    count_seeds,
)
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.families import SOURCES
from evophys_lib.physics.grid import Array

DECLARED_MERGE = "ps"  # the merged model of the claim

PRIMARY_RULE = (
    "d(Pe) = MSE_merged - min(MSE_heat, MSE_burgers) at t+50, per seed on the same "
    "test trajectories, averaged over seeds; 95 % intervals by a paired bootstrap of "
    "seeds and, within a seed, of trajectories. Holds if every interval lies below 0; "
    "fails if one lies above 0; else undecided."
)


class AtPeclet(TypedDict):
    """What is told of one Péclet number; errors are means over trajectories."""

    mse_merged: float
    mse_best_parent: float
    difference: float
    relative_difference: float
    interval: resampling.Interval
    p_value: float
    better: bool


def primary(
    errors: Mapping[float, Mapping[str, Sequence[ArrayLike]]],
    *,
    merged: str = DECLARED_MERGE,
    parents: Sequence[str] = SOURCES,
    seed: int = 0,
) -> Verdict:
    """MSE_merged(Pe) < min(MSE_heat(Pe), MSE_burgers(Pe)) at every Pe, at t+50.

        d(Pe) = mean over seeds of [MSE_merged − min(MSE_heat, MSE_burgers)]

    The better parent is chosen anew for each seed and resample, which favours the
    parents. "Every Pe" is an intersection–union test, so each interval is used at
    its own level and the p-value is the largest over Pe; the statistic and interval
    reported are those of the Pe with the largest d relative to the better parent.

    errors: errors[Pe][model][seed] is the (n,) array of squared errors per test
    trajectory at t+50 (`metrics.squared_errors`), the same trajectories for all
    models of a seed. merged: the model under test; "ps" is the declared one. parents:
    whom it must beat. seed: of the bootstrap. ParameterError if a model or a seed is
    missing.
    """
    rng = np.random.default_rng(seed)
    groups_at = {pe: _paired(errors[pe], pe, (merged, *parents)) for pe in errors}
    n_seeds = count_seeds(groups_at, "errors")
    at_peclet: dict[str, AtPeclet] = {}
    for pe, groups in sorted(groups_at.items()):
        observed = np.stack([group.mean(axis=0) for group in groups])[None]
        samples = _excess(resampling.hierarchical_means(groups, rng))  # (R,)
        difference = float(_excess(observed)[0])
        parent = float(observed[..., 1:].min(axis=-1).mean())
        at_peclet[peclet_key(pe)] = {
            "mse_merged": float(observed[..., 0].mean()),
            "mse_best_parent": parent,
            "difference": difference,
            "relative_difference": _relative(difference, parent),
            "interval": resampling.interval(samples),
            "p_value": resampling.monte_carlo_p(samples, 0.0),
            "better": difference < 0,
        }
    entries = list(at_peclet.values())
    if all(entry["interval"][1] < 0 for entry in entries):
        word = HOLDS
    else:
        lost = any(entry["interval"][0] > 0 for entry in entries)
        word = FAILS if lost else UNDECIDED
    worst = max(entries, key=lambda entry: entry["relative_difference"])
    return Verdict(
        verdict=word,
        statistic=worst["difference"],
        interval=worst["interval"],
        p_value=max(entry["p_value"] for entry in entries),
        n_seeds=n_seeds,
        n_peclet=len(errors),
        rule=PRIMARY_RULE,
        details={
            "merged": merged,
            "literal": all(entry["better"] for entry in entries),
            "peclet": at_peclet,
        },
    )


def _paired(
    models: Mapping[str, Sequence[ArrayLike]], pe: float, names: tuple[str, ...]
) -> list[Array]:
    """Per seed, the errors of the named models side by side: (n, 3) each."""
    counts = {name: [np.size(e) for e in models.get(name, ())] for name in names}
    sizes = counts[names[0]]
    if not sizes or 0 in sizes or any(sizes != other for other in counts.values()):
        raise ParameterError(
            f"errors at Pe = {pe:g}",
            counts,
            f"{', '.join(names)} on the same test trajectories for the same seeds",
            "Score every model on one test split.",
        )
    return [
        np.stack([np.asarray(models[name][s], dtype=np.float64) for name in names], -1)
        for s in range(len(sizes))
    ]


def _excess(means: Array) -> Array:
    """Merged minus better parent, averaged over seeds: (R, S, 3) -> (R,).

    ∞ where the merged model diverged, whatever its parents did.
    """
    merged, parent = means[..., 0], means[..., 1:].min(axis=-1)
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        excess = np.where(np.isinf(merged), np.inf, merged - parent)
        mean: Array = np.nan_to_num(excess.mean(axis=-1), nan=np.inf, posinf=np.inf)
    return mean


def _relative(difference: float, parent: float) -> float:
    """difference / parent, ±∞ where the parent is perfect or diverged."""
    if 0.0 < parent < np.inf:
        return difference / parent
    return float(np.copysign(np.inf, difference))
