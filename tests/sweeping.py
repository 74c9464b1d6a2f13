"""A grid of one point, and what workers do in `test_sweep`, in processes of their own
that import this file."""

import os
import time
from collections.abc import Mapping

from tiny import PECLET, tiny
from torch import Tensor

from evophys_lib import profiles
from evophys_lib.evaluate import evidence
from evophys_lib.pipeline import target_scores
from evophys_lib.pipeline.baselines import costs
from evophys_lib.pipeline.study import Study
from evophys_lib.sweep.grid import Grid, Task
from evophys_lib.sweep.scoring import SCORERS, Scorer

MODELS = {"models": SCORERS["models"]}
GRID = Grid(
    tiny(profiles.SMOKE), seeds=(0,), peclets=(PECLET,), device="cpu", scorers=MODELS
)
POINT = Task(0, PECLET, "models")
TABLES = (*evidence.SCHEMAS, evidence.DOCUMENT)

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
