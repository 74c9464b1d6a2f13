"""Tests and notebooks run from nothing, on one thread, without progress bars.

What hypothesis draws is the same in every run.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings
from repeatable import REPEATABLE

os.environ.update(REPEATABLE)  # before numpy and torch are imported

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")

_outputs = tempfile.TemporaryDirectory(prefix="evophys-test-")
os.environ["EVOPHYS_OUTPUTS"] = _outputs.name


def pytest_unconfigure():
    _outputs.cleanup()


@pytest.fixture(scope="session")
def html(tmp_path_factory):
    """The folder of the book's pages, built without a warning."""
    out, root = tmp_path_factory.mktemp("book"), Path(__file__).resolve().parents[1]
    builder = Path(sys.executable).with_name("jupyter-book")
    options = ["--all", "-W", "-n", "--keep-going", "--path-output", str(out)]
    build = subprocess.run(
        [builder, "build", ".", *options], cwd=root, capture_output=True, text=True
    )
    assert build.returncode == 0, build.stdout + build.stderr
    return out / "_build" / "html"


@pytest.fixture(scope="session")
def finished_study(tmp_path_factory):
    """A tiny study, run once without interruption: its `folder` and `results`.

    Who makes more in it does so in a copy: at the end it must be as it was.
    """
    from tiny import study_in

    from evophys_lib.scoring import report

    folder = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOPHYS_OUTPUTS", "")
        results = report.make_results(study_in(folder))
    made = set(folder.rglob("*"))
    yield SimpleNamespace(folder=folder, results=results)
    assert set(folder.rglob("*")) == made


@pytest.fixture
def copied(finished_study, tmp_path, monkeypatch):
    """A copy of the finished study, to be added to or damaged."""
    from tiny import study_in

    monkeypatch.setenv("EVOPHYS_OUTPUTS", "")
    shutil.copytree(finished_study.folder, tmp_path, dirs_exist_ok=True)
    return study_in(tmp_path)


@pytest.fixture
def study(folder, monkeypatch):
    """The tiny study in the `folder` that a module makes for its tests."""
    from tiny import study_in

    monkeypatch.setenv("EVOPHYS_OUTPUTS", "")
    return study_in(folder)


@pytest.fixture(scope="session")
def swept(finished_study, tmp_path_factory):
    """A folder with the study, its point, and the evidence in `evidence`."""
    from sweeping import GRID, POINTS

    from evophys_lib.sweep import collecting, grid

    folder = tmp_path_factory.mktemp("swept")
    shutil.copytree(finished_study.folder, folder, dirs_exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EVOPHYS_OUTPUTS", str(folder))
        (folder / "token").touch()
        for point in POINTS:
            grid.work(GRID, point, "token")
        assert collecting.collect(GRID, folder / "evidence") == len(POINTS)
    return folder


@pytest.fixture
def there(swept, tmp_path, monkeypatch):
    """A copy of it, to be changed, where outputs go."""
    shutil.copytree(swept, tmp_path, dirs_exist_ok=True)
    monkeypatch.setenv("EVOPHYS_OUTPUTS", str(tmp_path))
    return tmp_path
