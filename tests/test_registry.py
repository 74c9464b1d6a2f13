"""One list: a model is one function and one entry, a metric is one entry.

What is added is then missing, and it alone; made, it is in tables, figures and results;
taken away, nothing of it is left in them.
"""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from repeatable import comparable
from sweeping import GRID, POINTS, PROFILE, TABLES
from tiny import PECLET, study_in

from evophys_lib import figures
from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import evidence, findings, results
from evophys_lib.evaluate.scores import METRICS, At, Metric
from evophys_lib.merge.ensembles import soup
from evophys_lib.models import registry
from evophys_lib.models.look import GREEN, Look
from evophys_lib.models.model import Forecaster, Group, Model
from evophys_lib.physics import dataset
from evophys_lib.profiles import LAPTOP, PAPER
from evophys_lib.scoring import report
from evophys_lib.store import artifacts, disk
from evophys_lib.store.memory import forget
from evophys_lib.study import data, training
from evophys_lib.study.data import USUAL
from evophys_lib.study.scene import by_rollout, by_weights
from evophys_lib.sweep import collecting
from evophys_lib.sweep import grid as grids
from evophys_lib.sweep.grid import Task
from rendering.sweep import scores as tables


def halfway(study, peclet):
    """Halfway from θ₀ to the soup."""
    model = training.world_model(study)
    weights = soup([model.base, soup(list(training.experts(study).values()))])
    return Forecaster(by_rollout(by_weights(model, weights)), weights=weights)


TOY = Model("halfway", "half a soup", Group.MODELS, halfway, Look(GREEN, ":", "8"))


def now():
    """The grid with the models that the registry lists now."""
    return replace(GRID, kinds={USUAL: registry.in_groups(PROFILE, (Group.MODELS,))})


def contents(folder):
    return {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_model_is_one_function_and_one_entry(there, monkeypatch):
    study, before = study_in(there), contents(there)
    whole = {name: (there / "evidence" / name).read_bytes() for name in TABLES}
    results_before = comparable(report.make_results(study))

    monkeypatch.setitem(registry.MODELS, TOY.name, TOY)
    grid = now()
    assert grids.missing(grid) == [Task(0, PECLET, TOY.name)]
    for task in grids.missing(grid):
        grids.do(grid, task)
    new = {p for p in contents(there).keys() - before.keys() if p.suffix != ".lock"}
    assert new and all(TOY.name in path.name for path in new)
    assert grids.missing(grid) == []

    assert collecting.collect(grid, there / "evidence") == len(POINTS) + 1
    found = evidence.read(there / "evidence")
    assert "| half a soup |" in tables.headline(found)
    curves = {n: [1.0] for n in findings.nrmse(found)[PECLET]}
    (axes,) = figures.peclet_curves(curves, peclet=[PECLET]).axes
    assert "half a soup" in axes.get_legend_handles_labels()[1]
    with_it = report.make_results(study)
    told = with_it["peclet"]["0.1"]["models"].pop(TOY.name)
    assert told.keys() >= set(results.METRICS)
    assert comparable(with_it) == results_before

    monkeypatch.delitem(registry.MODELS, TOY.name)
    assert collecting.collect(now(), there / "evidence") == len(POINTS)
    for name, content in whole.items():
        assert (there / "evidence" / name).read_bytes() == content
    assert comparable(report.make_results(study)) == results_before


def test_a_metric_is_one_entry_and_old_scores_are_missing_it(there, monkeypatch):
    assert grids.missing(GRID) == []
    largest = Metric(
        "largest_error",
        At.EVERY_HORIZON,
        lambda case, step: np.abs(case.predicted[step] - case.truth[step]).max(axis=1),
    )
    monkeypatch.setitem(METRICS, largest.name, largest)
    assert set(grids.missing(GRID)) == set(POINTS)
    before = {p: v for p, v in contents(there).items() if "forecasts" in p.parts}
    for task in grids.missing(GRID):
        grids.do(GRID, task)
    assert grids.missing(GRID) == []
    assert before == {
        p: v for p, v in contents(there).items() if "forecasts" in p.parts
    }
    collecting.collect(GRID, there / "evidence")
    rows = evidence.read(there / "evidence").scores
    rows = rows[(rows["model"] == "ps") & rows["metric"].str.startswith("largest")]
    assert set(rows["metric"]) == {"largest_error_t5", "largest_error_t50"}
    assert len(rows) == 2 * PROFILE.sizes.target_test and (rows["value"] > 0).all()


def test_other_horizons_are_other_scores_and_other_columns(there):
    further = replace(GRID, profile=replace(PROFILE, horizon_frames=(10, 50)))
    assert set(grids.missing(further)) == set(POINTS)
    study = further.study(0)
    document = report.make_results(study)
    assert document["horizons"] == ["t10", "t50"]
    told = document["peclet"]["0.1"]["models"]["ps"]
    assert "mse_t10" in told and "mse_t5" not in told
    assert document["world_model"]["heat"].keys() == {"nrmse_t10", "nrmse_t50"}
    with pytest.raises(ParameterError, match="horizon_frames"):
        replace(PROFILE, horizon_frames=(7,))


def test_nothing_is_read_twice_in_a_finished_study(there, monkeypatch):
    study, read = study_in(there), Counter()
    report.make_results(study)
    forget()

    def counted(function, name_of):
        def call(*arguments):
            read[name_of(*arguments)] += 1
            return function(*arguments)

        return call

    readers = ((artifacts, "load_tensors"), (artifacts, "sha256"), (disk, "read_json"))
    for module, name in readers:
        key = f"{name} {{}}".format
        monkeypatch.setattr(module, name, counted(getattr(module, name), key))
    shard = counted(dataset.read, lambda folder, equation: f"{folder}/{equation}")
    monkeypatch.setattr(data.dataset, "read", shard)
    report.make_results(study)
    assert sum("load_tensors" in name for name in read) > 20
    assert [name for name, times in read.items() if times > 1] == []


def test_no_model_bears_the_name_of_a_group_that_holds_others():
    groups = {group.value: registry.in_groups(LAPTOP, (group,)) for group in Group}
    both = groups.keys() & registry.of(LAPTOP).keys()
    assert both == {"interpolated"}  # with Pe told, and with Pe estimated
    assert [*groups["interpolated"]] == ["interpolated", "interpolated_blind"]


def test_every_name_has_one_label(there):
    for profile in (PROFILE, LAPTOP, PAPER):
        labels = [model.label for model in registry.of(profile).values()]
        assert len(set(labels)) == len(labels)
    assert registry.entry("ps_k7").label == "PS, k = 7"
    assert registry.entry("nobody") is None
    with pytest.raises(ParameterError, match="model = 'nobody'"):
        registry.named(PROFILE, ["ps", "nobody"])
