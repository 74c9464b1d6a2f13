"""What is observed of a system: states at equal times, of one or more trajectories."""

from dataclasses import dataclass

import numpy as np

from evophys_lib.physics.grid import Array

RUNAWAY = 100.0
"""Who moves further than this many widths of the data has run away."""
TINY = 1e-9
"""Least width, relative to the largest state: what stands still has some too."""


@dataclass(frozen=True)
class Trajectories:
    """Observed states of V variables.

    times: t_j, (T,), from 0 and equally spaced. states: (B, T, V, N), N = 1 for
    coordinates, N cells of a periodic line of length 1 for fields. rates: dq/dt at
    t = 0, (B, V, N); zero for fields, whose equations are of first order.
    """

    times: Array
    states: Array
    rates: Array

    @property
    def interval(self) -> float:
        """Δ, the time between two states."""
        return float(self.times[1] - self.times[0])

    def take(self, rows: slice) -> "Trajectories":
        """Some of the trajectories."""
        return Trajectories(self.times, self.states[rows], self.rates[rows])

    def width(self) -> Array:
        """Largest less smallest value of each variable, (B, 1, V, 1), above 0."""
        found: Array = np.ptp(self.states, axis=(1, 3), keepdims=True)
        return np.maximum(found, TINY * max(float(np.abs(self.states).max()), TINY))

    def reach(self) -> Array:
        """How far from its start a variable may be, (B, 1, V, 1)."""
        return RUNAWAY * self.width()


def of_fields(times: Array, states: Array) -> Trajectories:
    """Trajectories of fields, (B, T, V, N)."""
    return Trajectories(times, states, np.zeros_like(states[:, 0]))
