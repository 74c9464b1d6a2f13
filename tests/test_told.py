"""A line says what was loaded and what was made, each once."""

import os
import sys
from types import SimpleNamespace

import pytest

from evophys_lib import notebooks
from evophys_lib.store import artifacts, shipped
from evophys_lib.store.told import NAMED, Told

PARAMETERS = {"profile": "smoke", "seed": 0}


@pytest.fixture(autouse=True)
def nothing_asked_for(monkeypatch):
    monkeypatch.setattr(artifacts, "USED", {})


def ask(folder, name):
    """For an artifact, which is made if it is not there."""
    path = folder / "seed3" / "merges" / "pe10" / f"{name}.json"
    provenance = artifacts.Provenance("test", {"name": name}, {})
    artifacts.obtain_json(path, provenance, lambda: name)
    return path


def test_what_is_there_is_loaded_and_what_is_not_is_made(tmp_path):
    there, told = ask(tmp_path, "there"), Told()
    os.utime(artifacts.record_path(there), (1.0, 1.0))
    ask(tmp_path, "there")
    ask(tmp_path, "new")
    ask(tmp_path, "new")
    assert told.line() == "loaded 1 from merges; made pe10/new (0 s)"
    assert told.line() == ""


def test_what_another_process_made_meanwhile_was_not_loaded(tmp_path):
    path = ask(tmp_path, "elsewhere")
    told = Told(since=artifacts.record_path(path).stat().st_mtime - 1)
    ask(tmp_path, "elsewhere")
    assert told.line() == "made pe10/elsewhere (0 s)"


def test_what_comes_with_the_repository_was_loaded(tmp_path):
    source, told = ask(tmp_path / "with", "model"), Told()
    os.utime(artifacts.record_path(source), (1.0, 1.0))
    artifacts.USED.clear()
    path = tmp_path / "own" / source.relative_to(tmp_path / "with")
    shipped.copy(source, path)
    assert ask(tmp_path / "own", "model") == path
    assert told.line() == "loaded 1 from merges"


def test_of_many_a_few_are_named(tmp_path):
    told = Told(since=0.0)
    for number in range(NAMED + 2):
        ask(tmp_path, f"n{number}")
    assert told.line().endswith(f"pe10/n{NAMED - 1} (0 s) and 2 more")


@pytest.mark.parametrize("quiet", ["", "1"])
def test_a_shell_tells_after_each_cell_unless_progress_is_off(
    quiet, tmp_path, monkeypatch, capsys
):
    told = []
    events = SimpleNamespace(register=lambda event, tell: told.append((event, tell)))
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(events=events))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setenv("TQDM_DISABLE", quiet)
    notebooks.check_parameters(PARAMETERS, PARAMETERS)
    assert len(told) == (not quiet)
    ask(tmp_path, "asked")
    for event, tell in told:
        assert event == "post_run_cell"
        tell(None)
        assert "pe10/asked" in capsys.readouterr().err
        tell(None)  # of a cell that asked for nothing
        assert capsys.readouterr().err == ""
