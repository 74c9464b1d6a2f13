"""A third family, as an extension: named in $EVOPHYS_EXTENSIONS it is known everywhere,
in the process that simulates, too."""

from dataclasses import dataclass

import numpy as np

from evophys_lib.physics.conservation_law import Linear
from evophys_lib.physics.equations import EQUATIONS, log_uniform


@dataclass(frozen=True)
class Drift(Linear):
    """∂u/∂t + c ∂u/∂x = α ∂²u/∂x²: carried by a speed of its own, whatever its mean."""

    name: str = "drift"
    physical = ("diffusivity", "advection_speed")

    def draw(self, generator, trajectories, path):
        return {
            "diffusivity": log_uniform(generator, 0.01, 0.1, trajectories),
            "advection_speed": generator.uniform(-1.0, 1.0, trajectories),
        }

    def diffusion(self, parameters):
        return parameters["diffusivity"]

    def flux(self, u, parameters):
        return parameters["advection_speed"][:, None] * u

    def boost(self, initial, parameters, speed):
        faster = parameters["advection_speed"] + speed
        return self, initial, parameters | {"advection_speed": faster}

    def symbol(self, wavenumbers, parameters):
        wave = 2.0 * np.pi * wavenumbers
        decay = -parameters["diffusivity"][:, None] * wave**2
        return decay - 1j * parameters["advection_speed"][:, None] * wave


EQUATIONS["drift"] = Drift()
