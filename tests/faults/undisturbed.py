"""A tiny study that nothing befell, the stages of it, and how others compare."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sweeping import GRID
from tiny import PECLET, study_in

from evophys_lib.models import registry
from evophys_lib.physics.splits import Split
from evophys_lib.scoring import report
from evophys_lib.study import data, training
from evophys_lib.study.study import Study
from evophys_lib.study.upkeep import RESULTS, discard_damaged
from evophys_lib.sweep import collecting, grid
from faults.lives import live

SEED = Path("smoke", "seed0")
DIRECTIONS = registry.MODELS["directions"]
MODELS = {data.USUAL: GRID.kinds[data.USUAL] | {DIRECTIONS.name: DIRECTIONS}}
WITH_DIRECTIONS = replace(GRID, kinds=MODELS)


def simulate(study: Study) -> None:
    data.make_sources(study, Split.VALIDATION)


def fine_tune(study: Study) -> None:
    training.probe(study)
    training.make_experts(study)


def merge(study: Study, name: str) -> None:
    registry.MODELS[name].make(study, PECLET)


def sweep(study: Study) -> None:
    for task in grid.missing(WITH_DIRECTIONS):
        grid.do(WITH_DIRECTIONS, task)
    collecting.collect(WITH_DIRECTIONS, study.folder / "sweep")


STAGES = {
    "simulate": (simulate, ("data/validation",)),
    "pretrain": (training.world_model, ("models/world_model*",)),
    "finetune": (fine_tune, ("models/probe*", "models/expert_*")),
    "PS": (partial(merge, name="ps"), ("merges/*/ps.*",)),
    "directions": (partial(merge, name="directions"), ("baselines",)),
    "DFS": (partial(merge, name="dfs"), ("merges/*/dfs.*",)),
    "combined": (partial(merge, name="ps_dfs"), ("merges/*/ps_dfs.*",)),
    "sweep": (sweep, ("costs", "scores", "forecasts")),
}
"""What a stage does, and what it makes, which is not there when it begins.

What was made of that before stays, and is refused unless it is made again alike.
"""
SWEPT = ("sweep", "directions")
"""Stages of which `results.json` does not tell, but the tables of a sweep."""


@dataclass(frozen=True)
class Work:
    """A stage on the tiny study in a folder, and all that follows it."""

    stage: str

    def __call__(self, folder: Path) -> None:
        """Do it."""
        study = study_in(folder)
        STAGES[self.stage][0](study)
        if self.stage in SWEPT:
            sweep(study)
        report.make_results(study)


@dataclass(frozen=True)
class Undisturbed:
    """A study that was left alone: its outputs, and the files it put in place."""

    folder: Path
    saved: list[str]

    @contextmanager
    def before(self, stage: str) -> Iterator[Path]:
        """A copy in which nothing of a stage is there, and no results."""
        with TemporaryDirectory(prefix="evophys-fault-") as scratch:
            folder = Path(scratch) / "outputs"
            shutil.copytree(self.folder, folder)
            tables = ("sweep",) if stage in SWEPT else ()
            for pattern in (*STAGES[stage][1], *tables, RESULTS):
                for path in [*(folder / SEED).glob(pattern)]:
                    shutil.rmtree(path) if path.is_dir() else path.unlink()
            yield folder

    def saves(self, stage: str) -> int:
        """How many files a stage puts in place."""
        own = [str(SEED / pattern) for pattern in STAGES[stage][1]]
        return sum(any(map(partial(_lies_at, name), own)) for name in self.saved)

    def differing(self, folder: Path) -> list[str]:
        """Files that one of the two lacks, or that differ by a byte; locks aside."""
        one, other = _contents(folder), _contents(self.folder)
        return sorted(n for n in one | other if one.get(n) != other.get(n))


def left_alone(folder: Path) -> Undisturbed:
    """One such study, from nothing, in an empty folder."""
    end = live(Work("sweep"), folder)
    assert end.done, end
    return Undisturbed(folder, end.saved)


def damaged(folder: Path) -> list[Path]:
    """What the upkeep of a study finds damaged, and takes away."""
    return [*discard_damaged(folder / SEED)]


def _lies_at(name: str, pattern: str) -> bool:
    return fnmatch(name, pattern) or name.startswith(f"{pattern}/")


def _contents(folder: Path) -> dict[str, bytes]:
    found = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in found}
