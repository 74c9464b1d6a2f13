"""Classical rows beside merges and training, and targets that ask more of all."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.findings import BySeed
from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.models.model import Group
from rendering import compared
from rendering.labels import PARENTS, at_horizons, heading, is_bound, label, rows, when
from rendering.paired import Ratio, ratio
from rendering.sweep.scores import by_mark, costs
from rendering.text import NOT_YET, SPACE, reach, table

MERGES = ("directions", "ps", "soup")
"""Rows are held against the first of them that was run wherever the table tells of."""
BESIDE = (
    "persistence",
    "base",
    *PARENTS,
    findings.PARENT,
    "soup",
    "ensemble",
    "fitted_ensemble",
    "random_search",
    "ps",
    "dfs",
    "ps_dfs",
    "directions",
    "directions_random",
    "few_shot_base",
    "few_shot_heat",
    "few_shot_burgers",
    "joint",
    findings.CEILING,
)
"""Those that were run have a row."""
ROUNDING = 1e-4
"""Errors below it have an exponent."""
Models = Mapping[str, BySeed]
Columns = Mapping[str, Models]
"""Errors by model and seed, under the heading of a column."""


def render(found: Evidence | None) -> dict[str, str]:
    """The usual target: the text of every table by file."""
    return {
        "classical_errors.md": at_horizons(found, errors),
        "classical_ratios.md": at_horizons(found, ratios),
        "classical_costs.md": NOT_YET if found is None else costs(found),
    }


def render_asking(found: Iterable[Evidence | None]) -> dict[str, str]:
    """Targets that ask more: the text of every table by file."""
    measured = [one for one in found if one is not None]
    if not measured:
        return {"asking_errors.md": NOT_YET, "asking_ratios.md": NOT_YET}
    return {
        f"asking_{name}.md": "\n".join(at_horizons(one, draw) for one in measured)
        for name, draw in (("errors", errors), ("ratios", ratios))
    }


def errors(found: Evidence, horizon: str) -> str:
    """nRMSE, mean over the seeds that all rows of a column have ± half its interval."""
    names = _names(found)
    columns = {
        title: _in_common(by, names) for title, by in _columns(found, horizon).items()
    }
    return _errors(columns, names, when(found, horizon)) + f"\n{_seeds(columns)}\n"


def ratios(found: Evidence, horizon: str) -> str:
    """Error of every row over that of a merge, seed by seed."""
    return _ratios(_columns(found, horizon), _names(found), when(found, horizon))


def _names(found: Evidence) -> list[str]:
    return [*BESIDE, *rows(found, (Group.CLASSICAL,))]


def _columns(found: Evidence, horizon: str) -> Columns:
    """Of every Péclet number, and of every target at each where it is not the usual."""
    scores = findings.nrmse(found, horizon)
    marked = by_mark(scores)
    if not marked:
        return {heading(pe): at for pe, at in scores.items()}
    return {
        f"{kind}, {heading(pe)}": at
        for kind, by in marked.items()
        for pe, at in by.items()
    }


def _in_common(by: Models, names: Iterable[str]) -> Models:
    """Rows of a column, each on the seeds that all of them have."""
    told = {name: by[name] for name in names if name in by}
    seeds = set.intersection(*(set(values) for values in told.values()))
    return {n: {s: v[s] for s in sorted(seeds)} for n, v in told.items()}


def _seeds(columns: Columns) -> str:
    """Which they are, column by column where they differ."""
    told: dict[str, list[str]] = {}
    for title, by in columns.items():
        seeds = ", ".join(map(str, next(iter(by.values()))))
        told.setdefault(seeds, []).append(title)
    if len(told) == 1:
        return f"Seeds {next(iter(told))}."
    return "; ".join(f"{' and '.join(at)}: seeds {s}" for s, at in told.items()) + "."


def _errors(columns: Columns, names: Iterable[str], at: str) -> str:
    """Bold: the lowest, bounds aside."""
    lowest = {
        title: min(np.mean([*s.values()]) for n, s in told.items() if not is_bound(n))
        for title, told in columns.items()
    }
    lines = []
    for name in names:
        cells = []
        for title, told in columns.items():
            values = [*told.get(name, {}).values()]
            best = bool(values) and np.mean(values) == lowest[title]
            cells.append(f"**{_cell(values)}**" if best else _cell(values))
        if {*cells} != {_cell([])}:
            lines.append([label(name), *cells])
    return table([f"nRMSE at {at}", *columns], lines)


def _cell(values: Sequence[float]) -> str:
    """As all tables have it, or with an exponent."""
    if not values or np.mean(values) >= ROUNDING:
        return reach(values)
    mean, half = t_interval(values)
    text = f"{mean:.1e}"
    return text if half is None else f"{text}{SPACE}±{SPACE}{half:.0e}"


def _ratios(columns: Columns, names: Iterable[str], at: str) -> str:
    merge = next(m for m in MERGES if all(m in told for told in columns.values()))
    lines: list[compared.Row] = []
    for name in names:
        over = [ratio(told.get(name, {}), told[merge]) for told in columns.values()]
        if name != merge and {*map(_ratio_cell, over)} != {_ratio_cell(None)}:
            lines.append([label(name), *over])
    return compared.ratios(
        [f"over {label(merge)}, at {at}", *columns], lines, _ratio_cell
    )


def _ratio_cell(found: Ratio | None) -> str:
    """A ratio and its interval, bold where it is decided."""
    if found is None or not np.isfinite(found.centre):
        return "–"
    if found.low is None or found.high is None:
        return _times(found.centre)
    text = f"{_times(found.centre)} ({_times(found.low)}–{_times(found.high)})"
    return f"**{text}**" if found.decided else text


def _times(factor: float) -> str:
    """With an exponent where two places would not show it."""
    return f"{factor:.2f}" if 0.005 <= factor < 1000 else f"{factor:.0e}"
