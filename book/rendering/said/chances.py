"""What chance and perfect merges come to, on the page of claims."""

from collections.abc import Collection

import numpy as np
from scipy import stats

from evophys_lib.evaluate import resampling, verdicts
from evophys_lib.evaluate.verdicts.lambda_trend import CORRELATION
from evophys_lib.physics.families import SOURCES
from rendering.said import in_short
from rendering.said.in_short import HEADLINE, NINE
from rendering.said.sentence import Sentence, alone
from rendering.sweep.limits import attainable

SEEDS_OF_A_BOOTSTRAP, TRIES = 5, 1000


def _by_chance(points: int) -> float:
    """How often r of so many independent Gaussian numbers passes the claim's mark.

    By Student's t of r, whatever the numbers of the other axis are.
    """
    t = CORRELATION * np.sqrt((points - 2) / (1 - CORRELATION**2))
    return float(stats.t.sf(t, points - 2))


def _logarithmic(peclets: Collection[float]) -> str:
    return f"{attainable(peclets, lambda pe: -np.log(pe)):.2f}"


def _bootstrap_covers() -> float:
    """How often a bootstrap's 95 % interval of five normal values holds their mean."""
    rng = np.random.default_rng(0)
    held = 0
    for values in rng.standard_normal((TRIES, SEEDS_OF_A_BOOTSTRAP)):
        groups = [np.array([[value]]) for value in values]
        means = resampling.hierarchical_means(groups, rng, resamples=1000)
        low, high = resampling.interval(means.mean(axis=(1, 2)))
        held += low <= 0 <= high
    return held / TRIES


def perfect_trend() -> str:
    """The word on coefficients that are exactly 1/Pe, for one seed at four."""
    exact = {pe: [np.full(4, 1 / pe)] for pe in HEADLINE}
    return verdicts.secondary(exact).verdict


def perfect_order() -> str:
    """That on four runs whose paths all begin with heat and turn to Burgers."""
    path = tuple(f"{name}:{layer}" for name in SOURCES for layer in range(2))
    runs = [verdicts.Route(0, pe, o, path) for pe in HEADLINE for o in ("AB", "BA")]
    return verdicts.tertiary(runs).verdict


def least_p(runs: int) -> float:
    """By reversal of as many runs that all lead alike."""
    return resampling.sign_flip_p(np.ones(runs), np.random.default_rng(0))


NEAR = Sentence(
    """Five frames ahead, over seeds 0 to 4, PS turned out better at no Péclet number
    ([the evidence](answer.md#better-than-both-parents)).""",
    lambda said: not in_short.wins(said, "t5"),
)
FOUR_POINTS = Sentence(
    """Four points make this a weak test. Coefficients that are linear in
    $\\log \\mathrm{Pe}$, as orderly as one could wish, reach a correlation of only
    0.82, and random ones, independent and Gaussian, pass once in twenty tries.""",
    lambda said: (
        _logarithmic(HEADLINE) == "0.82" and abs(_by_chance(4) - 1 / 20) < 1e-3
    ),
)
FOUR_RUNS = Sentence(
    """Four runs cannot reach $p < 0.05$ by reversal, so one seed at four Péclet numbers
    leaves the tertiary claim undecided at best.""",
    lambda said: least_p(4) > 0.05 and perfect_order() == "undecided",
)
COVERED = Sentence(
    """Nor does such a bootstrap of five seeds cover what it says: of five normal values
    its 95 % interval holds the mean in five tries of six.""",
    lambda said: abs(_bootstrap_covers() - 5 / 6) < 0.03,
)
NINE_POINTS = Sentence(
    """Over nine, coefficients linear in $\\log \\mathrm{Pe}$ reach a correlation of
    0.76, and random ones pass less than once in a thousand tries. But 0.9 is out of
    reach of a merge that follows physics exactly: its share of heat,
    $1/(1 + \\mathrm{Pe})$, reaches 0.85 over nine and 0.8996 over four ([the
    evidence](answer.md#λ-of-heat-follows-1pe)).""",
    lambda said: (
        {*said.sweep.provenance["peclets"]} == NINE
        and _logarithmic(NINE) == "0.76"
        and _by_chance(9) < 1 / 1000
        and f"{attainable(NINE):.2f}" == "0.85"
        and f"{attainable(HEADLINE):.4f}" == "0.8996"
        and attainable(HEADLINE) < CORRELATION
    ),
)


PLACES = {
    "claims_near": alone(NEAR),
    "claims_four_points": alone(FOUR_POINTS),
    "claims_four_runs": alone(FOUR_RUNS),
    "claims_bootstrap": alone(COVERED),
    "claims_nine_points": alone(NINE_POINTS),
}
