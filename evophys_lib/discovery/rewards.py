"""What a hypothesis is worth: four numbers in [0, 1], and their sum.

    reward = 0.5 match + 0.2 progress + 0.2 simplicity + 0.1 format

Each is a pure function, and each guards against an answer that would earn it without
explaining anything. The value of an episode is its best reward, not their sum, so that
nothing is gained by approaching slowly.
"""

from dataclasses import asdict, dataclass

import numpy as np

from evophys_lib.physics.grid import Array

SOLVED = 0.93
"""Match beyond which a hypothesis is accepted."""
FREE_SIZE = 8
"""Nodes that cost nothing: the size of u_t = -U*u_x + alpha*u_xx and a little more."""
HALF_SIZE = 24
"""Nodes beyond them that halve the simplicity."""
WORDS = (3, 100)
"""Fewest and most words of a rationale."""


@dataclass(frozen=True)
class Rewards:
    """The four parts of a reward."""

    match: float = 0.0
    progress: float = 0.0
    simplicity: float = 0.0
    format: float = 0.0

    @property
    def total(self) -> float:
        """0.5 match + 0.2 progress + 0.2 simplicity + 0.1 format."""
        return (
            0.5 * self.match
            + 0.2 * self.progress
            + 0.2 * self.simplicity
            + 0.1 * self.format
        )

    def described(self) -> dict[str, float]:
        """By name, with the total."""
        return asdict(self) | {"total": self.total}


def r2_by_step(simulated: Array, observed: Array) -> Array:
    """R²_j = 1 − ‖û_j − u_j‖² / σ²,   σ² = mean_j ‖u_j − ū‖²,   ū = mean_j u_j.

    Means are taken over time, at each place: the best that an answer at rest can have
    is R² = 0 on average, whether it stands still from the start or jumps to ū.
    Trajectories and variables are averaged, each in its own unit.

    Args:
        simulated: û, (B, T, V, N); NaN where it was not reached.
        observed: u, of the same shape.

    Returns:
        (T,), at most 1; −∞ where û was not reached.
    """
    errors = ((simulated - observed) ** 2).sum(axis=-1)  # (B, T, V)
    spread = (observed - observed.mean(axis=1, keepdims=True)) ** 2
    variance = spread.sum(axis=-1).mean(axis=1, keepdims=True)  # (B, 1, V)
    floor = np.finfo(float).eps * (observed**2).sum(axis=-1).mean(axis=1, keepdims=True)
    units = np.maximum(variance, np.maximum(floor, np.finfo(float).tiny))
    steps: Array = 1.0 - (errors / units).mean(axis=(0, 2))
    return np.where(np.isfinite(steps), steps, -np.inf)


def match(steps: Array) -> float:
    """max(0, mean_j R²_j), the share of what changes that is explained.

    No clipping step by step: an answer that is right at first and runs away has 0.
    """
    return float(max(0.0, steps.mean()))


def dense_match(steps: Array) -> float:
    """mean_j 1/(2 − R²_j), in [0, 1]; 0 at steps that were not reached.

    For learners that need a slope where `match` is 0. An answer at rest keeps some of
    it, so it is no part of the reward.
    """
    return float((1.0 / (2.0 - steps)).mean())


def progress(now: float, best: float) -> float:
    """max(0, match − best match so far).

    It telescopes: over an episode it adds up to the best match, however many steps
    were taken to it, and a repeated answer earns nothing.
    """
    return max(0.0, now - best)


def simplicity(size: int, match: float) -> float:
    """match · 2^{−max(0, size − 8)/24}: brevity counts as far as it explains.

    size: nodes of the right sides, after SymPy has cancelled what cancels. A short
    answer that explains nothing has 0.
    """
    return match * float(0.5 ** (max(0, size - FREE_SIZE) / HALF_SIZE))


def format(parsed: bool, rationale: str) -> float:
    """½ for a hypothesis that can be read, ½ more for a reason in 3 to 100 words.

    Words count once: repeating one is no reason. What the reason says is not judged.
    """
    if not parsed:
        return 0.0
    words = rationale.split()
    few, many = WORDS
    told = len(words) <= many and len({w.lower() for w in words}) >= few
    return 1.0 if told else 0.5
