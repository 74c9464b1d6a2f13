"""What every baseline hands over: a forecast, and what it has cost.

Costs of all kinds are told in one unit: how often a predictor advanced one trajectory
by one step, forwards; a backward pass counts as two. A search of E evaluations on k
trajectories over H steps has E · k · H of them; a training of S steps on batches of b
windows unrolled H_s steps has 3 b Σ_s H_s. Encoding, merging and choosing are not
counted; `seconds` has them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evophys_lib import store
from evophys_lib.journal import Journal, obtain_tensors
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.gradient import GRADIENT_COST
from evophys_lib.merge.search import Budget
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.layout import Trajectories, joined
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, searching, training
from evophys_lib.pipeline.forecasting import Roll
from evophys_lib.pipeline.study import Study
from evophys_lib.worldmodel.device import one_thread
from evophys_lib.worldmodel.finetune import FinetuneConfig
from evophys_lib.worldmodel.rollout import Weights

WEIGHTS = "weights."


@dataclass(frozen=True)
class Cost:
    """What a model took beyond θ₀ and both experts.

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


@dataclass(frozen=True)
class Baseline:
    """A model that can be scored.

    Attributes:
        roll: forecasts in latent space.
        cost: what it took.
        paths: artifacts that it was read from, beyond θ₀ and both experts.
        weights: θ, None for what is not one predictor.
    """

    roll: Roll
    cost: Cost = Cost()
    paths: tuple[Path, ...] = ()
    weights: Weights | None = None


Stage = Callable[[Study, float], Baseline]


@dataclass(frozen=True)
class Sight:
    """What is seen of the target in choosing: k trajectories over H predictor steps.

    inputs: the artifacts behind it; trajectories, fitness: made when called.
    """

    count: int
    steps: int
    inputs: dict[str, Path]
    trajectories: Callable[[], Trajectories]
    fitness: Callable[[], LatentFitness]

    @property
    def config(self) -> dict[str, int]:
        """What an artifact's provenance says of it."""
        return {"search_trajectories": self.count, "horizon_steps": self.steps}


def baseline_path(study: Study, name: str, peclet: float | None) -> Path:
    """Where a baseline lies; without a Péclet number it is the same at all."""
    folder = study.folder / "baselines"
    if peclet is not None:
        folder = folder / f"pe{peclet_key(peclet)}"
    return folder / f"{name}.safetensors"


def obtain(
    study: Study,
    name: str,
    peclet: float | None,
    config: dict[str, Any],
    inputs: dict[str, Path],
    make: Callable[[Journal], store.Tensors],
) -> tuple[store.Tensors, Path]:
    """A baseline's tensors, made on one thread if missing, and where they lie."""
    path = baseline_path(study, name, peclet)
    provenance = study.provenance(
        "baseline",
        config | {"baseline": name, "peclet": peclet},
        world_model=training.world_model_path(study),
        **inputs,
    )

    def made(journal: Journal) -> store.Tensors:
        with one_thread():
            return make(journal)

    return obtain_tensors(path, provenance, made), path


def sight(
    study: Study, peclet: float, *, count: int | None = None, steps: int | None = None
) -> Sight:
    """What the search sees, or the first `count` trajectories over `steps` steps.

    More than the search has come from those held out of it.
    """
    sizes = study.profile.sizes
    count, steps = count or sizes.search, steps or study.profile.horizon_steps
    training.make_experts(study)
    if count <= sizes.search:
        drawn = data.make_target(study, Split.VALIDATION, peclet)
    else:
        drawn = data.make_held_out(study, peclet)

    def trajectories() -> Trajectories:
        if count <= sizes.search:
            return data.target(study, Split.VALIDATION, peclet).take(slice(count))
        return data.held_out(study, peclet).take(slice(count))

    return Sight(
        count=count,
        steps=steps,
        inputs={
            "data": drawn,
            **{f"expert_{f}": training.expert_path(study, f) for f in data.FAMILIES},
        },
        trajectories=trajectories,
        fitness=lambda: searching.fitness_on(study, trajectories(), steps),
    )


def sight_of_all(study: Study) -> Sight:
    """Equal shares of the headline's Péclet numbers, together k trajectories.

    One fitness over all: errors count by the variance over the whole lot.
    """
    profile = study.profile
    share = max(1, profile.sizes.search // len(profile.peclets))
    each = [sight(study, peclet, count=share) for peclet in profile.peclets]

    def trajectories() -> Trajectories:
        return joined([seen.trajectories() for seen in each])

    inputs = {
        f"{name}_{peclet_key(peclet)}" if name == "data" else name: path
        for seen, peclet in zip(each, profile.peclets, strict=True)
        for name, path in seen.inputs.items()
    }
    return Sight(
        count=share * len(each),
        steps=profile.horizon_steps,
        inputs=inputs,
        trajectories=trajectories,
        fitness=lambda: searching.fitness_on(study, trajectories()),
    )


def stored(weights: Weights) -> store.Tensors:
    """Weights under the names that a baseline's artifact has for them."""
    return {WEIGHTS + name: w for name, w in weights.items()}


def loaded(study: Study, tensors: store.Tensors, path: Path) -> Weights:
    """The weights of a baseline's artifact, which must be those of a predictor."""
    base = training.world_model(study).base
    store.require(tensors, [WEIGHTS + name for name in base], path)
    return {name: tensors[WEIGHTS + name].to(study.device) for name in base}


def searched(seen: Sight, evaluations: int, path: Path, *, rollouts: int = 1) -> Cost:
    """What a search cost; rollouts: of a predictor, that one evaluation takes."""
    passes = evaluations * rollouts * seen.count * seen.steps
    return Cost(evaluations, passes, seen.count, store.seconds_of(path))


def trained(config: FinetuneConfig, trajectories: int, path: Path) -> Cost:
    """What a fine-tuning cost that saw so many trajectories of the target."""
    return Cost(0, passes_of(config), trajectories, store.seconds_of(path))


def passes_of(config: FinetuneConfig) -> int:
    """3 b Σ_s H_s."""
    steps, batch = config.training.steps, config.training.batch
    return GRADIENT_COST * batch * sum(config.unroll_at(step) for step in range(steps))


def evaluations_of(budget: Budget) -> int:
    """G · P."""
    return budget.generations * budget.popsize
