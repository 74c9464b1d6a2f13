"""Models that are one predictor, merged by coefficients on what is seen of the target.

Each has the evaluations of the search in parameter space, or as many as it can use.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evophys_lib.merge.engines import CmaEs, MakeEngine, Sobol, Uniform, name_of
from evophys_lib.merge.fewer_numbers import Grid, Line, OnePerExpert
from evophys_lib.merge.gradient import GRADIENT_COST, descend
from evophys_lib.merge.lineage import Lineage
from evophys_lib.merge.model_stock import model_stock as stock
from evophys_lib.merge.parameter_space import (
    DARE_TIES,
    ELECT_MEAN,
    ELECT_SUM,
    TASK_ARITHMETIC,
    TIES,
    Recipe,
)
from evophys_lib.merge.ps import (
    Coefficients,
    ParameterSpaceMerge,
    merge_in_parameter_space,
)
from evophys_lib.merge.random_vectors import random_lineage
from evophys_lib.merge.search import Budget, search
from evophys_lib.merge.slerp import slerp as along_arcs
from evophys_lib.merge.space import Space, real
from evophys_lib.models import shelf
from evophys_lib.models.generations import search_journal
from evophys_lib.models.model import Forecaster
from evophys_lib.models.shelf import HISTORY
from evophys_lib.parameters import peclet_key
from evophys_lib.store import artifacts as store
from evophys_lib.store.journal import Journal
from evophys_lib.study import training
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.study.sight import Sight, fitness_of, sight, sight_of_all
from evophys_lib.study.study import Stream, Study, plain
from evophys_lib.worldmodel.rollout import Weights, rollout_population, unstack

RECIPE = TASK_ARITHMETIC
ENGINE: MakeEngine = CmaEs
"""By comparison at equal evaluations: book/search_quality.md."""
LOWEST_DENSITY = 0.3
MASK_SEEDS = 5
SHORT = 1  # predictor steps of the short fitness


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


def ps(study: Study, peclet: float) -> Forecaster:
    """λ per expert and layer, searched by CMA-ES."""
    return search_coefficients(study, "ps", peclet, recipe=RECIPE)


def random_search(study: Study, peclet: float) -> Forecaster:
    """The same space with the same number of evaluations, drawn at random."""
    return search_coefficients(
        study, "random_search", peclet, recipe=RECIPE, engine=Uniform
    )


def best_parent(study: Study, peclet: float) -> Forecaster:
    """The expert with the lower fitness on the k trajectories."""
    seen = sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        model, fitness = training.world_model(study), seen.fitness()
        experts = list(training.experts(study).values())
        found = [fitness_of(model, w, fitness) for w in experts]
        best = experts[int(np.argmin(found))]
        return shelf.stored(best) | {HISTORY: torch.tensor([found])}

    return _searched(study, "best_parent", peclet, {}, make, seen)


def model_stock(study: Study, peclet: float) -> Forecaster:
    """As far from θ₀ to the soup as the experts' angle says; no data, no search."""
    lineage, model = training.lineage(study), training.world_model(study)
    weights = stock(lineage.base, lineage.vectors, lineage.layers)
    return Forecaster(by_rollout(by_weights(model, weights)), weights=weights)


def lambda_line(study: Study, peclet: float) -> Forecaster:
    """θ₀ + λ τ_1 + (1 − λ) τ_2, λ on a grid over the range of the search."""
    budget = _budget(study)
    engine = partial(Grid, points=budget.generations * budget.popsize)
    return search_coefficients(study, "lambda_line", peclet, box=Line(), engine=engine)


def task_arithmetic(study: Study, peclet: float) -> Forecaster:
    """One λ per expert."""
    return search_coefficients(study, "task_arithmetic", peclet, box=OnePerExpert())


def ties(study: Study, peclet: float) -> Forecaster:
    """TIES with λ per layer and a density per expert, all searched."""
    box = Coefficients(lowest_density=LOWEST_DENSITY)
    return search_coefficients(study, "ties", peclet, box=box, recipe=TIES)


def dare_ties(study: Study, peclet: float) -> Forecaster:
    """DARE-TIES likewise; `rescored` holds its fitness on five fresh masks."""
    box = Coefficients(lowest_density=LOWEST_DENSITY)
    return search_coefficients(study, "dare_ties", peclet, box=box, recipe=DARE_TIES)


def sobol(study: Study, peclet: float) -> Forecaster:
    """The box of the search filled evenly, with as many evaluations."""
    return search_coefficients(study, "sobol", peclet, engine=Sobol)


def random_vectors(study: Study, peclet: float) -> Forecaster:
    """The same search along random directions as long as the task vectors."""
    generator = study.generator(Stream.BASELINE, 0)
    return search_coefficients(
        study,
        "random_vectors",
        peclet,
        change=lambda lineage: random_lineage(lineage, generator),
    )


def ps_of(study: Study, peclet: float, *, count: int) -> Forecaster:
    """PS that sees another number of trajectories."""
    seen = sight(study, peclet, count=count)
    return search_coefficients(study, f"ps_k{count}", peclet, seen=seen)


def ps_short(study: Study, peclet: float) -> Forecaster:
    """PS whose fitness looks one predictor step ahead."""
    seen = sight(study, peclet, steps=SHORT)
    return search_coefficients(study, "ps_short", peclet, seen=seen)


def ps_elect_sum(study: Study, peclet: float) -> Forecaster:
    """PS with TIES' election of signs."""
    return search_coefficients(study, "ps_elect_sum", peclet, recipe=ELECT_SUM)


def ps_elect_mean(study: Study, peclet: float) -> Forecaster:
    """The same, normalised by the coefficients that agree."""
    return search_coefficients(study, "ps_elect_mean", peclet, recipe=ELECT_MEAN)


def ps_one(study: Study, peclet: float) -> Forecaster:
    """One λ for all headline Péclet numbers, chosen on equally many trajectories."""
    del peclet  # the same at all
    return search_coefficients(study, "ps_one", None, seen=sight_of_all(study))


def slerp(study: Study, peclet: float) -> Forecaster:
    """θ₀ + slerp(τ_1, τ_2; t), one t for all layers, on a grid over [0, 1].

    Between task vectors, not weights: those of fine-tuned models are nearly parallel,
    and the arc between them is the line.
    """
    budget = _budget(study)
    engine = partial(Grid, points=budget.generations * budget.popsize)
    space = Space((real("t", 0.0, 1.0, start=0.5),))
    seen = sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        lineage, fitness = training.lineage(study), seen.fitness()

        @torch.no_grad()
        def evaluate(candidates: np.ndarray) -> np.ndarray:
            models, z0 = _on_arcs(lineage, candidates), fitness.z0
            return fitness(
                rollout_population(lineage.predictor, models, z0, fitness.steps)
            )

        found = search(
            evaluate,
            space,
            budget=budget,
            engine=engine,
            journal=search_journal(journal),
            label=_label("slerp", peclet),
        )
        weights = unstack(_on_arcs(lineage, found.best[None]))[0]
        return shelf.stored(weights) | {
            "candidates": torch.from_numpy(found.candidates),
            HISTORY: torch.from_numpy(found.history),
        }

    return _searched(study, "slerp", peclet, {"budget": plain(budget)}, make, seen)


def gradient(study: Study, peclet: float) -> Forecaster:
    """λ per layer by gradient descent; a gradient counts as three evaluations."""
    budget, seen = _budget(study), sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        found = descend(
            training.lineage(study),
            seen.fitness(),
            budget=budget,
            mask_seeds=0,
            journal=journal,
            label=_label("gradient", peclet),
        )
        return _tensors(found)

    config = {"budget": plain(budget), "cost": GRADIENT_COST}
    return _searched(
        study, "gradient", peclet, config, make, seen, rollouts=GRADIENT_COST
    )


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
    """A search in parameter space that differs from PS in what is given."""
    box, budget, own = box or Coefficients(), _budget(study), name in shelf.OWN
    seen = seen or sight(study, _required(peclet))
    parents = parents or _experts(study)

    def make(journal: Journal) -> store.Tensors:
        found = merge_in_parameter_space(
            change(parents.lineage()),
            seen.fitness(),
            budget=budget,
            recipe=recipe,
            coefficients=box,
            engine=engine,
            mask_seeds=MASK_SEEDS if recipe is DARE_TIES else 0,
            journal=search_journal(journal),
            label=_label(name, peclet),
        )
        return _tensors(found, own)

    shape: dict[str, Any] = {"box": plain(box)}
    if not own:
        shape = {"box": type(box).__name__, "ranges": plain(box)}
    config = shape | {
        "engine": name_of(engine),
        "recipe": recipe.parts,
        "budget": plain(budget),
    }
    return _searched(study, name, peclet, config, make, seen, parents=parents)


def _experts(study: Study) -> Parents:
    """Those of the study, whose checkpoints a sight has among its inputs already."""
    return Parents(study.profile.families, lambda: training.lineage(study), {})


def _searched(
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
    """What is stored of a search; its history says how many evaluations it took."""
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


def _tensors(found: ParameterSpaceMerge, own: bool = False) -> dict[str, Any]:
    """What is stored of a search in parameter space; densities where some are."""
    rows = [found.coefficients[name] for name in found.coefficients]
    density = [found.density[name] for name in found.coefficients]
    tensors = shelf.stored(found.weights) | {
        "coefficients": torch.tensor(rows, dtype=torch.float64),
        "candidates": torch.from_numpy(found.search.candidates),
        HISTORY: torch.from_numpy(found.search.history),
    }
    if own:
        return tensors
    return tensors | {
        "density": torch.tensor(density, dtype=torch.float64),
        "rescored": torch.from_numpy(found.rescored),
    }


def _on_arcs(lineage: Lineage, candidates: np.ndarray) -> Weights:
    """The models at t (C, 1), stacked."""
    first, second = unstack(lineage.vectors)
    t = torch.from_numpy(candidates).expand(-1, lineage.blocks + 1)  # (C, n_layers)
    vectors = along_arcs(first, second, t, lineage.layers)
    return {name: theta0 + vectors[name] for name, theta0 in lineage.base.items()}


def _budget(study: Study) -> Budget:
    return shelf.budget_of(study, study.profile.ps)


def _label(name: str, peclet: float | None) -> str:
    return name if peclet is None else f"{name} at Pe {peclet_key(peclet)}"


def _required(peclet: float | None) -> float:
    assert peclet is not None, "what is the same at all Pe brings its own sight"
    return peclet
