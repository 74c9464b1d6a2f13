"""λ as a function of a number ℓ that is told, searched where several are known.

    λ(ℓ) = a + b ℓ,    min over a, b  (1/Q) Σ_q f_q(λ(ℓ_q)) / f_q(λ_0)

a and b are one number per expert and layer each; q runs over conditions, each with a
fitness f_q and an ℓ_q of its own. λ_0 is the start, the uniform soup: errors count
relative to it, as in the least squares of directions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from evophys_lib.errors import ParameterError
from evophys_lib.merge.ps import Objective
from evophys_lib.merge.space import Space, real
from evophys_lib.physics.grid import Array


@dataclass(frozen=True, eq=False)
class AffineObjective:
    """The mean of relative errors of candidates (a, b), a generation in one pass.

    Attributes:
        parts: an objective for each condition, over the same box.
        levels: ℓ of each; from −1 to 1, so that b reaches as far as a.
        reach: b lies within ± this. 1 lets an expert go from all to nothing and back.

    Raises:
        ParameterError: not one level for each objective.
    """

    parts: Sequence[Objective]
    levels: Sequence[float]
    reach: float = 1.0

    def __post_init__(self) -> None:
        if not self.parts or len(self.parts) != len(self.levels):
            raise ParameterError(
                "levels",
                list(self.levels),
                f"one number for each of {len(self.parts)} objectives, one at least",
                "Give both for every condition.",
            )

    @property
    def space(self) -> Space:
        """a, then b; the start is λ_0 at every ℓ."""
        origin = self.parts[0].space.dimensions
        slopes = (
            real(f"slope_{d.name}", -self.reach, self.reach, start=0.0) for d in origin
        )
        return Space((*origin, *slopes))

    def __call__(self, candidates: Array) -> Array:
        """The mean relative error of candidates (C, 2d), (C,); inf where not finite."""
        each = [
            part(at(candidates, level)) / unit
            for part, level, unit in zip(
                self.parts, self.levels, self._units, strict=True
            )
        ]
        return np.asarray(np.mean(each, axis=0))

    @cached_property
    def _units(self) -> list[float]:
        """f_q(λ_0)."""
        return [float(part(part.space.start[None])[0]) for part in self.parts]


def at(candidates: Array, level: float) -> Array:
    """λ(ℓ) of candidates (C, 2d): (C, d)."""
    origin, slope = np.split(candidates, 2, axis=1)
    return np.asarray(origin + level * slope)
