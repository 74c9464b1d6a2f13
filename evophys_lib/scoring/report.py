"""results.json: everything that one study measured."""

import platform
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from evophys_lib.evaluate import results, verdicts
from evophys_lib.evaluate.scores import pooled
from evophys_lib.evaluate.verdicts import Route
from evophys_lib.models import registry
from evophys_lib.physics.equations import peclet_path
from evophys_lib.scoring import forecasts, home
from evophys_lib.scoring.scores import Document, scores
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study.study import Study

PACKAGES = ("evophys-lib", "torch", "numpy", "scipy", "optuna", "cmaes")
Scored = dict[str, Document]
"""`scores` of every model that results tell of, by name."""


def results_path(study: Study) -> Path:
    """Where results.json lies."""
    return study.folder / "results.json"


def make_results(study: Study) -> results.Document:
    """Run what is missing, collect all numbers, judge the claims, write results.json.

    At the profile's headline Péclet numbers.
    """
    peclets, models = study.profile.peclets, forecasts.told(study)
    forecasts.make_all(study, peclets, models.values())
    scored: dict[float, Scored] = {
        pe: {name: scores(study, pe, model) for name, model in models.items()}
        for pe in peclets
    }
    document = results.build(
        profile=study.profile.name,
        seed=study.seed,
        device=device_name(study.device),
        versions=versions(),
        world_model=home.world_model_scores(study),
        peclet={pe: _peclet_entry(study, pe, at) for pe, at in scored.items()},
        verdicts=_judged(study, scored),
        horizons=[horizon.name for horizon in study.profile.horizons],
        timings_s=timings(study),  # when every stage has run
    )
    path = results_path(study)
    with disk.locked(path):
        results.write(document, path)
    return document


def timings(study: Study) -> dict[str, float]:
    """Seconds that each artifact of the study took to make, by its path."""
    stages = {}
    for artifact in store.artifacts_below(study.folder):
        name = artifact.relative_to(study.folder).with_suffix("").as_posix()
        stages[name] = store.seconds_of(artifact)
    return stages


def model_scores(
    study: Study, peclet: float, names: Iterable[str]
) -> dict[str, Document]:
    """Pooled scores of some models at one Péclet number, by name; made if missing."""
    wanted = tuple(names)
    models = registry.named(study.profile, wanted)
    forecasts.make_all(study, (peclet,), models.values())
    return {
        name: pooled(scores(study, peclet, models[name])["metrics"]) for name in wanted
    }


def _peclet_entry(study: Study, peclet: float, scored: Scored) -> results.Document:
    speed, diffusivity = peclet_path(peclet)
    found = {name: at["found"] for name, at in scored.items() if at["found"]}
    path, combined = found["dfs"], found["ps_dfs"]
    floor = forecasts.forecast(study, peclet, registry.MODELS["floor"])
    return results.peclet_entry(
        advection_speed=speed,
        diffusivity=diffusivity,
        models={name: pooled(at["metrics"]) for name, at in scored.items()},
        coefficients=found["ps"]["lambda"],
        dfs_order=path["order"],
        dfs_path=path["paths"][path["order"]],
        probe_floor_nrmse=home.probe_floor(study, peclet, floor),
        search_fitness={name: one["fitness"] for name, one in found.items()},
        dfs_paths=path["paths"],
        ps_dfs={
            "order": combined["order"],
            "path": combined["paths"][combined["order"]],
        },
    )


def _judged(study: Study, scored: dict[float, Scored]) -> dict[str, Any]:
    last = f"squared_error_{study.profile.horizons[-1].name}"
    first = study.profile.families[0]
    return verdicts.judge(
        errors={
            pe: {n: [_errors(one["metrics"][last])] for n, one in at.items()}
            for pe, at in scored.items()
        },
        coefficients={
            pe: [at["ps"]["found"]["lambda"][first]] for pe, at in scored.items()
        },
        routes=[
            Route(study.seed, pe, order, tuple(layers))
            for pe, at in scored.items()
            for order, layers in at["dfs"]["found"]["paths"].items()
        ],
        parents=study.profile.families,
        seed=study.seed,
    )


def _errors(values: list[float | None]) -> np.ndarray:
    """By trajectory; null stands for ∞."""
    return np.array([np.inf if v is None else v for v in values], dtype=np.float64)


def device_name(device: torch.device) -> str:
    """The GPU, or the CPU with its threads."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    count = torch.get_num_threads()
    return f"cpu, {count} thread{'s' if count > 1 else ''}"


def versions(packages: Iterable[str] = PACKAGES) -> dict[str, str]:
    """Versions of Python and of packages, by default those that decide the numbers."""
    found = {package: version(package) for package in packages}
    return found | {"python": platform.python_version()}
