"""Models merged by directions: at one Péclet number, or as a function of it.

At one number the coefficients c of `merge.directions` minimise the fitness on the k
trajectories. As a function of Pe,

    c(Pe) = c_0 + c_1 ℓ,   ℓ = log Pe, −1 and 1 at the ends of the headline's,

x is searched on k trajectories at each of the headline's Péclet numbers together,
errors relative to those of the start, and read off at any. No trajectory is seen where
it is read. `blind` ones estimate Pe from the context, trajectory by trajectory.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from evophys_lib.merge.directions import Directions, Start
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.least_squares import Budget, Condition, Residuals, minimise
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.random_vectors import spectrum_matched
from evophys_lib.merge.tied import Tied
from evophys_lib.models import shelf
from evophys_lib.models.bases import LINEAR, Basis, Values
from evophys_lib.models.interpolation import estimated_peclet
from evophys_lib.models.model import Cost, Forecaster
from evophys_lib.models.shelf import HISTORY
from evophys_lib.physics.grid import Array
from evophys_lib.profiles import Profile
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import Forecast, Scene, by_rollout, by_weights
from evophys_lib.study.sight import Sight, fitness_on, inputs_of, sight
from evophys_lib.study.study import Stream, Study, plain
from evophys_lib.worldmodel.rollout import (
    Weights,
    rollout,
    rollout_each,
    rollout_population,
    unstack,
)


@dataclass(frozen=True, eq=False)
class FoundDirections:
    """What a search along directions found.

    history (K, 2): evaluations spent, and the lowest f then; x (p, d).
    """

    history: Array
    x: Array

    @property
    def fitness(self) -> float:
        """The lowest f."""
        return float(self.history[-1, 1])

    def described(self) -> dict[str, Any]:
        """JSON-able."""
        return {"fitness": self.fitness, "numbers": self.x.size}


@dataclass(frozen=True)
class Layout:
    """Which numbers a search has.

    space: made when called; config: what provenance says of it; inputs: artifacts
    that it takes beside θ₀ and the experts.
    """

    space: Callable[[], Directions | Tied]
    config: Mapping[str, Any]
    inputs: Mapping[str, Path] = field(default_factory=dict)


def few(study: Study, peclet: float) -> Forecaster:
    """c at this Péclet number, with as many evaluations as PS."""
    spent = study.profile.directions.few
    return at_peclet(study, peclet, "directions_few", spent, usual(study))


def few_of(study: Study, peclet: float, *, count: int) -> Forecaster:
    """The same from another number of trajectories."""
    spent, seen = study.profile.directions.few, sight(study, peclet, count=count)
    name = f"directions_{counted(count)}"
    return at_peclet(study, peclet, name, spent, usual(study), seen)


def many(study: Study, peclet: float) -> Forecaster:
    """`few` with three times as many."""
    spent = study.profile.directions.many
    return at_peclet(study, peclet, "directions", spent, usual(study))


def randomly(study: Study, peclet: float) -> Forecaster:
    """The control: as many random directions with the same singular values."""
    spent, layout = study.profile.directions.many, usual(study, random=True)
    return at_peclet(study, peclet, "directions_random", spent, layout)


def usual(study: Study, *, random: bool = False) -> Layout:
    """The experts' directions, or random ones, at the rank of the profile."""
    rank = study.profile.directions.rank
    return Layout(
        space=lambda: space(study, rank, random=random),
        config={"rank": rank, "random": random},
    )


def enough(study: Study, layout: Layout, taken: int = 0) -> int:
    """Evaluations of `many` less those taken; one Jacobian and its steps at least."""
    size = study.profile.directions
    least = 1 + len(layout.space()) + Budget.trials * size.secants
    return max(size.many - taken, least)


def at_peclet(
    study: Study,
    peclet: float,
    name: str,
    evaluations: int,
    layout: Layout,
    seen: Sight | None = None,
) -> Forecaster:
    """c searched at this Péclet number, on the usual sight or another."""
    size, seen = study.profile.directions, seen or sight(study, peclet)
    budget = Budget(evaluations, secants=size.secants)
    ridge = size.ridge / seen.count

    def make(journal: Journal) -> Tensors:
        directions = layout.space()
        residuals = residuals_of(directions, _looks(study, seen))
        found = minimise(
            [Condition(residuals)],
            len(directions),
            budget=budget,
            ridge=(ridge * _square_at_start(residuals, directions),),
            journal=journal,
            label=shelf.label(name, peclet),
        )
        weights = unstack(directions.models(found.x))[0]
        return shelf.stored(weights) | _kept(found.x, found.history, found.evaluations)

    config = _config(study, budget, ridge, layout)
    kept = shelf.search(study, name, peclet, seen, config, make, layout.inputs)
    weights = shelf.weights(study, kept.require("x", HISTORY, "evaluations"))
    spent = int(kept.tensors["evaluations"])
    return Forecaster(
        predict=by_rollout(by_weights(training.world_model(study), weights)),
        cost=_cost(study, [seen], spent, kept.path),
        paths=(kept.path,),
        weights=weights,
        found=_found(kept.tensors),
    )


def of_peclet(
    study: Study,
    peclet: float,
    *,
    count: int,
    draw: int = 0,
    blind: bool = False,
    random: bool = False,
    functions: Basis = LINEAR,
    starts: int = 1,
) -> Forecaster:
    """c as a function of Pe, searched on `count` trajectories at each headline number.

    The same artifact at all Pe; draw: which trajectories; blind: whether Pe is
    estimated instead of told; functions: φ of Pe; starts: frames at which looks begin,
    as many looks as ever.
    """
    name = f"directions_of_pe{'_random' if random else ''}_{counted(count, draw)}"
    name += "" if functions == LINEAR else f"_{functions.name}"
    name += "" if starts == 1 else f"_t{starts}"
    profile, size = study.profile, study.profile.directions
    layout = usual(study, random=random)
    seen = {pe: sight(study, pe, count=count, draw=draw) for pe in profile.peclets}
    budget = Budget(len(seen) * size.together, secants=size.secants)
    ridge, p = size.ridge / count, len(functions.at(study, peclet))

    def make(journal: Journal) -> Tensors:
        directions = layout.space()
        conditions = []
        for pe, one in seen.items():
            residuals = residuals_of(directions, _looks(study, one, starts))
            start = _square_at_start(residuals, directions)
            weight = 1 / (start * len(seen))
            conditions.append(Condition(residuals, functions.at(study, pe), weight))
        found = minimise(
            conditions,
            len(directions),
            budget=budget,
            ridge=(ridge,) * p,
            journal=journal,
            label=name,
        )
        return _kept(found.x, found.history, found.evaluations)

    config = _config(study, budget, ridge, layout)
    config |= {"peclets": list(seen), "functions": p}
    config |= {} if functions == LINEAR else {"basis": functions.name}
    config |= next(iter(seen.values())).config
    config |= {} if starts == 1 else {"starts": starts}
    kept = shelf.baseline(study, name, None, config, inputs_of(seen), make)
    kept.require("x", HISTORY, "evaluations")
    spent = int(kept.tensors["evaluations"])
    x = kept.tensors["x"].numpy()

    def peclets(scene: Scene) -> Array:
        if blind:
            return estimated_peclet(scene.context.cpu().numpy())
        return np.array([peclet])

    def predict(scene: Scene) -> Forecast:
        directions = space(study, size.rank, random=random)
        told = [functions.at(study, pe) for pe in peclets(scene)]
        at = np.stack(told) @ x  # (n or 1, d)
        return by_rollout(_each_its_own(directions, at))(scene)

    return Forecaster(
        predict=predict,
        cost=_cost(study, list(seen.values()), spent, kept.path),
        paths=(kept.path,),
        found=_found(kept.tensors),
    )


def counted(count: int, draw: int = 0) -> str:
    """How the name of a model ends that saw `count` trajectories at each Pe."""
    return f"k{count}_draw{draw}" if draw else f"k{count}"


def space(
    study: Study, rank: int, *, random: bool = False, start: Start = ()
) -> Directions:
    """The directions of the experts, or random ones, from the soup or another start."""
    lineage = training.lineage(study)
    bank = _random_bank(study, lineage) if random else None
    return Directions(lineage, rank, start, bank)


def residuals_of(directions: Directions | Tied, fitness: LatentFitness) -> Residuals:
    """ρ of candidates: merged, rolled out and compared, a batch at once."""
    predictor = directions.lineage.predictor

    @torch.no_grad()
    def residuals(candidates: Array) -> Tensor:
        models = directions.models(candidates)
        rolled = rollout_population(predictor, models, fitness.z0, fitness.steps)
        return fitness.residuals(rolled).flatten(1)

    return residuals


def basis(study: Study, peclet: float) -> Values:
    """φ(Pe) = (1, ℓ), as declared."""
    return LINEAR.at(study, peclet)


def shifts_of(profile: Profile, count: int) -> int:
    """How often each of `count` trajectories is looked at, for samples enough."""
    patch, wanted = profile.encoder.patch, -(-profile.directions.samples // count)
    return max(n for n in range(1, patch + 1) if patch % n == 0 and n <= wanted)


def _looks(study: Study, seen: Sight, starts: int = 1) -> LatentFitness:
    """The fitness on what is seen, looked at often enough.

    starts: in place of shifts, where there are as many.
    """
    shifts = shifts_of(study.profile, seen.count)
    starts = min(starts, shifts)
    return fitness_on(
        study,
        seen.trajectories(),
        seen.steps,
        shifts=shifts // starts,
        starts=starts,
    )


def _square_at_start(residuals: Residuals, directions: Directions | Tied) -> float:
    """f of the start, the unit of the ridge and of errors at each Pe."""
    return float(residuals(np.zeros((1, len(directions)))).double().square().sum())


def _random_bank(study: Study, lineage: Lineage) -> dict[str, Weights]:
    generator = study.generator(Stream.DIRECTIONS)
    vectors = zip(lineage.names, unstack(lineage.vectors), strict=True)
    return {name: spectrum_matched(vector, generator) for name, vector in vectors}


def _each_its_own(directions: Directions, at: Array) -> Callable[[Tensor, int], Tensor]:
    """All trajectories by one predictor, or each by the one of its own c (n, d)."""

    def roll(z0: Tensor, steps: int) -> Tensor:
        predictor, models = directions.lineage.predictor, directions.models(at)
        if len(at) == 1:
            return rollout(predictor, unstack(models)[0], z0, steps)
        return rollout_each(predictor, models, z0, steps)

    return roll


def _config(
    study: Study, budget: Budget, ridge: float, layout: Layout
) -> dict[str, Any]:
    return {
        "budget": plain(budget),
        "ridge": ridge,
        "samples": study.profile.directions.samples,
        **layout.config,
    }


def _kept(x: Array, history: Array, evaluations: int) -> dict[str, Tensor]:
    return {
        "x": torch.from_numpy(np.ascontiguousarray(x)),
        HISTORY: torch.from_numpy(history),
        "evaluations": torch.tensor(evaluations),
    }


def _found(tensors: Tensors) -> FoundDirections:
    return FoundDirections(tensors[HISTORY].numpy(), tensors["x"].numpy())


def _cost(study: Study, seen: list[Sight], evaluations: int, path: Any) -> Cost:
    """Every look is a pass, those at a shifted trajectory, too."""
    looks = seen[0].count * shifts_of(study.profile, seen[0].count)
    return Cost(
        evaluations=evaluations,
        passes=evaluations * looks * seen[0].steps,
        trajectories=sum(one.count for one in seen),
        seconds=store.seconds_of(path),
    )
