"""Baselines that run both experts, so that each step costs two predictors."""

import numpy as np
import torch
from torch import Tensor

from evophys_lib import store
from evophys_lib.journal import Journal
from evophys_lib.merge.baselines import (
    alternating_rollout,
    weighted_ensemble_rollout,
)
from evophys_lib.merge.engines import name_of
from evophys_lib.merge.search import search
from evophys_lib.merge.space import Space, real
from evophys_lib.parameters import peclet_key
from evophys_lib.pipeline import data, searching, training
from evophys_lib.pipeline.baselines import entry
from evophys_lib.pipeline.baselines.entry import Baseline
from evophys_lib.pipeline.generations import search_journal
from evophys_lib.pipeline.study import Study, plain
from evophys_lib.profiles import SearchSize

SHARES = (-0.5, 1.5)
"""Range of each output's weight: that of λ."""


def fitted_ensemble(study: Study, peclet: float) -> Baseline:
    """ẑ + Σ_e w_e (P_e(ẑ) − ẑ), one weight per expert, searched by CMA-ES.

    An evaluation runs both experts, so half as many generations are paid for.
    """
    whole = study.profile.ps
    half = SearchSize(max(1, whole.generations // 2), whole.popsize)
    budget = searching.budget_of(study, half)
    names = [f"weight_{family}" for family in data.FAMILIES]
    space = Space(tuple(real(name, *SHARES, start=0.5) for name in names))
    predictor = training.world_model(study).predictor
    experts = list(training.experts(study).values())
    seen = entry.sight(study, peclet)

    def make(journal: Journal) -> store.Tensors:
        fitness = seen.fitness()

        @torch.no_grad()
        def evaluate(candidates: np.ndarray) -> np.ndarray:
            shares = torch.from_numpy(candidates)
            return fitness(
                weighted_ensemble_rollout(
                    predictor, experts, shares, fitness.z0, fitness.steps
                )
            )

        found = search(
            evaluate,
            space,
            budget=budget,
            engine=searching.ENGINE,
            journal=search_journal(journal),
            label=f"fitted_ensemble at Pe {peclet_key(peclet)}",
        )
        return {
            "best": torch.from_numpy(found.best),
            "candidates": torch.from_numpy(found.candidates),
            "history": torch.from_numpy(found.history),
        }

    config = {
        "engine": name_of(searching.ENGINE),
        "budget": plain(budget),
        "range": list(SHARES),
    } | seen.config
    tensors, path = entry.obtain(
        study, "fitted_ensemble", peclet, config, seen.inputs, make
    )
    store.require(tensors, ("best", "history"), path)
    shares, evaluations = tensors["best"][None], tensors["history"].numel()

    def roll(z0: Tensor, steps: int) -> Tensor:
        return weighted_ensemble_rollout(predictor, experts, shares, z0, steps)[:, 0]

    return Baseline(
        roll=roll,
        cost=entry.searched(seen, evaluations, path, rollouts=len(experts)),
        paths=(path,),
    )


def heat_then_burgers(study: Study, peclet: float) -> Baseline:
    """The experts take turns, a step each; every step advances time.

    Each physics acts for half of the time: half of the target's advection, and the
    mean of both diffusions.
    """
    return _turns(study, data.FAMILIES, together=False)


def burgers_then_heat(study: Study, peclet: float) -> Baseline:
    """The same, Burgers first."""
    return _turns(study, data.FAMILIES[::-1], together=False)


def burgers_after_heat(study: Study, peclet: float) -> Baseline:
    """P_burgers ∘ P_heat in every step: Lie splitting, in which physics add up.

    The whole of the target's advection, and both diffusions: each expert brings one.
    """
    return _turns(study, data.FAMILIES, together=True)


def heat_after_burgers(study: Study, peclet: float) -> Baseline:
    """P_heat ∘ P_burgers in every step."""
    return _turns(study, data.FAMILIES[::-1], together=True)


def _turns(study: Study, order: tuple[str, ...], *, together: bool) -> Baseline:
    experts = training.experts(study)
    models = [experts[name] for name in order]
    predictor = training.world_model(study).predictor
    each = len(models) if together else 1

    def roll(z0: Tensor, steps: int) -> Tensor:
        return alternating_rollout(predictor, models, z0, each * steps)[
            each - 1 :: each
        ]

    return Baseline(roll)
