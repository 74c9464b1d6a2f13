"""What one point of the grid leaves on disk: scores by trajectory, and the searches.

For a model's forecast û of trajectory i at one horizon, with overbars for the mean
over x and ⟨·⟩ for the mean over trajectories,

    squared_error_i = mean over x of (û_i − u_i)²
    nrmse_i         = √( squared_error_i / ⟨(u₀ − ū₀)²⟩ )

so that √⟨nrmse²⟩ is the nRMSE of the book's tables. Latent errors are pooled, as
`forecasting.forecast` gives them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from evophys_lib import store
from evophys_lib.evaluate import metrics
from evophys_lib.evaluate.evidence import INITIAL_VARIANCE, TRUTH
from evophys_lib.evaluate.results import finite
from evophys_lib.parameters import peclet_key
from evophys_lib.pipeline import data, searching, target_scores
from evophys_lib.pipeline.study import Study

Document = dict[str, Any]
HORIZONS = {"t5": 0, "t50": -1}  # the predictor step that ends there


@dataclass(frozen=True)
class Scorer:
    """Some models and how they do at a point of the grid.

    name: of the file; forecasts(study, pe): fields (H, n, N) of test trajectories by
    model, `<model>/latent` (H,) beside them where there is one; made if missing.
    path(study, pe): the artifact that holds them. Both are functions of a module,
    which every worker can import.
    """

    name: str
    forecasts: Callable[[Study, float], Mapping[str, Tensor]]
    path: Callable[[Study, float], Path]


SCORERS = (
    Scorer("models", target_scores.target_forecasts, target_scores.forecasts_path),
)
"""What a sweep scores. A further entry leaves the files of the others valid."""


def folder(study: Study, peclet: float) -> Path:
    """Where a point's files lie."""
    return study.folder / "sweep" / f"pe{peclet_key(peclet)}"


def scores_path(study: Study, peclet: float, scorer: Scorer) -> Path:
    """Where the scores of one scorer's models lie."""
    return folder(study, peclet) / f"{scorer.name}.json"


def searches_path(study: Study, peclet: float) -> Path:
    """Where λ and the paths lie."""
    return folder(study, peclet) / "searches.json"


def scores(study: Study, peclet: float, scorer: Scorer) -> Document:
    """By model, metric → one number per test trajectory, or one for all of them.

    null for what is not finite. Made if missing, with all that it needs.
    """
    forecasts = scorer.forecasts(study, peclet)

    def make() -> Document:
        truth, initial = target_scores.target_truth(study, peclet)
        found = {TRUTH: {INITIAL_VARIANCE: metrics.variances(initial).tolist()}}
        for name, field in forecasts.items():
            if name.endswith("/latent"):
                continue
            found[name] = trajectory_scores(field.numpy(), truth, initial)
            if (latent := forecasts.get(f"{name}/latent")) is not None:
                found[name] |= {
                    f"latent_nmse_{horizon}": float(latent[step])
                    for horizon, step in HORIZONS.items()
                }
        return finite(found)

    provenance = study.provenance(
        "sweep scores",
        {"peclet": peclet, "scorer": scorer.name},
        forecasts=scorer.path(study, peclet),
    )
    return store.obtain_json(scores_path(study, peclet, scorer), provenance, make)


def trajectory_scores(
    predicted: np.ndarray, truth: np.ndarray, initial: np.ndarray
) -> dict[str, list[float]]:
    """Squared error and nRMSE of each trajectory at t+5 and t+50.

    predicted, truth (H, n, N); initial (n, N): frame 0.
    """
    unit = metrics.variances(initial).mean()
    found = {}
    for horizon, step in HORIZONS.items():
        errors = metrics.squared_errors(predicted[step], truth[step])  # (n,)
        found[f"squared_error_{horizon}"] = errors.tolist()
        found[f"nrmse_{horizon}"] = np.sqrt(errors / unit).tolist()
    return found


def searches(study: Study, peclet: float) -> Document:
    """What the searches found: λ by family and layer, the path of either order.

    By method: `fitness`, and `lambda` or `paths`. Made if missing.
    """
    searching.make_all(study, (peclet,))
    found = {m: search(study, peclet) for m, search in searching.METHODS.items()}

    def make() -> Document:
        return {method: _described(result) for method, result in found.items()}

    inputs = {m: searching.merge_path(study, m, peclet) for m in found}
    provenance = study.provenance("sweep searches", {"peclet": peclet}, **inputs)
    return store.obtain_json(searches_path(study, peclet), provenance, make)


def _described(
    result: searching.ParameterSpaceResult | searching.DataFlowResult,
) -> Document:
    if isinstance(result, searching.ParameterSpaceResult):
        rows = {name: result.coefficients[name] for name in data.FAMILIES}
        return finite({"fitness": result.fitness, "lambda": rows})
    paths = {order: path.layers() for order, path in result.paths.items()}
    return finite({"fitness": result.fitness, "paths": paths})
