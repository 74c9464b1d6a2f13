"""What a model's forecast is worth, and what the model cost: two artifacts each.

Scores know what they scored: which metrics, at which horizons, how many trajectories
an equation was fitted to. Where any of this is another, they are missing. Costs lie in
a file of their own, since seconds differ from run to run where all else does not.
"""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from evophys_lib.evaluate import scores as measures
from evophys_lib.evaluate.scores import METRICS, TRUTH, Case
from evophys_lib.models.model import Model
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.scoring.forecasts import (
    folder_of,
    forecast,
    forecast_path,
    inputs,
    truth,
)
from evophys_lib.store import artifacts as store
from evophys_lib.study import data, training
from evophys_lib.study.study import Study

Document = dict[str, Any]


def scores_path(study: Study, peclet: float, name: str, kind: str = data.USUAL) -> Path:
    """Where the scores of a model, or of the truth, lie."""
    return folder_of(study, "scores", peclet, kind) / f"{name}.json"


def costs_path(study: Study, peclet: float, name: str) -> Path:
    """Where the cost of a model lies."""
    return folder_of(study, "costs", peclet, data.USUAL) / f"{name}.json"


def scores(
    study: Study, peclet: float, model: Model, kind: str = data.USUAL
) -> Document:
    """By column, one number per test trajectory, or one for all of them.

    `metrics` holds these, `found` what a search found. Made if missing or if other
    things were scored, with all that it needs.
    """
    told = forecast(study, peclet, model, kind)

    def make() -> Document:
        true, initial = truth(study, peclet, kind)
        latent = None if told.latent is None else told.latent.numpy()
        case = _case(study, told.fields.numpy(), true, initial, latent)
        measured = measures.measured(case, study.profile.horizons, truth=False)
        found = model.make(study, peclet).found
        described = None if found is None else measures.finite(found.described())
        return {"metrics": measured, "found": described}

    return _obtained(
        study, peclet, model.name, kind, make,
        forecast=forecast_path(study, peclet, model.name, kind),
    )  # fmt: skip


def truth_scores(study: Study, peclet: float, kind: str = data.USUAL) -> Document:
    """The same of the true fields: what they obey, and their variance at first."""

    def make() -> Document:
        true, initial = truth(study, peclet, kind)
        case = _case(study, true, true, initial, None)
        measured = measures.measured(case, study.profile.horizons, truth=True)
        return {"metrics": measured, "found": None}

    return _obtained(study, peclet, TRUTH, kind, make)


def are_current(study: Study, peclet: float, name: str, kind: str = data.USUAL) -> bool:
    """Whether scores are there, and are of what is scored now at this place."""
    path = scores_path(study, peclet, name, kind)
    if not store.exists(path):
        return False
    config = {"seed": study.seed} | _config(study, peclet, name)
    inputs = {"data": data.test_path(study, peclet, kind)}
    if name != TRUTH:
        inputs["forecast"] = forecast_path(study, peclet, name, kind)
    return not store.misplaced(store.read_record(path), "scores", config, inputs)


def cost_is_current(study: Study, peclet: float, name: str) -> bool:
    """Whether a model's cost is there, and is that of this place."""
    path = costs_path(study, peclet, name)
    if not store.exists(path):
        return False
    config = {"seed": study.seed, "model": name, "peclet": peclet}
    inputs = {"probe": training.probe_path(study), **training.expert_paths(study)}
    return not store.misplaced(store.read_record(path), "cost", config, inputs)


def cost(study: Study, peclet: float, model: Model) -> Document:
    """What a model took, by attribute of `Cost`. Made if missing, with the model."""
    made = model.make(study, peclet)
    provenance = study.provenance(
        "cost", {"model": model.name, "peclet": peclet}, **inputs(study, made)
    )
    path = costs_path(study, peclet, model.name)
    if store.exists(path) and not cost_is_current(study, peclet, model.name):
        store.discard(path)
    found: Document = store.obtain_json(path, provenance, lambda: asdict(made.cost))
    return found


def _obtained(
    study: Study, peclet: float, name: str, kind: str, make: Any, **artifacts: Path
) -> Document:
    path = scores_path(study, peclet, name, kind)
    if store.exists(path) and not are_current(study, peclet, name, kind):
        store.discard(path)
    provenance = study.provenance(
        "scores",
        _config(study, peclet, name),
        data=data.make_test(study, peclet, kind),
        **artifacts,
    )
    found: Document = store.obtain_json(path, provenance, make)
    return found


def _config(study: Study, peclet: float, name: str) -> Document:
    profile = study.profile
    return {
        "model": name,
        "peclet": peclet,
        "metrics": list(METRICS),
        "horizon_frames": list(profile.horizon_frames),
        "equation_trajectories": profile.equation_trajectories,
    }


def _case(study: Study, predicted: Any, true: Any, initial: Any, latent: Any) -> Case:
    return Case(
        predicted=predicted,
        truth=true,
        initial=initial,
        latent=latent,
        interval=study.profile.stride * TIME_STEP,
        fitted=study.profile.equation_trajectories,
    )
