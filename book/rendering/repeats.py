"""What comes out equal when it is computed in another way."""

from typing import Any

import numpy as np

from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.findings import nrmse
from rendering.text import NOT_YET, number, table

SINGLE = 1e-6
"""Relative: what rounding to 24 bits leaves."""


def studies(measured: dict[str, Any]) -> str:
    """Whole studies against the first: artifacts, and how far scores differ."""
    header = ["computed", "artifacts", "equal to the bit", "scores differ by"]
    rows = [
        [way, str(found["files"]), str(found["equal"]), _apart(found["scores"])]
        for way, found in measured["studies"].items()
    ]
    return table(header, rows)


def rollouts(measured: dict[str, Any]) -> str:
    """Rollouts of merged models, by what is done in two ways."""
    header = ["computed in two ways", "largest difference, relative"]
    rows = [[way, _apart(apart)] for way, apart in measured["rollouts"].items()]
    where = f"\n{measured['machine']}, PyTorch {measured['torch']}.\n"
    return table(header, rows) + where


def elsewhere(run: dict[str, Any] | None, swept: Evidence | None) -> str:
    """The run of the notebooks against the sweep's of the same seed."""
    if run is None or swept is None:
        return NOT_YET
    apart = [*apart_from(run, swept).values()]
    header = ["", "nRMSE at t + 50, all models and Péclet numbers"]
    rows = [
        ["numbers compared", str(len(apart))],
        ["equal in single precision", str(sum(value < SINGLE for value in apart))],
        ["differ by, median", f"{100 * np.median(apart):.1f} %"],
        ["differ by, at most", f"{100 * max(apart):.1f} %"],
    ]
    return table(header, rows)


def apart_from(run: dict[str, Any], swept: Evidence) -> dict[tuple[float, str], float]:
    """How far errors of the run are from the sweep's of its seed, by Pe and model."""
    there = {
        (pe, model): by_seed[run["seed"]]
        for pe, models in nrmse(swept).items()
        for model, by_seed in models.items()
    }
    here = {
        (float(pe), model): scores["nrmse_t50"]
        for pe, at in run["peclet"].items()
        for model, scores in at["models"].items()
    }
    return {
        one: abs(here[one] - there[one]) / max(here[one], there[one])
        for one in here.keys() & there.keys()
    }


def _apart(difference: float) -> str:
    return "nothing" if difference == 0 else number(difference)
