"""What every model says of the target's test split: an artifact per model and Pe.

It holds `fields` (H, n, N) and, for what works in latent space, `latent` (H,): the
latent MSE over the target's variance.
"""

from collections.abc import Iterable
from functools import partial
from pathlib import Path

import numpy as np

from evophys_lib.evaluate.metrics import nrmse
from evophys_lib.models import registry
from evophys_lib.models.model import Forecaster, Group, Model, Models
from evophys_lib.parameters import peclet_key
from evophys_lib.store import artifacts as store
from evophys_lib.store.tensors import Tensors, require
from evophys_lib.study import data, training, workers
from evophys_lib.study.scene import Forecast, scene, truth_of
from evophys_lib.study.study import Study


def folder_of(study: Study, stage: str, peclet: float, kind: str) -> Path:
    """Where a stage's artifacts at one point lie; kind: of trajectories."""
    point = f"pe{peclet_key(peclet)}" + (f"@{kind}" if kind else "")
    return study.folder / stage / point


def forecast_path(
    study: Study, peclet: float, name: str, kind: str = data.USUAL
) -> Path:
    """Where the forecast of a model lies."""
    return folder_of(study, "forecasts", peclet, kind) / f"{name}.safetensors"


def forecast(
    study: Study, peclet: float, model: Model, kind: str = data.USUAL
) -> Forecast:
    """A model's forecast, made if missing, with the model."""
    made = model.make(study, peclet)
    path = forecast_path(study, peclet, model.name, kind)

    def make() -> Tensors:
        told = made.predict(scene(study, peclet, kind))
        latent = {} if told.latent is None else {"latent": told.latent}
        return {"fields": told.fields, **latent}

    provenance = study.provenance(
        "forecast",
        {
            "model": model.name,
            "peclet": peclet,
            "horizon_steps": study.profile.horizon_steps,
        },
        data=data.make_test(study, peclet, kind),
        **inputs(study, made),
    )
    tensors = store.obtain_tensors(path, provenance, make)
    require(tensors, ("fields",), path)
    return Forecast(tensors["fields"], tensors.get("latent"))


def inputs(study: Study, made: Forecaster) -> dict[str, Path]:
    """The artifacts that a model's forecast follows from, besides the data."""
    training.probe(study)
    training.make_experts(study)
    own = {f"{path.parent.name}/{path.stem}": path for path in made.paths}
    probe = {"probe": training.probe_path(study)}
    return probe | training.expert_paths(study) | own


def make_all(study: Study, peclets: Iterable[float], models: Iterable[Model]) -> None:
    """Make the forecasts that are missing, with the models, side by side."""
    training.make_experts(study)
    training.probe(study)
    missing = [
        (model, peclet)
        for model in models
        for peclet in peclets
        if not store.exists(forecast_path(study, peclet, model.name))
    ]
    missing.sort(key=lambda task: len(task[0].needs))  # what others need comes first
    workers.run(
        study,
        [partial(forecast, peclet=peclet, model=model) for model, peclet in missing],
    )


def told(study: Study) -> Models:
    """The models that every study makes and its results.json tells of."""
    return registry.in_groups(study.profile, (Group.MODELS,))


def truth(
    study: Study, peclet: float, kind: str = data.USUAL
) -> tuple[np.ndarray, np.ndarray]:
    """True test fields at every predictor step (H, n, N), and frame 0 (n, N)."""
    return truth_of(study, data.test(study, peclet, kind))


def nrmse_by_step(
    study: Study, peclet: float, names: Iterable[str]
) -> dict[str, list[float]]:
    """nRMSE at each predictor step, by model."""
    models = registry.named(study.profile, names)
    true, initial = truth(study, peclet)
    return {
        name: nrmse_curve(forecast(study, peclet, models[name]), true, initial)
        for name in names
    }


def nrmse_curve(told: Forecast, truth: np.ndarray, initial: np.ndarray) -> list[float]:
    """nRMSE at each predictor step: truth (H, n, N); initial (n, N), its unit."""
    pairs = zip(told.fields.cpu().numpy(), truth, strict=True)
    return [nrmse(predicted, true, initial) for predicted, true in pairs]
