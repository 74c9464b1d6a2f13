"""Which optimiser in many numbers: errors over the library's, at equal evaluations."""

from typing import Any

from rendering.labels import heading
from rendering.paired import Ratio, ratio
from rendering.sweep.scores import ratio_cell
from rendering.text import number, table

LIBRARY = "library"


def many_numbers(measured: dict[str, Any]) -> str:
    """Held-out fitness over the library's, paired by seed; what a search took."""
    rows = measured["rows"]
    budgets = sorted({row["budget"] for row in rows})
    return "\n".join(_at_budget(measured, budget) for budget in budgets)


def held_out(rows: list[dict[str, Any]], name: str, peclet: float) -> dict[int, float]:
    """Held-out fitness of a rival by seed."""
    return {
        row["seed"]: row["held_out"]
        for row in rows
        if (row["rival"], row["peclet"]) == (name, peclet)
    }


def ratios(measured: dict[str, Any], name: str) -> dict[float, Ratio]:
    """A rival over the library, by Pe; of one budget."""
    rows = measured["rows"]
    told = {
        pe: ratio(held_out(rows, name, pe), held_out(rows, LIBRARY, pe))
        for pe in sorted({row["peclet"] for row in rows})
    }
    return {pe: found for pe, found in told.items() if found is not None}


def _at_budget(measured: dict[str, Any], budget: int) -> str:
    rows = [row for row in measured["rows"] if row["budget"] == budget]
    peclets = sorted({row["peclet"] for row in rows})

    def by_seed(name: str, peclet: float) -> dict[int, float]:
        return held_out(rows, name, peclet)

    lines = []
    labels = measured["labels"]
    for name in sorted(labels, key=lambda name: name != LIBRARY):
        label = labels[name]
        own = [row for row in rows if row["rival"] == name]
        if not own:
            continue
        cells = [
            ratio_cell(ratio(by_seed(name, pe), by_seed(LIBRARY, pe)))
            if name != LIBRARY
            else number(sum(by_seed(name, pe).values()) / len(by_seed(name, pe)))
            for pe in peclets
        ]
        seconds = sum(row["seconds"] for row in own) / len(own)
        lines.append([label, *cells, number(seconds)])
    seeds = len({row["seed"] for row in rows})
    numbers = rows[0]["numbers"]
    caption = (
        f"{budget} evaluations, {numbers} numbers, {seeds} studies; first row: "
        "held-out fitness; others: over it, below 1 is better.\n\n"
    )
    header = ["", *map(heading, peclets), "s"]
    return caption + table(header, lines)
