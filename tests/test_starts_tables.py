"""Tables of merges that start elsewhere, of errors that are known."""

import pytest
from plain import plain
from swept import NRMSE, evidence_of

from evophys_lib.models import registry
from evophys_lib.models.model import Group
from evophys_lib.profiles import LAPTOP
from rendering import starts
from rendering.labels import label

FROM_SOUP = {"directions": 0.1, "directions_random": 0.15}
FROM = {"base": 0.2, "parent": 0.05, "ps": 0.1}
MINE = FROM_SOUP | {f"directions_from_{name}": e for name, e in FROM.items()}
MINE |= {f"directions_random_from_{name}": 3 * e for name, e in FROM.items()}


@pytest.fixture(scope="module")
def text():
    return plain(starts.ratios(evidence_of(NRMSE | MINE)))


def cells(text, row):
    (line,) = [r for r in text.splitlines() if r.startswith(f"| {row} |")]
    return [cell.strip().strip("*").split()[0] for cell in line.split("|")[2:-1]]


def test_all_merges_that_start_elsewhere_are_in_the_table():
    told = {name for pair in starts.PAIRS for name in pair} - {*FROM_SOUP}
    assert told == {*registry.in_groups(LAPTOP, (Group.STARTS,))}


def test_other_starts_are_held_against_the_soup_and_random_ones_against_the_experts(
    text,
):
    expected = {
        ("directions_from_base", "directions"): "2.00",
        ("directions_from_parent", "directions"): "0.50",
        ("directions_from_ps", "directions"): "1.00",
        ("directions_random_from_base", "directions_random"): "4.00",
        ("directions_random_from_parent", "directions_random"): "1.00",
        ("directions_random_from_ps", "directions_random"): "2.00",
        ("directions_random", "directions"): "1.50",
        ("directions_random_from_base", "directions_from_base"): "3.00",
        ("directions_random_from_parent", "directions_from_parent"): "3.00",
        ("directions_random_from_ps", "directions_from_ps"): "3.00",
    }
    assert {*expected} == {*starts.PAIRS}
    for (name, rival), ratio in expected.items():
        assert cells(text, f"{label(name)}, over {label(rival)}") == [ratio] * 3


def test_errors_stand_beside_those_of_the_starts():
    text = plain(starts.errors(evidence_of(NRMSE | MINE)))
    rows = [line.split("|")[1].strip() for line in text.splitlines()[2:]]
    starting = ["soup", "base", "best_parent", "ps"]
    assert [label(name) for name in starting] == rows[:4]
    assert {label(name) for name in MINE} == {*rows[4:]}
