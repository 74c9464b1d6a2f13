"""The book's own systems, tier 4: fields of its equations, solved exactly.

Dimensionless, on a periodic line of length 1, as everywhere in `physics`. What a merged
model says is a system, too: see `rollouts`.
"""

from dataclasses import dataclass

import numpy as np

from evophys_lib.discovery.hypothesis import Hypothesis, parse
from evophys_lib.discovery.system import TRAJECTORIES, System
from evophys_lib.discovery.trajectories import Trajectories, of_fields
from evophys_lib.discovery.vocabulary import Variable, Vocabulary
from evophys_lib.physics.conservation_law import Parameters
from evophys_lib.physics.equations import (
    equation_named,
    log_uniform,
    peclet_path,
)
from evophys_lib.physics.grid import frame_times
from evophys_lib.physics.initial_conditions import InitialConditions, sample

FIELD = Vocabulary((Variable("u"),), field=True)
STRIDE = 5
"""Frames between states, 0.01: a predictor step of the world model."""
LEAST_DIFFUSION = 0.02
"""α and ν from here on: thinner shocks would outrun the judge's 256 points."""
MOST_DIFFUSION = 0.1


@dataclass(frozen=True, kw_only=True)
class Flow(System):
    """Trajectories of an equation of `physics`, with coefficients drawn from a seed.

    equation: its name there. law: as a hypothesis. names: coefficients of `law`, by
    those of the equation.
    """

    equation: str
    law: str
    names: dict[str, str]

    def observe(self, seed: int) -> Trajectories:
        initial, parameters = self._drawn(seed)
        field = equation_named(self.equation).solve(initial, parameters)
        states = field[:, ::STRIDE, None]  # (B, T, 1, N)
        return of_fields(frame_times()[::STRIDE], states)

    def truth(self, seed: int) -> Hypothesis:
        _, parameters = self._drawn(seed)
        values = {self.names[k]: float(v[0]) for k, v in parameters.items()}
        return parse(self.law, values, self.vocabulary)

    def _drawn(self, seed: int) -> tuple[InitialConditions, Parameters]:
        generator = self.random(seed)
        law = equation_named(self.equation)
        initial = sample(generator, trajectories=TRAJECTORIES)
        if law.on_peclet_path:
            peclet = float(log_uniform(generator, 1.0, 25.0, 1)[0])
            path = dict(zip(law.physical, peclet_path(peclet), strict=True))
            return initial, law.draw(generator, TRAJECTORIES, path)
        value = log_uniform(generator, LEAST_DIFFUSION, MOST_DIFFUSION, 1)
        (name,) = law.physical
        return initial, {name: np.repeat(value, TRAJECTORIES)}


FLOWS = (
    Flow(
        "heat", 4, "A field on a ring spreads.", FIELD,
        equation="heat", law="u_t = alpha*u_xx", names={"diffusivity": "alpha"},
    ),
    Flow(
        "burgers", 4, "A field on a ring carries itself along, and spreads.", FIELD,
        equation="burgers", law="u_t = -u*u_x + nu*u_xx", names={"viscosity": "nu"},
    ),
    Flow(
        "advection_diffusion", 4, "A field on a ring is carried along, and spreads.",
        FIELD, equation="advection-diffusion", law="u_t = -U*u_x + alpha*u_xx",
        names={"advection_speed": "U", "diffusivity": "alpha"},
    ),
)  # fmt: skip
"""Heat, Burgers, advection–diffusion."""
