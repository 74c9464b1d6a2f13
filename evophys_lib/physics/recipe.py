"""What a set of trajectories is drawn from: arguments in, initial state out."""

import hashlib
import math
from dataclasses import dataclass

import numpy as np

from evophys_lib import parameters as checked
from evophys_lib.errors import ParameterError
from evophys_lib.physics.conservation_law import Equation, Parameters
from evophys_lib.physics.equations import (
    DIFFUSIVITY_RANGE,
    PECLET_SCALE,
    equation_named,
    log_uniform,
    peclet_path,
)
from evophys_lib.physics.initial_conditions import (
    MEAN_RANGE,
    InitialConditions,
    sample,
)
from evophys_lib.physics.splits import Split

MAX_TRAJECTORIES = 2**16
"""B of one shard: 3.4 GB, which simulating holds in memory and reading takes."""
FLUCTUATION_RANGE = (0.01, 1.0)
"""ε: below, float32 keeps too little of it beside the mean; above, the shocks of
ν = 0.001 are too thin for the 4,096 points of the reference."""


@dataclass(frozen=True)
class Recipe:
    """Everything that determines a shard, to the byte.

    Attributes:
        equation: "heat", "burgers" or "advection-diffusion".
        trajectories: B in [1, 65 536].
        seed: in [0, 2³¹).
        split: what the trajectories are for.
        peclet: Pe in [0.05, 200]; for advection–diffusion, and only there.
        scale: c of `peclet_path`; for advection–diffusion.
        fluctuation: ε in [0.01, 1]; 1 makes fluctuations as large as the means.
        passive: for advection–diffusion, draw the mean from [−1, 1] regardless of U.
            By default the field carries the flow, m = U.
        spread: S ≥ 1, for advection–diffusion: U and α of each trajectory are drawn on
            their own, log-uniform up to √S to either side of the path's, so that
            U/α lies in [Pe/S, Pe S]; 1 by default, all on the path.

    Raises:
        ParameterError: an argument outside what is allowed.
    """

    equation: str
    trajectories: int
    seed: int
    split: Split
    peclet: float | None = None
    scale: float = PECLET_SCALE
    fluctuation: float = 1.0
    passive: bool = False
    spread: float = 1.0

    def __post_init__(self) -> None:
        law = equation_named(self.equation)
        _check_count(self.trajectories)
        _check_split(self.split)
        _check_fluctuation(self.fluctuation)
        object.__setattr__(self, "seed", checked.seed(self.seed))
        if law.on_peclet_path != (self.peclet is not None):
            raise ParameterError(
                "pe",
                self.peclet,
                "required for advection-diffusion and for nothing else",
                "Pass for example pe = 10 with it, or leave it out.",
            )
        if self.peclet is not None:
            object.__setattr__(self, "peclet", checked.peclet(self.peclet))
            _check_spread(self.spread, *peclet_path(self.peclet, scale=self.scale))
            return
        usual = {"spread": 1, "passive": False, "scale": PECLET_SCALE}
        for name, default in usual.items():
            if getattr(self, name) != default:
                raise ParameterError(
                    name,
                    getattr(self, name),
                    "an option of advection-diffusion alone",
                    "Leave it out; what the sources are made of is always drawn.",
                )

    @property
    def law(self) -> Equation:
        """The equation itself."""
        return equation_named(self.equation)

    def stream(self) -> np.random.Generator:
        """A generator of its own for each (seed, equation, split, Pe).

        The words after the seed are a SHA-256 of the rest, so no two streams
        coincide and a new equation changes none that exist. ε, `passive` and S are
        left out: under them the same shapes are compared.
        """
        key = f"{self.equation}|{self.split.value}|{self.peclet!r}".encode()
        words = np.frombuffer(hashlib.sha256(key).digest(), dtype="<u4")
        entropy = [self.seed, *map(int, words)]
        return np.random.default_rng(np.random.SeedSequence(entropy))

    def draw(self) -> tuple[InitialConditions, Parameters]:
        """Initial conditions and physical parameters of all trajectories."""
        generator = self.stream()
        initial = sample(
            generator, trajectories=self.trajectories, fluctuation=self.fluctuation
        )
        path: dict[str, float] = {}
        if self.peclet is not None:
            speed, diffusivity = peclet_path(self.peclet, scale=self.scale)
            path = {"advection_speed": speed, "diffusivity": diffusivity}
        physical = self.law.draw(generator, self.trajectories, path)
        if self.spread != 1:
            reach = math.sqrt(self.spread)
            physical = {
                name: log_uniform(
                    generator, value / reach, value * reach, self.trajectories
                )
                for name, value in path.items()
            }
        if self.peclet is not None and not self.passive:
            initial = InitialConditions(
                physical["advection_speed"], initial.amplitude, initial.phase
            )
        return initial, physical


def _check_count(trajectories: object) -> None:
    if (
        not isinstance(trajectories, int)
        or isinstance(trajectories, bool)
        or not 1 <= trajectories <= MAX_TRAJECTORIES
    ):
        raise ParameterError(
            "trajectories",
            trajectories,
            f"a whole number from 1 to {MAX_TRAJECTORIES}",
            "Pass for example trajectories = 256.",
        )


def _check_split(split: object) -> None:
    if not isinstance(split, Split):
        names = ", ".join(str(s) for s in Split)
        remedy = "Pass for example Split.TRAIN."
        raise ParameterError("split", split, f"one of {names}", remedy)


def _check_fluctuation(fluctuation: object) -> None:
    low, high = FLUCTUATION_RANGE
    if not (checked.is_number(fluctuation) and low <= fluctuation <= high):
        raise ParameterError(
            "fluctuation",
            fluctuation,
            f"a number from {low:g} to {high:g}",
            "Use the default, 1.",
        )


def _check_spread(spread: object, speed: float, diffusivity: float) -> None:
    low, high = DIFFUSIVITY_RANGE
    most = min(MEAN_RANGE[1] / speed, diffusivity / low, high / diffusivity) ** 2
    if spread != 1 and not (
        isinstance(spread, int | float) and 1 < spread <= most * (1 + 1e-9)
    ):
        raise ParameterError(
            "spread",
            spread,
            f"a number from 1 to {max(most, 1.0):.3g} at this Péclet number, where U "
            "and α stay in what the sources have",
            "Use the default, 1, or another Péclet number; Pe = 3 allows most.",
        )
