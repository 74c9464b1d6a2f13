"""The game: a trajectory and a hint, then at most eight hypotheses, each judged.

    observation = environment.reset(seed, "pendulum")
    observation = environment.step("d2theta/dt2 = -k*sin(theta)", {"k": 4.0}, "…")

An episode ends when a match is beyond 0.93, or with its eighth turn. A hypothesis that
cannot be read costs its turn, and the mismatch says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from evophys_lib import parameters as checked
from evophys_lib.discovery import rewards
from evophys_lib.discovery.hypothesis import LENGTH, Hypothesis, Values, parse
from evophys_lib.discovery.rewards import Rewards
from evophys_lib.discovery.system import System
from evophys_lib.discovery.systems import SYSTEMS, system_named
from evophys_lib.discovery.trajectories import Trajectories
from evophys_lib.discovery.verifier import Verdict, verify
from evophys_lib.errors import HypothesisError, ParameterError

TURNS = 8
RATIONALE = 2000
"""Characters of a rationale that are kept."""


@dataclass(frozen=True)
class Turn:
    """One hypothesis, as it was written, and what came of it.

    verdict: None if it could not be read; mismatch then says why.
    """

    text: str
    parameters: dict[str, float]
    rationale: str
    rewards: Rewards
    mismatch: str
    verdict: Verdict | None = None

    @property
    def solved(self) -> bool:
        """Whether the hypothesis was accepted."""
        return self.verdict is not None and self.verdict.solved


@dataclass(frozen=True)
class Observation:
    """What the player sees.

    system, hint: what it is about. shown: the first trajectory; others are kept back.
    history: turns so far, the latest last. done: no further turn.
    """

    system: System
    shown: Trajectories
    history: tuple[Turn, ...] = ()
    done: bool = False

    @property
    def hint(self) -> str:
        """One sentence."""
        return self.system.hint

    @property
    def reward(self) -> float:
        """Of the latest turn, 0 before the first."""
        return self.history[-1].rewards.total if self.history else 0.0

    @property
    def mismatch(self) -> str:
        """Of the latest turn."""
        return self.history[-1].mismatch if self.history else ""

    @property
    def best(self) -> float:
        """Best reward so far: the value of an episode."""
        return max((t.rewards.total for t in self.history), default=0.0)

    @property
    def turns_left(self) -> int:
        """How many hypotheses may follow."""
        return 0 if self.done else TURNS - len(self.history)


class Environment:
    """One player's episodes; two environments share nothing.

    systems: what `reset` draws from where no name is given, those held out aside.
    """

    def __init__(self, systems: Mapping[str, System] = SYSTEMS) -> None:
        self._systems = systems
        self._observed: Trajectories | None = None
        self._observation: Observation | None = None

    def reset(self, seed: int = 0, system: str | None = None) -> Observation:
        """A new episode.

        Args:
            seed: of coefficients and starts, and of the system if none is named.
            system: a name of `SYSTEMS`.

        Raises:
            ParameterError: a seed or a name that is not allowed.
        """
        chosen = self._chosen(checked.seed(seed), system)
        self._observed = chosen.observe(checked.seed(seed))
        self._observation = Observation(chosen, self._observed.take(slice(0, 1)))
        return self._observation

    def step(
        self,
        hypothesis: str,
        parameters: Values | None = None,
        rationale: str = "",
        units: Mapping[str, str] | None = None,
    ) -> Observation:
        """Judge a hypothesis; one that cannot be read is told, not raised.

        Args:
            hypothesis: equations as text, see `hypothesis.parse`.
            parameters: values of the names in it.
            rationale: why.
            units: of parameters.

        Raises:
            ParameterError: before `reset`, or after the end of the episode.
        """
        now, observed = self._observation, self._observed
        if now is None or observed is None or now.done:
            raise ParameterError(
                "step", "called", "a turn of an episode that is not over", "Reset."
            )
        try:
            read = parse(hypothesis, parameters or {}, now.system.vocabulary, units)
        except (HypothesisError, ParameterError) as error:
            turn = Turn(str(hypothesis)[:LENGTH], {}, "", Rewards(), str(error))
        else:
            turn = judged(read, str(rationale), verify(read, observed), now.history)
            turn = replace(turn, text=hypothesis)
        history = (*now.history, turn)
        done = turn.solved or len(history) == TURNS
        self._observation = Observation(now.system, now.shown, history, done)
        return self._observation

    def _chosen(self, seed: int, system: str | None) -> System:
        if system is not None:
            return system_named(system, self._systems)
        drawn = [s for s in self._systems.values() if not s.held_out]
        return drawn[np.random.default_rng(seed).integers(len(drawn))]


def judged(
    hypothesis: Hypothesis, rationale: str, verdict: Verdict, history: tuple[Turn, ...]
) -> Turn:
    """A turn with its rewards, after others."""
    best = max((t.rewards.match for t in history), default=0.0)
    earned = Rewards(
        match=verdict.match,
        progress=rewards.progress(verdict.match, best),
        simplicity=rewards.simplicity(hypothesis.size, verdict.match),
        format=rewards.format(True, rationale),
    )
    return Turn(
        str(hypothesis),
        hypothesis.parameters,
        rationale[:RATIONALE],
        earned,
        verdict.mismatch,
        verdict,
    )
