"""Classical rows beside merges and training, and targets that ask more of all."""

from collections.abc import Iterable, Mapping

import numpy as np

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.evaluate.findings import BySeed
from evophys_lib.models.model import Group
from rendering.labels import PARENTS, heading, is_bound, label, rows, when
from rendering.paired import ratio
from rendering.sweep.scores import by_mark, costs, ratio_cell
from rendering.text import NOT_YET, reach, table

MERGE = "directions"
"""What every row is held against."""
BESIDE = ("persistence", *PARENTS, "soup", "ps", MERGE, "few_shot_heat")
Columns = Mapping[str, Mapping[str, BySeed]]
"""Errors by model and seed, under the heading of a column."""


def render(found: Evidence | None) -> dict[str, str]:
    """The usual target: the text of every table by file."""
    names = {"errors": errors, "ratios": ratios, "costs": costs}
    if found is None:
        return {f"classical_{name}.md": NOT_YET for name in names}
    return {f"classical_{name}.md": draw(found) for name, draw in names.items()}


def render_asking(found: Iterable[Evidence | None]) -> dict[str, str]:
    """Targets that ask more: the text of every table by file."""
    measured = [one for one in found if one is not None]
    if not measured:
        return {"asking_errors.md": NOT_YET, "asking_ratios.md": NOT_YET}
    return {
        "asking_errors.md": "\n".join(map(errors, measured)),
        "asking_ratios.md": "\n".join(map(ratios, measured)),
    }


def errors(found: Evidence) -> str:
    """nRMSE at both horizons, mean over seeds ± half its interval."""
    return "\n".join(
        _errors(_columns(found, h), _names(found), when(found, h))
        for h in reversed(horizon_names(found))
    )


def ratios(found: Evidence) -> str:
    """Error of every row over that of the merge at both horizons, seed by seed."""
    return "\n".join(
        _ratios(_columns(found, h), _names(found), when(found, h))
        for h in reversed(horizon_names(found))
    )


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
            cells.append(f"**{reach(values)}**" if best else reach(values))
        if {*cells} != {reach([])}:
            lines.append([label(name), *cells])
    return table([f"nRMSE at {at}", *columns], lines)


def _ratios(columns: Columns, names: Iterable[str], at: str) -> str:
    lines = []
    for name in names:
        cells = [
            ratio_cell(ratio(told.get(name, {}), told.get(MERGE, {})))
            for told in columns.values()
        ]
        if name != MERGE and {*cells} != {ratio_cell(None)}:
            lines.append([label(name), *cells])
    return table([f"over {label(MERGE)}, at {at}", *columns], lines)
