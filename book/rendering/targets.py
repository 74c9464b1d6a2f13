"""What was aimed at, held against what was measured."""

from typing import Any

from evophys_lib.diagnosis.aims import AIMS
from rendering.labels import FAMILIES
from rendering.text import number, table, whether

AIMED = AIMS["laptop"]


def targets(found: dict[str, dict[str, Any] | None]) -> str:
    """What was aimed at, what was measured, met or missed, and a sentence of it."""
    rows: list[list[str]] = []

    def add(what: str, value: float | None, bound: float, unit: str = "") -> None:
        word = "not measured"
        if value is not None:
            word = whether(value <= bound)
        measured = number(value) + unit if value is not None else "–"
        rows.append([what, f"≤ {bound:g}{unit}", measured, word])

    run = found["results"]
    scores = run["world_model"] if run else None
    for family, bound in AIMED.floor.items():
        value = scores["probe_floor_nrmse"][family] if scores else None
        add(f"probe floor, nRMSE, {FAMILIES[family]}", value, bound)
    for frames, bounds in AIMED.ahead.items():
        for family, bound in bounds.items():
            value = scores[family][f"nrmse_t{frames}"] if scores else None
            what = f"expert at home, nRMSE at t + {frames}, {FAMILIES[family]}"
            add(what, value, bound)

    cpu, gpu = _laptop(found["pipeline"]), _laptop(found["pipeline-gpu"])
    add("study from nothing, CPU", cpu and cpu["total_s"] / 60, 10, " min")
    add("study from nothing, GPU", gpu and gpu["total_s"] / 60, 2, " min")
    add("memory of the largest process, CPU", cpu and cpu["peak_gb"], 2, " GB")
    exact = found["solvers"]
    exact = exact if exact and exact["trajectories"] == 2048 else None
    add("2,048 Burgers trajectories", exact and exact["cole_hopf_seconds"], 2, " s")
    add("their relative L² error", exact and exact["cole_hopf_error"], 1e-8)
    header = ["what", "target", "measured", ""]
    return table(header, rows, numbers_from=1) + "\n" + _left(rows)


def _left(rows: list[list[str]]) -> str:
    """Which targets are missed, and which were not measured."""
    words = ("**missed**", "missed"), ("not measured", "not measured")
    told = {
        word: [what for what, _, _, found in rows if found == cell]
        for cell, word in words
    }
    parts = [f"{len(of)} {word} ({', '.join(of)})" for word, of in told.items() if of]
    met = len(rows) - sum(map(len, told.values()))
    return (
        f"Of {len(rows)} targets {met} are met"
        + "".join(f", {part}" for part in parts)
        + ".\n"
    )


def _laptop(measured: dict[str, Any] | None) -> dict[str, Any] | None:
    """The measurement, if it is one of the laptop profile's whole headline."""
    whole = measured is not None and measured["peclets"] >= 4
    return measured if whole and measured["profile"] == "laptop" else None
