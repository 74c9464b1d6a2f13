"""Which optimiser in many numbers: errors over the library's, at equal evaluations."""

from typing import Any

from rendering.compared import ratio_cell
from rendering.labels import heading
from rendering.paired import Ratio, by_seed, ratio
from rendering.text import number, table

LIBRARY = "library"
Rows = list[dict[str, Any]]


def many_numbers(measured: dict[str, Any]) -> str:
    """Held-out fitness over the library's, paired by seed; what a search took."""
    rows = measured["rows"]
    budgets = sorted({row["budget"] for row in rows})
    return "\n".join(
        _at_budget([row for row in rows if row["budget"] == budget], measured["labels"])
        for budget in budgets
    )


def ratios(rows: Rows, name: str) -> dict[float, Ratio | None]:
    """A rival over the library, by Pe; rows: of one budget."""
    return {
        pe: ratio(_held_out(rows, name, pe), _held_out(rows, LIBRARY, pe))
        for pe in _peclets(rows)
    }


def _at_budget(rows: Rows, labels: dict[str, str]) -> str:
    lines = []
    for name in sorted(labels, key=lambda name: name != LIBRARY):
        own = [row for row in rows if row["rival"] == name]
        if not own:
            continue
        if name == LIBRARY:
            every = [_held_out(rows, name, pe).values() for pe in _peclets(rows)]
            cells = [number(sum(values) / len(values)) for values in every]
        else:
            cells = [ratio_cell(found) for found in ratios(rows, name).values()]
        seconds = sum(row["seconds"] for row in own) / len(own)
        lines.append([labels[name], *cells, number(seconds)])
    seeds, first = len({row["seed"] for row in rows}), rows[0]
    caption = (
        f"{first['budget']} evaluations, {first['numbers']} numbers, {seeds} studies; "
        "first row: held-out fitness; others: over it, below 1 is better.\n\n"
    )
    return caption + table(["", *map(heading, _peclets(rows)), "s"], lines)


def _peclets(rows: Rows) -> list[float]:
    return sorted({row["peclet"] for row in rows})


def _held_out(rows: Rows, name: str, peclet: float) -> dict[int, float]:
    """Of a rival, by seed."""
    return by_seed(rows, "held_out", rival=name, peclet=peclet)
