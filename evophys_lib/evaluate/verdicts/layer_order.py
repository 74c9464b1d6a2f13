"""The tertiary claim: a DFS path begins with heat and turns to Burgers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from evophys_lib.evaluate import resampling
from evophys_lib.evaluate.intervals import jackknife_interval
from evophys_lib.evaluate.routes import (
    FOLLOWER,
    LEADER,
    Route,
    lead,
    pairs,
    shuffled_mean_leads,
)
from evophys_lib.evaluate.verdicts.verdict import (
    FAILS,
    HOLDS,
    SIGNIFICANCE,
    UNDECIDED,
    OverSeeds,
    Verdict,
)
from evophys_lib.physics.grid import Array

TERTIARY_RULE = (
    "lead = share of heat layers in the first half of a path - share in the second, "
    "averaged over both orders of search (AB, BA), then over runs. Holds if p < 0.05 "
    "both by shuffling labels within paths and by reversing runs (sign flips), and "
    "the mean lead is positive in either order; fails if the 95 % bootstrap interval "
    "(seeds, then Pe) lies below 0, or if the mean lead is positive in AB, negative "
    "in BA, with p < 0.05 for half their difference by sign flips (the order follows "
    "the initialisation); else undecided."
)
OVER_SEEDS_RULE = (
    "The lead of a seed is its mean over Pe and both orders. Holds if p < 0.05 by "
    "reversing whole seeds (sign flips of their leads), and the mean lead is positive "
    "in either order; fails if Student's interval over seeds lies below 0, or if the "
    "mean lead is positive in AB, negative in BA, with p < 0.05 for half their "
    "difference by sign flips of seeds; else undecided. A lead of exactly 0 is neither "
    "positive nor negative: an order of which nothing is found from one start does not "
    "hold and does not fail. Seeds that lead by 0 stay among those that are flipped."
)


def tertiary(routes: Sequence[Route], *, seed: int = 0) -> Verdict:
    """The DFS path begins with heat layers and turns to Burgers layers.

    Of each run searched in both orders, with leads s_AB and s_BA (`routes.lead`):

        physics (s_AB + s_BA)/2,   initialisation (s_AB − s_BA)/2

    Slots come in blocks of one expert, so a path inherits an order from how its
    slots are listed; swapping A and B reverses that part and leaves the physics.
    Neighbours on a path are alike for the same reason, which makes the
    label-permutation null alone too easy, so reversal of whole runs is asked too.
    Four runs cannot reach p < 0.05 by reversal: one seed with four Pe is undecided
    at best. routes: from all seeds, Pe and both orders. seed: of the resampling.
    """
    rng = np.random.default_rng(seed)
    runs = pairs(routes)
    n_seeds = len({route.seed for route in routes})
    n_peclet = len({route.peclet for route in routes})
    details: dict[str, Any] = {"n_runs": len(runs), "n_routes": len(routes)}
    if not runs:
        return Verdict(
            UNDECIDED, None, None, None, n_seeds, n_peclet, TERTIARY_RULE, details
        )
    leads = np.array([[lead(route.is_heat()) for route in run] for run in runs])
    physics = leads.mean(axis=1)  # (runs, 2) -> (runs,)
    initialisation = (leads[:, 0] - leads[:, 1]) / 2.0
    statistic, by_order = float(physics.mean()), leads.mean(axis=0)

    flat = [route for run in runs for route in run]
    null = shuffled_mean_leads(flat, rng, resampling.RESAMPLES)
    p_labels = resampling.monte_carlo_p(null, statistic)
    p_reversal = resampling.sign_flip_p(physics, rng)
    p_swap = resampling.sign_flip_p(initialisation, rng)
    owner = np.array([run[0].seed for run in runs])
    groups = [leads[owner == number] for number in np.unique(owner)]  # (n, 2) each
    per_run = [group.mean(axis=1, keepdims=True) for group in groups]
    ends = resampling.interval(
        resampling.hierarchical_means(per_run, rng).mean(axis=(1, 2))
    )

    p_value = max(p_labels, p_reversal)
    by_seed = np.stack([group.mean(axis=0) for group in groups])  # (S, 2)
    turns = [(r.owners()[0], r.owners()[-1]) == (LEADER, FOLLOWER) for r in flat]
    details |= {
        "literal_share": float(np.mean(turns)),
        "lead_by_order": {"AB": float(by_order[0]), "BA": float(by_order[1])},
        "initialisation_effect": float(initialisation.mean()),
        "p_labels": p_labels,
        "p_reversal": p_reversal,
        "p_swap": p_swap,
    }
    return Verdict(
        _word(ends, p_value, p_swap, by_order),
        statistic,
        ends,
        p_value,
        n_seeds,
        n_peclet,
        TERTIARY_RULE,
        details,
        _over_seeds(by_seed, rng),
    )


def _word(
    ends: resampling.Interval | None, p_value: float, p_swap: float, by_order: Array
) -> str:
    """by_order (2,): the mean leads AB and BA."""
    swapped = by_order[0] > 0 > by_order[1] and p_swap < SIGNIFICANCE
    if swapped or (ends is not None and ends[1] < 0):
        return FAILS
    return HOLDS if p_value < SIGNIFICANCE and by_order.min() > 0 else UNDECIDED


def _over_seeds(by_seed: Array, rng: np.random.Generator) -> OverSeeds:
    """by_seed (S, 2): each seed's mean leads AB and BA."""
    physics, initialisation = by_seed.mean(axis=1), (by_seed[:, 0] - by_seed[:, 1]) / 2
    p_value = resampling.sign_flip_p(physics, rng)
    p_swap = resampling.sign_flip_p(initialisation, rng)
    ends = jackknife_interval(physics[:, None], lambda mean: float(mean[0]))
    word = _word(ends, p_value, p_swap, by_seed.mean(axis=0))
    return OverSeeds(word, ends, p_value, OVER_SEEDS_RULE)
