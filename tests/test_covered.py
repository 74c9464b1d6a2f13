"""Lines and branches are counted as they ran, and enough of the library's do."""

import json
import os
import subprocess
import sys
from pathlib import Path

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


def test_enough_of_the_library_is_run():
    """Lines and branches together, as coverage's own report counts them."""
    counted = TOLD["rooms"].values()
    done = sum(room["lines_run"] + room["branches_taken"] for room in counted)
    assert ENOUGH <= done / sum(r["lines"] + r["branches"] for r in counted) <= 1
