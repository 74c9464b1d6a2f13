"""How well every model predicts: errors, ratios, gaps closed, and what they took.

horizon: by its name, such as t5; the last where none is given.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.models.model import Group
from evophys_lib.parameters import peclet_key
from rendering.compared import (
    Row,
    blocks,
    errors,
    gap_cell,
    multiplicity,
    ratio_cell,
    ratios,
)
from rendering.labels import MERGES, PARENTS, heading, is_bound, label, rows, when
from rendering.paired import Ratio, lowest, ratio
from rendering.sweep.counts import TUNED, by_count
from rendering.text import NOT_YET, number, table, upright

HELD_AGAINST = (Group.GAP, Group.BASELINES)
SHIFTED = (
    *(*PARENTS, *(f"oracle_{f}" for f in PARENTS), "soup", "ensemble", *MERGES),
    *("directions", "directions_of_pe_k16", "pooled_heat_k16"),
)
BESIDE = ("ps", "dfs", "task_arithmetic", "ties", "dare_ties")
"""What variations of PS and DFS are read beside, and few-shot tuning of the parents."""
DATA_FLOW = ("dfs", "best_path", "soft_paths")
"""How the names of what runs layers one by one begin."""


def headline(found: Evidence, horizon: str | None = None) -> str:
    """nRMSE of everything on the usual trajectories, mean over seeds."""
    names = rows(found, (Group.MODELS, *HELD_AGAINST))
    return _errors_at(found, horizon, names)


def models(found: Evidence, horizon: str | None = None) -> str:
    """The same of what every study has, at the headline's Péclet numbers."""
    told, profile = findings.nrmse(found, horizon), found.provenance["profile"]
    shown = {pe: at for pe, at in told.items() if pe in profile["peclets"]}
    return errors(shown, rows(found, (Group.MODELS,)), when(found, horizon))


def gap_closed(found: Evidence, horizon: str | None = None) -> str:
    """G by model and Pe, with its interval."""
    chosen = rows(found, (Group.MODELS, Group.BASELINES))
    names = [name for name in chosen if not is_bound(name)]
    gaps = findings.gaps(found, (*names, findings.CEILING), horizon)
    text = ""
    for peclets, shown in blocks(gaps, names):
        lines = [
            [label(n), *(gap_cell(gaps[pe].get(n)) for pe in peclets)] for n in shown
        ]
        headroom = [number(gaps[pe][findings.CEILING].headroom) for pe in peclets]
        header = ["gap closed, %", *map(heading, peclets)]
        text += table(header, [*lines, ["headroom, nRMSE", *headroom]]) + "\n"
    return text


def rivals(found: Evidence, horizon: str | None = None) -> str:
    """PS and PS + DFS over each rival: ratios of errors, paired by seed."""
    scores = findings.nrmse(found, horizon)
    against = rows(found, HELD_AGAINST, beside=(*PARENTS, "random_search"))
    tables: list[str] = []
    known: dict[tuple[str, float, str], Ratio] = {}
    for model in ("ps", "ps_dfs"):
        told = {
            (pe, rival): ratio(at.get(model, {}), at.get(rival, {}))
            for pe, at in scores.items()
            for rival in against
        }
        known |= {(model, *where): one for where, one in told.items() if one}
        for peclets, shown in blocks(scores, against):
            lines = [
                [label(rival), *(ratio_cell(told[pe, rival]) for pe in peclets)]
                for rival in shown
            ]
            header = [
                f"{label(model)} over, at {when(found, horizon)}",
                *map(heading, peclets),
            ]
            tables.append(table(header, lines))
    return "\n".join(tables) + multiplicity(known.values())


def costs(found: Evidence) -> str:
    """What each took beyond θ₀ and both experts; no row for bounds that are free."""
    told = _mean_costs(found)
    told = told.loc[[name for name in rows(found, Group) if name in told.index]]
    lines = [
        [
            label(name),
            f"{row['evaluations']:,.0f}",
            f"{row['passes']:,.0f}",
            f"{row['trajectories']:,.0f}",
            f"{row['seconds']:,.0f}",
        ]
        for name, row in told.iterrows()
        if row["passes"] or not is_bound(name)
    ]
    header = ["", "evaluations", "predictor passes", "target trajectories", "seconds"]
    return table(header, lines)


def variations(found: Evidence, horizon: str | None = None) -> str:
    """What differs from PS and DFS in one choice, beside them; of DFS below."""
    varied, told = set(rows(found, (Group.VARIATIONS,))), findings.nrmse(found, horizon)
    scores = {pe: at for pe, at in told.items() if varied & at.keys()}
    if not scores:
        return NOT_YET
    shown = rows(found, (Group.VARIATIONS,), (*BESIDE, *TUNED.values()))
    shown = sorted(shown, key=lambda name: name.startswith(DATA_FLOW))
    return errors(scores, shown, when(found, horizon))


def counts(found: Evidence) -> str:
    """PS over few-shot tuning, both of the same k trajectories, at every horizon."""
    lines: list[Row] = []
    header: list[str] = []
    for horizon in horizon_names(found)[::-1]:
        told = by_count(found, horizon)
        if not told:
            return NOT_YET
        for k in sorted(
            {k for at in told.values() for k in at["ps"].keys() & at["few_shot"]}
        ):
            over = [
                ratio(at["ps"].get(k, {}), at["few_shot"].get(k, {}))
                for at in told.values()
            ]
            lines.append([f"k = {k}, {when(found, horizon)}", *over])
        header = ["PS over few-shot tuning", *map(heading, told)]
    return ratios(header, lines)


def interpolated(found: Evidence, horizon: str | None = None) -> str:
    """λ at a Péclet number that was not searched."""
    beside = (*PARENTS, "soup", "ps")
    return _errors_at(found, horizon, rows(found, (Group.INTERPOLATED,), beside))


def shifted(found: Evidence, horizon: str | None = None) -> str:
    """Targets of another kind: a table for each."""
    scores, shown = findings.nrmse(found, horizon), rows(found, (), SHIFTED)
    text = ""
    for mark, some in by_mark(scores).items():
        at = when(found, horizon)
        text += f"**{mark}, {at}**\n\n{errors(some, shown, at)}\n"
    return text


def by_mark(scores: findings.ByPeclet) -> dict[str, findings.ByPeclet]:
    """Scores on trajectories of other kinds, by the kind, models by their name."""
    marks = dict.fromkeys(
        findings.mark_of(n) for at in scores.values() for n in at if "@" in n
    )
    return {
        mark[1:]: {
            pe: {n.removesuffix(mark): s for n, s in at.items() if n.endswith(mark)}
            for pe, at in scores.items()
            if any(n.endswith(mark) for n in at)
        }
        for mark in marks
    }


def disagreement(found: Evidence) -> str:
    """PS over its better parent, in the latent and in the field."""
    header, columns = ["Pe"], []
    for horizon in horizon_names(found)[::-1]:
        fields, at = findings.nrmse(found, horizon), when(found, horizon)
        header += [f"latent error at {at}, PS over better parent", f"field at {at}"]
        columns += [
            {
                pe: ratio_cell(against_better_parent(scores[pe]))
                for pe in fields
                if {"ps", *PARENTS} <= fields[pe].keys()
            }
            for scores in (_latent(found, horizon), fields)
        ]
    lines = [[peclet_key(pe), *(c[pe] for c in columns)] for pe in columns[0]]
    return table(header, lines)


def first_step(found: Evidence) -> str:
    """Why a search over a whole rollout does not mend its first step."""
    near, far = horizon_names(found)[0], horizon_names(found)[-1]
    inner = {h: _latent(found, h) for h in (near, far)}
    lines = [
        [
            f"{label(model)} over better parent at {when(found, h)}",
            *(
                ratio_cell(against_better_parent(at, model)) if model in at else "–"
                for at in findings.nrmse(found, h).values()
            ),
        ]
        for model in ("ps", "ps_short")
        for h in (far, near)
    ]
    grown = []
    for pe in inner[near]:
        one = ratio(inner[far][pe]["ps"], inner[near][pe]["ps"])
        grown.append("–" if one is None else f"{one.centre**2:.0f}")
    terms = (
        f"term of the fitness at {when(found, far)} over that at {when(found, near)}"
    )
    header = ["", *map(heading, inner[near])]
    return upright(header, [*lines, [terms, *grown]])


def against_better_parent(at: Mapping[str, findings.BySeed], name: str = "ps") -> Ratio:
    """A model over the parent that has the lower error, seed by seed."""
    found = ratio(at[name], lowest(at, PARENTS))
    assert found is not None, "a model has seeds"
    return found


def _mean_costs(found: Evidence) -> pd.DataFrame:
    """Means over seeds and Péclet numbers: a row per model, a column per quantity."""
    return found.costs.pivot_table(
        index="model", columns="quantity", values="value", aggfunc="mean", sort=False
    )


def _latent(found: Evidence, horizon: str) -> findings.ByPeclet:
    """Root of the latent MSE over the target's variance, by Pe, model and seed."""
    table = found.scores
    squared = findings.means(table[table["metric"] == f"latent_nmse_{horizon}"])
    return {
        pe: {n: {s: float(np.sqrt(v)) for s, v in by.items()} for n, by in at.items()}
        for pe, at in squared.items()
    }


def _errors_at(found: Evidence, horizon: str | None, names: Iterable[str]) -> str:
    return errors(findings.nrmse(found, horizon), names, when(found, horizon))
