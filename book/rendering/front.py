"""The first page's picture: one trajectory as models see it, and what they err by."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.parameters import peclet_key
from rendering.drawing.front import fields_above_errors
from rendering.labels import PARENTS, when
from rendering.sweep.pictures import means
from viewers.packing import unpack

FILE = "front.png"
SOURCES = ("fresh", "directions", "gap", "few")
"""Folders of the evidence on fresh seeds; the last has some of these."""
ONE = "directions_of_pe_k16"
CURVES = (*PARENTS, "soup", "ps", "dfs", "directions", ONE, findings.CEILING)
"""Beside few-shot tuning."""
FIELDS = ("truth", *PARENTS, "ps", ONE)
LABELS = {"directions": "directions, at each Pe", ONE: "directions, one for all Pe"}
PECLET = 10.0
"""At which fields are drawn."""


def picture(looked: dict[str, Any], *swept: Evidence) -> Figure:
    """looked: what the page of viewers has of a study's forecasts; swept: SOURCES."""
    at, names = looked["peclet"].index(PECLET), list(looked["models"])
    fields = unpack(looked["fields"])[:, at, 0]  # (M, H + 1, N)
    titles = {name: look["label"] for name, look in looked["models"].items()}
    titles |= {name: label.replace(", ", ",\n") for name, label in LABELS.items()}
    return fields_above_errors(
        {titles[name]: fields[names.index(name)] for name in FIELDS},
        means(scores(*swept), CURVES),
        t=np.array(looked["frames"]) * looked["time_step"],
        titles=(
            f"One test trajectory at Pe = {peclet_key(PECLET)}",
            f"Error at {when(swept[0])}, mean and 95 % band over seeds",
        ),
        labels=LABELS,
    )


def scores(*swept: Evidence) -> findings.ByPeclet:
    """nRMSE at the last horizon, of all that some evidence has."""
    told: findings.ByPeclet = {}
    for found in swept:
        for pe, at in findings.nrmse(found).items():
            told[pe] = told.get(pe, {}) | at
    return told
