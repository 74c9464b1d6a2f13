"""The grid, its tasks, and what is left of them to do."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from evophys_lib import store
from evophys_lib.errors import ArtifactError
from evophys_lib.parameters import peclet_key
from evophys_lib.pipeline import data, training
from evophys_lib.pipeline.study import Study
from evophys_lib.profiles import Profile
from evophys_lib.sweep import scoring
from evophys_lib.sweep.scoring import SCORERS, Scorer
from evophys_lib.worldmodel import device as devices


@dataclass(frozen=True)
class Grid:
    """Every seed at every Péclet number.

    device: auto, cpu or cuda; asked for where a task runs, not where it is sent from.
    """

    profile: Profile
    seeds: tuple[int, ...]
    peclets: tuple[float, ...]
    device: str = "auto"
    scorers: Mapping[str, Scorer] = field(default_factory=lambda: dict(SCORERS))

    def study(self, seed: int, device: torch.device | None = None) -> Study:
        """The study of a seed, which works alone: its stages follow one another."""
        alone = replace(self.profile, processes=1)
        return Study(alone, seed, device or torch.device("cpu"))


@dataclass(frozen=True)
class Task:
    """One piece of work.

    peclet, scorer: None for what all points of a seed share: data, world model, probe
    and experts; else the scores of one scorer's models at this Péclet number, with
    the searches and forecasts that they need.
    """

    seed: int
    peclet: float | None = None
    scorer: str | None = None

    @property
    def label(self) -> str:
        """How it is called on the screen and in file names."""
        if self.peclet is None:
            return f"seed {self.seed}"
        return f"seed {self.seed}, Pe {peclet_key(self.peclet)}, {self.scorer}"


def tasks(grid: Grid) -> list[Task]:
    """All tasks: seeds first, then scorer by scorer, the merges before baselines."""
    scored = [
        Task(seed, pe, scorer)
        for scorer in grid.scorers
        for seed in grid.seeds
        for pe in grid.peclets
    ]
    return [Task(seed) for seed in grid.seeds] + scored


def products(grid: Grid, task: Task) -> list[Path]:
    """The artifacts that are there when a task is done."""
    study = grid.study(task.seed)
    if task.peclet is None:
        return [
            training.world_model_path(study),
            training.probe_path(study),
            *(training.expert_path(study, family) for family in data.FAMILIES),
        ]
    scorer = grid.scorers[task.scorer]
    made = [scoring.scores_path(study, task.peclet, scorer)]
    if scorer.searches:
        made.append(scoring.searches_path(study, task.peclet))
    return made


def missing(grid: Grid) -> list[Task]:
    """The tasks that are not done; whether artifacts are sound shows in their use.

    A seed whose points are all there needs nothing.
    """
    left = [
        task
        for task in tasks(grid)
        if not all(store.exists(path) for path in products(grid, task))
    ]
    wanted = {task.seed for task in left if task.peclet is not None}
    return [task for task in left if task.seed in wanted]


def work(grid: Grid, task: Task, token: str) -> float:
    """Do a task in the process of a worker; seconds it took.

    token: the name of a file that the sweep put into the folder of outputs, to know
    that the worker sees the same folder.

    Raises:
        ArtifactError: the worker's outputs are elsewhere.
    """
    began = time.monotonic()
    if not (store.outputs_root() / token).exists():
        raise ArtifactError(
            f"this worker puts outputs into {store.outputs_root()}, where the sweep's "
            f"file {token} is not. Artifacts pass through the disk: set "
            f"{store.OUTPUTS_VARIABLE} to one shared folder for sweep and workers."
        )
    devices.set_threads(1)
    do(grid, task)
    return time.monotonic() - began


def do(grid: Grid, task: Task) -> None:
    """Do a task in this process."""
    study = grid.study(task.seed, devices.resolve(grid.device))
    if task.peclet is None:
        training.probe(study)
        training.make_experts(study)
    else:
        scorer = grid.scorers[task.scorer]
        if scorer.searches:
            scoring.searches(study, task.peclet)
        scoring.scores(study, task.peclet, scorer)
