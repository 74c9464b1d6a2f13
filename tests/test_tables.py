"""The book's tables say what the evidence says, and no more."""

import json
from pathlib import Path

import pytest
from plain import plain
from test_results import document

import tables
from evophys_lib.evaluate import results

ROOT = Path(__file__).resolve().parent.parent
EVIDENCE = ROOT / "book" / "evidence"
COMMITTED = sorted(path.name for path in EVIDENCE.glob("*.md"))


@pytest.fixture(scope="module")
def rendered():
    return tables.render()


def test_every_table_is_committed_and_no_other(rendered):
    assert sorted(rendered) == COMMITTED, "run make evidence"


@pytest.mark.parametrize("name", COMMITTED)
def test_a_committed_table_is_what_the_evidence_gives(name, rendered):
    told = (EVIDENCE / name).read_text(encoding="utf-8")
    assert told == rendered.get(name), "run make evidence"


def test_the_evidence_is_a_run_that_the_book_may_show():
    if (EVIDENCE / "results.json").exists():
        assert results.read(EVIDENCE / "results.json")["profile"] == "laptop"
        assert (EVIDENCE / tables.PICTURE).stat().st_size < 300_000


def test_the_run_is_the_one_that_the_notebooks_show():
    told = results.read(EVIDENCE / "results.json")["peclet"]
    shown = json.loads((ROOT / "notebooks/07_analysis.ipynb").read_text("utf-8"))
    outputs = [out for cell in shown["cells"] for out in cell.get("outputs", [])]
    alts = [
        out.get("metadata", {}).get("image/png", {}).get("alt", "") for out in outputs
    ]
    (errors,) = [alt for alt in alts if alt.startswith("Error at t + 50")]
    for name, label in (("heat", "heat expert"), ("ps", "PS"), ("dfs", "DFS")):
        first, *_, last = (told[pe]["models"][name] for pe in sorted(told, key=float))
        ends = f"{first['nrmse_t50']:.3g} at 0.1 to {last['nrmse_t50']:.3g} at 100"
        assert f"{label} from {ends}" in errors


def test_every_table_is_included_somewhere(rendered):
    pages = "".join(p.read_text(encoding="utf-8") for p in EVIDENCE.parent.glob("*.md"))
    for name in rendered:
        assert f"{{include}} evidence/{name}" in pages


def test_a_diverged_model_is_a_dash_and_the_best_is_bold():
    run = document()
    for pe, entry in run["peclet"].items():
        for name, scores in entry["models"].items():
            scores["nrmse_t50"] = None if name == "base" else 0.5
        run["peclet"][pe]["models"]["oracle_heat"]["nrmse_t50"] = 0.01
        run["peclet"][pe]["models"]["ps"]["nrmse_t50"] = 0.25
    last, _, near = plain(tables.headline(run)).partition("\n\n")
    assert "t + 50" in last.splitlines()[0] and "t + 5 |" in near.splitlines()[0]
    lines = last.splitlines()
    (base,) = [line for line in lines if line.startswith("| θ₀")]
    (merge,) = [line for line in lines if line.startswith("| PS |")]
    (oracle,) = [line for line in lines if line.startswith("| heat oracle")]
    count = len(run["peclet"])
    assert base.count(" – ") == count
    assert merge.count("**0.250**") == count
    assert "**" not in oracle


def test_a_target_is_met_missed_or_not_measured():
    run = {
        "world_model": {
            "probe_floor_nrmse": {"heat": 0.01, "burgers": 0.021},
            "heat": {"nrmse_t5": 0.03, "nrmse_t50": 0.04},
            "burgers": {"nrmse_t5": 0.04, "nrmse_t50": 0.06},
        }
    }
    smoke = {"profile": "smoke", "peclets": 4, "total_s": 1.0, "peak_gb": 0.1}
    found = {"results": run, "pipeline": smoke, "pipeline-gpu": None, "solvers": None}
    table, _, told = tables.targets(found).partition("\n\n")
    words = [line.rsplit("|", 2)[1].strip() for line in table.splitlines()[2:]]
    assert words[:6] == ["met", "**missed**"] * 3
    assert set(words[6:]) == {"not measured"}
    assert told.startswith(
        "Of 11 targets 3 are met, 3 missed (probe floor, nRMSE, Burgers, "
        "expert at home, nRMSE at t + 5, Burgers, "
        "expert at home, nRMSE at t + 50, Burgers), 5 not measured (study"
    )
