"""The primary claim: the merged model beats both of its parents at every Pe."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
from numpy.typing import ArrayLike

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import resampling
from evophys_lib.evaluate.intervals import jackknife_interval, t_p_value
from evophys_lib.evaluate.verdicts.verdict import (
    FAILS,
    HOLDS,
    UNDECIDED,
    OverSeeds,
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
OVER_SEEDS_RULE = (
    "The same with Student's interval of d(Pe) over seeds, a seed's d one measurement, "
    "and p of its t; undecided with one seed."
)


class Corrected(TypedDict):
    """Over seeds, as `OverSeeds` has them."""

    interval: resampling.Interval | None
    p_value: float | None


class AtPeclet(TypedDict):
    """What is told of one Péclet number; errors are means over trajectories."""

    mse_merged: float
    mse_best_parent: float
    difference: float
    relative_difference: float
    interval: resampling.Interval
    p_value: float
    better: bool
    over_seeds: Corrected


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
        by_seed = _excess_by_seed(observed)[0]  # (S,)
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
            "over_seeds": {
                "interval": jackknife_interval(by_seed[:, None], lambda m: float(m[0])),
                "p_value": t_p_value(by_seed.tolist()),
            },
        }
    entries = list(at_peclet.values())
    worst = max(entries, key=lambda entry: entry["relative_difference"])
    return Verdict(
        verdict=_word([entry["interval"] for entry in entries]),
        statistic=worst["difference"],
        interval=worst["interval"],
        p_value=max(entry["p_value"] for entry in entries),
        n_seeds=n_seeds,
        n_peclet=len(errors),
        rule=PRIMARY_RULE,
        over_seeds=_over_seeds([entry["over_seeds"] for entry in entries], worst),
        details={
            "merged": merged,
            "literal": all(entry["better"] for entry in entries),
            "peclet": at_peclet,
        },
    )


def _word(intervals: Sequence[resampling.Interval | None]) -> str:
    """Of the intersection–union test."""
    known = [interval for interval in intervals if interval is not None]
    if any(low > 0 for low, _ in known):
        return FAILS
    below = all(high < 0 for _, high in known) and len(known) == len(intervals)
    return HOLDS if below else UNDECIDED


def _over_seeds(entries: Sequence[Corrected], worst: AtPeclet) -> OverSeeds:
    p_values = [entry["p_value"] for entry in entries]
    known = [p for p in p_values if p is not None]
    return OverSeeds(
        verdict=_word([entry["interval"] for entry in entries]),
        interval=worst["over_seeds"]["interval"],
        p_value=max(known) if len(known) == len(p_values) else None,
        rule=OVER_SEEDS_RULE,
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
    """Merged minus better parent, averaged over seeds: (R, S, 3) -> (R,)."""
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        excess = _excess_by_seed(means).mean(axis=-1)
    mean: Array = np.nan_to_num(excess, nan=np.inf, posinf=np.inf)
    return mean


def _excess_by_seed(means: Array) -> Array:
    """The same of each seed: (R, S, 3) -> (R, S).

    ∞ where the merged model diverged, whatever its parents did.
    """
    merged, parent = means[..., 0], means[..., 1:].min(axis=-1)
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        return np.where(np.isinf(merged), np.inf, merged - parent)


def _relative(difference: float, parent: float) -> float:
    """difference / parent, ±∞ where the parent is perfect or diverged."""
    if 0.0 < parent < np.inf:
        return difference / parent
    return float(np.copysign(np.inf, difference))
