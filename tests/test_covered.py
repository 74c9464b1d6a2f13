"""Lines and branches are counted as they ran, and enough of the library's do."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from covered import NO_ROOM, figures

ROOT = Path(__file__).resolve().parent.parent
TOLD = json.loads((ROOT / "book/evidence/coverage.json").read_text(encoding="utf-8"))
ENOUGH = 0.95
ONE_WAY = """
def sign(x):
    if x > 0:
        return 1
    return -1


sign(2)
"""
"""Of five lines the last of the function is not run, of two branches one is taken."""


def test_lines_and_branches_are_counted_by_room(tmp_path, monkeypatch):
    package = tmp_path / "evophys_lib"
    (package / "room").mkdir(parents=True)
    (package / "room" / "sign.py").write_text(ONE_WAY)
    (package / "whole.py").write_text("import evophys_lib.room.sign\n")
    monkeypatch.chdir(tmp_path)
    asked = ["--branch", "--source", str(package), "-m", "evophys_lib.whole"]
    plain = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE")}
    subprocess.run(
        [sys.executable, "-m", "coverage", "run", *asked],
        env=plain | {"PYTHONPATH": str(tmp_path)},
        check=True,
    )
    assert figures(tmp_path / ".coverage")["rooms"] == {
        "room": {"lines": 5, "lines_run": 4, "branches": 2, "branches_taken": 1},
        NO_ROOM: {"lines": 1, "lines_run": 1, "branches": 0, "branches_taken": 0},
    }


@pytest.mark.parametrize(
    ("of", "done"), [("lines", "lines_run"), ("branches", "branches_taken")]
)
def test_enough_of_the_library_is_run(of, done):
    """Of branches alone, too, which are fewer than lines and easier to miss."""
    counted = TOLD["rooms"].values()
    assert ENOUGH <= sum(r[done] for r in counted) / sum(r[of] for r in counted) <= 1
