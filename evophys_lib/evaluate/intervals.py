"""Student's interval of a mean, for a handful of seeds."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from scipy import stats

from evophys_lib.evaluate.resampling import LEVEL


def t_p_value(values: Sequence[float]) -> float | None:
    """One-sided p of a mean below 0, P(T_{n−1} ≤ √n x̄/s); None where there is no s."""
    if len(set(values)) < 2:
        return None
    found = stats.ttest_1samp(np.asarray(values), 0.0, alternative="less")
    return float(found.pvalue)


def t_interval(values: Sequence[float]) -> tuple[float, float | None]:
    """x̄ and t_{(1 + level)/2, n − 1} s/√n, the half-width of the interval about it.

    values: n independent measurements, s² their unbiased variance; level 0.95. None
    in place of a half-width that one measurement does not give.
    Source: Student 1908 (Biometrika 6, 1–25), section 5.
    """
    array = np.asarray(values, dtype=np.float64)
    mean, count = float(array.mean()), len(array)
    if count < 2:
        return mean, None
    quantile = stats.t.ppf((1 + LEVEL) / 2, count - 1)
    return mean, float(quantile * array.std(ddof=1) / sqrt(count))
