"""The fourth claim: where nothing was seen, one merge beats one trained network."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from evophys_lib.errors import ParameterError
from evophys_lib.evaluate.intervals import t_interval, t_p_value
from evophys_lib.evaluate.verdicts.verdict import (
    DECLARED_PECLET,
    DECLARED_SEEDS,
    FAILS,
    HOLDS,
    UNDECIDED,
    OverSeeds,
    Verdict,
)
from evophys_lib.parameters import peclet_key
from evophys_lib.physics.grid import Array

MERGE = "directions_of_pe_k{k}"
NETWORKS = ("pooled_heat_k{k}", "pooled_burgers_k{k}")
"""Trained on the same trajectories, for as many predictor passes."""

COMPOSITION_RULE = (
    "r = mean over Pe without a trajectory of ln(RMSE_merge / RMSE_network) at the "
    "last horizon, per seed, RMSE over test trajectories; merge: c(Pe) from k "
    "trajectories at each of the headline's Pe; network: the better at that Pe and "
    "seed, by test error, of those tuned from either expert on the same trajectories. "
    "95 % interval of the mean over seeds by Student's t. Holds if it lies below 0 "
    "with at least 5 seeds; fails if it lies above 0; else undecided."
)


def composition_models(count: int) -> tuple[str, ...]:
    """The merge first, then the networks, for k trajectories."""
    return tuple(name.format(k=count) for name in (MERGE, *NETWORKS))


def composition(
    errors: Mapping[float, Mapping[str, Sequence[ArrayLike]]],
    *,
    count: int,
    seen: Sequence[float],
) -> Verdict:
    """Composition beyond the data, for k trajectories at each Pe that was seen.

        r_s = mean over unseen Pe of ln( RMSE_merge / min_n RMSE_n ),   r = mean_s r_s

    The better network is chosen anew at each Pe and seed by what is reported, which
    favours the networks.

    errors: errors[Pe][model][seed], squared errors (n,) as `primary` takes them, of
    models named `MERGE` and `NETWORKS`. count: k. seen: Péclet numbers with
    trajectories; the others are judged. ParameterError if none are left, or a model is
    missing at one of them.
    """
    merge, *networks = composition_models(count)
    unseen = sorted(set(errors) - set(seen))
    for pe in unseen:
        absent = [n for n in (merge, *networks) if not errors[pe].get(n)]
        if absent:
            raise ParameterError(
                f"errors at Pe = {pe:g}",
                absent,
                "errors of the merge and of every network",
                "Run `sweep --only by_directions` at this Péclet number.",
            )
    if not unseen:
        raise ParameterError(
            "errors", sorted(errors), "Péclet numbers that were not seen", "Score some."
        )
    ratios = np.array(
        [
            _log_rmse(errors[pe][merge])
            - np.min([_log_rmse(errors[pe][n]) for n in networks], axis=0)
            for pe in unseen
        ]
    )  # (P, S)
    by_seed = ratios.mean(axis=0)
    centre, half = t_interval(by_seed.tolist())
    word, interval = UNDECIDED, None
    if half is not None:
        interval = centre - half, centre + half
        if interval[0] > 0:
            word = FAILS
        elif interval[1] < 0 and len(by_seed) >= DECLARED_SEEDS:
            word = HOLDS
    p_value = t_p_value(by_seed.tolist())
    return Verdict(
        verdict=word,
        statistic=centre,
        interval=interval,
        p_value=p_value,
        n_seeds=len(by_seed),
        n_peclet=len(unseen),
        rule=COMPOSITION_RULE,
        over_seeds=OverSeeds(word, interval, p_value, "As declared."),
        declared_peclet=DECLARED_PECLET - len(set(seen)),
        details={
            "k": count,
            "ratio": float(np.exp(centre)),
            "ratio_interval": None if interval is None else list(np.exp(interval)),
            "peclet": {
                peclet_key(pe): float(np.exp(row.mean()))
                for pe, row in zip(unseen, ratios, strict=True)
            },
        },
    )


def _log_rmse(by_seed: Sequence[ArrayLike]) -> Array:
    """ln RMSE of each seed, (S,)."""
    return np.array([0.5 * np.log(np.mean(np.asarray(e, float))) for e in by_seed])
