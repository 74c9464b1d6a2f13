"""What models say of a few test trajectories, beside the truth, at every Péclet number.

The forecasts are those that the book's tables score. The trajectories are the first of
the split, whatever they show.
"""

from typing import Any

import numpy as np

from evophys_lib.models import registry
from evophys_lib.scoring import forecasts
from evophys_lib.study import data
from evophys_lib.study.scene import scene
from evophys_lib.study.study import Study
from viewers import source
from viewers.packing import pack

DIRECTIONS = "directions_of_pe_k16"
MODELS = ("heat", "burgers", "ps", DIRECTIONS, "dfs")
TRAJECTORIES = 3


def make(study: Study) -> dict[str, Any]:
    """Fields (M, P, K, H + 1, N), truth the first of M, and errors over all.

    nrmse: by model, (P, H), over every trajectory of the test split; initial_std:
    (P, K), the unit of an error of one trajectory.
    """
    models = registry.named(study.profile, MODELS)
    errors: dict[str, list[list[float]]] = {name: [] for name in MODELS}
    fields, paths, units = [], [], []
    for peclet in source.PECLET:
        seen, (truth, start) = scene(study, peclet), forecasts.truth(study, peclet)
        told = [truth[:, :TRAJECTORIES]]  # (H, K, N)
        for name in MODELS:
            forecast = forecasts.forecast(study, peclet, models[name])
            errors[name].append(forecasts.nrmse_curve(forecast, truth, start))
            told.append(forecast.fields[:, :TRAJECTORIES].numpy())
            paths.append(forecasts.forecast_path(study, peclet, name))
        paths.append(data.test_path(study, peclet))
        fields.append(source.from_now(seen, np.stack(told)))
        units.append(start[:TRAJECTORIES].std(axis=1).tolist())
    return {
        **source.axes(study, source.PECLET),
        "provenance": source.provenance(study, paths),
        "models": source.looks(("truth", *MODELS), **{DIRECTIONS: "directions"}),
        "nrmse": source.rounded(errors),
        "initial_std": source.rounded(units),
        "fields": pack(np.stack(fields, axis=1), bytes_each=2),
    }
