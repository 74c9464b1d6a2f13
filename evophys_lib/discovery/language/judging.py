"""Five rewards of a language model, as TRL's trainer calls them.

    reward(prompts=…, completions=…, system=[…], seed=[…]) -> [r₁, r₂, …],  0 ≤ r ≤ 1

match         max(0, mean_j R²_j)
dense match   max(0, (d − d₀)/(1 − d₀)),   d = mean_j 1/(2 − R²_j), d₀ that of rest
correctness   1 if the hypothesis is accepted, else 0
simplicity    match · 2^{−max(0, size − 8)/24}
format        ½ for two lines whose law can be read, ½ more for a reason

All five weigh one simulation, as `discovery.rewards` does. No model judges, and none of
the extras is needed here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any

import numpy as np

from evophys_lib.discovery import rewards
from evophys_lib.discovery.environment import Environment, Turn
from evophys_lib.discovery.language.prompts import answer
from evophys_lib.discovery.systems import system_named

Completion = str | Sequence[Mapping[str, str]]
"""A text, or a chat whose last message is the text."""
Reward = Callable[..., list[float]]


@dataclass(frozen=True)
class Judged:
    """A completion as the only turn of its episode; rest: d₀ there."""

    turn: Turn
    rest: float


def _for_trl(worth: Callable[[Judged], float]) -> Reward:
    """Of every completion; `system` and `seed` are columns of the data set."""

    @wraps(worth)
    def reward(
        prompts: Sequence[object],
        completions: Sequence[Completion],
        *,
        system: Sequence[str],
        seed: Sequence[int],
        **_: Any,  # TRL passes more than is needed
    ) -> list[float]:
        episodes = zip(completions, system, seed, strict=True)
        return [worth(judge(text_of(c), name, int(k))) for c, name, k in episodes]

    return reward


@_for_trl
def match(judged: Judged) -> float:
    """The share of what changes that is explained."""
    return judged.turn.rewards.match


@_for_trl
def dense_match(judged: Judged) -> float:
    """The same with a slope where `match` is 0; a state at rest has nothing of it."""
    verdict = judged.turn.verdict
    dense = verdict.dense_match if verdict else 0.0
    return max(0.0, (dense - judged.rest) / (1.0 - judged.rest))


@_for_trl
def correctness(judged: Judged) -> float:
    """1 for a match beyond 0.93, else 0."""
    return float(judged.turn.solved)


@_for_trl
def simplicity(judged: Judged) -> float:
    """Brevity, as far as it explains."""
    return judged.turn.rewards.simplicity


@_for_trl
def format(judged: Judged) -> float:
    """Both lines, and a reason in 3 to 100 words."""
    return judged.turn.rewards.format


WEIGHTS: dict[Reward, float] = {
    match: 0.3,
    dense_match: 0.2,
    correctness: 0.2,
    simplicity: 0.2,
    format: 0.1,
}
"""The first two share what match has in the environment; correctness has progress's."""


def text_of(completion: Completion) -> str:
    """What a model wrote."""
    return completion if isinstance(completion, str) else completion[-1]["content"]


@lru_cache(maxsize=1024)
def judge(written: str, system: str, seed: int) -> Judged:
    """Simulate once for all five."""
    why, law = answer(written)
    environment = Environment()
    environment.reset(seed, system)
    turn = environment.step(law, {}, why).history[-1]
    states = system_named(system).observe(seed).states
    still = np.broadcast_to(states[:, :1], states.shape)
    return Judged(turn, rewards.dense_match(rewards.r2_by_step(still, states)))
