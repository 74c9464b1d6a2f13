"""Merges that differ from PS, DFS or few-shot fine-tuning in one choice.

What the choice is worth shows beside them: how much of the target is seen, over which
horizon, how signs are settled, how often layers are offered, whether they are scaled.
Densities, TIES and one λ per expert are baselines.
"""

from collections.abc import Mapping
from functools import partial

import torch

from evophys_lib.journal import Journal
from evophys_lib.merge.dfs import Routes, merge_in_data_flow
from evophys_lib.merge.engines import name_of
from evophys_lib.merge.parameter_space import ELECT_MEAN, ELECT_SUM
from evophys_lib.pipeline import data, searching, training
from evophys_lib.pipeline.baselines import entry, merges, tuning
from evophys_lib.pipeline.baselines.entry import Baseline, Stage
from evophys_lib.pipeline.generations import search_journals
from evophys_lib.pipeline.study import Study, plain
from evophys_lib.pipeline.target_scores import by_path
from evophys_lib.profiles import Profile

SHORT = 1  # predictor steps of the short fitness


def ps_of(study: Study, peclet: float, *, count: int) -> Baseline:
    """PS that sees another number of trajectories."""
    seen = entry.sight(study, peclet, count=count)
    return merges.search_coefficients(study, f"ps_k{count}", peclet, seen=seen)


def few_shot_of(study: Study, peclet: float, *, count: int) -> Baseline:
    """The expert that another number of trajectories chooses, fine-tuned on them."""
    seen = entry.sight(study, peclet, count=count)
    model, fitness = training.world_model(study), seen.fitness()
    found = {
        name: searching.fitness_of(model, weights, fitness)
        for name, weights in training.experts(study).items()
    }
    return tuning.few_shot(study, peclet, min(found, key=found.get), seen)


def ps_short(study: Study, peclet: float) -> Baseline:
    """PS whose fitness looks one predictor step ahead."""
    seen = entry.sight(study, peclet, steps=SHORT)
    return merges.search_coefficients(study, "ps_short", peclet, seen=seen)


def ps_elect_sum(study: Study, peclet: float) -> Baseline:
    """PS with TIES' election of signs."""
    return merges.search_coefficients(study, "ps_elect_sum", peclet, recipe=ELECT_SUM)


def ps_elect_mean(study: Study, peclet: float) -> Baseline:
    """The same, normalised by the coefficients that agree."""
    return merges.search_coefficients(study, "ps_elect_mean", peclet, recipe=ELECT_MEAN)


def ps_one(study: Study, peclet: float) -> Baseline:
    """One λ for all headline Péclet numbers, chosen on equally many trajectories."""
    del peclet  # the same at all
    seen = entry.sight_of_all(study)
    return merges.search_coefficients(study, "ps_one", None, seen=seen)


def dfs_of(study: Study, peclet: float, *, name: str, routes: Routes) -> Baseline:
    """DFS over other routes, from both orders."""
    model, experts = training.world_model(study), training.experts(study)
    budget = searching.budget_of(study, study.profile.dfs)
    seen = entry.sight(study, peclet)

    def make(journal: Journal) -> dict[str, torch.Tensor]:
        found = merge_in_data_flow(
            model.predictor,
            experts,
            seen.fitness(),
            budget=budget,
            routes=routes,
            engine=searching.PATH_ENGINE,
            journals=search_journals(journal, searching.ORDERS),
        )
        return searching.stored_routes(found)

    config = {
        "engine": name_of(searching.PATH_ENGINE),
        "routes": plain(routes),
        "budget": plain(budget),
    } | seen.config
    tensors, path = entry.obtain(study, name, peclet, config, seen.inputs, make)
    found = searching.routes_of(study, tensors, data.FAMILIES, routes)
    evaluations = sum(history.size for history in found.histories.values())
    return Baseline(
        roll=by_path(model, experts, found.path),
        cost=entry.searched(seen, evaluations, path),
        paths=(path,),
    )


def variations(profile: Profile) -> Mapping[str, Stage]:
    """All of them by name, in the order of tables."""
    stages: dict[str, Stage] = {}
    for count in profile.search_counts:
        stages[f"ps_k{count}"] = partial(ps_of, count=count)
        stages[f"few_shot_k{count}"] = partial(few_shot_of, count=count)
    stages |= {
        "ps_one": ps_one,
        "ps_short": ps_short,
        "ps_elect_sum": ps_elect_sum,
        "ps_elect_mean": ps_elect_mean,
    }
    for name, routes in ROUTES.items():
        stages[name] = partial(dfs_of, name=name, routes=routes)
    return stages


ROUTES: Mapping[str, Routes] = {
    "dfs_r1": Routes(repetitions=1),
    "dfs_r2": Routes(repetitions=2),
    "dfs_unscaled": Routes(reach=0.0),
}
"""Of the variations of DFS: PS and DFS of the book offer layers three times."""
