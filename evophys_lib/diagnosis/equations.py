"""Which terms the models of a study obey, by sparse regression and by three numbers.

Of every model's rollouts on the target's test split, of the true fields, and of these
with 1 % noise, on which the regression proves itself. Beside it the fit of U, α and γ,
which knows the form beforehand (`evaluate.equation`), on the same trajectories.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evophys_lib.evaluate import equation, sparse_regression
from evophys_lib.evaluate.scores import TRUTH, finite
from evophys_lib.evaluate.sparse_regression import TERMS, THRESHOLD, THRESHOLDS
from evophys_lib.models import registry
from evophys_lib.physics.equations import peclet_path
from evophys_lib.physics.grid import TIME_STEP, Array
from evophys_lib.scoring import forecasts, report
from evophys_lib.store import artifacts as store
from evophys_lib.study import data
from evophys_lib.study.study import Study

Document = dict[str, Any]

NOISY = "truth_with_noise"
NOISE = 0.01
"""Of a trajectory's fluctuation."""
EXACT = (TRUTH, NOISY)
SHOWN = (
    *EXACT, "floor", "heat", "burgers", "soup", "ps", "dfs", "ps_dfs", "directions_few",
    "directions", "directions_random",
)  # fmt: skip
"""What is looked at where nothing else is asked for."""


def path_of(study: Study, peclet: float, name: str) -> Path:
    """Where the equation of a model lies."""
    folder = forecasts.folder_of(study, "equations", peclet, data.USUAL)
    return folder / f"{name}.json"


def equation_of(study: Study, peclet: float, name: str) -> Document:
    """What a model's rollouts obey, made if missing, with the model.

    `path`: a step wherever the terms change, with the threshold from which on they
    hold, `terms`, the coefficients by name, null where a rollout diverged, and the
    share `explained`; `fitted`: U, α and γ. name: of a model, or one of `EXACT`.
    """

    def make() -> Document:
        fields = _fields(study, peclet, name)  # (H, n, N)
        interval = study.profile.stride * TIME_STEP
        trajectories = fields.swapaxes(0, 1)
        path = sparse_regression.discover(trajectories, interval=interval)
        one = equation.summary([equation.fit(fields, interval=interval)])
        fitted = {c: told.value for c, told in one.items() if c != "peclet"}
        return {"path": finite(_steps(path)), "fitted": finite(fitted)}

    config = {
        "model": name,
        "peclet": peclet,
        "trajectories": study.profile.equation_trajectories,
        "terms": list(TERMS),
        "thresholds": list(THRESHOLDS),
        "domains": sparse_regression.DOMAINS,
        "shares": list(sparse_regression.SHARES),
        "noise": NOISE if name == NOISY else 0.0,
    }
    inputs = {"data": data.make_test(study, peclet)}
    if name not in EXACT:
        (model,) = registry.named(study.profile, [name]).values()
        forecasts.forecast(study, peclet, model)
        inputs["forecast"] = forecasts.forecast_path(study, peclet, name)
    provenance = study.provenance("equation", config, **inputs)
    found: Document = store.obtain_json(path_of(study, peclet, name), provenance, make)
    return found


def row(study: Study, peclet: float, name: str) -> Document:
    """An equation and where it is from."""
    where = {"seed": study.seed, "pe": peclet, "model": name}
    return where | equation_of(study, peclet, name)


def document(first: Study, rows: Sequence[Document]) -> Document:
    """equations.json: what was asked for, and a row per seed, Pe and model."""
    peclets = sorted({row["pe"] for row in rows})
    truth = {f"{pe:g}": peclet_path(pe) for pe in peclets}
    return {
        "profile": first.profile.name,
        "trajectories": first.profile.equation_trajectories,
        "noise": NOISE,
        "terms": list(TERMS),
        "thresholds": list(THRESHOLDS),
        "threshold": THRESHOLD,
        "target": {
            pe: {"advection_speed": speed, "diffusivity": diffusivity}
            for pe, (speed, diffusivity) in truth.items()
        },
        "rows": list(rows),
        "versions": report.versions((*report.PACKAGES, "pysindy")),
    }


def checked(study: Study, names: Iterable[str]) -> tuple[str, ...]:
    """Names of models, or of exact data, or ParameterError."""
    chosen = tuple(names)
    registry.named(study.profile, [name for name in chosen if name not in EXACT])
    return chosen


def _fields(study: Study, peclet: float, name: str) -> Array:
    """States at every predictor step of some trajectories, (H, n, N) float64."""
    count = study.profile.equation_trajectories
    if name not in EXACT:
        (model,) = registry.named(study.profile, [name]).values()
        told = forecasts.forecast(study, peclet, model).fields
        return told[:, :count].numpy().astype(np.float64)
    true = forecasts.truth(study, peclet)[0][:, :count].astype(np.float64)
    if name == TRUTH:
        return true
    generator = np.random.default_rng(study.seed)
    noisy = sparse_regression.with_noise(true.swapaxes(0, 1), NOISE, generator)
    return noisy.swapaxes(0, 1)


def _steps(path: sparse_regression.Path) -> list[Document]:
    """Of a path, where its terms change."""
    steps: list[Document] = []
    for threshold, explained in zip(path.thresholds, path.explained, strict=True):
        terms = path.terms(threshold)
        if not steps or list(terms) != list(steps[-1]["terms"]):
            step = {"threshold": float(threshold), "explained": float(explained)}
            steps.append(step | {"terms": terms})
    return steps
