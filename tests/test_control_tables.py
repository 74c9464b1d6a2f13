"""What tables say of controls whose every error is known."""

import numpy as np
import pytest
from swept import NRMSE, evidence_of

from evophys_lib.evaluate import findings
from evophys_lib.models import controls, registry
from evophys_lib.models.model import Group
from evophys_lib.profiles import LAPTOP
from rendering import controls as tables
from rendering.labels import label
from rendering.paired import lowest

LONG = {"heat_long": 0.1, "burgers_long": 0.3, "ps_long": 0.09, "soup_long": 0.2}
TWICE = {"heat_again": 0.19, "ps_heat_twice": 0.16, "soup_heat_twice": 0.19}
MINE = NRMSE | TWICE | LONG


@pytest.fixture(scope="module")
def found():
    return evidence_of(MINE)


def cells(text, row):
    """Of the line whose first cell this is."""
    (line,) = [r for r in text.splitlines() if r.startswith(f"| {row} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def test_all_are_held_against_the_better_of_heat_and_burgers(found):
    text = tables.over_parent(found)
    assert cells(text, "PS") == ["**0.50 (0.50–0.50)**"] * 3  # 0.1 / 0.2
    assert cells(text, label("ps_heat_twice"))[0] == "**0.80 (0.80–0.80)**"
    assert cells(text, label("soup_heat_twice"))[0] == "**0.95 (0.95–0.95)**"
    assert label("ps_joint_twice") not in text  # was not run


def test_a_control_is_held_against_the_same_merge_of_both_experts(found):
    text = tables.over_merge(found)
    assert cells(text, label("ps_heat_twice"))[0] == "**1.60 (1.60–1.60)**"
    assert cells(text, label("soup_heat_twice"))[0] == "**0.76 (0.76–0.76)**"  # 19/25
    assert label("ps_long") not in text  # has something to compose
    assert "\n\n6 ratios, 6 in bold; 0 would be" in text


def test_gains_are_over_the_better_of_a_merges_own_parents(found):
    text = tables.longer(found)
    assert cells(text, "PS")[0] == "**0.50 (0.50–0.50)**"
    assert cells(text, label("ps_long"))[0] == "**0.90 (0.90–0.90)**"  # 0.09 / 0.1
    assert "\n\n18 ratios, 18 in bold; 1 would be" in text
    ratio = cells(text, "PS: the second over the first")
    assert ratio[0] == "**1.80 (1.80–1.80)**"
    assert not [row for row in text.splitlines() if row.startswith("| directions")]


def test_the_better_parent_is_chosen_anew_for_each_seed():
    at = {"heat": {0: 1.0, 1: 3.0}, "burgers": {0: 2.0, 1: 2.0}, "ps": {0: 0.5, 1: 1}}
    assert lowest(at, ("heat", "burgers")) == {0: 1.0, 1: 2.0}
    assert tables.gain(at, "ps", ("heat", "burgers")) == {0: 0.5, 1: 0.5}
    assert tables.gain(at, "nobody", ("heat", "burgers")) == {}


def test_what_is_not_measured_says_how_to_measure_it():
    pages = tables.render(None, None)
    assert all(tables.COMMAND in text for text in pages.values())


def test_every_control_has_its_row(found):
    group = registry.in_groups(LAPTOP, (Group.CONTROLS,))
    merges = {n for n in group if n.partition("_")[0] in controls.MERGES}
    pairs = {n.partition("_")[2] for n in merges}
    assert pairs == {*tables.PAIRS, tables.LONG}
    text = tables.errors(found)
    assert all(label(name) in text for name in (TWICE | LONG).keys() & group.keys())
    assert findings.nrmse(found)[1.0]["ps_long"][0] == pytest.approx(0.09)


def errors_of(**own):
    """Three seeds that agree to a percent; who is not named errs as heat does."""
    names = (
        "heat",
        "burgers",
        *(f"ps_{p}" for p in (*tables.PAIRS, tables.LONG)),
        "ps",
    )
    means = dict.fromkeys((*names, *tables.LONGER), 1.0) | {"burgers": 2.0} | own
    rng = np.random.default_rng(0)
    return {
        name: {seed: mean * rng.uniform(0.99, 1.01) for seed in range(3)}
        for name, mean in means.items()
    }


@pytest.mark.parametrize(
    ("own", "word"),
    [
        ({"ps": 0.5}, "composition"),
        ({"ps": 0.5, "ps_heat_twice": 0.5}, "averaging"),
        ({"ps": 0.5, "ps_heat_twice": 0.4}, "averaging"),
        ({"ps": 0.5, "ps_burgers_twice": 0.5}, "neither"),
    ],
)
def test_a_merge_composes_if_every_control_is_worse(own, word):
    """heat is the better parent."""
    at = errors_of(**own)
    assert tables.takes_both(at, "ps") == word
    del at["ps_unrelated"]
    assert tables.takes_both(at, "ps") == "–"


def test_other_words_follow_their_ratios():
    assert tables.gains_anyway(errors_of(), "ps") == "no"
    assert tables.gains_anyway(errors_of(ps_joint_twice=0.5), "ps") == "averaging"
    longer = {name: 0.5 for name in tables.LONGER}
    kept = errors_of(ps=0.5, ps_long=0.25, **longer)
    assert tables.closes(kept, "ps") == "composition"
    assert tables.closes(errors_of(ps=0.5, ps_long=0.4, **longer), "ps") == "averaging"
