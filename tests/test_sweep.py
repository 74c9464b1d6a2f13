"""The sweep: a real scheduler, real workers, and what they leave on disk."""

import os
import shutil
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from distributed import Client
from distributed.client import FuturesCancelledError
from sweeping import BEGUN, FLAKY, GO_ON, GRID, POINTS, TABLES, TRIED, WAITING
from tiny import PECLET

from evophys_lib import parameters, profiles
from evophys_lib.__main__ import main
from evophys_lib.commands.sweep import _kinds
from evophys_lib.errors import ArtifactError, EvoPhysError, ParameterError
from evophys_lib.evaluate import evidence, findings
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.profiles import SMOKE
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.study import training
from evophys_lib.study.data import SHIFTS, USUAL
from evophys_lib.study.targets import TARGETS
from evophys_lib.sweep import cluster as cluster_of
from evophys_lib.sweep import collecting, running
from evophys_lib.sweep import grid as grids
from evophys_lib.sweep.grid import Task

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
        disk.OUTPUTS_VARIABLE: str(shared),
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
                client.wait_for_workers(2, timeout=1800)
                yield client, started[1:]
        finally:
            for process in started:
                process.kill()
                process.wait()


def wait_for(condition, seconds=1800.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def fill(shared, swept):
    """The study as it was before its forecasts and one of its experts were made."""
    shutil.rmtree(shared / "smoke", ignore_errors=True)
    shutil.copytree(swept / "smoke", shared / "smoke")
    for seed in [*shared.glob("smoke/seed*")]:
        for made in ("scores", "costs", "forecasts"):
            shutil.rmtree(seed / made)
        for path in seed.glob("models/expert_burgers*"):
            path.unlink()


def test_a_killed_worker_loses_nothing(cluster, shared, swept, monkeypatch):
    client, workers = cluster
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, str(shared))
    fill(shared, swept)
    grid, seed = replace(GRID, kinds=WAITING), shared / "smoke/seed0"
    lines, count = [], 1 + len(POINTS)

    def kill(line):
        lines.append(line)
        if len(lines) == count - 1:  # all but the soup, which waits to be killed
            wait_for((seed / BEGUN).exists)
            pid = int((seed / BEGUN).read_text())
            (worker,) = (w for w in workers if w.pid == pid)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
            (seed / GO_ON).touch()

    failures = running.run(grid, client, logs=shared / "failed", tell=kill)

    assert failures == []
    assert lines[0].startswith(f"1 of {count}: seed 0, done; about ")
    assert lines[-1] == f"{count} of {count}: seed 0, Pe 0.1, soup, done"
    (survivor,) = (w for w in workers if w.poll() is None)
    assert int((seed / BEGUN).read_text()) == survivor.pid
    assert collecting.collect(grid, shared / "evidence") == len(POINTS)
    for name in TABLES:
        undisturbed = (swept / "evidence" / name).read_bytes()
        assert (shared / "evidence" / name).read_bytes() == undisturbed


def test_a_task_that_fails_is_reported_and_the_others_are_done(
    cluster, shared, swept, monkeypatch
):
    client, _ = cluster
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, str(shared))
    shutil.rmtree(shared / "smoke", ignore_errors=True)
    shutil.copytree(swept / "smoke", shared / "smoke")
    seed = shared / "smoke" / "seed0"
    shutil.rmtree(seed / "scores")
    (seed / "data" / "validation" / "pe1").touch()  # where a folder should be
    kinds = {USUAL: {name: FLAKY[USUAL][name] for name in ("soup", "ps")}}
    grid = replace(GRID, peclets=(PECLET, 1.0), kinds=kinds)

    (failure,) = running.run(grid, client, logs=shared / "failed", tell=lambda _: None)

    assert (seed / TRIED).exists()  # another task failed once, too
    assert failure.task == Task(0, 1.0, "ps")
    assert "Error: cannot write " in failure.error
    assert failure.log.name == "seed_0_pe_1_ps.log"
    assert "Traceback" in failure.log.read_text()
    assert collecting.collect(grid, shared / "some") == 5
    found, whole = map(evidence.read, (shared / "some", swept / "evidence"))
    assert found.provenance["missing"] == ["seed 0, Pe 1, ps"]
    found, whole = (
        e.scores[(e.scores["pe"] == PECLET) & e.scores["model"].isin(("soup", "ps"))]
        for e in (found, whole)
    )
    pd.testing.assert_frame_equal(*(e.reset_index(drop=True) for e in (found, whole)))


# --- what is left to do --------------------------------------------------------------


def test_a_second_start_does_nothing(there, monkeypatch, capsys):
    monkeypatch.setitem(profiles.PROFILES, "smoke", GRID.profile)
    before = {p: p.read_bytes() for p in there.rglob("*") if p.is_file()}
    out = there / "evidence"
    line = ["sweep", "--profile", "smoke", "--seeds", "0", "--pe", "0.1"]
    line += ["--only", "models"]
    line += ["--scheduler", "nobody:1", "--out", str(out)]  # asked for nothing
    assert main(line) == 0
    count = 1 + len(POINTS)
    assert f"{count} of {count} tasks need nothing" in capsys.readouterr().out
    after = {p: p.read_bytes() for p in there.rglob("*") if p.is_file()}
    assert after == before


def test_means_alone_tell_the_same_errors_in_fewer_rows(there, monkeypatch, capsys):
    monkeypatch.setitem(profiles.PROFILES, "smoke", GRID.profile)
    line = ["sweep", "--profile", "smoke", "--seeds", "0", "--pe", "0.1", "--means"]
    assert main([*line, "--only", "models", "--out", str(there / "means")]) == 0
    each, means = (evidence.read(there / name) for name in ("evidence", "means"))
    assert means.scores["trajectory"].isna().all()
    assert each.scores["trajectory"].notna().any()
    told, alone = (findings.nrmse(found)[PECLET] for found in (each, means))
    assert alone.keys() == told.keys()
    for model, error in alone.items():
        assert error == pytest.approx(told[model], rel=1e-6)


def test_only_what_is_missing_is_done(there):
    kinds = {USUAL: {"ps": GRID.kinds[USUAL]["ps"]}}
    wider = replace(GRID, seeds=(0, 1), peclets=(PECLET, 1.0), kinds=kinds)
    points = ((0, 1.0), (1, PECLET), (1, 1.0))
    scored = [Task(*at, name) for name in (TRUTH, "ps") for at in points]
    assert grids.missing(wider) == [Task(1), *scored]
    expert = training.expert_path(GRID.study(0), "heat")
    store.record_path(expert).unlink()
    assert grids.missing(GRID) == []  # its points are there
    assert grids.missing(wider)[0] == Task(0)


def test_a_worker_with_outputs_elsewhere_says_so(there):
    with pytest.raises(ArtifactError, match="one shared folder for sweep and workers"):
        grids.work(GRID, Task(0), "not-there")


def test_two_clusters_on_one_machine_do_not_quarrel():
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of a port that another cluster has
        with (
            cluster_of.local(0, gpu=False) as one,
            cluster_of.local(0, gpu=False) as other,
        ):
            assert one.scheduler.address != other.scheduler.address


def test_every_idle_worker_is_given_a_task_that_need_not_wait():
    point = Task(2, 1.0, "ps")
    queue = [Task(0), Task(1), Task(0, 1.0, "ps"), point]
    assert running._startable(queue, [], 2) == queue[:2]
    assert running._startable(queue, [], 9) == [*queue[:2], point]
    assert running._startable(queue[2:], [Task(0)], 2) == [point]
    assert running._startable(queue[2:], [point, Task(3)], 2) == []
    assert running._startable(queue[2:], [point, Task(3)], 1) == []  # one has died


def test_workers_here_keep_their_memory():
    """Else each operator asks for its pages anew."""
    with cluster_of.local(1, gpu=False) as client:
        (environment,) = client.run(lambda: dict(os.environ)).values()
    assert "MALLOC_TRIM_THRESHOLD_" not in environment
    assert environment["OMP_NUM_THREADS"] == "1"


def test_a_scheduler_that_has_died_is_told(monkeypatch):
    def die(*arguments, **options):
        raise FuturesCancelledError([])

    monkeypatch.setattr(running, "wait", die)
    with pytest.raises(EvoPhysError, match="the scheduler is gone"):
        running._finished(["a future"])


def test_without_a_task_that_ends_the_workers_are_counted_again(monkeypatch):
    def too_long(*arguments, **options):
        raise TimeoutError

    monkeypatch.setattr(running, "wait", too_long)
    assert running._finished(["a future"]) == ()
    assert running._finished([]) == ()  # and nobody is waited for


def test_points_fail_with_their_seed_and_others_wait_on(tmp_path):
    mine, other = Task(0, 1.0, "ps"), Task(1, 1.0, "ps")
    queue, error = [mine, other], ValueError("the loss is not finite\nat step 3")
    future = SimpleNamespace(status="error", exception=lambda: error)
    told = [o.failure for o in running._outcomes(Task(0), future, queue, tmp_path)]
    log = tmp_path / "seed_0.log"
    assert told == [
        running.Failure(Task(0), "ValueError: the loss is not finite", log),
        running.Failure(mine, "seed 0 failed"),
    ]
    assert "at step 3" in log.read_text() and queue == [other]
    (alone,) = running._outcomes(mine, future, queue, tmp_path)
    assert alone.failure.task == mine and queue == [other]


def test_a_scheduler_elsewhere_is_used_and_goes_on(monkeypatch):
    with cluster_of.local(0, gpu=False) as own:
        address = own.scheduler.address
        for _ in range(2):
            with cluster_of.remote(address) as client:
                assert client.scheduler.address == address
    begun = []
    monkeypatch.setattr(cluster_of, "PATIENCE", 0.2)
    monkeypatch.setattr(cluster_of, "Client", lambda *to, **how: begun.append(to))
    for nobody in (address, "", "nonsense", "tls://127.0.0.1:1", "ucx://a:1"):
        with (
            pytest.raises(ParameterError, match="no Dask scheduler answers there"),
            cluster_of.remote(nobody),
        ):
            pass
    assert not begun  # one that does not start may close, when collected, in a deadlock


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, ""), (89.4, "; about 89 s left"), (90, "; about 2 min left")],
)
def test_what_is_left_is_told_in_seconds_then_in_minutes(seconds, told):
    clock = running.Clock(workers=1, left={"ps": 1}, taken={"ps": [seconds]})
    assert running._rest(clock) == told


def test_the_time_left_goes_by_kinds_of_task():
    clock = running.Clock(workers=2, left={"ps": 4, "": 2})
    assert clock.seconds_left() is None
    clock.ended(Task(0), 100.0)
    assert clock.seconds_left() == (4 * 100 + 100) / 2
    clock.ended(Task(0, 1.0, "ps"), 10.0)
    clock.ended(Task(0, 3.0, "ps"), None)  # failed: nothing is learned from it
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


@pytest.mark.parametrize("count", ["0", "1025", "two", "1.0", "9" * 5000])
def test_workers_are_a_sane_number(count, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["sweep", "--workers", count])
    assert stop.value.code == 2
    assert "is not a whole number from 1 to 1024" in capsys.readouterr().err


def test_what_is_missing_is_made_here_and_what_fails_is_told(
    there, monkeypatch, capsys
):
    monkeypatch.setitem(profiles.PROFILES, "smoke", GRID.profile)
    seed = there / "smoke" / "seed0"
    whole = {path: path.read_bytes() for path in seed.glob("scores/*/soup.json")}
    for path in whole:
        path.unlink()
        store.record_path(path).unlink()
    (seed / "data" / "validation" / "pe1").touch()  # where a folder should be
    (seed / "data" / "test" / "pe1").touch()
    out = there / "made"
    line = ["sweep", "--profile", "smoke", "--seeds", "0", "--pe", "0.1,1"]
    line += ["--only", "soup", "--workers", "1", "--retries", "0", "--out", str(out)]
    assert main(line) == 1
    told = capsys.readouterr()
    assert whole and {path: path.read_bytes() for path in whole} == whole
    assert told.out.startswith("2 of 5 tasks need nothing\n")
    assert told.out.endswith(f"scores of 2 tasks in {out}\n")
    failed = [line for line in told.err.splitlines() if line.startswith("failed: ")]
    assert [line.split(": ")[1] for line in failed] == [
        "seed 0, Pe 1, truth",
        "seed 0, Pe 1, soup",
    ]
    assert all(str(out / "failed") in line for line in failed)
    assert evidence.read(out).provenance["missing"] == [
        "seed 0, Pe 1, soup",
        "seed 0, Pe 1, truth",
    ]


def test_the_task_of_a_seed_makes_what_its_points_share(there):
    expert = training.expert_path(GRID.study(0), "burgers")
    whole = expert.read_bytes()
    store.discard(expert)
    assert not grids.is_done(GRID, Task(0))
    grids.do(GRID, Task(0))
    assert grids.is_done(GRID, Task(0)) and expert.read_bytes() == whole


def test_a_task_has_a_study_of_its_target_and_the_trajectories_of_its_kind():
    usual, (shift, *_), (target, *_) = GRID.study(0), SHIFTS, TARGETS
    assert GRID.place(Task(0, 1.0, "ps")) == (usual, USUAL)
    assert GRID.place(Task(0, 1.0, "ps", shift)) == (usual, shift)
    study, kind = GRID.place(Task(0, 1.0, "ps", target))
    assert kind == USUAL and study == usual.of(TARGETS[target])


def test_who_names_no_models_gets_all():
    assert _kinds(SMOKE, None).keys() == grids.everything(SMOKE).keys()


def test_who_asks_for_no_kinds_gets_all():
    asked, every = replace(GRID, kinds={}).kinds, grids.everything(GRID.profile)
    assert {kind: set(models) for kind, models in asked.items()} == {
        kind: set(models) for kind, models in every.items()
    }
    assert set(asked) == {USUAL, *SHIFTS}


def test_peclet_numbers_are_sorted_and_counted_once():
    assert parameters.peclets("10,0.1,10.0,1") == (0.1, 1.0, 10.0)
    with pytest.raises(ParameterError):
        parameters.peclets("")


def test_a_model_can_be_asked_for_on_a_target_of_another_kind():
    chosen = _kinds(SMOKE, ["ps", "directions@passive", "passive"])
    own = registry.in_groups(SMOKE, (Group.MODELS,))
    assert list(chosen) == [USUAL, "passive"]
    assert list(chosen[USUAL]) == ["ps"]
    assert set(chosen["passive"]) == {*own, "directions"}
    for wrong in ("directions@", "@passive", "directions@nothing", "nothing@passive"):
        with pytest.raises(ParameterError, match="MODEL@TARGET"):
            _kinds(SMOKE, [wrong])
