"""How well every model predicts: errors, ratios, gaps closed, and what they took."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from evophys_lib.evaluate import findings, results
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.gap import Gap
from evophys_lib.evaluate.paired import Ratio, ratio
from evophys_lib.parameters import peclet_key
from evophys_lib.pipeline.baselines.registry import BASELINES
from rendering.sweep.labels import (
    FLOOR,
    INTERPOLATED,
    MERGES,
    PARENTS,
    REFERENCES,
    heading,
    label,
    natural,
)
from rendering.text import NOT_YET, number, reach, table

SHIFTED = ("heat", "burgers", "soup", "ensemble", *MERGES)


def scope(found: Evidence) -> str:
    """What was run."""
    told = found.provenance
    seeds = ", ".join(map(str, told["seeds"]))
    peclets = ", ".join(map(peclet_key, told["peclets"]))
    text = f"Profile {told['profile']['name']}, seeds {seeds}; Pe = {peclets}.\n"
    if told["missing"]:
        text += f"\nNot run: {_absent(told['missing'], told['seeds'])}.\n"
    return text


def headline(found: Evidence) -> str:
    """nRMSE at t + 50 of everything on the usual trajectories, mean over seeds."""
    scores = findings.nrmse(found)
    return _errors(scores, (*results.MODELS, *BASELINES, FLOOR))


def gap_closed(found: Evidence) -> str:
    """G by model and Pe, with its interval."""
    left_out = {"persistence", "best_parent", *REFERENCES}
    gaps = findings.gaps(found, (*results.MODELS, *BASELINES))
    names = [n for n in (*results.MODELS, *BASELINES) if n not in left_out]
    text = ""
    for peclets, shown in _blocks(gaps, names):
        rows = [[label(n), *(_gap(gaps[pe].get(n)) for pe in peclets)] for n in shown]
        headroom = [number(gaps[pe]["plenty"].headroom) for pe in peclets]
        header = ["gap closed, %", *map(heading, peclets)]
        text += table(header, [*rows, ["headroom, nRMSE", *headroom]]) + "\n"
    return text


def rivals(found: Evidence) -> str:
    """PS and PS + DFS over each rival: ratios of errors, paired by seed."""
    scores = findings.nrmse(found)
    text = ""
    for model in ("ps", "ps_dfs"):
        for peclets, shown in _blocks(scores, (*PARENTS, "random_search", *BASELINES)):
            rows = [
                [
                    label(rival),
                    *(
                        _ratio(
                            ratio(scores[pe].get(model, {}), scores[pe].get(rival, {}))
                        )
                        for pe in peclets
                    ),
                ]
                for rival in shown
            ]
            header = [f"{label(model)} over", *map(heading, peclets)]
            text += table(header, rows) + "\n"
    return text


def costs(found: Evidence) -> str:
    """What each took beyond θ₀ and both experts."""
    told = findings.costs(found)
    first = [n for n in (*results.MODELS, *BASELINES) if n in told.index]
    told = told.loc[[*first, *sorted(set(told.index) - set(first), key=natural)]]
    rows = [
        [
            label(name),
            f"{row['evaluations']:,.0f}",
            f"{row['passes']:,.0f}",
            f"{row['trajectories']:,.0f}",
            f"{row['seconds']:,.0f}",
        ]
        for name, row in told.iterrows()
        if name not in ("persistence", *REFERENCES[:2])
    ]
    header = ["", "evaluations", "predictor passes", "target trajectories", "seconds"]
    return table(header, rows)


def variations(found: Evidence) -> str:
    """What differs from PS and DFS in one choice, beside them."""
    scores = findings.nrmse(found)
    known = {*results.MODELS, *BASELINES, *INTERPOLATED, FLOOR}
    names = {n for at in scores.values() for n in at if n not in known and "@" not in n}
    if not names:
        return NOT_YET
    order = sorted(names, key=natural)
    beside = ("ps", "few_shot_heat", "few_shot_burgers", "task_arithmetic", "ties")
    return _errors(
        {pe: at for pe, at in scores.items() if names & at.keys()},
        (*beside, "dare_ties", *(n for n in order if "dfs" not in n), "dfs")
        + tuple(n for n in order if "dfs" in n),
    )


def counts(found: Evidence) -> str:
    """PS over few-shot tuning, both of the same k trajectories."""
    told = findings.by_count(found)
    if not told:
        return NOT_YET
    seen = sorted({k for at in told.values() for k in at["ps"].keys() & at["few_shot"]})
    rows = [
        [
            f"k = {k}",
            *(
                _ratio(ratio(at["ps"].get(k, {}), at["few_shot"].get(k, {})))
                for at in told.values()
            ),
        ]
        for k in seen
    ]
    header = ["PS over few-shot tuning", *map(heading, told)]
    return table(header, rows)


def interpolated(found: Evidence) -> str:
    """λ at a Péclet number that was not searched."""
    return _errors(findings.nrmse(found), (*PARENTS, "soup", "ps", *INTERPOLATED))


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
        names = (*SHIFTED, "oracle_heat", "oracle_burgers")
        text += f"**{mark[1:]}**\n\n{_errors(some, names)}\n"
    return text


def disagreement(found: Evidence) -> str:
    """PS over its better parent, in the latent and in the field."""
    field, inner = findings.nrmse(found), findings.latent(found)
    rows = []
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
            cells.append(_ratio(ratio(scores["ps"], best)))
        rows.append([peclet_key(pe), *cells])
    header = ["Pe", "latent error, PS over better parent", "the same in the field"]
    return table(header, rows)


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


def _errors(
    scores: Mapping[float, Mapping[str, findings.BySeed]], names: Iterable[str]
) -> str:
    """Mean over seeds ± half its interval; bold: the best, references aside."""
    return "\n".join(
        _errors_of({pe: scores[pe] for pe in peclets}, shown)
        for peclets, shown in _blocks(scores, names)
    )


def _errors_of(
    scores: Mapping[float, Mapping[str, findings.BySeed]], names: list[str]
) -> str:
    best = {
        pe: min(
            (
                np.mean([*at[n].values()])
                for n in names
                if n in at and n not in ("persistence", *REFERENCES)
            ),
            default=None,
        )
        for pe, at in scores.items()
    }
    rows = []
    for name in names:
        cells = []
        for pe, at in scores.items():
            if name not in at:
                cells.append("–")
                continue
            values = [*at[name].values()]
            cell = reach(values)
            cells.append(f"**{cell}**" if np.mean(values) == best[pe] else cell)
        rows.append([label(name), *cells])
    return table(["nRMSE at t + 50", *map(heading, scores)], rows)


def _ratio(found: Ratio | None) -> str:
    if found is None or not np.isfinite(found.centre):
        return "–"
    if found.low is None:
        return f"{found.centre:.2f}"
    text = f"{found.centre:.2f} ({found.low:.2f}–{found.high:.2f})"
    return f"**{text}**" if found.decided else text


def _gap(found: Gap | None) -> str:
    if found is None or found.closed is None:
        return "–"
    text = _percent(found.closed)
    if found.interval is None:
        return text
    low, high = map(_percent, found.interval)
    return f"{text} ({low} to {high})"


def _percent(share: float) -> str:
    return f"{100 * share:z.0f}"


def _absent(labels: Iterable[str], all_seeds: Sequence[int]) -> str:
    """Labels of tasks, `seed 0, Pe 10, baselines`, in fewer words."""
    seeds: dict[str, dict[float, list[int]]] = {}
    for text in labels:
        seed, pe, scorer = text.split(", ")
        at = seeds.setdefault(scorer, {}).setdefault(float(pe[3:]), [])
        at.append(int(seed[5:]))
    told = []
    for scorer, by_peclet in seeds.items():
        points = [
            peclet_key(pe)
            if len(absent) == len(all_seeds)
            else f"{peclet_key(pe)} (seeds {', '.join(map(str, sorted(absent)))})"
            for pe, absent in sorted(by_peclet.items())
        ]
        told.append(f"{scorer} at Pe = {', '.join(points)}")
    return "; ".join(told)
