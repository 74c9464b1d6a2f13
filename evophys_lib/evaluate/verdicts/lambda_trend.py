"""The secondary claim: the weight of the heat expert follows 1/Pe."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from evophys_lib.evaluate import resampling
from evophys_lib.evaluate.intervals import jackknife_interval, t_p_value
from evophys_lib.evaluate.verdicts.verdict import (
    DECLARED_PECLET,
    DECLARED_SEEDS,
    FAILS,
    HOLDS,
    SIGNIFICANCE,
    UNDECIDED,
    OverSeeds,
    Verdict,
    count_seeds,
)
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.grid import Array

CORRELATION = 0.9  # as the claim states it

SECONDARY_RULE = (
    "r = Pearson correlation over Pe of lambda_heat (mean over layers and seeds) with "
    "1/Pe; 95 % interval by a bootstrap of seeds and, within a seed, of layers; p of "
    "the mean Spearman correlation with -log Pe by permuting Pe within each seed. "
    "Holds if the interval lies above 0.9 and p < 0.05 with at least 9 Pe and 5 "
    "seeds; fails if the interval lies below 0.9; else undecided (always with fewer "
    "than 3 Pe)."
)
OVER_SEEDS_RULE = (
    "The same with Student's interval of artanh r over seeds by the jackknife, and p "
    "of Student's t of the seeds' Spearman correlations."
)
CERTAIN = 1 - 1e-12  # artanh is finite up to here


def secondary(
    coefficients: Mapping[float, Sequence[ArrayLike]], *, seed: int = 0
) -> Verdict:
    """corr(λ_heat, 1/Pe) > 0.9, with λ_heat the mean over layers.

    coefficients: coefficients[Pe][seed] is the (n_layers,) array of λ_heat that the
    search found. seed: of the resampling. 1/Pe is dominated by the smallest Pe, and
    four points are a weak test: λ linear in log Pe already gives 0.82, and
    `null_share_above` says how often a mere reordering passes; hence Spearman
    against −log Pe beside it. A λ that does not depend on Pe has correlation 0.
    """
    rng = np.random.default_rng(seed)
    n_seeds = count_seeds(coefficients, "coefficients")
    peclet = np.array(sorted(coefficients))
    details: dict[str, Any] = {"threshold": CORRELATION}
    if len(peclet) < 3:
        return Verdict(
            UNDECIDED, None, None, None, n_seeds, len(peclet), SECONDARY_RULE, details
        )
    values = [np.asarray(coefficients[pe], dtype=np.float64) for pe in peclet]
    per_layer = np.moveaxis(np.stack(values), 0, -1)  # (P, S, L) -> (S, L, P)
    curves, inverse = per_layer.mean(axis=1), 1.0 / peclet  # (S, P), (P,)

    statistic = float(resampling.pearson(curves.mean(axis=0), inverse))
    means = resampling.hierarchical_means(list(per_layer), rng).mean(axis=1)  # (R, P)
    ends = resampling.interval(resampling.pearson(means, inverse))

    ranks, falling = rankdata(curves, axis=1), rankdata(-np.log(peclet))
    by_seed = resampling.pearson(ranks, falling)  # (S,)
    spearman = float(by_seed.mean())
    orders, complete = resampling.reorderings(n_seeds, len(peclet), rng)
    shuffled_ranks = np.take_along_axis(ranks[None], orders, axis=-1)  # (R, S, P)
    null = resampling.pearson(shuffled_ranks, falling).mean(axis=1)
    p_value = (resampling.exact_p if complete else resampling.monte_carlo_p)(
        null, spearman
    )
    shuffled = np.take_along_axis(curves[None], orders, axis=-1).mean(axis=1)
    passing = resampling.pearson(shuffled, inverse) > CORRELATION

    large = len(peclet) >= DECLARED_PECLET and n_seeds >= DECLARED_SEEDS
    within, p_within = _over_seeds(curves, inverse), t_p_value((-by_seed).tolist())
    details |= {
        "literal": statistic > CORRELATION,
        "spearman": spearman,
        "null_share_above": float(passing.mean()),
        "lambda_heat": {
            peclet_key(pe): float(value)
            for pe, value in zip(peclet, curves.mean(axis=0), strict=True)
        },
    }
    return Verdict(
        _word(ends, p_value, large),
        statistic,
        ends,
        p_value,
        n_seeds,
        len(peclet),
        SECONDARY_RULE,
        details,
        OverSeeds(_word(within, p_within, large), within, p_within, OVER_SEEDS_RULE),
    )


def _word(ends: resampling.Interval | None, p_value: float | None, large: bool) -> str:
    if ends is None:
        return UNDECIDED
    if ends[1] < CORRELATION:
        return FAILS
    falls = p_value is not None and p_value < SIGNIFICANCE
    return HOLDS if ends[0] > CORRELATION and falls and large else UNDECIDED


def _over_seeds(curves: Array, inverse: Array) -> resampling.Interval | None:
    """Of the correlation of the mean curve with 1/Pe; curves (S, P), inverse (P,)."""

    def fisher(mean: Array) -> float:
        r = float(resampling.pearson(mean, inverse))
        return float(np.arctanh(np.clip(r, -CERTAIN, CERTAIN)))

    ends = jackknife_interval(curves, fisher)
    return None if ends is None else (float(np.tanh(ends[0])), float(np.tanh(ends[1])))
