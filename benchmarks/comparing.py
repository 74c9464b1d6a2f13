"""Which engine searches best: runs of rivals at equal evaluations, paired by seed.

    r_s = ln( f_rival,s / f_default,s )      one per seed s

A rival's median ratio is exp(median_s r_s), with a bootstrap interval over seeds and
the p of Wilcoxon's signed-rank test, adjusted after Holm for the number of rivals.

The rule by which a default is chosen, declared before anything was measured: the
leader has the lowest median held-out fitness at the full budget. Those whose ratio to
the leader has an interval that reaches 1 are tied with it, and of those tied the one
that spends least time besides evaluating is taken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import wilcoxon

from evophys_lib.evaluate.resampling import RESAMPLES, Interval, interval

Array = NDArray[np.float64]


def improvements(history: Array, *, stride: int = 1) -> list[tuple[int, float]]:
    """The steps of the best-so-far curve: (evaluations spent, fitness), falling.

    history: fitness in the order of evaluation, (E,), ∞ where invalid; stride:
    evaluations that each of them cost. As much as the curve itself, in a few numbers.
    """
    best = np.minimum.accumulate(history)
    before = np.concatenate([[np.inf], best[:-1]])
    return [
        (int(stride * (i + 1)), float(best[i])) for i in np.flatnonzero(best < before)
    ]


def curve(steps: Sequence[tuple[int, float]], evaluations: int) -> Array:
    """Best fitness after 1 … E evaluations, (E,), ∞ before the first; the inverse."""
    best = np.full(evaluations, np.inf)
    for spent, fitness in steps:
        best[spent - 1 :] = fitness
    return best


def quartiles(values: Array) -> Array:
    """First quartile, median, third over the first axis, (3, …); ∞ stays ∞."""
    with np.errstate(invalid="ignore"):  # ∞ − ∞, between two that found nothing yet
        found = np.quantile(values, (0.25, 0.5, 0.75), axis=0)
    return np.where(np.isnan(found), np.inf, found)


@dataclass(frozen=True)
class Comparison:
    """A rival against the default.

    ratio: of their fitness, median over seeds; below 1 the rival is better. interval:
    of the ratio. p: two-sided, not yet adjusted.
    """

    ratio: float
    interval: Interval
    p: float


def compare(rival: Array, default: Array) -> Comparison:
    """Fitness of two engines over the same seeds, (S,) each, all positive.

    Source: Wilcoxon, Biometrics Bulletin 1, 80 (1945); zero differences are dropped.
    """
    logs = np.log(rival / default)
    rng = np.random.default_rng(0)  # equal runs give equal tables
    rows = rng.integers(len(logs), size=(RESAMPLES, len(logs)))
    low, high = interval(np.median(logs[rows], axis=1))
    differ = logs[logs != 0]
    p = float(wilcoxon(differ).pvalue) if len(differ) else 1.0
    ends = float(np.exp(low)), float(np.exp(high))
    return Comparison(float(np.exp(np.median(logs))), ends, p)


def holm(p: Mapping[str, float]) -> dict[str, float]:
    """p-values adjusted for their number, max over i ≤ j of (m − i + 1) p_(i).

    Source: Holm, Scandinavian Journal of Statistics 6, 65 (1979).
    """
    adjusted, largest = {}, 0.0
    for rank, name in enumerate(sorted(p, key=p.__getitem__)):
        largest = max(largest, min(1.0, (len(p) - rank) * p[name]))
        adjusted[name] = largest
    return adjusted


@dataclass(frozen=True)
class Choice:
    """The default by the declared rule: chosen, the leader, and all tied with it."""

    chosen: str
    leader: str
    tied: tuple[str, ...]


def choose(fitness: Mapping[str, Array], overhead: Mapping[str, float]) -> Choice:
    """The default among engines.

    fitness: held-out fitness by engine, (S,) over the same seeds; overhead: seconds
    of a search besides evaluating, by engine.
    """
    leader = min(fitness, key=lambda name: float(np.median(fitness[name])))
    tied = tuple(
        name
        for name, values in fitness.items()
        if name == leader or compare(values, fitness[leader]).interval[0] <= 1.0
    )
    return Choice(min(tied, key=overhead.__getitem__), leader, tied)
