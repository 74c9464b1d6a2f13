"""A study of a size that takes seconds: smoke at a fraction of its data and steps."""

import os
from dataclasses import replace
from pathlib import Path

import torch

from evophys_lib import profiles
from evophys_lib.store import disk
from evophys_lib.study.study import Study
from evophys_lib.worldmodel.training import TrainingConfig

PECLET = 0.1


def tiny(base: profiles.Profile) -> profiles.Profile:
    """A profile at a fraction of its data, steps and generations."""
    few = TrainingConfig(steps=6, batch=8)
    return replace(
        base,
        sizes=profiles.Sizes(train=32, validation=8, test=8, search=4, target_test=8),
        jepa=replace(base.jepa, training=few),
        probe=few,
        finetune=replace(base.finetune, training=few),
        neural_operator=replace(base.neural_operator, training=few),
        ps=profiles.SearchSize(generations=2, popsize=4),
        dfs=profiles.SearchSize(generations=2, popsize=4),
        search_counts=(1, 8),
        peclets=(PECLET,),
    )


def study_in(folder: Path, base: profiles.Profile = profiles.SMOKE) -> Study:
    """The tiny study whose outputs go below a folder."""
    os.environ[disk.OUTPUTS_VARIABLE] = str(folder)
    return Study(tiny(base), seed=0, device=torch.device("cpu"))
