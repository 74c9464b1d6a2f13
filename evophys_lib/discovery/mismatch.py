"""How a simulation differs from the data, in one English sentence with numbers.

    decays too fast: half gone at t = 0.05 where the data need 0.12;
    moves 8 % too slowly, at 0.92 instead of 1

Each feature comes with its weight, about how much of the error it explains; the two
heaviest are told. It speaks of the first trajectory, the one that is shown.
"""

from collections.abc import Iterable

import numpy as np

from evophys_lib.discovery import rewards
from evophys_lib.discovery.simulation import Simulated
from evophys_lib.discovery.swings import of_coordinate
from evophys_lib.discovery.trajectories import Trajectories
from evophys_lib.discovery.vocabulary import Vocabulary
from evophys_lib.discovery.waves import of_field
from evophys_lib.physics.grid import Array

TOLD = 2
"""Features in one sentence."""
NOTICED = 0.02
"""Least weight of one that is worth a word."""

Feature = tuple[float, str]
"""Weight and words."""


def sentence(
    vocabulary: Vocabulary, simulated: Simulated, observed: Trajectories, steps: Array
) -> str:
    """What is wrong, or that nothing is."""
    times = observed.times
    reached = np.isfinite(steps)
    if not reached.all():
        return (
            f"cannot be followed beyond t = {simulated.end:.3g} of {times[-1]:.3g}: "
            "it runs away, is undefined or too stiff there"
        )
    if steps.mean() > rewards.SOLVED:
        return f"agrees with the data, R² = {steps.mean():.3f}"
    features: list[Feature] = []
    for v, variable in enumerate(vocabulary.variables):
        said, true = simulated.states[0, :, v], observed.states[0, :, v]
        if vocabulary.field:
            features += of_field(times, said, true)
        else:
            features += of_coordinate(variable.name, times, said[:, 0], true[:, 0])
    return _told(features) or f"has another shape, R² = {steps.mean():.2f}"


def _told(features: Iterable[Feature]) -> str:
    heavy = sorted((f for f in features if f[0] > NOTICED), reverse=True)
    return "; ".join(words for _, words in heavy[:TOLD])
