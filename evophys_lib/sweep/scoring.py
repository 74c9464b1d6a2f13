"""What one point of the grid leaves on disk: scores by trajectory, and the searches.

For a model's forecast û of trajectory i at one horizon, with overbars for the mean
over x and ⟨·⟩ for the mean over trajectories,

    squared_error_i = mean over x of (û_i − u_i)²
    nrmse_i         = √( squared_error_i / ⟨(u₀ − ū₀)²⟩ )

so that √⟨nrmse²⟩ is the nRMSE of the book's tables. Latent errors are pooled, as
`forecasting.forecast` gives them. What equation a forecast obeys (`equation.fit`) is
told for the first trajectories. Costs lie in a file of their own, since seconds differ
from run to run where all else does not.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from evophys_lib import store
from evophys_lib.evaluate import equation, metrics
from evophys_lib.evaluate.evidence import INITIAL_VARIANCE, TRUTH
from evophys_lib.evaluate.results import finite
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.grid import TIME_STEP
from evophys_lib.pipeline import (
    data,
    generalisation,
    interpolation,
    searching,
    target_scores,
)
from evophys_lib.pipeline.baselines import costs
from evophys_lib.pipeline.baselines.entry import Cost
from evophys_lib.pipeline.baselines.forecasts import forecasts_path, stage_forecasts
from evophys_lib.pipeline.baselines.registry import GAP, RIVALS, Stages
from evophys_lib.pipeline.baselines.variations import variations
from evophys_lib.pipeline.study import Study
from evophys_lib.profiles import Profile

Document = dict[str, Any]
HORIZONS = {"t5": 0, "t50": -1}  # the predictor step that ends there
DYNAMICS_TRAJECTORIES = 32  # whose equation is fitted: a nonlinear problem each


@dataclass(frozen=True)
class Scorer:
    """Some models and how they do at a point of the grid.

    name: of the file; forecasts(study, pe): fields (H, n, N) of test trajectories by
    model, `<model>/latent` (H,) beside them where there is one; made if missing.
    path(study, pe): the artifact that holds them. truth(study, pe): the true fields
    (H, n, N) and frame 0 (n, N). costs(study, pe): by model, if they are told. All are
    functions of a module, which every worker can import. searches: whether λ and
    paths are told, too. mark: what the tables add to the models' names, where the
    trajectories are not the usual ones.
    """

    name: str
    forecasts: Callable[[Study, float], Mapping[str, Tensor]]
    path: Callable[[Study, float], Path]
    truth: Callable[[Study, float], tuple[np.ndarray, np.ndarray]] = (
        target_scores.target_truth
    )
    costs: Callable[[Study, float], Mapping[str, Cost]] | None = None
    searches: bool = False
    mark: str = ""


def stage_scorer(name: str, stages: Callable[[Profile], Stages]) -> Scorer:
    """Of what is made as stages; those of a profile may differ from another's."""
    return Scorer(
        name,
        partial(_forecasts_of, name=name, stages=stages),
        partial(forecasts_path, kind=name),
        costs=partial(_costs_of, stages=stages),
    )


def _forecasts_of(
    study: Study, peclet: float, *, name: str, stages: Callable[[Profile], Stages]
) -> Mapping[str, Tensor]:
    return stage_forecasts(study, peclet, stages(study.profile), name)


def _costs_of(
    study: Study, peclet: float, *, stages: Callable[[Profile], Stages]
) -> Mapping[str, Cost]:
    return costs.stage_costs(study, peclet, stages(study.profile))


def gap_ends(profile: Profile) -> Stages:
    """The parent and the ceiling; the same in every profile."""
    del profile
    return GAP


def rivals(profile: Profile) -> Stages:
    """The other baselines; the same in every profile."""
    del profile
    return RIVALS


SCORERS = {
    scorer.name: scorer
    for scorer in (
        Scorer(
            "models",
            target_scores.target_forecasts,
            target_scores.forecasts_path,
            costs=costs.model_costs,
            searches=True,
        ),
        stage_scorer("gap", gap_ends),
        stage_scorer("baselines", rivals),
        Scorer("interpolated", interpolation.forecasts, interpolation.forecasts_path),
        stage_scorer("variations", variations),
        *(
            Scorer(
                shift,
                partial(generalisation.forecasts, shift=shift),
                partial(generalisation.forecasts_path, shift=shift),
                partial(generalisation.truth, shift=shift),
                mark=f"@{shift}",
            )
            for shift in data.SHIFTS
        ),
    )
}
"""What a sweep scores. A further entry leaves the files of the others valid."""


def folder(study: Study, peclet: float) -> Path:
    """Where a point's files lie."""
    return study.folder / "sweep" / f"pe{peclet_key(peclet)}"


def scores_path(study: Study, peclet: float, scorer: Scorer) -> Path:
    """Where the scores of one scorer's models lie."""
    return folder(study, peclet) / f"{scorer.name}.json"


def costs_path(study: Study, peclet: float, scorer: Scorer) -> Path:
    """Where the costs of one scorer's models lie."""
    return folder(study, peclet) / f"{scorer.name}_costs.json"


def searches_path(study: Study, peclet: float) -> Path:
    """Where λ and the paths lie."""
    return folder(study, peclet) / "searches.json"


def scores(study: Study, peclet: float, scorer: Scorer) -> Document:
    """By model, metric → one number per test trajectory, or one for all of them.

    null for what is not finite. Made if missing, with all that it needs; the costs
    come first, so that whoever finds scores finds them too.
    """
    forecasts = scorer.forecasts(study, peclet)
    if scorer.costs is not None:
        costs_of(study, peclet, scorer)

    def make() -> Document:
        truth, initial = scorer.truth(study, peclet)
        step = study.profile.predictor.stride * TIME_STEP
        found = {
            TRUTH: {
                INITIAL_VARIANCE: metrics.variances(initial).tolist(),
                **dynamics(truth, step),
            }
        }
        for name, field in forecasts.items():
            if name.endswith("/latent"):
                continue
            found[name] = trajectory_scores(field.numpy(), truth, initial)
            found[name] |= dynamics(field.numpy(), step)
            if (latent := forecasts.get(f"{name}/latent")) is not None:
                found[name] |= {
                    f"latent_nmse_{horizon}": float(latent[end])
                    for horizon, end in HORIZONS.items()
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


def dynamics(fields: np.ndarray, interval: float) -> dict[str, list[float]]:
    """`Dynamics` of the first trajectories, (H, n, N), by attribute."""
    found = equation.fit(fields[:, :DYNAMICS_TRAJECTORIES], interval=interval)
    return {name: values.tolist() for name, values in asdict(found).items()}


def costs_of(study: Study, peclet: float, scorer: Scorer) -> Document:
    """By model, the attributes of its `Cost`. Made if missing, from forecasts made."""
    provenance = study.provenance(
        "sweep costs",
        {"peclet": peclet, "scorer": scorer.name},
        forecasts=scorer.path(study, peclet),
    )

    def make() -> Document:
        return {n: asdict(c) for n, c in scorer.costs(study, peclet).items()}

    return store.obtain_json(costs_path(study, peclet, scorer), provenance, make)


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
