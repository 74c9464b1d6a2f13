"""How models compare in tables: errors, ratios of them, gaps closed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from evophys_lib.evaluate.findings import BySeed
from evophys_lib.evaluate.gap import Gap
from rendering.labels import heading, is_bound, label
from rendering.paired import Ratio
from rendering.text import reach, table


def errors(
    scores: Mapping[float, Mapping[str, BySeed]],
    names: Iterable[str],
    at: str = "t + 50",
) -> str:
    """Mean over seeds ± half its interval; bold: the best, bounds aside.

    at: the horizon, in words.
    """
    return "\n".join(
        _errors_of({pe: scores[pe] for pe in peclets}, shown, at)
        for peclets, shown in blocks(scores, names)
    )


def ratio_cell(found: Ratio | None) -> str:
    """A ratio and its interval, bold where it is decided."""
    if found is None or not np.isfinite(found.centre):
        return "–"
    if found.low is None:
        return f"{found.centre:.2f}"
    text = f"{found.centre:.2f} ({found.low:.2f}–{found.high:.2f})"
    return f"**{text}**" if found.decided else text


def gap_cell(found: Gap | None) -> str:
    """Percent closed, and its interval."""
    if found is None or found.closed is None:
        return "–"
    text = _percent(found.closed)
    if found.interval is None:
        return text
    low, high = map(_percent, found.interval)
    return f"{text} ({low} to {high})"


def blocks(
    by_peclet: Mapping[float, Mapping[str, Any]], names: Iterable[str]
) -> Iterator[tuple[list[float], list[str]]]:
    """Tables without holes: all models where all were run, some at every Pe.

    The Péclet numbers and the models of each table; one where a single one does.
    """
    known = [n for n in names if any(n in at for at in by_peclet.values())]
    complete = [pe for pe, at in by_peclet.items() if all(n in at for n in known)]
    everywhere = [n for n in known if all(n in at for at in by_peclet.values())]
    if not complete or everywhere == known:
        yield list(by_peclet), known
        return
    yield complete, known
    yield list(by_peclet), everywhere


def _errors_of(
    scores: Mapping[float, Mapping[str, BySeed]], names: list[str], when: str
) -> str:
    best = {
        pe: min(
            (np.mean([*at[n].values()]) for n in names if n in at and not is_bound(n)),
            default=None,
        )
        for pe, at in scores.items()
    }
    lines = []
    for name in names:
        cells = []
        for pe, at in scores.items():
            if name not in at:
                cells.append("–")
                continue
            values = [*at[name].values()]
            cell = reach(values)
            cells.append(f"**{cell}**" if np.mean(values) == best[pe] else cell)
        lines.append([label(name), *cells])
    return table([f"nRMSE at {when}", *map(heading, scores)], lines)


def _percent(share: float) -> str:
    return f"{100 * share:z.0f}"
