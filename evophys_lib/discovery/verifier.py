"""The judge: simulates a hypothesis and compares it with what was observed."""

from dataclasses import dataclass

from evophys_lib.discovery import rewards
from evophys_lib.discovery.hypothesis import Hypothesis
from evophys_lib.discovery.mismatch import sentence
from evophys_lib.discovery.simulation import Simulated, simulate
from evophys_lib.discovery.trajectories import Trajectories
from evophys_lib.physics.grid import Array


@dataclass(frozen=True)
class Verdict:
    """How well a hypothesis tells what was observed.

    r2: per step, (T,). match: in [0, 1]. mismatch: one sentence. simulated: what the
    hypothesis says.
    """

    r2: Array
    match: float
    mismatch: str
    simulated: Simulated

    @property
    def solved(self) -> bool:
        """Whether the match is beyond 0.93."""
        return self.match > rewards.SOLVED

    @property
    def dense_match(self) -> float:
        """A match with a slope where `match` is 0."""
        return rewards.dense_match(self.r2)


def verify(hypothesis: Hypothesis, observed: Trajectories) -> Verdict:
    """Simulate from the observed start, compare at every step."""
    simulated = simulate(hypothesis, observed)
    steps = rewards.r2_by_step(simulated.states, observed.states)
    match = rewards.match(steps)
    told = sentence(hypothesis.vocabulary, simulated, observed, steps)
    return Verdict(steps, match, told, simulated)
