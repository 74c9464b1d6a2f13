"""Merging and training on the same trajectories, at equal passes and equal seconds."""

from statistics import fmean
from typing import Any

from rendering.compared import ratio_cell
from rendering.labels import heading
from rendering.paired import Ratio, by_seed, ratio
from rendering.text import machine, number, table

MERGE, TRAIN, SHORT = "directions", "training", "training, as long"
SAME = {TRAIN: "passes", SHORT: "seconds"}
"""What a training has in common with the search."""
Rows = list[dict[str, Any]]


def equal_seconds(measured: dict[str, Any]) -> str:
    """Seconds of all, and held-out fitness of the search over that of training."""
    rows, peclets = measured["rows"], sorted({r["peclet"] for r in measured["rows"]})
    lines = []
    for name in (MERGE, TRAIN):
        spent = [by_seed(rows, "seconds", name=name, peclet=pe) for pe in peclets]
        means = [fmean(seconds.values()) for seconds in spent]
        lines.append([f"{name}, seconds", *map(number, means)])
    for name, same in SAME.items():
        told = over_training(rows, name).values()
        title = f"fitness over that of training, equal {same}"
        lines.append([title, *map(ratio_cell, told)])
    seeds = len({row["seed"] for row in rows})
    caption = f"{seeds} studies; one core of {machine(measured)}.\n\n"
    return caption + table(["", *map(heading, peclets)], lines)


def over_training(rows: Rows, name: str) -> dict[float, Ratio | None]:
    """Held-out fitness of the search over that of a training, paired by seed."""

    def held_out(name: str, peclet: float) -> dict[int, float]:
        return by_seed(rows, "held_out", name=name, peclet=peclet)

    peclets = sorted({row["peclet"] for row in rows})
    return {pe: ratio(held_out(MERGE, pe), held_out(name, pe)) for pe in peclets}
