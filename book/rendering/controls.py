"""Controls of composition: merges of parents that have nothing to compose."""

from collections.abc import Callable, Sequence
from functools import partial

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.findings import ByPeclet, BySeed
from evophys_lib.models.controls import MERGES
from evophys_lib.models.model import Group
from rendering.labels import PARENTS, at_horizons, heading, label, rows, when
from rendering.paired import Ratio, ratio
from rendering.sweep import scores
from rendering.text import missing, table

Models = dict[str, BySeed]
PAIRS = (*(f"{family}_twice" for family in PARENTS), "joint_twice", "unrelated")
"""What has nothing to compose."""
BESIDE = (
    "joint",
    "joint_line",
    "ps_one",
    "interpolated",
    "few_shot_neighbour",
    "few_shot_head",
    "few_shot_core",
    "few_shot_low_rank",
)
TUNED = tuple(f"few_shot_{family}" for family in PARENTS)
LONG = "long"
COMMAND = (
    "python -m evophys_lib sweep --seeds 5-7 --pe 1,10 --only controls heat burgers "
    "soup ps directions joint ps_one few_shot_heat few_shot_burgers few_shot_core "
    "--out book/evidence/controls"
)


def render(found: Evidence | None) -> dict[str, str]:
    """The text of every table by file."""
    tables = {
        "controls": over_parent,
        "controls_merges": over_merge,
        "controls_long": longer,
        "controls_errors": errors,
    }
    return {
        f"{name}.md": missing(COMMAND) if found is None else at_horizons(found, draw)
        for name, draw in tables.items()
    }


def over_parent(found: Evidence, horizon: str | None = None) -> str:
    """Every merge of every pair, and what is beside, over the better of the experts.

    horizon: the last if not given, as in all that follows.
    """
    told = findings.nrmse(found, horizon)
    names = [n for merge in MERGES for n in (merge, *_of(merge, (*PAIRS, LONG)))]
    lines = _lines(told, [*names, *BESIDE, *TUNED], _over_best_of(PARENTS))
    return _table(found, "over the better parent", told, lines, horizon)


def over_merge(found: Evidence, horizon: str | None = None) -> str:
    """A control over the same merge of heat and Burgers."""
    told = findings.nrmse(found, horizon)
    lines = [
        line
        for merge in MERGES
        for line in _lines(told, _of(merge, PAIRS), partial(_over, rival=merge))
    ]
    return _table(found, "over that of heat and Burgers", told, lines, horizon)


def longer(found: Evidence, horizon: str | None = None) -> str:
    """What merging gains over the better of its own parents, and how that changes."""
    told, long = (
        findings.nrmse(found, horizon),
        [f"{family}_{LONG}" for family in PARENTS],
    )
    lines: list[list[str]] = []
    for merge, (stem, _) in MERGES.items():
        lines += _lines(told, [merge], _over_best_of(PARENTS))
        lines += _lines(told, [f"{merge}_{LONG}"], _over_best_of(long))
        ratios = [
            ratio(gain(at, f"{merge}_{LONG}", long), gain(at, merge, PARENTS))
            for at in told.values()
        ]
        if any(ratios):
            cells = map(scores.ratio_cell, ratios)
            lines.append([f"{stem}: the second over the first", *cells])
    return _table(found, "over the better of its parents", told, lines, horizon)


def errors(found: Evidence, horizon: str | None = None) -> str:
    """nRMSE, mean over seeds."""
    beside = (*PARENTS, *MERGES, *BESIDE, *TUNED)
    names = rows(found, (Group.CONTROLS,), beside)
    return scores.errors(findings.nrmse(found, horizon), names, when(found, horizon))


def _table(
    found: Evidence,
    title: str,
    told: ByPeclet,
    lines: list[list[str]],
    horizon: str | None,
) -> str:
    return table([f"{title}, at {when(found, horizon)}", *map(heading, told)], lines)


def better(at: Models, parents: Sequence[str]) -> BySeed:
    """The lower error of several, seed by seed, where all are there."""
    seeds = set.intersection(*({*at.get(name, {})} for name in parents))
    return {seed: min(at[name][seed] for name in parents) for seed in seeds}


def gain(at: Models, merge: str, parents: Sequence[str]) -> BySeed:
    """Error of a merge over that of the better of its parents, seed by seed."""
    least, own = better(at, parents), at.get(merge, {})
    return {seed: own[seed] / least[seed] for seed in own.keys() & least.keys()}


def _over(at: Models, name: str, *, rival: str) -> Ratio | None:
    return ratio(at[name], at.get(rival, {}))


def _over_best_of(parents: Sequence[str]) -> Callable[[Models, str], Ratio | None]:
    return lambda at, name: ratio(at[name], better(at, parents))


def _of(merge: str, pairs: Sequence[str]) -> list[str]:
    return [f"{merge}_{pair}" for pair in pairs]


def _lines(
    told: ByPeclet, names: Sequence[str], against: Callable[[Models, str], Ratio | None]
) -> list[list[str]]:
    """A row for each name that was run somewhere."""
    return [
        [
            label(name),
            *(
                scores.ratio_cell(against(at, name) if name in at else None)
                for at in told.values()
            ),
        ]
        for name in names
        if any(name in at for at in told.values())
    ]
