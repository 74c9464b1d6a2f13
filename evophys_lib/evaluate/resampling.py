"""Bootstrap and permutation tests, the little that the verdicts need of them.

Every function takes its randomness as a `numpy.random.Generator`.
"""

from collections.abc import Sequence
from itertools import permutations, product
from math import factorial

import numpy as np
from numpy.typing import NDArray

from evophys_lib.physics.grid import Array

LEVEL = 0.95  # of every interval
RESAMPLES = 4000  # p-values are resolved to 1/4001, interval ends to ~1 % of a σ
TIE = 1e-12  # equal statistics differ by rounding; a tie counts against the claim

Interval = tuple[float, float]


def hierarchical_means(
    groups: Sequence[Array], rng: np.random.Generator, resamples: int = RESAMPLES
) -> Array:
    """Means over units in resampled groups: draw groups, then units in each.

    groups: one array (n_g, C) per group (a training seed), a row per unit (a test
    trajectory, a layer, a Péclet number), a column per paired quantity. Rows are
    drawn whole, so the pairing of columns survives. Returns (R, G, C): the column
    means of the G groups drawn in each of the R resamples. With one group only
    the units vary. Source: Davison & Hinkley, Bootstrap Methods (1997), 3.8.
    """
    count = len(groups)
    drawn = rng.integers(count, size=(resamples, count))  # (R, G)
    means = np.empty((resamples, count, groups[0].shape[1]))
    for index, group in enumerate(groups):
        here = drawn == index
        rows = rng.integers(len(group), size=(here.sum(), len(group)))
        means[here] = group[rows].mean(axis=1)  # (draws, n_g, C) -> (draws, C)
    return means


def interval(samples: Array) -> Interval:
    """Percentile interval at `LEVEL` of (R,) resampled statistics.

    Ends are samples themselves (no interpolation), so ±∞ may be an end.
    """
    tail = (1.0 - LEVEL) / 2.0
    low, high = np.quantile(samples, (tail, 1.0 - tail), method="inverted_cdf")
    return float(low), float(high)


def monte_carlo_p(null: Array, observed: float) -> float:
    """One-sided p = (1 + #{null ≥ observed}) / (1 + R): valid at any R.

    Source: Phipson & Smyth, Stat. Appl. Genet. Mol. Biol. 9, 39 (2010).
    """
    return float((1 + np.sum(null >= observed - TIE)) / (1 + len(null)))


def exact_p(null: Array, observed: float) -> float:
    """One-sided p = #{null ≥ observed} / R over *all* R arrangements."""
    return float(np.mean(null >= observed - TIE))


def reorderings(
    rows: int, length: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], bool]:
    """Orders of `length` items, independently in each of `rows` rows.

    Returns (R, rows, length) indices and whether they are all there are: all are
    listed while they are no more than `RESAMPLES`, else they are drawn.
    """
    if factorial(length) ** rows <= RESAMPLES:
        single = list(permutations(range(length)))
        return np.array(list(product(single, repeat=rows))), True
    return rng.random((RESAMPLES, rows, length)).argsort(axis=-1), False


def sign_flip_p(values: Array, rng: np.random.Generator) -> float:
    """One-sided p of mean(values) > 0 if each value's sign were a coin toss.

    values: (n,). Exact while 2ⁿ ≤ `RESAMPLES`; its least value is then 2⁻ⁿ, so that
    four units can never reach 0.05.
    """
    n = len(values)
    if 2**n <= RESAMPLES:
        signs = np.array(list(product((1.0, -1.0), repeat=n)))  # (2ⁿ, n)
        return exact_p(signs @ values / n, float(values.mean()))
    signs = rng.choice((1.0, -1.0), size=(RESAMPLES, n))
    return monte_carlo_p(signs @ values / n, float(values.mean()))


def pearson(curves: Array, x: Array) -> Array:
    """Pearson correlation of curves (..., P) with x (P,); 0 for a constant curve.

    A curve that does not move follows nothing, which is what 0 says here.
    """
    a = curves - curves.mean(axis=-1, keepdims=True)
    b = x - x.mean()
    size = np.linalg.norm(a, axis=-1)
    moves = size > TIE * np.abs(curves).max(axis=-1)
    scale = np.where(moves, size, 1.0) * np.linalg.norm(b)
    return np.where(moves, a @ b / scale, 0.0)
