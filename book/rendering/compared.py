"""How models compare in tables: errors, ratios of them, gaps closed."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import false_discovery_control

from evophys_lib.evaluate.findings import BySeed
from evophys_lib.evaluate.gap import Gap
from rendering.labels import heading, is_bound, label
from rendering.paired import Ratio
from rendering.text import reach, table

FALSE = 0.05
"""Share of false ones among the ratios that are told apart."""
Row = Sequence[str | Ratio | None]
"""Of a table: words and ratios."""


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


def ratios(
    header: Sequence[str],
    rows: Iterable[Row],
    cell: Callable[[Ratio | None], str] = ratio_cell,
) -> str:
    """A table of words and ratios, and below it how many of these are decided."""
    rows = [*rows]
    lines = [[x if isinstance(x, str) else cell(x) for x in row] for row in rows]
    shown = [x for row in rows for x in row if isinstance(x, Ratio)]
    return table(header, lines) + multiplicity(shown)


def multiplicity(found: Iterable[Ratio]) -> str:
    """How many ratios are decided, by chance and with false ones kept to a share."""
    told = [one for one in found if np.isfinite(one.centre)]
    p_values = [one.p for one in told if one.p is not None]
    if not p_values:
        return ""
    kept = int(np.sum(false_discovery_control(p_values) < FALSE))
    decided = sum(one.decided for one in told)
    return (
        f"\n{len(p_values)} ratios, {decided} in bold; {FALSE * len(p_values):.0f} "
        f"would be if no two models differed. With the share of false ones kept to "
        f"{100 * FALSE:.0f} %, {kept} remain.\n"
    )


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
