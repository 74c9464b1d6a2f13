"""Student's interval: by hand, and by how often it holds the mean."""

from functools import partial

import numpy as np
import pytest

import tables
from evophys_lib.evaluate import evidence, findings, resampling
from evophys_lib.evaluate.intervals import jackknife_interval, t_interval, t_p_value
from evophys_lib.evaluate.scores import EQUATION


def test_an_interval_by_hand():
    mean, half = t_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3.0
    assert half == pytest.approx(2.776445 * np.sqrt(2.5 / 5), rel=1e-6)  # t of tables


def test_one_value_has_no_interval():
    assert t_interval([0.3]) == (0.3, None)


def test_nineteen_in_twenty_intervals_of_five_seeds_hold_the_mean():
    rng, trials = np.random.default_rng(0), 4000
    found = [t_interval(row) for row in rng.normal(7.0, 2.0, (trials, 5))]
    held = np.mean([abs(mean - 7.0) <= half for mean, half in found])
    assert abs(held - 0.95) < 4 * np.sqrt(0.95 * 0.05 / trials)


def test_the_jackknife_of_a_mean_is_students_interval():
    values = [1.0, 2.0, 4.0, 8.0]
    mean, half = t_interval(values)
    low, high = jackknife_interval(np.array(values)[:, None], lambda m: m[0])
    assert (low, high) == pytest.approx((mean - half, mean + half))


def test_the_jackknife_of_a_ratio_by_hand():
    """Of (1, 3) over (1, 1): pseudo-values 2·2 − 3 and 2·2 − 1."""
    low, high = jackknife_interval([[1.0, 1.0], [3.0, 1.0]], lambda m: m[0] / m[1])
    half = 12.7062 * np.sqrt(2.0) / np.sqrt(2)
    assert (low, high) == pytest.approx((2 - half, 2 + half), rel=1e-5)


def test_what_is_not_finite_and_what_is_alone_has_no_interval():
    first = partial(np.take, indices=0)
    assert jackknife_interval([[1.0]], first) is None
    assert jackknife_interval([[1.0], [np.inf]], first) is None
    assert jackknife_interval([[1.0, 0.0], [2.0, 0.0]], _ratio) is None
    assert t_p_value([np.inf, 1.0]) is None


def test_p_is_half_where_the_mean_is_zero_and_small_where_it_is_far_below():
    assert t_p_value([-1.0, 1.0]) == pytest.approx(0.5)
    assert t_p_value([-1.0, -1.1, -0.9]) < 0.005


# --- coverage at the variances of the evidence ---


@pytest.fixture(scope="module")
def swept():
    return evidence.read(tables.EVIDENCE / "sweep")


TRIALS = 2500


def covered(by_seed, statistic, seed=0, trials=TRIALS):
    """How often the interval holds the truth, seeds being drawn as they were found.

    The truth is the statistic of the means that were found.
    """
    rng = np.random.default_rng(seed)
    mean, spread = by_seed.mean(axis=0), np.atleast_2d(np.cov(by_seed.T))
    size = (trials, len(by_seed))
    drawn = rng.multivariate_normal(mean, spread, size, method="svd")
    truth = statistic(mean)
    found = (jackknife_interval(seeds, statistic) for seeds in drawn)
    return np.mean([low <= truth <= high for low, high in found])


def _first(mean):
    return mean[0]


def _ratio(mean):
    with np.errstate(divide="ignore", invalid="ignore"):
        return mean[0] / mean[1]


def excess(found, pe):
    """Squared error of PS less that of the better parent, by seed."""
    at = evidence.squared_errors(found)[pe]
    return np.array(
        [
            merged.mean() - min(heat.mean(), burgers.mean())
            for merged, heat, burgers in zip(
                at["ps"], at["heat"], at["burgers"], strict=True
            )
        ]
    )


def test_intervals_of_differences_cover_what_they_say(swept):
    assert 0.94 < covered(excess(swept, 2.0)[:, None], _first) < 0.96


def test_intervals_of_gaps_cover_what_they_say(swept):
    at = findings.nrmse(swept)[10.0]
    error = {n: np.array([*at[n].values()]) for n in ("best_parent", "ps", "plenty")}
    gains = [error["best_parent"] - error[n] for n in ("ps", "plenty")]
    assert 0.94 < covered(np.stack(gains, axis=1), _ratio) < 0.96


def test_intervals_of_the_steepening_cover_what_they_say(swept):
    rows = swept.scores
    rows = rows[(rows["model"] == "ps") & (rows["pe"] == 10.0)]
    wide = rows[rows["metric"].isin(EQUATION)].pivot(
        index=["seed", "trajectory"], columns="metric", values="value"
    )
    weighted = wide["information"] * wide["steepening"]
    by_seed = [v.groupby("seed").mean() for v in (weighted, wide["information"])]
    assert 0.94 < covered(np.stack(by_seed, axis=1), _ratio) < 0.96


def test_intervals_of_the_correlation_cover_what_they_say(swept):
    lam = evidence.coefficients(swept)
    curves = np.array([[layers.mean() for layers in lam[pe]] for pe in lam]).T
    inverse = 1 / np.array([*lam])

    def fisher(mean):
        return np.arctanh(resampling.pearson(mean, inverse))

    assert 0.935 < covered(curves, fisher) < 0.96


def test_a_percentile_bootstrap_of_five_seeds_covers_less(swept):
    """Why the declared intervals are corrected: seeds and trajectories as found."""
    rng, trials = np.random.default_rng(0), 400
    at = evidence.squared_errors(swept)[2.0]
    groups = np.stack(at["ps"]) - np.stack(at["heat"])  # (S, n)
    centred = groups - groups.mean(axis=1, keepdims=True)
    spread = groups.mean(axis=1).std(ddof=1)
    held = 0
    for _ in range(trials):
        offsets = rng.normal(0.0, spread, len(groups))
        seeds = [row[:, None] + o for row, o in zip(centred, offsets, strict=True)]
        means = resampling.hierarchical_means(seeds, rng, 400).mean(axis=1)[:, 0]
        low, high = resampling.interval(means)
        held += low <= 0.0 <= high
    assert held / trials < 0.92
