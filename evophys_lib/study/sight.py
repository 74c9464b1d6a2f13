"""What a search sees of the target: k validation trajectories over H steps.

Every search gets them through a LatentFitness, which takes no other split.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from evophys_lib.errors import ParameterError
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.layout import Trajectories, joined
from evophys_lib.physics.splits import Split
from evophys_lib.study import data, training
from evophys_lib.study.study import Study
from evophys_lib.study.training import WorldModel
from evophys_lib.worldmodel.rollout import Weights, rollout


@dataclass(frozen=True)
class Sight:
    """k trajectories of the target and the horizon over which they are looked at.

    inputs: the artifacts behind it; trajectories, fitness: made when called; draw:
    which k trajectories; lots: equal parts of them, at a Péclet number each.
    """

    count: int
    steps: int
    inputs: dict[str, Path]
    trajectories: Callable[[], Trajectories]
    fitness: Callable[[], LatentFitness]
    draw: int = 0
    lots: int = 1

    @property
    def config(self) -> dict[str, int]:
        """What an artifact's provenance says of it."""
        usual = {"search_trajectories": self.count, "horizon_steps": self.steps}
        drawn = {"draw": self.draw} if self.draw else {}
        return usual | drawn | ({"lots": self.lots} if self.lots > 1 else {})


def sight(
    study: Study,
    peclet: float,
    *,
    count: int | None = None,
    steps: int | None = None,
    draw: int = 0,
) -> Sight:
    """What the search sees, or other `count` trajectories over `steps` steps.

    draw: 0 takes the first, 1 as many after them, and so on; those that the search
    does not have come from the ones held out of it. ParameterError where these end.
    """
    sizes = study.profile.sizes
    count, steps = count or sizes.search, steps or study.profile.horizon_steps
    first = draw * count
    among = first + count <= sizes.search
    if not among:
        first = max(0, first - sizes.search)
        _check_draw(draw, count, left=sizes.validation - first)
    training.make_experts(study)
    if among:
        drawn = data.make_target(study, Split.VALIDATION, peclet)
    else:
        drawn = data.make_held_out(study, peclet)

    def trajectories() -> Trajectories:
        chosen = slice(first, first + count)
        if among:
            return data.target(study, Split.VALIDATION, peclet).take(chosen)
        return data.held_out(study, peclet).take(chosen)

    return Sight(
        count=count,
        steps=steps,
        inputs={"data": drawn, **training.expert_paths(study)},
        trajectories=trajectories,
        fitness=lambda: fitness_on(study, trajectories(), steps),
        draw=draw,
    )


def _check_draw(draw: int, count: int, *, left: int) -> None:
    if left < count:
        raise ParameterError(
            "draw",
            draw,
            f"one that finds {count} trajectories of the validation split unused",
            "Use an earlier draw, or fewer trajectories.",
        )


def sight_of_all(study: Study) -> Sight:
    """Equal shares of the headline's Péclet numbers, together k trajectories.

    The fitness is the mean of those at each number, so all of them count the same.
    """
    profile = study.profile
    share = max(1, profile.sizes.search // len(profile.peclets))
    each = {pe: sight(study, pe, count=share) for pe in profile.peclets}

    def trajectories() -> Trajectories:
        return joined([seen.trajectories() for seen in each.values()])

    def fitness() -> LatentFitness:
        pooled = fitness_on(study, trajectories(), profile.horizon_steps)
        return replace(pooled, lots=len(each))

    return Sight(
        count=share * len(each),
        steps=profile.horizon_steps,
        inputs=inputs_of(each),
        trajectories=trajectories,
        fitness=fitness,
        lots=len(each),
    )


def inputs_of(seen: Mapping[float, Sight]) -> dict[str, Path]:
    """The artifacts behind sights by Péclet number, data by that number."""
    return {
        f"{name}_{peclet_key(peclet)}" if name == "data" else name: path
        for peclet, one in seen.items()
        for name, path in one.inputs.items()
    }


def fitness_on(
    study: Study,
    trajectories: Trajectories,
    steps: int,
    *,
    shifts: int = 1,
    starts: int = 1,
) -> LatentFitness:
    """The fitness on trajectories of the validation split, over so many steps.

    shifts: each is looked at so often, moved by a share of a token, which is free: the
    equations do not notice, and to the encoder it is another trajectory. Moved by whole
    tokens it would be the same one. starts: each of these begins at so many frames,
    from the first to the last that has enough behind it.
    """
    encoder, stride = training.world_model(study).encoder, study.profile.stride
    fields = data.fields(trajectories, study.device)
    span = encoder.config.context + stride * steps
    cells = [encoder.config.patch * s // shifts for s in range(shifts)]
    last = fields.shape[1] - span
    frames = [last * s // max(1, starts - 1) for s in range(starts)]
    windows = [fields[:, frame : frame + span] for frame in frames]
    shown = torch.cat([w.roll(cell, -1) for w in windows for cell in cells])
    # (starts * shifts * n, span, N)
    latents = encoder.windows(shown, [stride * h for h in range(steps + 1)])
    return LatentFitness(latents[0], latents[1:], trajectories.split)


@torch.no_grad()
def fitness_of(model: WorldModel, weights: Weights, fitness: LatentFitness) -> float:
    """The fitness of one predictor."""
    rolled = rollout(model.predictor, weights, fitness.z0, fitness.steps)
    return float(fitness(rolled[:, None])[0])
