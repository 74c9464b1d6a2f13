"""Stage 7: results.json, everything that one study measured."""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from evophys_lib import store
from evophys_lib.evaluate import results, verdicts
from evophys_lib.evaluate.verdicts import Route
from evophys_lib.physics.equations import peclet_path
from evophys_lib.pipeline import searching, source_scores, target_scores
from evophys_lib.pipeline.study import Study

PACKAGES = ("evophys-lib", "torch", "numpy", "scipy", "optuna", "cmaes")


def results_path(study: Study) -> Path:
    """Where results.json lies."""
    return study.folder / "results.json"


def make_results(
    study: Study, peclets: Iterable[float] | None = None
) -> results.Document:
    """Run what is missing, collect all numbers, judge the claims, write results.json.

    peclets: the profile's headline numbers if not given.
    """
    chosen = tuple(study.profile.peclets if peclets is None else peclets)
    searching.make_all(study, chosen)
    entries = {pe: _peclet_entry(study, pe) for pe in chosen}
    world_model = source_scores.world_model_scores(study)
    judged = _judged(study, chosen)
    document = results.build(
        profile=study.profile.name,
        seed=study.seed,
        device=device_name(study.device),
        versions=versions(),
        timings_s=timings(study),  # last, when every stage has run
        world_model=world_model,
        peclet=entries,
        verdicts=judged,
    )
    path = results_path(study)
    with store.locked(path):
        results.write(document, path)
    return document


def timings(study: Study) -> dict[str, float]:
    """Seconds that each artifact of the study took to make, by its path."""
    suffix = ".record.json"
    stages = {}
    for record in sorted(study.folder.rglob(f"*{suffix}")):
        artifact = record.with_name(record.name.removesuffix(suffix))
        name = artifact.relative_to(study.folder).with_suffix("").as_posix()
        stages[name] = store.seconds_of(artifact)
    return stages


def _peclet_entry(study: Study, peclet: float) -> results.Document:
    speed, diffusivity = peclet_path(peclet)
    merged = searching.ps(study, peclet)
    path = searching.dfs(study, peclet)
    return results.peclet_entry(
        advection_speed=speed,
        diffusivity=diffusivity,
        models=target_scores.model_scores(study, peclet),
        lambda_heat=merged.coefficients["heat"],
        lambda_burgers=merged.coefficients["burgers"],
        dfs_order=path.order,
        dfs_path=path.path.layers(),
        probe_floor_nrmse=target_scores.probe_floor(study, peclet),
        search_fitness={
            name: method(study, peclet).fitness
            for name, method in searching.METHODS.items()
        },
        dfs_paths={order: p.layers() for order, p in path.paths.items()},
        ps_dfs={
            "order": (combined := searching.ps_dfs(study, peclet)).order,
            "path": combined.path.layers(),
        },
    )


def _judged(study: Study, peclets: tuple[float, ...]) -> dict[str, Any]:
    errors, coefficients, routes = {}, {}, []
    for pe in peclets:
        by_model = target_scores.squared_errors(study, pe)
        errors[pe] = {name: [e] for name, e in by_model.items()}
        coefficients[pe] = [searching.ps(study, pe).coefficients["heat"]]
        routes += [
            Route(study.seed, pe, order, tuple(path.layers()))
            for order, path in searching.dfs(study, pe).paths.items()
        ]
    return verdicts.judge(
        errors=errors, coefficients=coefficients, routes=routes, seed=study.seed
    )


def device_name(device: torch.device) -> str:
    """The GPU, or the CPU with its threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"cpu, {torch.get_num_threads()} threads"


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of Python and of packages, by default those that decide the numbers."""
    found = {package: version(package) for package in packages}
    return found | {"python": platform.python_version()}
