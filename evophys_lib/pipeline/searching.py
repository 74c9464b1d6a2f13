"""Stages 4 to 6: the evolutionary searches at one Péclet number.

Every search gets the k validation trajectories of the target through a
LatentFitness, which takes no other split.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path as FilePath

import numpy as np
import torch

from evophys_lib import store
from evophys_lib.journal import Journal, obtain_tensors
from evophys_lib.merge.data_flow import Path, decode
from evophys_lib.merge.dfs import DataFlowMerge, Routes, merge_in_data_flow
from evophys_lib.merge.engines import CmaEs, MakeEngine, Uniform, name_of
from evophys_lib.merge.family import Family
from evophys_lib.merge.fitness import LatentFitness
from evophys_lib.merge.parameter_space import TASK_ARITHMETIC
from evophys_lib.merge.ps import Coefficients, merge_in_parameter_space
from evophys_lib.merge.search import Budget
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.dataset import Trajectories
from evophys_lib.physics.splits import Split
from evophys_lib.pipeline import data, training, workers
from evophys_lib.pipeline.generations import search_journal, search_journals
from evophys_lib.pipeline.study import Stream, Study, plain
from evophys_lib.pipeline.training import WorldModel
from evophys_lib.profiles import SearchSize
from evophys_lib.worldmodel.device import one_thread
from evophys_lib.worldmodel.rollout import Weights, rollout

RECIPE = TASK_ARITHMETIC
ENGINE = CmaEs
PATH_ENGINE = CmaEs
"""By comparison at equal evaluations: book/search_quality.md."""
MERGED = "merged"
ORDERS = ("AB", "BA")
ROUTE_PARTS = ("best", "candidates", "history")


@dataclass(frozen=True)
class ParameterSpaceResult:
    """A stored search in parameter space.

    weights: of the merged predictor; coefficients: λ by family, one per layer;
    history (G, P): the fitness of every candidate; fitness: the best of them.
    """

    weights: Weights
    coefficients: dict[str, list[float]]
    history: np.ndarray
    fitness: float


@dataclass(frozen=True)
class DataFlowResult:
    """A stored search over layer sequences.

    path: the best path of both orders; order: which one it came from; histories:
    the fitness of every candidate, (G, P), by order; paths: the best of each order.
    """

    path: Path
    order: str
    histories: dict[str, np.ndarray]
    paths: dict[str, Path]
    fitness: float


def merge_path(study: Study, method: str, peclet: float) -> FilePath:
    """Where a search's result lies."""
    folder = study.folder / "merges" / f"pe{peclet_key(peclet)}"
    return folder / f"{method}.safetensors"


def family(study: Study) -> Family:
    """θ₀ and both experts, ready to be merged."""
    model = training.world_model(study)
    return Family(model.predictor, model.base, training.experts(study))


def fitness(study: Study, peclet: float) -> LatentFitness:
    """The fitness on the k validation trajectories of the target."""
    return fitness_on(study, data.target(study, Split.VALIDATION, peclet))


def fitness_on(
    study: Study, trajectories: Trajectories, steps: int | None = None
) -> LatentFitness:
    """The fitness on trajectories of the validation split, over H or `steps` steps."""
    encoder = training.world_model(study).encoder
    stride, steps = study.profile.predictor.stride, steps or study.profile.horizon_steps
    latents = encoder.windows(
        data.fields(trajectories, study.device), [stride * h for h in range(steps + 1)]
    )
    return LatentFitness(latents[0], latents[1:], trajectories.split)


@torch.no_grad()
def fitness_of(model: WorldModel, weights: Weights, fitness: LatentFitness) -> float:
    """The fitness of one predictor."""
    rolled = rollout(model.predictor, weights, fitness.z0, fitness.steps)
    return float(fitness(rolled[:, None])[0])


def ps(study: Study, peclet: float) -> ParameterSpaceResult:
    """Search per-layer λ by CMA-ES."""
    return _parameter_space(study, peclet, "ps", ENGINE)


def random_search(study: Study, peclet: float) -> ParameterSpaceResult:
    """The same space with the same number of evaluations, drawn at random."""
    return _parameter_space(study, peclet, "random_search", Uniform)


def dfs(study: Study, peclet: float) -> DataFlowResult:
    """Search paths through the layers of both experts, from either one."""
    return _data_flow(study, peclet, "dfs", lambda: training.experts(study), {})


def ps_dfs(study: Study, peclet: float) -> DataFlowResult:
    """Search paths through the layers of the PS-merged predictor and of Burgers'."""

    def models() -> dict[str, Weights]:
        return combined_models(study, peclet)

    ps(study, peclet)
    inputs = {"ps": merge_path(study, "ps", peclet)}
    return _data_flow(study, peclet, "ps_dfs", models, inputs)


METHODS = {"ps": ps, "random_search": random_search, "dfs": dfs, "ps_dfs": ps_dfs}
PARTS = {"ps": ("",), "random_search": ("",), "dfs": ORDERS, "ps_dfs": ORDERS}
"""The searches that a method consists of, as `generations` names them."""
CHAINS = (("ps", "ps_dfs"), ("dfs", "random_search"))
"""What must be run in order; chains are independent of one another."""


def make_all(study: Study, peclets: Iterable[float]) -> None:
    """Run all searches that are missing at these Péclet numbers, side by side."""
    training.make_experts(study)
    missing = [
        partial(_chain, peclet=peclet, methods=methods)
        for peclet in peclets
        for methods in CHAINS
        if not all(store.exists(merge_path(study, m, peclet)) for m in methods)
    ]
    workers.run(study, missing)


def _chain(study: Study, *, peclet: float, methods: tuple[str, ...]) -> None:
    for method in methods:
        METHODS[method](study, peclet)


def combined_models(study: Study, peclet: float) -> dict[str, Weights]:
    """The two models whose layers PS + DFS may use."""
    burgers = training.expert(study, "burgers").weights
    return {MERGED: ps(study, peclet).weights, "burgers": burgers}


def _parameter_space(
    study: Study, peclet: float, method: str, engine: MakeEngine
) -> ParameterSpaceResult:
    box, budget = Coefficients(), budget_of(study, study.profile.ps)

    def make(journal: Journal) -> store.Tensors:
        found = merge_in_parameter_space(
            family(study),
            fitness(study, peclet),
            budget=budget,
            recipe=RECIPE,
            coefficients=box,
            engine=engine,
            journal=search_journal(journal),
            label=f"{method} at Pe {peclet_key(peclet)}",
        )
        rows = [found.coefficients[name] for name in data.FAMILIES]
        return {
            **{f"weights.{name}": w for name, w in found.weights.items()},
            "coefficients": torch.tensor(rows, dtype=torch.float64),
            "candidates": torch.from_numpy(found.search.candidates),
            "history": torch.from_numpy(found.search.history),
        }

    config = {
        "method": method,
        "engine": name_of(engine),
        "recipe": RECIPE.parts,
        "box": plain(box),
        "budget": plain(budget),
    }
    stored = ("coefficients", "candidates", "history")
    tensors = _obtain(study, peclet, method, config, {}, make, stored)
    history = tensors["history"].numpy()
    return ParameterSpaceResult(
        weights={
            name.removeprefix("weights."): w.to(study.device)
            for name, w in tensors.items()
            if name.startswith("weights.")
        },
        coefficients=dict(
            zip(data.FAMILIES, tensors["coefficients"].tolist(), strict=True)
        ),
        history=history,
        fitness=float(history.min()),
    )


def _data_flow(
    study: Study,
    peclet: float,
    method: str,
    models: Callable[[], Mapping[str, Weights]],
    inputs: dict[str, FilePath],
) -> DataFlowResult:
    routes, budget = Routes(), budget_of(study, study.profile.dfs)

    def make(journal: Journal) -> store.Tensors:
        found = merge_in_data_flow(
            training.world_model(study).predictor,
            models(),
            fitness(study, peclet),
            budget=budget,
            routes=routes,
            engine=PATH_ENGINE,
            journals=search_journals(journal, PARTS[method]),
        )
        return stored_routes(found)

    config = {
        "method": method,
        "engine": name_of(PATH_ENGINE),
        "routes": plain(routes),
        "budget": plain(budget),
    }
    stored = [f"{part}.{order}" for part in ROUTE_PARTS for order in ORDERS]
    tensors = _obtain(study, peclet, method, config, inputs, make, stored)
    names = data.FAMILIES if method == "dfs" else (MERGED, "burgers")
    return routes_of(study, tensors, names, routes)


def stored_routes(found: DataFlowMerge) -> store.Tensors:
    """What is stored of a search over paths."""
    return {
        f"{part}.{order}": torch.from_numpy(getattr(search, part))
        for order, search in found.searches.items()
        for part in ROUTE_PARTS
    }


def routes_of(
    study: Study, tensors: store.Tensors, names: tuple[str, ...], routes: Routes
) -> DataFlowResult:
    """The search over paths between two models that `stored_routes` stored."""
    paths = {
        order: decode(
            tensors[f"best.{order}"].numpy(),
            experts=names if order == "AB" else names[::-1],
            blocks=study.profile.predictor.blocks,
            repetitions=routes.repetitions,
        )
        for order in ORDERS
    }
    histories = {order: tensors[f"history.{order}"].numpy() for order in ORDERS}
    best = min(ORDERS, key=lambda order: histories[order].min())
    lowest = float(histories[best].min())
    return DataFlowResult(paths[best], best, histories, paths, lowest)


def budget_of(study: Study, size: SearchSize) -> Budget:
    """Generations and candidates of a search, with the study's seed."""
    seed = study.generator(Stream.SEARCH).initial_seed() % 2**31
    return Budget(generations=size.generations, popsize=size.popsize, seed=seed)


def _obtain(
    study: Study,
    peclet: float,
    method: str,
    config: dict,
    inputs: dict[str, FilePath],
    make: Callable[[Journal], store.Tensors],
    names: Iterable[str],
) -> store.Tensors:
    training.make_experts(study)
    provenance = study.provenance(
        "merge",
        config | {"peclet": peclet, "horizon_steps": study.profile.horizon_steps},
        data=data.make_target(study, Split.VALIDATION, peclet),
        **{f"expert_{f}": training.expert_path(study, f) for f in data.FAMILIES},
        **inputs,
    )
    path = merge_path(study, method, peclet)

    def made(journal: Journal) -> store.Tensors:
        with one_thread():
            return make(journal)

    return store.require(obtain_tensors(path, provenance, made), names, path)
