"""From the files of all points to the evidence: rows, and where they came from."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evophys_lib import store
from evophys_lib.evaluate import evidence
from evophys_lib.pipeline import report
from evophys_lib.pipeline.study import plain
from evophys_lib.sweep import scoring
from evophys_lib.sweep.grid import Grid, Task, products, tasks

Row = dict[str, Any]
PACKAGES = (*report.PACKAGES, "dask", "distributed", "pyarrow")


def collect(grid: Grid, folder: Path) -> int:
    """Write the evidence of the tasks that are done; how many these are.

    What was made by which version of a package is not known afterwards: the
    provenance names those that collected.

    Raises ArtifactError naming a damaged file of a point.
    """
    done = [
        task
        for task in tasks(grid)
        if task.peclet is not None and all(map(store.exists, products(grid, task)))
    ]
    scores = [row for task in done for row in _score_rows(grid, task)]
    searches = [row for task in done for row in _search_rows(grid, task)]
    costs = [row for task in done for row in _cost_rows(grid, task)]
    evidence.write(folder, scores, searches, costs, _provenance(grid, done))
    return len(done)


def _score_rows(grid: Grid, task: Task) -> Iterator[Row]:
    study, where = grid.study(task.seed), {"seed": task.seed, "pe": task.peclet}
    scorer = grid.scorers[task.scorer]
    models = _sound(scoring.scores_path(study, task.peclet, scorer))
    if not scorer.mark and task.scorer != next(iter(grid.scorers)):
        del models[evidence.TRUTH]  # the first scorer has told it
    for name, by_metric in models.items():
        model = name + scorer.mark
        for metric, values in by_metric.items():
            row = where | {"model": model, "metric": metric}
            if isinstance(values, list):
                for trajectory, value in enumerate(values):
                    yield row | {"trajectory": trajectory, "value": _number(value)}
            else:
                yield row | {"trajectory": None, "value": _number(values)}


def _search_rows(grid: Grid, task: Task) -> Iterator[Row]:
    if not grid.scorers[task.scorer].searches:
        return
    study, where = grid.study(task.seed), {"seed": task.seed, "pe": task.peclet}
    found = _sound(scoring.searches_path(study, task.peclet))
    for method, result in found.items():
        row = where | {"method": method, "order": None, "layer": None}
        fitness = _number(result["fitness"])
        yield row | {"quantity": "fitness", "position": 0, "value": fitness}
        for family, values in result.get("lambda", {}).items():
            named = row | {"quantity": f"lambda_{family}"}
            for position, value in enumerate(values):
                yield named | {"position": position, "value": value}
        for order, layers in result.get("paths", {}).items():
            named = row | {"quantity": "path", "order": order, "value": None}
            for position, layer in enumerate(layers):
                yield named | {"position": position, "layer": layer}


def _cost_rows(grid: Grid, task: Task) -> Iterator[Row]:
    scorer = grid.scorers[task.scorer]
    if scorer.costs is None:
        return
    path = scoring.costs_path(grid.study(task.seed), task.peclet, scorer)
    for model, spent in _sound(path).items():
        row = {"seed": task.seed, "pe": task.peclet, "model": model}
        for quantity, value in spent.items():
            yield row | {"quantity": quantity, "value": float(value)}


def _sound(path: Path) -> Any:
    """What an artifact holds, if it is as it was recorded."""
    store.sound_record(path)
    return store.read_json(path)


def _number(value: float | None) -> float:
    """null stands for what is not finite: a model that diverged."""
    return math.inf if value is None else float(value)


def _provenance(grid: Grid, done: list[Task]) -> dict[str, Any]:
    root = grid.study(0).folder.parent
    used = [path for task in done for path in products(grid, task)]
    for seed in sorted({task.seed for task in done}):
        used += products(grid, Task(seed))
    absent = {
        task.label
        for task in tasks(grid)
        if task.peclet is not None and task not in done
    }
    return {
        "profile": plain(grid.profile),
        "seeds": list(grid.seeds),
        "peclets": list(grid.peclets),
        "missing": sorted(absent),
        "scorers": list(grid.scorers),
        "versions": report.versions(PACKAGES),
        "sha256": {
            path.relative_to(root).as_posix(): store.digest_of(path)
            for path in used
            if store.exists(path)  # models may have been deleted since
        },
    }
