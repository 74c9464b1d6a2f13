"""The ladder: gap closed by how many numbers, along which directions, by whom."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.gap import Gap
from evophys_lib.models.ladder import RANKS
from rendering import compared
from rendering.labels import at_horizons, heading, label, when
from rendering.once import COUNTS
from rendering.paired import ratio
from rendering.text import table

FILE = "ladder.png"
OWN = "directions"
CLIMBED = (
    "directions_per_expert",
    "directions_per_layer",
    "directions_per_tensor",
    *(f"directions_r{rank}" for rank in RANKS[:3]),
    OWN,
    *(f"directions_r{rank}" for rank in RANKS[3:]),
    "directions_full",
)
"""Along the experts' own directions, by one optimiser, the fewest numbers first."""
OTHERWISE = (
    "directions_random",
    "directions_of_base",
    "directions_halfway",
    "directions_riding",
    "directions_speeds",
    "directions_strengths",
)
"""About as many numbers as `OWN`, along other directions."""
OF_PECLET = (
    *(f"directions_of_pe_k{k}" for k in COUNTS),
    f"directions_of_pe_random_k{COUNTS[0]}",
)
"""One merge for all Pe, which has seen the headline's."""
TRAINED = (
    "few_shot_head",
    "few_shot_core",
    "few_shot_low_rank",
    "few_shot_heat",
    "few_shot_burgers",
)
BESIDE = ("soup", "lambda_line", "best_path", "soft_paths", "ps", "directions_few")


def render(found: Evidence | None) -> dict[str, str]:
    """The text of every table by file."""
    tables = {"ladder": rungs, "ladder_directions": directions, "ladder_errors": errors}
    return {f"{name}.md": at_horizons(found, draw) for name, draw in tables.items()}


def rungs(found: Evidence, horizon: str | None = None) -> str:
    """Gap closed at every rung; what was searched otherwise, and trained, beside.

    horizon: the last if not given, as in all that follows.
    """
    shown = [*BESIDE[:-1], *CLIMBED, BESIDE[-1], *OTHERWISE]
    shown += [*OF_PECLET, *TRAINED]
    gaps = findings.gaps(found, shown, horizon)
    counts, spent = numbers(found), evaluations(found)
    lines = [
        [
            label(name),
            _count(counts.get(name)),
            _count(spent.get(name)),
            *(compared.gap_cell(at.get(name)) for at in gaps.values()),
        ]
        for name in shown
        if any(name in at for at in gaps.values())
    ]
    header = [
        f"gap closed at {when(found, horizon)}, %",
        "numbers",
        "evaluations",
        *map(heading, gaps),
    ]
    return table(header, lines)


def directions(found: Evidence, horizon: str | None = None) -> str:
    """Error along other directions over that along the experts', seed by seed."""
    told = findings.nrmse(found, horizon)
    lines = [
        [
            label(name),
            _count(numbers(found).get(name)),
            *(ratio(at.get(name, {}), at.get(OWN, {})) for at in told.values()),
        ]
        for name in OTHERWISE
        if any(name in at for at in told.values())
    ]
    header = [f"error at {when(found, horizon)} over {label(OWN)}", "numbers"]
    return compared.ratios([*header, *map(heading, told)], lines)


def errors(found: Evidence, horizon: str | None = None) -> str:
    """nRMSE, mean over seeds."""
    told = findings.nrmse(found, horizon)
    names = [
        "heat",
        "burgers",
        findings.PARENT,
        *BESIDE,
        *CLIMBED,
        *OTHERWISE,
        *TRAINED,
    ]
    return compared.errors(told, [*names, findings.CEILING], when(found, horizon))


def picture(found: Evidence) -> Figure:
    """Gap closed against numbers, a line per Pe; controls and training as marks."""
    gaps, counts = findings.gaps(found, (*CLIMBED, *OTHERWISE[:2])), numbers(found)

    def curve(names: tuple[str, ...], at: dict[str, Gap]) -> np.ndarray:
        """(n, 4): numbers, gap closed, ends of its interval."""
        rows = [
            (counts[n], at[n].closed, *(at[n].interval or (np.nan, np.nan)))
            for n in names
            if n in at and at[n].closed is not None
        ]
        return np.array(rows, dtype=float).reshape(-1, 4)

    return figures.ladder(
        {pe: curve(CLIMBED, at) for pe, at in gaps.items()},
        beside={label(n): {pe: curve((n,), at) for pe, at in gaps.items()}
                for n in OTHERWISE[:2]},
    )  # fmt: skip


def numbers(found: Evidence) -> dict[str, float]:
    """How many coefficients every search had.

    A merge for all Pe that was stored without has twice those of one at a Pe: c_0, c_1.
    """
    table = found.searches
    told = _means(table[table["quantity"] == "numbers"], "method")
    if OWN not in told:
        return told
    return dict.fromkeys(OF_PECLET, 2 * told[OWN]) | told


def evaluations(found: Evidence) -> dict[str, float]:
    """What every search took, mean over seeds and Péclet numbers."""
    table = found.costs
    return _means(table[table["quantity"] == "evaluations"], "model")


def _means(rows: pd.DataFrame, by: str) -> dict[str, float]:
    found = rows.groupby(by)["value"].mean()
    return {str(name): float(value) for name, value in found.items() if value > 0}


def _count(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"
