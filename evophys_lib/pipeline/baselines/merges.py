"""Baselines that are one predictor, merged from both experts on the k trajectories.

Each has the evaluations of the search in parameter space, or as many as it can use.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from evophys_lib import store
from evophys_lib.journal import Journal
from evophys_lib.merge.engines import MakeEngine, Sobol, name_of
from evophys_lib.merge.family import Family
from evophys_lib.merge.fewer_numbers import Grid, Line, OnePerExpert
from evophys_lib.merge.gradient import GRADIENT_COST, descend
from evophys_lib.merge.model_stock import model_stock as stock
from evophys_lib.merge.parameter_space import (
    DARE_TIES,
    TASK_ARITHMETIC,
    TIES,
    Recipe,
)
from evophys_lib.merge.ps import (
    Coefficients,
    ParameterSpaceMerge,
    merge_in_parameter_space,
)
from evophys_lib.merge.random_vectors import random_family
from evophys_lib.merge.search import Budget, search
from evophys_lib.merge.slerp import slerp as along_arcs
from evophys_lib.merge.space import Space, real
from evophys_lib.parameters import peclet_key
from evophys_lib.pipeline import forecasting, searching, training
from evophys_lib.pipeline.baselines import entry
from evophys_lib.pipeline.baselines.entry import Baseline
from evophys_lib.pipeline.generations import search_journal
from evophys_lib.pipeline.study import Stream, Study, plain
from evophys_lib.worldmodel.rollout import Weights, rollout_population, unstack

LOWEST_DENSITY = 0.3
MASK_SEEDS = 5
HISTORY, RESCORED = "history", "rescored"


def best_parent(study: Study, peclet: float) -> Baseline:
    """The expert with the lower fitness on the k trajectories."""
    seen = entry.sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        model, fitness = training.world_model(study), seen.fitness()
        experts = list(training.experts(study).values())
        found = [searching.fitness_of(model, w, fitness) for w in experts]
        best = experts[int(np.argmin(found))]
        return entry.stored(best) | {HISTORY: torch.tensor([found])}

    return _obtained(study, "best_parent", peclet, {}, make, seen)


def model_stock(study: Study, peclet: float) -> Baseline:
    """As far from θ₀ to the soup as the experts' angle says; no data, no search."""
    training.make_experts(study)
    family = searching.family(study)
    weights = stock(family.base, family.vectors, family.layers)
    model = training.world_model(study)
    return Baseline(forecasting.by_weights(model, weights), weights=weights)


def lambda_line(study: Study, peclet: float) -> Baseline:
    """θ₀ + λ τ_heat + (1 − λ) τ_burgers, λ on a grid over the range of the search."""
    evaluations = entry.evaluations_of(_budget(study))
    engine = partial(Grid, points=evaluations)
    return search_coefficients(study, "lambda_line", peclet, box=Line(), engine=engine)


def task_arithmetic(study: Study, peclet: float) -> Baseline:
    """One λ per expert."""
    return search_coefficients(study, "task_arithmetic", peclet, box=OnePerExpert())


def ties(study: Study, peclet: float) -> Baseline:
    """TIES with λ per layer and a density per expert, all searched."""
    box = Coefficients(lowest_density=LOWEST_DENSITY)
    return search_coefficients(study, "ties", peclet, box=box, recipe=TIES)


def dare_ties(study: Study, peclet: float) -> Baseline:
    """DARE-TIES likewise; `rescored` holds its fitness on five fresh masks."""
    box = Coefficients(lowest_density=LOWEST_DENSITY)
    return search_coefficients(study, "dare_ties", peclet, box=box, recipe=DARE_TIES)


def sobol(study: Study, peclet: float) -> Baseline:
    """The box of the search filled evenly, with as many evaluations."""
    return search_coefficients(study, "sobol", peclet, engine=Sobol)


def random_vectors(study: Study, peclet: float) -> Baseline:
    """The same search along random directions as long as the task vectors."""
    generator = study.generator(Stream.BASELINE, 0)
    return search_coefficients(
        study,
        "random_vectors",
        peclet,
        change=lambda family: random_family(family, generator),
    )


def slerp(study: Study, peclet: float) -> Baseline:
    """θ₀ + slerp(τ_heat, τ_burgers; t), one t for all layers, on a grid over [0, 1].

    Between task vectors, not weights: those of fine-tuned models are nearly parallel,
    and the arc between them is the line.
    """
    budget = _budget(study)
    engine = partial(Grid, points=entry.evaluations_of(budget))
    space = Space((real("t", 0.0, 1.0, start=0.5),))
    seen = entry.sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        family, fitness = searching.family(study), seen.fitness()

        @torch.no_grad()
        def evaluate(candidates: np.ndarray) -> np.ndarray:
            models, z0 = _on_arcs(family, candidates), fitness.z0
            return fitness(
                rollout_population(family.predictor, models, z0, fitness.steps)
            )

        found = search(
            evaluate,
            space,
            budget=budget,
            engine=engine,
            journal=search_journal(journal),
            label=_label("slerp", peclet),
        )
        weights = unstack(_on_arcs(family, found.best[None]))[0]
        return entry.stored(weights) | {
            "candidates": torch.from_numpy(found.candidates),
            HISTORY: torch.from_numpy(found.history),
        }

    return _obtained(study, "slerp", peclet, {"budget": plain(budget)}, make, seen)


def gradient(study: Study, peclet: float) -> Baseline:
    """λ per layer by gradient descent; a gradient counts as three evaluations."""
    budget, seen = _budget(study), entry.sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        found = descend(
            searching.family(study),
            seen.fitness(),
            budget=budget,
            mask_seeds=0,
            journal=journal,
            label=_label("gradient", peclet),
        )
        return _searched(found)

    config = {"budget": plain(budget), "cost": GRADIENT_COST}
    return _obtained(
        study, "gradient", peclet, config, make, seen, rollouts=GRADIENT_COST
    )


def _budget(study: Study) -> Budget:
    return searching.budget_of(study, study.profile.ps)


def _label(name: str, peclet: float | None) -> str:
    return name if peclet is None else f"{name} at Pe {peclet_key(peclet)}"


def _on_arcs(family: Family, candidates: np.ndarray) -> Weights:
    """The models at t (C, 1), stacked."""
    heat, burgers = unstack(family.vectors)
    t = torch.from_numpy(candidates).expand(-1, family.blocks + 1)  # (C, n_layers)
    vectors = along_arcs(heat, burgers, t, family.layers)
    return {name: theta0 + vectors[name] for name, theta0 in family.base.items()}


def search_coefficients(
    study: Study,
    name: str,
    peclet: float | None,
    *,
    seen: entry.Sight | None = None,
    box: Coefficients | None = None,
    recipe: Recipe = TASK_ARITHMETIC,
    engine: MakeEngine = searching.ENGINE,
    change: Callable[[Family], Family] = lambda family: family,
) -> Baseline:
    """A search in parameter space that differs from PS in what is given."""
    box, budget = box or Coefficients(), _budget(study)
    seen = seen or entry.sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        found = merge_in_parameter_space(
            change(searching.family(study)),
            seen.fitness(),
            budget=budget,
            recipe=recipe,
            coefficients=box,
            engine=engine,
            mask_seeds=MASK_SEEDS if recipe is DARE_TIES else 0,
            journal=search_journal(journal),
            label=_label(name, peclet),
        )
        return _searched(found)

    config = {
        "engine": name_of(engine),
        "recipe": recipe.parts,
        "box": type(box).__name__,
        "ranges": plain(box),
        "budget": plain(budget),
    }
    return _obtained(study, name, peclet, config, make, seen)


def _searched(found: ParameterSpaceMerge) -> store.Tensors:
    """What is stored of a search in parameter space."""
    rows = [found.coefficients[name] for name in found.coefficients]
    density = [found.density[name] for name in found.coefficients]
    return entry.stored(found.weights) | {
        "coefficients": torch.tensor(rows, dtype=torch.float64),
        "density": torch.tensor(density, dtype=torch.float64),
        "candidates": torch.from_numpy(found.search.candidates),
        HISTORY: torch.from_numpy(found.search.history),
        RESCORED: torch.from_numpy(found.rescored),
    }


def _obtained(
    study: Study,
    name: str,
    peclet: float | None,
    config: dict[str, Any],
    make: Callable[[Journal], store.Tensors],
    seen: entry.Sight,
    *,
    rollouts: int = 1,
) -> Baseline:
    """The stored baseline; its history says how many evaluations it took."""
    config = config | seen.config
    tensors, path = entry.obtain(study, name, peclet, config, seen.inputs, make)
    store.require(tensors, (HISTORY,), path)
    weights = entry.loaded(study, tensors, path)
    return Baseline(
        roll=forecasting.by_weights(training.world_model(study), weights),
        cost=entry.searched(seen, tensors[HISTORY].numel(), path, rollouts=rollouts),
        paths=(path,),
        weights=weights,
    )
