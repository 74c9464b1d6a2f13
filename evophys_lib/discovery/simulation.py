"""What a hypothesis says will happen, from the start that was observed.

Every simulation ends: ordinary equations after a number of evaluations, fields after a
number of steps. A state that runs away, or that cannot be followed, ends it too; what
was not reached is NaN.
"""

from dataclasses import dataclass

import numpy as np

from evophys_lib.discovery.fields import solve_field
from evophys_lib.discovery.hypothesis import Hypothesis
from evophys_lib.discovery.ordinary import solve_ordinary
from evophys_lib.discovery.trajectories import Trajectories
from evophys_lib.physics.grid import Array


@dataclass(frozen=True)
class Simulated:
    """states (B, T, V, N), NaN after the end; end: the last time that was reached."""

    states: Array
    end: float


def simulate(hypothesis: Hypothesis, observed: Trajectories) -> Simulated:
    """All trajectories from the first observed states, at the observed times."""
    solve = solve_field if hypothesis.vocabulary.field else solve_ordinary
    with np.errstate(all="ignore"):  # what overflows is told as not reached
        states = solve(hypothesis, observed)
        inside = np.abs(states - observed.states[:, :1]) <= observed.reach()
    good = np.logical_and.accumulate(inside.all(axis=(0, 2, 3)))  # (T,)
    states[:, ~good] = np.nan
    return Simulated(states, float(observed.times[good.sum() - 1]))
