"""The sweep: a real scheduler, real workers, and what they leave on disk."""

import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client
from sweeping import BEGUN, FLAKY, GO_ON, TRIED, WAITING
from tiny import PECLET, study_in, tiny

from evophys_lib import parameters, profiles, store
from evophys_lib.__main__ import main
from evophys_lib.errors import ArtifactError, ParameterError
from evophys_lib.evaluate import evidence, metrics, verdicts
from evophys_lib.evaluate.verdicts import Route
from evophys_lib.pipeline import searching, target_scores, training
from evophys_lib.pipeline.study import plain
from evophys_lib.sweep import collecting, running, scoring, shown
from evophys_lib.sweep import grid as grids
from evophys_lib.sweep.grid import Grid, Task

MODELS = {"models": scoring.SCORERS["models"]}
GRID = Grid(
    tiny(profiles.SMOKE), seeds=(0,), peclets=(PECLET,), device="cpu", scorers=MODELS
)
POINT = Task(0, PECLET, "models")
TABLES = (*evidence.SCHEMAS, evidence.DOCUMENT)


@pytest.fixture(scope="module")
def swept(finished_study, tmp_path_factory):
    """A folder with the study, its point, and the evidence in `evidence`."""
    folder = tmp_path_factory.mktemp("swept")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(store.OUTPUTS_VARIABLE, str(folder))
        (folder / "token").touch()
        grids.work(GRID, POINT, "token")
        assert collecting.collect(GRID, folder / "evidence") == 1
    return folder


@pytest.fixture
def there(swept, tmp_path, monkeypatch):
    """A copy of it, to be changed, where outputs go."""
    shutil.copytree(swept, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv(store.OUTPUTS_VARIABLE, str(tmp_path))
    return tmp_path


# --- scheduler and workers -----------------------------------------------------------


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """The folder that scheduler, workers and tests share."""
    return tmp_path_factory.mktemp("shared")


@pytest.fixture(scope="module")
def cluster(shared):
    """A scheduler and two workers, processes of this machine: client, workers."""
    tests = Path(__file__).parent
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tests), str(tests.parent)]),
        store.OUTPUTS_VARIABLE: str(shared),
    }
    dask = [sys.executable, "-m", "dask"]
    address = shared / "scheduler.json"
    at = ["--scheduler-file", str(address)]
    here = ["--host", "127.0.0.1", "--no-dashboard"]
    alone = ["--nthreads", "1", "--no-nanny"]
    quiet = {"env": environment, "stdout": subprocess.DEVNULL, "cwd": shared}
    with (shared / "log").open("w") as log:
        started = [
            subprocess.Popen(
                [*dask, "scheduler", *at, *here, "--port", "0"], stderr=log, **quiet
            ),
            *(
                subprocess.Popen(
                    [*dask, "worker", *at, *here, *alone], stderr=log, **quiet
                )
                for _ in range(2)
            ),
        ]
        try:
            wait_for(address.exists)
            with Client(scheduler_file=str(address)) as client:
                client.wait_for_workers(2, timeout=300)
                yield client, started[1:]
        finally:
            for process in started:
                process.kill()
                process.wait()


def wait_for(condition, seconds=300.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def fill(shared, swept):
    """The study as it was before its forecasts and one of its experts were made."""
    shutil.rmtree(shared / "smoke", ignore_errors=True)
    shutil.copytree(swept / "smoke", shared / "smoke")
    for seed in [*shared.glob("smoke/seed*")]:
        shutil.rmtree(seed / "sweep")
        shutil.rmtree(seed / "forecasts")
        for path in seed.glob("models/expert_burgers*"):
            path.unlink()


def test_a_killed_worker_loses_nothing(cluster, shared, swept, monkeypatch):
    client, workers = cluster
    monkeypatch.setenv(store.OUTPUTS_VARIABLE, str(shared))
    fill(shared, swept)
    grid, seed, lines = replace(GRID, scorers=WAITING), shared / "smoke/seed0", []

    def kill(line):
        lines.append(line)
        if "Pe" not in line:  # the seed is done, so its point begins
            wait_for((seed / BEGUN).exists)
            pid = int((seed / BEGUN).read_text())
            (worker,) = (w for w in workers if w.pid == pid)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            (seed / GO_ON).touch()

    failures = running.run(grid, client, logs=shared / "failed", tell=kill)

    assert failures == []
    assert lines[0].startswith("1 of 2: seed 0, done; about ")
    assert lines[1] == "2 of 2: seed 0, Pe 0.1, models, done"
    (survivor,) = (w for w in workers if w.poll() is None)
    assert int((seed / BEGUN).read_text()) == survivor.pid
    assert collecting.collect(grid, shared / "evidence") == 1
    for name in TABLES:
        undisturbed = (swept / "evidence" / name).read_bytes()
        assert (shared / "evidence" / name).read_bytes() == undisturbed


def test_a_task_that_fails_is_reported_and_the_others_are_done(
    cluster, shared, swept, monkeypatch
):
    client, _ = cluster
    monkeypatch.setenv(store.OUTPUTS_VARIABLE, str(shared))
    shutil.rmtree(shared / "smoke", ignore_errors=True)
    shutil.copytree(swept / "smoke", shared / "smoke")
    seed = shared / "smoke" / "seed0"
    shutil.rmtree(seed / "sweep")
    (seed / "data" / "validation" / "pe1").touch()  # where a folder should be
    grid = replace(GRID, peclets=(PECLET, 1.0), scorers=FLAKY)

    (failure,) = running.run(grid, client, logs=shared / "failed", tell=lambda _: None)

    assert (seed / TRIED).exists()  # the other point failed once, too
    assert failure.task == Task(0, 1.0, "models")
    assert "Error: cannot write " in failure.error
    assert failure.log.name == "seed_0_pe_1_models.log"
    assert "Traceback" in failure.log.read_text()
    assert collecting.collect(grid, shared / "some") == 1
    found, whole = map(evidence.read, (shared / "some", swept / "evidence"))
    assert found.provenance["missing"] == ["seed 0, Pe 1, models"]
    pd.testing.assert_frame_equal(found.scores, whole.scores)


# --- what is left to do --------------------------------------------------------------


def test_a_second_start_does_nothing(there, monkeypatch, capsys):
    monkeypatch.setitem(profiles.PROFILES, "smoke", GRID.profile)
    before = {p: p.read_bytes() for p in there.rglob("*") if p.is_file()}
    out = there / "evidence"
    line = ["sweep", "--profile", "smoke", "--seeds", "0", "--pe", "0.1"]
    line += ["--only", "models"]
    line += ["--scheduler", "nobody:1", "--out", str(out)]  # asked for nothing
    assert main(line) == 0
    assert "2 of 2 tasks need nothing" in capsys.readouterr().out
    after = {p: p.read_bytes() for p in there.rglob("*") if p.is_file()}
    assert after == before


def test_only_what_is_missing_is_done(there):
    wider = replace(GRID, seeds=(0, 1), peclets=(PECLET, 1.0))
    assert grids.missing(wider) == [
        Task(1),
        Task(0, 1.0, "models"),
        Task(1, PECLET, "models"),
        Task(1, 1.0, "models"),
    ]
    expert = training.expert_path(GRID.study(0), "heat")
    store.record_path(expert).unlink()
    assert grids.missing(GRID) == []  # its points are there
    assert grids.missing(wider)[0] == Task(0)


def test_a_worker_with_outputs_elsewhere_says_so(there):
    with pytest.raises(ArtifactError, match="one shared folder for sweep and workers"):
        grids.work(GRID, Task(0), "not-there")


def test_the_time_left_goes_by_kinds_of_task():
    clock = running.Clock(workers=2, left={"models": 4, None: 2})
    assert clock.seconds_left() is None
    clock.ended(Task(0), 100.0)
    assert clock.seconds_left() == (4 * 100 + 100) / 2
    clock.ended(Task(0, 1.0, "models"), 10.0)
    clock.ended(Task(0, 3.0, "models"), None)  # failed: nothing is learned from it
    assert clock.seconds_left() == (2 * 10 + 100) / 2


# --- the command ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "advice"),
    [
        (["--pe", "0.1,ten"], "pe = 'ten' is not allowed"),
        (["--seeds", "4-0"], "seeds = '4-0' is not allowed"),
        (["--only", "oracles"], "only = 'oracles' is not allowed"),
        (["--profile", "desktop"], "profile = 'desktop' is not allowed"),
        (["--workers", "2", "--scheduler", "a:1"], "workers = 2 is not allowed"),
    ],
)
def test_a_bad_option_is_one_line(option, advice, capsys):
    assert main(["sweep", *option]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert advice in line


def test_peclet_numbers_are_sorted_and_counted_once():
    assert parameters.peclets("10,0.1,10.0,1") == (0.1, 1.0, 10.0)
    with pytest.raises(ParameterError):
        parameters.peclets("")


# --- the evidence --------------------------------------------------------------------


def test_rows_are_the_scores_of_the_pipeline(swept, monkeypatch):
    monkeypatch.setenv(store.OUTPUTS_VARIABLE, "")
    study = study_in(swept)
    found = evidence.read(swept / "evidence")
    table = found.scores.set_index(["model", "metric"])["value"]
    for model, scores in target_scores.model_scores(study, PECLET).items():
        for at in ("t5", "t50"):
            squared = table[model, f"squared_error_{at}"]
            assert np.isclose(squared.mean(), scores[f"mse_{at}"], rtol=1e-12)
            relative = np.sqrt((table[model, f"nrmse_{at}"] ** 2).mean())
            assert np.isclose(relative, scores[f"nrmse_{at}"], rtol=1e-12)
            latent = table.loc[[(model, f"latent_nmse_{at}")]].item()
            assert latent == scores[f"latent_nmse_{at}"]
    _, initial = target_scores.target_truth(study, PECLET)
    variance = table[evidence.TRUTH, evidence.INITIAL_VARIANCE]
    assert np.array_equal(variance, metrics.variances(initial))


def test_a_forecast_is_told_by_the_equation_that_it_obeys(swept):
    table = evidence.read(swept / "evidence").scores
    speeds = table[
        (table["model"] == evidence.TRUTH) & (table["metric"] == "advection_speed")
    ]
    assert np.allclose(speeds["value"], 0.1 * np.sqrt(PECLET), atol=1e-6)
    heat = table[
        (table["model"] == "oracle_heat") & (table["metric"] == "advection_speed")
    ]
    assert np.allclose(heat["value"], 0.0, atol=1e-6)


def test_costs_are_those_of_the_budget(swept):
    costs = evidence.read(swept / "evidence").costs
    told = costs.set_index(["model", "quantity"])["value"]
    size = GRID.profile.ps
    assert told["ps", "evaluations"] == size.generations * size.popsize
    assert told["ps", "trajectories"] == GRID.profile.sizes.search
    assert told["soup"].eq(0.0).all() and told["dfs", "seconds"] > 0


def test_verdicts_are_those_of_the_pipelines_own_numbers(swept, monkeypatch):
    monkeypatch.setenv(store.OUTPUTS_VARIABLE, "")
    study = study_in(swept)
    errors = target_scores.squared_errors(study, PECLET)
    paths = searching.dfs(study, PECLET).paths
    expected = verdicts.judge(
        errors={PECLET: {name: [e] for name, e in errors.items()}},
        coefficients={PECLET: [searching.ps(study, PECLET).coefficients["heat"]]},
        routes=[Route(0, PECLET, o, tuple(p.layers())) for o, p in paths.items()],
    )
    assert evidence.judge(evidence.read(swept / "evidence")) == expected


def test_the_tables_say_where_they_come_from(swept):
    path = swept / "evidence" / evidence.SCORES
    table = pq.read_table(path)
    assert table.schema.equals(evidence.SCHEMAS[evidence.SCORES])
    codecs = pq.ParquetFile(path).metadata.row_group(0).column(0).compression
    assert codecs == "ZSTD"
    rows = table.to_pandas()
    keys = ["seed", "pe", "model", "metric", "trajectory"]
    assert rows[keys].equals(rows[keys].sort_values(keys, ignore_index=True))
    assert not rows.duplicated(keys).any()
    provenance = evidence.read(swept / "evidence").provenance
    assert provenance["profile"]["sizes"]["search"] == 4
    assert provenance["seeds"] == [0] and provenance["peclets"] == [PECLET]
    assert {"torch", "distributed", "python"} <= provenance["versions"].keys()
    for name, digest in provenance["sha256"].items():
        assert store.digest_of(swept / "smoke" / name) == digest
    assert "seed0/models/world_model.safetensors" in provenance["sha256"]


def test_a_diverged_model_is_infinitely_wrong():
    truth = np.sin(np.linspace(0, 6, 16)) * np.ones((10, 3, 1))
    predicted = truth.copy()
    predicted[-1, 1] = np.nan
    found = scoring.trajectory_scores(predicted, truth, truth[0])
    assert found["squared_error_t5"] == [0.0, 0.0, 0.0]
    assert found["squared_error_t50"] == [0.0, np.inf, 0.0]
    assert found["nrmse_t50"] == [0.0, np.inf, 0.0]
    assert collecting._number(None) == np.inf


@pytest.mark.parametrize("name", TABLES)
def test_damaged_evidence_is_refused(there, name):
    path = there / "evidence" / name
    path.write_bytes(path.read_bytes()[:-20] + b"\n")
    with pytest.raises(ArtifactError, match=name):
        evidence.read(there / "evidence")


def test_other_columns_are_refused(tmp_path, monkeypatch):
    other = evidence.SCHEMAS[evidence.SCORES].append(pa.field("note", pa.string()))
    with monkeypatch.context() as patch:
        patch.setitem(evidence.SCHEMAS, evidence.SCORES, other)
        evidence.write(tmp_path, [], [], [], {})
    with pytest.raises(ArtifactError, match="has other columns than seed, pe, model"):
        evidence.read(tmp_path)


def test_rows_in_another_order_give_equal_bytes(swept, tmp_path):
    read = evidence.read(swept / "evidence")
    rows = [
        table.astype(object).where(table.notna(), None).to_dict("records")[::-1]
        for table in (read.scores, read.searches, read.costs)
    ]
    for table in rows:
        for row in table:
            for key in ("seed", "trajectory", "position"):
                if row.get(key) is not None:
                    row[key] = int(row[key])
    evidence.write(tmp_path, *rows, read.provenance)
    for name in TABLES:
        assert (tmp_path / name).read_bytes() == (
            swept / "evidence" / name
        ).read_bytes()


def test_a_study_shows_its_own_evidence_where_no_sweep_of_its_profile_is_stored(there):
    study = study_in(there)
    own = shown.evidence_for(study, stored=there / "nothing")
    whole = evidence.read(there / "evidence")
    pd.testing.assert_frame_equal(own.scores, whole.scores)
    stored = shown.evidence_for(study, stored=there / "evidence")
    assert stored.provenance == whole.provenance
    other = replace(study, profile=replace(study.profile, horizon_steps=9))
    document = store.read_json(there / "evidence" / evidence.DOCUMENT)
    assert document["provenance"]["profile"] != plain(other.profile)
