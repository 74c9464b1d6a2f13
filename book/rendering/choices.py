"""Choices of a merge that is a function of Pe, held against the declared ones."""

from statistics import geometric_mean
from typing import Any

from rendering import compared
from rendering.paired import Ratio, ratio
from rendering.text import machine

USUAL = "as declared"
WHERE = {True: "seen Pe", False: "between"}
Rows = list[dict[str, Any]]


def choices(measured: dict[str, Any]) -> str:
    """Held-out fitness over that of the declared choices, paired by seed."""
    rows = measured["rows"]
    columns = [
        (count, seen)
        for count in sorted({row["count"] for row in rows}, reverse=True)
        for seen in WHERE
    ]
    names = [n for n in dict.fromkeys(row["choice"] for row in rows) if n != USUAL]
    lines: list[compared.Row] = [
        [name, *(over_declared(rows, name, *column) for column in columns)]
        for name in names
    ]
    seeds = sorted({row["seed"] for row in rows})
    between = ", ".join(f"{pe:g}" for pe in _peclets(rows, seen=False))
    caption = (
        f"Seeds {', '.join(map(str, seeds))}; *between*: Pe = {between}; "
        f"{machine(measured)}.\n\n"
    )
    header = ["fitness over that of what was declared"]
    header += [f"k = {count}, {WHERE[seen]}" for count, seen in columns]
    return caption + compared.ratios(header, lines)


def over_declared(rows: Rows, name: str, count: int, seen: bool) -> Ratio | None:
    """One choice over the declared ones, in the mean over Péclet numbers."""

    def means(choice: str) -> dict[int, float]:
        """Of logarithms, by seed."""
        found: dict[int, list[float]] = {}
        where = {"choice": choice, "count": count, "seen": seen}
        for row in rows:
            if where.items() <= row.items():
                found.setdefault(row["seed"], []).append(row["held_out"])
        return {seed: geometric_mean(values) for seed, values in found.items()}

    return ratio(means(name), means(USUAL))


def _peclets(rows: Rows, *, seen: bool) -> list[float]:
    return sorted({row["peclet"] for row in rows if row["seen"] is seen})
