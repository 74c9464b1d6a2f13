"""Controls of composition: merges of parents that have nothing to compose."""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.findings import ByPeclet, BySeed
from evophys_lib.models.controls import MERGES
from evophys_lib.models.model import Group
from rendering import compared
from rendering.labels import PARENTS, at_horizons, heading, label, rows, when
from rendering.paired import Ratio, lowest, ratio
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
OTHER = ("controls_words", "controls_ends")
"""Pages that are not drawn at every horizon from the same evidence."""
LONG = "long"
LONGER = tuple(f"{family}_{LONG}" for family in PARENTS)
COMMAND = (
    "python -m evophys_lib sweep --seeds 5-7 --pe 1,10 --only controls heat burgers "
    "soup ps directions joint ps_one few_shot_heat few_shot_burgers few_shot_core "
    "few_shot_head few_shot_low_rank --out book/evidence/controls"
)


def render(found: Evidence | None, ends: Evidence | None) -> dict[str, str]:
    """The text of every table by file; ends: experts twice at other Péclet numbers."""
    tables = {
        "controls": over_parent,
        "controls_merges": over_merge,
        "controls_long": longer,
        "controls_errors": errors,
    }
    if found is None:
        return {f"{name}.md": missing(COMMAND) for name in (*tables, *OTHER)}
    pages = {name: at_horizons(found, draw) for name, draw in tables.items()}
    pages["controls_words"] = words(found)
    pages["controls_ends"] = at_horizons(ends, over_merge)
    return {f"{name}.md": text for name, text in pages.items()}


def words(found: Evidence) -> str:
    """What each merge does by the declared rule: a word for each question."""
    told = findings.nrmse(found)
    questions = {
        "does it take both physics?": takes_both,
        "does a control gain at all?": gains_anyway,
        "does more training close it?": closes,
    }
    lines = [
        [f"{stem}: {question}", *(answer(at, merge) for at in told.values())]
        for merge, (stem, _) in MERGES.items()
        for question, answer in questions.items()
    ]
    return table(["by the declared rule", *map(heading, told)], lines)


def takes_both(at: Models, merge: str) -> str:
    """Whether it is worse without one of both physics.

    composition: every control is worse than the merge; averaging: the better parent
    twice is not.
    """
    ratios = [_over(at, name, rival=merge) for name in _of(merge, PAIRS)]
    best = min(PARENTS, key=lambda parent: np.mean([*at[parent].values()]))
    twice = _over(at, f"{merge}_{best}_twice", rival=merge)
    if twice is None or None in ratios:
        return "–"
    if not twice.higher:
        return "averaging"
    return "composition" if all(one and one.higher for one in ratios) else "neither"


def gains_anyway(at: Models, merge: str) -> str:
    """averaging: a merge with nothing to compose is better than both experts."""
    against = _over_best_of(PARENTS)
    ratios = [against(at, name) for name in _of(merge, PAIRS)]
    gains = any(one and one.lower for one in ratios)
    return "averaging" if gains else "no"


def closes(at: Models, merge: str) -> str:
    """averaging: between longer trained parents a merge gains less."""
    change = change_with_length(at, merge)
    if change is None:
        return "–"
    return "averaging" if change.higher else "composition"


def change_with_length(at: Models, merge: str) -> Ratio | None:
    """What a merge of long experts gains over what that of the usual ones does."""
    return ratio(gain(at, f"{merge}_{LONG}", LONGER), gain(at, merge, PARENTS))


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
    told = findings.nrmse(found, horizon)
    lines: list[compared.Row] = []
    for merge, (stem, _) in MERGES.items():
        lines += _lines(told, [merge], _over_best_of(PARENTS))
        lines += _lines(told, [f"{merge}_{LONG}"], _over_best_of(LONGER))
        changes = [change_with_length(at, merge) for at in told.values()]
        if any(changes):
            lines.append([f"{stem}: the second over the first", *changes])
    return _table(found, "over the better of its parents", told, lines, horizon)


def errors(found: Evidence, horizon: str | None = None) -> str:
    """nRMSE, mean over seeds."""
    beside = (*PARENTS, *MERGES, *BESIDE, *TUNED)
    names = rows(found, (Group.CONTROLS,), beside)
    return compared.errors(findings.nrmse(found, horizon), names, when(found, horizon))


def _table(
    found: Evidence,
    title: str,
    told: ByPeclet,
    lines: Sequence[compared.Row],
    horizon: str | None,
) -> str:
    header = [f"{title}, at {when(found, horizon)}", *map(heading, told)]
    return compared.ratios(header, lines)


def gain(at: Models, merge: str, parents: Sequence[str]) -> BySeed:
    """Error of a merge over that of the better of its parents, seed by seed."""
    least, own = lowest(at, parents), at.get(merge, {})
    return {seed: own[seed] / least[seed] for seed in own.keys() & least.keys()}


def _over(at: Models, name: str, *, rival: str) -> Ratio | None:
    return ratio(at.get(name, {}), at.get(rival, {}))


def _over_best_of(parents: Sequence[str]) -> Callable[[Models, str], Ratio | None]:
    return lambda at, name: ratio(at.get(name, {}), lowest(at, parents))


def _of(merge: str, pairs: Sequence[str]) -> list[str]:
    return [f"{merge}_{pair}" for pair in pairs]


def _lines(
    told: ByPeclet, names: Sequence[str], against: Callable[[Models, str], Ratio | None]
) -> list[compared.Row]:
    """A row for each name that was run somewhere."""
    return [
        [label(name), *(against(at, name) for at in told.values())]
        for name in names
        if any(name in at for at in told.values())
    ]
