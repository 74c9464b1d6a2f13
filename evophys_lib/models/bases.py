"""Functions of Pe, of which the coefficients of one merge for all Pe are combinations.

    c(Pe) = Σ_p x_p φ_p(Pe),   ℓ = log Pe, −1 and 1 at the ends of the headline's

    powers   1, ℓ, ℓ², …
    hats     1 at one of the headline's numbers and 0 at the others, linear in ℓ between
             them and constant beyond: c is a linear spline through what each would have
    speeds   1, U, α on the path of `physics.equations`, −1 and 1 at the ends

`LINEAR` is what the book declared; the others are what else could have been.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evophys_lib.physics.equations import peclet_path
from evophys_lib.study.study import Study

Values = tuple[float, ...]


@dataclass(frozen=True)
class Basis:
    """name: in files' names, empty for what was declared; at: φ of a study and Pe."""

    name: str
    at: Callable[[Study, float], Values]


def powers(study: Study, peclet: float, count: int) -> Values:
    """From the zeroth."""
    ends = np.log([min(study.profile.peclets), max(study.profile.peclets)])
    place = _place(np.log(peclet), ends)
    return tuple(place**power for power in range(count))


def hats(study: Study, peclet: float) -> Values:
    """As many as there are Péclet numbers in the headline, in its order."""
    knots = np.log(sorted(study.profile.peclets))
    each = np.eye(len(knots))
    return tuple(float(np.interp(np.log(peclet), knots, one)) for one in each)


def speeds(study: Study, peclet: float) -> Values:
    """Neither is linear in ℓ; their logarithms are."""
    ends = [min(study.profile.peclets), max(study.profile.peclets)]
    own, *of_ends = np.array([peclet_path(pe) for pe in (peclet, *ends)])  # (2,) each
    places = map(_place, own, np.stack(of_ends, axis=1))
    return (1.0, *places)


def _place(value: float, ends: np.ndarray) -> float:
    """−1 at the first end and 1 at the second; 0 where they are one."""
    low, high = ends
    return float(2 * (value - low) / (high - low) - 1) if high != low else 0.0


LINEAR = Basis("", lambda study, peclet: powers(study, peclet, 2))
CONSTANT = Basis("constant", lambda study, peclet: powers(study, peclet, 1))
QUADRATIC = Basis("quadratic", lambda study, peclet: powers(study, peclet, 3))
SPLINE = Basis("spline", hats)
SPEEDS = Basis("speeds", speeds)
