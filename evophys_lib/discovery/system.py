"""What a system is: something that is observed, with a law to be found.

A mechanical one draws coefficients and starts from a seed and solves its own law, which
is a hypothesis like any other, a thousand times more exactly than the judge does.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evophys_lib import parameters as checked
from evophys_lib.discovery.hypothesis import Hypothesis, parse
from evophys_lib.discovery.ordinary import solve_ordinary
from evophys_lib.discovery.trajectories import Trajectories
from evophys_lib.discovery.vocabulary import Vocabulary
from evophys_lib.physics.grid import Array

TRAJECTORIES = 2
"""Of each episode; the first is shown, all are compared with."""
STATES = 100
EXACT = 1e-10
"""Tolerance of the data, in SI units, in which all of them are of order 1."""

Draw = Callable[[np.random.Generator], tuple[dict[str, float], list[Array]]]
"""Coefficients of the law, and for each variable its starts and rates, (2, B)."""


@dataclass(frozen=True)
class System:
    """Something with a law to be found.

    name, tier: 1 to 3 as it gets harder, 4 the book's own. hint: one sentence.
    vocabulary: its variables. held_out: drawn only when asked for by name, to see what
    carries over.
    """

    name: str
    tier: int
    hint: str
    vocabulary: Vocabulary
    held_out: bool = False

    def observe(self, seed: int) -> Trajectories:
        """The data of one episode; equal seeds give equal data."""
        raise NotImplementedError

    def truth(self, seed: int) -> Hypothesis | None:
        """Their law with its coefficients, None if nobody knows it."""
        raise NotImplementedError

    def random(self, seed: int) -> np.random.Generator:
        """Random numbers of this system and seed."""
        words = np.frombuffer(hashlib.sha256(self.name.encode()).digest(), "<u4")
        return np.random.default_rng([checked.seed(seed), *map(int, words)])


@dataclass(frozen=True, kw_only=True)
class Mechanical(System):
    """Coordinates that obey ordinary equations.

    law: as a hypothesis. duration: of a trajectory. draw: see `Draw`.
    """

    law: str
    duration: float
    draw: Draw

    def observe(self, seed: int) -> Trajectories:
        _, starts = self.draw(self.random(seed))
        begun = np.stack(starts)[..., None]  # (V, 2, B, 1)
        start, rates = begun.transpose(1, 2, 0, 3)  # (B, V, 1) each
        times = np.linspace(0.0, self.duration, STATES)
        states = solve_ordinary(
            self.truth(seed),
            Trajectories(times, start[:, None], rates),
            tolerance=EXACT,
            width=np.ones_like(start),
        )
        return Trajectories(times, states, rates)

    def truth(self, seed: int) -> Hypothesis:
        coefficients, _ = self.draw(self.random(seed))
        return parse(self.law, coefficients, self.vocabulary)
