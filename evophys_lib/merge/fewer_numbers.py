"""Boxes of fewer numbers than one λ per expert and layer.

    one per expert:  λ_{e,l} = λ_e
    the line:        λ_{1,l} = λ,  λ_{2,l} = 1 − λ

They say what the many numbers of the search are good for. Each is a `Coefficients`,
so recipes, engines and budgets apply to it as to the full box.

Source: one λ per expert is task arithmetic as published, Ilharco et al., arXiv
2212.04089; the line between two models, Wortsman et al., arXiv 2109.01903 (WiSE-FT).
"""

from dataclasses import dataclass

import numpy as np

from evophys_lib.errors import ParameterError
from evophys_lib.merge.ps import Coefficients, N, Numbers
from evophys_lib.merge.space import Space, real
from evophys_lib.physics.grid import Array


@dataclass(frozen=True)
class OnePerExpert(Coefficients):
    """λ_{e,l} = λ_e: one number per expert, then the densities if searched."""

    def space(self, names: tuple[str, ...], layers: int) -> Space:
        """λ of every expert, named as that of layer 0, then the densities."""
        return super().space(names, 1)

    def decode(self, candidates: N, experts: int, layers: int) -> tuple[N, Numbers]:
        """λ (C, E, n_layers), equal in all layers, and density (C, E)."""
        lam, density = super().decode(candidates, experts, 1)
        return lam[:, :, [0] * layers], density


@dataclass(frozen=True)
class Line(Coefficients):
    """θ = θ_0 + λ τ_1 + (1 − λ) τ_2: from the second expert (0) to the first (1)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.lowest_density is not None:
            raise ParameterError(
                "lowest_density",
                self.lowest_density,
                "None: the line has one number",
                "Fix `density` instead.",
            )

    def space(self, names: tuple[str, ...], layers: int) -> Space:
        """λ alone; ParameterError unless there are two experts."""
        if len(names) != 2:
            raise ParameterError(
                "names", names, "two experts", "Use OnePerExpert for more."
            )
        return Space((real("lambda", self.low, self.high, start=0.5),))

    def decode(self, candidates: N, experts: int, layers: int) -> tuple[N, Numbers]:
        """λ (C, 2, n_layers) and density (C, 2)."""
        both = candidates[:, [0, 0]]  # a copy
        both[:, 1] = 1 - both[:, 1]
        density = np.full((len(both), experts), self.density)
        return both[:, :, None][:, :, [0] * layers], density


class Grid:
    """An engine for a space of one number: evenly spaced values, ends included.

    The first candidate is the start, as every engine's.

    Args:
        space: of one number.
        popsize: P.
        seed: without effect.
        points: evaluations in all, G · P; after them the grid begins again.
    """

    def __init__(self, space: Space, popsize: int, seed: int, *, points: int) -> None:
        if len(space) != 1:
            raise ParameterError(
                "space", len(space), "one number", "Use Sobol for several."
            )
        (dimension,) = space.dimensions
        even = np.linspace(dimension.low, dimension.high, points - 1)
        self._values = np.concatenate([[dimension.start], even])
        self._popsize, self._next = popsize, 0

    def ask(self) -> Array:
        """The next generation, (P, 1)."""
        taken = np.arange(self._next, self._next + self._popsize) % len(self._values)
        self._next += self._popsize
        return self._values[taken][:, None]

    def tell(self, fitness: Array) -> None:
        """Nothing is learned."""
