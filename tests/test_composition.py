"""The fourth claim's rule, on errors whose answer is known."""

import numpy as np
import pytest
from scipy import stats

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.intervals import t_p_value
from evophys_lib.evaluate.verdicts import FAILS, HOLDS, UNDECIDED, composition

SEEN, UNSEEN = (0.1, 100.0), (1.0, 10.0)
RNG = np.random.default_rng(0)


def errors(ratio, seeds=5, spread=0.05):
    """Merge over better network: `ratio` in RMSE, times a factor of each seed."""
    factors = np.exp(spread * np.random.default_rng(1).standard_normal(seeds))
    at = {
        "directions_of_pe_k4": [np.full(6, (ratio * f) ** 2) for f in factors],
        "pooled_heat_k4": [np.full(6, 1.0)] * seeds,
        "pooled_burgers_k4": [np.full(6, 4.0)] * seeds,
    }
    return dict.fromkeys((*SEEN, *UNSEEN), at)


@pytest.mark.parametrize(
    ("ratio", "word"), [(0.7, HOLDS), (1.4, FAILS), (1.0, UNDECIDED)]
)
def test_the_word_follows_the_interval(ratio, word):
    found = composition(errors(ratio), count=4, seen=SEEN)
    assert found.verdict == word
    assert found.details["ratio"] == pytest.approx(ratio, rel=0.1)
    assert found.n_peclet == 2 and found.n_seeds == 5
    low, high = found.interval
    assert low < np.log(found.details["ratio"]) < high


def test_it_was_declared_for_what_is_left_of_nine():
    one, five = (
        composition(
            dict.fromkeys(np.arange(1.0, count + 1), errors(0.7)[1.0]),
            count=4,
            seen=(1.0, 2.0, 3.0, 4.0),
        )
        for count in (5, 9)
    )
    assert "1 Péclet number: fewer than the declared 5 and 5" in one.scope
    assert "5 Péclet numbers: the declared size" in five.scope


def test_few_seeds_never_hold():
    assert composition(errors(0.5, seeds=4), count=4, seen=SEEN).verdict == UNDECIDED
    alone = composition(errors(0.5, seeds=1), count=4, seen=SEEN)
    assert alone.verdict == UNDECIDED and alone.interval is None


def test_the_better_network_is_taken_at_each_number_and_seed():
    at = errors(1.0, spread=0.0)[1.0]
    swapped = at | {
        "pooled_heat_k4": at["pooled_burgers_k4"],
        "pooled_burgers_k4": at["pooled_heat_k4"],
    }
    found = composition({1.0: at, 10.0: swapped}, count=4, seen=())
    assert found.statistic == pytest.approx(0.0)


def test_seen_numbers_do_not_count():
    told = errors(0.7) | {0.1: errors(100.0)[1.0]}
    assert composition(told, count=4, seen=SEEN).verdict == HOLDS


def test_the_p_value_is_student_s():
    values = RNG.normal(-0.3, 0.5, size=7)
    t = np.sqrt(7) * values.mean() / values.std(ddof=1)
    assert t_p_value(values.tolist()) == pytest.approx(stats.t.cdf(t, 6))
    assert t_p_value([1.0]) is t_p_value([1.0, 1.0]) is None


def test_what_is_missing_is_named():
    with pytest.raises(ParameterError, match="that were not seen"):
        composition(errors(1.0), count=4, seen=(*SEEN, *UNSEEN))
    with pytest.raises(ParameterError, match="directions_of_pe_k9"):
        composition(errors(1.0), count=9, seen=SEEN)
