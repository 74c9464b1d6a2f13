"""The grid, its tasks, and what is left of them to do."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from evophys_lib import extensions
from evophys_lib.errors import ArtifactError
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.models import registry
from evophys_lib.models.model import Group, Model, Models
from evophys_lib.parameters import peclet_key
from evophys_lib.profiles import Profile
from evophys_lib.scoring import scores
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import data, training
from evophys_lib.study.study import Study
from evophys_lib.study.targets import TARGETS
from evophys_lib.worldmodel import device as devices

Kinds = Mapping[str, Models]
"""What is scored, by kind of trajectories: the usual, the usual's models on one of the
shifts, or models that are searched on another target."""


def everything(profile: Profile) -> dict[str, Models]:
    """All models on the usual trajectories, those of every study on shifted ones."""
    own = registry.in_groups(profile, (Group.MODELS,))
    return {data.USUAL: registry.of(profile), **dict.fromkeys(data.SHIFTS, own)}


@dataclass(frozen=True)
class Grid:
    """Every seed at every Péclet number.

    device: auto, cpu or cuda; asked for where a task runs, not where it is sent from.
    kinds: `everything` if not given.
    """

    profile: Profile
    seeds: tuple[int, ...]
    peclets: tuple[float, ...]
    device: str = "auto"
    kinds: Kinds = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.kinds:
            object.__setattr__(self, "kinds", everything(self.profile))

    def study(self, seed: int, device: torch.device | None = None) -> Study:
        """The study of a seed, which works alone: its stages follow one another."""
        alone = replace(self.profile, processes=1)
        return Study(alone, seed, device or torch.device("cpu"))

    def place(
        self, task: "Task", device: torch.device | None = None
    ) -> tuple[Study, str]:
        """The study of a task, and which test trajectories of it are meant."""
        study = self.study(task.seed, device)
        if task.kind in TARGETS:
            return study.of(TARGETS[task.kind]), data.USUAL
        return study, task.kind

    def model(self, task: "Task") -> Model:
        """The model of a task that scores one."""
        return self.kinds[task.kind][task.name]


@dataclass(frozen=True)
class Task:
    """One piece of work.

    peclet: None for what all points of a seed share: data, world model, probe and
    experts; else the scores of one model, or of the truth, at this Péclet number, on
    trajectories of one kind, with the model if it is missing.
    """

    seed: int
    peclet: float | None = None
    name: str = ""
    kind: str = data.USUAL

    @property
    def label(self) -> str:
        """How it is called on the screen and in file names."""
        if self.peclet is None:
            return f"seed {self.seed}"
        mark = f"@{self.kind}" if self.kind else ""
        return f"seed {self.seed}, Pe {peclet_key(self.peclet)}, {self.name}{mark}"


def tasks(grid: Grid) -> list[Task]:
    """All tasks: seeds first, then model by model, what others need before them."""
    scored = [
        (len(model.needs), Task(seed, pe, name, kind))
        for kind, models in grid.kinds.items()
        for name, model in models.items()
        for seed in grid.seeds
        for pe in grid.peclets
    ]
    truths = [
        Task(seed, pe, TRUTH, kind)
        for kind in grid.kinds
        for seed in grid.seeds
        for pe in grid.peclets
    ]
    in_order = [task for _, task in sorted(scored, key=lambda pair: pair[0])]
    return [*(Task(seed) for seed in grid.seeds), *truths, *in_order]


def models_of(grid: Grid, seed: int) -> list[Path]:
    """The artifacts that all points of a seed share."""
    study = grid.study(seed)
    return [
        training.world_model_path(study),
        training.probe_path(study),
        *training.expert_paths(study).values(),
    ]


def is_done(grid: Grid, task: Task) -> bool:
    """Whether it has nothing left to do; whether artifacts are sound shows in use."""
    study, kind = grid.place(task)
    if task.peclet is None:
        return all(map(store.exists, models_of(grid, task.seed)))
    if not scores.are_current(study, task.peclet, task.name, kind):
        return False
    return not _costs(task) or scores.cost_is_current(study, task.peclet, task.name)


def missing(grid: Grid) -> list[Task]:
    """The tasks that are not done.

    A seed whose points are all there needs nothing.
    """
    left = [task for task in tasks(grid) if not is_done(grid, task)]
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
    extensions.load()
    if not (disk.outputs_root() / token).exists():
        raise ArtifactError(
            f"this worker puts outputs into {disk.outputs_root()}, where the sweep's "
            f"file {token} is not. Artifacts pass through the disk: set "
            f"{disk.OUTPUTS_VARIABLE} to one shared folder for sweep and workers."
        )
    devices.set_threads(1)
    devices.prefer_deterministic()
    do(grid, task)
    return time.monotonic() - began


def do(grid: Grid, task: Task) -> None:
    """Do a task in this process; costs come first, so whoever finds scores has them."""
    study, kind = grid.place(task, devices.resolve(grid.device))
    if task.peclet is None:
        training.probe(study)
        training.make_experts(study)
    elif task.name == TRUTH:
        scores.truth_scores(study, task.peclet, kind)
    else:
        model = grid.model(task)
        if _costs(task):
            scores.cost(study, task.peclet, model)
        scores.scores(study, task.peclet, model, kind)


def _costs(task: Task) -> bool:
    """Whether the cost is told: where a model is made, not where it is only tested."""
    return task.kind not in data.SHIFTS and task.name != TRUTH
