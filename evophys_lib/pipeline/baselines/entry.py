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
from evophys_lib.merge.gradient import GRADIENT_COST
from evophys_lib.merge.search import Budget
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, training
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
        config
        | {
            "baseline": name,
            "peclet": peclet,
            "horizon_steps": study.profile.horizon_steps,
        },
        world_model=training.world_model_path(study),
        **inputs,
    )

    def made(journal: Journal) -> store.Tensors:
        with one_thread():
            return make(journal)

    return obtain_tensors(path, provenance, made), path


def seen(study: Study, peclet: float) -> dict[str, Path]:
    """The inputs of what is chosen on the k trajectories: them, and both experts."""
    training.make_experts(study)
    return {
        "data": data.make_target(study, Split.VALIDATION, peclet),
        **{f"expert_{f}": training.expert_path(study, f) for f in data.FAMILIES},
    }


def stored(weights: Weights) -> store.Tensors:
    """Weights under the names that a baseline's artifact has for them."""
    return {WEIGHTS + name: w for name, w in weights.items()}


def loaded(study: Study, tensors: store.Tensors, path: Path) -> Weights:
    """The weights of a baseline's artifact, which must be those of a predictor."""
    base = training.world_model(study).base
    store.require(tensors, [WEIGHTS + name for name in base], path)
    return {name: tensors[WEIGHTS + name].to(study.device) for name in base}


def searched(study: Study, evaluations: int, passes: int, path: Path) -> Cost:
    """What a search on the k trajectories cost, one evaluation `passes` rollouts."""
    k, steps = study.profile.sizes.search, study.profile.horizon_steps
    return Cost(
        evaluations, evaluations * passes * k * steps, k, store.seconds_of(path)
    )


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
