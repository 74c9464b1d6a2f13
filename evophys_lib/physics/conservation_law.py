"""What an equation of the book is: a conservation law on the unit circle.

    ∂u/∂t + ∂f(u)/∂x = α ∂²u/∂x²

One is a frozen dataclass with a flux, a diffusion and a draw of its parameters. Without
a `solve` of its own it is integrated by ETDRK4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evophys_lib.physics.grid import GRID, Array, frame_times
from evophys_lib.physics.initial_conditions import InitialConditions
from evophys_lib.physics.reference import reference
from evophys_lib.physics.solvers import fourier

Parameters = dict[str, Array]
"""Physical parameters by name, one value per trajectory, shape (B,) each."""


@dataclass(frozen=True)
class Equation:
    """∂u/∂t + ∂f(u)/∂x = α ∂²u/∂x² on x ∈ [0, 1), periodic.

    Attributes:
        name: of the file, the command-line argument and the manifest.
        physical: names of its parameters, which `draw` gives values.
        on_peclet_path: whether its parameters follow from a Péclet number.
        reference_substeps: ETDRK4 steps per frame for an error far below 1e-8; 10
            give 2e-10 in the shocks of Burgers at ν = 0.001.
    """

    name: str
    physical: ClassVar[tuple[str, ...]] = ()
    on_peclet_path: ClassVar[bool] = False
    reference_substeps: ClassVar[int] = 10

    def draw(
        self,
        generator: np.random.Generator,
        trajectories: int,
        path: Mapping[str, float],
    ) -> Parameters:
        """Physical parameters of the trajectories; `path` holds U and α if on it."""
        raise NotImplementedError

    def diffusion(self, parameters: Parameters) -> Array:
        """D, shape (B,)."""
        raise NotImplementedError

    def flux(self, u: Array, parameters: Parameters) -> Array:
        """f(u) at points u (B, P)."""
        raise NotImplementedError

    def boost(
        self, initial: InitialConditions, parameters: Parameters, speed: float
    ) -> "Boosted":
        """The same flow seen by an observer who moves with −c: shifted by +ct.

        Args:
            initial: u₀.
            parameters: physical parameters.
            speed: c.

        Returns:
            The equation, initial conditions and parameters of u(x − ct, t), up to the
            difference of the two means.
        """
        raise NotImplementedError

    def solve(
        self,
        initial: InitialConditions,
        parameters: Parameters,
        *,
        cells: int = GRID,
        refinement: int = 1,
    ) -> Array:
        """Cell averages at `frame_times()`, shape (B, T, N), float64.

        Args:
            initial: u₀.
            parameters: as `draw` returns them.
            cells: N, a power of two.
            refinement: multiplies whatever the solver discretises with.
        """
        return self.reference(
            initial,
            parameters,
            cells=cells,
            substeps=refinement * self.reference_substeps,
        )

    def reference(
        self,
        initial: InitialConditions,
        parameters: Parameters,
        *,
        cells: int = GRID,
        points: int = 4096,
        substeps: int | None = None,
    ) -> Array:
        """The same by ETDRK4, independent of `solve`; see `reference.reference`."""
        return reference(
            initial,
            flux=lambda u: self.flux(u, parameters),
            diffusion=self.diffusion(parameters),
            cells=cells,
            points=points,
            substeps=substeps or self.reference_substeps,
        )


Boosted = tuple[Equation, InitialConditions, Parameters]
"""What `Equation.boost` returns."""


@dataclass(frozen=True)
class Linear(Equation):
    """An equation whose Fourier modes evolve on their own: solved exactly."""

    reference_substeps = 6  # error 8e-10 at α = 0.5, where decay is fastest

    def solve(
        self,
        initial: InitialConditions,
        parameters: Parameters,
        *,
        cells: int = GRID,
        refinement: int = 1,
    ) -> Array:
        """Exact Fourier propagation; nothing is discretised, so nothing refined."""
        return fourier.solve(
            mean=initial.mean,
            modes=initial.modes(),
            symbol=self.symbol(initial.wavenumbers, parameters),
            times=frame_times(),
            cells=cells,
        )

    def symbol(
        self, wavenumbers: Array, parameters: Parameters
    ) -> NDArray[np.complex128]:
        """ω_n with ∂û_n/∂t = ω_n û_n, shape (B, K)."""
        raise NotImplementedError
