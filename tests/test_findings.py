"""What the tables of the sweep say of evidence whose every number is known."""

import re
from dataclasses import replace
from math import sqrt

import numpy as np
import pytest
from plain import plain
from scipy import stats
from swept import (
    DIFFUSIVITY,
    MEAN_SCALE,
    NRMSE,
    PECLETS,
    SCALE,
    SEEDS,
    SPEED,
    STEEPENING,
    evidence_of,
)

from evophys_lib.evaluate import evidence, findings
from evophys_lib.models import registry
from evophys_lib.profiles import LAPTOP
from rendering.paired import ratio
from rendering.sweep import claims, limits, physics, pictures, scope, scores
from rendering.sweep.counts import by_count
from rendering.sweep.searched import heat_share


@pytest.fixture(scope="module")
def found():
    return evidence_of()


def test_errors_are_in_units_of_the_initial_deviation(found):
    for pe, models in findings.nrmse(found).items():
        assert pe in PECLETS and models.keys() == NRMSE.keys()
        for name, by_seed in models.items():
            expected = {seed: NRMSE[name] * SCALE[seed] for seed in SEEDS}
            assert by_seed == pytest.approx(expected)


def test_a_model_that_halves_the_distance_closes_two_thirds(found):
    gaps = findings.gaps(found, (*NRMSE, "absent"))
    assert gaps.keys() == set(PECLETS)
    gap = gaps[1.0]
    assert gap["ps"].closed == pytest.approx((0.2 - 0.1) / (0.2 - 0.05))
    assert gap["plenty"].closed == pytest.approx(1.0)
    assert gap["best_parent"].closed == pytest.approx(0.0)
    assert gap["burgers"].closed < 0
    assert "absent" not in gap


def test_ratios_are_paired_by_seed(found):
    at = findings.nrmse(found)[10.0]
    found = ratio(at["ps"], at["heat"])
    assert (found.low, found.centre, found.high) == pytest.approx((0.5, 0.5, 0.5))


def test_the_equation_is_that_of_the_rows(found):
    told = findings.dynamics(found, ("truth", "ps"))[1.0]
    assert list(told) == ["truth", "ps"]
    assert told["truth"]["peclet"].value == pytest.approx(SPEED / DIFFUSIVITY)
    assert told["ps"]["advection_speed"].value == pytest.approx(SPEED * 1.1)
    assert told["ps"]["steepening"].value == pytest.approx(0.5)


def test_a_path_is_told_by_depth(found):
    for order in ("AB", "BA"):
        share = heat_share(found, order)
        assert share.shape == (len(SEEDS) * len(PECLETS), 10)
        assert (share[:, :5] == 1).all() and (share[:, 5:] == 0).all()
    assert cells(claims.routes(found), "0") == ["heat", *["h0 b1"] * 3]


def cells(table, name):
    row = next(
        line for line in plain(table).splitlines() if line.startswith(f"| {name} |")
    )
    return [cell.strip() for cell in row.split("|")[2:-1]]


def column(table, name):
    head, _, *rows = plain(table).splitlines()
    place = [cell.strip() for cell in head.split("|")].index(name)
    return [row.split("|")[place].strip() for row in rows]


def test_the_best_is_bold_and_references_are_not(found):
    text = scores.headline(found)
    assert all(cell.startswith("**0.084 ±") for cell in cells(text, "PS + DFS"))
    for reference in ("tuned on plenty of target", "probe floor"):
        assert not any("**" in c for c in cells(text, reference))


def test_tables_say_what_the_rows_say(found):
    assert cells(scores.gap_closed(found), "PS") == ["67 (67 to 67)"] * 3
    assert cells(scores.rivals(found), "heat expert")[0] == "**0.50 (0.50–0.50)**"
    assert cells(scores.costs(found), "PS") == ["1,500"] * 4
    lam = column(physics.lambdas(found), "λ, heat expert")
    assert [float(c.split(" ±")[0]) for c in lam] == pytest.approx([0.71, 0.51, 0.31])
    assert column(physics.lambdas(found), "sum")[1].startswith("1.02")
    assert cells(physics.equations(found), "truth")[0].startswith("0.300")
    assert "the first 6 of the 6 test trajectories" in physics.equations(found)
    assert cells(scores.disagreement(found), "1")[1].startswith("**0.50")


def test_models_that_were_not_run_everywhere_leave_no_holes(found):
    rows = found.scores
    gone = (rows["pe"] == 0.1) & (rows["model"] == "few_shot_heat")
    partly = replace(found, scores=rows[~gone])
    for text in map(plain, (scores.headline(partly), scores.rivals(partly))):
        first, second = text.split("\n\n")[:2]
        assert "–" not in re.sub(r"\([^)]*\)", "", text)
        assert "few-shot tuning of heat" in first and "Pe = 0.1" not in first
        assert "few-shot tuning of heat" not in second and "Pe = 0.1" in second
    assert plain(scores.headline(found)).count("Pe = 0.1") == 1


def test_claims_are_told_point_by_point(found):
    judged = evidence.judge(found)
    near = claims.at_nearest(found, judged)
    parents = claims.against_parents(judged, near, ("t + 5", "t + 50"))
    for when in ("t + 5", "t + 50"):
        row = f"PS at {when}: squared error against the better parent's"
        assert cells(parents, row) == ["-75 %"] * 3  # half the error
    trend = claims.trend(judged)
    assert cells(trend, "mean Spearman correlation with -log Pe") == ["1.00"]
    order = claims.order(judged)
    assert cells(order, "lead of heat, searched from heat") == ["1.00"]
    assert cells(order, "paths from a heat layer to a Burgers layer") == ["100 %"]


def test_variations_and_shifts_have_tables_of_their_own(found):
    text = plain(scores.variations(found))
    names = re.findall(r"^\| ([^|]+) \|", text, re.M)
    assert names.index("PS, k = 1") < names.index("PS, k = 64") < names.index("DFS")
    assert "DFS, layers offered once" in names and "probe floor" not in names
    assert "|" not in scores.variations(evidence_of({"ps": 0.1, "floor": 0.01}))
    shifted = scores.shifted(found)
    assert "**passive, t + 50**" in shifted
    assert cells(shifted, "PS")[0].startswith("**0.32 ±")


def test_the_search_stands_against_training_on_the_same_trajectories(found):
    counted = by_count(found)[1.0]
    assert list(counted["ps"]) == list(counted["few_shot"]) == [1, 16, 64]
    assert counted["few_shot"][16] == findings.nrmse(found)[1.0]["few_shot_heat"]
    text = scores.counts(found)
    for when in ("t + 5", "t + 50"):
        assert cells(text, f"k = 1, {when}") == ["**0.50 (0.50–0.50)**"] * 3
        assert cells(text, f"k = 64, {when}") == ["**1.50 (1.50–1.50)**"] * 3
    assert "\n\n18 ratios, 18 in bold; 1 would be" in text
    panels = pictures.count_picture(found).axes
    drawn = {c.get_label(): c[0].get_ydata() for c in panels[0].containers}
    tuned = MEAN_SCALE * np.array([0.3, 0.12, 0.06])
    assert np.allclose(drawn["few-shot tuning"], tuned)
    assert np.allclose(drawn["better parent by validation"], 0.2 * MEAN_SCALE)
    swapped = evidence_of(NRMSE | {"best_parent": NRMSE["burgers"]})
    tuned = by_count(swapped)[1.0]["few_shot"][16]
    assert tuned == findings.nrmse(swapped)[1.0]["few_shot_burgers"]
    nothing = evidence_of({"ps": 0.1, "floor": 0.01})
    assert "|" not in scores.counts(nothing) and not pictures.count_picture(nothing)


def test_pictures_draw_every_number(found):
    for ax in pictures.curves(found).axes:
        bars = {c.get_label(): c[0].get_ydata() for c in ax.containers}
        assert np.allclose(bars["PS"], MEAN_SCALE * NRMSE["ps"])
        assert np.allclose(bars["few-shot tuning"], MEAN_SCALE * NRMSE["few_shot_heat"])
    for ax in pictures.gap_picture(found).axes:
        bars = {c.get_label(): c[0].get_ydata() for c in ax.containers}
        assert np.allclose(bars["PS"], 2 / 3) and len(bars["PS"]) == len(PECLETS)
    upper, lower = (
        {c.get_label(): c[0].get_ydata() for c in ax.containers}
        for ax in pictures.equation_picture(found).axes
    )
    assert np.allclose(upper["truth"], SPEED / DIFFUSIVITY / np.array(PECLETS))
    assert np.allclose(lower["truth"], STEEPENING)
    (ax,) = pictures.path_picture(found).axes
    assert np.allclose(ax.lines[0].get_ydata(), [1.0] * 5 + [0.0] * 5)
    pictures.lambda_picture(found)


def test_the_claims_are_judged_over_all_seeds(found):
    judged = evidence.judge(found)
    assert judged["primary"]["verdict"] == "holds"
    assert judged["primary"]["n_seeds"] == 2 and judged["primary"]["n_peclet"] == 3


def test_diverged_models_are_told_as_such():
    found = evidence_of(NRMSE | {"dfs": np.inf})
    assert cells(scores.headline(found), "DFS") == ["diverged"] * 3
    assert cells(scores.rivals(found), "heat expert")


def test_what_was_not_run_is_told_by_model_and_peclet(found):
    absent = [f"seed {seed}, Pe 1, ties" for seed in SEEDS]
    absent += ["seed 1, Pe 0.1, ties", "seed 0, Pe 10, ps_k64", "seed 0, Pe 1, truth"]
    absent += ["seed 0, Pe 10, heat@passive"]
    told = replace(found, provenance=found.provenance | {"missing": absent})
    assert "Not run" not in scope.scope(found)
    assert (
        "Not run: TIES at Pe = 0.1 (seeds 1), 1; truth at Pe = 1 (seeds 0); "
        "PS, k = 64 at Pe = 10 (seeds 0); "
        "heat expert on passive at Pe = 10 (seeds 0).\n"
    ) in scope.scope(told)


def test_a_group_of_which_nothing_was_run_is_called_by_its_name(found):
    """At Pe = 1 no baseline of seed 0, at Pe = 10 one of two."""
    wanted = {"usual": ["ps", "ties", "sobol"], "passive": ["ps", "heat"]}
    absent = [f"seed 0, Pe 1, {name}" for name in ("ties", "sobol")]
    absent += ["seed 0, Pe 10, ties", "seed 1, Pe 10, ps"]
    absent += [f"seed 1, Pe 10, {name}@passive" for name in ("heat", "ps")]
    more = {"missing": absent, "models": wanted}
    told = replace(found, provenance=found.provenance | more)
    assert (
        "Not run: baselines at Pe = 1 (seeds 0); TIES at Pe = 10 (seeds 0); "
        "models at Pe = 10 (seeds 1); models on passive at Pe = 10 (seeds 1).\n"
    ) in scope.scope(told)


def test_rows_stand_in_the_order_of_the_registry(found):
    for text in (scores.headline(found), scores.costs(found)):
        labels = [model.label for model in registry.of(LAPTOP).values()]
        shown = re.findall(r"^\| ([^|]+) \|", text, re.M)
        places = [labels.index(name) for name in shown if name in labels]
        assert len(places) >= 10 and places == sorted(places)


def test_bounds_that_took_nothing_have_no_row_of_costs(found):
    """A free bound is left out, a free model is not, nor a bound that was trained."""
    free = found.costs["model"].isin(("persistence", "soup"))
    costs = found.costs.assign(value=found.costs["value"].where(~free, 0.0))
    text = scores.costs(replace(found, costs=costs))
    assert "persistence" not in text and "tuned on plenty of target" in text
    assert cells(text, "uniform soup") == ["0"] * 4


def test_a_horizon_has_its_own_numbers(found):
    """Errors at t + 5 halved, those at t + 50 as they were."""
    near = found.scores["metric"] == "squared_error_t5"
    halved = found.scores["value"].where(~near, found.scores["value"] / 4)
    other = replace(found, scores=found.scores.assign(value=halved))
    assert cells(scores.headline(other, "t5"), "PS")[0].startswith("0.053 ±")
    assert scores.headline(other, "t50") == scores.headline(found)
    assert "nRMSE at t + 5 |" in plain(scores.headline(other, "t5"))


def test_the_last_step_outweighs_the_first(found):
    """Latent errors that grow tenfold from the first step to the last."""
    far = found.scores["metric"] == "latent_nmse_t50"
    grown = found.scores["value"].where(~far, found.scores["value"] * 10)
    text = scores.first_step(replace(found, scores=found.scores.assign(value=grown)))
    assert (
        column(text, "term of the fitness at t + 50 over that at t + 5") == ["10"] * 3
    )
    near = column(text, "PS over better parent at t + 5")
    assert near == ["**0.50 (0.50–0.50)**"] * 3


def test_limits_name_their_horizon_and_how_far_the_target_moves_by_it(found):
    header = plain(limits.limits(found, "t5").splitlines()[0])
    assert "cells moved by t + 5 | nRMSE at t + 5, heat oracle |" in header
    assert "smallest difference told at t + 5, % of squared error" in header
    near, far = limits.cells(found, "t5"), limits.cells(found)
    assert far == pytest.approx({pe: 10 * moved for pe, moved in near.items()})
    assert "t + 50" in plain(limits.limits(found).splitlines()[0])


def test_the_smallest_difference_that_is_told_is_that_of_four_studies_in_five():
    """Better parents err 4, 8 and 12, PS less them −1, 0 and 1: s = 1 of n = 3."""
    at = {
        "heat": [np.array([3.0, 5.0]), np.array([8.0]), np.array([20.0])],
        "burgers": [np.array([9.0]), np.array([9.0]), np.array([12.0])],
        "ps": [np.array([3.0]), np.array([6.0, 10.0]), np.array([13.0])],
    }
    quantiles = stats.t.ppf(0.975, 2) + stats.t.ppf(0.8, 2)  # 4.303 + 1.061
    assert limits._detectable(at) == f"{100 * quantiles / sqrt(3) / 8:.0f}" == "39"
    assert limits._detectable({name: told[:1] for name, told in at.items()}) == "–"
