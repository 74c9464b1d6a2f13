"""The claims over more seeds: both lots count, and no model that only one lot has."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plain import plain

from evophys_lib.evaluate.evidence import judge, read, squared_errors
from rendering import fresh
from rendering.sweep import scores

STORED = Path(__file__).resolve().parent.parent / "book" / "evidence" / "sweep"


@pytest.fixture(scope="module")
def first():
    return read(STORED)


@pytest.fixture(scope="module")
def other(first):
    """The same studies under other seeds, with the models of the claims alone."""
    tables = {}
    for name, column in fresh.MODEL_IN.items():
        rows = getattr(first, name)
        rows = rows[rows[column].isin(("truth", *fresh.NAMES))]
        tables[name] = rows.assign(seed=rows["seed"] + 5)
    return replace(first, **tables)


def test_all_seeds_are_both_lots_with_the_models_that_both_have(first, other):
    both = squared_errors(fresh.joined(first, other))
    for peclet, models in both.items():
        assert set(models) == {"truth", *fresh.NAMES} & set(models)
        for name in fresh.NAMES:
            once = squared_errors(first)[peclet][name]
            assert np.array_equal(models[name], [*once, *once])


def test_twice_the_same_has_the_same_statistics_and_narrower_intervals(first, other):
    judged = {"once": judge(first), "twice": judge(fresh.joined(first, other))}
    for claim, told in judged["twice"].items():
        once = judged["once"][claim]
        assert told["statistic"] == pytest.approx(once["statistic"])
        wide, narrow = (t["over_seeds"]["interval"] for t in (once, told))
        assert np.ptp(narrow) < np.ptp(wide)
    text = fresh.verdicts(judged)
    assert "| once | twice |" in text.splitlines()[0]
    assert len(text.splitlines()) == 2 + len(judged["twice"])


def test_what_is_missing_says_how_it_is_made(first):
    assert all("--seeds 5-9" in text for text in fresh.render(first, None).values())
    assert "--seeds 10-14" in fresh.rivals(first, None)


def test_ratios_over_twice_the_same_are_the_same_and_surer(first, other):
    def of(found, name):
        return found.scores[found.scores["model"] == name]

    def over(name, text):
        row, *_ = (x for x in plain(text).splitlines() if x.startswith(f"| {name} |"))
        cell = row.split("|")[-2].strip(" *")
        return [float(n) for n in re.findall(r"[\d.]+", cell)]

    tuned = of(first, "few_shot_heat")
    tuned = tuned.assign(seed=tuned["seed"] + 5)
    text = fresh.rivals(first, replace(other, scores=pd.concat([other.scores, tuned])))
    assert text.startswith("Seeds 0, 1, 2, 3, 4, 5, 6, 7, 8, 9.\n")
    for name in ("heat expert", "few-shot tuning of heat"):
        once, low, high = over(name, scores.rivals(first))
        twice, lower, higher = over(name, text)
        assert twice == once
        assert low < lower < twice < higher < high
