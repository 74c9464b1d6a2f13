"""Every mutant that lives is explained, and where it is said to live."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOLD = json.loads((ROOT / "book/evidence/mutants.json").read_text(encoding="utf-8"))
SURVIVORS = [entry for entry in TOLD["mutants"] if not entry["killed"]]


def test_mutants_of_every_room_were_tried():
    rooms = {entry["module"].partition("/")[0] for entry in TOLD["mutants"]}
    assert rooms == {"physics", "merge", "evaluate"}


@pytest.mark.parametrize("entry", SURVIVORS, ids=lambda entry: entry["module"])
def test_a_survivor_is_explained_and_its_line_still_there(entry):
    assert entry["why"]
    module = (ROOT / "evophys_lib" / entry["module"]).read_text(encoding="utf-8")
    assert entry["was"] in module, "python -m tests.mutants --again"
