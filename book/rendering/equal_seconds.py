"""Merging and training on the same trajectories, at equal passes and equal seconds."""

from typing import Any

from rendering.labels import heading
from rendering.paired import Ratio, ratio
from rendering.sweep.scores import ratio_cell
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
        means = [_mean(_values(rows, name, pe, "seconds")) for pe in peclets]
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
    return {
        pe: ratio(*(_values(rows, n, pe, "held_out") for n in (MERGE, name)))
        for pe in sorted({row["peclet"] for row in rows})
    }


def _values(rows: Rows, name: str, peclet: float, key: str) -> dict[int, float]:
    """By seed."""
    return {
        row["seed"]: row[key]
        for row in rows
        if (row["name"], row["peclet"]) == (name, peclet)
    }


def _mean(values: dict[int, float]) -> float:
    return sum(values.values()) / len(values)
