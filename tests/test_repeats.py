"""What is measured of repetition: how it is compared, and that it holds."""

import json
import math
from pathlib import Path

import pytest
import torch
from lineages import lineage, start

import repeats

ROOT = Path(__file__).resolve().parent.parent
TOLD = json.loads((ROOT / "book/evidence/repeats.json").read_text(encoding="utf-8"))
ROUNDING = 1e-4
"""Of numbers of 24 bits after ten steps of a network, relative to the largest."""


def test_rollouts_that_are_equal_but_for_rounding_are_nearly_equal():
    found = repeats.rollouts(lineage(), start(), steps=10)
    assert found["the same again"] == 0.0
    assert max(found.values()) < 1e-10  # these networks have 64 bits


def test_the_largest_relative_difference_is_taken_over_all_numbers():
    one = {"a": 1.0, "b": [2.0, {"c": 0.0}], "word": "x", "whole": 3}
    other = {"a": 1.0, "b": [2.5, {"c": 0.0}], "word": "y", "whole": 4}
    assert repeats.difference(one, other) == pytest.approx(0.2)
    assert repeats.difference(one, one) == 0.0
    with pytest.raises(AssertionError):
        repeats.difference(one, {"a": 1.0})


def test_threads_are_as_before():
    before = torch.get_num_threads()
    assert repeats.on(before + 1, torch.get_num_threads) == before + 1
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("way", ["the same again", "two processes side by side"])
def test_a_study_on_one_thread_has_the_same_bytes_in_every_way(way):
    found = TOLD["studies"][way]
    assert found["equal"] == found["files"] > 0
    assert found["scores"] == 0.0


def test_a_second_thread_adds_in_another_order():
    found = TOLD["studies"]["two threads"]
    assert 0 < found["equal"] < found["files"]  # what is simulated is the same
    assert 0 < found["scores"] < 0.01


def test_what_was_measured_of_rollouts_is_rounding():
    assert TOLD["rollouts"]["the same again"] == 0.0
    assert all(math.isfinite(v) and v < ROUNDING for v in TOLD["rollouts"].values())
