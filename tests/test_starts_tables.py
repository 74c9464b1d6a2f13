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


def test_other_starts_are_held_against_the_soup(text):
    for name, error in FROM.items():
        row = f"{label(f'directions_from_{name}')}, over {label('directions')}"
        assert cells(text, row) == [f"{error / 0.1:.2f}"] * 3


def test_random_directions_are_held_against_the_experts_from_the_same_start(text):
    pairs = {"directions_random": ("directions", "1.50")}
    for name in FROM:
        own = f"directions_from_{name}"
        pairs[f"directions_random_from_{name}"] = (own, "3.00")
    for name, (own, expected) in pairs.items():
        assert cells(text, f"{label(name)}, over {label(own)}") == [expected] * 3


def test_errors_stand_beside_those_of_the_starts():
    text = plain(starts.errors(evidence_of(NRMSE | MINE)))
    rows = [line.split("|")[1].strip() for line in text.splitlines()[2:]]
    starting = ["soup", "base", "best_parent", "ps"]
    assert [label(name) for name in starting] == rows[:4]
    assert {label(name) for name in MINE} == {*rows[4:]}
