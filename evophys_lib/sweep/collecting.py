"""From the files of all points to the evidence: rows, and where they came from."""

import json
import math
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from evophys_lib.evaluate import evidence
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.scores import EQUATION, TRUTH, derived
from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.profiles import Profile
from evophys_lib.scoring import report
from evophys_lib.scoring.scores import costs_path, scores_path
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import data
from evophys_lib.study.study import Study, plain
from evophys_lib.sweep import grid as grids
from evophys_lib.sweep.grid import Grid, Task

Row = dict[str, Any]
PACKAGES = (*report.PACKAGES, "dask", "distributed", "pyarrow")
STORED = disk.REPOSITORY / "book" / "evidence" / "sweep"


def collect(grid: Grid, folder: Path, *, means: bool = False) -> int:
    """Write the evidence of the tasks that are done; how many these are.

    means: over trajectories, of every model; what is smaller, and judges no claim.

    What was made by which version of a package is not known afterwards: the
    provenance names those that collected.

    Raises ArtifactError naming a damaged file of a point.
    """
    scored = [task for task in grids.tasks(grid) if task.peclet is not None]
    done = [task for task in scored if grids.is_done(grid, task)]
    scores = [row for task in done for row in _score_rows(grid, task, means)]
    searches = [row for task in done for row in _search_rows(grid, task)]
    costs = [row for task in done for row in _cost_rows(grid, task)]
    absent = sorted({task.label for task in scored} - {task.label for task in done})
    provenance = _provenance(grid, done) | {"missing": absent}
    evidence.write(folder, scores, searches, costs, provenance)
    return len(done)


def evidence_for(study: Study, stored: Path = STORED) -> Evidence:
    """The stored sweep if it has the study's profile, else one of this study alone.

    The latter has one seed, the headline's Péclet numbers and the models of every
    study; what is missing of it is made.
    """
    if (stored / evidence.DOCUMENT).exists():
        found = evidence.read(stored)
        if found.provenance["profile"].items() >= _as_stored(study.profile).items():
            return found
    own = Grid(
        profile=study.profile,
        seeds=(study.seed,),
        peclets=study.profile.peclets,
        device=study.device.type,
        kinds={data.USUAL: registry.in_groups(study.profile, (Group.MODELS,))},
    )
    for task in grids.missing(own):
        grids.do(own, task)
    folder = study.folder / "sweep"
    collect(own, folder)
    return evidence.read(folder)


def _as_stored(profile: Profile) -> Row:
    """A profile as the provenance has it, without what it leaves at its default.

    So evidence outlives a field that profiles have since been given.
    """
    defaults = {f.name: f.default for f in fields(profile)}
    told = plain(profile).items()
    own = {name: v for name, v in told if getattr(profile, name) != defaults[name]}
    stored: Row = json.loads(disk.canonical_json(own))
    return stored


def _score_rows(grid: Grid, task: Task, means: bool) -> Iterator[Row]:
    where, unwanted = _where(task), derived(grid.profile.horizons)
    apart = not means and _apart(grid, task)
    for metric, values in _read(_scores(grid, task))["metrics"].items():
        row = where | {"metric": metric}
        if not isinstance(values, list):
            if metric not in unwanted:
                yield row | {"trajectory": None, "value": _number(values)}
        elif apart:
            for trajectory, value in enumerate(values):
                yield row | {"trajectory": trajectory, "value": _number(value)}
        elif metric not in EQUATION:  # whose means are no equation
            mean = sum(map(_number, values)) / len(values)
            yield row | {"trajectory": None, "value": mean}


def _apart(grid: Grid, task: Task) -> bool:
    """Whether trajectories are told one by one: of the usual kind, for some models."""
    if task.kind != data.USUAL:
        return False
    return task.name == TRUTH or grid.model(task).apart


def _search_rows(grid: Grid, task: Task) -> Iterator[Row]:
    if task.kind in data.SHIFTS:
        return
    found = _read(_scores(grid, task))["found"]
    if not found:
        return
    where = _where(task)
    where["method"] = where.pop("model")
    row = where | {"order": None, "layer": None}
    once = row | {"position": 0}
    yield once | {"quantity": "fitness", "value": _number(found["fitness"])}
    if "numbers" in found:
        yield once | {"quantity": "numbers", "value": float(found["numbers"])}
    for family, values in found.get("lambda", {}).items():
        named = row | {"quantity": f"lambda_{family}"}
        for position, value in enumerate(values):
            yield named | {"position": position, "value": value}
    for order, layers in found.get("paths", {}).items():
        named = row | {"quantity": "path", "order": order, "value": None}
        for position, layer in enumerate(layers):
            yield named | {"position": position, "layer": layer}


def _cost_rows(grid: Grid, task: Task) -> Iterator[Row]:
    path = costs_path(grid.place(task)[0], _pe(task), task.name)
    if task.kind in data.SHIFTS or not store.exists(path):
        return
    for quantity, value in _read(path).items():
        yield _where(task) | {"quantity": quantity, "value": float(value)}


def _where(task: Task) -> Row:
    mark = f"@{task.kind}" if task.kind else ""
    return {"seed": task.seed, "pe": task.peclet, "model": task.name + mark}


def _scores(grid: Grid, task: Task) -> Path:
    study, kind = grid.place(task)
    return scores_path(study, _pe(task), task.name, kind)


def _pe(task: Task) -> float:
    assert task.peclet is not None, "only points are collected"
    return task.peclet


def _read(path: Path) -> Any:
    """What an artifact holds, if it is as it was recorded."""
    store.sound_record(path)
    return disk.read_json(path)


def _number(value: float | None) -> float:
    """null stands for what is not finite: a model that diverged."""
    return math.inf if value is None else float(value)


def _provenance(grid: Grid, done: list[Task]) -> dict[str, Any]:
    root = grid.study(0).folder.parent
    used = [_scores(grid, task) for task in done]
    for seed in sorted({task.seed for task in done}):
        used += grids.models_of(grid, seed)
    return {
        "profile": plain(grid.profile),
        "seeds": list(grid.seeds),
        "peclets": list(grid.peclets),
        "models": {kind or "usual": list(m) for kind, m in grid.kinds.items()},
        "versions": report.versions(PACKAGES),
        "sha256": {
            path.relative_to(root).as_posix(): store.digest_of(path)
            for path in used
            if store.exists(path)  # models may have been deleted since
        },
    }
