"""What a model of the book is: a function of study and Péclet number, and its entry.

Costs of all kinds are told in one unit: how often a predictor advanced one trajectory
by one step, forwards; a backward pass counts as two. A search of E evaluations on k
trajectories over H steps has E · k · H of them; a training of S steps on batches of b
windows unrolled H_s steps has 3 b Σ_s H_s. Encoding, merging and choosing are not
counted; `seconds` has them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Protocol

from evophys_lib.models.look import Look
from evophys_lib.study.scene import Predict
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.rollout import Weights


@dataclass(frozen=True)
class Cost:
    """What a model took beyond θ₀ and the experts.

    Attributes:
        evaluations: of the fitness; a gradient, an ensemble of two count as one each.
        passes: of a predictor over one trajectory and step, a backward pass as two.
        trajectories: of the target that it saw.
        seconds: of this machine.
    """

    evaluations: int = 0
    passes: int = 0
    trajectories: int = 0
    seconds: float = 0.0

    def after(self, other: "Cost") -> "Cost":
        """Of both, one after the other, on the same trajectories."""
        return Cost(
            self.evaluations + other.evaluations,
            self.passes + other.passes,
            max(self.trajectories, other.trajectories),
            self.seconds + other.seconds,
        )


class Found(Protocol):
    """What a search found; `coefficients` and `routes` have their own."""

    @property
    def fitness(self) -> float:
        """The lowest of all evaluations."""

    def described(self) -> dict[str, Any]:
        """JSON-able: `fitness`, and `lambda` by family or `paths` by order."""


@dataclass(frozen=True)
class Forecaster:
    """A model at one Péclet number, ready to forecast.

    Attributes:
        predict: a scene to its forecast.
        cost: what it took.
        paths: artifacts that it was read from, beyond θ₀, probe and experts.
        weights: θ, None for what is not one predictor.
        found: what its search found (λ, a path), None if there was none.
    """

    predict: Predict
    cost: Cost = Cost()
    paths: tuple[Path, ...] = ()
    weights: Weights | None = None
    found: Found | None = None


Make = Callable[[Study, float], Forecaster]
"""(study, Péclet number) -> the model, made if it is missing."""


class Group(Enum):
    """What a model is for; the value is its name on the command line.

    Those of the first are made by every study and told by its results.json.
    """

    MODELS = "models"
    GAP = "gap"
    BASELINES = "baselines"
    INTERPOLATED = "interpolated"
    VARIATIONS = "variations"
    DIRECTIONS = "by_directions"
    LADDER = "ladder"
    STARTS = "starts"
    DRAWS = "draws"
    RIVALS = "rivals"
    CONTROLS = "controls"
    CLASSICAL = "classical"


class Role(Enum):
    """What tables may do with a model's error: RIVAL, or one that bounds the race."""

    RIVAL = "rival"
    BOUND = "bound"


@dataclass(frozen=True)
class Model:
    """One entry of the registry.

    name: of files, keys and rows; label, look: in tables and figures; needs: models
    that `make` makes first, so that a queue takes them earlier; role: a BOUND is not
    in the race (persistence, oracles, training on plenty); apart: whether evidence
    keeps its scores trajectory by trajectory, as claims and fitted equations ask, or
    their means alone.
    """

    name: str
    label: str
    group: Group
    make: Make
    look: Look | None = None
    needs: tuple[str, ...] = ()
    role: Role = Role.RIVAL
    apart: bool = False


Models = dict[str, Model]


def listed(models: Iterable[Model]) -> Models:
    """By name, in the same order."""
    return {model.name: model for model in models}
