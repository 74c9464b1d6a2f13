"""One predictor from a search in parameter space: how it is searched, stored, read.

`coefficients` has the models.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evophys_lib.merge.engines import CmaEs, MakeEngine, name_of
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.parameter_space import DARE_TIES, TASK_ARITHMETIC, Recipe
from evophys_lib.merge.ps import (
    Coefficients,
    ParameterSpaceMerge,
    merge_in_parameter_space,
)
from evophys_lib.models import generations, shelf
from evophys_lib.models.model import Forecaster
from evophys_lib.models.shelf import HISTORY
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.study.sight import Sight, sight
from evophys_lib.study.study import Study, plain

ENGINE: MakeEngine = CmaEs
"""By comparison at equal evaluations: book/search_quality.md."""
MASK_SEEDS = 5


@dataclass(frozen=True)
class Parents:
    """What is merged in place of the experts.

    names: in order; lineage: read when called; inputs: checkpoints, by what they are.
    """

    names: tuple[str, ...]
    lineage: Callable[[], Lineage]
    inputs: Mapping[str, Path]


@dataclass(frozen=True, eq=False)
class FoundCoefficients:
    """What a search in parameter space found.

    history (G, P): the fitness of every candidate; coefficients: λ by parent, one per
    layer, None where they are not what was searched.
    """

    history: np.ndarray
    coefficients: dict[str, list[float]] | None = None

    @property
    def fitness(self) -> float:
        """The lowest of all evaluations."""
        return float(self.history.min())

    def described(self) -> dict[str, Any]:
        """JSON-able."""
        lam = {} if self.coefficients is None else {"lambda": self.coefficients}
        return {"fitness": self.fitness, **lam}


def search_coefficients(
    study: Study,
    name: str,
    peclet: float | None,
    *,
    seen: Sight | None = None,
    box: Coefficients | None = None,
    recipe: Recipe = TASK_ARITHMETIC,
    engine: MakeEngine = ENGINE,
    change: Callable[[Lineage], Lineage] = lambda lineage: lineage,
    parents: Parents | None = None,
) -> Forecaster:
    """θ₀ + Σ_e λ_{e,l} τ_e, λ searched on k trajectories: PS, but for what is given.

    peclet: None for what is the same at all, which brings its own sight; seen: the
    usual sight if not given; box: the numbers that are searched; recipe: what is done
    to task vectors before they are added; change: of θ₀ and experts before that;
    parents: in place of the experts.
    """
    if seen is None:
        assert peclet is not None, "what is the same at all Pe brings its own sight"
        seen = sight(study, peclet)
    box, parents = box or Coefficients(), parents or _experts(study)
    budget, own = shelf.budget_of(study, study.profile.ps), name in shelf.OWN

    def make(journal: Journal) -> Tensors:
        found = merge_in_parameter_space(
            change(parents.lineage()),
            seen.fitness(),
            budget=budget,
            recipe=recipe,
            coefficients=box,
            engine=engine,
            mask_seeds=MASK_SEEDS if recipe is DARE_TIES else 0,
            journal=generations.search_journal(journal),
            label=shelf.label(name, peclet),
        )
        return stored(found, own=own)

    shape: dict[str, Any] = {"box": plain(box)}
    if not own:
        shape = {"box": type(box).__name__, "ranges": plain(box)}
    config = shape | {
        "engine": name_of(engine),
        "recipe": recipe.parts,
        "budget": plain(budget),
    }
    return searched(study, name, peclet, config, make, seen, parents=parents)


def searched(
    study: Study,
    name: str,
    peclet: float | None,
    config: dict[str, Any],
    make: shelf.MakeTensors,
    seen: Sight,
    *,
    rollouts: int = 1,
    parents: Parents | None = None,
) -> Forecaster:
    """What `make` stores of a search; its history says how many evaluations it took.

    config: what provenance says of it beside the sight; rollouts: that one evaluation
    costs; parents: of the coefficients, the experts if not given.
    """
    parents = parents or _experts(study)
    kept = shelf.search(study, name, peclet, seen, config, make, parents.inputs)
    weights = shelf.weights(study, kept.require(HISTORY))
    history, lam = kept.tensors[HISTORY].numpy(), None
    if "coefficients" in kept.tensors:
        rows = kept.tensors["coefficients"].tolist()
        lam = dict(zip(parents.names, rows, strict=True))
    return Forecaster(
        predict=by_rollout(by_weights(training.world_model(study), weights)),
        cost=shelf.searched(seen, history.size, kept.path, rollouts=rollouts),
        paths=(kept.path,),
        weights=weights,
        found=FoundCoefficients(history, lam),
    )


def stored(found: ParameterSpaceMerge, *, own: bool = False) -> dict[str, Any]:
    """What is stored of a search in parameter space; own: without densities."""
    rows = list(found.coefficients.values())
    density = [found.density[name] for name in found.coefficients]
    tensors = shelf.stored(found.weights) | generations.stored(found.search)
    tensors |= {"coefficients": torch.tensor(rows, dtype=torch.float64)}
    if own:
        return tensors
    return tensors | {
        "density": torch.tensor(density, dtype=torch.float64),
        "rescored": torch.from_numpy(found.rescored),
    }


def _experts(study: Study) -> Parents:
    """Those of the study, whose checkpoints a sight has among its inputs already."""
    return Parents(study.profile.families, lambda: training.lineage(study), {})
