"""What was aimed at with directions: met and missed by arithmetic of one's own."""

import re
from pathlib import Path

import numpy as np
import pytest
from plain import plain

from evophys_lib.evaluate import findings
from evophys_lib.evaluate.evidence import read
from rendering import directions_aims
from rendering.equal_seconds import MERGE
from rendering.text import NOT_YET

STORED = Path(__file__).resolve().parent.parent / "book" / "evidence"


@pytest.fixture(scope="module")
def evidence():
    names = ("directions", "gap", "rivals", "rivals_one", "few")
    return {name: read(STORED / name) for name in names}


@pytest.fixture(scope="module")
def rows(evidence):
    timed = {"rows": [{"name": MERGE, "seconds": s} for s in (14.0, 18.0)]}
    fresh, marked, *chosen, small = evidence.values()
    told = directions_aims.aims(fresh, marked, chosen, small, timed)
    lines = plain(told).splitlines()[2:]
    return {what: cells for what, *cells in (line[2:-2].split(" | ") for line in lines)}


def number(text):
    return float(re.search(r"-?\d+(\.\d+)?", text).group())


def test_a_word_says_on_which_side_of_the_aim_the_number_is(rows):
    for aim, measured, word in rows.values():
        if not re.search(r"\d", aim) or "decided" in aim:
            continue
        below, bound = aim.startswith("≤"), number(aim)
        value = number(measured)
        if value != bound:  # rounded
            assert (word == "met") == ((value < bound) is below)


def test_gaps_are_those_of_mean_errors(evidence, rows):
    told = findings.nrmse(evidence["gap"])
    for pe, at in told.items():
        seen = pe in evidence["gap"].provenance["profile"]["peclets"]
        merge, words = (
            ("directions", "at most 1,500")
            if seen
            else (directions_aims.ONE, "c(Pe), never seen")
        )
        mean = {name: np.mean([*by_seed.values()]) for name, by_seed in at.items()}
        parent, plenty = mean["best_parent"], mean["plenty"]
        shown = rows[f"gap closed at Pe = {pe:g}, {words}"][1]
        closed = (parent - mean[merge]) / (parent - plenty)
        assert number(shown) == pytest.approx(100 * closed, abs=0.51)


def test_few_shot_tuning_is_of_the_better_parent(evidence, rows):
    for pe, at in findings.nrmse(evidence["few"]).items():
        heat, burgers = at["few_shot_heat"], at["few_shot_burgers"]
        logs = [
            np.log(error / min(heat[seed], burgers[seed]))
            for seed, error in at["directions_few"].items()
        ]
        shown = rows[f"error over few-shot tuning at Pe = {pe:g}"][1]
        assert number(shown) == pytest.approx(np.exp(np.mean(logs)), abs=0.006)


@pytest.mark.parametrize(("k", "folder"), [(16, "rivals"), (1, "rivals_one")])
def test_the_chosen_network_is_met_at_numbers_that_neither_saw(
    evidence, rows, k, folder
):
    seen = evidence[folder].provenance["profile"]["peclets"]
    logs = []
    for pe, at in findings.nrmse(evidence[folder]).items():
        merge, network = at[f"directions_of_pe_k{k}"], at[f"pooled_tuned_k{k}"]
        if pe not in seen:
            logs += [np.log(error / network[seed]) for seed, error in merge.items()]
    shown = rows[f"c(Pe) over the network chosen by trials, never seen, k = {k}"]
    assert number(shown[1]) == pytest.approx(np.exp(np.mean(logs)), abs=0.006)
    assert (shown[2] == "met") == ("**" in shown[1] and number(shown[1]) <= 0.8)


def test_seconds_are_a_mean(rows):
    assert rows["a search of 480 evaluations, one core"][1:] == ["16.0 s", "**missed**"]


def test_nothing_is_said_without_evidence():
    assert directions_aims.aims(None, None, (), None, None) == NOT_YET
