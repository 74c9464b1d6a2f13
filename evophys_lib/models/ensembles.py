"""Models that run every expert, so that each step costs several predictors."""

import numpy as np
import torch
from torch import Tensor

from evophys_lib.merge.engines import name_of
from evophys_lib.merge.ensembles import (
    alternating_rollout,
    weighted_ensemble_rollout,
)
from evophys_lib.merge.search import search
from evophys_lib.merge.space import Space, real
from evophys_lib.models import generations, shelf
from evophys_lib.models.model import Forecaster
from evophys_lib.models.parameter_space import ENGINE
from evophys_lib.models.shelf import HISTORY
from evophys_lib.profiles import SearchSize
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import by_rollout
from evophys_lib.study.sight import sight
from evophys_lib.study.study import Study, plain

SHARES = (-0.5, 1.5)
"""Range of each output's weight: that of λ."""


def fitted_ensemble(study: Study, peclet: float) -> Forecaster:
    """ẑ + Σ_e w_e (P_e(ẑ) − ẑ), one weight per expert, searched by CMA-ES.

    An evaluation runs all E experts, so a share 1/E of the generations is paid for.
    """
    whole, families = study.profile.ps, study.profile.families
    share = SearchSize(max(1, whole.generations // len(families)), whole.popsize)
    budget = shelf.budget_of(study, share)
    names = [f"weight_{family}" for family in families]
    space = Space(tuple(real(name, *SHARES, start=0.5) for name in names))
    predictor = training.world_model(study).predictor
    experts = list(training.experts(study).values())
    seen = sight(study, peclet)

    def make(journal: Journal) -> Tensors:
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
            engine=ENGINE,
            journal=generations.search_journal(journal),
            label=shelf.label("fitted_ensemble", peclet),
        )
        return generations.stored(found) | {"best": torch.from_numpy(found.best)}

    config = {
        "engine": name_of(ENGINE),
        "budget": plain(budget),
        "range": list(SHARES),
    }
    kept = shelf.search(study, "fitted_ensemble", peclet, seen, config, make)
    kept.require("best", HISTORY)
    shares, evaluations = kept.tensors["best"][None], kept.tensors[HISTORY].numel()

    def roll(z0: Tensor, steps: int) -> Tensor:
        return weighted_ensemble_rollout(predictor, experts, shares, z0, steps)[:, 0]

    return Forecaster(
        predict=by_rollout(roll),
        cost=shelf.searched(seen, evaluations, kept.path, rollouts=len(experts)),
        paths=(kept.path,),
    )


def in_turns(study: Study, peclet: float, *, order: tuple[str, ...]) -> Forecaster:
    """The experts take turns, a step each; every step advances time.

    Each physics acts for its share of the time only: of two, half of the target's
    advection, and the mean of both diffusions.
    """
    del peclet
    return _turns(study, order, together=False)


def composed(study: Study, peclet: float, *, order: tuple[str, ...]) -> Forecaster:
    """All experts in every step, the first of `order` first: Lie splitting.

    Physics add up: the whole of the target's advection, and every diffusion.
    """
    del peclet
    return _turns(study, order, together=True)


def _turns(study: Study, order: tuple[str, ...], *, together: bool) -> Forecaster:
    experts = training.experts(study)
    models = [experts[name] for name in order]
    predictor = training.world_model(study).predictor
    each = len(models) if together else 1

    def roll(z0: Tensor, steps: int) -> Tensor:
        every = alternating_rollout(predictor, models, z0, each * steps)
        return every[each - 1 :: each]

    return Forecaster(by_rollout(roll))
