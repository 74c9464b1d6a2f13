"""What a search varies: a box of continuous and binary numbers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evophys_lib import parameters
from evophys_lib.errors import ParameterError
from evophys_lib.physics.grid import Array


@dataclass(frozen=True)
class Dimension:
    """One number of a candidate.

    Attributes:
        name: unique within its space.
        low, high: bounds; 0 and 1 for a bit.
        start: where the search begins. A bit is relaxed: it is on above 1/2, and
            the distance of its start from 1/2 sets how often it flips at first.
        spread: standard deviation of the first generation.
        binary: whether the number is a bit.
    """

    name: str
    low: float
    high: float
    start: float
    spread: float
    binary: bool = False

    def __post_init__(self) -> None:
        _require_numbers(self.name, low=self.low, high=self.high, start=self.start)
        if not self.low <= self.start <= self.high or self.low == self.high:
            raise ParameterError(
                f"start of {self.name}",
                self.start,
                f"a number from {self.low:g} to {self.high:g}, which must differ",
                "Widen the range or move the start.",
            )
        remedy = "A sixth of the range is a good value."
        parameters.positive(f"spread of {self.name}", self.spread, remedy)


def real(name: str, low: float, high: float, *, start: float) -> Dimension:
    """A continuous dimension; spread a sixth of its range (Optuna's σ₀)."""
    _require_numbers(name, low=low, high=high, start=start)
    return Dimension(name, low, high, start, (high - low) / 6)


def bit(name: str, *, on: bool) -> Dimension:
    """A bit that starts on or off.

    Start 1/4 from the threshold and spread 1/6 flip it in the first generation
    with probability Φ(−1.5) = 6.7 %: paths near the start, yet no two alike.
    """
    return Dimension(name, 0.0, 1.0, 0.75 if on else 0.25, 1 / 6, binary=True)


@dataclass(frozen=True)
class Space:
    """d dimensions in order; a candidate is a vector (d,)."""

    dimensions: tuple[Dimension, ...]

    def __len__(self) -> int:
        return len(self.dimensions)

    def column(self, attribute: str) -> Array:
        """An attribute of all dimensions, (d,) float64."""
        return np.array([getattr(d, attribute) for d in self.dimensions], dtype=float)

    @property
    def binary(self) -> NDArray[np.bool_]:
        """Which dimensions are bits, (d,) bool."""
        return np.array([d.binary for d in self.dimensions])

    @property
    def start(self) -> Array:
        """The candidate at the start, (d,), bits rounded."""
        return self.rounded(self.column("start"))

    def rounded(self, candidates: Array) -> Array:
        """Candidates (..., d) with bits as exact 0 or 1."""
        return np.where(self.binary, (candidates > 0.5).astype(float), candidates)


def _require_numbers(dimension: str, **values: object) -> None:
    for name, value in values.items():
        if not parameters.is_number(value):
            raise ParameterError(
                f"{name} of {dimension}",
                value,
                "a finite number",
                "Give the range to search, and a start in it.",
            )
