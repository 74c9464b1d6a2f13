"""Systems of mechanics, tiers 1 to 3, in SI units.

Lengths in metres, angles in radians, times in seconds, for unit mass.
"""

import numpy as np

from evophys_lib.discovery.system import TRAJECTORIES, Draw, Mechanical
from evophys_lib.discovery.units import PURE, unit
from evophys_lib.discovery.vocabulary import Variable, Vocabulary
from evophys_lib.physics.grid import Array

GRAVITY = 9.81

HEIGHT = Vocabulary((Variable("y", unit("m")),))
ANGLE = Vocabulary((Variable("theta", PURE, "omega"),))
LENGTH = Vocabulary((Variable("x", unit("m")),))
PLANE = Vocabulary((Variable("x", unit("m")), Variable("y", unit("m"))))

Range = tuple[float, float]


def uniformly(coefficients: dict[str, Range], *starts: tuple[Range, Range]) -> Draw:
    """Draw every coefficient, and of each variable a start and a rate, from a range.

    Starts are drawn for each trajectory, coefficients once.
    """

    def draw(generator: np.random.Generator) -> tuple[dict[str, float], list[Array]]:
        drawn = {name: float(generator.uniform(*r)) for name, r in coefficients.items()}
        return drawn, [
            np.stack([generator.uniform(*r, TRAJECTORIES) for r in pair])
            for pair in starts
        ]

    return draw


_G = {"g": (GRAVITY, GRAVITY)}
_FALL: tuple[Range, Range] = ((0.0, 50.0), (-2.0, 0.0))
_SWING: tuple[Range, Range] = ((0.8, 2.2), (-0.5, 0.5))
_PULLED: tuple[Range, Range] = ((0.5, 1.5), (-0.5, 0.5))
_THROWN: tuple[tuple[Range, Range], ...] = (
    ((0.0, 1.0), (4.0, 12.0)),
    ((0.0, 1.0), (6.0, 14.0)),
)
_FLYING: tuple[tuple[Range, Range], ...] = (
    ((0.0, 1.0), (1.0, 2.0)),
    ((0.0, 1.0), (-1.0, 1.0)),
)

MECHANICS = (
    Mechanical(
        "free_fall", 1, "A stone is dropped.", HEIGHT,
        law="d2y/dt2 = -g", duration=2.0, draw=uniformly(_G, _FALL),
    ),
    Mechanical(
        "fall_with_drag", 1, "A light ball is dropped in air.", HEIGHT,
        law="d2y/dt2 = -g + k*vy**2", duration=3.0,
        draw=uniformly(_G | {"k": (0.03, 0.1)}, _FALL),
    ),
    Mechanical(
        "pendulum", 1, "A weight swings far on a rod.", ANGLE,
        law="d2theta/dt2 = -w2*sin(theta)", duration=6.0,
        draw=uniformly({"w2": (2.0, 12.0)}, _SWING),
    ),
    Mechanical(
        "damped_pendulum", 2, "A weight swings on a rod, and tires.", ANGLE,
        law="d2theta/dt2 = -b*omega - w2*sin(theta)", duration=6.0,
        draw=uniformly({"b": (0.1, 0.5), "w2": (2.0, 12.0)}, _SWING),
    ),
    Mechanical(
        "spring", 2, "A weight hangs on a spring; x is zero at rest.", LENGTH,
        law="d2x/dt2 = -k*x", duration=6.0,
        draw=uniformly({"k": (2.0, 12.0)}, _PULLED),
    ),
    Mechanical(
        "damped_spring", 2, "A weight hangs on a spring, in oil.", LENGTH,
        law="d2x/dt2 = -k*x - c*vx", duration=6.0,
        draw=uniformly({"k": (2.0, 12.0), "c": (0.2, 0.8)}, _PULLED),
    ),
    Mechanical(
        "projectile", 3, "A ball is thrown in air; y points up.", PLANE,
        law="d2x/dt2 = -k*vx*sqrt(vx**2 + vy**2);"
        "d2y/dt2 = -g - k*vy*sqrt(vx**2 + vy**2)",
        duration=2.0,
        draw=uniformly(_G | {"k": (0.03, 0.1)}, *_THROWN),
    ),
    Mechanical(
        "charge", 3, "A charge flies across a magnetic field.", PLANE, held_out=True,
        law="d2x/dt2 = w*vy; d2y/dt2 = -w*vx", duration=5.0,
        draw=uniformly({"w": (1.0, 4.0)}, *_FLYING),
    ),
)  # fmt: skip
"""From free fall to a charge in a magnetic field."""
