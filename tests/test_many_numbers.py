"""Optimisers in many numbers: equal budgets, the same start, a best that is one."""

import contextlib

import numpy as np
import pytest
from lineages import fitness_towards, lineage
from many_numbers import GENERATION, RIVALS, Problem, Spent

from evophys_lib.merge.directions import Directions
from evophys_lib.models.directions import residuals_of
from rendering.many_numbers import many_numbers

HERE = [name for name in RIVALS if name != "dfols"]  # which is not installed


@pytest.fixture(scope="module")
def family():
    return lineage()


def problem(family, budget):
    toward = family.experts["burgers"]
    return Problem(
        Directions(family, 1), fitness_towards(family.predictor, toward), budget
    )


@pytest.mark.parametrize("name", HERE)
def test_every_rival_spends_its_budget_and_no_more(family, name):
    budget = 4 * (len(Directions(family, 1)) + 2 * GENERATION)
    for search in RIVALS[name][1]:
        posed = problem(family, budget)
        with contextlib.suppress(Spent):
            search(posed)
        assert posed.spent <= budget
        start = problem(family, 1).values(np.zeros((1, posed.size)))[0]
        assert posed.lowest <= start
        again = residuals_of(posed.directions, posed.fitness)(posed.best[None])
        assert float(again.square().sum()) == pytest.approx(posed.lowest, rel=1e-5)


def test_least_squares_finds_a_target_within_the_span(family):
    """The Burgers expert is c_heat = −s, c_burgers = 1 − s."""
    budget = 20 * len(Directions(family, 1))
    lowest = {}
    for name in ("library", "scipy", "cma_es"):
        posed = problem(family, budget)
        start = posed.values(np.zeros((1, posed.size)))[0]
        with contextlib.suppress(Spent):
            RIVALS[name][1][0](posed)
        lowest[name] = posed.lowest / start
    assert max(lowest["library"], lowest["scipy"]) < 1e-6 < lowest["cma_es"]


def test_the_slope_is_that_of_the_squares(family):
    posed = problem(family, 1000)
    rng = np.random.default_rng(0)
    c, along = 0.1 * rng.normal(size=(2, posed.size))
    h = 1e-4
    ahead, behind = posed.values(np.stack([c + h * along, c - h * along]))
    assert posed.slope(c) @ along == pytest.approx((ahead - behind) / (2 * h), rel=1e-3)


def test_the_page_tells_ratios_to_the_library():
    def row(rival, seed, held_out):
        return {"seed": seed, "peclet": 10.0, "rival": rival, "budget": 480,
                "numbers": 154, "spent": 480, "fitness": 1.0, "held_out": held_out,
                "seconds": 2.0}  # fmt: skip

    rows = [row("library", s, 1e-4 * s) for s in (1, 2, 3)]
    rows += [row("cma_es", s, 4e-4 * s) for s in (1, 2, 3)]
    labels = {"library": "least squares", "cma_es": "CMA-ES"}
    page = many_numbers({"rows": rows, "labels": labels})
    assert "| least squares | 0.000200 | 2.00 |" in page
    assert "| CMA-ES | **4.00" in page
