"""Burgers by Cole–Hopf and by ETDRK4, side by side in one run, on one thread.

    python benchmarks/solvers.py [--trajectories 2048] [--out solvers.json]

Cole–Hopf solves all trajectories as `simulate` does. ETDRK4 is given every advantage:
in each octile of viscosity the cheapest number of points and steps that keeps the
relative L² error of a batch of trajectories under 1e-8 is searched, the batch is timed
with it, and the time is scaled to the octile's size. The error of Cole–Hopf is taken
against ETDRK4 at 4,096 points and half the step that the manifest's check uses.
"""

import time
from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from evophys_lib.physics.checks import few_of
from evophys_lib.physics.equations import Burgers
from evophys_lib.physics.grid import FRAMES, GRID
from evophys_lib.physics.recipe import Recipe
from evophys_lib.physics.splits import Split
from measuring import REPEATS, finish, machine, options

ACCURACY = 1e-8
OCTILES = 8
BATCH = 8  # trajectories per octile that ETDRK4 is timed on
POINTS = (128, 256, 512, 1024, 2048, 4096)
SUBSTEPS = (1, 2, 3, 4, 6, 8, 12, 16)


def relative_error(field: NDArray, truth: NDArray) -> float:
    """Largest relative L² distance over the trajectories."""
    distance = np.linalg.norm(field - truth, axis=(1, 2))
    return float((distance / np.linalg.norm(truth, axis=(1, 2))).max())


def timed(function: Callable[[], NDArray], repeats: int = 1) -> tuple[float, NDArray]:
    """Best wall-clock seconds of a few calls, and the result."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        seconds.append(time.perf_counter() - start)
    return min(seconds), result


def measure(trajectories: int) -> dict:
    """All figures of the table."""
    law = Burgers()
    recipe = Recipe("burgers", trajectories, 0, Split.TRAIN)
    initial, physical = recipe.draw()
    seconds, field = timed(lambda: law.solve(initial, physical), REPEATS)
    octiles = np.array_split(np.argsort(physical["viscosity"]), OCTILES)

    rows = []
    for members in octiles:
        batch = members[np.linspace(0, len(members) - 1, BATCH).astype(int)]
        probe = batch[[0, -1]]  # the least and the most viscous
        truth = law.reference(initial.take(probe), few_of(physical, probe), substeps=20)
        row = {
            "viscosity": physical["viscosity"][probe].tolist(),
            "cole_hopf_error": relative_error(field[probe], truth),
        }
        row |= cheapest_etdrk4(
            initial.take(batch), few_of(physical, batch), field[batch]
        )
        row["etdrk4_seconds"] *= len(members) / BATCH
        rows.append(row)
    stepping = sum(row["etdrk4_seconds"] for row in rows)
    return {
        "machine": machine(),
        "trajectories": trajectories,
        "frames": FRAMES,
        "cells": GRID,
        "cole_hopf_seconds": seconds,
        "cole_hopf_error": max(row["cole_hopf_error"] for row in rows),
        "etdrk4_seconds": stepping,
        "etdrk4_accuracy": ACCURACY,
        "ratio": stepping / seconds,
        "octiles": rows,
    }


def cheapest_etdrk4(initial, physical, truth) -> dict:
    """The least work that reaches `ACCURACY` on all of a batch, and its time."""
    candidates = sorted(product(POINTS, SUBSTEPS), key=lambda pair: pair[0] * pair[1])
    for points, substeps in candidates:
        solve = partial(
            Burgers().reference, initial, physical, points=points, substeps=substeps
        )
        with np.errstate(over="ignore", invalid="ignore"):  # too few steps blow up
            seconds, field = timed(solve)
        error = relative_error(field, truth)
        if error <= ACCURACY:
            return {
                "etdrk4_points": points,
                "etdrk4_substeps": substeps,
                "etdrk4_error": error,
                "etdrk4_seconds": seconds,
            }
    raise SystemExit("ETDRK4 reaches the accuracy with none of the candidates")


def table(figures: dict) -> str:
    """The figures as text."""
    lines = [
        f"{figures['trajectories']} Burgers trajectories x {FRAMES} frames x "
        f"{GRID} cells, one thread",
        "",
        "viscosity          Cole-Hopf error | ETDRK4 error  points  steps/frame      s",
    ]
    for row in figures["octiles"]:
        low, high = row["viscosity"]
        lines.append(
            f"{low:.4f} - {high:.4f}    {row['cole_hopf_error']:14.1e}  | "
            f"{row['etdrk4_error']:12.1e} {row['etdrk4_points']:7d} "
            f"{row['etdrk4_substeps']:12d} {row['etdrk4_seconds']:6.1f}"
        )
    lines += [
        "",
        f"Cole-Hopf {figures['cole_hopf_seconds']:.2f} s, "
        f"error {figures['cole_hopf_error']:.1e}",
        f"ETDRK4    {figures['etdrk4_seconds']:.1f} s at error <= {ACCURACY:.0e}",
        f"ratio     {figures['ratio']:.0f}",
    ]
    return "\n".join(lines)


def main() -> None:
    """Measures, prints the table, and writes the figures if asked to."""
    parser = options(__doc__)
    parser.add_argument("--trajectories", type=int, default=2048)
    arguments = parser.parse_args()
    with threadpool_limits(limits=1):
        figures = measure(arguments.trajectories)
    finish(figures, table(figures), arguments.out)


if __name__ == "__main__":
    main()
