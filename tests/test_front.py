"""The first page's picture: what it draws is the evidence, and its text is true."""

import json

import numpy as np
import pytest

import tables
from evophys_lib.evaluate.evidence import read
from evophys_lib.evaluate.intervals import t_interval
from rendering import front
from rendering.labels import MERGES, PARENTS
from rendering.sweep.pictures import means
from viewers.packing import unpack

PAGE = (tables.EVIDENCE.parent / "intro.md").read_text("utf-8")
DIRECTIONS = ("directions", front.ONE)


@pytest.fixture(scope="module")
def swept():
    return {name: read(tables.EVIDENCE / name) for name in front.SOURCES}


@pytest.fixture(scope="module")
def scores(swept):
    return front.scores(*swept.values())


@pytest.fixture(scope="module")
def curves(scores):
    """Means by model and Pe."""
    told = means(scores, front.CURVES)
    return {n: {pe: p[0] for pe, p in curve.items()} for n, curve in told.items()}


@pytest.fixture(scope="module")
def looked():
    return json.loads((tables.EVIDENCE / "look/forecasts.json").read_text("utf-8"))


def test_it_has_parents_merges_tuning_and_the_ceiling(curves):
    wanted = {*PARENTS, *MERGES[:2], *DIRECTIONS, "few_shot", "plenty"}
    assert wanted <= curves.keys()
    assert all(len(curves[n]) == 9 for n in (*PARENTS, *MERGES[:2], *DIRECTIONS))


def test_every_curve_is_of_the_seeds_that_the_caption_names(swept, scores):
    assert "means over seeds 5 to 9, few-shot tuning over 5 to 7" in PAGE
    assert "what it errs by (seed 0)" in PAGE.replace("\n", " ")
    seeds = {name: found.provenance["seeds"] for name, found in swept.items()}
    assert seeds.pop("few") == [5, 6, 7]
    assert {tuple(told) for told in seeds.values()} == {(5, 6, 7, 8, 9)}
    for at in scores.values():
        drawn = [at[name] for name in front.CURVES if name in at]
        assert {tuple(by_seed) for by_seed in drawn} == {(5, 6, 7, 8, 9)}


def test_what_the_text_in_its_place_says_is_so(curves, looked):
    heat, burgers, ps = (curves[name] for name in (*PARENTS, "ps"))
    assert "cross between 5 and 10" in PAGE
    assert [pe for pe in heat if heat[pe] < burgers[pe]] == [0.1, 0.3, 1, 2, 3, 5]
    better = {pe: min(heat[pe], burgers[pe]) for pe in heat}
    assert "PS lies below both with certainty from Pe = 1 on, directions every" in PAGE
    assert all(ps[pe] < better[pe] for pe in ps if pe >= 1)
    assert all(curves[n][pe] < better[pe] for n in DIRECTIONS for pe in better)
    assert "Tuning on plenty lies lowest, few-shot tuning next to it" in PAGE
    for pe, plenty in curves["plenty"].items():
        others = [c[pe] for n, c in curves.items() if n not in ("plenty", "few_shot")]
        assert plenty < curves["few_shot"].get(pe, np.inf)
        assert max(plenty, curves["few_shot"].get(pe, plenty)) < min(others)
    at, names = looked["peclet"].index(front.PECLET), list(looked["models"])
    truth, *models = unpack(looked["fields"])[:, at, 0][
        [names.index(name) for name in front.FIELDS]
    ]
    assert "in that order ever fainter" in PAGE
    errors = [np.sqrt(np.mean((model - truth) ** 2)) for model in models]
    assert errors == sorted(errors, reverse=True)


def test_the_same_bytes_are_drawn_twice_with_the_bands_of_the_evidence(
    swept, scores, looked
):
    one, other = (front.picture(looked, *swept.values()) for _ in range(2))
    assert one.png() == other.png()
    (ax,) = [ax for ax in one.axes if ax.get_xscale() == "log"]
    labels = [line.get_label() for line in ax.get_lines()]
    ends = ax.collections[labels.index("PS")].get_paths()[0].vertices[:, 1]
    mean, half = t_interval([*scores[100.0]["ps"].values()])
    assert np.isclose(ends, mean + half).any() and np.isclose(ends, mean - half).any()
    assert (tables.EVIDENCE / front.FILE).stat().st_size < 300_000
