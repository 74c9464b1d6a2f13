"""What was aimed at with directions, held against what fresh seeds say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import Evidence
from evophys_lib.parameters import peclet_key
from rendering import rivals
from rendering.compared import gap_cell, ratio_cell
from rendering.equal_seconds import MERGE
from rendering.once import COUNTS, judge_directions
from rendering.text import NOT_YET, ends, number, table, whether

ONE = f"directions_of_pe_k{rivals.USUAL}"
GAPS = {
    "directions_few": {0.1: 50, 1.0: 60, 10.0: 70, 100.0: 60},
    "directions": {0.1: 60, 1.0: 85, 10.0: 85, 100.0: 85},
    ONE: dict.fromkeys((0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0), 50),
}
"""Percent of the gap, at least."""
TITLES = {
    "directions_few": "gap closed at {pe}, 480 evaluations",
    "directions": "gap closed at {pe}, at most 1,500",
    ONE: "gap closed at {pe}, c(Pe)",
}
RATIO, FEW_SHOT, FEW_SHOT_AT_TWO = 0.8, 1.5, 1.0
STEEPENING_AT, STEEPENING = 100.0, 0.1
SECONDS = 15
Row = list[str]


def aims(
    fresh: Evidence | None,
    marked: Evidence | None,
    chosen: Sequence[Evidence | None],
    small: Evidence | None,
    timed: Mapping[str, Any] | None,
) -> str:
    """A row per aim: what, how much, what was measured, whether that is met.

    fresh: the claims' seeds; marked: the same, beside what was tuned on plenty; chosen:
    beside networks whose training was chosen by trials; small: beside few-shot tuning;
    timed: seconds.
    """
    if fresh is None:
        return NOT_YET
    rows = [
        *(_gaps(marked) if marked else ()),
        *_claims(fresh),
        *(row for found in chosen if found for row in _chosen(found)),
        *(_few_shot(small) if small else ()),
        *_steepening(fresh),
        *(_seconds(timed) if timed else ()),
    ]
    return table(["what", "aim", "measured", ""], rows, numbers_from=1)


def _gaps(found: Evidence) -> Iterable[Row]:
    told = findings.gaps(found, GAPS)
    for name, aimed in GAPS.items():
        for pe, least in aimed.items():
            gap = told.get(pe, {}).get(name)
            if gap is None or gap.closed is None:
                continue
            title = TITLES[name].format(pe=f"Pe = {peclet_key(pe)}")
            if name == ONE and pe not in found.provenance["profile"]["peclets"]:
                title += ", never seen"
            met = 100 * gap.closed >= least
            yield [title, f"≥ {least} %", f"{gap_cell(gap)} %", whether(met)]


def _claims(found: Evidence) -> Iterable[Row]:
    judged = judge_directions(found)
    for k in COUNTS:
        told = judged[f"composition_k{k}"]
        met = told["verdict"] == "holds" and told["ratio"] <= RATIO
        measured = f"{number(told['ratio'])} ({ends(told['ratio_interval'])})"
        title = f"c(Pe) over the better network, never seen, k = {k}"
        yield [title, f"≤ {RATIO}, decided", measured, whether(met)]
    word = judged["primary_directions"]["verdict"]
    title = "better than both parents at all nine Pe"
    yield [title, "decided", word, whether(word != "undecided")]


def _chosen(found: Evidence) -> Iterable[Row]:
    for k in rivals.COUNTS:
        told = rivals.over_unseen([found], k, [f"pooled_tuned_k{k}"])
        if told is not None:
            title = f"c(Pe) over the network chosen by trials, never seen, k = {k}"
            met = told.decided and told.centre <= RATIO
            yield [title, f"≤ {RATIO}, decided", ratio_cell(told), whether(met)]


def _few_shot(found: Evidence) -> Iterable[Row]:
    told = rivals.over_few_shot(found, rivals.USUAL)
    for pe, one in told.items():
        if one is None:
            continue
        title = f"error over few-shot tuning at Pe = {peclet_key(pe)}"
        met = one.centre <= FEW_SHOT
        yield [title, f"≤ {FEW_SHOT}", ratio_cell(one), whether(met)]
    low = sum(
        one is not None and one.centre <= FEW_SHOT_AT_TWO for one in told.values()
    )
    title = f"Péclet numbers where it is ≤ {FEW_SHOT_AT_TWO:g}"
    yield [title, "≥ 2", str(low), whether(low >= 2)]


def _steepening(found: Evidence) -> Iterable[Row]:
    at = findings.dynamics(found, ("directions",))[STEEPENING_AT]
    left = at["directions"]["steepening"]
    if left.value is not None:
        title = f"γ left at Pe = {peclet_key(STEEPENING_AT)}"
        measured = f"{number(left.value)} ({ends(left.interval)})"
        yield [title, f"≤ {STEEPENING}", measured, whether(left.value <= STEEPENING)]


def _seconds(timed: Mapping[str, Any]) -> Iterable[Row]:
    spent = [row["seconds"] for row in timed["rows"] if row["name"] == MERGE]
    mean = sum(spent) / len(spent)
    title = "a search of 480 evaluations, one core"
    yield [title, f"≤ {SECONDS} s", f"{number(mean)} s", whether(mean <= SECONDS)]
