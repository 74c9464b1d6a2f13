"""Verdict words on data whose truth is known, and the tests' rate of false alarm."""

import json
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate import resampling
from evophys_lib.evaluate.routes import Route, lead, pairs, shuffled_mean_leads
from evophys_lib.evaluate.verdicts import judge, primary, secondary, tertiary

FOUR = (0.1, 1.0, 10.0, 100.0)
NINE = tuple(float(pe) for pe in np.logspace(-1, 2, 9))


def errors_with(factor, peclet=FOUR, seeds=1, n=64, generator_seed=0):
    """Squared errors with E[merged] = factor(Pe) × E[better parent]."""
    rng = np.random.default_rng(generator_seed)
    result = {}
    for pe in peclet:
        models = {"ps": [], "heat": [], "burgers": []}
        for _ in range(seeds):
            difficulty = rng.gamma(4.0, size=n)
            noise = rng.uniform(0.8, 1.2, size=(3, n))
            heat, burgers = (1.0, 3.0) if pe < 3 else (3.0, 1.0)
            models["heat"].append(heat * difficulty * noise[0])
            models["burgers"].append(burgers * difficulty * noise[1])
            models["ps"].append(factor(pe) * difficulty * noise[2])
        result[pe] = models
    return result


def lambdas(curve, peclet, seeds, noise, layers=5, generator_seed=0):
    rng = np.random.default_rng(generator_seed)
    return {
        pe: [curve(pe) + noise * rng.normal(size=layers) for _ in range(seeds)]
        for pe in peclet
    }


def routes_of(make, peclet=NINE, seeds=5):
    return [
        Route(seed, pe, order, tuple(make(order)))
        for seed in range(seeds)
        for pe in peclet
        for order in ("AB", "BA")
    ]


# --- resampling ---------------------------------------------------------------


def test_bootstrap_interval_of_a_mean_agrees_with_the_normal_one():
    values = np.random.default_rng(0).normal(2.0, 3.0, size=(400, 1))
    means = resampling.hierarchical_means([values], np.random.default_rng(1))
    low, high = resampling.interval(means[:, 0, 0])
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.15 * half)
    assert high == pytest.approx(values.mean() + half, abs=0.15 * half)


def test_hierarchical_variance_adds_that_of_groups():
    rng = np.random.default_rng(2)
    offsets = rng.normal(size=6)
    groups = [o + 0.1 * rng.normal(size=(50, 1)) for o in offsets]
    means = resampling.hierarchical_means(groups, rng, 20000).mean(axis=1)[:, 0]
    centres = np.array([g.mean() for g in groups])
    expected = centres.var() / 6 + np.mean([g.var() / 50 for g in groups]) / 6
    assert means.var() == pytest.approx(expected, rel=0.05)


def test_columns_stay_paired():
    column = np.random.default_rng(3).normal(size=30)
    group = np.stack([column, column + 1.0], axis=1)
    means = resampling.hierarchical_means([group], np.random.default_rng(4))
    np.testing.assert_allclose(means[..., 1] - means[..., 0], 1.0, rtol=1e-12)


def test_sign_flip_is_exact_for_few_and_agrees_with_it_for_many():
    rng = np.random.default_rng(5)
    assert resampling.sign_flip_p(np.ones(4), rng) == 1 / 16
    assert resampling.sign_flip_p(-np.ones(4), rng) == 1.0
    values = rng.normal(0.3, 1.0, size=14)  # 2¹⁴ > 4000: drawn
    exact = stats.permutation_test(
        (values,),
        np.mean,
        permutation_type="samples",
        alternative="greater",
        n_resamples=np.inf,
    ).pvalue
    assert resampling.sign_flip_p(values, rng) == pytest.approx(exact, abs=0.02)


def test_reorderings_are_listed_while_few():
    rng = np.random.default_rng(6)
    orders, complete = resampling.reorderings(1, 4, rng)
    assert complete and len({tuple(o) for o in orders[:, 0]}) == 24
    orders, complete = resampling.reorderings(5, 9, rng)
    assert not complete
    assert (np.sort(orders, axis=-1) == np.arange(9)).all()


def test_pearson_agrees_with_scipy_and_is_zero_for_a_constant():
    rng = np.random.default_rng(7)
    curves, x = rng.normal(size=(6, 9)), rng.normal(size=9)
    expected = [stats.pearsonr(c, x).statistic for c in curves]
    np.testing.assert_allclose(resampling.pearson(curves, x), expected, rtol=1e-12)
    assert resampling.pearson(np.full(9, 0.1), x) == 0.0


# --- primary ------------------------------------------------------------------


@pytest.mark.parametrize("seeds", [1, 5])
def test_primary_words(seeds):
    assert primary(errors_with(lambda pe: 0.8, seeds=seeds)).verdict == "holds"
    lost_at_one = errors_with(lambda pe: 1.3 if pe == 0.1 else 0.8, seeds=seeds)
    verdict = primary(lost_at_one)
    assert verdict.verdict == "fails"
    assert not verdict.details["literal"]
    assert verdict.details["peclet"]["0.1"]["difference"] == verdict.statistic > 0


def test_primary_is_undecided_when_one_interval_spans_zero():
    data = errors_with(lambda pe: 1.0 if pe == 10 else 0.8)
    assert primary(data).verdict == "undecided"
    same = errors_with(lambda pe: 0.8)
    same[1.0]["ps"] = same[1.0]["heat"]  # the search found the parent itself
    verdict = primary(same)
    assert verdict.verdict == "undecided"
    assert verdict.details["peclet"]["1"]["interval"] == (0.0, 0.0)
    assert verdict.p_value == 1.0


def test_primary_takes_the_better_parent_of_each_seed():
    data = {1.0: {"ps": [[2.0] * 4, [2.0] * 4]}}
    data[1.0] |= {"heat": [[1.0] * 4, [4.0] * 4], "burgers": [[4.0] * 4, [3.0] * 4]}
    verdict = primary(data)
    assert verdict.statistic == pytest.approx(((2 - 1) + (2 - 3)) / 2)


def test_primary_pairs_trajectories():
    # Differences of 1 % drown in the spread of trajectories unless paired.
    rng = np.random.default_rng(8)
    heat = rng.gamma(0.5, size=32)
    data = {1.0: {"heat": [heat], "burgers": [9 * heat], "ps": [0.99 * heat]}}
    assert primary(data).verdict == "holds"


def test_primary_false_alarm_rate():
    # Merged and better parent exchangeable at one Pe: "holds" in ≤ 2.5 % of runs.
    words = [
        primary(
            errors_with(lambda pe: 1.0, peclet=(1.0,), generator_seed=g), seed=g
        ).verdict
        for g in range(200)
    ]
    bound = stats.binom.ppf(0.999, len(words), 0.025)
    assert words.count("holds") <= bound and words.count("fails") <= bound


def test_a_diverged_merge_fails_and_its_json_is_valid():
    data = errors_with(lambda pe: 0.8)
    data[100.0]["ps"] = [np.full(64, np.inf)]
    data[100.0]["heat"] = [np.full(64, np.inf)]
    verdict = primary(data)
    assert verdict.verdict == "fails"
    text = json.dumps(verdict.as_json(), allow_nan=False)
    assert json.loads(text)["peclet"]["100"]["difference"] is None


def test_diverged_parents_are_beaten():
    data = errors_with(lambda pe: 0.8)
    for name in ("heat", "burgers"):
        data[1.0][name] = [np.full(64, np.inf)]
    assert primary(data).verdict == "holds"


def test_primary_refuses_incomplete_data():
    data = errors_with(lambda pe: 0.8)
    with pytest.raises(ParameterError, match="dfs"):
        primary(data, merged="dfs")
    data[1.0]["heat"] = [np.ones(63)]
    with pytest.raises(ParameterError, match="Pe = 1"):
        primary(data)
    with pytest.raises(ParameterError, match="errors"):
        primary({})
    uneven = errors_with(lambda pe: 1.0) | errors_with(lambda pe: 1.0, (3.0,), 2)
    with pytest.raises(ParameterError, match="number of seeds"):
        primary(uneven)


def test_primary_compares_with_the_parents_that_are_named():
    data = errors_with(lambda pe: 0.8)
    for models in data.values():
        models["third"] = [0.5 * errors for errors in models["ps"]]
    assert primary(data).verdict == "holds"
    assert primary(data, parents=("heat", "burgers", "third")).verdict == "fails"
    with pytest.raises(ParameterError, match="fourth"):
        primary(data, parents=("heat", "fourth"))


# --- secondary ----------------------------------------------------------------


def test_secondary_words():
    def inverse(pe):
        return 0.1 + 0.1 / pe

    def logarithmic(pe):
        return 0.5 - 0.2 * np.log10(pe)

    holds = secondary(lambdas(inverse, NINE, 5, 0.02))
    assert holds.verdict == "holds" and holds.details["literal"]
    small = secondary(lambdas(inverse, FOUR, 1, 0.02))
    assert small.verdict == "undecided" and small.details["literal"]
    assert "fewer" in small.scope and "1 seed" in small.scope
    fails = secondary(lambdas(logarithmic, NINE, 5, 0.02))
    assert fails.verdict == "fails"  # a perfect trend, but not in 1/Pe
    assert fails.p_value < 0.01
    noise = secondary(lambdas(inverse, NINE, 5, 3.0))
    assert noise.verdict in ("undecided", "fails")


def test_secondary_numbers_known_on_paper():
    verdict = secondary(lambdas(lambda pe: -np.log(pe), FOUR, 1, 0.0))
    assert verdict.statistic == pytest.approx(0.82, abs=0.005)
    assert verdict.details["spearman"] == pytest.approx(1.0)
    assert verdict.p_value == pytest.approx(1 / 24)  # one of 4! orders
    assert verdict.verdict == "fails"  # 0.82 with no noise at all


def test_secondary_edge_cases():
    constant = secondary(lambdas(lambda pe: 0.3, FOUR, 1, 0.0))
    assert constant.statistic == 0.0 and constant.verdict == "fails"
    assert constant.p_value == 1.0
    single = secondary(lambdas(lambda pe: 0.3, (10.0,), 1, 0.0))
    assert single.verdict == "undecided" and single.statistic is None
    json.dumps(single.as_json(), allow_nan=False)


def test_spearman_agrees_with_scipy():
    data = lambdas(lambda pe: 0.0, NINE, 3, 1.0)
    expected = [
        stats.spearmanr([np.mean(data[pe][s]) for pe in NINE], -np.log(NINE)).statistic
        for s in range(3)
    ]
    spearman = secondary(data).details["spearman"]
    assert spearman == pytest.approx(np.mean(expected), rel=1e-12)


def test_secondary_false_alarm_rate():
    p_values = np.array(
        [
            secondary(
                lambdas(lambda pe: 0.0, NINE[:6], 2, 1.0, generator_seed=g), seed=g
            ).p_value
            for g in range(200)
        ]
    )
    assert (p_values < 0.05).sum() <= stats.binom.ppf(0.999, 200, 0.05)
    assert stats.kstest(p_values, "uniform").pvalue > 1e-3


# --- tertiary -----------------------------------------------------------------


def layers(word):
    names = {"h": "heat", "b": "burgers"}
    return [f"{names[letter]}:{i % 4}" for i, letter in enumerate(word)]


def test_lead_on_paper():
    def of(word):
        return lead(Route(0, 1.0, "AB", tuple(layers(word))).is_heat())

    assert of("hhhbbb") == 1.0 and of("bbbhhh") == -1.0
    assert of("hbhbb") == pytest.approx(0.5)  # middle layer in neither half
    assert of("h") == 0.0 and of("hhhh") == 0.0
    assert of("hhbhb"[::-1]) == -of("hhbhb")


def test_label_null_has_the_hypergeometric_distribution():
    route = Route(0, 1.0, "AB", tuple(layers("hhhhbb")))
    null = shuffled_mean_leads([route], np.random.default_rng(0), 20000)
    # heat layers among the first three of six, four of them heat
    expected = stats.hypergeom(6, 4, 3)
    for k in (1, 2, 3):
        share = np.mean(np.isclose(null, (2 * k - 4) / 3))
        assert share == pytest.approx(expected.pmf(k), abs=0.015)


def test_tertiary_words():
    rng = np.random.default_rng(0)
    holds = tertiary(routes_of(lambda order: layers("hhhhbbbb")))
    assert holds.verdict == "holds" and holds.details["literal_share"] == 1.0
    reversed_ = tertiary(routes_of(lambda order: layers("bbbbhhhh")))
    assert reversed_.verdict == "fails"
    planted = tertiary(
        routes_of(lambda order: layers("hhhhbbbb" if order == "AB" else "bbbbhhhh"))
    )
    assert planted.verdict == "fails"  # the order is the initialisation's
    assert planted.statistic == 0.0
    assert planted.details["initialisation_effect"] == 1.0
    random = tertiary(routes_of(lambda order: layers(rng.choice(["h", "b"], 12))))
    assert random.verdict == "undecided"


def test_tertiary_needs_more_than_four_runs():
    verdict = tertiary(routes_of(lambda order: layers("hhhhbbbb"), FOUR, 1))
    assert verdict.verdict == "undecided"
    assert verdict.details["p_reversal"] == 1 / 16
    assert verdict.details["p_labels"] < 0.01


def test_tertiary_edge_cases():
    single = tertiary(routes_of(lambda order: ["heat:0"], (10.0,), 1))
    assert single.verdict == "undecided" and single.statistic == 0.0
    alone = tertiary([Route(0, 1.0, "AB", ("heat:0", "burgers:1"))])
    assert alone.verdict == "undecided" and alone.statistic is None
    route = Route(0, 1.0, "AB", ("heat:0",))
    with pytest.raises(ParameterError, match="twice"):
        pairs([route, route])
    for nothing in ((), ("soup",), ("heat:0", "heat:")):
        with pytest.raises(ParameterError, match="path"):
            replace(route, path=nothing)


def test_searches_from_more_experts_leave_the_claim_about_two_alone():
    two = routes_of(lambda order: layers("hhhhbbbb"))
    turns = ("ABC", "BCA", "CAB")
    three = [replace(route, order=turn) for route in two[::2] for turn in turns]
    assert pairs(three) == [] and pairs(two + three) == pairs(two)
    assert tertiary(three).verdict == "undecided"


def test_tertiary_false_alarm_rate():
    rng = np.random.default_rng(1)
    peclet = NINE[:6]
    results = [
        tertiary(
            routes_of(lambda order: layers(rng.choice(["h", "b"], 9)), peclet, 1),
            seed=g,
        )
        for g in range(150)
    ]
    bound = stats.binom.ppf(0.999, len(results), 0.05)
    for name in ("p_labels", "p_reversal", "p_swap"):
        assert sum(v.details[name] < 0.05 for v in results) <= bound
    assert sum(v.verdict == "holds" for v in results) <= bound
    # The bootstrap of six runs is rough: "fails" may be said a little more often.
    assert sum(v.verdict == "fails" for v in results) <= 2 * bound


# --- over seeds ---


def test_each_seed_counts_once():
    """Five seeds of which three win by far and two lose by little, at one Pe."""
    steps = (-0.5, -0.4, -0.6, 0.05, 0.1)
    data = {1.0: {"heat": [np.ones(64)] * 5, "burgers": [np.full(64, 2.0)] * 5}}
    data[1.0]["ps"] = [np.full(64, 1.0 + step) for step in steps]
    verdict = primary(data)
    expected = stats.ttest_1samp(steps, 0.0, alternative="less")
    assert verdict.verdict == "holds"  # as declared
    assert verdict.over_seeds.verdict == "undecided"
    assert verdict.over_seeds.p_value == pytest.approx(expected.pvalue)
    ends = stats.ttest_1samp(steps, 0.0).confidence_interval(0.95)
    assert verdict.over_seeds.interval == pytest.approx((ends.low, ends.high))


def test_over_seeds_words_agree_where_the_truth_is_plain():
    better = primary(errors_with(lambda pe: 0.8, seeds=5)).over_seeds
    worse = primary(errors_with(lambda pe: 1.3, seeds=5)).over_seeds
    assert (better.verdict, worse.verdict) == ("holds", "fails")
    steep = secondary(lambdas(lambda pe: 0.1 + 0.1 / pe, NINE, 5, 0.02)).over_seeds
    flat = secondary(lambdas(lambda pe: 0.5 - 0.2 * np.log10(pe), NINE, 5, 0.02))
    assert (steep.verdict, flat.over_seeds.verdict) == ("holds", "fails")
    assert steep.p_value < 1e-3
    exact = secondary(lambdas(lambda pe: 1 / pe, NINE, 5, 0.0)).over_seeds
    assert exact.interval == pytest.approx((1.0, 1.0))


def test_one_seed_says_nothing_of_seeds():
    for verdict in (
        primary(errors_with(lambda pe: 0.8)),
        secondary(lambdas(lambda pe: 1 / pe, NINE, 1, 0.0)),
        tertiary(routes_of(lambda order: layers("hhhhbbbb"), NINE, 1)),
    ):
        assert verdict.over_seeds.verdict == "undecided"
        assert verdict.over_seeds.interval is None


def test_a_diverged_merge_has_no_interval_over_seeds():
    data = errors_with(lambda pe: 0.8, seeds=5)
    data[100.0]["ps"][2] = np.full(64, np.inf)
    assert primary(data).over_seeds.verdict == "undecided"
    assert primary(data).over_seeds.p_value is None


def test_paths_of_a_seed_count_once():
    always = tertiary(routes_of(lambda order: layers("hhhhbbbb"))).over_seeds
    assert always.verdict == "holds" and always.p_value == 1 / 32
    four = tertiary(routes_of(lambda order: layers("hhhhbbbb"), NINE, 4)).over_seeds
    assert four.verdict == "undecided" and four.p_value == 1 / 16
    planted = tertiary(
        routes_of(lambda order: layers("hhhhbbbb" if order == "AB" else "bbbbhhhh"))
    )
    assert planted.over_seeds.verdict == "fails"


def test_a_lead_of_exactly_zero_from_one_start_neither_holds_nor_fails():
    one_sided = tertiary(
        routes_of(lambda order: layers("hhhb" if order == "AB" else "bbbb"))
    )
    assert one_sided.details["lead_by_order"]["BA"] == 0.0
    assert one_sided.over_seeds.p_value == 1 / 32
    assert one_sided.verdict == one_sided.over_seeds.verdict == "undecided"


# --- together -----------------------------------------------------------------


def test_judge_is_deterministic_and_json_able():
    errors = errors_with(lambda pe: 0.8)
    for models in errors.values():
        models["dfs"], models["ps_dfs"] = models["heat"], models["ps"]
    arguments = {
        "errors": errors,
        "coefficients": lambdas(lambda pe: 1 / pe, FOUR, 1, 0.1),
        "routes": routes_of(lambda order: layers("hhbb"), FOUR, 1),
    }
    first = json.dumps(judge(**arguments), allow_nan=False)
    assert first == json.dumps(judge(**arguments), allow_nan=False)
    found = json.loads(first)
    assert set(found) == {
        "primary",
        "primary_dfs",
        "primary_ps_dfs",
        "secondary",
        "tertiary",
    }
    assert found["primary"]["merged"] == "ps"
    assert found["primary"]["verdict"] == found["primary_ps_dfs"]["verdict"] == "holds"
    for verdict in found.values():
        assert verdict["verdict"] in ("holds", "fails", "undecided")
        assert verdict["n_seeds"] == 1 and verdict["n_peclet"] == 4
        assert verdict["rule"] and verdict["scope"]
