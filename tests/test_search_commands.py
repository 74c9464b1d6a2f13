"""Status and export tell of a search what its files hold, finished or not."""

import json
import shutil
from pathlib import Path

import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from tiny import PECLET, study_in

from evophys_lib.__main__ import main
from evophys_lib.commands.search import table
from evophys_lib.errors import ArtifactError, EvoPhysError
from evophys_lib.merge.optuna_study import GENERATION, write_studies
from evophys_lib.merge.search import Generations
from evophys_lib.merge.space import Space, bit, real
from evophys_lib.models.export import export
from evophys_lib.models.generations import generations, search_journals
from evophys_lib.models.kept import State, Status, kept_searches, status
from evophys_lib.models.shelf import merge_path
from evophys_lib.store import artifacts as store
from evophys_lib.store import disk
from evophys_lib.store.journal import Journal, journal_path
from evophys_lib.store.tensors import load_tensors

SEARCHES = ("random_search", "ps", "dfs", "ps_dfs")


@pytest.fixture
def study(finished_study, tmp_path, monkeypatch):
    """A study with the merges of a finished one, to be changed."""
    monkeypatch.setenv(disk.OUTPUTS_VARIABLE, "")
    merges = Path("smoke", "seed0", "merges")
    shutil.copytree(finished_study.folder / merges, tmp_path / merges)
    return study_in(tmp_path)


def path_of(study, method: str) -> Path:
    return merge_path(study, method, PECLET)


def stored(study, method: str, part: str = "") -> Generations:
    """The generations in a finished search's artifact."""
    return generations(load_tensors(path_of(study, method)), part)


def interrupt(study, method: str, parts: dict[str, int], seconds: float = 0) -> None:
    """Leave a search as a kill would, after some seconds and generations."""
    path, whole = path_of(study, method), {}
    for part in parts:
        whole[part] = stored(study, method, part)
    record = store.read_record(path)
    path.unlink()
    store.record_path(path).unlink()
    provenance = (record[key] for key in ("kind", "config", "inputs"))
    kept = Journal(path, store.Provenance(*provenance))
    journals = search_journals(kept, parts)
    kept._began -= seconds
    for part, g in parts.items():
        done = whole[part]
        kept._saved = -np.inf  # so that it is due
        journals[part].save(Generations(done.candidates[:g], done.fitness[:g]))


def told(study) -> dict[str, Status]:
    return {kept.method: status(kept) for kept in kept_searches(study)}


# --- status --------------------------------------------------------------------------


def test_a_finished_search_is_told_as_it_is_stored(study):
    found = told(study)
    assert found.keys() == set(SEARCHES)
    fitness = stored(study, "ps").fitness
    low, high = np.quantile(fitness[-1], [0.25, 0.75])
    assert found["ps"] == Status(
        method="ps",
        peclet="0.1",
        state=State.FINISHED,
        generation=2,
        generations=2,
        best=fitness.min(),
        spread=high - low,
        elapsed_s=store.read_record(path_of(study, "ps"))["seconds"],
        left_s=0.0,
    )
    both = [stored(study, "dfs", order).fitness for order in ("AB", "BA")]
    assert (found["dfs"].generation, found["dfs"].generations) == (4, 4)
    assert found["dfs"].best == min(fitness.min() for fitness in both)


def test_an_interrupted_search_tells_how_far_it_came_and_what_is_left(study):
    first = stored(study, "dfs", "AB").fitness
    interrupt(study, "dfs", {"AB": 2, "BA": 1}, seconds=1e9)
    found = told(study)["dfs"]
    assert (found.state, found.generation) == (State.INTERRUPTED, 3)
    assert found.best <= first.min()
    assert found.elapsed_s == pytest.approx(1e9, rel=1e-3)
    assert found.left_s == pytest.approx(found.elapsed_s / 3)


def test_a_search_runs_while_its_lock_is_held(study):
    interrupt(study, "ps", {"": 1})
    with disk.locked(path_of(study, "ps")):
        found = told(study)["ps"]
        assert (found.state, found.generation, found.generations) == (
            State.RUNNING, 1, 2,
        )  # fmt: skip
    assert told(study)["ps"].state is State.INTERRUPTED


def test_a_search_that_has_only_begun_is_told_too(study):
    path = path_of(study, "dfs")
    path.unlink()
    store.record_path(path).unlink()
    assert "dfs" not in told(study)
    with disk.locked(path):
        assert told(study)["dfs"] == Status(
            "dfs", "0.1", State.RUNNING, 0, 4, None, None, 0.0, None
        )


def test_what_is_no_folder_of_a_peclet_number_holds_no_search(study):
    merges, before = study.folder / "merges", told(study)
    (merges / "pe3").touch()
    for name in ("pegasus", "pe", "penan", "pe1e9", "pe0.10"):
        shutil.copytree(merges / "pe0.1", merges / name)
    assert told(study) == before


def test_looking_changes_nothing(study, tmp_path):
    interrupt(study, "ps", {"": 1})
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    told(study)
    after = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    assert after == before


def test_a_damaged_journal_or_artifact_is_named(study):
    interrupt(study, "ps", {"": 1})
    for path in (journal_path(path_of(study, "ps")), path_of(study, "random_search")):
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with pytest.raises(ArtifactError, match="is damaged") as caught:
            told(study)
        assert str(path) in str(caught.value)
        path.write_bytes(whole)


def test_the_table_is_aligned():
    common = {"peclet": "10", "generations": 40, "best": 0.12345678}
    lines = [
        Status(
            method="random_search", state=State.INTERRUPTED, generation=7,
            spread=1e-5, elapsed_s=59.6, left_s=3725.0, **common,
        ),
        Status(
            method="ps", state=State.RUNNING, generation=0,
            spread=None, elapsed_s=0.0, left_s=None, **common,
        ),
    ]  # fmt: skip
    assert table(lines).splitlines() == [
        "Pe  search         state        gen.    best  spread  elapsed     left",
        "10  random_search  interrupted  7/40  0.1235   1e-05     1:00  1:02:05",
        "10  ps             running      0/40  0.1235       –     0:00        –",
    ]


def test_the_command_tells_the_same_as_a_table_and_as_json(study, capsys):
    assert main(["search", "status", "--profile", "smoke", "--json"]) == 0
    lines = json.loads(capsys.readouterr().out)
    assert [line["method"] for line in lines] == list(SEARCHES)
    assert {line["state"] for line in lines} == {"finished"}
    assert lines[1]["best"] == stored(study, "ps").fitness.min()
    assert main(["search", "status", "--profile", "smoke", "--pe", "0.1"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1 + len(SEARCHES)
    assert main(["search", "status", "--profile", "smoke", "--pe", "10"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line == f"No search has begun in {study.folder}."


@pytest.mark.parametrize("action", [["status"], ["export", "--out", "x"]])
@pytest.mark.parametrize("name", ["profile", "seed", "pe"])
def test_a_bad_argument_is_one_line(study, capsys, action, name):
    assert main(["search", *action, f"--{name}", "bad"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"error: {name} = 'bad' is not allowed: ")


# --- export --------------------------------------------------------------------------


def load(path: Path, name: str) -> optuna.Study:
    storage = JournalStorage(JournalFileBackend(str(path)))
    return optuna.load_study(study_name=name, storage=storage)


def test_trials_are_the_candidates_to_the_bit(tmp_path):
    space = Space((bit("b", on=True), real("x", -0.5, 1.5, start=0.5)))
    rng = np.random.default_rng(0)
    candidates = space.rounded(rng.uniform(0, 1, (3, 4, 2)))
    fitness = rng.uniform(0, 1, (3, 4))
    fitness[1, 2] = np.inf
    path = tmp_path / "study.log"
    write_studies(path, {"one": (Generations(candidates, fitness), space)})
    assert [p.name for p in tmp_path.iterdir()] == ["study.log"]
    found = load(path, "one")
    values = [np.inf if t.value is None else t.value for t in found.trials]
    assert np.array_equal(np.reshape(values, (3, 4)), fitness)
    given = [[t.params["b"], t.params["x"]] for t in found.trials]
    assert np.array_equal(np.reshape(given, (3, 4, 2)), candidates)
    assert [t.user_attrs[GENERATION] for t in found.trials] == [0] * 4 + [1] * 4 + [
        2
    ] * 4
    assert [t.state for t in found.trials].count(TrialState.FAIL) == 1
    assert found.best_value == fitness.min()


def test_every_search_is_exported_an_interrupted_one_as_far_as_it_came(study, tmp_path):
    interrupt(study, "ps", {"": 1})
    path = export(study, list(kept_searches(study)), tmp_path / "study.log")
    storage = JournalStorage(JournalFileBackend(str(path)))
    sizes = {s.study_name: s.n_trials for s in optuna.get_all_study_summaries(storage)}
    assert sizes == {
        "ps Pe 0.1": 4,
        "random_search Pe 0.1": 8,
        "dfs AB Pe 0.1": 8,
        "dfs BA Pe 0.1": 8,
        "ps_dfs AB Pe 0.1": 8,
        "ps_dfs BA Pe 0.1": 8,
    }
    trial = load(path, "random_search Pe 0.1").best_trial
    done = stored(study, "random_search")
    best = np.unravel_index(done.fitness.argmin(), done.fitness.shape)
    assert list(trial.params.values()) == done.candidates[best].tolist()
    assert list(trial.params)[:2] == ["lambda_heat_0", "lambda_heat_1"]


def test_the_command_writes_once_and_overwrites_nothing(study, tmp_path, capsys):
    out = str(tmp_path / "deep" / "study.log")
    options = ["--profile", "smoke", "--pe", "0.1", "--out", out]
    assert main(["search", "export", *options]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    before = Path(out).read_bytes()
    assert main(["search", "export", *options]) == 2
    assert "error: out = " in capsys.readouterr().err
    assert Path(out).read_bytes() == before


def test_nothing_to_export_is_told(study, tmp_path):
    with pytest.raises(EvoPhysError, match="holds no search that has evaluated"):
        export(study, [], tmp_path / "study.log")
    assert not (tmp_path / "study.log").exists()
