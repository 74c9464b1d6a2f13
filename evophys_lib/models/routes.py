"""Models that are a path through the layers of several predictors."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np
import torch

from evophys_lib.merge.data_flow import Path, decode, run
from evophys_lib.merge.dfs import DataFlowMerge, Routes, merge_in_data_flow, orders
from evophys_lib.merge.engines import CmaEs, MakeEngine, name_of
from evophys_lib.models import coefficients, shelf
from evophys_lib.models.generations import search_journals
from evophys_lib.models.model import Forecaster
from evophys_lib.models.shelf import HISTORY, Kept
from evophys_lib.store.journal import Journal
from evophys_lib.store.tensors import Tensors
from evophys_lib.study import training
from evophys_lib.study.scene import Roll, by_rollout
from evophys_lib.study.sight import sight
from evophys_lib.study.study import Study, plain
from evophys_lib.worldmodel.rollout import Weights

PATH_ENGINE: MakeEngine = CmaEs
"""By comparison at equal evaluations: book/search_quality.md."""
MERGED = "merged"
PATHS = ("dfs", "ps_dfs")
"""What every study searches, once from every expert."""
PARTS = ("best", "candidates", HISTORY)


@dataclass(frozen=True, eq=False)
class FoundRoutes:
    """What searches over paths found, one from every expert.

    path: the best of all; order: which search it came from, as `merge.dfs.orders`
    names it; histories: the fitness of every candidate, (G, P), by order; paths: the
    best of each order.
    """

    path: Path
    order: str
    histories: dict[str, np.ndarray]
    paths: dict[str, Path]

    @property
    def fitness(self) -> float:
        """The lowest of all evaluations."""
        return float(self.histories[self.order].min())

    def described(self) -> dict[str, Any]:
        """JSON-able."""
        paths = {order: path.layers() for order, path in self.paths.items()}
        return {"fitness": self.fitness, "order": self.order, "paths": paths}


def dfs(study: Study, peclet: float) -> Forecaster:
    """Paths through the layers of all experts, searched from either one."""
    return dfs_of(study, peclet, name="dfs", routes=Routes())


def dfs_of(study: Study, peclet: float, *, name: str, routes: Routes) -> Forecaster:
    """DFS over other routes."""
    return _searched(study, peclet, name, training.experts(study), routes)


def ps_dfs(study: Study, peclet: float) -> Forecaster:
    """Paths through the layers of the PS-merged predictor and all experts but one.

    The merge takes the place of the first, as Akiba et al. merge in data-flow space
    what was merged in parameter space with another parent.
    """
    merged = coefficients.ps(study, peclet)
    found = _searched(
        study,
        peclet,
        "ps_dfs",
        combined_models(study, merged),
        Routes(),
        inputs={"ps": shelf.merge_path(study, "ps", peclet)},
    )
    return replace(found, cost=found.cost.after(merged.cost))


def combined_models(study: Study, merged: Forecaster) -> dict[str, Weights]:
    """The models whose layers PS + DFS may use."""
    assert merged.weights is not None
    experts = training.experts(study)
    return {MERGED: merged.weights, **{f: experts[f] for f in list(experts)[1:]}}


def by_path(
    model: training.WorldModel, models: Mapping[str, Weights], path: Path
) -> Roll:
    """The rollout of a layer sequence."""
    return lambda z0, steps: run(model.predictor, models, [path], z0, steps)[:, 0]


def _searched(
    study: Study,
    peclet: float,
    name: str,
    models: Mapping[str, Weights],
    routes: Routes,
    inputs: Mapping[str, FilePath] | None = None,
) -> Forecaster:
    """What is stored of a search through the layers of some models."""
    model, seen = training.world_model(study), sight(study, peclet)
    budget = shelf.budget_of(study, study.profile.dfs)

    def make(journal: Journal) -> Tensors:
        found = merge_in_data_flow(
            model.predictor,
            models,
            seen.fitness(),
            budget=budget,
            routes=routes,
            engine=PATH_ENGINE,
            journals=search_journals(journal, orders(list(models))),
        )
        return _stored(found)

    config = {
        "engine": name_of(PATH_ENGINE),
        "routes": plain(routes),
        "budget": plain(budget),
    }
    kept = shelf.search(study, name, peclet, seen, config, make, inputs)
    found = _found(study, kept, tuple(models), routes)
    evaluations = sum(history.size for history in found.histories.values())
    return Forecaster(
        predict=by_rollout(by_path(model, models, found.path)),
        cost=shelf.searched(seen, evaluations, kept.path),
        paths=(kept.path,),
        found=found,
    )


def _stored(found: DataFlowMerge) -> Tensors:
    """What is stored of a search over paths."""
    return {
        f"{part}.{order}": torch.from_numpy(getattr(search, part))
        for order, search in found.searches.items()
        for part in PARTS
    }


def _found(
    study: Study, kept: Kept, names: tuple[str, ...], routes: Routes
) -> FoundRoutes:
    """What `_stored` stored of a search through models of these names."""
    by_order = orders(names)
    kept.require(*(f"{part}.{order}" for part in PARTS for order in by_order))
    paths = {
        order: decode(
            kept.tensors[f"best.{order}"].numpy(),
            experts=experts,
            blocks=study.profile.predictor.blocks,
            repetitions=routes.repetitions,
        )
        for order, experts in by_order.items()
    }
    histories = {o: kept.tensors[f"{HISTORY}.{o}"].numpy() for o in by_order}
    best = min(by_order, key=lambda order: float(histories[order].min()))
    return FoundRoutes(paths[best], best, histories, paths)
