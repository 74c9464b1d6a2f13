"""A grid of one point, and what workers do in `test_sweep`, in processes of their own
that import this file."""

import os
import time
from dataclasses import replace

from tiny import PECLET, tiny

from evophys_lib import profiles
from evophys_lib.evaluate import evidence
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.models import references, registry
from evophys_lib.models.model import Forecaster, Group
from evophys_lib.study.data import USUAL
from evophys_lib.study.study import Study
from evophys_lib.sweep.grid import Grid, Task

PROFILE = tiny(profiles.SMOKE)
MODELS = {USUAL: registry.in_groups(PROFILE, (Group.MODELS,))}
GRID = Grid(PROFILE, seeds=(0,), peclets=(PECLET,), device="cpu", kinds=MODELS)
POINTS = [Task(0, PECLET, name) for name in (TRUTH, *MODELS[USUAL])]
TABLES = (*evidence.SCHEMAS, evidence.DOCUMENT)

BEGUN, GO_ON, TRIED = "begun", "go-on", "tried"
SOUP = MODELS[USUAL]["soup"]


def soup_that_waits(study: Study, peclet: float) -> Forecaster:
    """As ever, but tells its process first and waits for a file."""
    told = study.folder / f"{BEGUN}.new"
    told.write_text(str(os.getpid()))
    told.replace(study.folder / BEGUN)
    while not (study.folder / GO_ON).exists():
        time.sleep(0.02)
    return references.uniform_soup(study, peclet)


def soup_at_last(study: Study, peclet: float) -> Forecaster:
    """An error when asked first, then as ever."""
    tried = study.folder / TRIED
    if not tried.exists():
        tried.touch()
        raise OSError("the network is down")
    return references.uniform_soup(study, peclet)


WAITING, FLAKY = (
    {USUAL: MODELS[USUAL] | {"soup": replace(SOUP, make=make)}}
    for make in (soup_that_waits, soup_at_last)
)
