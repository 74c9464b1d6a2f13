"""What workers do in `test_sweep`, in processes of their own that import this file."""

import os
import time
from collections.abc import Mapping

from torch import Tensor

from evophys_lib.pipeline import target_scores
from evophys_lib.pipeline.baselines import costs
from evophys_lib.pipeline.study import Study
from evophys_lib.sweep.scoring import Scorer

BEGUN, GO_ON, TRIED = "begun", "go-on", "tried"


def forecasts_that_wait(study: Study, peclet: float) -> Mapping[str, Tensor]:
    """As ever, but tells its process first and waits for a file."""
    told = study.folder / f"{BEGUN}.new"
    told.write_text(str(os.getpid()))
    told.replace(study.folder / BEGUN)
    while not (study.folder / GO_ON).exists():
        time.sleep(0.02)
    return target_scores.target_forecasts(study, peclet)


def forecasts_at_last(study: Study, peclet: float) -> Mapping[str, Tensor]:
    """An error when asked first, then as ever."""
    tried = study.folder / TRIED
    if not tried.exists():
        tried.touch()
        raise OSError("the network is down")
    return target_scores.target_forecasts(study, peclet)


WAITING, FLAKY = (
    {
        "models": Scorer(
            "models",
            forecasts,
            target_scores.forecasts_path,
            costs=costs.model_costs,
            searches=True,
        )
    }
    for forecasts in (forecasts_that_wait, forecasts_at_last)
)
