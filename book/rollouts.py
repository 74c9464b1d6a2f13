"""Write book/evidence/rollouts.json: what the page of typed equations compares with.

    python book/rollouts.py --seed 5

The first trajectories of the target's test split, as they are and as models forecast
them, at four Péclet numbers, with the equations that `diagnosis.equations` finds in
them. Forecasts that are missing are made, with their models.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from evophys_lib import parameters
from evophys_lib.diagnosis import equations
from evophys_lib.evaluate.scores import TRUTH
from evophys_lib.evaluate.sparse_regression import THRESHOLD
from evophys_lib.models import registry
from evophys_lib.physics.equations import peclet_path
from evophys_lib.physics.grid import GRID, TIME_STEP, Array
from evophys_lib.scoring import forecasts
from evophys_lib.study.study import Study, open_study
from rendering.equations import at_threshold
from rendering.labels import label

EVIDENCE = Path(__file__).resolve().parent / "evidence" / "rollouts.json"
PECLETS = (0.1, 1.0, 10.0, 100.0)
SHOWN = (TRUTH, "heat", "burgers", "soup", "ps", "dfs", "directions")
TRAJECTORIES = 2
SCALE = 1e-4
"""Of the whole numbers that stand for values."""

Document = dict[str, Any]


def document(study: Study, peclets: tuple[float, ...] = PECLETS) -> Document:
    """Fields (B, H, N) in units of `SCALE`, and equations, by Pe and model."""
    told = {
        f"{pe:g}": {name: of_model(study, pe, name) for name in SHOWN}
        for pe in tqdm(peclets, desc="rollouts")
    }
    return {
        "profile": study.profile.name,
        "seed": study.seed,
        "interval": study.profile.stride * TIME_STEP,
        "cells": GRID,
        "scale": SCALE,
        "labels": {name: label(name) for name in SHOWN},
        "target": {f"{pe:g}": dict(zip(("U", "alpha"), peclet_path(pe), strict=True))
                   for pe in peclets},
        "rollouts": told,
    }  # fmt: skip


def of_model(study: Study, peclet: float, name: str) -> Document:
    """One model's fields, and what regression on many of its rollouts finds."""
    fields = fields_of(study, peclet, name)  # (B, H, N)
    found = equations.equation_of(study, peclet, name)
    text, values = as_hypothesis(at_threshold(found, THRESHOLD), float(fields.mean()))
    return {
        "fields": np.rint(fields / SCALE).astype(int).tolist(),
        "text": text,
        "parameters": values,
    }


def fields_of(study: Study, peclet: float, name: str) -> Array:
    """The first trajectories at every predictor step, (B, H, N)."""
    if name == TRUTH:
        fields = forecasts.truth(study, peclet)[0]
    else:
        (model,) = registry.named(study.profile, [name]).values()
        fields = forecasts.forecast(study, peclet, model).fields.numpy()
    return fields[:, :TRAJECTORIES].swapaxes(0, 1).astype(np.float64)


def as_hypothesis(terms: dict[str, float], mean: float) -> tuple[str, dict[str, float]]:
    """Terms in v = u − ū as an equation for u, and its coefficients."""
    summands, values = [], {}
    for term, value in terms.items():
        name = f"c{len(values)}"
        values[name] = float(f"{value:.6g}")
        inner = term.replace("²", "**2").replace(" ", "*").replace("v_", "u_")
        summands.append(f"{name}*{inner.replace('v', '(u - m)')}")
    if any("m" in s for s in summands):
        values["m"] = float(f"{mean:.6g}")
    return f"u_t = {' + '.join(summands) or '0'}", values


def main(arguments: list[str] | None = None) -> None:
    """Make what is missing and write the file."""
    command = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    command.add_argument("--profile", default="laptop")
    command.add_argument("--seed", default="5", help="5 by default: a fresh one")
    command.add_argument("--out", type=Path, default=EVIDENCE)
    chosen = command.parse_args(arguments)
    study = open_study(chosen.profile, parameters.seed(chosen.seed), "cpu")
    text = json.dumps(document(study), separators=(",", ":"))
    chosen.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
