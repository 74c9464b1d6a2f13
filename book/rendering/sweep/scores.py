"""How well every model predicts: errors, ratios, gaps closed, and what they took."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence, horizon_names
from evophys_lib.evaluate.gap import Gap
from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.parameters import peclet_key
from rendering.labels import MERGES, PARENTS, heading, is_bound, label, rows
from rendering.paired import Ratio, ratio
from rendering.sweep.counts import TUNED, by_count
from rendering.text import NOT_YET, number, reach, table

HELD_AGAINST = (Group.GAP, Group.BASELINES)
SHIFTED = (*PARENTS, "soup", "ensemble", *MERGES, *(f"oracle_{f}" for f in PARENTS))
BESIDE = ("ps", "dfs", "task_arithmetic", "ties", "dare_ties")
"""What variations of PS and DFS are read beside, and few-shot tuning of the parents."""
DATA_FLOW = ("dfs", "best_path", "soft_paths")
"""How the names of what runs layers one by one begin."""


def scope(found: Evidence) -> str:
    """What was run."""
    told = found.provenance
    seeds = ", ".join(map(str, told["seeds"]))
    peclets = ", ".join(map(peclet_key, told["peclets"]))
    text = f"Profile {told['profile']['name']}, seeds {seeds}; Pe = {peclets}.\n"
    if told["missing"]:
        text += f"\nNot run: {_absent(told)}.\n"
    return text


def headline(found: Evidence) -> str:
    """nRMSE at t + 50 of everything on the usual trajectories, mean over seeds."""
    scores = findings.nrmse(found)
    return errors(scores, rows(found, (Group.MODELS, *HELD_AGAINST)))


def gap_closed(found: Evidence) -> str:
    """G by model and Pe, with its interval."""
    chosen = rows(found, (Group.MODELS, Group.BASELINES))
    names = [name for name in chosen if not is_bound(name)]
    gaps = findings.gaps(found, (*names, findings.CEILING))
    text = ""
    for peclets, shown in _blocks(gaps, names):
        lines = [
            [label(n), *(gap_cell(gaps[pe].get(n)) for pe in peclets)] for n in shown
        ]
        headroom = [number(gaps[pe][findings.CEILING].headroom) for pe in peclets]
        header = ["gap closed, %", *map(heading, peclets)]
        text += table(header, [*lines, ["headroom, nRMSE", *headroom]]) + "\n"
    return text


def rivals(found: Evidence) -> str:
    """PS and PS + DFS over each rival: ratios of errors, paired by seed."""
    scores = findings.nrmse(found)
    against = rows(found, HELD_AGAINST, beside=(*PARENTS, "random_search"))
    text = ""
    for model in ("ps", "ps_dfs"):
        for peclets, shown in _blocks(scores, against):
            lines = [
                [
                    label(rival),
                    *(
                        ratio_cell(
                            ratio(scores[pe].get(model, {}), scores[pe].get(rival, {}))
                        )
                        for pe in peclets
                    ),
                ]
                for rival in shown
            ]
            header = [f"{label(model)} over", *map(heading, peclets)]
            text += table(header, lines) + "\n"
    return text


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


def variations(found: Evidence) -> str:
    """What differs from PS and DFS in one choice, beside them; of DFS below."""
    varied = set(rows(found, (Group.VARIATIONS,)))
    scores = {pe: at for pe, at in findings.nrmse(found).items() if varied & at.keys()}
    if not scores:
        return NOT_YET
    shown = rows(found, (Group.VARIATIONS,), (*BESIDE, *TUNED.values()))
    return errors(scores, sorted(shown, key=lambda name: name.startswith(DATA_FLOW)))


def counts(found: Evidence) -> str:
    """PS over few-shot tuning, both of the same k trajectories."""
    told = by_count(found)
    if not told:
        return NOT_YET
    seen = sorted({k for at in told.values() for k in at["ps"].keys() & at["few_shot"]})
    lines = [
        [
            f"k = {k}",
            *(
                ratio_cell(ratio(at["ps"].get(k, {}), at["few_shot"].get(k, {})))
                for at in told.values()
            ),
        ]
        for k in seen
    ]
    header = ["PS over few-shot tuning", *map(heading, told)]
    return table(header, lines)


def interpolated(found: Evidence) -> str:
    """λ at a Péclet number that was not searched."""
    beside = (*PARENTS, "soup", "ps")
    return errors(findings.nrmse(found), rows(found, (Group.INTERPOLATED,), beside))


def shifted(found: Evidence) -> str:
    """Targets of another kind: a table for each."""
    scores = findings.nrmse(found)
    marks = dict.fromkeys(
        findings.mark_of(n) for at in scores.values() for n in at if "@" in n
    )
    text = ""
    for mark in marks:
        some = {
            pe: {n.removesuffix(mark): s for n, s in at.items() if n.endswith(mark)}
            for pe, at in scores.items()
        }
        some = {pe: at for pe, at in some.items() if at}
        text += f"**{mark[1:]}**\n\n{errors(some, rows(found, (), SHIFTED))}\n"
    return text


def disagreement(found: Evidence) -> str:
    """PS over its better parent, in the latent and in the field."""
    field, inner = findings.nrmse(found), _latent(found)
    lines = []
    for pe, at in field.items():
        if not {"ps", *PARENTS} <= at.keys():
            continue
        latent_root = {
            n: {s: float(np.sqrt(v)) for s, v in by.items()}
            for n, by in inner[pe].items()
        }
        cells = []
        for scores in (latent_root, at):
            best = {s: min(scores[p][s] for p in PARENTS) for s in scores["ps"]}
            cells.append(ratio_cell(ratio(scores["ps"], best)))
        lines.append([peclet_key(pe), *cells])
    header = ["Pe", "latent error, PS over better parent", "the same in the field"]
    return table(header, lines)


def _mean_costs(found: Evidence) -> pd.DataFrame:
    """Means over seeds and Péclet numbers: a row per model, a column per quantity."""
    return found.costs.pivot_table(
        index="model", columns="quantity", values="value", aggfunc="mean", sort=False
    )


def _latent(found: Evidence) -> dict[float, dict[str, findings.BySeed]]:
    """The latent MSE over the target's variance by Pe, model and seed."""
    table, horizon = found.scores, horizon_names(found)[-1]
    return findings.means(table[table["metric"] == f"latent_nmse_{horizon}"])


def _blocks(
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


def errors(
    scores: Mapping[float, Mapping[str, findings.BySeed]], names: Iterable[str]
) -> str:
    """Mean over seeds ± half its interval; bold: the best, bounds aside."""
    return "\n".join(
        _errors_of({pe: scores[pe] for pe in peclets}, shown)
        for peclets, shown in _blocks(scores, names)
    )


def _errors_of(
    scores: Mapping[float, Mapping[str, findings.BySeed]], names: list[str]
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
    return table(["nRMSE at t + 50", *map(heading, scores)], lines)


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


def _percent(share: float) -> str:
    return f"{100 * share:z.0f}"


def _absent(told: Mapping[str, Any]) -> str:
    """What has no rows, in few words; told: the provenance.

    Labels are those of tasks: `seed 0, Pe 10, ties`, or `ties@passive` of a kind of
    trajectories.
    """
    names: dict[tuple[str, str, str], list[str]] = {}
    for text in told["missing"]:
        seed, pe, model = text.split(", ")
        name, _, kind = model.partition("@")
        names.setdefault((seed, pe, kind), []).append(name)
    wanted = {
        kind: {name: _group(name) for name in models}
        for kind, models in told.get("models", {}).items()
    }
    seeds: dict[str, dict[float, list[int]]] = {}
    for (seed, pe, kind), absent in names.items():
        for what in _in_words(absent, wanted.get(kind or "usual", {})):
            at = seeds.setdefault(f"{what} on {kind}" if kind else what, {})
            at.setdefault(float(pe[3:]), []).append(int(seed[5:]))
    lines = []
    for what, by_peclet in seeds.items():
        points = [
            peclet_key(pe)
            if len(absent) == len(told["seeds"])
            else f"{peclet_key(pe)} (seeds {', '.join(map(str, sorted(absent)))})"
            for pe, absent in sorted(by_peclet.items())
        ]
        lines.append(f"{what} at Pe = {', '.join(points)}")
    return "; ".join(lines)


def _in_words(absent: Sequence[str], groups: Mapping[str, str]) -> list[str]:
    """Groups of which nothing is there, by their names; the rest by labels.

    groups: of all that was wanted, by model.
    """
    there = {groups[name] for name in groups.keys() - set(absent)}
    words = (
        groups[n] if n in groups and groups[n] not in there else label(n)
        for n in absent
    )
    return list(dict.fromkeys(words))


def _group(name: str) -> str:
    model = registry.entry(name)
    return name if model is None else model.group.value
