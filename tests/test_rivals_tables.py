"""Tables of one merge against training: ratios of numbers that are known."""

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from plain import plain
from swept import evidence_of

from evophys_lib.evaluate import evidence
from rendering import directions, ladder, rivals

EVIDENCE = Path(__file__).resolve().parent.parent / "book" / "evidence"
NETWORKS = {"pooled_heat_k4": 0.4, "pooled_burgers_k4": 0.2, "pooled_tuned_k4": 0.1}
MERGE = {"directions_of_pe_k4": 0.05}
CONTROL = {"directions_of_pe_random_k4": 0.0625}
DRAWN = {
    "directions_of_pe_k4_draw1": 0.2,
    "pooled_heat_k4_draw1": 0.3,
    "pooled_burgers_k4_draw1": 0.1,
    "directions_of_pe_k4_draw2": 0.3,
    "pooled_heat_k4_draw2": 0.3,
    "pooled_burgers_k4_draw2": 0.4,
}


def cells(text, row):
    """The cells of a row by its first one."""
    rows = plain(text).splitlines()
    lines = [[c.strip() for c in line.split("|")[1:-1]] for line in rows]
    return next(line[1:] for line in lines if line[0] == row)


def headline(found, *seen):
    """The same with other Péclet numbers seen."""
    profile = found.provenance["profile"] | {"peclets": list(seen)}
    return dataclasses.replace(
        found, provenance=found.provenance | {"profile": profile}
    )


@pytest.fixture
def found():
    return headline(evidence_of(NETWORKS | MERGE | CONTROL | DRAWN), 0.1, 10.0)


def test_a_rival_and_the_best_of_all_at_every_peclet_and_unseen(found):
    text = rivals.rivals(found)
    assert "Pe = 1, unseen" in plain(text)
    assert all("0.25" in c for c in cells(text, "pooled tuning of Burgers, k = 4"))
    best = cells(text, "the best of these 3, k = 4")
    assert len(best) == 4
    assert all(c.strip("*").startswith("0.50") for c in best)


def test_a_column_for_each_k_of_each_lot_holds_the_means_of_the_longer_table(found):
    fewer = {f"{name[:-1]}1": 2 * e for name, e in (MERGE | NETWORKS).items()}
    other = headline(evidence_of(fewer), 0.1, 10.0)
    text = rivals.counts([other, found], found, "t50")
    first, *lots = plain(text).splitlines()[0].split("|")[1:-1]
    assert [lot.strip()[:5] for lot in lots] == ["k = 4", "k = 1"]
    for words in ("pooled tuning of Burgers", "pooled tuning, chosen"):
        row = cells(text, words)
        for cell, k, lot in zip(row, (4, 1), (found, other), strict=True):
            assert cell == cells(rivals.rivals(lot), f"{words}, k = {k}")[-1]
    best = cells(text, "the best of these")
    assert best == cells(text, "pooled tuning, chosen")
    assert cells(text, "PS, λ(Pe)") == ["–", "–"]
    assert cells(text, "as many random directions")[1] == "–"
    assert "0.80" in cells(text, "as many random directions")[0]


def later(found, names, by):
    """The same seeds once more, counted on, of some models only."""
    table = found.scores
    kept = table[table["model"].isin([*names, "truth"])]
    return dataclasses.replace(found, scores=kept.assign(seed=kept["seed"] + by))


def test_lots_of_one_k_are_one_column_of_all_seeds(found):
    some = [*MERGE, "pooled_heat_k4", "pooled_tuned_k4"]
    text = plain(rivals.counts([found, later(found, some, 2)], found, "t50"))
    assert "k = 4, seeds 0–3 |" in text.splitlines()[0]
    for words in ("pooled tuning of heat", "pooled tuning of Burgers"):
        alone = cells(rivals.rivals(found), f"{words}, k = 4")[-1]
        assert cells(text, words)[0] == alone  # all seeds have one ratio
    (line,) = [x for x in text.splitlines() if x.startswith("With k = ")]
    assert line == (
        "With k = 4, of seeds 0–1: pooled tuning of Burgers; the best of these; "
        "as many random directions."
    )


def test_random_directions_stand_beside_and_are_no_rival(found):
    row = cells(rivals.rivals(found), "c(Pe), random directions, k = 4")
    assert all("0.80" in c for c in row)


def test_draws_are_averaged_as_logarithms(found):
    row = cells(rivals.draws(found), "k = 4")
    shown = [float(c.strip("*").split()[0]) for c in row if c]
    assert shown[:3] == [0.25, 2.0, 1.0]
    assert shown[-1] == pytest.approx(np.cbrt(0.25 * 2.0 * 1.0), abs=0.01)


def test_few_trajectories_with_what_they_took():
    names = {"directions_k4": 0.2, "few_shot_k4": 0.1}
    row = cells(rivals.few(evidence_of(names)), "k = 4")
    assert all(c.strip("*").startswith("2.0") for c in row[:3])
    assert [float(c) for c in row[3:]] == [1]


@pytest.mark.parametrize(
    ("draw", "names", "count"),
    [
        (rivals.rivals, NETWORKS | MERGE | CONTROL, 5 * 4),
        (rivals.few, {"directions_k4": 0.2, "few_shot_k4": 0.1}, 3),
        (directions.ratios, NETWORKS | MERGE, 3 * 3),
        (ladder.directions, {"directions": 0.1, "directions_random": 0.2}, 3),
    ],
)
def test_ratios_are_counted_below_their_table(draw, names, count):
    text = draw(headline(evidence_of(names), 0.1, 10.0))
    told = text.partition("\n\n")[2]
    assert told.startswith(f"{count} ratios, {count} in bold; ")
    assert told.endswith(f", {count} remain.\n")


@pytest.mark.parametrize("draw", [rivals.rivals, rivals.draws, rivals.few])
def test_what_is_not_scored_has_no_row(draw):
    assert len(draw(evidence_of({"heat": 0.2})).splitlines()) <= 2


def test_a_panel_holds_all_draws_of_a_model_that_was_drawn_again(found):
    parents = headline(evidence_of({"heat": 0.5, "burgers": 0.6}), 0.1, 10.0)
    (panel,) = rivals.picture(parents, [found, found], found).axes
    assert panel.get_title() == "k = 4"
    ends = {}
    lines = [line for line in panel.lines if len(line.get_xdata()) > 2]
    for line in lines:
        ends[line.get_label()] = float(np.mean(line.get_ydata()))
    drawn = np.mean([0.05, 0.2, 0.3])
    assert ends["c(Pe), k = 4"] == pytest.approx(drawn, rel=0.2)
    assert ends["pooled tuning, chosen, k = 4"] == pytest.approx(0.1, rel=0.2)
    assert len(ends) == 2 + 3 + 2


def test_costs_are_means_over_all_that_ran(found):
    told = ("evaluations", "passes", "trajectories", "seconds")
    lots = [
        dataclasses.replace(
            found,
            costs=pd.DataFrame(
                {"seed": seed, "pe": 1.0, "model": "pooled_heat_k1", "quantity": told}
                | {"value": [2.0, 30.0, 4.0, spent]}
            ),
        )
        for seed, spent in enumerate((10.0, 20.0))
    ]
    row = cells(rivals.costs(lots), "pooled tuning of heat, k = 1")
    assert row == ["2", "30", "4", "15"]


def test_a_merge_for_all_peclet_numbers_has_two_numbers_for_each_of_one():
    kept = evidence.read(EVIDENCE / "ladder")
    table = kept.searches
    control = "directions_of_pe_random_k16"
    told = table[(table["method"] == control) & (table["quantity"] == "numbers")]
    counts = ladder.numbers(kept)
    assert {counts[name] for name in ladder.OF_PECLET} == {*told["value"]}
