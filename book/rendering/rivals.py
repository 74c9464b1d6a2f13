"""One merge against training that was given its best chance, and few trajectories."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import product

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from evophys_lib import figures
from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.evaluate.verdicts import composition_models
from evophys_lib.models.derived import DRAWS
from evophys_lib.models.directions import counted
from rendering import compared, once
from rendering.labels import PARENTS, at_horizons, heading, label, when
from rendering.paired import Ratio, lowest, ratio
from rendering.sweep import scores
from rendering.text import NOT_YET, number, table, typeset

FILE = "directions_curves.png"
COUNTS = (64, 16, 4, 2, 1)
"""k, the most first."""
RIVALS = ("pooled_base", "pooled_tuned", "pooled_told", "pooled_low_rank", "ps_of_pe")
CONTROL = "directions_of_pe_random"
"""As many random directions from the same start: what is owed to these alone."""
NEIGHBOURS = ("few_shot_neighbour", "interpolated")
"""Tuned or searched at the nearest Péclet numbers that were seen, on USUAL."""
BEST = "the best of these"
USUAL = 16
"""k without a suffix of its own."""

BySeed = Mapping[int, float]
Errors = Mapping[float, Mapping[str, BySeed]]


LOTS = ("rivals", "rivals_most", "rivals_one", "rivals_fewest")
"""Folders of evidence with rivals, each of some k."""
SOURCES = (*LOTS, "neighbours", "draws", "few")
"""As `render` takes them."""


def render(
    chosen: Evidence | None,
    of_most: Evidence | None,
    of_one: Evidence | None,
    of_fewest: Evidence | None,
    near: Evidence | None,
    drawn: Evidence | None,
    small: Evidence | None,
) -> dict[str, str]:
    """The text of every table by file: rivals, other draws, few trajectories."""
    lots = [lot for lot in (of_most, chosen, of_one, of_fewest) if lot is not None]
    tables = (
        ("rivals_counts", partial(counts, lots), chosen),
        ("rivals", rivals, chosen),
        ("rivals_most", rivals, of_most),
        ("rivals_one", rivals, of_one),
        ("rivals_fewest", rivals, of_fewest),
        ("rivals_near", rivals, near),
        ("rivals_draws", draws, drawn),
        ("few", few, small),
    )
    pages = {name: at_horizons(found, draw) for name, draw, found in tables}
    pages["rivals_costs"] = costs(lots) if lots else NOT_YET
    return {f"directions_{name}.md": text for name, text in pages.items()}


def costs(lots: Sequence[Evidence]) -> str:
    """What merge and rivals took, trials included, in the mean over all that ran."""
    every = pd.concat([lot.costs for lot in lots])
    return scores.costs(dataclasses.replace(lots[0], costs=every))


def raced(k: int) -> list[str]:
    """All that is trained, or searched in other numbers, on k trajectories."""
    return [*composition_models(k)[1:], *(f"{name}_k{k}" for name in RIVALS)]


def counts(lots: Sequence[Evidence], found: Evidence, horizon: str) -> str:
    """c(Pe) over every rival in the mean where neither saw a trajectory, by k.

    lots: each has some k; found: by which the horizon is told.
    """
    words = [label(name).removesuffix(", k = 1") for name in raced(1)]
    words += [BEST, "as many random directions"]
    columns, lacking = {}, []
    for k in COUNTS:
        told, merge = together(lots, k, horizon), composition_models(k)[0]
        if not _everywhere(told, merge):
            continue
        rows = [*([name] for name in raced(k)), raced(k), [f"{CONTROL}_k{k}"]]
        over = [_over_run(told, _unseen(found, told), merge, names) for names in rows]
        columns[f"k = {k}, seeds {_run(_seeds(told, merge))}"] = over
        lacking += [*_fewer(told, k, dict(zip(words, rows, strict=True)))]
    header = [f"c(Pe) over, unseen, mean, at {when(found, horizon)}", *columns]
    text = compared.ratios(header, zip(words, *columns.values(), strict=True))
    return text + "".join(f"\n{typeset(one)}\n" for one in lacking)


def together(lots: Sequence[Evidence], k: int, horizon: str | None = None) -> Errors:
    """Errors by Pe and model of all lots that have the merge of this k."""
    found: dict[float, dict[str, dict[int, float]]] = {}
    for told in (once.nrmse(lot, horizon) for lot in lots):
        if not _everywhere(told, composition_models(k)[0]):
            continue
        for pe, at in told.items():
            for name, errors in at.items():
                found.setdefault(pe, {}).setdefault(name, {}).update(errors)
    return found


def _fewer(told: Errors, k: int, rows: Mapping[str, Sequence[str]]) -> Iterable[str]:
    """A line for rivals that were run on some of the merge's seeds."""
    every = _seeds(told, composition_models(k)[0])
    some: dict[str, list[str]] = {}
    for words, names in rows.items():
        run = [_seeds(told, name) for name in names if _everywhere(told, name)]
        if run and (common := set.intersection(*run)) != every:
            some.setdefault(_run(common), []).append(words)
    for seeds, words in some.items():
        yield f"With k = {k}, of seeds {seeds}: {'; '.join(words)}."


def picture(
    parents: Evidence, lots: Sequence[Evidence], drawn: Evidence | None
) -> Figure:
    """Parents, merge and networks over Pe, by k, with all draws of the trajectories.

    parents: has their errors; lots: each has some k.
    """
    own = findings.nrmse(parents)
    experts = _curves(own, PARENTS)
    again = findings.nrmse(drawn) if drawn is not None else {}
    errors: dict[int, dict[str, np.ndarray]] = {}
    for k in COUNTS:
        told, claimed = together(lots, k), composition_models(k)
        if not _everywhere(told, *claimed):
            continue
        names = [*claimed, f"pooled_tuned_k{k}", f"{CONTROL}_k{k}"]
        errors[k] = experts | _curves(told, [n for n in names if _everywhere(told, n)])
        for name, draw in product(claimed, DRAWS if again else ()):
            other = name.replace(counted(k), counted(k, draw))
            if _everywhere(again, other):
                rows = [errors[k][name], *_curves(again, [other]).values()]
                errors[k][name] = np.concatenate(rows)
    return figures.against_peclet_by_count(
        errors, peclet=list(own), seen=parents.provenance["profile"]["peclets"]
    )


def rivals(found: Evidence, horizon: str | None = None) -> str:
    """c(Pe) over every rival at every Pe, and where nothing was seen.

    horizon: the last if not given, as in all that follows.
    """
    told = findings.nrmse(found, horizon)
    lines: list[compared.Row] = []
    unseen = _unseen(found, told)
    for k in COUNTS:
        merge = composition_models(k)[0]
        scored = [n for n in raced(k) if _everywhere(told, n, merge)]
        over = {label(name): [name] for name in scored}
        if len(scored) > 1:
            over[f"{BEST} {len(scored)}, k = {k}"] = scored
        beside = (f"{CONTROL}_k{k}", *(NEIGHBOURS if k == USUAL else ()))
        over |= {label(n): [n] for n in beside if _everywhere(told, n, merge)}
        for words, of in over.items():
            where = (*([pe] for pe in told), unseen)
            lines.append([words, *(_over_run(told, at, merge, of) for at in where)])
    header = [heading(pe) + (", unseen" if pe in unseen else "") for pe in told]
    return compared.ratios(
        [f"c(Pe) over, at {when(found, horizon)}", *header, "unseen, mean"], lines
    )


def draws(found: Evidence, horizon: str | None = None) -> str:
    """The claim once more from other trajectories: each draw, and all of them."""
    lines = []
    for k in COUNTS:
        shown = [over_draws(found, k, (draw,), horizon) for draw in (0, *DRAWS)]
        if all(shown):
            every = over_draws(found, k, horizon=horizon)
            lines.append([f"k = {k}", *map(compared.ratio_cell, (*shown, every))])
    header = [f"c(Pe) over the better network, unseen, at {when(found, horizon)}"]
    header += [f"draw {draw}" for draw in (0, *DRAWS)]
    return table([*header, "all draws"], lines)


def over_unseen(lots: Sequence[Evidence], k: int, names: Sequence[str]) -> Ratio | None:
    """c(Pe) over the best of some, the mean where neither saw a trajectory.

    lots: whose seeds are taken together. None where one of them was not scored.
    """
    told, merge = together(lots, k), composition_models(k)[0]
    if not _everywhere(told, merge, *names):
        return None
    return _over(told, _unseen(lots[0], told), merge, names)


def over_draws(
    found: Evidence,
    k: int,
    drawn: Sequence[int] = (0, *DRAWS),
    horizon: str | None = None,
) -> Ratio | None:
    """c(Pe) over the better network of a draw, the mean over unseen Pe and draws.

    None where a draw was not scored.
    """
    told, logs = findings.nrmse(found, horizon), []
    for draw in drawn:
        merge, *networks = (
            name.replace(counted(k), counted(k, draw)) for name in composition_models(k)
        )
        if not all(_everywhere(told, name, merge) for name in networks):
            return None
        unseen = _unseen(found, told)
        logs += [_log_ratio(told[pe], merge, networks) for pe in unseen]
    return _of_logs(logs)


def few(found: Evidence, horizon: str | None = None) -> str:
    """Directions over few-shot tuning at each k; passes likewise."""
    lines: list[compared.Row] = []
    for k in COUNTS[::-1]:
        if told := over_few_shot(found, k, horizon):
            merge, tuned = _few_shot(k)
            passes = _passes(found, merge) / _passes(found, tuned[0])
            lines.append([f"k = {k}", *told.values(), number(passes)])
    header = [f"directions over few-shot tuning, at {when(found, horizon)}"]
    header += map(heading, findings.nrmse(found))
    return compared.ratios([*header, "passes"], lines)


def over_few_shot(
    found: Evidence, k: int, horizon: str | None = None
) -> dict[float, Ratio | None]:
    """Directions over the better parent, tuned, at every Pe; none if one lacks."""
    told, (merge, tuned) = findings.nrmse(found, horizon), _few_shot(k)
    if not _everywhere(told, merge, *tuned):
        return {}
    return {pe: _over(told, [pe], merge, tuned) for pe in told}


def _curves(told: Errors, names: Sequence[str]) -> dict[str, np.ndarray]:
    """Errors by model: a row per seed, a column per Péclet number."""
    return {
        name: np.array([[*at[name].values()] for at in told.values()]).T
        for name in names
    }


def _few_shot(k: int) -> tuple[str, list[str]]:
    """The merge of k trajectories, and what was tuned on them."""
    if k == USUAL:
        return "directions_few", [f"few_shot_{family}" for family in PARENTS]
    return f"directions_{counted(k)}", [f"few_shot_{counted(k)}"]


def _unseen(found: Evidence, told: Errors) -> list[float]:
    seen = found.provenance["profile"]["peclets"]
    return [pe for pe in told if pe not in seen]


def _over_run(
    told: Errors, peclets: Sequence[float], merge: str, names: Sequence[str]
) -> Ratio | None:
    """The merge over the best of those that were run, in the mean over some Pe."""
    run = [name for name in names if _everywhere(told, name)]
    return _over(told, peclets, merge, run) if run else None


def _over(
    told: Errors, peclets: Sequence[float], merge: str, names: Sequence[str]
) -> Ratio | None:
    """The merge over the best of some, in the mean over some Pe."""
    return _of_logs([_log_ratio(told[pe], merge, names) for pe in peclets])


def _seeds(told: Errors, name: str) -> set[int]:
    """Of a model, where it was run at every Péclet number."""
    return set.intersection(*(set(at[name]) for at in told.values()))


def _run(seeds: Iterable[int]) -> str:
    """The first and the last of seeds that follow one another, else all."""
    every = sorted(seeds)
    if every == [*range(every[0], every[-1] + 1)]:
        return f"{every[0]}–{every[-1]}"
    return ", ".join(map(str, every))


def _everywhere(told: Errors, *names: str) -> bool:
    return bool(told) and all(name in at for at in told.values() for name in names)


def _log_ratio(
    at: Mapping[str, BySeed], merge: str, names: Sequence[str]
) -> dict[int, float]:
    """ln of the error over that of the best of some, by seed."""
    own, best = at[merge], lowest(at, names)
    return {s: float(np.log(own[s] / best[s])) for s in own.keys() & best.keys()}


def _of_logs(logs: Sequence[BySeed]) -> Ratio | None:
    """The ratio over seeds of the mean of several logarithms."""
    common = set.intersection(*map(set, logs))
    means = {s: float(np.exp(np.mean([log[s] for log in logs]))) for s in common}
    return ratio(means, dict.fromkeys(means, 1.0))


def _passes(found: Evidence, model: str) -> float:
    costs = found.costs
    rows = costs[(costs["model"] == model) & (costs["quantity"] == "passes")]
    return float(rows["value"].mean())
