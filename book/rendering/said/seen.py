"""What is seen in pictures: conditions of their texts.

A number of a curve is the mean that is drawn; "with certainty" says that an interval
decides.
"""

from collections.abc import Collection, Iterable, Mapping
from math import log

import numpy as np

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.intervals import t_interval
from evophys_lib.evaluate.resampling import Interval
from evophys_lib.evaluate.verdicts import composition_models
from evophys_lib.models.ladder import RANKS
from rendering import equations, ladder, language, rivals
from rendering import front as first
from rendering.labels import MERGES, PARENTS
from rendering.paired import Ratio, ratio
from rendering.said import ladder as climbed
from rendering.said import regimes
from rendering.said.ablated import AT_HOME, UNIT, ingredients, over
from rendering.said.facts import (
    Facts,
    Ratios,
    better,
    better_parent,
    nrmse,
    ratios_of,
    worse,
)
from rendering.said.in_short import HEADLINE, NINE
from rendering.said.regimes import SEEN, UNSEEN
from rendering.said.searches import BLIND
from rendering.search_quality import curves, labels
from rendering.sweep.counts import by_count
from rendering.sweep.pictures import means
from rendering.sweep.searched import coefficients
from viewers.packing import unpack

FAR, NEAR = "t50", "t5"
DECIDED = NINE - {0.1, 0.3, 2.0}
"""Where PS is better than both parents over seeds 0 to 4."""
FEW, MANY = 1, 64
ALIKE = 0.06
"""Of a field's range: a difference that no eye sees in a map as small as a stamp."""
RIGHT = ("directions_few", "directions", "directions_random")
BESIDE = (*PARENTS, "soup", "ps")
CLOSE = 0.05
"""From the target, each in its unit."""
SPAN = 6
"""How many times as large a threshold becomes along a run, at least."""
SAMPLED = ("cma-es", "catcma", "optuna-cma-es")
SLOPE = ("gradient", "gradient-free-of-charge")


def holding(intervals: Mapping[float, Interval | None], level: float) -> set[float]:
    """Where an interval holds a level."""
    return {pe for pe, e in intervals.items() if e and e[0] <= level <= e[1]}


def mean(values: Iterable[float]) -> float:
    """Over seeds."""
    return float(np.mean([*values]))


def mean_lambda(said: Facts, family: str) -> dict[float, float]:
    """Means over layers and seeds, by Pe."""
    return {pe: mean(v) for pe, v in coefficients(said.sweep, family).items()}


def apart(said: Facts, family: str) -> bool:
    """Whether intervals of λ at both ends of the Péclet numbers lie apart."""
    told = coefficients(said.sweep, family)
    (one, half), (other, rest) = (t_interval(told[pe]) for pe in (0.1, 100.0))
    return half is not None and rest is not None and abs(one - other) > half + rest


def untold(said: Facts, model: str, horizon: str) -> set[float]:
    """Where the interval of a share holds zero."""
    gaps = said.gaps(model, at=horizon).items()
    return holding({pe: gap.interval for pe, gap in gaps}, 0.0)


def third(said: Facts, peclet: float) -> bool:
    """Whether PS closes about a third of the gap."""
    closed = said.gaps("ps", at=FAR)[peclet].closed
    return closed is not None and 0.28 < closed < 0.38


def obeys_the_truth(said: Facts) -> set[float]:
    """Where the Péclet number of PS is not told apart from the true one."""
    return holding({pe: ends for pe, (_, ends) in _obeyed(said, "ps").items()}, 1.0)


def _obeyed(said: Facts, model: str) -> dict[float, tuple[float, Interval]]:
    """The Péclet number of rollouts over the true one, and its interval."""
    true = said.dynamics("truth", "peclet")
    return {
        pe: (found.value / unit, (found.interval[0] / unit, found.interval[1] / unit))
        for pe, found in said.dynamics(model, "peclet").items()
        if found.value is not None and found.interval is not None
        for unit in [true[pe].value]
        if unit
    }


def too_slow(said: Facts) -> set[float]:
    """Where PS lies below the truth with certainty, by a tenth to a fifth."""
    told = _obeyed(said, "ps").items()
    return {pe for pe, (at, e) in told if e[1] < 1 and 0.8 < at < 0.9}


def _counted(said: Facts, horizon: str) -> dict[float, dict[str, dict[int, float]]]:
    """Means that are drawn: by Pe, model and k."""
    return {
        pe: {
            name: {k: mean(v.values()) for k, v in c.items()} for name, c in at.items()
        }
        for pe, at in by_count(said.sweep, horizon).items()
    }


def with_more(said: Facts, model: str) -> list[Ratio]:
    """The error with sixty-four over that with one, at every Pe and horizon."""
    told = [
        ratio(at[model][MANY], at[model][FEW])
        for horizon in (FAR, NEAR)
        for at in by_count(said.sweep, horizon).values()
    ]
    return [one for one in told if one is not None]


def above_plenty(said: Facts, horizon: str) -> set[float]:
    """Where tuning on sixty-four is worse than on plenty."""
    scores = nrmse(said.sweep, horizon)
    told = {
        pe: ratio(at["few_shot"][MANY], scores[pe][findings.CEILING])
        for pe, at in by_count(said.sweep, horizon).items()
    }
    return worse({pe: one for pe, one in told.items() if one is not None})


def _crossed(at: Mapping[str, Mapping[int, float]]) -> bool:
    """Whether tuning errs more with one trajectory, and less from four on."""
    merged, tuned = at["ps"], at["few_shot"]
    return tuned[FEW] > merged[FEW] and all(
        tuned[k] < merged[k] for k in merged if k >= 4
    )


def _below(at: Mapping[str, Mapping[int, float]]) -> bool:
    """Whether tuning errs less throughout."""
    return all(at["few_shot"][k] < error for k, error in at["ps"].items())


def crossings(said: Facts) -> bool:
    """Of tuning and PS: where they are, and where tuning is below throughout."""
    return all(
        {pe for pe, at in told.items() if _crossed(at)} == {0.1, 1.0}
        and {pe for pe, at in told.items() if _below(at)} == {10.0, 100.0}
        for told in (_counted(said, horizon) for horizon in (FAR, NEAR))
    )


def _first_scores(said: Facts) -> findings.ByPeclet:
    """Errors below, on the first page."""
    return first.scores(*(said.found(name) for name in first.SOURCES))


def better_in_front(said: Facts, name: str) -> set[float]:
    """Where a model is better than both parents on the first page."""
    return better(ratios_of(_first_scores(said), name, better_parent))


def burgers_leads(said: Facts) -> set[float]:
    """Where its expert has the lower mean there."""
    return {
        pe
        for pe, at in _first_scores(said).items()
        if mean(at["heat"].values()) > mean(at["burgers"].values())
    }


def _fields(said: Facts) -> list[np.ndarray]:
    """Those above, the truth first: (H + 1, N) each."""
    looked = said.document("look/forecasts")
    at, names = looked["peclet"].index(first.PECLET), list(looked["models"])
    fields = unpack(looked["fields"])[:, at, 0]
    return [fields[names.index(name)] for name in first.FIELDS]


def alike_and_fainter(said: Facts) -> bool:
    """Whether no error is seen in the field, and each is less than the one before."""
    truth, *others = _fields(said)
    errors = [field - truth for field in others]
    sizes = [float(np.sqrt(np.mean(error**2))) for error in errors]
    return bool(
        np.abs(errors).max() < ALIKE * np.ptp(truth)
        and sizes == sorted(sizes, reverse=True)
    )


def lowest_of_all(said: Facts) -> bool:
    """Whether plenty lies lowest, and few-shot tuning next where it is drawn."""
    drawn = means(_first_scores(said), first.CURVES)
    tuned, plenty = drawn.pop("few_shot", {}), drawn.pop(findings.CEILING, {})
    others = [[c[pe][0] for c in drawn.values() if pe in c] for pe in sorted(NINE)]
    least = dict(zip(sorted(NINE), map(min, others), strict=True))
    return (
        plenty.keys() == NINE
        and tuned.keys() == HEADLINE
        and all(plenty[pe][0] < least[pe] for pe in NINE)
        and all(plenty[pe][0] < tuned[pe][0] < least[pe] for pe in HEADLINE)
    )


def climbs(said: Facts) -> bool:
    """Whether no step up to some hundreds of numbers lowers a mean share."""
    found = said.found(climbed.LADDER)
    steps = ladder.CLIMBED[: ladder.CLIMBED.index(ladder.OWN) + 1]
    counts, gaps = ladder.numbers(found), findings.gaps(found, steps)
    return (
        [counts.get(n) for n in (steps[0], steps[-1])] == [2, 392]
        and gaps.keys() == HEADLINE
        and all(
            one is not None and other is not None and one < other
            for at in gaps.values()
            for closed in [[at[n].closed for n in steps if n in at]]
            for one, other in zip(closed, closed[1:], strict=False)
        )
    )


def beyond(said: Facts) -> Ratios:
    """With 1,208 numbers over the error with 392."""
    name = f"directions_r{RANKS[-1]}"
    told = said.over(name, ladder.OWN, source=climbed.LADDER)
    return told if ladder.numbers(said.found(climbed.LADDER))[name] == 1208 else {}


def _drawn(said: Facts, k: int, source: str, peclet: float) -> dict[str, float]:
    """Means of the experts and of what saw k trajectories, by model."""
    experts, lot = (nrmse(said.found(n), FAR)[peclet] for n in (regimes.SOURCE, source))
    names = (*composition_models(k), f"pooled_tuned_k{k}", f"{rivals.CONTROL}_k{k}")
    told = {n: experts[n] for n in PARENTS} | {n: lot[n] for n in names if n in lot}
    return {name: mean(errors.values()) for name, errors in told.items()}


def lies_lowest(said: Facts, k: int, source: str) -> bool:
    """Whether the merge has the least mean of all where nothing was seen."""
    drawn = (_drawn(said, k, source, pe) for pe in UNSEEN)
    return all(min(at, key=at.__getitem__) == composition_models(k)[0] for at in drawn)


def dip(said: Facts, k: int, source: str) -> bool:
    """Whether all networks have lower means than the merge where some were seen."""
    return all(
        max(error for name, error in at.items() if name.startswith("pooled"))
        < at[composition_models(k)[0]]
        for at in (_drawn(said, k, source, pe) for pe in SEEN)
    )


Kept = Mapping[float, Collection[set[str]]]
"""Terms that stay at a threshold, by Pe and seed."""


def kept(found: equations.Document, name: str, threshold: float) -> Kept:
    """Of a model."""
    return {
        float(pe): [
            {*equations.at_threshold(row, threshold)}
            for row in found["rows"]
            if row["model"] == name and row["pe"] == float(pe)
        ]
        for pe in found["target"]
    }


def _alone(kept: Kept) -> bool:
    """Whether all seeds keep the target's terms alone from Pe = 1 on."""
    told = [terms for pe, of_seeds in kept.items() for terms in of_seeds if pe >= 1]
    return bool(told) and all(terms == {*equations.TARGET} for terms in told)


def and_others(kept: Kept) -> bool:
    """Whether all seeds keep others beside them."""
    told = [terms for pe, of_seeds in kept.items() for terms in of_seeds if pe >= 1]
    return bool(told) and all(terms > {*equations.TARGET} for terms in told)


def over_a_span(said: Facts, name: str) -> bool:
    """Whether the target's terms stay alone over a run of thresholds with the line."""
    found = said.document("equations")
    chosen, run = found["threshold"], []
    for threshold in found["thresholds"]:
        if _alone(kept(found, name, threshold)):
            run.append(threshold)
        elif threshold < chosen:
            run = []
        else:
            break
    return bool(run) and run[0] <= chosen <= run[-1] and run[-1] > SPAN * run[0]


def _places(said: Facts, name: str) -> list[list[tuple[float, float | None]]]:
    """How far a model is from the target in U, α and γ from Pe = 1 on."""
    found = said.document("equations")
    target = dict(zip(equations.COEFFICIENTS, (1.0, 1.0, 0.0), strict=True))
    told = []
    for pe in found["target"]:
        if float(pe) >= 1 and name in equations.models_of(found):
            at = equations.place(found, pe, name).values()
            units = target.values()
            told.append([(x - u, half) for (x, half), u in zip(at, units, strict=True)])
    return told


def lies_there(said: Facts, name: str) -> bool:
    """Whether a model is close to the target everywhere."""
    told = _places(said, name)
    return bool(told) and all(abs(x) < CLOSE for at in told for x, _ in at)


def lies_beside(said: Facts, name: str) -> bool:
    """Whether some interval leaves the target out, everywhere."""
    told = _places(said, name)
    return bool(told) and all(
        any(half is not None and abs(x) > half for x, half in at) for at in told
    )


def _rewards(said: Facts) -> dict[str, list[float]]:
    learnt = said.document("language")["grpo"]
    return {name: learnt[name] for name in language.NAMES}


def learns_form_alone(said: Facts) -> bool:
    """Whether the reward for it rises, by means of ten steps, and no other does."""
    told = _rewards(said)
    form = told.pop("format")
    return (
        0.6 < mean(form[:10]) < 0.75
        and 0.9 < mean(form[-10:]) < 1.0
        and len(told) == 4
        and max(map(max, told.values())) < 0.2
    )


def slopes(said: Facts) -> list[tuple[float, float]]:
    """By what is made larger: of the least two sizes, and of the line."""
    told = []
    for axis in said.document("scaling")["axes"].values():
        (size, more), (spent, longer) = axis["values"][:2], axis["seconds"][:2]
        told.append((log(longer / spent) / log(more / size), axis["exponent"]))
    return told


def _medians(said: Facts, space: str) -> dict[str, np.ndarray]:
    """Best fitness by engine after each evaluation."""
    measured = said.document("search_quality")
    named = {label: name for name, label in labels(measured).items()}
    return {named[label]: c[1] for label, c in curves(measured, space).items()}


def in_parameter_space(said: Facts) -> bool:
    """Who falls fastest at first, who ends lowest, and who stays highest."""
    told, learning = _medians(said, "PS"), {*SAMPLED, "tpe"}
    if told.keys() != learning | {*SLOPE, *BLIND}:
        return False
    count = len(told["tpe"])
    ends = [told[name][-1] for name in (*SAMPLED, *SLOPE)]

    def lower(some: Iterable[str], others: Iterable[str], spent: int) -> bool:
        high, low = ([told[n][spent - 1] for n in lot] for lot in (some, others))
        return bool(max(high) < min(low))

    return (
        all(lower(SLOPE, learning, spent) for spent in (50, 100))
        and max(ends) < 1.05 * min(ends)
        and 1.05 * max(ends) < told["tpe"][-1]
        and all(
            lower(learning | {*SLOPE}, BLIND, spent) for spent in range(50, count + 1)
        )
    )


def alike_over_paths(said: Facts) -> bool:
    """Whether medians end within a hundredth of each other."""
    ends = [median[-1] for median in _medians(said, "DFS").values()]
    return len(ends) == 6 and bool(max(ends) < 1.01 * min(ends))


def of_one_seed(said: Facts) -> dict[float, dict[str, float]]:
    """Errors that are drawn, by Pe and model."""
    told = said.document("results")["peclet"]
    drawn = ("persistence", *PARENTS, "soup", *MERGES)
    return {
        float(pe): {name: at["models"][name][f"nrmse_{FAR}"] for name in drawn}
        for pe, at in told.items()
    }


def lowest_of_one_seed(said: Facts) -> bool:
    """Whether PS and PS + DFS err least everywhere."""
    return of_one_seed(said).keys() == HEADLINE and all(
        max(at["ps"], at["ps_dfs"])
        < min(error for name, error in at.items() if name not in ("ps", "ps_dfs"))
        for at in of_one_seed(said).values()
    )


def far_right(said: Facts) -> bool:
    """Who errs many times as much, and that nobody else errs twice as much."""
    told = {v: over(said, v, AT_HOME) for v in ingredients(said)}
    skip, anchors = told.pop("no-skip"), [r for n in UNIT for r in told.pop(n)]
    return (
        all(r.higher and r.centre > 15 for r in skip)
        and all(r.higher and r.centre > 3 for r in anchors)
        and all(r.centre < 2 for ratios in told.values() for r in ratios)
    )
