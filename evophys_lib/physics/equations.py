"""The equations, the ranges of their parameters, and the Péclet path.

A new one is a class of its own, as `conservation_law` says, added to `EQUATIONS`.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from evophys_lib import parameters as checked
from evophys_lib.errors import ParameterError
from evophys_lib.physics.conservation_law import Boosted, Equation, Linear, Parameters
from evophys_lib.physics.grid import GRID, Array, frame_times
from evophys_lib.physics.initial_conditions import InitialConditions
from evophys_lib.physics.solvers import cole_hopf

DIFFUSIVITY_RANGE = (0.01, 0.5)
VISCOSITY_RANGE = (0.001, 0.1)

PECLET_SCALE = 0.1
"""c of the Péclet path; keeps U ≤ 1, inside the means on which experts train."""
PECLET_SCALE_RANGE = (0.1, 0.158)
"""c for which α stays inside `DIFFUSIVITY_RANGE` at every Pe in [0.1, 100]."""

VISCOSITY_GROUP = 16
"""Trajectories that share a viscosity: their Cole–Hopf is one matrix product."""


def peclet_path(peclet: float, *, scale: float = PECLET_SCALE) -> tuple[float, float]:
    """U = U₁ √Pe, α = U₁ L/√Pe, so that Pe = UL/α; L = 1.

    Both change along the path, because U = L = 1 would need α = 10 at Pe = 0.1, far
    outside what the heat expert has seen.

    Args:
        peclet: Pe in [0.05, 200].
        scale: c in [0.1, 0.158], a speed; 0.1 by default, since U then stays ≤ 1.

    Returns:
        (advection_speed U, diffusivity α).

    Raises:
        ParameterError: Pe or c outside its range.
    """
    root = math.sqrt(checked.peclet(peclet))
    low, high = PECLET_SCALE_RANGE
    if not (checked.is_number(scale) and low <= scale <= high):
        raise ParameterError(
            "scale",
            scale,
            f"a number from {low:g} to {high:g}, where α stays in [0.01, 0.5]",
            f"Use the default, {PECLET_SCALE:g}.",
        )
    return scale * root, scale / root


def log_uniform(
    generator: np.random.Generator, low: float, high: float, count: int
) -> Array:
    """`count` log-uniform values in [low, high], one per stratum, shuffled: (count,).

    Stratified, because a plain draw of few values leaves decades uncovered.
    """
    position = (generator.permutation(count) + generator.random(count)) / count
    values: Array = low * (high / low) ** position
    return values


@dataclass(frozen=True)
class Heat(Linear):
    """∂u/∂t = α ∂²u/∂x²,   ω_n = −α(2πn)².

    Every mode decays in place, the finer the faster; the mean stays.
    `diffusivity` α ∈ [0.01, 0.5], log-uniform: mode 1 keeps 92 % … 2 % until t = 0.2.
    """

    name: str = "heat"
    physical = ("diffusivity",)

    def draw(
        self,
        generator: np.random.Generator,
        trajectories: int,
        path: Mapping[str, float],
    ) -> Parameters:
        return {"diffusivity": log_uniform(generator, *DIFFUSIVITY_RANGE, trajectories)}

    def diffusion(self, parameters: Parameters) -> Array:
        return parameters["diffusivity"]

    def flux(self, u: Array, parameters: Parameters) -> Array:
        return np.zeros_like(u)

    def boost(
        self, initial: InitialConditions, parameters: Parameters, speed: float
    ) -> Boosted:
        drift = np.full(len(initial), speed)
        return AdvectionDiffusion(), initial, parameters | {"advection_speed": drift}

    def symbol(
        self, wavenumbers: Array, parameters: Parameters
    ) -> NDArray[np.complex128]:
        wave = 2.0 * np.pi * wavenumbers
        rate = -parameters["diffusivity"][:, None] * wave**2
        return rate.astype(np.complex128)


@dataclass(frozen=True)
class Burgers(Equation):
    """∂u/∂t + u ∂u/∂x = ν ∂²u/∂x².

    Crests overtake troughs and steepen into shocks of width ~4ν/Δu, which merge.
    `viscosity` ν ∈ [0.001, 0.1], log-uniform, one value per `VISCOSITY_GROUP`
    trajectories, dealt out in turn so that any prefix covers the range.
    About a mean, u = U + v, it is v_t + U v_x = ν v_xx − v v_x: the carried mean is
    the bridge to advection–diffusion.
    """

    name: str = "burgers"
    physical = ("viscosity",)

    def draw(
        self,
        generator: np.random.Generator,
        trajectories: int,
        path: Mapping[str, float],
    ) -> Parameters:
        groups = -(-trajectories // VISCOSITY_GROUP)
        values = log_uniform(generator, *VISCOSITY_RANGE, groups)
        return {"viscosity": np.resize(values, trajectories)}

    def diffusion(self, parameters: Parameters) -> Array:
        return parameters["viscosity"]

    def flux(self, u: Array, parameters: Parameters) -> Array:
        return 0.5 * u * u

    def boost(
        self, initial: InitialConditions, parameters: Parameters, speed: float
    ) -> Boosted:
        return self, replace(initial, mean=initial.mean + speed), parameters

    def solve(
        self,
        initial: InitialConditions,
        parameters: Parameters,
        *,
        cells: int = GRID,
        refinement: int = 1,
    ) -> Array:
        """Cole–Hopf by quadrature; `refinement` multiplies the nodes."""
        return cole_hopf.solve(
            mean=initial.mean,
            amplitude=initial.amplitude,
            phase=initial.phase,
            viscosity=parameters["viscosity"],
            times=frame_times(),
            cells=cells,
            refinement=refinement,
        )


@dataclass(frozen=True)
class AdvectionDiffusion(Linear):
    """∂u/∂t + U ∂u/∂x = α ∂²u/∂x²,   ω_n = −α(2πn)² − 2πinU.

    The profile moves with speed U while it diffuses; Pe = UL/α weighs one against
    the other. `advection_speed` U and `diffusivity` α lie on the Péclet path, equal
    for all trajectories. Never trained on: this is the target of the merge.
    """

    name: str = "advection-diffusion"
    physical = ("advection_speed", "diffusivity")
    on_peclet_path = True

    def draw(
        self,
        generator: np.random.Generator,
        trajectories: int,
        path: Mapping[str, float],
    ) -> Parameters:
        return {key: np.full(trajectories, value) for key, value in path.items()}

    def diffusion(self, parameters: Parameters) -> Array:
        return parameters["diffusivity"]

    def flux(self, u: Array, parameters: Parameters) -> Array:
        return parameters["advection_speed"][:, None] * u

    def boost(
        self, initial: InitialConditions, parameters: Parameters, speed: float
    ) -> Boosted:
        faster = parameters["advection_speed"] + speed
        return self, initial, parameters | {"advection_speed": faster}

    def symbol(
        self, wavenumbers: Array, parameters: Parameters
    ) -> NDArray[np.complex128]:
        wave = 2.0 * np.pi * wavenumbers
        diffusion = -parameters["diffusivity"][:, None] * wave**2
        return diffusion - 1j * parameters["advection_speed"][:, None] * wave


EQUATIONS: dict[str, Equation] = {
    equation.name: equation for equation in (Heat(), Burgers(), AdvectionDiffusion())
}


def equation_named(name: object) -> Equation:
    """The equation of that name, or ParameterError."""
    if isinstance(name, str) and name in EQUATIONS:
        return EQUATIONS[name]
    raise ParameterError(
        "equation", name, f"one of {', '.join(EQUATIONS)}", "Check the spelling."
    )
