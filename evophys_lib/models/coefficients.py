"""Models that are one predictor, merged by coefficients on what is seen of the target.

Each has the evaluations of PS, or as many as it can use, and differs from it in what
it gives to `parameter_space.search_coefficients`.
"""

from functools import partial

import numpy as np
import torch

from evophys_lib.merge.engines import Sobol, Uniform
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
)
from evophys_lib.merge.ps import Coefficients
from evophys_lib.merge.random_vectors import random_lineage
from evophys_lib.merge.search import search
from evophys_lib.merge.slerp import slerp as along_arcs
from evophys_lib.merge.space import Space, real
from evophys_lib.models import generations, shelf
from evophys_lib.models.model import Forecaster
from evophys_lib.models.parameter_space import search_coefficients, searched, stored
from evophys_lib.models.shelf import HISTORY
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.study.sight import fitness_of, sight, sight_of_all
from evophys_lib.study.study import Stream, Study, plain
from evophys_lib.worldmodel.rollout import Weights, rollout_population, unstack

RECIPE = TASK_ARITHMETIC
LOWEST_DENSITY = 0.3
SHORT = 1  # predictor steps of the short fitness


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

    def make(journal: Journal) -> Tensors:
        model, fitness = training.world_model(study), seen.fitness()
        experts = list(training.experts(study).values())
        found = [fitness_of(model, w, fitness) for w in experts]
        best = experts[int(np.argmin(found))]
        return shelf.stored(best) | {HISTORY: torch.tensor([found])}

    return searched(study, "best_parent", peclet, {}, make, seen)


def model_stock(study: Study, peclet: float) -> Forecaster:
    """As far from θ₀ to the soup as the experts' angle says; no data, no search."""
    lineage, model = training.lineage(study), training.world_model(study)
    weights = stock(lineage.base, lineage.vectors, lineage.layers)
    return Forecaster(by_rollout(by_weights(model, weights)), weights=weights)


def lambda_line(study: Study, peclet: float) -> Forecaster:
    """θ₀ + λ τ_1 + (1 − λ) τ_2, λ on a grid over the range of the search."""
    engine = partial(Grid, points=study.profile.ps.evaluations)
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
    budget = shelf.budget_of(study, study.profile.ps)
    engine = partial(Grid, points=study.profile.ps.evaluations)
    space = Space((real("t", 0.0, 1.0, start=0.5),))
    seen = sight(study, peclet)

    def make(journal: Journal) -> Tensors:
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
            journal=generations.search_journal(journal),
            label=shelf.label("slerp", peclet),
        )
        weights = unstack(_on_arcs(lineage, found.best[None]))[0]
        return shelf.stored(weights) | generations.stored(found)

    return searched(study, "slerp", peclet, {"budget": plain(budget)}, make, seen)


def gradient(study: Study, peclet: float) -> Forecaster:
    """λ per layer by gradient descent; a gradient counts as three evaluations."""
    budget, seen = shelf.budget_of(study, study.profile.ps), sight(study, peclet)

    def make(journal: Journal) -> Tensors:
        found = descend(
            training.lineage(study),
            seen.fitness(),
            budget=budget,
            mask_seeds=0,
            journal=journal,
            label=shelf.label("gradient", peclet),
        )
        return stored(found)

    config = {"budget": plain(budget), "cost": GRADIENT_COST}
    return searched(
        study, "gradient", peclet, config, make, seen, rollouts=GRADIENT_COST
    )


def _on_arcs(lineage: Lineage, candidates: np.ndarray) -> Weights:
    """The models at t (C, 1), stacked."""
    first, second = unstack(lineage.vectors)
    t = torch.from_numpy(candidates).expand(-1, lineage.blocks + 1)  # (C, n_layers)
    vectors = along_arcs(first, second, t, lineage.layers)
    return {name: theta0 + vectors[name] for name, theta0 in lineage.base.items()}
