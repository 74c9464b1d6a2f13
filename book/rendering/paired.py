"""Two ways of doing a thing, compared seed by seed."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evophys_lib.evaluate.intervals import t_interval, t_p_value


@dataclass(frozen=True)
class Ratio:
    """How many times larger: the geometric mean over seeds and its interval.

    low, high: ends of the 95 % interval, p: two-sided, of no difference; None where
    one seed gives none.
    """

    centre: float
    low: float | None = None
    high: float | None = None
    p: float | None = field(default=None, compare=False)

    @property
    def decided(self) -> bool:
        """Whether the interval leaves out 1, no difference."""
        if self.low is None or self.high is None:
            return False
        return not self.low <= 1.0 <= self.high

    @property
    def lower(self) -> bool:
        """Whether the interval lies below 1."""
        return self.decided and self.centre < 1

    @property
    def higher(self) -> bool:
        """Whether it lies above 1."""
        return self.decided and self.centre > 1


def by_seed(
    rows: Iterable[Mapping[str, Any]], key: str, **where: object
) -> dict[int, float]:
    """A number by seed, of the rows that have these values under these names."""
    return {row["seed"]: row[key] for row in rows if where.items() <= row.items()}


def lowest(
    at: Mapping[str, Mapping[int, float]], names: Iterable[str]
) -> dict[int, float]:
    """The lowest error of some models, seed by seed, where all are there."""
    some = [at.get(name, {}) for name in names]
    seeds = set.intersection(*map(set, some))
    return {seed: min(errors[seed] for errors in some) for seed in seeds}


def ratio(values: Mapping[int, float], reference: Mapping[int, float]) -> Ratio | None:
    """exp of the mean of ln(value/reference) over common seeds, with its t-interval.

    Errors differ by factors, so logarithms are nearer to normal; pairing by seed
    takes out what both have in common, such as their data. values, reference:
    positive numbers by seed. None if no seed has both.
    """
    common = sorted(values.keys() & reference.keys())
    if not common:
        return None
    logs = [math.log(values[seed] / reference[seed]) for seed in common]
    mean, half = t_interval(logs)
    if half is None:
        return Ratio(math.exp(mean))
    ends = (math.exp(x) for x in (mean, mean - half, mean + half))
    return Ratio(*ends, _p_value(logs))


def _p_value(logs: Sequence[float]) -> float:
    """Of Student's t; 0 or 1 where all are equal."""
    below = t_p_value(logs)
    if below is None:
        return float(logs[0] == 0)
    return 2 * min(below, 1 - below)
