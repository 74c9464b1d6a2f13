"""Ratios by seed, against what is known of logarithms."""

import math

import pytest

from rendering.compared import multiplicity, ratios
from rendering.paired import Ratio, ratio


def test_a_constant_factor_is_found_exactly_whatever_the_seeds():
    reference = {0: 0.1, 1: 3.0, 2: 40.0}
    found = ratio({seed: 1.5 * value for seed, value in reference.items()}, reference)
    assert found.centre == pytest.approx(1.5)
    assert (found.low, found.high) == pytest.approx((1.5, 1.5))
    assert found.decided


def test_the_interval_is_student_s_in_logarithms():
    found = ratio({0: 1.0, 1: math.e**2}, {0: 1.0, 1: 1.0})  # logs 0 and 2
    assert found.centre == pytest.approx(math.e)
    assert math.log(found.high) - 1 == pytest.approx(12.7062, rel=1e-5)  # t of tables
    assert found.low * found.high == pytest.approx(found.centre**2)
    assert not found.decided


def test_swapping_the_two_inverts_the_ratio():
    a, b = {0: 0.3, 1: 0.5, 2: 0.2}, {0: 0.4, 1: 0.4, 2: 0.5}
    there, back = ratio(a, b), ratio(b, a)
    assert there.centre * back.centre == pytest.approx(1)
    assert there.low * back.high == pytest.approx(1)


def test_only_common_seeds_count():
    assert ratio({0: 2.0, 5: 9.0}, {0: 1.0, 1: 7.0}) == Ratio(2.0)
    assert not Ratio(2.0).decided
    assert ratio({0: 2.0}, {1: 1.0}) is None


def test_ratios_that_are_told_apart_are_fewer_where_false_ones_are_held_down():
    apart = [Ratio(0.5, 0.4, 0.6, 0.001), Ratio(0.8, 0.7, 0.99, 0.04)]
    alike = [Ratio(1.0, 0.5, 2.0, 0.5)] * 18
    diverged, once = Ratio(math.inf, math.nan, math.nan, math.nan), Ratio(2.0)
    header, row = ["over", "numbers"], ["PS", "3", *apart, *alike, None, diverged, once]
    told = ratios(header, [row]).partition("\n\n")[2]
    assert told == (
        "20 ratios, 2 in bold; 1 would be if no two models differed. With the share "
        "of false ones kept to 5 %, 1 remain.\n"
    )
    assert multiplicity([diverged, once]) == ""
